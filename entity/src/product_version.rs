//! Products as they were written.

use sea_orm::entity::prelude::*;

/// A row of `product_version`.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_version")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: String,
    /// Counts from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    /// What was done.
    pub action: String,
    /// JSON: names of fields.
    pub changed_fields: String,
    /// The app that did it.
    pub app_id: Option<String>,
    /// The company that it acted for.
    pub company_id: Option<String>,
    /// The role that it acted in.
    pub role: Option<String>,
    /// JSON of the whole product.
    pub document: String,
    /// Microseconds since 1970.
    pub changed_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
