//! Orders in the schema: types, queries, commands and streams.

mod amendment;
mod contract;
mod delivery;
mod disputes;
pub(super) mod inputs;
mod mutation;
mod payloads;
mod query;
mod regions;
mod subscription;
mod types;
pub(super) mod words;

pub use amendment::AmendmentMutation;
pub use delivery::DeliveryMutation;
pub use disputes::{Dispute, DisputeMutation, DisputeQuery};
pub use inputs::{MoneyInput, id};
pub use mutation::OrderMutation;
pub(in crate::graphql) use mutation::{ctx_actor, ctx_app};
pub use query::OrderQuery;
pub use subscription::OrderSubscription;
pub use types::Order;
pub use words::LedgerAccountKind;

use std::collections::HashMap;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::ids::OrderId;
use crate::service;

pub(super) use disputes::nodes_by_id as disputes_by_id;

/// The orders with these ids that the caller may see, for the loader; every key has an answer.
pub(super) async fn nodes_by_id(
    app: &App,
    actor: &Actor,
    ids: &[OrderId],
) -> service::Result<HashMap<OrderId, Option<Order>>> {
    let found = service::orders::by_ids(app, actor, ids).await?;
    Ok(found.into_iter().map(|(id, order)| (id, Some(Order(order)))).collect())
}
