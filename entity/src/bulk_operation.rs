//! A query whose whole result is written into a file.

use sea_orm::entity::prelude::*;

/// A query whose whole result is written into a file.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_operation")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub app_id: String,
    /// A TypeID.
    pub company_id: Option<String>,
    /// A TypeID.
    pub member_id: Option<String>,
    /// A word of a closed list.
    pub role: String,
    /// Words with spaces between.
    pub scopes: String,
    /// Language tags with commas between.
    pub languages: String,
    /// Text.
    pub query: String,
    /// JSON as written.
    pub variables: String,
    /// Text.
    pub document: String,
    /// A word of a closed list.
    pub status: String,
    /// Text.
    pub end_cursor: Option<String>,
    /// A truth value.
    pub read_to_end: bool,
    /// A whole number.
    pub part_count: i64,
    /// A whole number.
    pub object_count: i64,
    /// A whole number.
    pub byte_size: i64,
    /// A SHA-256 in hexadecimal.
    pub sha256: Option<String>,
    /// A word of a closed list.
    pub error_code: Option<String>,
    /// Text.
    pub error: Option<String>,
    /// A whole number.
    pub turn: i64,
    /// A whole number.
    pub attempts: i64,
    /// Microseconds since 1970 in UTC.
    pub leased_until: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub next_at: i64,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub started_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub ended_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub expires_at: Option<i64>,
    /// A truth value.
    pub removed: bool,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
