//! What the scores of one part add up to for a product or store; moves in the transaction of its reviews.

use sea_orm::entity::prelude::*;

/// A row of `rating_part`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating_part")]
pub struct Model {
    /// The product or supplier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: String,
    /// A word of its closed list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: String,
    /// How many.
    pub count: i64,
    /// The sum of the scores.
    pub sum: i64,
}

impl ActiveModelBehavior for ActiveModel {}
