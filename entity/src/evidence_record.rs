//! What every record of evidence has, whatever its kind.

use sea_orm::entity::prelude::*;

/// A row of `evidence_record`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_record")]
pub struct Model {
    /// `TypeID`; its prefix says the kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A word of its closed list.
    pub kind: String,
    /// Whose it is.
    pub supplier_id: String,
    /// The document.
    pub file_id: Option<String>,
    /// SHA-256 of the document, in hexadecimal.
    pub file_sha256: Option<String>,
    /// The app that recorded it.
    pub recorded_by: Option<String>,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    /// The first instant at which it no longer holds.
    pub ends_at: Option<i64>,
    /// Whether its end was told as an event.
    pub end_told: bool,
    /// The issuer and number, which are on record once.
    pub natural_key: Option<String>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<i64>,
    /// Why it was withdrawn.
    pub withdrawn_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
