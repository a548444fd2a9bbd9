//! A publishable key of a storefront.

use sea_orm::entity::prelude::*;

/// A publishable key of a storefront.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "storefront_key")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub app_id: String,
    /// The key itself, which is no secret.
    pub key: String,
    /// JSON as written.
    pub origins: String,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub revoked_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub last_used_at: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
