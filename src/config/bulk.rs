//! Settings of bulk operations.

use super::{ConfigError, refuse};
use crate::domain::bulk::BulkRules;
use crate::domain::time::Span;

/// What bulk operations may take.
pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<BulkRules, ConfigError> {
    let number = |name: &'static str, given: Option<String>, default: i64, from: i64, to: i64| {
        let Some(text) = given else { return Ok(default) };
        let read: Option<i64> = text.parse().ok();
        read.filter(|number| (from..=to).contains(number))
            .ok_or_else(|| refuse(name, format!("{text:?} is no number from {from} to {to}")))
    };
    let bytes = lookup("SURETY_BULK_BYTES");
    let hours = lookup("SURETY_BULK_HOURS");
    let days = lookup("SURETY_BULK_DAYS");
    let cost = lookup("SURETY_BULK_PAGE_COST");
    let cost = number("SURETY_BULK_PAGE_COST", cost, 10_000, 100, 1_000_000)?;
    Ok(BulkRules {
        maximum_bytes: number("SURETY_BULK_BYTES", bytes, 10 << 30, 1, 1 << 40)?,
        maximum_time: Span::hours(number("SURETY_BULK_HOURS", hours, 24, 1, 720)?),
        kept_for: Span::days(number("SURETY_BULK_DAYS", days, 7, 1, 365)?),
        page_cost: cost.unsigned_abs(),
    })
}
