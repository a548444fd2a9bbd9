//! The money outside of orders: payouts, statements, set-aside money, checks of the books.

mod input;
mod mutation;
mod payload;
mod query;
mod types;
mod words;

pub use mutation::LedgerMutation;
pub use query::LedgerQuery;
pub use types::{AccountBalance, Payout, Refund, SuspenseItem};
