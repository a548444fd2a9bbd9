//! The row that supplier searches and pages read.

use sea_orm::entity::prelude::*;

/// A row of `supplier_listing`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "supplier_listing")]
pub struct Model {
    /// The number under which the full-text index knows the row.
    #[sea_orm(primary_key)]
    pub listing_number: i64,
    /// The supplier.
    pub supplier_id: String,
    /// The name.
    pub name: String,
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
    /// The average score in thousandths, 0 without one.
    pub rating_thousandths: i64,
    /// How many scores.
    pub rating_count: i64,
    /// Orders that completed.
    pub orders_completed: i64,
    /// Orders dispatched in time, in hundredths of a percent; -1 without a dispatch.
    pub on_time_dispatch: i64,
    /// The mean time to an answer; the largest number without an answer.
    pub response_seconds: i64,
    /// The day of its founding, in days since 1970; the largest number where it is not known.
    pub established_on: i64,
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
