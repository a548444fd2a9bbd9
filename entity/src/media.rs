//! Documents, pictures and tours of suppliers, audits and products.

use sea_orm::entity::prelude::*;

/// A row of `media`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The supplier.
    pub supplier_id: Option<String>,
    /// The audit.
    pub audit_id: Option<String>,
    /// The product.
    pub product_id: Option<String>,
    /// A word of its closed list.
    pub kind: String,
    /// The title.
    pub title: String,
    /// Where it is; empty where it is a file.
    pub url: String,
    /// SHA-256 of the document, in hexadecimal.
    pub sha256: Option<String>,
    /// Its place among its siblings.
    pub position: i64,
    /// The file that it is, where this platform keeps it.
    pub file_id: Option<String>,
    /// What it shows, for those who cannot see it.
    pub alternative_text: String,
    /// Its media type.
    pub content_type: Option<String>,
    /// Pixels across.
    pub width: Option<i64>,
    /// Pixels down.
    pub height: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
