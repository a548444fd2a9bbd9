//! Management and product certificates of suppliers.

use sea_orm::entity::prelude::*;

/// A row of `certificate`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The supplier.
    pub supplier_id: String,
    /// A word of its closed list.
    pub kind: String,
    /// The standard, such as `ISO 9001`.
    pub standard: String,
    /// Who issued it.
    pub issuer: String,
    /// The issuer's number.
    pub number: String,
    /// What it covers.
    pub scope: String,
    /// The first day of validity, in days since 1970.
    pub valid_from: i64,
    /// The last day of validity, in days since 1970.
    pub valid_until: i64,
    /// SHA-256 of the document, in hexadecimal.
    pub sha256: Option<String>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
