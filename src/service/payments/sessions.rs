//! Sessions at the provider: opened after the commit, and again until it is known that they are.

use crate::app::App;
use crate::domain::error::Refusal;
use crate::domain::ids::PaymentId;
use crate::domain::money::Money;
use crate::domain::order::{Order, PaymentReport, PaymentStatus};
use crate::domain::provider::{ProviderCall, RequestKind};
use crate::service::Result;
use crate::service::orders::may_retry;
use crate::store::{self, Tx};

use super::message::PaymentMessage;
use super::provider::{ProviderError, Session, ask};
use super::receive;
use super::requests::note_unclear;

/// Sessions opened in one go.
const BATCH: u32 = 100;

/// Asks the provider for a session and notes its answer; a lost transaction is tried again. Where the provider cannot
/// be reached, the worker asks again later.
pub(in crate::service) async fn open_session(app: &App, payment: PaymentId) -> Result<()> {
    let mut attempt = 1;
    loop {
        match Box::pin(try_open_session(app, payment)).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer.map(drop),
        }
    }
}

/// Whether the provider was reached.
async fn try_open_session(app: &App, payment: PaymentId) -> Result<bool> {
    let call = store::payments::pending_of(&app.db, RequestKind::CreateSession, &payment.to_string()).await?;
    // Somebody else was faster.
    let Some(call) = call else { return Ok(true) };
    let order = store::orders::of_payment(&app.db, payment).await?;
    let Some(order) = order else { return Err(Refusal::not_found("payment").into()) };
    let order = store::orders::load(&app.db, &[order]).await?.pop();
    let Some(order) = order else { return Err(Refusal::not_found("payment").into()) };
    // What nobody is to pay by any more is not opened, and what is open is not opened again.
    let answer = if is_wanted(&order, payment) {
        Some(ask(app, app.provider.open_session(app, &call)).await?)
    } else {
        None
    };
    let reached = !matches!(answer, Some(Err(ProviderError::Unreachable(_))));
    let tx = app.db.begin().await?;
    // Commands rewrite payments under the order's lock; so does this.
    let locked = store::orders::lock(&tx, order.id).await?;
    let Some(order) = locked else { return Err(Refusal::not_found("payment").into()) };
    if note(app, &tx, &call, payment, &order, answer).await? {
        tx.commit().await?;
        app.committed();
    } else {
        tx.rollback().await?;
    }
    Ok(reached)
}

fn is_wanted(order: &Order, payment: PaymentId) -> bool {
    order
        .payment_session(payment)
        .is_some_and(|known| known.status == PaymentStatus::Created && known.session_url.is_none())
}

/// Notes the answer under the order's lock; false where somebody else was faster.
async fn note(
    app: &App,
    tx: &Tx,
    call: &ProviderCall,
    payment: PaymentId,
    order: &Order,
    answer: Option<std::result::Result<Session, ProviderError>>,
) -> Result<bool> {
    let now = app.clock.now();
    let open = is_wanted(order, payment);
    match answer {
        Some(Ok(session)) => {
            if open {
                store::payments::open_session(tx, payment, &session.reference, &session.url, now).await?;
                let noted = order.with_fee_session(payment, &session.reference, &session.url);
                store::orders::apply_regions(tx, order, &noted, now).await?;
            }
            // It can be paid by although nobody wants it any more, so it is asked about all the same.
            Ok(store::payments::finish(tx, call, app.provider.first_question(call, now)).await?)
        }
        Some(Err(ProviderError::Refused { because, reason })) => {
            tracing::warn!(%payment, %because, "the provider refused to open a session");
            let problem = format!("{because}: {reason}");
            if !store::payments::give_up(tx, call, &problem).await? {
                return Ok(false);
            }
            if open {
                let amount = order.payment_session(payment).map_or(0, |known| known.amount_minor);
                let report = PaymentMessage {
                    payment: Some(payment),
                    reference: String::new(),
                    amount: Money::new(amount, order.terms.currency),
                    verdict: PaymentReport::Failed { reason: problem },
                };
                Box::pin(receive::payment(app, tx, &call.provider, &report)).await?;
            }
            Ok(true)
        }
        Some(Err(error)) => note_unclear(app, tx, call, &error).await,
        None => {
            let opened = order.payment_session(payment).is_some_and(|known| known.session_url.is_some());
            if opened {
                return Ok(store::payments::finish(tx, call, app.provider.first_question(call, now)).await?);
            }
            Ok(store::payments::give_up(tx, call, "nobody is to pay by it any more").await?)
        }
    }
}

/// Opens the sessions that a crash or a failure left over; the worker calls it.
pub async fn open_pending_sessions(app: &App) -> Result<()> {
    let now = app.clock.now();
    for call in store::payments::pending(&app.db, RequestKind::CreateSession, now, BATCH).await? {
        let payment = call.subject.parse();
        let payment: PaymentId = payment.map_err(|_| anyhow::anyhow!("{} is no payment", call.subject))?;
        match Box::pin(try_open_session(app, payment)).await {
            Ok(true) => {}
            // The others would wait as long for nothing; they have their turn in the next round.
            Ok(false) => break,
            // One that fails holds up no other; it is looked at again in the next round.
            Err(error) => tracing::error!(%payment, ?error, "a payment session could not be opened"),
        }
    }
    Ok(())
}
