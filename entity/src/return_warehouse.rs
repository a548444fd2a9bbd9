//! Where goods are returned to, by country.

use sea_orm::entity::prelude::*;

/// A row of `return_warehouse`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "return_warehouse")]
pub struct Model {
    /// The country's two letters.
    #[sea_orm(primary_key, auto_increment = false)]
    pub country: String,
    /// The company that receives returns there.
    pub company_id: String,
    /// Where exactly.
    pub address: String,
    /// Microseconds since 1970.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
