//! What an answer says of costs, in `extensions.cost`.

use serde::Serialize;

use crate::service::throttle::Standing;

/// The cost of an operation, and how its caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CostReport {
    /// What it can cost at most; missing where the caller had nothing left, and the document was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_query_cost: Option<u64>,
    /// What it cost; null where it did not run.
    pub actual_query_cost: Option<u64>,
    /// What the caller may still spend; missing where callers may spend what they like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle_status: Option<ThrottleStatus>,
}

/// The bucket of a caller, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThrottleStatus {
    /// When it is full.
    pub maximum_available: i64,
    /// Now, after the operation.
    pub currently_available: i64,
    /// What comes back in a second.
    pub restore_rate: i64,
}

impl CostReport {
    /// Of an operation that did not run.
    pub fn not_run(requested: Option<u64>, standing: Option<Standing>) -> Self {
        Self {
            requested_query_cost: requested,
            actual_query_cost: None,
            throttle_status: standing.map(ThrottleStatus::from),
        }
    }
}

impl From<Standing> for ThrottleStatus {
    fn from(standing: Standing) -> Self {
        Self {
            maximum_available: standing.maximum_available,
            currently_available: standing.currently_available,
            restore_rate: standing.restore_rate,
        }
    }
}
