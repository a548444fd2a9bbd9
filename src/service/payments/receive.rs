//! The way of a provider's message: signature over the raw bytes, taken once, applied under the order's lock.

use crate::app::App;
use crate::domain::contract::sha256_hex;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::PaymentId;
use crate::domain::ledger::Posting;
use crate::domain::order::{
    ActorKind, Command, InspectionCommand, PaymentReport, PaymentStatus, Step, SuspenseReason,
};
use crate::domain::suspense::{SuspenseItem, SuspenseStatus};
use crate::domain::time::Timestamp;
use crate::faults::Place;
use crate::service::orders::{Persist, decide, lock_at, may_retry, now_in, persist};
use crate::service::{Error, Result, payouts};
use crate::store::{self, Tx};

use super::message::{Message, PaymentMessage, read};
use super::signature::verify;
use super::{chargebacks, requests, suspense};

/// The headers of the Standard Webhooks specification.
#[derive(Debug, Clone)]
pub struct SignedHeaders {
    /// `webhook-id`: the same over all attempts.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: one or more, space-separated.
    pub signature: String,
}

/// Receives a provider's message. Forged, stale or re-encoded ones are refused; one that came before has no effect;
/// money that fits nothing is set aside and never lost.
pub async fn receive(app: &App, provider: &str, headers: &SignedHeaders, body: &[u8]) -> Result<()> {
    receive_at(app, provider, headers, body, app.clock.now()).await
}

/// The same for a message that comes at an instant.
pub(super) async fn receive_at(
    app: &App,
    provider: &str,
    headers: &SignedHeaders,
    body: &[u8],
    now: Timestamp,
) -> Result<()> {
    let denied = |code, message: &str| Err(Error::Denied(Refusal::new(code, message)));
    if provider != app.provider.name() {
        return denied(Code::NotFound, "No payment provider of this name is connected.");
    }
    if let Err(error) =
        verify(&app.webhook_secrets, &headers.id, &headers.timestamp, &headers.signature, body, now)
    {
        tracing::warn!(provider, id = harmless(&headers.id), %error, "refused a provider's message");
        return denied(Code::Unauthenticated, "The signature does not hold.");
    }
    if headers.id.is_empty() || headers.id.len() > 200 {
        return denied(Code::BadRequest, "The message's id has 1 to 200 characters.");
    }
    let message = read(body).map_err(Error::Denied)?;
    let mut attempt = 1;
    loop {
        match try_receive(app, provider, (headers, body, &message), now).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

/// The id of a message that anybody may have sent, where it can do no harm in a log.
fn harmless(id: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (id.len() <= 64 && id.bytes().all(is_plain)).then_some(id)
}

async fn try_receive(
    app: &App,
    provider: &str,
    (headers, body, message): (&SignedHeaders, &[u8], &Message),
    now: Timestamp,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let taken = store::payments::take_message(&tx, provider, &headers.id, &sha256_hex(body), now).await?;
    if !taken {
        return Ok(tx.rollback().await?);
    }
    apply(app, &tx, provider, message).await?;
    tx.commit().await?;
    app.committed();
    Ok(app.faults().at(Place::BeforeReply).await?)
}

/// Books what a provider tells, whether it sent it or was asked for it.
pub(super) async fn apply(app: &App, tx: &Tx, provider: &str, message: &Message) -> Result<()> {
    match message {
        Message::Payment(report) => payment(app, tx, provider, report).await,
        Message::Refund { subject, failure } => {
            requests::refund_ended(app, tx, subject, failure.as_deref()).await
        }
        Message::Chargeback(report) => Box::pin(chargebacks::told(app, tx, provider, report)).await,
        Message::Payout { subject, report } => payouts::ended(app, tx, subject, report).await,
    }
}

pub(super) async fn payment(app: &App, tx: &Tx, provider: &str, report: &PaymentMessage) -> Result<()> {
    let order = match report.payment {
        Some(payment) => store::orders::of_payment(tx, payment).await?.map(|order| (order, payment)),
        None => None,
    };
    let Some((order, payment)) = order else { return unknown(app, tx, provider, report).await };
    let locked = lock_at(app, tx, order).await?;
    let (before, now) = locked.ok_or_else(|| anyhow::anyhow!("{order} is gone"))?;
    let report = report.verdict.clone();
    let command = if before.inspection_of_payment(payment).is_some() {
        Command::Inspection(InspectionCommand::ReportPayment { payment, report })
    } else {
        Command::ReportPayment { payment, report }
    };
    let step = decide(app, tx, &before, (ActorKind::Provider, &command), now).await??;
    // A report that is no news tells nothing; then the order keeps its version, too.
    if step.events.is_empty() {
        return Ok(());
    }
    let persisted = Persist { before: &before, untold: &[], step: &step, now };
    if step.suspense.is_none() {
        return persist(app, tx, persisted).await;
    }
    let Some(item) = set_aside(app, tx, provider, &step, payment, now).await? else { return Ok(()) };
    persist(app, tx, persisted).await?;
    suspense::give_back_at_once(app, tx, &item, now).await
}

/// Notes money that a step sets aside; none where the same money was set aside before, under another message. The same
/// reference with another amount is other money.
async fn set_aside(
    app: &App,
    tx: &Tx,
    provider: &str,
    step: &Step,
    payment: PaymentId,
    now: Timestamp,
) -> Result<Option<SuspenseItem>> {
    let Some((reason, amount, reference)) = &step.suspense else { return Ok(None) };
    // Whatever became of the order since: a closed one answers LATE to everything.
    let booked = step.order.payment_session(payment).is_some_and(|known| {
        known.status == PaymentStatus::Succeeded
            && known.provider_reference == Some(reference.as_str())
            && step.order.money(known.amount_minor) == *amount
    });
    if booked {
        // The provider tells the same success under a new id: the money was booked already.
        return Ok(None);
    }
    let item = SuspenseItem {
        id: app.ids.make(now),
        provider: provider.to_owned(),
        provider_reference: reference.clone(),
        // The payment of a fee lives in its inspection.
        payment: step.order.payments.iter().any(|known| known.id == payment).then_some(payment),
        order: Some(step.order.id),
        amount: *amount,
        reason: *reason,
        status: SuspenseStatus::Open,
        refund_minor: None,
        failure: None,
        assigned_minor: 0,
        chargebacks: Vec::new(),
        created_at: now,
    };
    Ok(store::payments::set_aside(tx, &item).await?.then_some(item))
}

/// Money for a payment that is not ours: set aside without an order.
async fn unknown(app: &App, tx: &Tx, provider: &str, report: &PaymentMessage) -> Result<()> {
    if !matches!(report.verdict, PaymentReport::Succeeded { .. }) {
        return Ok(());
    }
    let now = now_in(app, tx).await?;
    let item = SuspenseItem {
        id: app.ids.make(now),
        provider: provider.to_owned(),
        provider_reference: report.reference.clone(),
        payment: None,
        order: None,
        amount: report.amount,
        reason: SuspenseReason::UnknownPayment,
        status: SuspenseStatus::Open,
        refund_minor: None,
        failure: None,
        assigned_minor: 0,
        chargebacks: Vec::new(),
        created_at: now,
    };
    if store::payments::set_aside(tx, &item).await? {
        let posting = Posting::suspense(provider, &report.reference, None, report.amount);
        let context = store::ledger::Context { ids: &app.ids, now, contract_version: None };
        store::ledger::post(tx, &[posting], context).await?;
    }
    Ok(())
}
