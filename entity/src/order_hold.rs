//! A hold that freezes an order.

use sea_orm::entity::prelude::*;

/// A hold that freezes an order.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_hold")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A word or code.
    pub kind: String,
    /// Text.
    pub reason: String,
    /// What it stands for: a dispute, return or charge-back by its id.
    pub subject: Option<String>,
    /// The operator who placed it, where one did.
    pub placed_by: Option<String>,
    /// The operator who approved that it is lifted.
    pub lift_approved_by: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub placed_at: i64,
    /// Microseconds since 1970 in UTC.
    pub lifted_at: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
