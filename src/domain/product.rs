//! Products: what is offered, from which quantity, at what price, and on which promises.

use serde::{Deserialize, Serialize};

use super::audit::Media;
use super::badge::BadgeAward;
use super::error::{Code, Refusal};
use super::ids::{CategoryId, ProductId, SupplierId};
use super::ladder::{Ladder, LeadTimes, MAXIMUM_QUANTITY};
use super::language::Texts;
use super::money::{Money, UnitPrice};
use super::review::Rating;
use super::supplier::check_reference;
use super::time::Timestamp;
use super::words::words;

words! {
    /// Whether a product is offered.
    ProductStatus {
        /// Being written; nobody else sees it.
        Draft => "DRAFT",
        /// Offered.
        Published => "PUBLISHED",
        /// No longer offered.
        Withdrawn => "WITHDRAWN",
    }
}

words! {
    /// Which service the supplier promises after the sale.
    AfterSalesLabel {
        /// Spare parts at no charge.
        FreeReplacementParts => "FREE_REPLACEMENT_PARTS",
        /// Service at the buyer's place, and spare parts at no charge.
        OnsiteServiceAndFreeReplacementParts => "ONSITE_SERVICE_AND_FREE_REPLACEMENT_PARTS",
    }
}

/// A promised service after the sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterSalesService {
    /// Which service.
    pub label: AfterSalesLabel,
    /// For how many days after receipt.
    pub term_days: i64,
}

/// The terms of a Guaranteed product: a fixed price with freight included, dispatch and delivery by promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuaranteedTerms {
    /// Hours from payment to dispatch at most, up to 168.
    pub dispatch_within_hours: i64,
    /// Days from payment to delivery at most.
    pub delivery_days: i64,
}

/// An offer to buy a sample before an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleOffer {
    /// Minor units of the product's currency for one.
    pub price_minor: i64,
    /// The largest quantity.
    pub maximum_quantity: i64,
    /// Days from payment to dispatch.
    pub lead_days: i64,
}

/// A named property, such as material: steel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// What is said.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// What a supplier offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Who offers it.
    pub supplier: SupplierId,
    /// Where it stands in the category tree.
    pub category: Option<CategoryId>,
    /// The title.
    pub title: String,
    /// The description; not part of a card, where it is empty.
    #[serde(skip)]
    pub description: String,
    /// Named properties, in the supplier's order.
    pub attributes: Vec<Attribute>,
    /// In which language these are, and what is said in others.
    #[serde(default)]
    pub texts: Texts,
    /// What a quantity counts, such as `piece`.
    pub unit: String,
    /// The least quantity of an order.
    pub minimum_order_quantity: i64,
    /// Order quantities are multiples of it.
    pub order_increment: i64,
    /// Prices by quantity; its currency is the product's.
    pub ladder: Ladder,
    /// Days to dispatch by quantity.
    pub lead_times: LeadTimes,
    /// The offer to buy a sample.
    pub sample_offer: Option<SampleOffer>,
    /// Guaranteed terms, where the product has them.
    pub guaranteed: Option<GuaranteedTerms>,
    /// Whether it carries the Easy Return mark.
    pub easy_return: bool,
    /// The promised service after the sale.
    pub after_sales: Option<AfterSalesService>,
    /// Whether it is made to specification.
    pub customisable: bool,
    /// Whether it is offered.
    pub status: ProductStatus,
    /// Pictures and documents, in order.
    pub media: Vec<Media>,
    /// The supplier's own id of it, unique per supplier.
    pub external_reference: Option<String>,
    /// Whether it came with an import.
    pub imported: bool,
    /// Counts its changes, from 1.
    pub version: i64,
    /// Since when it is on record.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a quantity of a product costs and how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The price of one unit.
    pub unit_price: UnitPrice,
    /// The line total, rounded once.
    pub total: Money,
    /// Days from payment to dispatch, where promised.
    pub lead_days: Option<i64>,
}

impl Product {
    /// Checks a product as it is written or imported; names every field that does not fit. Holes between the
    /// minimum order quantity and the first price are refused, except in imported history.
    pub fn check(self) -> Result<Self, Vec<Refusal>> {
        let refusals = self.faults();
        if refusals.is_empty() { Ok(self) } else { Err(refusals) }
    }

    /// Every field that does not fit.
    pub(super) fn faults(&self) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let mut demand = |holds: bool, field: &str, message: &str| {
            if !holds {
                refusals.push(Refusal::invalid(&[field], message));
            }
        };
        let within = |text: &str, most: usize| text.chars().count() <= most;
        let title_fits = !self.title.trim().is_empty() && within(&self.title, 300);
        demand(title_fits, "title", "A title has 1 to 300 characters.");
        demand(within(&self.description, 20_000), "description", "At most 20000 characters.");
        demand(
            !self.unit.trim().is_empty() && within(&self.unit, 40),
            "unit",
            "A unit has 1 to 40 characters.",
        );
        demand(self.attributes.len() <= 100, "attributes", "A product has at most 100 attributes.");
        demand(self.media.len() <= 100, "media", "A product has at most 100 pictures and documents.");
        let counts = 1..=MAXIMUM_QUANTITY;
        demand(
            counts.contains(&self.minimum_order_quantity),
            "minimumOrderQuantity",
            "The minimum order quantity is 1 or more.",
        );
        demand(counts.contains(&self.order_increment), "orderIncrement", "The order increment is 1 or more.");
        if let Some(terms) = self.guaranteed {
            let dispatch = (1..=168).contains(&terms.dispatch_within_hours);
            demand(dispatch, "guaranteedTerms", "Guaranteed dispatch is promised within 1 to 168 hours.");
            let delivery = (1..=365).contains(&terms.delivery_days);
            demand(delivery, "guaranteedTerms", "Guaranteed delivery is promised within 1 to 365 days.");
        }
        if let Some(service) = self.after_sales {
            let term = (1..=3_650).contains(&service.term_days);
            demand(term, "afterSalesService", "The term of a service is 1 to 3650 days.");
        }
        if let Some(sample) = self.sample_offer {
            let fits = sample.price_minor >= 0
                && counts.contains(&sample.maximum_quantity)
                && (0..=3_650).contains(&sample.lead_days);
            demand(fits, "sampleOffer", "A sample has a price, a maximum quantity and 0 to 3650 days.");
        }
        let priced = self.imported
            || !counts.contains(&self.minimum_order_quantity)
            || self.ladder.unit_price(self.minimum_order_quantity).is_some();
        demand(priced, "priceLadder", "The price ladder begins at or below the minimum order quantity.");
        refusals.extend(self.texts.check());
        refusals.extend(check_reference(self.external_reference.as_deref()).err());
        refusals
    }

    /// What that many cost, if that many can be ordered: published, at least the minimum order quantity, a multiple
    /// of the increment, and with a price. Every reason against it is named, at the field `quantity`.
    pub fn quote(&self, quantity: i64) -> Result<Quote, Vec<Refusal>> {
        let mut refusals = self.check_quantity(quantity);
        if self.status != ProductStatus::Published {
            let message = "This product is not offered at present.";
            refusals.push(Refusal::new(Code::NotOrderable, message).at(&["product"]));
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let (unit_price, total) = self.ladder.line_total(quantity).map_err(|refusal| vec![refusal])?;
        Ok(Quote { unit_price, total, lead_days: self.lead_times.days(quantity) })
    }

    /// What that many samples cost, if the product has a sample offer for that many.
    pub fn sample_quote(&self, quantity: i64) -> Result<Quote, Vec<Refusal>> {
        let (ProductStatus::Published, Some(offer)) = (self.status, self.sample_offer) else {
            let message = "This product has no sample offer at present.";
            return Err(vec![Refusal::new(Code::NotOrderable, message).at(&["product"])]);
        };
        let refuse = |code, message: String| Err(vec![Refusal::new(code, message).at(&["quantity"])]);
        if quantity < 1 {
            return refuse(Code::BelowMinimumOrderQuantity, "Order at least one sample.".to_owned());
        }
        if quantity > offer.maximum_quantity {
            let message = format!("At most {} samples can be ordered.", offer.maximum_quantity);
            return refuse(Code::AboveMaximumQuantity, message);
        }
        let currency = self.ladder.currency();
        let scale = 10_i64.checked_pow(6_u32.saturating_sub(u32::from(currency.exponent())));
        let unit_price = scale
            .and_then(|scale| offer.price_minor.checked_mul(scale))
            .and_then(|millionths| UnitPrice::from_millionths(millionths).ok());
        match (unit_price, offer.price_minor.checked_mul(quantity)) {
            (Some(unit_price), Some(minor)) => {
                let total = Money::new(minor, currency);
                Ok(Quote { unit_price, total, lead_days: Some(offer.lead_days) })
            }
            _ => refuse(Code::AmountOutOfRange, "The total is too large to be kept.".to_owned()),
        }
    }

    /// Every reason why that many cannot be ordered, whatever the price.
    fn check_quantity(&self, quantity: i64) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let mut refuse = |code, message: String| refusals.push(Refusal::new(code, message).at(&["quantity"]));
        if quantity > MAXIMUM_QUANTITY {
            refuse(Code::AmountOutOfRange, format!("At most {MAXIMUM_QUANTITY} can be ordered at once."));
        }
        let (least, step) = (self.minimum_order_quantity, self.order_increment);
        if quantity < least {
            refuse(Code::BelowMinimumOrderQuantity, format!("Order at least {least}."));
        } else if quantity % step.max(1) != 0 {
            let below = quantity - quantity % step;
            let message =
                format!("Order multiples of {step}, such as {below} or {}.", below.saturating_add(step));
            refuse(Code::WrongOrderIncrement, message);
        }
        refusals
    }

    /// The smallest quantity that can be ordered: the first multiple of the increment from the minimum on.
    pub fn smallest_quantity(&self) -> i64 {
        let (least, step) = (self.minimum_order_quantity, self.order_increment.max(1));
        least.saturating_add(step - 1) / step * step
    }
}

/// Everything that a product's card shows, as one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCard {
    /// The product.
    pub product: Product,
    /// The name of its category.
    pub category_name: Option<String>,
    /// Every award that was not revoked when the card was made, lapsed ones included.
    pub badges: Vec<BadgeAward>,
    /// How buyers rate it.
    pub rating: Rating,
    /// What changes when something does that the card does not carry.
    #[serde(default)]
    pub unseen: Unseen,
}

/// Digests of what belongs to a product and is not on its card, so that two cards tell whether it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// Of the descriptions in all languages.
    pub descriptions: String,
    /// Of the certificates that cover it.
    pub certificates: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;
    use crate::domain::money::Currency;

    fn product(least: i64, step: i64, breaks: &[(i64, &str)]) -> Product {
        let breaks = breaks.iter().map(|&(at, text)| (at, UnitPrice::parse(text).unwrap())).collect();
        Product {
            id: ProductId::from_u128(1),
            supplier: SupplierId::from_u128(1),
            category: None,
            title: "Steel cup".to_owned(),
            description: String::new(),
            attributes: Vec::new(),
            texts: Texts::default(),
            unit: "piece".to_owned(),
            minimum_order_quantity: least,
            order_increment: step,
            ladder: Ladder::imported(Currency::USD, breaks).unwrap().0,
            lead_times: LeadTimes::new(vec![(1, 7)]).unwrap(),
            sample_offer: Some(SampleOffer { price_minor: 450, maximum_quantity: 3, lead_days: 2 }),
            guaranteed: None,
            easy_return: false,
            after_sales: None,
            customisable: false,
            status: ProductStatus::Published,
            media: Vec::new(),
            external_reference: None,
            imported: false,
            version: 1,
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn quantities_that_cannot_be_ordered_are_refused_with_their_reason() {
        let cup = product(100, 50, &[(1, "1.20"), (500, "1.005")]);
        for (quantity, code) in [
            (-1, Code::BelowMinimumOrderQuantity),
            (0, Code::BelowMinimumOrderQuantity),
            (99, Code::BelowMinimumOrderQuantity),
            (125, Code::WrongOrderIncrement),
            (i64::MAX, Code::AmountOutOfRange),
        ] {
            assert_eq!(cup.quote(quantity).unwrap_err()[0].code, code, "{quantity}");
        }
        assert_eq!(cup.quote(550).unwrap().total, Money::new(55_275, Currency::USD));
        assert_eq!(cup.quote(550).unwrap().lead_days, Some(7));
        assert_eq!(product(100, 30, &[(1, "1")]).smallest_quantity(), 120);
        let hole = product(1, 1, &[(100, "1")]);
        assert_eq!(hole.quote(1).unwrap_err()[0].code, Code::NoPriceForQuantity);
        let draft = Product { status: ProductStatus::Draft, ..product(1, 1, &[(1, "1")]) };
        assert_eq!(draft.quote(1).unwrap_err()[0].code, Code::NotOrderable);
    }

    #[test]
    fn samples_have_their_own_limits() {
        let cup = product(100, 50, &[(1, "1")]);
        assert_eq!(cup.sample_quote(2).unwrap().total, Money::new(900, Currency::USD));
        assert_eq!(cup.sample_quote(2).unwrap().unit_price, UnitPrice::parse("4.50").unwrap());
        assert_eq!(cup.sample_quote(4).unwrap_err()[0].code, Code::AboveMaximumQuantity);
        assert_eq!(cup.sample_quote(0).unwrap_err()[0].code, Code::BelowMinimumOrderQuantity);
        let none = Product { sample_offer: None, ..cup };
        assert_eq!(none.sample_quote(1).unwrap_err()[0].code, Code::NotOrderable);
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let broken = Product {
            title: " ".to_owned(),
            order_increment: 0,
            guaranteed: Some(GuaranteedTerms { dispatch_within_hours: 169, delivery_days: 0 }),
            ..product(1, 1, &[(2, "1")])
        };
        let fields: Vec<_> =
            broken.check().unwrap_err().iter().map(|refusal| refusal.field[0].clone()).collect();
        assert_eq!(fields, ["title", "orderIncrement", "guaranteedTerms", "guaranteedTerms", "priceLadder"]);
        assert!(product(100, 50, &[(1, "1")]).check().is_ok());
    }
}
