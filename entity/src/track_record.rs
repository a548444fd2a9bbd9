//! What suppliers achieved: client cases, awards, patents, capabilities, experience.

use sea_orm::entity::prelude::*;

/// A row of `track_record`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "track_record")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Whose it is.
    pub supplier_id: String,
    /// A word of its closed list.
    pub kind: String,
    /// What it is.
    pub title: String,
    /// Who attests it.
    pub issuer: String,
    /// The issuer's number.
    pub number: Option<String>,
    /// More of it.
    pub description: String,
    /// Since when, in days since 1970.
    pub since_on: i64,
    /// The last day of validity, in days since 1970.
    pub valid_until: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
