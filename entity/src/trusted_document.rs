//! A document that an app registered.

use sea_orm::entity::prelude::*;

/// A document that an app registered.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_document")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub app_id: String,
    /// A SHA-256 in lower-case hexadecimal.
    pub hash: String,
    /// Text.
    pub name: String,
    /// Text.
    pub body: String,
    /// Microseconds since 1970 in UTC.
    pub registered_at: i64,
    /// Microseconds since 1970 in UTC.
    pub retires_at: Option<i64>,
    /// Days since 1970.
    pub last_used_on: Option<i64>,
    /// A whole number.
    pub use_count: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
