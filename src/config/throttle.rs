//! Settings of what callers may spend.

use super::{ConfigError, number};
use crate::domain::throttle::Terms;

/// The bucket of every caller; none where `SURETY_COST_CAPACITY` is 0.
pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<Terms>, ConfigError> {
    let capacity = number(&lookup, "SURETY_COST_CAPACITY", 20_000, 0..=1_000_000_000, "number")?;
    let restore_rate = number(&lookup, "SURETY_COST_RESTORE_RATE", 1_000, 1..=1_000_000, "number")?;
    Ok((capacity > 0).then_some(Terms { capacity, restore_rate }))
}
