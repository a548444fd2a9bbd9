//! What is asked for and what is answered: documents that are written once.

use serde::{Deserialize, Serialize};

use crate::domain::contract::Minor;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::ProductId;
use crate::domain::ladder::MAXIMUM_QUANTITY;
use crate::domain::money::{Currency, MAXIMUM_MINOR, UnitPrice};
use crate::domain::time::{Span, Timestamp};

/// Products of one quote at most.
pub const MAXIMUM_LINES: usize = 100;
/// Characters of a note or specification at most.
pub const MAXIMUM_NOTE: usize = 5_000;
/// How long an answer may hold at most.
pub const MAXIMUM_VALIDITY: Span = Span::days(365);
/// Days of a lead time or of a transit at most.
const MAXIMUM_DAYS: i64 = 3_650;

/// What a buyer asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteRequest {
    /// Which products, each once.
    pub lines: Vec<QuoteRequestLine>,
    /// Where the goods go: the country's two letters.
    pub destination: String,
    /// The trade term of Incoterms 2020, such as `FCA`.
    pub incoterm: Option<String>,
    /// Whether the buyer wants a sample before the order.
    pub sample_first: bool,
    /// What else is to be said.
    pub note: Option<String>,
}

/// One product that a buyer asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteRequestLine {
    /// The product.
    pub product_id: ProductId,
    /// How many units.
    pub quantity: i64,
    /// What exactly, in words.
    pub specification: Option<String>,
    /// What the buyer would like to pay for one unit.
    pub target_unit_price: Option<UnitPrice>,
}

/// What a supplier answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteAnswer {
    /// The figures of each product that was asked for.
    pub lines: Vec<QuoteAnswerLine>,
    /// Carriage of the whole; part of the price.
    pub freight: Minor,
    /// Days from dispatch to delivery, where the supplier promises any.
    pub transit_days: Option<i64>,
    /// The last instant at which the answer can be accepted and ordered by.
    pub valid_until: Timestamp,
    /// What else is to be said.
    pub note: Option<String>,
}

/// The figures of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteAnswerLine {
    /// The product.
    pub product_id: ProductId,
    /// The price of one unit.
    pub unit_price: UnitPrice,
    /// The least quantity at this price.
    pub minimum_order_quantity: i64,
    /// Days from payment to dispatch.
    pub lead_days: i64,
}

fn at(index: usize, field: &str) -> Vec<String> {
    vec!["input".to_owned(), "lines".to_owned(), index.to_string(), field.to_owned()]
}

fn refuse(refusals: &mut Vec<Refusal>, field: Vec<String>, message: String) {
    refusals.push(Refusal { field, ..Refusal::new(Code::InvalidInput, message) });
}

fn check_note(refusals: &mut Vec<Refusal>, note: Option<&String>) {
    if note.is_some_and(|text| text.chars().count() > MAXIMUM_NOTE) {
        let message = format!("A note has at most {MAXIMUM_NOTE} characters.");
        refusals.push(Refusal::invalid(&["input", "note"], message));
    }
}

impl QuoteRequest {
    /// Names everything that cannot be asked for.
    pub fn check(&self) -> Result<(), Vec<Refusal>> {
        let mut refusals = Vec::new();
        if self.lines.is_empty() || self.lines.len() > MAXIMUM_LINES {
            let message = format!("A quote has 1 to {MAXIMUM_LINES} lines.");
            refusals.push(Refusal::invalid(&["input", "lines"], message));
        }
        for (index, line) in self.lines.iter().enumerate() {
            let twice = self.lines.iter().take(index).any(|known| known.product_id == line.product_id);
            if twice {
                refuse(&mut refusals, at(index, "productId"), "Name each product once.".to_owned());
            }
            if !(1..=MAXIMUM_QUANTITY).contains(&line.quantity) {
                let message = format!("Ask for 1 to {MAXIMUM_QUANTITY} units.");
                refuse(&mut refusals, at(index, "quantity"), message);
            }
            if line.specification.as_ref().is_some_and(|text| text.chars().count() > MAXIMUM_NOTE) {
                let message = format!("A specification has at most {MAXIMUM_NOTE} characters.");
                refuse(&mut refusals, at(index, "specification"), message);
            }
        }
        check_note(&mut refusals, self.note.as_ref());
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }
}

impl QuoteAnswer {
    /// Names everything that cannot be answered: each product once, figures that can be kept, time that is left.
    pub fn check(
        &self,
        request: &QuoteRequest,
        currency: Currency,
        now: Timestamp,
    ) -> Result<(), Vec<Refusal>> {
        let mut refusals = Vec::new();
        let asked = |product| request.lines.iter().any(|line| line.product_id == product);
        for (index, line) in self.lines.iter().enumerate() {
            let twice = self.lines.iter().take(index).any(|known| known.product_id == line.product_id);
            if twice || !asked(line.product_id) {
                let message = "Answer for each product that was asked for, and each once.";
                refuse(&mut refusals, at(index, "productId"), message.to_owned());
            }
            if !(1..=MAXIMUM_QUANTITY).contains(&line.minimum_order_quantity) {
                let message = format!("The minimum order quantity is 1 to {MAXIMUM_QUANTITY}.");
                refuse(&mut refusals, at(index, "minimumOrderQuantity"), message);
            }
            if !(0..=MAXIMUM_DAYS).contains(&line.lead_days) {
                let message = format!("A lead time has 0 to {MAXIMUM_DAYS} days.");
                refuse(&mut refusals, at(index, "leadDays"), message);
            }
            let least = line.unit_price.line_total(line.minimum_order_quantity.max(1), currency);
            if !least.is_ok_and(|total| (1..=MAXIMUM_MINOR).contains(&total.minor)) {
                let message =
                    "The minimum order quantity at this price is worth nothing, or too much to be kept.";
                let field = at(index, "unitPrice");
                refusals.push(Refusal { field, ..Refusal::new(Code::AmountOutOfRange, message) });
            }
        }
        if self.lines.len() < request.lines.len() {
            let message = "Answer for each product that was asked for, or decline the quote.";
            refusals.push(Refusal::invalid(&["input", "lines"], message));
        }
        if !(0..=MAXIMUM_MINOR).contains(&self.freight.0) {
            let message = "Freight is zero or more, and small enough to be kept.";
            refusals.push(Refusal::new(Code::AmountOutOfRange, message).at(&["input", "freight"]));
        }
        if self.transit_days.is_some_and(|days| !(0..=MAXIMUM_DAYS).contains(&days)) {
            let message = format!("A transit has 0 to {MAXIMUM_DAYS} days.");
            refusals.push(Refusal::invalid(&["input", "transitDays"], message));
        }
        if self.valid_until <= now || self.valid_until > now.plus(MAXIMUM_VALIDITY) {
            let message = "An answer holds until an instant in the future, at most 365 days from now.";
            refusals.push(Refusal::invalid(&["input", "validUntil"], message));
        }
        check_note(&mut refusals, self.note.as_ref());
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }

    /// The figures of a product.
    pub fn line(&self, product: ProductId) -> Option<&QuoteAnswerLine> {
        self.lines.iter().find(|line| line.product_id == product)
    }
}
