//! A supplier's attempt to have other terms or a higher price than was agreed, which was refused.

use sea_orm::entity::prelude::*;

/// A supplier's attempt to have other terms or a higher price than was agreed, which was refused.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refused_price_change")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A TypeID.
    pub company_id: String,
    /// A TypeID.
    pub app_id: String,
    /// The key of the command: one command is one attempt, however often it is sent.
    pub idempotency_key: String,
    /// A word or code.
    pub kind: String,
    /// The hash that was named.
    pub terms_hash: Option<String>,
    /// What the order would have cost, in minor units.
    pub total_minor: Option<i64>,
    /// The hash of the terms that stood.
    pub agreed_hash: String,
    /// What the order cost, in minor units.
    pub agreed_minor: i64,
    /// Why it was refused.
    pub reason: String,
    /// Microseconds since 1970 in UTC.
    pub attempted_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
