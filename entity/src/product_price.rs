//! The steps of price ladders.

use sea_orm::entity::prelude::*;

/// A row of `product_price`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_price")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: String,
    /// The step holds from this quantity on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub min_quantity: i64,
    /// Millionths of the currency unit.
    pub unit_price: i64,
}

impl ActiveModelBehavior for ActiveModel {}
