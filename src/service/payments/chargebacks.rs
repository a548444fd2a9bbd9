//! What a provider tells of charge-backs: of an order's payment, of money that was set aside, or of both where an order took
//! a part of it.

use crate::app::App;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::PaymentId;
use crate::domain::money::Money;
use crate::domain::order::{ActorKind, ChargebackReport, Command, Order, PaymentStatus, can_be_charged_back};
use crate::domain::suspense::{SuspenseChargebackReport, SuspenseItem};
use crate::domain::time::Timestamp;
use crate::service::orders::{Persist, decide, lock_at, now_in, persist};
use crate::service::{Error, Result};
use crate::store::{self, Tx};

use super::message::ChargebackMessage;
use super::suspense;

/// What a charge-back is of, all of it locked.
struct Found {
    order: Option<Order>,
    /// The order's payment that brought the money, or else the one that is named.
    payment: Option<PaymentId>,
    items: Vec<SuspenseItem>,
    now: Timestamp,
}

/// How much of a charge-back is the order's, and how much one of set-aside money, with its place in the list.
struct Split {
    order_minor: i64,
    item: Option<(usize, i64)>,
}

/// Books what a provider tells of a charge-back. One that fits no money of ours is refused, so that the provider keeps the
/// message until people have looked into it; one that is known tells nothing.
pub(super) async fn told(app: &App, tx: &Tx, provider: &str, message: &ChargebackMessage) -> Result<()> {
    let found = find(app, tx, provider, message).await?;
    let parts = split(&found, message);
    if let (Some(order), Some(payment)) = (&found.order, found.payment)
        && parts.order_minor > 0
    {
        let report = ChargebackReport {
            payment,
            reference: message.reference.clone(),
            amount: Money::new(parts.order_minor, message.amount.currency),
            reason: message.reason.clone(),
            verdict: message.verdict,
        };
        let command = Command::ReportChargeback(report);
        let step = decide(app, tx, order, (ActorKind::Provider, &command), found.now).await??;
        if !step.events.is_empty() {
            persist(app, tx, Persist { before: order, untold: &[], step: &step, now: found.now }).await?;
        }
    } else if parts.item.is_none() {
        return Err(Error::Denied(Refusal::new(Code::NotFound, "No payment of ours has this id.")));
    }
    let Some((place, amount_minor)) = parts.item else { return Ok(()) };
    let Some(item) = found.items.get(place) else { return Ok(()) };
    let report = SuspenseChargebackReport {
        reference: message.reference.clone(),
        amount_minor,
        reason: message.reason.clone(),
        verdict: message.verdict,
    };
    match item.charge_back(&report, found.now) {
        Some((after, postings)) => suspense::write(app, tx, &after, &postings, found.now).await,
        None => Ok(()),
    }
}

/// Finds and locks what the message may be about: the order first, then what was set aside.
async fn find(app: &App, tx: &Tx, provider: &str, message: &ChargebackMessage) -> Result<Found> {
    let named = match message.payment {
        Some(payment) => store::orders::of_payment(tx, payment).await?,
        None => None,
    };
    let mut reference = message.payment_reference.clone();
    if let (Some(id), Some(payment), None) = (named, message.payment, &reference) {
        // Set-aside money of an inspection's fee is known by the provider's name of the payment only.
        let order = store::orders::load(tx, &[id]).await?.pop();
        reference = order.and_then(|order| {
            let session = order.payment_session(payment)?;
            session.provider_reference.map(str::to_owned)
        });
    }
    let known =
        store::payments::items_of_payment(tx, provider, message.payment, reference.as_deref()).await?;
    let id = named.or_else(|| known.iter().find_map(|item| item.order));
    let locked = match id {
        Some(id) => lock_at(app, tx, id).await?,
        None => None,
    };
    let (order, now) = match locked {
        Some((order, now)) => (Some(order), now),
        None => (None, now_in(app, tx).await?),
    };
    let mut items = Vec::new();
    for item in known {
        let item = store::payments::lock_item(tx, item.id).await?;
        let item = item.ok_or_else(|| anyhow::anyhow!("set-aside money is gone"))?;
        if item.order.is_some_and(|of| Some(of) != id) {
            // An operator gave it to an order in this moment, which is to be locked first.
            return Err(store::Error::Retry.into());
        }
        items.push(item);
    }
    let payment = order.as_ref().and_then(|order| payment_of(order, provider, message));
    Ok(Found { order, payment: payment.or(message.payment), items, now })
}

/// The payment of the order that brought the money: by the provider's own name of it, where that is told, else by ours.
fn payment_of(order: &Order, provider: &str, message: &ChargebackMessage) -> Option<PaymentId> {
    let came = || order.payments.iter().filter(|known| known.status == PaymentStatus::Succeeded);
    let by_name = message.payment_reference.as_deref().and_then(|name| {
        came().find(|known| known.provider == provider && known.provider_reference.as_deref() == Some(name))
    });
    let ours = || came().find(|known| Some(known.id) == message.payment);
    by_name.or_else(ours).map(|known| known.id)
}

fn split(found: &Found, message: &ChargebackMessage) -> Split {
    let (reference, amount) = (message.reference.as_str(), message.amount.minor);
    let known = found.items.iter().position(|item| item.knows_chargeback(reference));
    let order_knows = found
        .order
        .as_ref()
        .and_then(|order| order.chargebacks.iter().find(|known| known.reference == reference))
        .map(|known| known.amount_minor);
    if known.is_some() || order_knows.is_some() {
        return Split { order_minor: order_knows.unwrap_or(0), item: known.map(|place| (place, amount)) };
    }
    let room = match (&found.order, found.payment) {
        (Some(order), Some(payment)) if order.terms.currency == message.amount.currency => {
            can_be_charged_back(order, payment)
        }
        _ => 0,
    };
    let with_room = |rest: i64, assigned: bool| {
        found.items.iter().position(|item| {
            item.amount.currency == message.amount.currency
                && (!assigned || item.assigned_minor > 0)
                && item.can_be_charged_back() >= rest
        })
    };
    if room >= amount {
        return Split { order_minor: amount, item: None };
    }
    // What the bank calls one payment may have been divided: the order took what was due, the rest went back.
    if let Some(place) = with_room(amount - room, true).filter(|_| room > 0) {
        return Split { order_minor: room, item: Some((place, amount - room)) };
    }
    match with_room(amount, false) {
        Some(place) => Split { order_minor: 0, item: Some((place, amount)) },
        // The order says what is wrong with it.
        None => Split { order_minor: if found.order.is_some() { amount } else { 0 }, item: None },
    }
}
