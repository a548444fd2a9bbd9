//! The figures of the protections, by protection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::calendar::{Calendar, calendar};
use crate::domain::money::{BasisPoints, Currency};
use crate::domain::time::Span;

/// Amounts by currency, in minor units.
pub type Amounts = BTreeMap<Currency, i64>;

/// Reads a list of codes and amounts; a code that is no currency is left out, and a test says that none is.
pub(super) fn amounts(list: &[(&str, i64)]) -> Amounts {
    list.iter()
        .filter_map(|(code, minor)| Currency::parse(code).ok().map(|currency| (currency, *minor)))
        .collect()
}

/// Dispatch and delivery on time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliveryFigures {
    /// The buyer may cancel with a full refund this long after the dispatch deadline, if nothing left (72 h, ours).
    pub non_dispatch_grace: Span,
    /// Each of the buyer's extensions of receipt moves the automatic confirmation by this time (15 d, ours).
    pub receipt_extension: Span,
    /// A late guaranteed delivery earns this share of the price as credit for later orders (10 %, ours) …
    pub late_delivery_credit: BasisPoints,
    /// … at most this much (US$100).
    pub late_delivery_credit_caps: Amounts,
    /// The buyer claims it within this time of the promised delivery (30 d).
    pub late_delivery_claim: Span,
    /// For enterprise buyers it is granted by the clock this long after the promised delivery (1 d).
    pub late_delivery_automatic_after: Span,
    /// The share of the deposit that the supplier keeps when the balance is never paid (0).
    pub deposit_kept: BasisPoints,
    /// The other side answers a proposed amendment within this time (7 d, ours).
    pub amendment_answer: Span,
}

/// Refund requests and disputes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseFigures {
    /// The supplier answers a refund request within this time; after it the buyer may escalate (3 d).
    pub answer: Span,
    /// A request that is not agreed on is escalated by the clock after this time (7 d).
    pub escalation: Span,
    /// Both sides submit evidence within this time of the escalation (5 d, ours).
    pub evidence: Span,
    /// One side may appeal within this time of the decision (3 d, ours).
    pub appeal: Span,
    /// A decision that gives the buyer more than this needs a second operator (US$10,000, ours).
    pub second_operator_above: Amounts,
    /// How often a buyer may open a case on one order, withdrawn ones counted (3, ours).
    pub maximum_cases: u32,
}

/// Third-party inspections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InspectionFigures {
    /// An inspection is booked at least so many working days ahead (7).
    pub notice_working_days: u32,
    /// Percent of the goods that are finished and packed before the inspector comes (80).
    pub packed_percent: u32,
    /// The report is due this long after the inspection's day (3 d).
    pub report: Span,
    /// The buyer pays the fee within this time of the booking (3 d, ours).
    pub payment: Span,
    /// The inspector accepts within this time of the payment (48 h, ours).
    pub acceptance: Span,
    /// The working days by the supplier's country; Monday to Friday in UTC where one is absent. A contract keeps that of its
    /// supplier only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<String, Calendar>,
}

/// Easy Return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EasyReturnFigures {
    /// Goods and freight are worth at most this (US$3,000; other currencies by the rate of the policy's day).
    pub limits: Amounts,
    /// Countries from which goods are returned.
    pub countries: Vec<String>,
    /// The buyer asks within this time of receipt (30 d).
    pub window: Span,
    /// The goods are on their way back within this time of the approval (10 d).
    pub shipping: Span,
    /// The warehouse has them within this time after that (30 d, ours).
    pub receipt: Span,
}

/// Service after the sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AfterSalesFigures {
    /// The supplier answers a request within this time (3 d, ours).
    pub answer: Span,
    /// The service is done within this time of the answer (15 d, ours).
    pub fulfilment: Span,
    /// A promised service that is not given is made good with this share of the line's price (10 %, ours).
    pub compensation: BasisPoints,
}

/// Payment providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderFigures {
    /// A provider holds a payment this long at most (90 d).
    pub hold_limit: Span,
    /// An operator is told this long before (14 d).
    pub hold_limit_warning: Span,
    /// A refund that the provider refused so often waits for an operator (5, ours).
    pub refund_attempts: u32,
}

impl DeliveryFigures {
    pub(super) fn initial() -> Self {
        Self {
            non_dispatch_grace: Span::hours(72),
            receipt_extension: Span::days(15),
            late_delivery_credit: BasisPoints(1_000),
            late_delivery_credit_caps: amounts(&[
                ("USD", 10_000),
                ("EUR", 9_000),
                ("GBP", 8_000),
                ("CNY", 70_000),
                ("JPY", 15_000),
                ("KWD", 30_000),
            ]),
            late_delivery_claim: Span::days(30),
            late_delivery_automatic_after: Span::days(1),
            deposit_kept: BasisPoints(0),
            amendment_answer: Span::days(7),
        }
    }
}

impl CaseFigures {
    pub(super) fn initial() -> Self {
        Self {
            answer: Span::days(3),
            escalation: Span::days(7),
            evidence: Span::days(5),
            appeal: Span::days(3),
            second_operator_above: amounts(&[
                ("USD", 1_000_000),
                ("EUR", 900_000),
                ("GBP", 800_000),
                ("CNY", 7_000_000),
                ("JPY", 1_500_000),
                ("KWD", 3_000_000),
            ]),
            maximum_cases: 3,
        }
    }
}

impl InspectionFigures {
    pub(super) fn initial() -> Self {
        Self {
            notice_working_days: 7,
            packed_percent: 80,
            report: Span::days(3),
            payment: Span::days(3),
            acceptance: Span::hours(48),
            calendars: calendars(),
        }
    }

    /// The same with the working days of one country only.
    #[must_use]
    pub fn in_country(mut self, country: &str) -> Self {
        self.calendars.retain(|known, _| known == country);
        self
    }
}

/// Countries that most suppliers are in: minutes of standard time east of Greenwich, public holidays of 2026.
const CALENDARS: [(&str, i64, &[&str]); 10] = [
    (
        "CN",
        480,
        &[
            "2026-01-01",
            "2026-02-16",
            "2026-02-17",
            "2026-02-18",
            "2026-02-19",
            "2026-02-20",
            "2026-02-23",
            "2026-04-06",
            "2026-05-01",
            "2026-05-04",
            "2026-05-05",
            "2026-06-19",
            "2026-09-25",
            "2026-10-01",
            "2026-10-02",
            "2026-10-05",
            "2026-10-06",
            "2026-10-07",
        ],
    ),
    (
        "DE",
        60,
        &["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-12-25"],
    ),
    ("GB", 0, &["2026-01-01", "2026-04-03", "2026-05-04", "2026-05-25", "2026-12-25", "2026-12-28"]),
    ("IN", 330, &["2026-01-26", "2026-10-02"]),
    (
        "IT",
        60,
        &["2026-01-01", "2026-01-06", "2026-04-06", "2026-05-01", "2026-06-02", "2026-12-08", "2026-12-25"],
    ),
    ("JP", 540, &["2026-01-01", "2026-05-04", "2026-05-05", "2026-05-06"]),
    ("KR", 540, &["2026-01-01", "2026-05-05", "2026-10-09", "2026-12-25"]),
    ("TR", 180, &["2026-01-01", "2026-04-23", "2026-05-01", "2026-05-19", "2026-10-29"]),
    (
        "US",
        -300,
        &["2026-01-01", "2026-05-25", "2026-06-19", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"],
    ),
    ("VN", 420, &["2026-01-01", "2026-04-30", "2026-05-01", "2026-09-02"]),
];

/// The working days of those countries.
fn calendars() -> BTreeMap<String, Calendar> {
    CALENDARS
        .into_iter()
        .map(|(country, offset, holidays)| (country.to_owned(), calendar(offset, holidays)))
        .collect()
}

impl EasyReturnFigures {
    pub(super) fn initial() -> Self {
        let countries = [
            "AU", "CA", "DE", "IT", "NL", "RU", "GB", "US", "FR", "ES", "PL", "BE", "CZ", "PT", "MX", "KR",
            "JP", "CL", "SA", "AE", "PK", "IL", "UA", "CH",
        ];
        Self {
            limits: amounts(&[
                ("USD", 300_000),
                ("EUR", 270_000),
                ("GBP", 240_000),
                ("CNY", 2_100_000),
                ("JPY", 450_000),
                ("KWD", 900_000),
            ]),
            countries: countries.map(str::to_owned).to_vec(),
            window: Span::days(30),
            shipping: Span::days(10),
            receipt: Span::days(30),
        }
    }
}

impl AfterSalesFigures {
    pub(super) const fn initial() -> Self {
        Self { answer: Span::days(3), fulfilment: Span::days(15), compensation: BasisPoints(1_000) }
    }
}

impl ProviderFigures {
    pub(super) const fn initial() -> Self {
        Self { hold_limit: Span::days(90), hold_limit_warning: Span::days(14), refund_attempts: 5 }
    }
}
