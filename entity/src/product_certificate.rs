//! Which certificates cover which product.

use sea_orm::entity::prelude::*;

/// A row of `product_certificate`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_certificate")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: String,
    /// The certificate.
    #[sea_orm(primary_key, auto_increment = false)]
    pub certificate_id: String,
}

impl ActiveModelBehavior for ActiveModel {}
