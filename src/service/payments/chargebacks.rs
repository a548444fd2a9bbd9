//! What a provider tells of charge-backs.

use crate::app::App;
use crate::domain::error::{Code, Refusal};
use crate::domain::order::{ActorKind, ChargebackReport, Command};
use crate::service::orders::{Persist, decide, lock_at, persist};
use crate::service::{Error, Result};
use crate::store::{self, Tx};

/// Books what a provider tells of a charge-back. One that fits no payment of ours is refused, so that the provider
/// keeps the message until people have looked into it; one that is known tells nothing.
pub(super) async fn told(app: &App, tx: &Tx, report: &ChargebackReport) -> Result<()> {
    let unknown = || Error::Denied(Refusal::new(Code::NotFound, "No payment of ours has this id."));
    let order = store::orders::of_payment(tx, report.payment).await?.ok_or_else(unknown)?;
    let (before, now) = lock_at(app, tx, order).await?.ok_or_else(unknown)?;
    let command = Command::ReportChargeback(report.clone());
    let step = decide(app, tx, &before, (ActorKind::Provider, &command), now).await??;
    if step.events.is_empty() {
        return Ok(());
    }
    persist(app, tx, Persist { before: &before, untold: &[], step: &step, now }).await
}
