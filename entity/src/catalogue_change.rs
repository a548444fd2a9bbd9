//! At which place of the feed each listed thing changed last.

use sea_orm::entity::prelude::*;

/// A row of `catalogue_change`.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogue_change")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: String,
    /// `PRODUCT`, `SUPPLIER` or `CATEGORY`.
    pub kind: String,
    /// The place in the feed.
    pub seq: i64,
    /// Whether it is no longer listed.
    pub removed: bool,
    /// JSON: each field with the place of its last change.
    pub fields: String,
    /// Microseconds since 1970.
    pub changed_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
