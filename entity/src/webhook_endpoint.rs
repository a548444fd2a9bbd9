//! A partner's endpoint that events are sent to.

use sea_orm::entity::prelude::*;

/// A partner's endpoint that events are sent to.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub app_id: String,
    /// A TypeID.
    pub company_id: Option<String>,
    /// A word of a closed list.
    pub role: String,
    /// Text.
    pub scopes: String,
    /// Text.
    pub url: String,
    /// JSON as written.
    pub event_types: String,
    /// Text.
    pub document: Option<String>,
    /// A truth value.
    pub ordered: bool,
    /// A word of a closed list.
    pub state: String,
    /// A word of a closed list.
    pub disabled_reason: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub disabled_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub failing_since: Option<i64>,
    /// A whole number.
    pub consecutive_failures: i64,
    /// Microseconds since 1970 in UTC.
    pub open_until: Option<i64>,
    /// A whole number.
    pub version: i64,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub updated_at: i64,
    /// Microseconds since 1970 in UTC.
    pub deleted_at: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
