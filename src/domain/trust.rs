//! The figures that badges are granted by: data with a date, never literals in code. `docs/TRUST.md` has the table.

use serde::{Deserialize, Serialize};

use super::money::BasisPoints;
use super::time::{Span, Timestamp};

/// A version of the figures and the day from which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Rises by one with each version; an award names the version that it was granted by.
    pub version: i64,
    /// Awards are granted and looked at again by this version from here on.
    pub valid_from: Timestamp,
    /// The figures.
    pub figures: TrustFigures,
}

/// The figures of one version; durations in seconds, shares in basis points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustFigures {
    /// A passed audit backs Verified for this long after its report (one year).
    pub audit_validity: Span,
    /// The share of its country's exporters, counted from the first, among which Verified Pro is (20 %).
    pub export_share: BasisPoints,
    /// Export volumes are of this long before their computation (365 d).
    pub export_window: Span,
    /// Verified Pro has more than so many years of experience (5).
    pub experience_years: i64,
    /// Client cases that Verified Pro shows at least (2, ours).
    pub client_cases: i64,
    /// Recognised awards (1, ours).
    pub industry_awards: i64,
    /// Patents (1, ours).
    pub patents: i64,
    /// Certificates that are valid (1, ours).
    pub certificates: i64,
    /// Advanced manufacturing capabilities (1, ours).
    pub capabilities: i64,
    /// How Verified Pro serves.
    pub service: ServiceFigures,
    /// What good standing in Trade Assurance is.
    pub standing: ServiceFigures,
    /// Whoever was taken out of Trade Assurance by the platform enrols again after this time (90 d, ours).
    pub enrolment_pause: Span,
    /// A Guaranteed product leaves within this time of payment at the latest (7 d).
    pub guaranteed_dispatch: Span,
}

/// Floors and ceilings of a supplier's metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceFigures {
    /// Orders that are needed before a rate says anything.
    pub minimum_orders: i64,
    /// The least share of orders dispatched in time.
    pub on_time_dispatch: BasisPoints,
    /// The largest share of orders that went to a dispute.
    pub disputes: BasisPoints,
    /// The longest mean time to an answer.
    pub response: Span,
}

impl TrustFigures {
    /// The figures that a new platform starts with.
    pub const fn initial() -> Self {
        Self {
            audit_validity: Span::days(365),
            export_share: BasisPoints(2_000),
            export_window: Span::days(365),
            experience_years: 5,
            client_cases: 2,
            industry_awards: 1,
            patents: 1,
            certificates: 1,
            capabilities: 1,
            service: ServiceFigures {
                minimum_orders: 10,
                on_time_dispatch: BasisPoints(9_000),
                disputes: BasisPoints(200),
                response: Span::hours(24),
            },
            standing: ServiceFigures {
                minimum_orders: 10,
                on_time_dispatch: BasisPoints(7_000),
                disputes: BasisPoints(1_000),
                response: Span::days(7),
            },
            enrolment_pause: Span::days(90),
            guaranteed_dispatch: Span::days(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_survive_their_row() {
        let figures = TrustFigures::initial();
        let text = serde_json::to_string(&figures).unwrap();
        assert_eq!(serde_json::from_str::<TrustFigures>(&text).unwrap(), figures);
        assert!(serde_json::from_str::<TrustFigures>(&text.replace("patents", "patent")).is_err());
    }
}
