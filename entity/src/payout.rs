//! Money on its way to a company.

use sea_orm::entity::prelude::*;

/// Money on its way to a company.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payout")]
pub struct Model {
    /// A TypeID; also the payout's name at the provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Whose money.
    pub company_id: String,
    /// The kind of account that it was taken from.
    pub account: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// With which provider.
    pub provider: String,
    /// How far it got.
    pub status: String,
    /// Why it failed or came back.
    pub failure: Option<String>,
    /// When it was asked for: microseconds since 1970 in UTC.
    pub requested_at: i64,
    /// When it ended: microseconds since 1970 in UTC.
    pub settled_at: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
