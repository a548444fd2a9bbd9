//! The ledger as values: accounts, transfers with two sides, postings that commit as one.
//!
//! One transfer row has a debit and a credit side, so an imbalance cannot be expressed. Credit-normal accounts never
//! go below zero; in-flight money sits in accounts of its own (`refund_due`, `payout_due`).

mod chart;
mod position;
mod posting;

pub use chart::{AccountKey, AccountKind, Side};
pub use position::{Funds, Position};
pub use posting::{Posting, PostingKind, Transfer, TransferCode};
