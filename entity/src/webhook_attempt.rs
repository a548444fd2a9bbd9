//! One attempt to send a delivery.

use sea_orm::entity::prelude::*;

/// One attempt to send a delivery.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempt")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub delivery_id: String,
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// Microseconds since 1970 in UTC.
    pub attempted_at: i64,
    /// A whole number.
    pub milliseconds: i64,
    /// A whole number.
    pub status: Option<i64>,
    /// A word of a closed list.
    pub error: Option<String>,
    /// Text.
    pub response: Option<String>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
