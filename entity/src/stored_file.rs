//! A file that was announced or has come.

use sea_orm::entity::prelude::*;

/// A file that was announced or has come.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stored_file")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub company_id: Option<String>,
    /// Text.
    pub name: String,
    /// Text.
    pub content_type: String,
    /// A whole number.
    pub byte_size: i64,
    /// A SHA-256 in hexadecimal.
    pub sha256: String,
    /// A word of a closed list.
    pub status: String,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub stored_at: Option<i64>,
    /// A word of a closed list.
    pub purpose: String,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
