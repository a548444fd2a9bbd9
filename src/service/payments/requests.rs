//! Refunds at the provider: asked for after the commit, told of by signed messages, tried again within bounds.

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::ids::{OrderId, RefundId, SuspenseItemId};
use crate::domain::order::{ActorKind, Command, RefundCommand};
use crate::domain::time::Span;
use crate::service::orders::{Envelope, Outcome, Persist, decide, lock_at, on_order, persist};
use crate::service::{Result, payouts, require_role, require_scope};
use crate::store::payments::{Pending, RequestKind};
use crate::store::{self, Tx};

use super::provider::ask;

/// How long a provider that could not be asked is left alone, times the tries so far.
const PATIENCE: Span = Span::seconds(60);
/// The longest such pause.
const LONGEST: i64 = 3_600;
/// Calls made in one go.
const BATCH: u32 = 100;

/// Asks the provider for every refund and payout that is owed; the worker calls it. One that fails holds up no other.
pub async fn work_off(app: &App) -> Result<()> {
    let now = app.clock.now();
    for kind in [RequestKind::Refund, RequestKind::Payout] {
        for call in store::payments::pending(&app.db, kind, now, BATCH).await? {
            let asked = if call.provider == app.provider.name() {
                ask(app, |connected| match kind {
                    RequestKind::Refund => connected.refund(&call.subject, call.amount),
                    RequestKind::Payout | RequestKind::CreateSession => {
                        connected.payout(&call.subject, call.amount)
                    }
                })
                .await
            } else {
                Ok(Err(super::ProviderError::NotConnected))
            };
            let noted = match asked {
                // It was asked, perhaps: what happened is found out by asking again under the same name.
                Err(error) => Err(error),
                Ok(Ok(())) => note_asked(app, kind, &call).await,
                Ok(Err(error)) => {
                    tracing::warn!(subject = call.subject, %error, "the provider could not be asked; it is tried again");
                    let pause = (PATIENCE.as_seconds() * (call.attempts + 1)).min(LONGEST);
                    let tx = app.db.begin().await?;
                    let until = now.plus(Span::seconds(pause));
                    store::payments::postpone(&tx, kind, &call.subject, until).await?;
                    Ok(tx.commit().await?)
                }
            };
            if let Err(error) = noted {
                tracing::error!(subject = call.subject, ?error, "a call to the provider could not be noted");
            }
        }
    }
    Ok(())
}

/// Notes that the provider has taken a call. A crash before this asks again under the same name, which does it once.
async fn note_asked(app: &App, kind: RequestKind, call: &Pending) -> Result<()> {
    let tx = app.db.begin().await?;
    if kind == RequestKind::Payout {
        payouts::submitted(&tx, &call.subject).await?;
    } else if let Ok(refund) = call.subject.parse::<RefundId>() {
        let command = RefundCommand::Submit { refund };
        move_refund(app, &tx, refund, command, ActorKind::Clock).await?;
    }
    if store::payments::finish(&tx, kind, call).await? {
        return Ok(tx.commit().await?);
    }
    // The provider's answer was faster than this note and had the call made again: that one is still to come.
    Ok(tx.rollback().await?)
}

/// Moves a refund of an order, if it still can be moved so; answers how often it has failed, and how often it may.
async fn move_refund(
    app: &App,
    tx: &Tx,
    refund: RefundId,
    command: RefundCommand,
    actor: ActorKind,
) -> Result<Option<(u32, u32)>> {
    let Some(order) = store::orders::of_region(tx, &refund.to_string()).await? else {
        tracing::warn!(%refund, "a provider names a refund that is not ours");
        return Ok(None);
    };
    let locked = lock_at(app, tx, order).await?;
    let (before, now) = locked.ok_or_else(|| anyhow::anyhow!("{order} is gone"))?;
    // Refused: it stands elsewhere by now, so there is no news.
    let Ok(step) = decide(app, tx, &before, (actor, &Command::Refund(command)), now).await? else {
        return Ok(None);
    };
    persist(app, tx, Persist { before: &before, untold: &[], step: &step, now }).await?;
    let limit = before.terms.policy.provider.refund_attempts;
    let failures = step.order.refunds.iter().find(|known| known.id == refund).map(|known| known.failures);
    Ok(failures.map(|failures| (failures, limit)))
}

/// T38 and its happier twin: how a refund ended, by the provider.
pub(super) async fn refund_ended(app: &App, tx: &Tx, subject: &str, failure: Option<&str>) -> Result<()> {
    if let Ok(item) = subject.parse::<SuspenseItemId>() {
        return super::suspense::refund_ended(app, tx, item, failure).await;
    }
    let Ok(refund) = subject.parse::<RefundId>() else {
        tracing::warn!(subject, "a provider names a refund that is not ours");
        return Ok(());
    };
    let command = RefundCommand::Report { refund, failure: failure.map(str::to_owned) };
    let Some((failures, limit)) = move_refund(app, tx, refund, command, ActorKind::Provider).await? else {
        return Ok(());
    };
    if failure.is_some() && failures < limit {
        // The liability stays where it is; the same refund is asked for again under the same name.
        let again = RefundCommand::Retry { refund };
        move_refund(app, tx, refund, again, ActorKind::Clock).await?;
        let at = app.clock.now().plus(Span::seconds(PATIENCE.as_seconds() * i64::from(failures)));
        store::payments::postpone(tx, RequestKind::Refund, subject, at).await?;
    }
    Ok(())
}

/// Has a failed refund asked for again; operators only.
pub async fn retry_refund(
    app: &App,
    actor: &Actor,
    order: OrderId,
    refund: RefundId,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])?;
    let input = serde_json::json!({ "order": order, "refund": refund });
    let command = Command::Refund(RefundCommand::Retry { refund });
    let name = (order, "retryRefund", input);
    on_order(app, actor, name, (Scope::PlatformOperate, &[ActorKind::Operator]), envelope, command).await
}
