//! The rules: pure, synchronous, total. No I/O, no clock, no randomness, no ORM, no GraphQL.

pub mod actor;
pub mod audit;
pub mod badge;
pub mod category;
pub mod cursor;
pub mod error;
pub mod ids;
pub mod ladder;
pub mod money;
pub mod page;
pub mod product;
pub mod review;
pub mod search;
pub mod supplier;
pub mod time;
pub(crate) mod words;
