//! One message of a thread.

use sea_orm::entity::prelude::*;

/// One message of a thread.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub thread_id: String,
    /// A whole number.
    pub seq: i64,
    /// A TypeID.
    pub sender_id: String,
    /// A word of a closed list.
    pub sender_role: String,
    /// A TypeID.
    pub member_id: Option<String>,
    /// Text.
    pub body: String,
    /// JSON.
    pub attachments: String,
    /// JSON.
    pub risk_signals: String,
    /// A SHA-256 in hexadecimal.
    pub sha256: String,
    /// Microseconds since 1970 in UTC.
    pub sent_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
