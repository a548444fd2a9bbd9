//! An enquiry and how far it got.

use sea_orm::entity::prelude::*;

/// An enquiry and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quote")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A whole number.
    pub version: i64,
    /// A TypeID.
    pub buyer_id: String,
    /// A TypeID.
    pub supplier_id: String,
    /// A TypeID.
    pub supplier_company_id: String,
    /// Three letters.
    pub currency: String,
    /// A word of a closed list.
    pub status: String,
    /// Microseconds since 1970 in UTC.
    pub valid_until: Option<i64>,
    /// A TypeID.
    pub order_id: Option<String>,
    /// A word of a closed list.
    pub ended_by: Option<String>,
    /// Text.
    pub end_reason: Option<String>,
    /// How many events it told.
    pub event_seq: i64,
    /// The hash of its last event, 64 zeros before the first.
    pub event_hash: String,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub updated_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
