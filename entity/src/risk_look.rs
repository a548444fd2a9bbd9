//! A supplier, product or category to look at.

use sea_orm::entity::prelude::*;

/// A row of `risk_look`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "risk_look")]
pub struct Model {
    /// Counts the rows.
    #[sea_orm(primary_key)]
    pub look_number: i64,
    /// What.
    pub subject_id: String,
    /// Microseconds since 1970.
    pub due_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
