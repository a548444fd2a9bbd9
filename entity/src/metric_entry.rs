//! An act that changed what a supplier's orders add up to.

use sea_orm::entity::prelude::*;

/// A row of `metric_entry`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metric_entry")]
pub struct Model {
    /// Counts the entries.
    #[sea_orm(primary_key)]
    pub entry_number: i64,
    /// The supplier.
    pub supplier_id: String,
    /// The order, quote or thread.
    pub subject_id: String,
    /// The day of the act, since 1970.
    pub day: i64,
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
    /// Companies that bought for the first time.
    pub buyers: i64,
    /// Companies that bought for the second time.
    pub returning_buyers: i64,
    /// Enquiries answered.
    pub responses: i64,
    /// The seconds that the answer took.
    pub response_seconds: i64,
    /// Whether the sums hold it.
    pub added: bool,
}

impl ActiveModelBehavior for ActiveModel {}
