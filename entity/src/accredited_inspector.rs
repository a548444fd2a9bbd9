//! Inspection companies that may be booked.

use sea_orm::entity::prelude::*;

/// A row of `accredited_inspector`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accredited_inspector")]
pub struct Model {
    /// The company.
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: String,
    /// The number of its accreditation.
    pub accreditation_number: String,
    /// What an inspection costs by currency, in minor units, as JSON.
    pub fees: String,
    /// The last instant of the accreditation, in microseconds since 1970.
    pub valid_until: i64,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// Microseconds since 1970.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
