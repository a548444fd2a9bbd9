//! How much suppliers export, and their place in their country.

use sea_orm::entity::prelude::*;

/// A row of `export_volume`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_volume")]
pub struct Model {
    /// The supplier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub supplier_id: String,
    /// Its country.
    pub country: String,
    /// Completed orders of buyers abroad, in cents of a dollar.
    pub volume_cents: i64,
    /// How many orders that are.
    pub orders: i64,
    /// Orders left out, as no exchange rate was on record.
    pub unpriced_orders: i64,
    /// Its place in its country, from 1.
    pub place: Option<i64>,
    /// How many export there.
    pub exporters: Option<i64>,
    /// Microseconds since 1970.
    pub computed_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
