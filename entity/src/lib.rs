//! The tables of Surety as sea-orm entities: one table per file, plain columns, no rules.
//!
//! Ids, words of closed lists and JSON are text, instants are microseconds since 1970, money is minor units.
//! What a column may hold is said by the migrations; what it means is said by `surety::domain`.

pub mod audit;
pub mod badge_award;
pub mod category;
pub mod certificate;
pub mod licence;
pub mod media;
pub mod product;
pub mod product_certificate;
pub mod product_lead_time;
pub mod product_listing;
pub mod product_price;
pub mod rating;
pub mod review;
pub mod sample_offer;
pub mod supplier;
pub mod supplier_listing;
pub mod supplier_metrics;
