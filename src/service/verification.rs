//! The check of all books: every balance and hash chain is computed again from what was never changed. A difference stops
//! payouts until a later check finds none, and is told in the order's own log.

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::contract::sha256_hex;
use crate::domain::event::{EventDraft, EventSubject, EventType};
use crate::domain::ids::{OrderId, SupplierId};
use crate::domain::ledger::AccountKind;
use crate::domain::order::{InspectionFeeStatus, Order, OrderState, RefundStatus};
use crate::domain::time::Span;
pub use crate::store::verifications::Verification;
use crate::store::{self, Tx};

use super::orders::{lock_at, now_in};
use super::{Result, require_role, require_scope};

/// Orders looked at in one go.
const BATCH: u32 = 100;
/// Differences that are kept word for word.
const KEPT: usize = 100;
/// A check is made at least so often.
const EVERY: Span = Span::hours(24);

/// Checks everything and keeps what was found.
pub async fn verify(app: &App) -> Result<Verification> {
    super::events::sequence(app).await?;
    let mut problems = store::ledger::audit(&app.db).await?;
    problems.extend(store::verifications::running_balances(&app.db).await?);
    problems.extend(store::verifications::payouts(&app.db).await?);
    problems.extend(store::verifications::set_aside(&app.db).await?);
    let (mut orders, mut events) = (0, 0);
    let mut behind = String::new();
    loop {
        let ids = store::verifications::orders_behind(&app.db, &behind, BATCH).await?;
        let Some(last) = ids.last() else { break };
        behind.clone_from(last);
        for id in ids {
            let (counted, found) = verify_order(app, &id).await?;
            orders += 1;
            events += counted;
            problems.extend(found);
        }
    }
    let mut behind = String::new();
    loop {
        let ids = store::verifications::suppliers_behind(&app.db, &behind, BATCH).await?;
        let Some(last) = ids.last() else { break };
        behind.clone_from(last);
        for id in ids {
            let (counted, found) = verify_supplier(app, &id).await?;
            events += counted;
            problems.extend(found);
        }
    }
    let tx = app.db.begin().await?;
    let now = now_in(app, &tx).await?;
    let problem_count = i64::try_from(problems.len()).unwrap_or(i64::MAX);
    for problem in problems.iter().take(KEPT) {
        tracing::error!(problem, "the books differ; payouts stop");
    }
    problems.truncate(KEPT);
    let accounts = store::ledger::count_accounts(&tx).await?;
    let id = app.ids.make(now);
    let found = Verification { id, accounts, orders, events, problems, problem_count, verified_at: now };
    store::verifications::insert(&tx, &found).await?;
    tx.commit().await?;
    Ok(found)
}

/// Checks the books once a day, and with them the metrics and ratings; the worker calls it. Answers what differs in
/// these: it is logged and stops nothing, as no money follows from it.
pub async fn verify_daily(app: &App) -> Result<Vec<String>> {
    let now = super::orders::now(app).await?;
    let last = store::verifications::last(&app.db).await?;
    if last.is_some_and(|last| now <= last.verified_at.plus(EVERY)) {
        return Ok(Vec::new());
    }
    verify(app).await?;
    let drifted = super::metrics::check(app).await?;
    for problem in drifted.iter().take(KEPT) {
        tracing::error!(problem, "metrics or ratings differ; payouts go on");
    }
    Ok(drifted)
}

/// What the last check found; operators only.
pub async fn last(app: &App, actor: &Actor) -> Result<Option<Verification>> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])?;
    Ok(store::verifications::last(&app.db).await?)
}

/// Checks one order under its lock, so that no command is half seen; answers its number of events and what differs.
async fn verify_order(app: &App, id: &str) -> Result<(i64, Vec<String>)> {
    let order: OrderId = id.parse().map_err(|_| anyhow::anyhow!("orders.id {id}"))?;
    let tx = app.db.begin().await?;
    let (order, now) = match lock_at(app, &tx, order).await {
        Ok(Some(found)) => found,
        Ok(None) => return Ok((0, Vec::new())),
        // Contents that cannot be read are a difference, too; the check goes on with the next order. A database that does
        // not answer is none: then there was no check.
        Err(super::Error::Internal(error)) if is_unreadable(&error) => {
            return Ok((0, vec![format!("{order}: {error:#}")]));
        }
        Err(other) => return Err(other),
    };
    let mut found = order_differences(&tx, &order).await?;
    found.extend(contract_differences(&tx, &order).await?);
    let (events, broken) = store::events::check_chain(&tx, EventSubject::Order(order.id)).await?;
    found.extend(broken);
    if found.is_empty() {
        tx.rollback().await?;
    } else {
        let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let event = EventDraft::new(EventType::BooksDiffer)
            .with("number", order.number.as_str())
            .with("status", order.status().as_str())
            .with("differences", count);
        store::events::append(&tx, &order, &[event], now, &app.ids).await?;
        tx.commit().await?;
        app.feed.appended();
    }
    Ok((events, found))
}

/// Checks one supplier's chain under its lock; answers its number of events and what differs.
async fn verify_supplier(app: &App, id: &str) -> Result<(i64, Option<String>)> {
    let supplier: SupplierId = id.parse().map_err(|_| anyhow::anyhow!("supplier.id {id}"))?;
    let tx = app.db.begin().await?;
    if store::catalogue::suppliers::lock(&tx, supplier).await?.is_none() {
        return Ok((0, None));
    }
    let found = store::events::check_chain(&tx, EventSubject::Supplier(supplier)).await?;
    tx.rollback().await?;
    Ok(found)
}

fn is_unreadable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<store::Error>().is_some_and(store::Error::is_unreadable)
}

/// What differs between an order's money and what its regions say of it.
async fn order_differences(tx: &Tx, order: &Order) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let id = order.id.to_string();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            found.push(format!("{id}: {what}"));
        }
    };
    let escrow = store::verifications::balance(tx, AccountKind::Escrow.as_str(), &id).await?;
    let held = order.position.held();
    demand(escrow == held, format!("escrow holds {escrow}, its movements say {held}"));
    let due = store::verifications::balance(tx, AccountKind::RefundDue.as_str(), &id).await?;
    let owed = order.owed_refunds();
    demand(due == owed, format!("{due} is due for refund, the refunds say {owed}"));
    let paid: i64 = order.instalments.iter().map(|part| part.paid_minor).sum();
    let position = order.position.paid;
    demand(paid == position, format!("instalments say {paid} was paid, the ledger {position}"));
    let asked: i64 = order.instalments.iter().map(|part| part.amount_minor).sum();
    let price = order.terms.total.0 + order.amended_back();
    demand(asked == price, format!("instalments ask for {asked}, the terms for {price}"));
    let status = order.status();
    demand(!status.is_terminal() || held == 0, format!("it is {status} and escrow holds {held}"));
    // What a service is made good with after the end is on its way then.
    let unpaid = match order.state {
        OrderState::Closed { closed_at, .. } => order
            .refunds
            .iter()
            .any(|refund| refund.requested_at < closed_at && refund.status != RefundStatus::Succeeded),
        _ => false,
    };
    demand(!unpaid, "it is CLOSED and a refund from before is still due".to_owned());
    // The fee of a share is rounded up like the share itself, and is given back with it.
    let fee = order.terms.fee.on(order.fee_base()).max(0) + 1;
    demand(order.position.fee <= fee, format!("the fee taken is more than {fee}"));
    for known in &order.inspections {
        let kept =
            store::verifications::balance(tx, AccountKind::InspectionEscrow.as_str(), &known.id.to_string())
                .await?;
        let fee = if known.fee == InspectionFeeStatus::Held { known.fee_minor } else { 0 };
        demand(kept == fee, format!("{} holds a fee of {kept}, and should hold {fee}", known.id));
    }
    Ok(found)
}

/// What differs between an order's terms and the contracts that were sealed.
async fn contract_differences(tx: &Tx, order: &Order) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let id = order.id.to_string();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            found.push(format!("{id}: {what}"));
        }
    };
    let hash = order.terms.hash().map_err(anyhow::Error::from)?;
    demand(hash == order.terms_hash, "the terms are not those of their hash".to_owned());
    let mut previous: Option<String> = None;
    for (document, hash, before) in store::verifications::contracts(tx, &id).await? {
        demand(
            sha256_hex(document.as_bytes()) == hash,
            format!("contract {hash} is not its document's hash"),
        );
        demand(before == previous, format!("contract {hash} does not follow the one before it"));
        previous = Some(hash);
    }
    let sealed = order.contract.as_ref().map(|head| head.hash.clone());
    demand(sealed == previous, "the order's contract is not the last one sealed".to_owned());
    demand(sealed.is_some() || !order.status().has_contract(), "its contract is gone".to_owned());
    let agreed = sealed.is_none_or(|hash| hash == order.terms_hash);
    demand(agreed, "its terms are not those of its contract".to_owned());
    Ok(found)
}
