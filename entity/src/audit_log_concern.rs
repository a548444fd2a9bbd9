//! A company that a line of the audit log concerns.

use sea_orm::entity::prelude::*;

/// A company that a line of the audit log concerns.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log_concern")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: String,
    /// Microseconds since 1970 in UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub occurred_at: i64,
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entry_id: String,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
