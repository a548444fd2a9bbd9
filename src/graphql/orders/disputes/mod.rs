//! Refund requests, disputes, evidence, holds of the platform's own, charge-backs.

mod inputs;
mod mutation;
mod payloads;
mod query;
mod types;

use std::collections::HashMap;

pub use mutation::DisputeMutation;
pub use query::DisputeQuery;
pub use types::{Chargeback, Dispute};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::ids::DisputeId;
use crate::service;

/// The disputes with these ids that the caller may read, for the loader.
pub async fn nodes_by_id(
    app: &App,
    actor: &Actor,
    ids: &[DisputeId],
) -> service::Result<HashMap<DisputeId, Option<Dispute>>> {
    let found = service::orders::disputes::orders_of_disputes(app, actor, ids).await?;
    Ok(found.into_iter().map(|(id, order)| (id, Dispute::of(order, id))).collect())
}
