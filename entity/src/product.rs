//! Products that suppliers offer.

use sea_orm::entity::prelude::*;

/// A row of `product`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The supplier.
    pub supplier_id: String,
    /// The category.
    pub category_id: Option<String>,
    /// The title.
    pub title: String,
    /// In its own words.
    pub description: String,
    /// JSON: name and value pairs.
    pub attributes: String,
    /// What a quantity counts, such as `piece`.
    pub unit: String,
    /// The least quantity of an order.
    pub minimum_order_quantity: i64,
    /// Quantities are multiples of it.
    pub order_increment: i64,
    /// ISO 4217.
    pub currency: String,
    /// A word of its closed list.
    pub status: String,
    /// Whether it is made to specification.
    pub customisable: bool,
    /// Hours to dispatch under Guaranteed terms.
    pub guaranteed_dispatch_hours: Option<i64>,
    /// Days to delivery under Guaranteed terms.
    pub guaranteed_delivery_days: Option<i64>,
    /// Whether it carries the Easy Return mark.
    pub easy_return: bool,
    /// Which after-sales service is promised.
    pub after_sales_label: Option<String>,
    /// For how many days after receipt.
    pub after_sales_days: Option<i64>,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
    /// Whether it came with an import, as history.
    pub imported: bool,
    /// Counts the changes.
    pub version: i64,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// Microseconds since 1970.
    pub updated_at: i64,
    /// The language of its texts, BCP 47.
    pub language: String,
}

impl ActiveModelBehavior for ActiveModel {}
