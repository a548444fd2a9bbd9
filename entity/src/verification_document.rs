//! Documents that suppliers submit for review.

use sea_orm::entity::prelude::*;

/// A row of `verification_document`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification_document")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who submitted it.
    pub supplier_id: String,
    /// A word of its closed list.
    pub kind: String,
    /// The document.
    pub file_id: String,
    /// SHA-256 of the document, in hexadecimal.
    pub file_sha256: String,
    /// What it is said to prove, as JSON.
    pub claims: String,
    /// A word of its closed list.
    pub status: String,
    /// The refused one that it answers.
    pub replaces_id: Option<String>,
    /// The record that it became.
    pub evidence_id: Option<String>,
    /// Why it was refused.
    pub refusal_reason: Option<String>,
    /// The app that submitted it.
    pub submitted_by: String,
    /// Microseconds since 1970.
    pub submitted_at: i64,
    /// The app that reviewed it.
    pub reviewed_by: Option<String>,
    /// Microseconds since 1970.
    pub reviewed_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
