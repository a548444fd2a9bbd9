//! How far the sandbox's clock was advanced.

use sea_orm::entity::prelude::*;

/// How far the sandbox's clock was advanced.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sandbox_clock")]
pub struct Model {
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// A whole number.
    pub offset_seconds: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
