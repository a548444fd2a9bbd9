//! The place in the log up to which deliveries were made.

use sea_orm::entity::prelude::*;

/// The place in the log up to which deliveries were made.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_cursor")]
pub struct Model {
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lane: i64,
    /// A whole number.
    pub seq: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
