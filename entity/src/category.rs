//! The category tree.

use sea_orm::entity::prelude::*;

/// A row of `category`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The category above; none at the top.
    pub parent_id: Option<String>,
    /// The name.
    pub name: String,
    /// The ids from the top to this one, each between slashes.
    pub path: String,
    /// Steps from the top.
    pub depth: i64,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
