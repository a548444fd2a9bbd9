//! The rules: pure, synchronous, total. No I/O, no clock, no randomness, no ORM, no GraphQL.

pub mod actor;
pub mod error;
pub mod ids;
pub mod money;
pub mod page;
pub mod party;
pub mod time;
