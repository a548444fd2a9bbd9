//! How often a company has bought from a supplier.

use sea_orm::entity::prelude::*;

/// A row of `supplier_buyer`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "supplier_buyer")]
pub struct Model {
    /// The supplier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub supplier_id: String,
    /// The company that buys.
    #[sea_orm(primary_key, auto_increment = false)]
    pub buyer_id: String,
    /// How many orders it paid.
    pub orders: i64,
}

impl ActiveModelBehavior for ActiveModel {}
