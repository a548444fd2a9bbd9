//! The janitor: a message can be lost, so the provider is asked how things stand that it has taken, and what it says is
//! booked as its message would be, under the same lock.

use crate::app::App;
use crate::domain::order::{PaymentReport, PaymentStatus, RefundStatus};
use crate::domain::payout::PayoutStatus;
use crate::domain::provider::{ProviderCall, RequestKind};
use crate::domain::suspense::SuspenseStatus;
use crate::service::Result;
use crate::store::{self, Reader};

use super::message::Message;
use super::provider::{Provider, ProviderError, Standing, ask};
use super::receive::apply;
use super::requests::lock_subject;

/// Questions asked in one go.
const BATCH: u32 = 100;

/// Asks the provider about everything that it has taken and has not told the end of in time; the worker calls it.
pub async fn ask_about(app: &App) -> Result<()> {
    match app.provider {
        Provider::Sandbox(_) => return Ok(()),
        Provider::Gateway(_) => {}
    }
    for call in store::payments::to_be_asked_about(&app.db, app.clock.now(), BATCH).await? {
        match Box::pin(ask_about_one(app, &call)).await {
            Ok(true) => {}
            // The others would wait as long for nothing; they have their turn in the next round.
            Ok(false) => break,
            Err(error) => {
                tracing::error!(subject = call.subject, ?error, "the provider's news could not be noted");
                let tx = app.db.begin().await?;
                let problem = "what the provider says could not be booked; the log says why";
                let later = call.question_at(app.clock.now());
                store::payments::ask_later(&tx, &call, Some(problem), later).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

/// How something stands by our own books.
enum Ours {
    /// It has ended.
    Ended,
    /// It ended here; money may still come by it.
    Closed,
    /// It is under way.
    UnderWay,
}

/// Whether the provider was reached.
async fn ask_about_one(app: &App, call: &ProviderCall) -> Result<bool> {
    if matches!(ours(&app.db, call).await?, Ours::Ended) {
        let tx = app.db.begin().await?;
        store::payments::end(&tx, call).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let answer = ask(app, app.provider.standing(app, call)).await?;
    let reached = !matches!(answer, Err(ProviderError::Unreachable(_)));
    let tx = app.db.begin().await?;
    lock_subject(&tx, call).await?;
    if !store::payments::is_as_read(&tx, call).await? {
        // Somebody else was faster, and this answer may be older than what they know.
        tx.rollback().await?;
        return Ok(reached);
    }
    let now = app.clock.now();
    let later = call.question_at(now);
    match (answer, ours(&tx, call).await?) {
        (_, Ours::Ended) => store::payments::end(&tx, call).await?,
        (Ok(Standing::UnderWay), Ours::UnderWay | Ours::Closed) => {
            store::payments::ask_later(&tx, call, None, later).await?;
        }
        (Ok(Standing::Told(message)), Ours::Closed) if !brings_money(&message) => {
            store::payments::end(&tx, call).await?;
        }
        (Ok(Standing::Told(message)), Ours::UnderWay | Ours::Closed) => {
            tracing::warn!(subject = call.subject, "what the provider had not told was found by asking");
            Box::pin(apply(app, &tx, &call.provider, &message)).await?;
            // Whether that was the end is seen the next time; where it was asked for again, this changes nothing.
            store::payments::ask_later(&tx, call, None, later).await?;
        }
        (Ok(Standing::Unknown), Ours::UnderWay | Ours::Closed) => match call.kind {
            // It says that it has taken nothing under this key: then it is to take it now.
            RequestKind::Refund | RequestKind::Payout => {
                tracing::error!(subject = call.subject, "the provider has lost a call; it is made again");
                store::payments::send_again(&tx, call, now).await?;
            }
            RequestKind::CreateSession | RequestKind::ExpireSession => {
                let problem = "the provider does not know the session";
                store::payments::ask_later(&tx, call, Some(problem), later).await?;
            }
        },
        (Err(error), Ours::UnderWay | Ours::Closed) => {
            tracing::warn!(subject = call.subject, %error, "the provider does not say how a call stands");
            store::payments::ask_later(&tx, call, Some(&error.to_string()), later).await?;
        }
    }
    tx.commit().await?;
    app.committed();
    Ok(reached)
}

fn brings_money(message: &Message) -> bool {
    match message {
        Message::Payment(report) => matches!(report.verdict, PaymentReport::Succeeded { .. }),
        Message::Chargeback(_) | Message::Refund { .. } | Message::Payout { .. } => true,
    }
}

async fn ours(reader: &impl Reader, call: &ProviderCall) -> Result<Ours> {
    let under_way = match call.kind {
        RequestKind::CreateSession => return session(reader, &call.subject).await,
        RequestKind::ExpireSession => false,
        RequestKind::Refund => refund_is_under_way(reader, &call.subject).await?,
        RequestKind::Payout => match call.subject.parse() {
            Ok(payout) => store::payouts::load(reader, payout)
                .await?
                .is_some_and(|known| known.status == PayoutStatus::Submitted),
            Err(_) => false,
        },
    };
    Ok(if under_way { Ours::UnderWay } else { Ours::Ended })
}

async fn session(reader: &impl Reader, subject: &str) -> Result<Ours> {
    let Ok(payment) = subject.parse() else { return Ok(Ours::Ended) };
    let Some(order) = store::orders::of_payment(reader, payment).await? else { return Ok(Ours::Ended) };
    let order = store::orders::load(reader, &[order]).await?.pop();
    let known = order.as_ref().and_then(|order| order.payment_session(payment));
    Ok(match known.map(|known| known.status) {
        Some(PaymentStatus::Created | PaymentStatus::Processing) => Ours::UnderWay,
        Some(PaymentStatus::Expired) => Ours::Closed,
        Some(PaymentStatus::Succeeded | PaymentStatus::Failed) | None => Ours::Ended,
    })
}

async fn refund_is_under_way(reader: &impl Reader, subject: &str) -> Result<bool> {
    if let Ok(item) = subject.parse() {
        let item = store::payments::item(reader, item).await?;
        return Ok(item.is_some_and(|item| item.status == SuspenseStatus::Refunding));
    }
    let Some(order) = store::orders::of_region(reader, subject).await? else { return Ok(false) };
    let order = store::orders::load(reader, &[order]).await?.pop();
    let refund =
        order.into_iter().flat_map(|order| order.refunds).find(|known| known.id.to_string() == subject);
    Ok(refund.is_some_and(|refund| refund.status == RefundStatus::Submitted))
}
