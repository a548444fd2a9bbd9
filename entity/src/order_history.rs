//! Orders of the past, imported.

use sea_orm::entity::prelude::*;

/// A row of `order_history`. Amounts are millionths of the major unit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_history")]
pub struct Model {
    /// The source's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reference: String,
    /// The source's id of the buyer.
    pub buyer_reference: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub buyer_country: Option<String>,
    /// The source's own word.
    pub status: String,
    /// A word of its closed list.
    pub outcome: String,
    /// ISO 4217.
    pub currency: String,
    /// Microseconds since 1970.
    pub placed_at: Option<i64>,
    /// Microseconds since 1970.
    pub dispatched_at: Option<i64>,
    /// Microseconds since 1970.
    pub promised_at: Option<i64>,
    /// Microseconds since 1970.
    pub delivered_at: Option<i64>,
    /// As stated.
    pub subtotal: Option<i64>,
    /// As stated.
    pub tax: Option<i64>,
    /// As stated.
    pub freight: Option<i64>,
    /// As stated.
    pub total: Option<i64>,
    /// SHA-256 of the imported row.
    pub digest: String,
}

impl ActiveModelBehavior for ActiveModel {}
