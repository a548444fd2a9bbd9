//! An order: its region columns, terms and versions.

use sea_orm::entity::prelude::*;

/// An order: its region columns, terms and versions.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A word or code.
    pub number: String,
    /// A word or code.
    pub kind: String,
    /// A word or code.
    pub status: String,
    /// JSON as written.
    pub state: String,
    /// A whole number.
    pub version: i64,
    /// A TypeID.
    pub buyer_id: String,
    /// A TypeID.
    pub supplier_id: String,
    /// A TypeID.
    pub supplier_company_id: String,
    /// A word or code.
    pub currency: String,
    /// A whole number.
    pub goods_minor: i64,
    /// A whole number.
    pub freight_minor: i64,
    /// A whole number.
    pub total_minor: i64,
    /// JSON as written.
    pub terms: String,
    /// A word or code.
    pub terms_hash: String,
    /// A whole number.
    pub contract_version: i64,
    /// Text.
    pub external_reference: Option<String>,
    /// A whole number.
    pub event_seq: i64,
    /// A word or code.
    pub event_hash: String,
    /// Microseconds since 1970 in UTC.
    pub placed_at: i64,
    /// Microseconds since 1970 in UTC.
    pub updated_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
