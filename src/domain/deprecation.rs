//! How partners' apps go on naming what is deprecated.

use super::time::Timestamp;

/// How an app names one deprecated part of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeprecatedUse {
    /// A schema coordinate, such as `Query.order` or `Query.orders(first:)`.
    pub coordinate: String,
    /// How many requests named it.
    pub count: i64,
    /// When the first one did.
    pub first_used_at: Timestamp,
    /// When the last one did.
    pub last_used_at: Timestamp,
}
