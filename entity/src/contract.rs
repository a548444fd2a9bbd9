//! A sealed version of an order's contract; append-only.

use sea_orm::entity::prelude::*;

/// A sealed version of an order's contract; append-only.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contract")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A whole number.
    pub version: i64,
    /// JSON as written.
    pub document: String,
    /// A word or code.
    pub hash: String,
    /// A word or code.
    pub previous_hash: Option<String>,
    /// A whole number.
    pub policy_version: i64,
    /// Microseconds since 1970 in UTC.
    pub buyer_accepted_at: i64,
    /// Microseconds since 1970 in UTC.
    pub supplier_accepted_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub sealed_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
