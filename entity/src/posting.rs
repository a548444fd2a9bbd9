//! Transfers that commit as one; append-only.

use sea_orm::entity::prelude::*;

/// Transfers that commit as one; append-only.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "posting")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: Option<String>,
    /// A word or code.
    pub subject: String,
    /// A word or code.
    pub kind: String,
    /// A whole number.
    pub seq: i64,
    /// A whole number.
    pub contract_version: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub occurred_at: i64,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
