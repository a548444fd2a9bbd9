//! The closed lists of quotes.

use crate::graphql::enums::mirror;

mirror! {
    /// How far a quote got.
    QuoteStatus = "crate::domain::quote::QuoteStatus" {
        /// The supplier is asked.
        Requested,
        /// The supplier has answered; the buyer is asked.
        Answered,
        /// The buyer accepted the answer; an order can be placed.
        Accepted,
        /// An order took its figures.
        Ordered,
        /// One side said no.
        Declined,
        /// One side took its own words back.
        Withdrawn,
        /// The answer does not hold any more; the buyer can ask again.
        Expired,
    }
}

mirror! {
    /// What a party can do with a quote.
    QuoteAction = "crate::domain::quote::QuoteAction" {
        /// The supplier names its figures: `answerQuote`.
        Answer,
        /// The buyer asks again: `renegotiateQuote`.
        Renegotiate,
        /// The buyer takes the answer: `acceptQuote`.
        Accept,
        /// One side says no: `declineQuote`.
        Decline,
        /// One side takes its own words back: `withdrawQuote`.
        Withdraw,
        /// The buyer orders by it: `placeOrder`.
        Order,
    }
}
