//! API clients of partners.

use sea_orm::entity::prelude::*;

/// A row of `partner_app`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner_app")]
pub struct Model {
    /// `TypeID`, `app_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What its maker calls it.
    pub name: String,
    /// The role that its tokens have.
    pub role: String,
    /// The scopes that its tokens can have, with spaces between.
    pub scopes: String,
    /// Whether its tokens are accepted.
    pub active: bool,
    /// Whether its tokens run trusted documents only.
    pub trusted_documents_only: bool,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
