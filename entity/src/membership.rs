//! Paid memberships of suppliers.

use sea_orm::entity::prelude::*;

/// A row of `membership`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The member.
    pub supplier_id: String,
    /// The invoice or receipt.
    pub reference: String,
    /// The day of the payment, in days since 1970.
    pub paid_on: i64,
    /// The first day, in days since 1970.
    pub valid_from: i64,
    /// The last day, in days since 1970.
    pub valid_until: i64,
}

impl ActiveModelBehavior for ActiveModel {}
