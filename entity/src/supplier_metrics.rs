//! What a supplier's orders add up to.

use sea_orm::entity::prelude::*;

/// A row of `supplier_metrics`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "supplier_metrics")]
pub struct Model {
    /// The supplier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub supplier_id: String,
    /// Orders placed with it.
    pub orders_placed: i64,
    /// Orders that completed.
    pub orders_completed: i64,
    /// Orders that were cancelled.
    pub orders_cancelled: i64,
    /// Orders that it dispatched.
    pub dispatched: i64,
    /// Of these, dispatched after their deadline.
    pub dispatched_late: i64,
    /// Orders that arrived.
    pub delivered: i64,
    /// Of these, after the promised day.
    pub delivered_late: i64,
    /// Orders that went to a dispute.
    pub disputes: i64,
    /// Companies that bought.
    pub buyers: i64,
    /// Of these, those that bought again.
    pub returning_buyers: i64,
    /// Enquiries answered.
    pub responses: i64,
    /// The seconds that all answers took together.
    pub response_seconds: i64,
    /// Microseconds since 1970.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
