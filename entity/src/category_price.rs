//! The middle price of what a category offers by one unit in one currency.

use sea_orm::entity::prelude::*;

/// A row of `category_price`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_price")]
pub struct Model {
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: String,
    /// ISO 4217.
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    /// What a quantity counts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit: String,
    /// Millionths of the major unit.
    pub median: i64,
    /// How many products.
    pub products: i64,
    /// Microseconds since 1970.
    pub counted_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
