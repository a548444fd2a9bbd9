//! A secret that all nodes share.

use sea_orm::entity::prelude::*;

/// A secret that all nodes share.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "server_secret")]
pub struct Model {
    /// A word or code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// A word or code.
    pub value: String,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
