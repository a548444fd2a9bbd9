//! How an app names a deprecated part of the schema.

use sea_orm::entity::prelude::*;

/// How an app names a deprecated part of the schema.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deprecated_use")]
pub struct Model {
    /// The app.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: String,
    /// A schema coordinate, such as `Query.order`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub coordinate: String,
    /// How many requests named it.
    pub use_count: i64,
    /// Microseconds since 1970.
    pub first_used_at: i64,
    /// Microseconds since 1970.
    pub last_used_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
