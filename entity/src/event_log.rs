//! The log of events in their order; append-only.

use sea_orm::entity::prelude::*;

/// The log of events in their order; append-only.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_log")]
pub struct Model {
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lane: i64,
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// A TypeID.
    pub event_id: String,
    /// A TypeID, where the subject is an order.
    pub order_id: Option<String>,
    /// A TypeID, where the subject is a supplier.
    pub supplier_id: Option<String>,
    /// A TypeID, where the subject is a quote.
    pub quote_id: Option<String>,
    /// A TypeID, where the subject is a company.
    pub company_id: Option<String>,
    /// A whole number.
    pub subject_seq: i64,
    /// A whole number.
    pub subject_version: i64,
    /// A word or code.
    #[sea_orm(column_name = "type")]
    pub kind: String,
    /// JSON as written.
    pub body: String,
    /// Microseconds since 1970 in UTC.
    pub occurred_at: i64,
    /// A word or code.
    pub prev_hash: String,
    /// A word or code.
    pub hash: String,
    /// Who hears it: a JSON list of pairs of a company and its part.
    pub audience: String,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
