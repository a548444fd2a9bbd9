//! A call that we owe to a payment provider.

use sea_orm::entity::prelude::*;

/// A call that we owe to a payment provider.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_request")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A word or code.
    pub provider: String,
    /// A word or code.
    pub kind: String,
    /// A word or code.
    pub subject: String,
    /// JSON as written.
    pub body: String,
    /// A word or code.
    pub status: String,
    /// A whole number.
    pub attempts: i64,
    /// A whole number.
    pub round: i64,
    /// Any text.
    pub problem: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub next_at: i64,
    /// A whole number.
    pub questions: i64,
    /// Microseconds since 1970 in UTC.
    pub question_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
