//! Settings of bulk operations.

use super::{ConfigError, number};
use crate::domain::bulk::BulkRules;
use crate::domain::time::Span;

/// What bulk operations may take.
pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<BulkRules, ConfigError> {
    let number = |variable, default: i64, bounds| number(lookup, variable, default, bounds, "number");
    let cost = number("SURETY_BULK_PAGE_COST", 10_000, 100..=1_000_000)?;
    Ok(BulkRules {
        maximum_bytes: number("SURETY_BULK_BYTES", 10 << 30, 1..=1 << 40)?,
        maximum_time: Span::hours(number("SURETY_BULK_HOURS", 24, 1..=720)?),
        kept_for: Span::days(number("SURETY_BULK_DAYS", 7, 1..=365)?),
        page_cost: cost.unsigned_abs(),
    })
}
