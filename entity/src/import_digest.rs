//! What imports last wrote.

use sea_orm::entity::prelude::*;

/// A row of `import_digest`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_digest")]
pub struct Model {
    /// `TypeID` of a category, supplier, product or review.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: String,
    /// A word of its closed list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: String,
    /// SHA-256 of the imported rows.
    pub digest: String,
}

impl ActiveModelBehavior for ActiveModel {}
