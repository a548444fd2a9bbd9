//! That a company found a review helpful.

use sea_orm::entity::prelude::*;

/// A row of `review_helpful`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_helpful")]
pub struct Model {
    /// The review.
    #[sea_orm(primary_key, auto_increment = false)]
    pub review_id: String,
    /// The company.
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: String,
    /// Microseconds since 1970.
    pub marked_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
