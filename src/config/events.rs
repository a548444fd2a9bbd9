//! Settings of the event log.

use super::{ConfigError, number};
use crate::domain::time::Span;

/// How long events are told.
pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Span, ConfigError> {
    Ok(Span::days(number(lookup, "SURETY_EVENT_DAYS", 30, 1..=3_650, "number")?))
}
