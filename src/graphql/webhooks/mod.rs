//! Webhooks in the schema: types, queries and commands.

mod inputs;
mod mutation;
mod payloads;
mod query;
mod types;
mod words;

pub use mutation::WebhookMutation;
pub use query::WebhookQuery;
pub use types::{WebhookDelivery, WebhookEndpoint};
