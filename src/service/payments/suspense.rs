//! Set-aside money: given back at once where nobody could want it to stay, else by an operator; or assigned.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{OrderId, SuspenseItemId};
use crate::domain::ledger::Posting;
use crate::domain::money::Money;
use crate::domain::order::{self, ActorKind, Assignment, Command, Order, PaymentStatus};
use crate::domain::page::{Page, Slice};
use crate::domain::suspense::{SuspenseItem, SuspenseStatus};
use crate::domain::time::Timestamp;
use crate::service::orders::{
    Begun, Claimed, Envelope, Made, OrderKey, Outcome, Persist, by_order, decide, ids_of, lock_at, may_retry,
    now_in, persist, reload, replay,
};
use crate::service::payouts::time_cursor;
use crate::service::{Error, Result, require_role, require_scope};
use crate::store::payments::{Request, RequestKind};
use crate::store::{self, Tx};

/// The name of the list in cursors.
const LIST: &str = "suspense-items";

/// Gives money back that nobody could want to stay.
pub(super) async fn give_back_at_once(app: &App, tx: &Tx, item: &SuspenseItem, now: Timestamp) -> Result<()> {
    if item.reason.goes_back() { give_back(app, tx, item, now).await.map(drop) } else { Ok(()) }
}

async fn give_back(app: &App, tx: &Tx, item: &SuspenseItem, now: Timestamp) -> Result<bool> {
    let Some((after, posting)) = item.give_back() else { return Ok(false) };
    write(app, tx, &after, &[posting], now).await?;
    ask(app, tx, &after, now).await?;
    Ok(true)
}

/// Has the provider asked again for a refund that failed, under the same name.
async fn ask_again(app: &App, tx: &Tx, item: &SuspenseItem, now: Timestamp) -> Result<bool> {
    let Some(after) = item.ask_again() else { return Ok(false) };
    write(app, tx, &after, &[], now).await?;
    store::payments::ask_again(tx, RequestKind::Refund, &item.id.to_string(), app.clock.now()).await?;
    Ok(true)
}

async fn write(app: &App, tx: &Tx, item: &SuspenseItem, postings: &[Posting], now: Timestamp) -> Result<()> {
    store::payments::update_item(tx, item).await?;
    let context = store::ledger::Context { ids: &app.ids, now, contract_version: None };
    Ok(store::ledger::post(tx, postings, context).await?)
}

/// Notes that the provider is to be asked for what goes back.
async fn ask(app: &App, tx: &Tx, item: &SuspenseItem, now: Timestamp) -> Result<()> {
    let Some(minor) = item.refund_minor.filter(|minor| *minor > 0) else { return Ok(()) };
    let request = Request {
        id: app.ids.make(now),
        provider: item.provider.clone(),
        kind: RequestKind::Refund,
        subject: item.id.to_string(),
        amount: Money::new(minor, item.amount.currency),
    };
    Ok(store::payments::request(tx, &request, app.clock.now()).await?)
}

/// How the refund of set-aside money ended, by the provider.
pub(super) async fn refund_ended(
    app: &App,
    tx: &Tx,
    id: SuspenseItemId,
    failure: Option<&str>,
) -> Result<()> {
    let Some(item) = store::payments::lock_item(tx, id).await? else {
        tracing::warn!(%id, "a provider names a refund that is not ours");
        return Ok(());
    };
    let Some((after, posting)) = item.report(failure) else { return Ok(()) };
    let now = now_in(app, tx).await?;
    write(app, tx, &after, posting.as_slice(), now).await
}

/// Set-aside money, newest first; operators only.
pub async fn list(
    app: &App,
    actor: &Actor,
    status: Option<SuspenseStatus>,
    page: &Page,
    count: bool,
) -> Result<Slice<SuspenseItem>> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])?;
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(LIST, text)).transpose();
    let wanted = (page, place(&page.after)?, place(&page.before)?);
    let cursor = |item: &SuspenseItem| {
        cursor::encode(LIST, &[Key::Int(item.created_at.micros()), Key::Text(item.id.to_string())])
    };
    Ok(store::payments::items(&app.db, status, wanted, count, cursor).await?)
}

/// What was set aside for visible orders, for loaders.
pub async fn of_orders(app: &App, keys: &[OrderKey]) -> Result<HashMap<OrderKey, Arc<Vec<SuspenseItem>>>> {
    let items = store::payments::of_orders(&app.db, &ids_of(keys)).await?;
    Ok(by_order(keys, items.into_iter().filter_map(|item| item.order.map(|order| (order, item)))))
}

/// What an operator does with set-aside money.
#[derive(Debug, Clone, Copy)]
pub enum Decision {
    /// Give all of it back; where that failed, have it asked for again.
    GiveBack,
    /// Give it to the order; what is too much goes back.
    Assign {
        /// Which order.
        order: OrderId,
    },
}

/// What became of set-aside money, and the order that it went to.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The set-aside money.
    pub item: SuspenseItem,
    /// The order that it was assigned to.
    pub outcome: Option<Outcome>,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// An operator decides on set-aside money (PO12, V12).
pub async fn settle(
    app: &App,
    actor: &Actor,
    id: SuspenseItemId,
    decision: Decision,
    envelope: &Envelope,
) -> Result<Settled> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])?;
    let mut attempt = 1;
    loop {
        match try_settle(app, actor, id, decision, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_settle(
    app: &App,
    actor: &Actor,
    id: SuspenseItemId,
    decision: Decision,
    envelope: &Envelope,
) -> Result<Settled> {
    let (operation, input) = match decision {
        Decision::GiveBack => ("refundSuspensePayment", json!({ "item": id })),
        Decision::Assign { order } => ("assignSuspensePayment", json!({ "item": id, "order": order })),
    };
    let not_found = || Refusal::not_found("suspense item").at(&["input", "suspenseItemId"]);
    let claimed = match Claimed::begin(app, actor, envelope, operation, &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => {
            let item = store::payments::item(&app.db, id).await?.ok_or_else(not_found)?;
            let outcome = if made.order.is_some() { Some(replay(app, made).await?) } else { None };
            return Ok(Settled { item, outcome, replayed: true });
        }
    };
    // The order's lock comes first, as everywhere.
    let order = match decision {
        Decision::Assign { order } => {
            let missing = || Refusal::not_found("order").at(&["input", "orderId"]);
            Some(lock_at(app, &claimed.tx, order).await?.ok_or_else(missing)?)
        }
        Decision::GiveBack => None,
    };
    let item = store::payments::lock_item(&claimed.tx, id).await?.ok_or_else(not_found)?;
    let again = item.status == SuspenseStatus::RefundFailed && order.is_none();
    if item.status != SuspenseStatus::Open && !again {
        let message = format!("The money is not open any more; it is {}.", item.status);
        return Err(Refusal::new(Code::TransitionRefused, message).at(&["input", "suspenseItemId"]).into());
    }
    let made = match order {
        None => {
            let now = now_in(app, &claimed.tx).await?;
            if !ask_again(app, &claimed.tx, &item, now).await? {
                give_back(app, &claimed.tx, &item, now).await?;
            }
            Made::default()
        }
        Some((before, now)) => assign(app, &claimed.tx, &item, &before, now).await?,
    };
    let check = envelope.validate_only;
    claimed.finish(app, &made).await?;
    let item = store::payments::item(&app.db, id).await?.ok_or_else(not_found)?;
    let outcome = match made.order {
        Some(_) if !check => Some(reload(app, made, false).await?),
        _ => None,
    };
    Ok(Settled { item, outcome, replayed: false })
}

async fn assign(app: &App, tx: &Tx, item: &SuspenseItem, before: &Order, now: Timestamp) -> Result<Made> {
    if item.order.is_some_and(|meant| meant != before.id) {
        let message = "The money was meant for another order; give it back, or assign it to that one.";
        return Err(Error::from(Refusal::invalid(&["input", "orderId"], message)));
    }
    // A session that brought other money since keeps that; this money is a payment of its own then.
    let named = item.payment.filter(|named| {
        before.payments.iter().any(|known| known.id == *named && known.status != PaymentStatus::Succeeded)
    });
    let assignment = Assignment {
        item: item.id,
        payment: named.unwrap_or_else(|| app.ids.make(now)),
        provider: item.provider.clone(),
        reference: item.provider_reference.clone(),
        amount: item.amount,
    };
    let command = Command::AssignPayment(assignment);
    let step = decide(app, tx, before, (ActorKind::Operator, &command), now).await??;
    let taken = order::assigned(before, item.amount.minor);
    persist(app, tx, Persist { before, untold: &[], step: &step, now }).await?;
    let after = SuspenseItem { order: Some(before.id), ..item.assigned(taken) };
    store::payments::update_item(tx, &after).await?;
    ask(app, tx, &after, now).await?;
    Ok(Made { order: Some(before.id), subject: step.subject.clone(), ..Made::default() })
}
