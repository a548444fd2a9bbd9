//! Third-party audits of suppliers.

#![expect(clippy::struct_excessive_bools, reason = "the parts and scopes of an audit are independent")]

use sea_orm::entity::prelude::*;

/// A row of `audit`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The supplier.
    pub supplier_id: String,
    /// The auditing institution.
    pub institution: String,
    /// The person who audited.
    pub auditor: String,
    /// Whether it had an online part.
    pub online: bool,
    /// Whether it had an on-site part.
    pub onsite: bool,
    /// Whether the company profile was in scope.
    pub company_profile: bool,
    /// Whether the production capacity was in scope.
    pub production_capacity: bool,
    /// Whether the production process was in scope.
    pub production_process: bool,
    /// Whether the management controls were in scope.
    pub management_controls: bool,
    /// Whether the supplier passed.
    pub passed: bool,
    /// The day of the report, in days since 1970.
    pub reported_on: i64,
    /// The last day of validity, in days since 1970.
    pub valid_until: i64,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
