//! A token that ended before its time.

use sea_orm::entity::prelude::*;

/// A token that ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revoked_token")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: String,
    /// The id of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: String,
    /// Microseconds since 1970 in UTC.
    pub revoked_until: i64,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
