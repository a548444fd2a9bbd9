//! Lines of orders of the past.

use sea_orm::entity::prelude::*;

/// A row of `order_history_line`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_history_line")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_reference: String,
    /// The source's id, unique in its order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reference: String,
    /// The supplier.
    pub supplier_id: String,
    /// The product.
    pub product_id: Option<String>,
    /// How many.
    pub quantity: i64,
    /// Millionths of the major unit.
    pub unit_price: Option<i64>,
    /// Millionths of the major unit.
    pub total: i64,
    /// Minor units, rounded once.
    pub total_minor: i64,
    /// Minor units.
    pub freight_minor: Option<i64>,
    /// The source's id of the shipment.
    pub shipment_reference: Option<String>,
    /// Who bears freight and risk from where on.
    pub incoterm: Option<String>,
    /// Microseconds since 1970.
    pub dispatch_by: Option<i64>,
    /// Microseconds since 1970.
    pub dispatched_at: Option<i64>,
    /// Microseconds since 1970.
    pub promised_at: Option<i64>,
    /// Microseconds since 1970.
    pub delivered_at: Option<i64>,
    /// How many arrived.
    pub received_quantity: Option<i64>,
    /// How many of these were rejected.
    pub rejected_quantity: Option<i64>,
    /// SHA-256 of the imported row.
    pub digest: String,
}

impl ActiveModelBehavior for ActiveModel {}
