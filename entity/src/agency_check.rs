//! Third-party agencies' checks of suppliers' capacity and credentials.

use sea_orm::entity::prelude::*;

/// A row of `agency_check`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_check")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who was checked.
    pub supplier_id: String,
    /// Who checked.
    pub agency: String,
    /// The agency's number of its report.
    pub reference: String,
    /// Whether the capacity was checked.
    pub capacity: bool,
    /// Whether the credentials were checked.
    pub credentials: bool,
    /// Whether the supplier passed.
    pub passed: bool,
    /// What was found.
    pub findings: String,
    /// The day of the check, in days since 1970.
    pub checked_on: i64,
    /// The last day of validity, in days since 1970.
    pub valid_until: i64,
}

impl ActiveModelBehavior for ActiveModel {}
