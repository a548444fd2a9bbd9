//! A payment provider of our own that settles on command: it signs and sends what a real one would.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{PaymentId, ProviderMessageId};
use crate::domain::money::Money;
use crate::service::orders::part_of;
use crate::service::{Error, Result, require_scope};
use crate::store;

use super::provider::Session;
use super::receive::{SignedHeaders, receive};
use super::signature::sign;

/// The sandbox's provider.
#[derive(Debug)]
pub struct SandboxProvider {
    /// Its webhook secret, `whsec_…`.
    pub secret: String,
}

impl SandboxProvider {
    /// Its name.
    pub const NAME: &'static str = "sandbox";

    /// Opens a session: the name and the page follow from the payment, so that asking twice answers the same.
    pub fn open_session(&self, payment: PaymentId, amount: Money) -> Session {
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
    require_scope(actor, Scope::EscrowWrite)?;
    let super::Provider::Sandbox(provider) = &app.provider else {
        return Err(Error::Denied(Refusal::new(
            Code::SandboxOnly,
            "Only a sandbox settles payments on command.",
        )));
    };
    let not_found = || Refusal::not_found("payment").at(&["input", "paymentId"]);
    let order = store::orders::of_payment(&app.db, payment).await?.ok_or_else(not_found)?;
    let order =
        store::orders::load(&app.db, &[order]).await?.pop().filter(|order| part_of(actor, order).is_some());
    let order = order.ok_or_else(not_found)?;
    let known = order.payments.iter().find(|known| known.id == payment).ok_or_else(not_found)?;
    let amount = amount.unwrap_or_else(|| order.money(known.amount_minor));
    let kind = match outcome {
        Outcome::Processing => "payment.processing",
        Outcome::Succeeded => "payment.succeeded",
        Outcome::Failed => "payment.failed",
    };
    let body = json!({
        "type": kind,
        "data": {
            "paymentId": payment,
            "reference": provider.open_session(payment, amount).reference,
            "amountMinor": amount.minor.to_string(),
            "currency": amount.currency,
            "reason": (outcome == Outcome::Failed).then_some("The sandbox was told to fail it."),
        },
    })
    .to_string();
    let now = app.clock.now();
    let id = app.ids.make::<ProviderMessageId>(now).to_string();
    let timestamp = now.seconds().to_string();
    let signature = sign(&provider.secret, &id, &timestamp, body.as_bytes()).map_err(anyhow::Error::from)?;
    receive(app, SandboxProvider::NAME, &SignedHeaders { id, timestamp, signature }, body.as_bytes()).await?;
    let order = store::orders::load(&app.db, &[order.id]).await?.pop();
    Ok(order.ok_or_else(|| anyhow::anyhow!("the order is gone"))?)
}
