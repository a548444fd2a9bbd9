//! The rules: pure, synchronous, total. No I/O, no clock, no randomness, no ORM, no GraphQL.

pub mod actor;
pub mod audit;
pub mod badge;
pub mod category;
pub mod contract;
pub mod cursor;
pub mod deadline;
pub mod error;
pub mod event;
pub mod history;
pub mod ids;
pub mod import;
pub mod ladder;
pub mod ledger;
pub mod money;
pub mod order;
pub mod page;
pub mod party;
pub mod policy;
pub mod product;
pub mod release;
pub mod review;
pub mod search;
pub mod supplier;
pub mod time;
pub(crate) mod words;
