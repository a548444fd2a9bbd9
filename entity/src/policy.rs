//! Versions of the platform's policy figures; append-only.

use sea_orm::entity::prelude::*;

/// A row of `policy`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policy")]
pub struct Model {
    /// `TypeID`, `policy_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Counts up from 1.
    #[sea_orm(unique)]
    pub version: i64,
    /// From when contracts are sealed under it, in microseconds since 1970.
    pub valid_from: i64,
    /// The figures as JSON.
    pub figures: String,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
