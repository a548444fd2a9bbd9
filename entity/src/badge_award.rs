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
    /// A reference to the evidence.
    pub evidence: Option<String>,
    /// Since when, in microseconds since 1970.
    pub granted_at: i64,
    /// Until when, in microseconds since 1970.
    pub expires_at: Option<i64>,
    /// When it was taken away.
    pub revoked_at: Option<i64>,
    /// Why it was taken away.
    pub revoked_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
