//! What a step owes to payment providers: written with it, asked for after the commit.

use crate::app::App;
use crate::domain::ids::PaymentId;
use crate::domain::order::{Order, PaymentStatus, Refund, RefundStatus};
use crate::domain::provider::{CallContext, RequestKind};
use crate::domain::time::Timestamp;
use crate::faults::Place;
use crate::service::Result;
use crate::store::payments::Request;
use crate::store::{self, Tx};

/// Notes every call that follows from a step. Due by the real clock: the sandbox's may be ahead of it.
pub(super) async fn request(app: &App, tx: &Tx, before: &Order, after: &Order, now: Timestamp) -> Result<()> {
    let (faults, due) = (app.faults(), app.clock.now());
    for refund in after.refunds.iter().skip(before.refunds.len()) {
        let request = Request {
            id: app.ids.make(now),
            provider: refund.provider.clone(),
            kind: RequestKind::Refund,
            subject: refund.id.to_string(),
            amount: after.money(refund.amount_minor),
            context: refund_context(after, refund),
        };
        faults.at(Place::BeforeWriting("refund request")).await?;
        store::payments::request(tx, &request, due).await?;
    }
    for refund in &after.refunds {
        let failed =
            before.refunds.iter().any(|old| old.id == refund.id && old.status == RefundStatus::Failed);
        if failed && refund.status == RefundStatus::Approved {
            store::payments::ask_again(tx, RequestKind::Refund, &refund.id.to_string(), due).await?;
        }
    }
    let known = sessions(before);
    for session in sessions(after) {
        let old = known.iter().find(|old| old.payment == session.payment);
        let Some(kind) = owed(old, &session) else { continue };
        let request = Request {
            id: app.ids.make(now),
            provider: session.provider.to_owned(),
            kind,
            subject: session.payment.to_string(),
            amount: after.money(session.minor),
            context: CallContext {
                order_id: Some(after.id),
                order_number: Some(after.number.clone()),
                company_id: Some(after.buyer()),
                ..CallContext::default()
            },
        };
        faults.at(Place::BeforeWriting("payment session")).await?;
        store::payments::request(tx, &request, due).await?;
    }
    Ok(())
}

/// A payment of an instalment or of an inspection's fee, as a provider sees it.
struct Paid<'a> {
    payment: PaymentId,
    provider: &'a str,
    minor: i64,
    status: PaymentStatus,
}

fn sessions(order: &Order) -> Vec<Paid<'_>> {
    let instalments = order.payments.iter().map(|known| Paid {
        payment: known.id,
        provider: &known.provider,
        minor: known.amount_minor,
        status: known.status,
    });
    let fees = order.inspections.iter().flat_map(|inspection| {
        inspection.payments.iter().map(|known| Paid {
            payment: known.id,
            provider: &known.provider,
            minor: inspection.fee_minor,
            status: known.status,
        })
    });
    instalments.chain(fees).collect()
}

/// A new payment wants a session; one that nobody is to pay by any more wants its end.
fn owed(old: Option<&Paid<'_>>, new: &Paid<'_>) -> Option<RequestKind> {
    let was = old.map(|old| old.status);
    if was.is_none() && new.status == PaymentStatus::Created {
        Some(RequestKind::CreateSession)
    } else if was == Some(PaymentStatus::Created) && new.status == PaymentStatus::Expired {
        Some(RequestKind::ExpireSession)
    } else {
        None
    }
}

fn refund_context(order: &Order, refund: &Refund) -> CallContext {
    let paid = order.payment_session(refund.payment_id);
    CallContext {
        order_id: Some(order.id),
        order_number: Some(order.number.clone()),
        payment_id: Some(refund.payment_id),
        reference: paid.and_then(|known| known.provider_reference).map(str::to_owned),
        company_id: Some(order.buyer()),
        account: None,
    }
}
