//! Orders: who may see them, and the commands that move them.

pub mod after_sales;
pub mod amendment;
mod calls;
mod command;
pub mod delivery;
pub mod disputes;
mod envelope;
pub mod holds;
pub mod inspections;
pub mod off_platform;
mod place;
pub mod price_lock;
pub mod protections;
mod region;
pub mod returns;

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::contract::Terms;
use crate::domain::cursor::{self, Key};
use crate::domain::deadline::Deadline;
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{Event, EventSubject};
use crate::domain::ids::OrderId;
use crate::domain::order::view::{self, Action};
use crate::domain::order::{ActorKind, Blocker, ContractHead, Order};
use crate::domain::page::{Page, Slice};
use crate::domain::time::Timestamp;
use crate::store;
pub use crate::store::ledger::Entry;
pub use crate::store::orders::{OrderFilter, OrderSort, Visibility};

use super::{Error, Result, require_scope};

pub use command::{
    Dispatch, cancel, confirm, confirm_receipt, decline, dispatch, mark_ready, record_delivery, submit,
};
pub(super) use command::{on_order, open_payment};
pub(super) use envelope::{
    Begun, Claimed, Persist, decide, lock_at, may_retry, now_in, persist, reload, replay, retrying, zero_in,
};
pub use envelope::{Envelope, Made, Outcome};
pub use place::{LineInput, PlaceOrder, place};

/// The name of the list in cursors, which belong to one sort.
const fn list_name(sort: OrderSort) -> &'static str {
    match sort {
        OrderSort::Newest => "orders",
        OrderSort::Oldest => "orders-oldest",
    }
}

/// In which part an actor stands to an order; none where it may not see it.
pub fn part_of(actor: &Actor, order: &Order) -> Option<ActorKind> {
    match (actor.role, actor.company) {
        (Some(Role::Operator), _) => Some(ActorKind::Operator),
        (Some(Role::Buyer), Some(company)) if company == order.buyer() => Some(ActorKind::Buyer),
        (Some(Role::Supplier), Some(company)) if company == order.supplier_company => {
            order.was_submitted().then_some(ActorKind::Supplier)
        }
        (Some(Role::Carrier), Some(company)) => {
            let carries = order.shipments.iter().any(|shipment| shipment.carrier_company == Some(company));
            carries.then_some(ActorKind::Carrier)
        }
        (Some(Role::Inspector), Some(company)) => {
            order.is_inspected_by(company).then_some(ActorKind::Inspector)
        }
        (Some(Role::Warehouse), Some(company)) => {
            let receives = order.returns.iter().any(|known| known.warehouse.company == company);
            receives.then_some(ActorKind::Warehouse)
        }
        _ => None,
    }
}

/// Which orders an actor may see in lists and streams: those of its own side. What a carrier carries it opens by id.
pub(super) fn visibility(actor: &Actor) -> Visibility {
    match (actor.role, actor.company) {
        (Some(Role::Operator), _) => Visibility::Everything,
        (Some(Role::Buyer), Some(company)) => Visibility::Buyer(company),
        (Some(Role::Supplier), Some(company)) => Visibility::Supplier(company),
        (Some(Role::Inspector), Some(company)) => Visibility::Inspector(company),
        _ => Visibility::Nothing,
    }
}

/// How an order is named.
#[derive(Debug, Clone)]
pub enum OrderName {
    /// By its id.
    Id(OrderId),
    /// By its number.
    Number(String),
    /// By the buyer's own name of it.
    Reference(String),
}

/// An order is asked for by exactly one of its names.
pub fn one_name() -> Error {
    Error::Denied(Refusal::new(
        Code::InvalidInput,
        "Name the order by exactly one of `id`, `number` and `externalReference`.",
    ))
}

/// An order that the actor may see; an order of others answers as one that does not exist, and so does no name.
pub async fn find(app: &App, actor: &Actor, name: Option<&OrderName>) -> Result<Option<Order>> {
    require_scope(actor, Scope::OrdersRead)?;
    let Some(name) = name else { return Ok(None) };
    let found = match (name, actor.company) {
        (OrderName::Id(id), _) => store::orders::load(&app.db, &[*id]).await?.pop(),
        (OrderName::Number(number), _) => store::orders::load_by_number(&app.db, number).await?,
        (OrderName::Reference(reference), Some(buyer)) => {
            store::orders::load_by_reference(&app.db, buyer, reference).await?
        }
        (OrderName::Reference(_), None) => None,
    };
    Ok(found.filter(|order| part_of(actor, order).is_some()))
}

/// The orders with these ids that the actor may see.
pub async fn by_ids(app: &App, actor: &Actor, ids: &[OrderId]) -> Result<HashMap<OrderId, Order>> {
    require_scope(actor, Scope::OrdersRead)?;
    let orders = store::orders::load(&app.db, ids).await?;
    Ok(orders
        .into_iter()
        .filter(|order| part_of(actor, order).is_some())
        .map(|order| (order.id, order))
        .collect())
}

/// The order that a command names, where the actor may see it: a command demands its own scope, and none for reading.
pub(super) async fn named(app: &App, actor: &Actor, id: OrderId) -> Result<Option<Order>> {
    let found = store::orders::load(&app.db, &[id]).await?.pop();
    Ok(found.filter(|order| part_of(actor, order).is_some()))
}

/// The order that a part of it belongs to, such as an inspection, by the part's id; none where the actor may not see it.
pub async fn of_part(app: &App, actor: &Actor, part: &str) -> Result<Option<Order>> {
    require_scope(actor, Scope::OrdersRead)?;
    let found = store::orders::load_of_region(&app.db, part).await?;
    Ok(found.filter(|order| part_of(actor, order).is_some()))
}

/// The actor's orders, in the order that the filter names.
pub async fn list(
    app: &App,
    actor: &Actor,
    mut filter: OrderFilter,
    page: Page,
    count: bool,
) -> Result<Slice<Order>> {
    require_scope(actor, Scope::OrdersRead)?;
    filter.visibility = visibility(actor);
    let name = list_name(filter.sort);
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| decode_cursor(name, text)).transpose();
    let keys = (place(&page.after)?, place(&page.before)?);
    let cursor = |(placed_at, id): (Timestamp, OrderId)| {
        cursor::encode(name, &[Key::Int(placed_at.micros()), Key::Text(id.to_string())])
    };
    Ok(store::orders::list(&app.db, &filter, &page, keys, count, cursor).await?)
}

fn decode_cursor(name: &str, text: &str) -> std::result::Result<(Timestamp, OrderId), Refusal> {
    let shape = [Key::Int(0), Key::Text(String::new())];
    let keys = cursor::decode(name, &shape, text)?;
    if let [Key::Int(placed_at), Key::Text(id)] = keys.as_slice()
        && let Ok(id) = id.parse()
    {
        return Ok((Timestamp::from_micros(*placed_at), id));
    }
    Err(Refusal::new(Code::InvalidCursor, "The cursor is not one of this list."))
}

/// What the actor can do with an order now, and what stands in the way.
pub fn actions(app: &App, actor: &Actor, order: &Order) -> Vec<Action> {
    let now = now_seen(app);
    part_of(actor, order).map(|part| view::actions(order, part, now)).unwrap_or_default()
}

/// Why an order's money cannot be released.
pub fn release_blockers(app: &App, order: &Order) -> Vec<Blocker> {
    view::release_blockers(order, now_seen(app))
}

/// What could be released of an order's money now, in minor units.
pub fn releasable(app: &App, order: &Order) -> i64 {
    view::releasable(order, now_seen(app))
}

/// A visible order as it was read: what a command changes is another key, so that no loader answers it from before.
pub type OrderKey = (OrderId, i64);

/// The orders that keys of a loader name.
pub(in crate::service) fn ids_of(keys: &[OrderKey]) -> Vec<OrderId> {
    let mut ids: Vec<OrderId> = keys.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What was found for orders, by the keys that asked for it.
pub(in crate::service) fn by_order<T>(
    keys: &[OrderKey],
    found: impl Iterator<Item = (OrderId, T)>,
) -> HashMap<OrderKey, Arc<Vec<T>>> {
    let mut lists: HashMap<OrderId, Vec<T>> = HashMap::new();
    for (order, one) in found {
        lists.entry(order).or_default().push(one);
    }
    let lists: HashMap<OrderId, Arc<Vec<T>>> =
        lists.into_iter().map(|(order, list)| (order, Arc::new(list))).collect();
    keys.iter().filter_map(|key| lists.get(&key.0).map(|list| (*key, Arc::clone(list)))).collect()
}

/// The movements of visible orders' money, for loaders.
pub async fn entries(app: &App, keys: &[OrderKey]) -> Result<HashMap<OrderKey, Arc<Vec<Entry>>>> {
    let found = store::ledger::entries(&app.db, &ids_of(keys)).await?;
    Ok(by_order(keys, found.into_iter().map(|entry| (entry.order, entry))))
}

/// A version of a visible order's contract: the one that holds now, unless another one is named.
pub async fn contract(
    app: &App,
    order: &Order,
    version: Option<u32>,
) -> Result<Option<(ContractHead, Terms)>> {
    match &order.contract {
        Some(head) if version.is_none_or(|version| version == head.version) => {
            Ok(Some((head.clone(), order.terms.clone())))
        }
        Some(_) => match version {
            Some(version) => Ok(store::orders::contract(&app.db, order.id, version).await?),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

/// The timers of visible orders, for loaders.
pub async fn deadlines(app: &App, keys: &[OrderKey]) -> Result<HashMap<OrderKey, Arc<Vec<Deadline>>>> {
    let found = store::deadlines::of_orders(&app.db, &ids_of(keys)).await?;
    Ok(by_order(keys, found.into_iter().map(|deadline| (deadline.order, deadline))))
}

/// What happened to visible orders, oldest first, at most the first thousand events of each; for loaders.
pub async fn timelines(app: &App, keys: &[OrderKey]) -> Result<HashMap<OrderKey, Arc<Vec<Event>>>> {
    let found = store::events::of_orders(&app.db, &ids_of(keys), 1_000).await?;
    let of_orders = found.into_iter().filter_map(|event| match event.subject {
        EventSubject::Order(id) => Some((id, event)),
        EventSubject::Supplier(_) | EventSubject::Quote(_) | EventSubject::Company(_) => None,
    });
    Ok(by_order(keys, of_orders))
}

/// The present instant for views: costs no statement, as lists show it for every order.
fn now_seen(app: &App) -> Timestamp {
    app.clock.now().plus(app.sandbox_offset())
}

/// The present instant of the rules outside a transaction; for views, never for decisions.
pub async fn now(app: &App) -> Result<Timestamp> {
    let offset = if app.config.is_sandbox() {
        store::settings::clock_offset(&app.db).await?
    } else {
        crate::domain::time::Span::ZERO
    };
    Ok(app.clock.now().plus(offset))
}
