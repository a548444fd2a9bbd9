//! That an operator hid a review or showed it again.

use sea_orm::entity::prelude::*;

/// A row of `review_moderation`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_moderation")]
pub struct Model {
    /// Counts the acts.
    #[sea_orm(primary_key)]
    pub moderation_number: i64,
    /// The review.
    pub review_id: String,
    /// A word of its closed list.
    pub status: String,
    /// Why.
    pub reason: String,
    /// The member or app.
    pub moderated_by: String,
    /// Microseconds since 1970.
    pub moderated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
