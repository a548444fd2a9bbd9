//! Companies and partner apps in the schema, as the platform's staff keeps them, and as an app sees itself.

mod inputs;
mod mutation;
mod payloads;
mod query;
mod types;

pub use mutation::AppMutation;
pub use query::AppQuery;
pub use types::{PartnerApp, PartnerAppRole};
