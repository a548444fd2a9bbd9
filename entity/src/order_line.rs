//! A line of an order at its locked price.

use sea_orm::entity::prelude::*;

/// A line of an order at its locked price.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A whole number.
    pub seq: i64,
    /// A TypeID.
    pub product_id: String,
    /// Text.
    pub title: String,
    /// A whole number.
    pub quantity: i64,
    /// Text.
    pub unit: String,
    /// A whole number.
    pub unit_price: i64,
    /// A whole number.
    pub total_minor: i64,
    /// Text.
    pub specification: Option<String>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
