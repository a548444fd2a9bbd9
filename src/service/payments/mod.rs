//! Payments: sessions opened at a provider, and the signed messages that it sends back.
//!
//! The provider is asked after the commit and never inside a transaction: the session is first a row that says what
//! is owed to the provider, so a crash between the two loses nothing and [`open_pending_sessions`] does it later.

pub mod calls;
mod chargebacks;
pub mod gateway;
mod janitor;
mod message;
pub mod provider;
mod receive;
mod requests;
pub mod sandbox;
mod sessions;
pub mod signature;
pub mod suspense;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::ids::{InstalmentId, OrderId, PaymentId};
use crate::domain::order::Command;
use crate::store;

use super::orders::{Envelope, Outcome, open_payment};
use super::{Result, require_scope};

pub use janitor::ask_about;
pub use provider::{Provider, ProviderError};
pub use receive::{SignedHeaders, receive};
pub use requests::{retry_refund, work_off};
pub use sessions::open_pending_sessions;
pub(in crate::service) use sessions::open_session;

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
        Box::pin(open_session(app, payment)).await?;
        if let Some(found) = store::orders::load(&app.db, &[order]).await?.pop() {
            outcome.order = found;
        }
    }
    Ok(outcome)
}

/// The command that opens a payment, for the envelope of orders.
pub(super) fn open_command(
    payment: PaymentId,
    (instalment, use_credit): (Option<InstalmentId>, bool),
    provider: &str,
) -> Command {
    Command::OpenPayment { payment, instalment, provider: provider.to_owned(), use_credit }
}
