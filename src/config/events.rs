//! Settings of the event log.

use super::{ConfigError, refuse};
use crate::domain::time::Span;

/// How long events are told.
pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Span, ConfigError> {
    const NAME: &str = "SURETY_EVENT_DAYS";
    let Some(text) = lookup(NAME) else { return Ok(Span::days(30)) };
    let days: Option<i64> = text.parse().ok();
    days.filter(|days| (1..=3_650).contains(days))
        .map(Span::days)
        .ok_or_else(|| refuse(NAME, format!("{text:?} is no number from 1 to 3650")))
}
