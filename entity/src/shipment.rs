//! Goods that left together.

use sea_orm::entity::prelude::*;

/// Goods that left together.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipment")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: String,
    /// A whole number.
    pub seq: i64,
    /// A word or code.
    pub status: String,
    /// Text.
    pub carrier: String,
    /// A TypeID.
    pub carrier_company_id: Option<String>,
    /// Text.
    pub tracking_number: String,
    /// A word or code.
    pub mode: String,
    /// Microseconds since 1970 in UTC.
    pub dispatched_at: i64,
    /// Microseconds since 1970 in UTC.
    pub delivered_at: Option<i64>,
    /// Text.
    pub proof: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub confirmed_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub lost_at: Option<i64>,
    /// Text.
    pub loss_reason: Option<String>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
