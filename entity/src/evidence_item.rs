//! One thing that a party showed in a dispute; never changed.

use sea_orm::entity::prelude::*;

/// One thing that a party showed in a dispute; never changed.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_item")]
pub struct Model {
    /// A TypeID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The order.
    pub order_id: String,
    /// The dispute.
    pub dispute_id: String,
    /// In which part it was submitted, such as `BUYER`.
    pub party: String,
    /// The company that submitted it; absent for the platform.
    pub company_id: Option<String>,
    /// What kind of thing it is, such as `FILE` or `MESSAGE`.
    pub kind: String,
    /// What it refers to: a message, a report or a file by its id.
    pub reference: Option<String>,
    /// What it shows, in words.
    pub note: Option<String>,
    /// The SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// When: microseconds since 1970 in UTC.
    pub submitted_at: i64,
}

/// No relations: the store joins what it needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
