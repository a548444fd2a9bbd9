//! A key that a command was sent with, and its answer.

use sea_orm::entity::prelude::*;

/// A key that a command was sent with, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: String,
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: String,
    /// Text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// A word or code.
    pub operation: String,
    /// A word or code.
    pub input_sha256: String,
    /// JSON as written.
    pub answer: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
