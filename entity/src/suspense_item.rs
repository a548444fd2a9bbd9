//! Money that came and fits nothing.

use sea_orm::entity::prelude::*;

/// Money that came and fits nothing.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suspense_item")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A word or code.
    pub provider: String,
    /// A word or code.
    pub provider_reference: String,
    /// A TypeID.
    pub payment_id: Option<String>,
    /// A TypeID.
    pub order_id: Option<String>,
    /// A whole number.
    pub amount_minor: i64,
    /// A word or code.
    pub currency: String,
    /// A word or code.
    pub reason: String,
    /// A word or code.
    pub status: String,
    /// How much of it goes back to the payer, in minor units; absent while that is open.
    pub refund_minor: Option<i64>,
    /// Why the provider could not give it back.
    pub failure: Option<String>,
    /// How much of it an order took, in minor units.
    pub assigned_minor: i64,
    /// What the payer's bank took back of it, as JSON.
    pub chargebacks: String,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
