//! A part of the file of a bulk operation.

use sea_orm::entity::prelude::*;

/// A part of the file of a bulk operation.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_part")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation_id: String,
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// A whole number.
    pub turn: i64,
    /// A whole number.
    pub byte_offset: i64,
    /// A whole number.
    pub byte_size: i64,
    /// A whole number.
    pub object_count: i64,
    /// A SHA-256 in hexadecimal.
    pub sha256: String,
    /// Text.
    pub end_cursor: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub written_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
