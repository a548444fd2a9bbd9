//! What a supplier's orders add up to on one day.

use sea_orm::entity::prelude::*;

/// A row of `supplier_metrics_day`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "supplier_metrics_day")]
pub struct Model {
    /// The supplier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub supplier_id: String,
    /// The day, since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    /// A word of its closed list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// Orders placed.
    pub orders_placed: i64,
    /// Orders completed.
    pub orders_completed: i64,
    /// Orders that came to nothing.
    pub orders_cancelled: i64,
    /// Orders dispatched, or given up because they were not.
    pub dispatched: i64,
    /// Of these, late.
    pub dispatched_late: i64,
    /// Orders that arrived.
    pub delivered: i64,
    /// Of these, late.
    pub delivered_late: i64,
    /// Orders that went to a dispute.
    pub disputes: i64,
    /// Enquiries answered.
    pub responses: i64,
    /// The seconds that all answers took together.
    pub response_seconds: i64,
}

impl ActiveModelBehavior for ActiveModel {}
