//! A message of a payment provider, each once; append-only.

use sea_orm::entity::prelude::*;

/// A message of a payment provider, each once; append-only.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_message")]
pub struct Model {
    /// A word or code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// A word or code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    /// A word or code.
    pub body_sha256: String,
    /// A word or code.
    pub outcome: String,
    /// Microseconds since 1970 in UTC.
    pub received_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
