//! Red flags about suppliers and products: each rule a pure function of stored facts, the figures of its rule, and now.
//!
//! A signal informs and never blocks. What a rule finds is stored with what it was found by; it ends when its fact does.
//! A rule also says when time alone may change its answer, so that somebody looks again then and not at every read.

mod conduct;
mod papers;
mod price;
mod rule;

use serde::{Deserialize, Serialize};

use super::audit::{Certificate, Licence};
use super::ids::{ProductId, SupplierId};
use super::ladder::Ladder;
use super::money::UnitPrice;
use super::off_platform::Severity;
use super::supplier::SupplierMetrics;
use super::time::Timestamp;
use super::words::words;

pub use conduct::USUAL_DAYS;
pub use rule::{Rule, RuleChange, Rules};

words! {
    /// What is odd.
    SignalCode {
        /// The price is far below what the category asks for the like.
        PriceFarBelowMedian => "PRICE_FAR_BELOW_MEDIAN",
        /// The price falls too far with quantity.
        DiscountTooDeep => "DISCOUNT_TOO_DEEP",
        /// A business licence ends soon.
        LicenceExpiring => "LICENCE_EXPIRING",
        /// A business licence has ended and none took its place.
        LicenceExpired => "LICENCE_EXPIRED",
        /// A certificate ends soon.
        CertificateExpiring => "CERTIFICATE_EXPIRING",
        /// A certificate has ended and none took its place.
        CertificateExpired => "CERTIFICATE_EXPIRED",
        /// Few orders were completed so far.
        NoTrackRecord => "NO_TRACK_RECORD",
        /// Many reviews came in a short time.
        ReviewBurst => "REVIEW_BURST",
        /// Too many orders left late.
        PoorOnTimeRate => "POOR_ON_TIME_RATE",
        /// The supplier asked to pay or talk off the platform.
        OffPlatformRequest => "OFF_PLATFORM_REQUEST",
    }
}

impl SignalCode {
    /// What it means for a reader, and what to do.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::PriceFarBelowMedian => {
                "The price is far below what this category asks for the like. Order a sample or an inspection before you buy."
            }
            Self::DiscountTooDeep => {
                "The price falls unusually far with quantity. Ask what differs, and fix the specification in the contract."
            }
            Self::LicenceExpiring => "A business licence ends soon. Ask whether it is renewed.",
            Self::LicenceExpired => {
                "A business licence has ended and no other one of its issuer is on record. Ask for the valid one."
            }
            Self::CertificateExpiring => {
                "A certificate ends soon. Ask whether it is renewed before your goods leave."
            }
            Self::CertificateExpired => {
                "A certificate has ended and no other one of its standard is on record. Do not rely on it."
            }
            Self::NoTrackRecord => {
                "Few orders were completed with this supplier so far. Begin with a sample or a small order."
            }
            Self::ReviewBurst => {
                "Many more reviews than usual came within a short time. Read them with care, and look at older ones."
            }
            Self::PoorOnTimeRate => {
                "Too many orders left after their deadline. Leave time, and agree on the dispatch date in the contract."
            }
            Self::OffPlatformRequest => {
                "The supplier asked buyers to pay or talk off the platform. Such payments are not protected: pay by the order only."
            }
        }
    }
}

/// A fact that a signal was found by, such as `median: 4.20`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// How much, in plain decimals, days in ISO 8601.
    pub value: String,
}

fn fact(name: &str, value: impl std::fmt::Display) -> Fact {
    Fact { name: name.to_owned(), value: value.to_string() }
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is odd.
    pub code: SignalCode,
    /// How bad it can become.
    pub severity: Severity,
    /// What it was found by.
    pub evidence: Vec<Fact>,
}

/// What a rule says: a finding or none, and when time alone may change that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// What was found.
    pub finding: Option<Finding>,
    /// The first instant at which it may be another one although nothing happens.
    pub look_again: Option<Timestamp>,
}

impl Verdict {
    /// Nothing, for as long as nothing happens.
    pub const NOTHING: Self = Self { finding: None, look_again: None };
}

/// A warning on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// What is odd.
    pub code: SignalCode,
    /// How bad it can become.
    pub severity: Severity,
    /// What it was found by.
    pub evidence: Vec<Fact>,
    /// When it was first seen.
    pub observed_at: Timestamp,
}

/// How many visible reviews came, and how many usually do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReviewPace {
    /// In the rule's window that ends now.
    pub recent: i64,
    /// In the ninety days before that window.
    pub before: i64,
}

/// The supplier's messages of the rule's window that ask to pay or talk off the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OffPlatform {
    /// How many.
    pub messages: i64,
    /// Of these, how many ask to pay.
    pub payments: i64,
    /// In how many conversations.
    pub threads: i64,
    /// When the first of them was sent.
    pub first_at: Option<Timestamp>,
}

/// What the rules of suppliers look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierFacts {
    /// The supplier.
    pub id: SupplierId,
    /// Its licences.
    pub licences: Vec<Licence>,
    /// Its certificates of management.
    pub certificates: Vec<Certificate>,
    /// What its orders add up to.
    pub metrics: SupplierMetrics,
    /// What happened in the window of [`SignalCode::PoorOnTimeRate`].
    pub recent: SupplierMetrics,
    /// The reviews of its store.
    pub reviews: ReviewPace,
    /// What it asked for.
    pub off_platform: OffPlatform,
}

/// The middle price of the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Median {
    /// The price at the minimum order quantity that half of the products ask at most.
    pub price: UnitPrice,
    /// How many products.
    pub products: i64,
}

/// What the rules of products look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacts {
    /// The product.
    pub id: ProductId,
    /// Its prices.
    pub ladder: Ladder,
    /// The least quantity of an order.
    pub minimum_order_quantity: i64,
    /// The middle price in its category, by its unit and currency.
    pub median: Option<Median>,
    /// The certificates that cover it.
    pub certificates: Vec<Certificate>,
    /// Its reviews.
    pub reviews: ReviewPace,
}

/// What all rules say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assessment {
    /// Everything that was found, one of each code at most.
    pub findings: Vec<Finding>,
    /// When to look again although nothing happens.
    pub look_again: Option<Timestamp>,
}

impl Assessment {
    fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut all = Self::default();
        for Verdict { finding, look_again } in verdicts {
            all.findings.extend(finding);
            all.look_again = [all.look_again, look_again].into_iter().flatten().min();
        }
        all
    }
}

/// What the rules say of a supplier now.
pub fn assess_supplier(facts: &SupplierFacts, rules: &Rules, now: Timestamp) -> Assessment {
    Assessment::of([
        papers::licence_expiring(&facts.licences, rules, now),
        papers::licence_expired(&facts.licences, rules, now),
        papers::certificate_expiring(&facts.certificates, rules, now),
        papers::certificate_expired(&facts.certificates, rules, now),
        conduct::no_track_record(facts.metrics, rules),
        conduct::review_burst(facts.reviews, rules, now),
        conduct::poor_on_time_rate(facts.recent, rules, now),
        conduct::off_platform_request(facts.off_platform, rules),
    ])
}

/// What the rules say of a product now.
pub fn assess_product(facts: &ProductFacts, rules: &Rules, now: Timestamp) -> Assessment {
    Assessment::of([
        price::far_below_median(facts, rules),
        price::discount_too_deep(facts, rules),
        papers::certificate_expiring(&facts.certificates, rules, now),
        papers::certificate_expired(&facts.certificates, rules, now),
        conduct::review_burst(facts.reviews, rules, now),
    ])
}
