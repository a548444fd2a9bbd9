//! Legal entities: buyers, suppliers or both.

use sea_orm::entity::prelude::*;

/// A row of `company`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "company")]
pub struct Model {
    /// `TypeID`, `company_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The legal name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What the company pays for: `STANDARD`, `ENTERPRISE` or `ENTERPRISE_PRO`.
    pub plan: String,
    /// Whether tokens may act for it.
    pub active: bool,
    /// The partner's own id of it.
    #[sea_orm(unique)]
    pub external_reference: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// How many events it told.
    pub event_seq: i64,
    /// The hash of its last event, 64 zeros before the first.
    pub event_hash: String,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
