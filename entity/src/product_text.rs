//! The texts of products in further languages.

use sea_orm::entity::prelude::*;

/// A row of `product_text`.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_text")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: String,
    /// BCP 47.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// Its place among its siblings.
    pub position: i64,
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
    /// JSON: named properties.
    pub attributes: String,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
