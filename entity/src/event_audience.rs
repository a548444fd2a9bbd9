//! Who may hear an event.

use sea_orm::entity::prelude::*;

/// Who may hear an event.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_audience")]
pub struct Model {
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lane: i64,
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: String,
    /// Its part in what happened.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: String,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
