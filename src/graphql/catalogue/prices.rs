//! Unit prices and ladders: finer than a minor unit, so they are not [`Money`](crate::graphql::scalars::Money).

use async_graphql::SimpleObject;

use super::small;
use crate::domain::ladder;
use crate::domain::money::{self, Currency};
use crate::graphql::scalars::{CurrencyCode, Decimal};

/// The price of one unit, in up to six decimals of the currency's major unit. Multiply first, round the line total once,
/// half up.
#[derive(Debug, Clone, SimpleObject)]
pub struct UnitPrice {
    /// The price in major units, such as `0.0870`.
    amount: Decimal,
    /// The currency.
    currency_code: CurrencyCode,
}

impl UnitPrice {
    pub(super) fn new(price: money::UnitPrice, currency: Currency) -> Self {
        Self { amount: Decimal(price.decimal(currency.exponent())), currency_code: CurrencyCode(currency) }
    }
}

/// One step of a price ladder.
#[derive(Debug, Clone, SimpleObject)]
pub struct PriceBreak {
    /// The step holds from this quantity up to the next step.
    minimum_quantity: i32,
    /// The price of one unit.
    unit_price: UnitPrice,
}

impl PriceBreak {
    pub(super) fn new(step: ladder::PriceBreak, currency: Currency) -> Self {
        let unit_price = UnitPrice::new(step.unit_price, currency);
        Self { minimum_quantity: small(step.min_quantity), unit_price }
    }
}

/// Unit prices by quantity, in one currency.
#[derive(Debug, Clone, SimpleObject)]
pub struct PriceLadder {
    /// The currency of every step.
    currency_code: CurrencyCode,
    /// The steps, lowest quantity first; empty where a price is only quoted. At most 50.
    breaks: Vec<PriceBreak>,
}

impl From<&ladder::Ladder> for PriceLadder {
    fn from(ladder: &ladder::Ladder) -> Self {
        let currency = ladder.currency();
        Self {
            currency_code: CurrencyCode(currency),
            breaks: ladder.breaks().iter().map(|&step| PriceBreak::new(step, currency)).collect(),
        }
    }
}
