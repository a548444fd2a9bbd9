//! One movement of money with two sides; append-only.

use sea_orm::entity::prelude::*;

/// One movement of money with two sides; append-only.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub posting_id: String,
    /// A TypeID.
    pub order_id: Option<String>,
    /// A word or code.
    pub code: String,
    /// A word or code.
    pub currency: String,
    /// A TypeID.
    pub debit_account_id: String,
    /// A TypeID.
    pub credit_account_id: String,
    /// A whole number.
    pub amount_minor: i64,
    /// A whole number.
    pub debit_balance_minor: i64,
    /// A whole number.
    pub debit_version: i64,
    /// A whole number.
    pub credit_balance_minor: i64,
    /// A whole number.
    pub credit_version: i64,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
