//! A company that may read a file beside the one that uploaded it.

use sea_orm::entity::prelude::*;

/// A company that may read a file beside the one that uploaded it.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file_reader")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: String,
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: String,
    /// Microseconds since 1970 in UTC.
    pub granted_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
