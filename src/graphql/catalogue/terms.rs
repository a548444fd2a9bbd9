//! What a product promises: attributes, lead times, samples, services.

use async_graphql::{Object, SimpleObject};

use super::words::AfterSalesLabel;
use crate::domain::language::Translation;
use crate::domain::product::Attribute;
use crate::graphql::scalars::{Duration, LanguageTag, Money};

/// Attributes as they are shown.
pub(super) fn attributes(all: &[Attribute]) -> Vec<ProductAttribute> {
    all.iter().map(|it| ProductAttribute { name: it.name.clone(), value: it.value.clone() }).collect()
}

/// A named property of a product.
#[derive(Debug, Clone, SimpleObject)]
pub struct ProductAttribute {
    /// What is said, such as `material`.
    pub(super) name: String,
    /// What it is, such as `steel`.
    pub(super) value: String,
}

/// How long a quantity takes to be dispatched.
#[derive(Debug, Clone, SimpleObject)]
pub struct LeadTime {
    /// The step holds from this quantity up to the next step.
    pub(super) minimum_quantity: i32,
    /// The time from payment to dispatch.
    pub(super) dispatch_within: Duration,
}

/// An offer to buy a sample before an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct SampleOffer {
    /// The price of one.
    pub(super) price: Money,
    /// The largest quantity.
    pub(super) maximum_quantity: i32,
    /// The time from payment to dispatch.
    pub(super) dispatch_within: Duration,
}

/// The terms of a Guaranteed product.
#[derive(Debug, Clone, SimpleObject)]
pub struct GuaranteedTerms {
    /// Whether the price includes freight; always so.
    pub(super) freight_included: bool,
    /// The time from payment to dispatch, at most.
    pub(super) dispatch_within: Duration,
    /// The time from payment to delivery, at most.
    pub(super) delivery_within: Duration,
}

/// A promised service after the sale.
#[derive(Debug, Clone, SimpleObject)]
pub struct AfterSalesService {
    /// Which service.
    pub(super) label: AfterSalesLabel,
    /// For how long after receipt.
    pub(super) term: Duration,
}

/// What is said of a product in one language.
#[derive(Debug, Clone)]
pub struct ProductText(pub(super) Translation);

/// What is said of a product in one language.
#[Object]
impl ProductText {
    /// The language.
    async fn language(&self) -> LanguageTag {
        LanguageTag(self.0.language.clone())
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The description; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Named properties, in the supplier's order. At most 100.
    async fn attributes(&self) -> Vec<ProductAttribute> {
        attributes(&self.0.attributes)
    }
}
