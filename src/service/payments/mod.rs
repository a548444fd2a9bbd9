//! Payments: sessions opened at a provider, and the signed messages that it sends back.
//!
//! The provider is asked after the commit and never inside a transaction: the session is first a row that says what
//! is owed to the provider, so a crash between the two loses nothing and [`open_pending_sessions`] does it later.

mod chargebacks;
mod message;
pub mod provider;
mod receive;
mod requests;
pub mod sandbox;
pub mod signature;
pub mod suspense;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::Refusal;
use crate::domain::ids::{InstalmentId, OrderId, PaymentId};
use crate::domain::money::Money;
use crate::domain::order::{Command, PaymentStatus};
use crate::store;

use super::orders::{Envelope, Outcome, may_retry, open_payment};
use super::{Result, require_scope};

pub use provider::{Provider, ProviderError};
pub use receive::{SignedHeaders, receive};
pub use requests::{retry_refund, work_off};

/// Opens a session to pay an instalment: the first one that is due, unless another is named. The buyer's credit pays as
/// much of it as it can, where that is wanted (PO13).
pub async fn create_session(
    app: &App,
    actor: &Actor,
    order: OrderId,
    (instalment, use_credit): (Option<InstalmentId>, bool),
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::EscrowWrite)?;
    let provider = app.provider.name();
    let mut outcome = open_payment(app, actor, order, (instalment, use_credit), provider, envelope).await?;
    // Where the buyer's credit covers all of it, no provider is asked.
    let asked = |payment: &PaymentId| outcome.order.payments.iter().any(|known| known.id == *payment);
    if let Some(payment) = outcome.made.payment.filter(asked).filter(|_| !envelope.validate_only) {
        open_session(app, payment, provider).await?;
        if let Some(found) = store::orders::load(&app.db, &[order]).await?.pop() {
            outcome.order = found;
        }
    }
    Ok(outcome)
}

/// Asks the provider for a session and notes its answer; a lost transaction is tried again.
pub(super) async fn open_session(app: &App, payment: PaymentId, provider: &str) -> Result<()> {
    let mut attempt = 1;
    loop {
        match try_open_session(app, payment, provider).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_open_session(app: &App, payment: PaymentId, provider: &str) -> Result<()> {
    let order = store::orders::of_payment(&app.db, payment).await?;
    let Some(order) = order else { return Err(Refusal::not_found("payment").into()) };
    let order = store::orders::load(&app.db, &[order]).await?.pop();
    let known = order.as_ref().and_then(|order| order.payment_session(payment).map(|known| (order, known)));
    let Some((order, known)) = known else { return Err(Refusal::not_found("payment").into()) };
    if known.session_url.is_some() {
        return Ok(());
    }
    let amount = Money::new(known.amount_minor, order.terms.currency);
    let session = if provider == app.provider.name() {
        provider::ask(app, |connected| connected.open_session(payment, amount)).await?
    } else {
        Err(ProviderError::NotConnected)
    };
    let tx = app.db.begin().await?;
    // Commands rewrite payments under the order's lock; so does this.
    let locked = store::orders::lock(&tx, order.id).await?;
    let open = locked.filter(|order| {
        order.payment_session(payment).is_some_and(|known| known.status == PaymentStatus::Created)
    });
    match (session, open) {
        (Ok(session), Some(order)) => {
            let now = app.clock.now();
            store::payments::open_session(&tx, payment, &session.reference, &session.url, now).await?;
            let noted = order.with_fee_session(payment, &session.reference, &session.url);
            store::orders::apply_regions(&tx, &order, &noted, now).await?;
        }
        // Nobody will pay by it any more.
        (Ok(_), None) => store::payments::give_session_up(&tx, payment).await?,
        (Err(error), _) => {
            tracing::warn!(%payment, %error, "the provider opened no session");
            store::payments::give_session_up(&tx, payment).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Opens the sessions that a crash or a failure left over; the worker calls it.
pub async fn open_pending_sessions(app: &App) -> Result<()> {
    for (payment, provider) in store::payments::pending_sessions(&app.db, app.clock.now(), 100).await? {
        // One that fails holds up no other; it is looked at again in the next round.
        if let Err(error) = open_session(app, payment, &provider).await {
            tracing::error!(%payment, ?error, "a payment session could not be opened");
        }
    }
    Ok(())
}

/// The command that opens a payment, for the envelope of orders.
pub(super) fn open_command(
    payment: PaymentId,
    (instalment, use_credit): (Option<InstalmentId>, bool),
    provider: &str,
) -> Command {
    Command::OpenPayment { payment, instalment, provider: provider.to_owned(), use_credit }
}
