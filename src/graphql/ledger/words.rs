//! The closed lists of the money outside of orders.

use crate::graphql::enums::mirror;

mirror! {
    /// How far a payout got.
    PayoutStatus = "crate::domain::payout::PayoutStatus" {
        /// The money is set aside; the provider is to be asked.
        Requested,
        /// The provider was asked.
        Submitted,
        /// The money reached the company.
        Paid,
        /// The provider could not; the money is the company's again.
        Failed,
        /// The money had arrived and came back; it is the company's again.
        Returned,
    }
}

mirror! {
    /// How far a refund got.
    RefundStatus = "crate::domain::order::RefundStatus" {
        /// It is owed; the provider is to be asked.
        Approved,
        /// The provider was asked.
        Submitted,
        /// The money reached the buyer.
        Succeeded,
        /// The provider could not; the money stays owed and is tried again.
        Failed,
    }
}

mirror! {
    /// Why money goes back.
    RefundCause = "crate::domain::order::RefundCause" {
        /// Both sides agreed on it.
        Agreed,
        /// A mediator decided it.
        Decision,
        /// Nothing left in time and the buyer cancelled.
        NonDispatch,
        /// The order ended before the goods left.
        Cancellation,
        /// The goods came back.
        EasyReturn,
        /// A promised service was not given.
        AfterSales,
        /// The order became cheaper.
        Amendment,
        /// A broken promise is made good.
        Compensation,
        /// An inspection's fee comes back.
        InspectionFee,
        /// Money came that fits nothing.
        Suspense,
    }
}

mirror! {
    /// Why money was set aside.
    SuspenseReason = "crate::domain::order::SuspenseReason" {
        /// No payment of ours has this name.
        UnknownPayment,
        /// Another amount was due.
        WrongAmount,
        /// Another currency was due.
        WrongCurrency,
        /// The order had ended.
        Late,
        /// The instalment was paid already.
        AlreadyPaid,
    }
}

mirror! {
    /// What became of set-aside money.
    SuspenseStatus = "crate::domain::suspense::SuspenseStatus" {
        /// An operator is to decide.
        Open,
        /// On its way back to whoever paid it.
        Refunding,
        /// The provider could not give it back; an operator is to decide.
        RefundFailed,
        /// Given back.
        Refunded,
        /// Given to the order that it was meant for.
        Assigned,
        /// The payer's bank took it back and kept it.
        ChargedBack,
    }
}

/// How a sandbox refund or payout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(remote = "crate::service::payments::sandbox::End")]
pub enum SandboxTransferOutcome {
    /// The money arrives.
    Arrived,
    /// It cannot be sent.
    Failed,
    /// It arrived and comes back; payouts only.
    Returned,
}

mirror! {
    /// What a payment provider is asked.
    ProviderCallKind = "crate::domain::provider::RequestKind" {
        /// Open a session for a payment.
        CreateSession,
        /// End a session that nobody is to pay by any more.
        ExpireSession,
        /// Give money back to the buyer.
        Refund,
        /// Pay money out to a company.
        Payout,
    }
}

mirror! {
    /// How far a call to a payment provider got.
    ProviderCallStatus = "crate::domain::provider::RequestStatus" {
        /// It is to be made, or its answer was lost: it is made again under the same key.
        Pending,
        /// The provider has taken it.
        Done,
        /// The provider refused it and did nothing, or nobody needs it any more.
        Failed,
        /// It was made so often without a clear answer that people have to look: see `problem`, mend it, and use
        /// `retryProviderCall`.
        Stalled,
    }
}
