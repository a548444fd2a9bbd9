//! A payment provider of our own that settles on command: it signs and sends what a real one would.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{PaymentId, PayoutId, ProviderMessageId, RefundId};
use crate::domain::money::Money;
use crate::domain::order::ChargebackVerdict;
use crate::service::orders::part_of;
use crate::service::{Error, Result, require_scope};
use crate::store;

use super::provider::Session;
use super::receive::{SignedHeaders, receive_at};
use super::signature::sign;

/// The sandbox's provider.
pub struct SandboxProvider {
    /// Its webhook secret, `whsec_…`.
    pub secret: String,
}

impl std::fmt::Debug for SandboxProvider {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SandboxProvider")
    }
}

impl SandboxProvider {
    /// Its name.
    pub const NAME: &'static str = "sandbox";

    /// Opens a session: the name and the page follow from the payment, so that asking twice answers the same.
    pub fn open_session(&self, payment: &str, amount: Money) -> Session {
        let reference = format!("sandbox_{payment}");
        Session {
            url: format!("https://pay.sandbox.surety.invalid/{reference}?amount={}", amount.minor),
            reference,
        }
    }
}

/// How a sandbox payment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The provider waits for the money.
    Processing,
    /// The money came.
    Succeeded,
    /// No money will come.
    Failed,
}

/// Makes the sandbox's provider send the signed message of a payment's outcome. The message takes the same way as a
/// real one. `amount` lets a partner see what another amount does.
pub async fn settle(
    app: &App,
    actor: &Actor,
    payment: PaymentId,
    outcome: Outcome,
    amount: Option<Money>,
) -> Result<crate::domain::order::Order> {
    let (provider, order, due) = paid_by(app, actor, payment).await?;
    let amount = amount.unwrap_or(due);
    let kind = match outcome {
        Outcome::Processing => "payment.processing",
        Outcome::Succeeded => "payment.succeeded",
        Outcome::Failed => "payment.failed",
    };
    let body = json!({
        "type": kind,
        "data": {
            "paymentId": payment,
            "reference": provider.open_session(&payment.to_string(), amount).reference,
            "amountMinor": amount.minor.to_string(),
            "currency": amount.currency,
            "reason": (outcome == Outcome::Failed).then_some("The sandbox was told to fail it."),
        },
    })
    .to_string();
    send(app, provider, &body).await?;
    read_again(app, &order).await
}

/// Makes the sandbox's provider send the signed message of a charge-back of a payment. One reference is one
/// charge-back, whatever is told of it.
pub async fn charge_back(
    app: &App,
    actor: &Actor,
    payment: PaymentId,
    (verdict, reference, amount): (ChargebackVerdict, Option<String>, Option<Money>),
) -> Result<crate::domain::order::Order> {
    let (provider, order, paid) = paid_by(app, actor, payment).await?;
    let amount = amount.unwrap_or(paid);
    let kind = match verdict {
        ChargebackVerdict::Opened => "chargeback.opened",
        ChargebackVerdict::Won => "chargeback.won",
        ChargebackVerdict::Lost => "chargeback.lost",
    };
    let body = json!({
        "type": kind,
        "data": {
            "paymentId": payment,
            "reference": reference.unwrap_or_else(|| format!("sandbox_chargeback_of_{payment}")),
            "amountMinor": amount.minor.to_string(),
            "currency": amount.currency,
            "reason": "The sandbox was told to.",
        },
    })
    .to_string();
    send(app, provider, &body).await?;
    read_again(app, &order).await
}

/// The sandbox's provider, the order of a payment that the actor may see, and the payment's amount.
async fn paid_by<'a>(
    app: &'a App,
    actor: &Actor,
    payment: PaymentId,
) -> Result<(&'a SandboxProvider, crate::domain::order::Order, Money)> {
    require_scope(actor, Scope::EscrowWrite)?;
    let provider = connected(app)?;
    let not_found = || Refusal::not_found("payment").at(&["input", "paymentId"]);
    let order = store::orders::of_payment(&app.db, payment).await?.ok_or_else(not_found)?;
    let order =
        store::orders::load(&app.db, &[order]).await?.pop().filter(|order| part_of(actor, order).is_some());
    let order = order.ok_or_else(not_found)?;
    let known = order.payment_session(payment).ok_or_else(not_found)?;
    let amount = order.money(known.amount_minor);
    Ok((provider, order, amount))
}

async fn read_again(app: &App, order: &crate::domain::order::Order) -> Result<crate::domain::order::Order> {
    let order = store::orders::load(&app.db, &[order.id]).await?.pop();
    Ok(order.ok_or_else(|| anyhow::anyhow!("the order is gone"))?)
}

/// Signs a message as a real provider would, and sends it the same way. It comes at the instant that it was signed at: a clock that is
/// moved by hand may jump between the two.
async fn send(app: &App, provider: &SandboxProvider, body: &str) -> Result<()> {
    let now = app.clock.now();
    let id = app.ids.make::<ProviderMessageId>(now).to_string();
    let timestamp = now.seconds().to_string();
    let signature = sign(&provider.secret, &id, &timestamp, body.as_bytes()).map_err(anyhow::Error::from)?;
    let headers = SignedHeaders { id, timestamp, signature };
    receive_at(app, SandboxProvider::NAME, &headers, body.as_bytes(), now).await
}

fn connected(app: &App) -> Result<&SandboxProvider> {
    match &app.provider {
        super::Provider::Sandbox(provider) if app.config.is_sandbox() => Ok(provider),
        super::Provider::Sandbox(_) | super::Provider::Gateway(_) => {
            Err(Error::Denied(Refusal::new(Code::SandboxOnly, "Only a sandbox settles payments on command.")))
        }
    }
}

/// Lets every refund and payout arrive that the sandbox's provider was asked for; the worker calls it, so that a partner
/// has a few seconds to say otherwise.
pub async fn settle_asked(app: &App) -> Result<()> {
    let super::Provider::Sandbox(provider) = &app.provider else { return Ok(()) };
    let now = crate::service::orders::now(app).await?;
    let refunds = store::orders::submitted_refunds(&app.db, now).await?;
    let items = store::payments::asked_items(&app.db).await?;
    let names = refunds.iter().map(ToString::to_string).chain(items.iter().map(ToString::to_string));
    for name in names {
        let body = json!({ "type": "refund.succeeded", "data": { "refundId": name } }).to_string();
        send(app, provider, &body).await?;
    }
    for payout in store::payouts::submitted(&app.db, now).await? {
        let body = json!({ "type": "payout.paid", "data": { "payoutId": payout } }).to_string();
        send(app, provider, &body).await?;
    }
    Ok(())
}

/// How a sandbox refund or payout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The money arrives.
    Arrived,
    /// It cannot be sent.
    Failed,
    /// It arrived and comes back; payouts only.
    Returned,
}

/// Makes the sandbox's provider send the signed message of a refund's end.
pub async fn settle_refund(
    app: &App,
    actor: &Actor,
    refund: RefundId,
    end: End,
) -> Result<crate::domain::order::Order> {
    require_scope(actor, Scope::EscrowWrite)?;
    let provider = connected(app)?;
    let not_found = || Refusal::not_found("refund").at(&["input", "refundId"]);
    let id = store::orders::of_region(&app.db, &refund.to_string()).await?.ok_or_else(not_found)?;
    let order = store::orders::load(&app.db, &[id]).await?.pop();
    order.filter(|order| part_of(actor, order).is_some()).ok_or_else(not_found)?;
    let kind = if end == End::Arrived { "refund.succeeded" } else { "refund.failed" };
    let reason = (end != End::Arrived).then_some("The sandbox was told to fail it.");
    let body = json!({ "type": kind, "data": { "refundId": refund, "reason": reason } }).to_string();
    send(app, provider, &body).await?;
    let order = store::orders::load(&app.db, &[id]).await?.pop();
    Ok(order.ok_or_else(|| anyhow::anyhow!("the order is gone"))?)
}

/// Makes the sandbox's provider send the signed message of a payout's end.
pub async fn settle_payout(
    app: &App,
    actor: &Actor,
    payout: PayoutId,
    end: End,
) -> Result<crate::domain::payout::Payout> {
    require_scope(actor, Scope::EscrowWrite)?;
    let provider = connected(app)?;
    let not_found = || Refusal::not_found("payout").at(&["input", "payoutId"]);
    crate::service::payouts::named(app, actor, payout).await?.ok_or_else(not_found)?;
    let (kind, reason) = match end {
        End::Arrived => ("payout.paid", None),
        End::Failed => ("payout.failed", Some("The sandbox was told to fail it.")),
        End::Returned => ("payout.returned", Some("The sandbox was told to return it.")),
    };
    let body = json!({ "type": kind, "data": { "payoutId": payout, "reason": reason } }).to_string();
    send(app, provider, &body).await?;
    let found = crate::service::payouts::named(app, actor, payout).await?;
    Ok(found.ok_or_else(|| anyhow::anyhow!("the payout is gone"))?)
}
