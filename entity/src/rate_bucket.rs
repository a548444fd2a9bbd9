//! What a caller may still spend.

use sea_orm::entity::prelude::*;

/// What a caller may still spend.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_bucket")]
pub struct Model {
    /// A word or code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub payer: String,
    /// A whole number.
    pub available: i64,
    /// Microseconds since 1970 in UTC.
    pub as_of: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
