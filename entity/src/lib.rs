//! The tables of Surety as sea-orm entities: one table per file, plain columns, no rules.
//!
//! Ids, words of closed lists and JSON are text, instants are microseconds since 1970, money is minor units.
//! What a column may hold is said by the migrations; what it means is said by `surety::domain`.

pub mod company;
pub mod member;
pub mod partner_app;
pub mod partner_app_company;
pub mod policy;
