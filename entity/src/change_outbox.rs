//! Changes of committed transactions that have no place in the feed yet (PostgreSQL).

use sea_orm::entity::prelude::*;

/// A row of `change_outbox`.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change_outbox")]
pub struct Model {
    /// The order of insertion.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// `TypeID`.
    pub subject_id: String,
    /// `PRODUCT`, `SUPPLIER` or `CATEGORY`.
    pub kind: String,
    /// Whether it is no longer listed.
    pub removed: bool,
    /// JSON: names of fields.
    pub fields: String,
    /// Microseconds since 1970.
    pub changed_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
