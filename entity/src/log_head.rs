//! The last place given out in each lane of the log.

use sea_orm::entity::prelude::*;

/// The last place given out in each lane of the log.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_head")]
pub struct Model {
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lane: i64,
    /// A whole number.
    pub seq: i64,
    /// The first place that cursors may lie before.
    pub oldest: i64,
    /// The first place that `event_audience` still has.
    pub indexed_from: i64,
    /// A word or code.
    pub epoch: String,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
