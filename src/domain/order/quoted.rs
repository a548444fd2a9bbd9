//! Orders by an accepted quote: the answer's figures stand in for the product's.

use super::OrderKind;
use super::place::PlaceRequest;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::QuoteId;
use crate::domain::ladder::MAXIMUM_QUANTITY;
use crate::domain::money::{Currency, Money};
use crate::domain::product::{Product, ProductStatus, Quote};
use crate::domain::quote::QuoteAnswer;
use crate::domain::time::Span;

/// The accepted quote that an order takes its figures from; that it may be ordered by was decided before.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// The quote.
    pub id: QuoteId,
    /// The accepted answer.
    pub answer: QuoteAnswer,
    /// The currency of its figures.
    pub currency: Currency,
    /// Where the goods were to go.
    pub destination: String,
    /// The trade term that was asked for.
    pub incoterm: Option<String>,
}

impl Quoted {
    /// Carriage of the whole.
    pub fn freight(&self) -> Money {
        Money::new(self.answer.freight.0, self.currency)
    }

    /// From dispatch to delivery, where the supplier promised any.
    pub fn transit(&self) -> Option<Span> {
        self.answer.transit_days.map(Span::days)
    }

    /// Names everything in which the order differs from what was quoted.
    pub(super) fn check(&self, request: &PlaceRequest) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let mut demand = |holds: bool, field: &str, message: &str| {
            if !holds {
                refusals.push(Refusal::new(Code::QuoteMismatch, message).at(&["input", field]));
            }
        };
        demand(request.kind == OrderKind::Standard, "kind", "An order by a quote is a STANDARD order.");
        let ordered = |product| request.lines.iter().filter(|line| line.product.id == product).count();
        let each_once = self.answer.lines.iter().all(|line| ordered(line.product_id) == 1);
        demand(
            each_once && request.lines.len() == self.answer.lines.len(),
            "lines",
            "An order by a quote has each product of the quote, each once.",
        );
        demand(
            request.destination == self.destination,
            "destinationCountry",
            "The quote is for another destination.",
        );
        let same_term = request.incoterm.is_none() || request.incoterm == self.incoterm;
        demand(same_term, "incoterm", "The quote is for another trade term.");
        let same_currency = request.currency.is_none_or(|currency| currency == self.currency);
        demand(same_currency, "currencyCode", "The quote is in another currency.");
        demand(
            request.freight.is_none_or(|freight| freight == self.freight()),
            "freight",
            "The quote names another freight; leave it out to take that.",
        );
        refusals
    }

    /// What that many cost by the quote.
    pub(super) fn price(&self, product: &Product, quantity: i64) -> Result<Quote, Vec<Refusal>> {
        let refuse = |code, field: &str, message: String| vec![Refusal::new(code, message).at(&[field])];
        if product.status != ProductStatus::Published {
            let message = "This product is not offered at present.".to_owned();
            return Err(refuse(Code::NotOrderable, "product", message));
        }
        let Some(line) = self.answer.line(product.id) else {
            let message = "The quote does not name this product.".to_owned();
            return Err(refuse(Code::QuoteMismatch, "product", message));
        };
        if quantity < line.minimum_order_quantity {
            let message = format!("The quote is for {} and more.", line.minimum_order_quantity);
            return Err(refuse(Code::BelowMinimumOrderQuantity, "quantity", message));
        }
        if quantity > MAXIMUM_QUANTITY {
            let message = format!("At most {MAXIMUM_QUANTITY} can be ordered at once.");
            return Err(refuse(Code::AmountOutOfRange, "quantity", message));
        }
        let total = line.unit_price.line_total(quantity, self.currency).map_err(|_| {
            refuse(Code::AmountOutOfRange, "quantity", "The total is too large to be kept.".to_owned())
        })?;
        Ok(Quote { unit_price: line.unit_price, total, lead_days: Some(line.lead_days) })
    }
}
