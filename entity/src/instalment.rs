//! A part of the price with its own due date.

use sea_orm::entity::prelude::*;

/// A part of the price with its own due date.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instalment")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A whole number.
    pub seq: i64,
    /// A word or code.
    pub kind: String,
    /// A word or code.
    pub status: String,
    /// A whole number.
    pub amount_minor: i64,
    /// A whole number.
    pub paid_minor: i64,
    /// A truth value.
    pub required_before_dispatch: bool,
    /// Microseconds since 1970 in UTC.
    pub due_at: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
