//! Suppliers: who sells, what they are, and what their orders add up to.

use serde::{Deserialize, Serialize};

use super::badge::{BadgeAward, BadgeKind};
use super::error::Refusal;
use super::ids::{CompanyId, SupplierId};
use super::review::Rating;
use super::time::{Day, Timestamp};
use super::words::words;

words! {
    /// What a verified supplier is good at.
    Specialisation {
        /// Makes goods to the buyer's specification; the on-site production audit is mandatory.
        CustomManufacturer => "CUSTOM_MANUFACTURER",
        /// Trades in many kinds of goods.
        Multispecialty => "MULTISPECIALTY",
        /// Owns the brand of its goods.
        BrandHolder => "BRAND_HOLDER",
    }
}

/// A company in its role as a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplier {
    /// Its id.
    pub id: SupplierId,
    /// The legal entity.
    pub company: CompanyId,
    /// The company's legal name.
    pub name: String,
    /// The company's country, ISO 3166-1 alpha-2.
    pub country: String,
    /// What it is good at, where that was found out.
    pub specialisation: Option<Specialisation>,
    /// Itself in its own words; not part of a card, where it is empty.
    #[serde(skip)]
    pub description: String,
    /// The day of its founding.
    pub established_on: Option<Day>,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
    /// When and why it was suspended: then it is not listed and cannot sell.
    pub suspended: Option<Suspension>,
    /// Whether it came with an import.
    pub imported: bool,
    /// Counts its changes, from 1.
    pub version: i64,
    /// Since when it is on record.
    pub created_at: Timestamp,
}

/// Why a supplier is not listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl Supplier {
    /// Checks the lengths of the texts.
    pub fn check(self) -> Result<Self, Refusal> {
        if self.description.chars().count() > 10_000 {
            return Err(Refusal::invalid(&["description"], "A description has at most 10000 characters."));
        }
        check_reference(self.external_reference.as_deref())?;
        Ok(self)
    }
}

/// An external reference has 1 to 255 characters.
pub(super) fn check_reference(reference: Option<&str>) -> Result<(), Refusal> {
    match reference.map(|text| text.chars().count()) {
        None | Some(1..=255) => Ok(()),
        Some(_) => {
            Err(Refusal::invalid(&["externalReference"], "An external reference has 1 to 255 characters."))
        }
    }
}

/// Everything that a supplier's card shows, as one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierCard {
    /// The supplier.
    pub supplier: Supplier,
    /// Every award that was not revoked when the card was made, lapsed ones included.
    pub badges: Vec<BadgeAward>,
    /// How buyers rate the store.
    pub rating: Rating,
    /// What its orders add up to.
    pub metrics: SupplierMetrics,
    /// A digest of the description, which the card does not carry, so that two cards tell whether it changed.
    #[serde(default)]
    pub unseen: String,
}

impl SupplierCard {
    /// Whether it carries the badge at an instant.
    pub fn holds(&self, kind: BadgeKind, at: Timestamp) -> bool {
        self.badges.iter().any(|award| award.kind == kind && award.in_force(at))
    }

    /// Whether orders with it are protected at an instant: enrolled and not suspended.
    pub fn is_protected(&self, at: Timestamp) -> bool {
        self.supplier.suspended.is_none() && self.holds(BadgeKind::TradeAssurance, at)
    }
}

/// What a supplier's orders add up to; counted, never typed in. Also the change that one event makes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SupplierMetrics {
    /// Orders placed with it.
    pub orders_placed: i64,
    /// Orders that completed.
    pub orders_completed: i64,
    /// Orders that came to nothing: cancelled, expired, or paid back before they completed.
    pub orders_cancelled: i64,
    /// Orders whose dispatch was judged: dispatched, or given up by the buyer because nothing left in time.
    pub dispatched: i64,
    /// Of these, dispatched after their deadline.
    pub dispatched_late: i64,
    /// Orders that arrived.
    pub delivered: i64,
    /// Of these, arrived after the promised day.
    pub delivered_late: i64,
    /// Orders that went to a dispute or a charge-back.
    pub disputes: i64,
    /// Companies that bought.
    pub buyers: i64,
    /// Of these, those that bought again.
    pub returning_buyers: i64,
    /// Orders, rounds of quotes and threads that got their first answer.
    pub responses: i64,
    /// Seconds that all answers took together.
    pub response_seconds: i64,
}

impl SupplierMetrics {
    /// The sum of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            orders_placed: self.orders_placed + other.orders_placed,
            orders_completed: self.orders_completed + other.orders_completed,
            orders_cancelled: self.orders_cancelled + other.orders_cancelled,
            dispatched: self.dispatched + other.dispatched,
            dispatched_late: self.dispatched_late + other.dispatched_late,
            delivered: self.delivered + other.delivered,
            delivered_late: self.delivered_late + other.delivered_late,
            disputes: self.disputes + other.disputes,
            buyers: self.buyers + other.buyers,
            returning_buyers: self.returning_buyers + other.returning_buyers,
            responses: self.responses + other.responses,
            response_seconds: self.response_seconds + other.response_seconds,
        }
    }

    /// Dispatched in time, as a decimal of percent with two digits; none without a dispatch.
    pub fn on_time_dispatch_percent(&self) -> Option<String> {
        percent(self.dispatched - self.dispatched_late, self.dispatched)
    }

    /// Dispatched in time, in hundredths of a percent, rounded down; none without a dispatch.
    pub fn on_time_dispatch_basis_points(&self) -> Option<i64> {
        (self.dispatched > 0).then(|| (self.dispatched - self.dispatched_late) * 10_000 / self.dispatched)
    }

    /// Arrived by the promised day, as a decimal of percent with two digits; none without a delivery.
    pub fn on_time_delivery_percent(&self) -> Option<String> {
        percent(self.delivered - self.delivered_late, self.delivered)
    }

    /// Orders that went to a dispute, as a decimal of percent with two digits; none without an order.
    pub fn dispute_percent(&self) -> Option<String> {
        percent(self.disputes, self.orders_placed)
    }

    /// Buyers that bought again, as a decimal of percent with two digits; none without a buyer.
    pub fn returning_buyer_percent(&self) -> Option<String> {
        percent(self.returning_buyers, self.buyers)
    }

    /// The mean time to an answer, in seconds; none without an answer.
    pub fn mean_response_seconds(&self) -> Option<i64> {
        (self.responses > 0).then(|| self.response_seconds / self.responses)
    }
}

/// `part` of `whole` in percent with two digits behind the point, rounded half up.
fn percent(part: i64, whole: i64) -> Option<String> {
    super::review::ratio(i128::from(part) * 100, i128::from(whole), 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact_decimals() {
        let metrics = SupplierMetrics { dispatched: 145, dispatched_late: 11, ..SupplierMetrics::default() };
        assert_eq!(metrics.on_time_dispatch_percent().as_deref(), Some("92.41"));
        assert_eq!(metrics.on_time_delivery_percent(), None);
        let all = SupplierMetrics { delivered: 3, ..SupplierMetrics::default() };
        assert_eq!(all.on_time_delivery_percent().as_deref(), Some("100.00"));
    }
}
