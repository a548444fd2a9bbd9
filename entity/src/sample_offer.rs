//! Offers to buy a sample.

use sea_orm::entity::prelude::*;

/// A row of `sample_offer`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sample_offer")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: String,
    /// Minor units of the product's currency, for one.
    pub price_minor: i64,
    /// The largest quantity.
    pub maximum_quantity: i64,
    /// Days to dispatch.
    pub lead_days: i64,
}

impl ActiveModelBehavior for ActiveModel {}
