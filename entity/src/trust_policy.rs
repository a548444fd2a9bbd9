//! Versions of the figures that badges are granted by; append-only.

use sea_orm::entity::prelude::*;

/// A row of `trust_policy`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trust_policy")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Rises by one.
    pub version: i64,
    /// Microseconds since 1970.
    pub valid_from: i64,
    /// The figures, as JSON.
    pub figures: String,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
