//! The event log: appended in the transaction of the change, read by place.
//!
//! On SQLite there is one writer, so an event gets its place when it is appended. On PostgreSQL it goes to the outbox,
//! and any node moves committed rows into the dense log ([`sequence`](fn@sequence)): a follower that reads by place can
//! then never skip a row that commits late.

mod append;
mod listen;
mod outbox;
mod read;
pub mod retention;
mod sequence;

pub use append::{append, append_all, append_to_company, append_to_quote, append_to_supplier};
pub use listen::Hints;
pub use outbox::{Outbox, oldest_in_outbox, outbox};
pub use read::{
    Head, Heard, begin_life, behind, check_chain, count_of_supplier, head, of_orders, of_supplier, read,
};
pub use sequence::{Growth, sequence};
