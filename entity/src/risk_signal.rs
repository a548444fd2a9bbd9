//! A warning about a supplier or a product.

use sea_orm::entity::prelude::*;

/// A row of `risk_signal`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "risk_signal")]
pub struct Model {
    /// Counts the signals.
    #[sea_orm(primary_key)]
    pub signal_number: i64,
    /// The supplier, where it is about one.
    pub supplier_id: Option<String>,
    /// The product, where it is about one.
    pub product_id: Option<String>,
    /// A word of its closed list.
    pub code: String,
    /// A word of its closed list.
    pub severity: String,
    /// What it was found by, as JSON.
    pub evidence: String,
    /// Microseconds since 1970.
    pub observed_at: i64,
    /// When its fact ended.
    pub ended_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
