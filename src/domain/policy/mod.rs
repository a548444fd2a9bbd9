//! The figures of the rules: data with a date, copied into each contract, never literals in code.
//!
//! Where a figure comes from is said beside it; `docs/POLICY.md` has the table.

mod protections;

use serde::{Deserialize, Serialize};

use super::money::BasisPoints;
use super::time::{Span, Timestamp};
pub use protections::{
    AfterSalesFigures, Amounts, CaseFigures, DeliveryFigures, EasyReturnFigures, InspectionFigures,
    ProviderFigures,
};

/// A version of the figures and the day from which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Rises by one with each version.
    pub version: i64,
    /// Contracts sealed from here on copy this version.
    pub valid_from: Timestamp,
    /// The figures.
    pub figures: Figures,
}

/// The figures of one policy version; durations in seconds, shares in basis points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Figures {
    /// The supplier confirms a placed order within this time; after it the order expires (30 d).
    pub supplier_confirmation: Span,
    /// The buyer pays within this time after confirmation; after it the order expires (60 d).
    pub payment: Span,
    /// The same two for sample orders.
    pub sample_confirmation: Span,
    /// See [`Figures::sample_confirmation`].
    pub sample_payment: Span,
    /// The balance is due this long after the first payment, before dispatch (60 d).
    pub balance_payment: Span,
    /// A balance that comes late leaves the supplier at least this time to dispatch (72 h).
    pub dispatch_after_balance: Span,
    /// How long before the dispatch deadline the supplier and the buyer are warned.
    pub dispatch_warnings: Vec<Span>,
    /// From payment to dispatch, when the product promises no lead time (30 d).
    pub default_lead_time: Span,
    /// From the agreed dispatch to the promised delivery, when the offer names none.
    pub default_transit: Span,
    /// Automatic confirmation of receipt by air, road, rail and courier.
    pub auto_confirmation: AutoConfirmation,
    /// The same for sea freight.
    pub auto_confirmation_sea: AutoConfirmation,
    /// Claims are open this long after receipt (30 d).
    pub claim_window: Span,
    /// The same for ENTERPRISE and `ENTERPRISE_PRO` buyers (60 d).
    pub claim_window_enterprise: Span,
    /// An order can be reviewed this long after it completed.
    pub review_window: Span,
    /// The supplier's fee as a share of what is released.
    pub fee: BasisPoints,
    /// The fee's cap per order by currency, in minor units; a currency that is absent has none.
    pub fee_caps: Amounts,
    /// Compensation for each day begun of late dispatch, as a share of the undelivered value (0.5 %).
    pub late_dispatch_rate: BasisPoints,
    /// Its cap as a share of the order's value (10 %).
    pub late_dispatch_cap: BasisPoints,
    /// Dispatch and delivery on time.
    pub delivery: DeliveryFigures,
    /// Refund requests and disputes.
    pub cases: CaseFigures,
    /// Third-party inspections.
    pub inspection: InspectionFigures,
    /// Easy Return.
    pub easy_return: EasyReturnFigures,
    /// Service after the sale.
    pub after_sales: AfterSalesFigures,
    /// Payment providers.
    pub provider: ProviderFigures,
}

/// When receipt counts as confirmed without the buyer; only ever with proof of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoConfirmation {
    /// A delivery within this time of dispatch counts from dispatch …
    pub prompt_delivery: Span,
    /// … and confirms this long after dispatch.
    pub after_dispatch: Span,
    /// A later delivery confirms this long after delivery.
    pub after_delivery: Span,
}

impl AutoConfirmation {
    /// The last instant at which the buyer can still object to a shipment.
    pub fn due(self, dispatched_at: Timestamp, delivered_at: Timestamp) -> Timestamp {
        if delivered_at <= dispatched_at.plus(self.prompt_delivery) {
            // A clerk may record a delivery late: the buyer keeps at least the time after delivery.
            dispatched_at.plus(self.after_dispatch).max(delivered_at.plus(self.after_delivery))
        } else {
            delivered_at.plus(self.after_delivery)
        }
    }
}

impl Figures {
    /// The figures that a new platform starts with (`docs/POLICY.md` says where each comes from).
    pub fn initial() -> Self {
        Self {
            supplier_confirmation: Span::days(30),
            payment: Span::days(60),
            sample_confirmation: Span::days(7),
            sample_payment: Span::days(7),
            balance_payment: Span::days(60),
            dispatch_after_balance: Span::hours(72),
            dispatch_warnings: vec![Span::days(2), Span::hours(24), Span::hours(6)],
            default_lead_time: Span::days(30),
            default_transit: Span::days(30),
            auto_confirmation: AutoConfirmation {
                prompt_delivery: Span::days(8),
                after_dispatch: Span::days(10),
                after_delivery: Span::hours(48),
            },
            auto_confirmation_sea: AutoConfirmation {
                prompt_delivery: Span::days(40),
                after_dispatch: Span::days(45),
                after_delivery: Span::days(5),
            },
            claim_window: Span::days(30),
            claim_window_enterprise: Span::days(60),
            review_window: Span::days(180),
            fee: BasisPoints(200),
            fee_caps: protections::amounts(&[
                ("USD", 10_000),
                ("EUR", 9_000),
                ("GBP", 8_000),
                ("CNY", 70_000),
                ("JPY", 15_000),
                ("KWD", 30_000),
            ]),
            late_dispatch_rate: BasisPoints(50),
            late_dispatch_cap: BasisPoints(1_000),
            delivery: DeliveryFigures::initial(),
            cases: CaseFigures::initial(),
            inspection: InspectionFigures::initial(),
            easy_return: EasyReturnFigures::initial(),
            after_sales: AfterSalesFigures::initial(),
            provider: ProviderFigures::initial(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_survive_their_snapshot() {
        let figures = Figures::initial();
        let text = serde_json::to_string(&figures).unwrap();
        assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
        assert!(serde_json::from_str::<Figures>(&text.replace("claimWindow\"", "claim\"")).is_err());
    }

    #[test]
    fn receipt_confirms_after_dispatch_or_after_delivery() {
        let rule = Figures::initial().auto_confirmation;
        let day = |n| Timestamp::from_seconds(i64::from(n) * 86_400);
        assert_eq!(rule.due(day(0), day(8)), day(10));
        assert_eq!(rule.due(day(0), day(8).plus(Span::seconds(1))), day(10).plus(Span::seconds(1)));
        assert_eq!(rule.due(day(0), day(20)), day(22));
    }
}
