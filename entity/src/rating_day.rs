//! How often each score was given to a product or store by reviews of one day.

use sea_orm::entity::prelude::*;

/// A row of `rating_day`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating_day")]
pub struct Model {
    /// The product or supplier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: String,
    /// The day, since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    /// How often 1 was given.
    pub stars1: i64,
    /// How often 2 was given.
    pub stars2: i64,
    /// How often 3 was given.
    pub stars3: i64,
    /// How often 4 was given.
    pub stars4: i64,
    /// How often 5 was given.
    pub stars5: i64,
}

impl ActiveModelBehavior for ActiveModel {}
