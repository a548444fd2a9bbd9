//! A timer with a consequence.

use sea_orm::entity::prelude::*;

/// A timer with a consequence.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deadline")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A word or code.
    pub kind: String,
    /// A word or code.
    pub subject: String,
    /// Microseconds since 1970 in UTC.
    pub due_at: i64,
    /// Microseconds since 1970 in UTC.
    pub fires_after: i64,
    /// A whole number.
    pub version: i64,
    /// A word or code.
    pub state: String,
    /// A whole number.
    pub remaining_seconds: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub settled_at: Option<i64>,
    /// A whole number.
    pub failures: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
