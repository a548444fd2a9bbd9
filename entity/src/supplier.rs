//! Companies in their role as suppliers.

use sea_orm::entity::prelude::*;

/// A row of `supplier`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "supplier")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The legal entity.
    pub company_id: String,
    /// `CUSTOM_MANUFACTURER`, `MULTISPECIALTY` or `BRAND_HOLDER`.
    pub specialisation: Option<String>,
    /// In its own words.
    pub description: String,
    /// The day of its founding, in days since 1970.
    pub established_on: Option<i64>,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
    /// Since when it is hidden and cannot sell, in microseconds since 1970.
    pub suspended_at: Option<i64>,
    /// Why it is suspended.
    pub suspended_reason: Option<String>,
    /// Whether it came with an import, as history.
    pub imported: bool,
    /// Counts the changes.
    pub version: i64,
    /// How many events its chain has.
    pub event_seq: i64,
    /// The hash of the last one.
    pub event_hash: String,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
