//! The way of a provider's message: signature over the raw bytes, taken once, applied under the order's lock.

use serde::Deserialize;

use crate::app::App;
use crate::domain::contract::sha256_hex;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::PaymentId;
use crate::domain::ledger::Posting;
use crate::domain::money::{Currency, MAXIMUM_MINOR, Money};
use crate::domain::order::{ActorKind, Command, PaymentReport, PaymentStatus, Step, SuspenseReason};
use crate::domain::time::Timestamp;
use crate::service::orders::{Persist, decide, lock_at, may_retry, now_in, persist};
use crate::service::{Error, Result};
use crate::store::payments::SuspenseItem;
use crate::store::{self, Tx};

use super::signature::verify;

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

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    payment_id: String,
    reference: String,
    amount_minor: String,
    currency: String,
    reason: Option<String>,
}

/// A message whose form was checked.
struct Report {
    payment: Option<PaymentId>,
    reference: String,
    amount: Money,
    verdict: PaymentReport,
}

/// Receives a provider's message. Forged, stale or re-encoded ones are refused; one that came before has no effect;
/// money that fits nothing is set aside and never lost.
pub async fn receive(app: &App, provider: &str, headers: &SignedHeaders, body: &[u8]) -> Result<()> {
    let denied = |code, message: &str| Err(Error::Denied(Refusal::new(code, message)));
    if provider != app.provider.name() {
        return denied(Code::NotFound, "No payment provider of this name is connected.");
    }
    if let Err(error) = verify(
        &app.webhook_secrets,
        &headers.id,
        &headers.timestamp,
        &headers.signature,
        body,
        app.clock.now(),
    ) {
        tracing::warn!(provider, id = headers.id, %error, "refused a provider's message");
        return denied(Code::Unauthenticated, "The signature does not hold.");
    }
    if headers.id.is_empty() || headers.id.len() > 200 {
        return denied(Code::BadRequest, "The message's id has 1 to 200 characters.");
    }
    let report = read(body).map_err(Error::Denied)?;
    let mut attempt = 1;
    loop {
        match try_receive(app, provider, headers, body, &report).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

fn read(body: &[u8]) -> std::result::Result<Report, Refusal> {
    let bad = |message: &str| Refusal::new(Code::BadRequest, message);
    let message: Message =
        serde_json::from_slice(body).map_err(|_| bad("The message is not of the documented form."))?;
    let data = message.data;
    let currency = Currency::parse(&data.currency).map_err(|_| bad("The currency is unknown."))?;
    let minor: i64 = data.amount_minor.parse().map_err(|_| bad("The amount is no whole number."))?;
    if minor <= 0 {
        return Err(bad("The amount is more than zero."));
    }
    if minor > MAXIMUM_MINOR {
        return Err(bad("The amount is larger than any payment can be."));
    }
    if data.reference.is_empty() || data.reference.len() > 200 {
        return Err(bad("The reference has 1 to 200 characters."));
    }
    let texts = [Some(&data.reference), data.reason.as_ref()];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err(bad("No text may hold the character U+0000."));
    }
    let amount = Money::new(minor, currency);
    let reference = data.reference;
    let report = match message.kind.as_str() {
        "payment.processing" => PaymentReport::Processing,
        "payment.succeeded" => PaymentReport::Succeeded { amount, reference: reference.clone() },
        "payment.failed" => PaymentReport::Failed {
            reason: data.reason.unwrap_or_else(|| "The provider gave no reason.".to_owned()),
        },
        _ => return Err(bad("The message's type is unknown.")),
    };
    Ok(Report { payment: data.payment_id.parse().ok(), reference, amount, verdict: report })
}

async fn try_receive(
    app: &App,
    provider: &str,
    headers: &SignedHeaders,
    body: &[u8],
    report: &Report,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let taken =
        store::payments::take_message(&tx, provider, &headers.id, &sha256_hex(body), app.clock.now()).await?;
    if !taken {
        return Ok(tx.rollback().await?);
    }
    let order = match report.payment {
        Some(payment) => store::orders::of_payment(&tx, payment).await?.map(|order| (order, payment)),
        None => None,
    };
    match order {
        Some((order, payment)) => {
            let locked = lock_at(app, &tx, order).await?;
            let (before, now) = locked.ok_or_else(|| anyhow::anyhow!("{order} is gone"))?;
            let command = Command::ReportPayment { payment, report: report.verdict.clone() };
            let step = decide(app, &tx, &before, (ActorKind::Provider, &command), now).await??;
            // A report that is no news tells nothing; then the order keeps its version, too.
            if !step.events.is_empty() && set_aside(app, &tx, provider, &step, payment, now).await? {
                persist(app, &tx, Persist { before: &before, untold: &[], step: &step, now }).await?;
            }
        }
        None => unknown(app, &tx, provider, report).await?,
    }
    tx.commit().await?;
    app.feed.appended();
    Ok(())
}

/// Notes money that a step sets aside; false where the same money was set aside before, under another message. The same
/// reference with another amount is other money.
async fn set_aside(
    app: &App,
    tx: &Tx,
    provider: &str,
    step: &Step,
    payment: PaymentId,
    now: Timestamp,
) -> Result<bool> {
    let Some((reason, amount, reference)) = &step.suspense else { return Ok(true) };
    // Whatever became of the order since: a closed one answers LATE to everything.
    let booked = step.order.payments.iter().any(|known| {
        known.id == payment
            && known.status == PaymentStatus::Succeeded
            && known.provider_reference.as_deref() == Some(reference)
            && step.order.money(known.amount_minor) == *amount
    });
    if booked {
        // The provider tells the same success under a new id: the money was booked already.
        return Ok(false);
    }
    let item = SuspenseItem {
        id: app.ids.make(now),
        provider: provider.to_owned(),
        provider_reference: reference.clone(),
        payment: Some(payment),
        order: Some(step.order.id),
        amount: *amount,
        reason: *reason,
    };
    Ok(store::payments::set_aside(tx, &item, now).await?)
}

/// Money for a payment that is not ours: set aside without an order.
async fn unknown(app: &App, tx: &Tx, provider: &str, report: &Report) -> Result<()> {
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
    };
    if store::payments::set_aside(tx, &item, now).await? {
        let posting = Posting::suspense(provider, &report.reference, None, report.amount);
        let context = store::ledger::Context { ids: &app.ids, now, contract_version: None };
        store::ledger::post(tx, &[posting], context).await?;
    }
    Ok(())
}
