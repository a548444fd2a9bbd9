//! A secret that deliveries to an endpoint are signed with.

use sea_orm::entity::prelude::*;

/// A secret that deliveries to an endpoint are signed with.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_secret")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint_id: String,
    /// A whole number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// Text.
    pub sealed: String,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub signs_until: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
