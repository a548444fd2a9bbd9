//! Orders in the schema: types, queries, commands and streams.

mod inputs;
mod mutation;
mod payloads;
mod query;
mod subscription;
mod types;
mod words;

pub use mutation::OrderMutation;
pub use query::OrderQuery;
pub use subscription::OrderSubscription;
pub use types::Order;
