//! A ledger account; the row is the lock of its balance.

use sea_orm::entity::prelude::*;

/// A ledger account; the row is the lock of its balance.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A word or code.
    pub kind: String,
    /// A word or code.
    pub subject: String,
    /// A word or code.
    pub currency: String,
    /// A word or code.
    pub normal_side: String,
    /// A whole number.
    pub debits: i64,
    /// A whole number.
    pub credits: i64,
    /// A whole number.
    pub version: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
