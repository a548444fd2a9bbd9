//! A part of an order that lives beside its status: a refund, a case, an inspection, a return.

use sea_orm::entity::prelude::*;

/// A part of an order that lives beside its status: a refund, a case, an inspection, a return.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_region")]
pub struct Model {
    /// A TypeID of the region.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The order.
    pub order_id: String,
    /// Which region, such as `CASE`.
    pub region: String,
    /// Its number in the region, from one.
    pub seq: i64,
    /// Where it stands; the words are those of its region.
    pub status: String,
    /// All of it as JSON.
    pub body: String,
    /// When it was opened: microseconds since 1970 in UTC.
    pub opened_at: i64,
    /// When it was changed last: microseconds since 1970 in UTC.
    pub updated_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
