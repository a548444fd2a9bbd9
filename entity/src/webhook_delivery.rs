//! An event that is owed to an endpoint, and what became of it.

use sea_orm::entity::prelude::*;

/// An event that is owed to an endpoint, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub endpoint_id: String,
    /// A whole number.
    pub seq: i64,
    /// A TypeID.
    pub event_id: String,
    /// A word of a closed list.
    pub event_type: String,
    /// A TypeID.
    pub subject_id: String,
    /// Microseconds since 1970 in UTC.
    pub occurred_at: i64,
    /// A word of a closed list.
    pub state: String,
    /// A whole number.
    pub attempt_count: i64,
    /// A whole number.
    pub round_count: i64,
    /// Microseconds since 1970 in UTC.
    pub next_at: i64,
    /// A word of a closed list.
    pub lease: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub settled_at: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
