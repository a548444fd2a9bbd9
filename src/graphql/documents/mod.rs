//! Trusted documents in the schema: types, queries and commands.

mod inputs;
mod mutation;
mod payloads;
mod query;

pub use mutation::DocumentMutation;
pub use query::{DocumentQuery, TrustedDocument};
