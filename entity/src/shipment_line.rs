//! How many units of a line travel in a shipment; append-only.

use sea_orm::entity::prelude::*;

/// How many units of a line travel in a shipment; append-only.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment_line")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shipment_id: String,
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_line_id: String,
    /// A whole number.
    pub quantity: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
