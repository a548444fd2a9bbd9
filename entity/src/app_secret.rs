//! A secret that an app proves itself with.

use sea_orm::entity::prelude::*;

/// A secret that an app proves itself with.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_secret")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub app_id: String,
    /// SHA-256 of the secret in hexadecimal.
    pub hash: String,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
    /// Microseconds since 1970 in UTC.
    pub expires_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub revoked_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub last_used_at: Option<i64>,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
