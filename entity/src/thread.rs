//! What the parties of an order or an enquiry say to each other.

use sea_orm::entity::prelude::*;

/// What the parties of an order or an enquiry say to each other.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "thread")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A TypeID.
    pub order_id: Option<String>,
    /// A TypeID.
    pub quote_id: Option<String>,
    /// A TypeID.
    pub buyer_id: String,
    /// A TypeID.
    pub supplier_company_id: String,
    /// A whole number.
    pub messages: i64,
    /// Microseconds since 1970 in UTC.
    pub created_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
