//! Refunds at the provider: asked for after the commit, told of by signed messages, tried again within bounds.

use futures_util::future::join_all;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::ids::{OrderId, RefundId, SuspenseItemId};
use crate::domain::order::{ActorKind, Command, RefundCommand};
use crate::domain::payout::PayoutReport;
use crate::domain::provider::{ProviderCall, RequestKind};
use crate::domain::time::Span;
use crate::service::orders::{Envelope, Outcome, Persist, decide, lock_at, on_order, persist};
use crate::service::{Result, payouts, require_role, require_scope};
use crate::store::{self, Tx};

use super::provider::{ProviderError, ask};

/// How long a refund that failed waits until it is asked for again, times its failures so far.
const PATIENCE: Span = Span::seconds(60);
/// Calls made in one go.
const BATCH: u32 = 100;

/// Asks the provider for every refund and payout that is owed, and for the end of sessions that nobody needs; the worker
/// calls it. One that fails holds up no other.
pub async fn work_off(app: &App) -> Result<()> {
    let now = app.clock.now();
    for kind in [RequestKind::Refund, RequestKind::Payout, RequestKind::ExpireSession] {
        let calls = store::payments::pending(&app.db, kind, now, BATCH).await?;
        for some in calls.chunks(app.provider.width()) {
            let reached = join_all(some.iter().map(|call| make(app, call))).await;
            if reached.contains(&false) {
                // The others would wait as long for nothing; they have their turn in the next round.
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Makes a call and notes the answer; false where the provider was not reached.
async fn make(app: &App, call: &ProviderCall) -> bool {
    // Where this fails it was asked, perhaps: what happened is found out by asking again under the same key.
    let answer = ask(app, app.provider.send(app, call)).await;
    let reached = !matches!(answer, Ok(Err(ProviderError::Unreachable(_))));
    let noted = match answer {
        Ok(answer) => Box::pin(note(app, call, answer)).await,
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::error!(subject = call.subject, ?error, "a call to the provider could not be noted");
    }
    reached
}

async fn note(app: &App, call: &ProviderCall, answer: std::result::Result<(), ProviderError>) -> Result<()> {
    let tx = app.db.begin().await?;
    lock_subject(&tx, call).await?;
    let noted = match answer {
        Ok(()) => note_taken(app, &tx, call).await?,
        Err(ProviderError::Refused { because, reason }) => {
            tracing::warn!(subject = call.subject, %because, "the provider refused a call");
            note_refused(app, &tx, call, &format!("{because}: {reason}")).await?
        }
        Err(error) => note_unclear(app, &tx, call, &error).await?,
    };
    if !noted {
        // The provider's message was faster than this note and had the call made again: that one is still to come.
        return Ok(tx.rollback().await?);
    }
    tx.commit().await?;
    app.committed();
    Ok(())
}

/// Locks what a call is about before the call itself: in this order, as everywhere.
pub(super) async fn lock_subject(tx: &Tx, call: &ProviderCall) -> Result<()> {
    let subject = &call.subject;
    match call.kind {
        RequestKind::CreateSession | RequestKind::ExpireSession => {
            if let Ok(payment) = subject.parse()
                && let Some(order) = store::orders::of_payment(tx, payment).await?
            {
                store::orders::lock(tx, order).await?;
            }
        }
        RequestKind::Refund => {
            if let Ok(item) = subject.parse::<SuspenseItemId>() {
                store::payments::lock_item(tx, item).await?;
            } else if let Some(order) = store::orders::of_region(tx, subject).await? {
                store::orders::lock(tx, order).await?;
            }
        }
        RequestKind::Payout => {
            if let Ok(payout) = subject.parse() {
                store::payouts::lock(tx, payout).await?;
            }
        }
    }
    Ok(())
}

/// Notes that the provider has taken a call. A crash before this asks again under the same key, which does it once.
async fn note_taken(app: &App, tx: &Tx, call: &ProviderCall) -> Result<bool> {
    match call.kind {
        RequestKind::Payout => payouts::submitted(tx, &call.subject).await?,
        RequestKind::Refund => {
            if let Ok(refund) = call.subject.parse::<RefundId>() {
                move_refund(app, tx, refund, RefundCommand::Submit { refund }, ActorKind::Clock).await?;
            }
        }
        RequestKind::CreateSession | RequestKind::ExpireSession => {}
    }
    let question_at = match call.kind {
        RequestKind::ExpireSession => None,
        RequestKind::CreateSession | RequestKind::Refund | RequestKind::Payout => {
            app.provider.first_question(call, app.clock.now())
        }
    };
    Ok(store::payments::finish(tx, call, question_at).await?)
}

/// Books that the provider refused a call and has done nothing.
async fn note_refused(app: &App, tx: &Tx, call: &ProviderCall, problem: &str) -> Result<bool> {
    if !store::payments::give_up(tx, call, problem).await? {
        return Ok(false);
    }
    match call.kind {
        RequestKind::Refund => refund_ended(app, tx, &call.subject, Some(problem)).await?,
        RequestKind::Payout => {
            let report = PayoutReport::Failed { reason: problem.to_owned() };
            payouts::ended(app, tx, &call.subject, &report).await?;
        }
        // Money may still come by it; then it is told of, and asked about.
        RequestKind::CreateSession | RequestKind::ExpireSession => {}
    }
    Ok(true)
}

/// Notes that nobody knows whether the provider did anything: it is asked again under the same key.
pub(super) async fn note_unclear(
    app: &App,
    tx: &Tx,
    call: &ProviderCall,
    error: &ProviderError,
) -> Result<bool> {
    let again = call.again_at(app.clock.now());
    let subject = &call.subject;
    if again.is_some() {
        tracing::warn!(subject, %error, "the provider gave no clear answer; it is asked again");
    } else {
        tracing::error!(subject, %error, "the provider gave no clear answer for days; somebody has to look");
    }
    Ok(store::payments::put_off(tx, call, &error.to_string(), again).await?)
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
