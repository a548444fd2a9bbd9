//! How far a walk over all suppliers and products got.

use sea_orm::entity::prelude::*;

/// A row of `risk_walk`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "risk_walk")]
pub struct Model {
    /// The walk.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The id behind which it goes on; none where it is over.
    pub position: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
