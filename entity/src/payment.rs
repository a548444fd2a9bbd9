//! One try to pay an instalment.

use sea_orm::entity::prelude::*;

/// One try to pay an instalment.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A TypeID.
    pub instalment_id: String,
    /// A word or code.
    pub provider: String,
    /// A word or code.
    pub provider_reference: Option<String>,
    /// A word or code.
    pub status: String,
    /// Text.
    pub failure: Option<String>,
    /// A whole number.
    pub amount_minor: i64,
    /// A whole number.
    pub credit_minor: i64,
    /// A word or code.
    pub currency: String,
    /// Text.
    pub session_url: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub updated_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
