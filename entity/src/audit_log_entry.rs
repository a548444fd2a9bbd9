//! One line of the audit log: who did what with which token.

use sea_orm::entity::prelude::*;

/// One line of the audit log: who did what with which token.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log_entry")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Microseconds since 1970 in UTC.
    pub occurred_at: i64,
    /// A TypeID.
    pub app_id: String,
    /// A TypeID; none for the platform's own apps.
    pub company_id: Option<String>,
    /// A TypeID.
    pub member_id: Option<String>,
    /// A word or code.
    pub role: String,
    /// The token's own id, or the first 16 digits of its hash; never the token.
    pub token: Option<String>,
    /// The request's id in the log of the server.
    pub request_id: Option<String>,
    /// The mutation's field.
    pub operation: String,
    /// A TypeID.
    pub order_id: Option<String>,
    /// A TypeID.
    pub subject_id: Option<String>,
    /// A word or code.
    pub outcome: String,
    /// A word or code.
    pub error_code: Option<String>,
    /// The first 16 digits of the key's SHA-256.
    pub idempotency_key_digest: Option<String>,
    /// The hash of the field's arguments.
    pub input_sha256: Option<String>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
