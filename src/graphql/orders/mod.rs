//! Orders in the schema: types, queries, commands and streams.

mod amendment;
mod care;
mod contract;
mod deadlines;
mod delivery;
mod disputes;
pub(super) mod inputs;
mod mutation;
mod off_platform;
mod payloads;
mod payment_page;
mod price_lock;
mod protections;
mod query;
mod regions;
mod subscription;
mod types;
pub(super) mod words;

pub use amendment::AmendmentMutation;
pub use care::{
    AccreditedInspector, AfterSalesRequest, CareMutation, CareQuery, EasyReturn, Inspection,
    InspectionMutation,
};
pub use deadlines::{Deadline, DeadlineQuery};
pub use delivery::DeliveryMutation;
pub use disputes::{Dispute, DisputeMutation, DisputeQuery};
pub use inputs::MoneyInput;
pub use mutation::OrderMutation;
pub(in crate::graphql) use mutation::{ctx_actor, ctx_app};
pub use off_platform::OffPlatformMutation;
pub(in crate::graphql) use payloads::{moved, part_payload};
pub use protections::ProtectionQuery;
pub use query::OrderQuery;
pub use subscription::OrderSubscription;
pub use types::Order;
pub use words::{ChargebackStatus, LedgerAccountKind, LedgerTransferCode};

use std::collections::HashMap;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::ids::OrderId;
use crate::service;

pub(super) use disputes::nodes_by_id as disputes_by_id;
/// A part of an order that the caller may see, by the part's id; none where there is none.
pub(super) async fn part_by_id(app: &App, actor: &Actor, id: &str) -> service::Result<Option<OrderPart>> {
    let Some(order) = service::orders::of_part(app, actor, id).await? else { return Ok(None) };
    let inspection = order.inspections.iter().find(|known| known.id.to_string() == id);
    let easy_return = order.returns.iter().find(|known| known.id.to_string() == id);
    let request = order.after_sales.iter().find(|known| known.id.to_string() == id);
    Ok(inspection
        .map(|known| OrderPart::Inspection(Inspection::new(known, &order)))
        .or_else(|| easy_return.map(|known| OrderPart::Return(EasyReturn::new(known, &order))))
        .or_else(|| request.map(|known| OrderPart::AfterSales(AfterSalesRequest::new(known, &order)))))
}

/// A part of an order that has an id of its own.
#[derive(Debug, Clone)]
pub(super) enum OrderPart {
    /// An inspection.
    Inspection(Inspection),
    /// A return.
    Return(EasyReturn),
    /// A request for a service.
    AfterSales(AfterSalesRequest),
}

/// The orders with these ids that the caller may see, for the loader; every key has an answer.
pub(super) async fn nodes_by_id(
    app: &App,
    actor: &Actor,
    ids: &[OrderId],
) -> service::Result<HashMap<OrderId, Option<Order>>> {
    let found = service::orders::by_ids(app, actor, ids).await?;
    Ok(found.into_iter().map(|(id, order)| (id, Some(Order(order)))).collect())
}
