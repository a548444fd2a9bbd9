//! A check of all books; never changed.

use sea_orm::entity::prelude::*;

/// A check of all books; never changed.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// How many accounts were recomputed.
    pub accounts: i64,
    /// How many orders were recomputed.
    pub orders: i64,
    /// How many events were hashed again.
    pub events: i64,
    /// The first hundred differences, as a JSON list of sentences.
    pub problems: String,
    /// How many differences there were.
    pub problem_count: i64,
    /// When: microseconds since 1970 in UTC.
    pub verified_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
