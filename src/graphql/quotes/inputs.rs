//! What the commands on quotes take.

use async_graphql::{ID, InputObject};

use crate::domain::contract::Minor;
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::quote::{QuoteAnswer, QuoteAnswerLine, QuoteRequest, QuoteRequestLine};
use crate::graphql::inputs::{Refused, command_input, id};
use crate::graphql::orders::inputs::{MoneyInput, money_refusal};
use crate::graphql::orders::words::Incoterm;
use crate::graphql::scalars::{CountryCode, CurrencyCode, DateTime, Decimal};
use crate::service::orders::Envelope;
use crate::service::quotes::RequestQuote;

/// One product that you ask for.
#[derive(Debug, Clone, InputObject)]
pub struct QuoteRequestLineInput {
    /// The product.
    product_id: ID,
    /// How many units.
    quantity: i32,
    /// What exactly you want, at most 5000 characters; becomes part of the contract of an order by this quote.
    specification: Option<String>,
    /// What you would like to pay for one unit, in major units.
    target_unit_price: Option<Decimal>,
}

impl QuoteRequestLineInput {
    fn read(&self, index: usize) -> Refused<QuoteRequestLine> {
        let index = index.to_string();
        let path = ["input", "lines", &index, "targetUnitPrice"];
        let price = self.target_unit_price.as_ref().map(|price| UnitPrice::parse(&price.0)).transpose();
        Ok(QuoteRequestLine {
            product_id: id("product", &["input", "lines", &index, "productId"], &self.product_id)?,
            quantity: i64::from(self.quantity),
            specification: self.specification.clone(),
            target_unit_price: price.map_err(|error| money_refusal(error, &path))?,
        })
    }
}

fn lines(given: &[QuoteRequestLineInput]) -> Refused<Vec<QuoteRequestLine>> {
    given.iter().enumerate().map(|(index, line)| line.read(index)).collect()
}

command_input! {
    /// What `requestQuote` takes.
    RequestQuoteInput {
        /// Who is asked; need not be enrolled in Trade Assurance.
        supplier_id: ID,
        /// What you ask for; 1 to 100 products of the supplier, each once, priced in one currency.
        #[graphql(validator(max_items = 100))]
        lines: Vec<QuoteRequestLineInput>,
        /// The currency that you expect; another one is refused.
        currency_code: Option<CurrencyCode>,
        /// The country where the goods go.
        destination_country: CountryCode,
        /// The trade term.
        incoterm: Option<Incoterm>,
        /// Whether you want a sample before the order.
        #[graphql(default)]
        sample_first: bool,
        /// What else is to be said, at most 5000 characters.
        note: Option<String>,
    }
}

impl RequestQuoteInput {
    pub(super) fn read(self) -> Refused<(RequestQuote, Envelope)> {
        let envelope = self.envelope();
        let request = QuoteRequest {
            lines: lines(&self.lines)?,
            destination: self.destination_country.0,
            incoterm: self.incoterm.map(|term| term.as_str().to_owned()),
            sample_first: self.sample_first,
            note: self.note,
        };
        let supplier = id("supplier", &["input", "supplierId"], &self.supplier_id)?;
        let wish = RequestQuote { supplier, currency: self.currency_code.map(|code| code.0), request };
        Ok((wish, envelope))
    }
}

command_input! {
    /// What `renegotiateQuote` takes: all that you ask for now.
    RenegotiateQuoteInput on quote {
        /// What you ask for; 1 to 100 products of the supplier, each once.
        #[graphql(validator(max_items = 100))]
        lines: Vec<QuoteRequestLineInput>,
        /// The country where the goods go.
        destination_country: CountryCode,
        /// The trade term.
        incoterm: Option<Incoterm>,
        /// Whether you want a sample before the order.
        #[graphql(default)]
        sample_first: bool,
        /// What else is to be said, at most 5000 characters.
        note: Option<String>,
    }
}

impl RenegotiateQuoteInput {
    pub(super) fn request(&self) -> Refused<QuoteRequest> {
        Ok(QuoteRequest {
            lines: lines(&self.lines)?,
            destination: self.destination_country.0.clone(),
            incoterm: self.incoterm.map(|term| term.as_str().to_owned()),
            sample_first: self.sample_first,
            note: self.note.clone(),
        })
    }
}

/// Your figures of one product.
#[derive(Debug, Clone, InputObject)]
pub struct QuoteAnswerLineInput {
    /// The product.
    product_id: ID,
    /// The price of one unit in major units, with at most six decimals.
    unit_price: Decimal,
    /// The least quantity at this price.
    minimum_order_quantity: i32,
    /// Days from payment to dispatch, 0 to 3650.
    lead_days: i32,
}

impl QuoteAnswerLineInput {
    fn read(&self, index: usize) -> Refused<QuoteAnswerLine> {
        let index = index.to_string();
        let path = ["input", "lines", &index, "unitPrice"];
        Ok(QuoteAnswerLine {
            product_id: id("product", &["input", "lines", &index, "productId"], &self.product_id)?,
            unit_price: UnitPrice::parse(&self.unit_price.0).map_err(|error| money_refusal(error, &path))?,
            minimum_order_quantity: i64::from(self.minimum_order_quantity),
            lead_days: i64::from(self.lead_days),
        })
    }
}

command_input! {
    /// What `answerQuote` takes.
    AnswerQuoteInput on quote {
        /// Your figures of each product that was asked for; at most 100.
        #[graphql(validator(max_items = 100))]
        lines: Vec<QuoteAnswerLineInput>,
        /// Carriage of the whole, in the quote's currency; nothing unless given.
        freight: Option<MoneyInput>,
        /// Days from dispatch to delivery, 0 to 3650.
        transit_days: Option<i32>,
        /// The last instant at which the buyer can accept this and order by it; at most 365 days from now.
        valid_until: DateTime,
        /// What else is to be said, at most 5000 characters.
        note: Option<String>,
    }
}

impl AnswerQuoteInput {
    pub(super) fn answer(&self) -> Refused<(QuoteAnswer, Option<Currency>)> {
        let freight = self.freight.as_ref().map(|freight| freight.read(&["input", "freight"])).transpose()?;
        let lines = self.lines.iter().enumerate().map(|(index, line)| line.read(index));
        let answer = QuoteAnswer {
            lines: lines.collect::<Refused<_>>()?,
            freight: Minor(freight.map_or(0, |freight| freight.minor)),
            transit_days: self.transit_days.map(i64::from),
            valid_until: self.valid_until.0,
            note: self.note.clone(),
        };
        Ok((answer, freight.map(|freight| freight.currency)))
    }
}

command_input! {
    /// What `acceptQuote` takes.
    AcceptQuoteInput on quote {
        /// The number of the round whose answer you accept; another one is refused.
        round: i32,
    }
}

command_input! {
    /// What `declineQuote` takes.
    DeclineQuoteInput on quote {
        /// Why, at most 1000 characters; the other party reads it.
        reason: Option<String>,
    }
}

command_input! {
    /// What `withdrawQuote` takes.
    WithdrawQuoteInput on quote {
        /// Why, at most 1000 characters; the other party reads it.
        reason: Option<String>,
    }
}
