//! The steps of lead-time ladders.

use sea_orm::entity::prelude::*;

/// A row of `product_lead_time`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_lead_time")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: String,
    /// The step holds from this quantity on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub min_quantity: i64,
    /// Days from payment to dispatch.
    pub days: i64,
}

impl ActiveModelBehavior for ActiveModel {}
