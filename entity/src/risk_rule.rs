//! The figures that an operator set for a rule.

use sea_orm::entity::prelude::*;

/// A row of `risk_rule`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "risk_rule")]
pub struct Model {
    /// The rule, by its signal's word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Whether it signals.
    pub enabled: bool,
    /// See `domain::risk`.
    pub threshold: i64,
    /// See `domain::risk`.
    pub window_days: i64,
    /// See `domain::risk`.
    pub minimum: i64,
    /// Rises by one with each change.
    pub version: i64,
    /// The member or app.
    pub set_by: String,
    /// Microseconds since 1970.
    pub set_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
