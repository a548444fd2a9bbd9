//! What a supplier answered in one round.

use sea_orm::entity::prelude::*;

/// What a supplier answered in one round.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quote_answer")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub quote_id: String,
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub round: i64,
    /// JSON.
    pub document: String,
    /// Microseconds since 1970 in UTC.
    pub valid_until: i64,
    /// Microseconds since 1970 in UTC.
    pub answered_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
