//! Persons of a company.

use sea_orm::entity::prelude::*;

/// A row of `member`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// `TypeID`, `member_…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The company.
    pub company_id: String,
    /// The person's name.
    pub name: String,
    /// `OWNER`, `PURCHASER`, `SELLER`, `FINANCE` or `READER`.
    pub role: String,
    /// Whether tokens may name the person.
    pub active: bool,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// The company.
    #[sea_orm(belongs_to, from = "company_id", to = "id")]
    pub company: BelongsTo<super::company::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
