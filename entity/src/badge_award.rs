//! Badges granted to suppliers and products.

use sea_orm::entity::prelude::*;

/// A row of `badge_award`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "badge_award")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The supplier.
    pub supplier_id: Option<String>,
    /// The product.
    pub product_id: Option<String>,
    /// A word of its closed list.
    pub kind: String,
    /// Who issued it.
    pub issuer: String,
    /// The ids of the evidence, as a JSON array.
    pub evidence: String,
    /// Since when, in microseconds since 1970.
    pub granted_at: i64,
    /// Until when, in microseconds since 1970.
    pub expires_at: Option<i64>,
    /// When it was taken away.
    pub revoked_at: Option<i64>,
    /// Why it was taken away.
    pub revoked_reason: Option<String>,
    /// Who took it away.
    pub revoked_by: Option<String>,
    /// The version of the trust policy that it was granted by.
    pub policy_version: Option<i64>,
    /// The SHA-256 of the offer that it is for, in hexadecimal.
    pub offer_sha256: Option<String>,
    /// Whether its end was told as an event.
    pub end_told: bool,
}

impl ActiveModelBehavior for ActiveModel {}
