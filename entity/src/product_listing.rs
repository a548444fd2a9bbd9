//! The row that product searches and pages read: published products of suppliers in good standing.

#![expect(clippy::struct_excessive_bools, reason = "the marks of a listing are independent")]

use sea_orm::entity::prelude::*;

/// A row of `product_listing`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_listing")]
pub struct Model {
    /// The number under which the full-text index knows the row.
    #[sea_orm(primary_key)]
    pub listing_number: i64,
    /// The product.
    pub product_id: String,
    /// The supplier.
    pub supplier_id: String,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
    /// The category's path, empty without one.
    pub category_path: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// `CUSTOM_MANUFACTURER`, `MULTISPECIALTY` or `BRAND_HOLDER`.
    pub specialisation: Option<String>,
    /// When the badge lapses, in microseconds since 1970; 0 without it.
    pub gold_until: i64,
    /// When the badge lapses, in microseconds since 1970; 0 without it.
    pub verified_until: i64,
    /// When the badge lapses, in microseconds since 1970; 0 without it.
    pub verified_pro_until: i64,
    /// When the badge lapses, in microseconds since 1970; 0 without it.
    pub trade_assurance_until: i64,
    /// When the product's badge ends, in microseconds since 1970; 0 without it.
    pub guaranteed_until: i64,
    /// When the product's badge ends, in microseconds since 1970; 0 without it.
    pub easy_return_until: i64,
    /// Whether it has Guaranteed terms.
    pub guaranteed: bool,
    /// Whether it carries the Easy Return mark.
    pub easy_return: bool,
    /// Whether a sample can be bought.
    pub sample_available: bool,
    /// Whether it is made to specification.
    pub customisable: bool,
    /// `FREE_REPLACEMENT_PARTS` or `ONSITE_SERVICE_AND_FREE_REPLACEMENT_PARTS`.
    pub after_sales_label: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// The least quantity of an order.
    pub minimum_order_quantity: i64,
    /// The unit price at the minimum order quantity, in millionths; the largest number without one.
    pub order_unit_price: i64,
    /// The lowest unit price, in millionths; the largest number without one.
    pub lowest_unit_price: i64,
    /// The highest unit price, in millionths; the largest number without one.
    pub highest_unit_price: i64,
    /// `order_unit_price` in millionths of a US dollar; the largest number without a price or an exchange rate.
    pub comparable_unit_price: i64,
    /// `lowest_unit_price`, likewise.
    pub comparable_lowest_unit_price: i64,
    /// `highest_unit_price`, likewise.
    pub comparable_highest_unit_price: i64,
    /// The entry of the exchange rate that it was compared by; 0 without one.
    pub exchange_rate_number: i64,
    /// Days to dispatch.
    pub lead_days: i64,
    /// The average score in thousandths, 0 without one.
    pub rating_thousandths: i64,
    /// How many scores.
    pub rating_count: i64,
    /// The points that Verified Pro adds to the rank.
    pub boost: i64,
    /// The rank without a query, the boost included.
    pub rank_score: i64,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// The tokens of the title between spaces.
    pub title_terms: String,
    /// All tokens in their places, `¶` between fields.
    pub search_terms: String,
    /// JSON of the whole card.
    pub card: String,
}

impl ActiveModelBehavior for ActiveModel {}
