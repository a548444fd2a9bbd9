//! What the transitions of inspections do with the fee (PO11).

use super::effect::{change, find, settle, touched};
use super::guard::{inspection, misfit};
use super::{FeePayment, Inspection, InspectionCommand, InspectionFeeStatus, InspectionStatus};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{InspectionId, PaymentId};
use crate::domain::ledger::{AccountKey, Posting, PostingKind, TransferCode};
use crate::domain::order::funds::broken;
use crate::domain::order::refund::{Refund, RefundCause, RefundStatus};
use crate::domain::order::step::Run;
use crate::domain::order::{PaymentReport, PaymentStatus};
use crate::domain::time::Timestamp;

pub(super) fn new_payment(payment: PaymentId, provider: &str, now: Timestamp) -> FeePayment {
    FeePayment {
        id: payment,
        provider: provider.to_owned(),
        provider_reference: None,
        status: PaymentStatus::Created,
        failure: None,
        session_url: None,
        created_at: now,
    }
}

pub(super) fn open_session(run: &mut Run<'_>) {
    let Some(InspectionCommand::OpenPayment { inspection: id, payment, provider }) =
        inspection(Some(run.command))
    else {
        return;
    };
    let fresh = new_payment(*payment, provider, run.now);
    let Some(known) = find(run, *id) else { return };
    for old in known.payments.iter_mut().filter(|old| old.status == PaymentStatus::Created) {
        old.status = PaymentStatus::Expired;
    }
    known.payments.push(fresh);
    let event = EventDraft::new(EventType::PaymentSessionCreated)
        .with("paymentId", payment.to_string())
        .with("amountMinor", known.fee_minor.to_string());
    change(run, *id, InspectionStatus::Booked, event);
}

pub(super) fn mark(run: &mut Run<'_>) {
    let Some(InspectionCommand::ReportPayment { payment, report }) = inspection(Some(run.command)) else {
        return;
    };
    let (status, failure, kind) = match report {
        PaymentReport::Processing => (PaymentStatus::Processing, None, EventType::PaymentProcessing),
        PaymentReport::Failed { reason } => {
            (PaymentStatus::Failed, Some(reason.clone()), EventType::PaymentFailed)
        }
        PaymentReport::Succeeded { .. } => return,
    };
    let Some(id) = touched(run) else { return };
    let Some(known) = find(run, id) else { return };
    let Some(part) = known.payments.iter_mut().find(|part| part.id == *payment) else { return };
    // A verdict stands: a report that comes late or twice does not undo it.
    if matches!(part.status, PaymentStatus::Succeeded | PaymentStatus::Failed) || part.status == status {
        return;
    }
    (part.status, part.failure) = (status, failure.clone());
    let event =
        EventDraft::new(kind).with("paymentId", payment.to_string()).with("inspectionId", id.to_string());
    run.tell(match failure {
        Some(failure) => event.with("reason", failure),
        None => event,
    });
}

pub(super) fn book_fee(run: &mut Run<'_>) {
    let Some(InspectionCommand::ReportPayment {
        payment,
        report: PaymentReport::Succeeded { amount, reference },
    }) = inspection(Some(run.command))
    else {
        return;
    };
    let Some(id) = touched(run) else { return };
    let Some(known) = find(run, id) else { return };
    known.fee = InspectionFeeStatus::Held;
    let Some(part) = known.payments.iter_mut().find(|part| part.id == *payment) else { return };
    part.status = PaymentStatus::Succeeded;
    part.failure = None;
    part.provider_reference = Some(reference.clone());
    let clearing = AccountKey::provider_clearing(&part.provider, amount.currency);
    let escrow = AccountKey::inspection_escrow(id, amount.currency);
    run.post(Posting::new(PostingKind::InspectionFee, id, 1, Some(run.order.id)).moving(
        TransferCode::InspectionFee,
        clearing,
        escrow,
        amount.minor,
    ));
    settle(run, id, DeadlineKind::InspectionPayment, DeadlineState::Met);
    let (calendar, acceptance) = (run.order.calendar(), run.order.terms.policy.inspection.acceptance);
    // Nobody comes once the day is over: a fee that came so late goes back at the clock's next look.
    let now = run.now;
    let last = find(run, id).map_or(now, |known| calendar.end(known.day));
    let due = now.plus(acceptance).min(last.max(now));
    run.set(DeadlineKind::InspectionAcceptance, &id.to_string(), due);
    let event = EventDraft::new(EventType::InspectionPaid).with("feeMinor", amount.minor.to_string());
    change(run, id, InspectionStatus::Paid, event);
}

pub(super) fn set_aside(run: &mut Run<'_>) {
    let Some(reason) = misfit(&run.order, Some(run.command)) else { return };
    let Some(InspectionCommand::ReportPayment {
        payment,
        report: PaymentReport::Succeeded { amount, reference },
    }) = inspection(Some(run.command))
    else {
        return;
    };
    let Some(id) = touched(run) else { return };
    let order = run.order.id;
    let Some(known) = find(run, id) else { return };
    let Some(part) = known.payments.iter_mut().find(|part| part.id == *payment) else { return };
    if part.status != PaymentStatus::Succeeded {
        (part.status, part.failure) = (PaymentStatus::Failed, Some(reason.to_string()));
    }
    let provider = part.provider.clone();
    run.postings.push(Posting::suspense(&provider, reference, Some(order), *amount));
    run.suspense = Some((reason, *amount, reference.clone()));
    run.tell(
        EventDraft::new(EventType::PaymentSetAside)
            .with("paymentId", payment.to_string())
            .with("inspectionId", id.to_string())
            .with("reason", reason.as_str())
            .with("amountMinor", amount.minor.to_string())
            .with("currency", amount.currency.to_string()),
    );
}

pub(super) fn refund_fee(run: &mut Run<'_>, id: InspectionId) {
    let (order, currency) = (run.order.id, run.order.terms.currency);
    let Some(known) = find(run, id).filter(|known| known.fee == InspectionFeeStatus::Held) else { return };
    known.fee = InspectionFeeStatus::Refunded;
    let amount_minor = known.fee_minor;
    let Some(paid) = paid_by(known) else { return };
    run.post(Posting::new(PostingKind::InspectionSettled, id, 1, Some(order)).moving(
        TransferCode::InspectionRefunded,
        AccountKey::inspection_escrow(id, currency),
        AccountKey::refund_due(order, currency),
        amount_minor,
    ));
    owe_fee(run, id, paid, amount_minor);
}

/// The payment that the fee came by: it goes back the same way.
fn paid_by(known: &Inspection) -> Option<(PaymentId, String)> {
    let paid = known.payments.iter().find(|part| part.status == PaymentStatus::Succeeded);
    paid.map(|part| (part.id, part.provider.clone()))
}

/// Notes that a fee is on its way back to the buyer.
fn owe_fee(
    run: &mut Run<'_>,
    id: InspectionId,
    (payment_id, provider): (PaymentId, String),
    amount_minor: i64,
) {
    let (currency, now) = (run.order.terms.currency, run.now);
    let refund = Refund {
        id: run.fresh(),
        seq: u32::try_from(run.order.refunds.len() + 1).unwrap_or(u32::MAX),
        cause: RefundCause::InspectionFee,
        payment_id,
        provider,
        amount_minor,
        status: RefundStatus::Approved,
        failures: 0,
        failure: None,
        requested_at: now,
        succeeded_at: None,
    };
    run.order.refunds.push(refund);
    run.tell(
        EventDraft::new(EventType::RefundApproved)
            .with("amountMinor", amount_minor.to_string())
            .with("currency", currency.to_string())
            .with("cause", RefundCause::InspectionFee.as_str())
            .with("inspectionId", id.to_string()),
    );
}

/// PO11 where a decision finds the supplier at fault: what the inspections that failed the goods cost the buyer goes back by
/// the payments that it came by, out of what the supplier may have paid out; the rest is advanced as its debt. The order's
/// own money, its fee and its refund limit are untouched.
pub(in crate::domain::order) fn reimburse_fees(run: &mut Run<'_>) -> Result<(), Refusal> {
    let failed: Vec<_> =
        run.order.inspections.iter().filter(|known| known.is_reimbursable()).map(|known| known.id).collect();
    for id in failed {
        let (order, currency, supplier) =
            (run.order.id, run.order.terms.currency, run.order.supplier_company);
        let payable = run.funds()?.payable.max(0);
        let Some(known) = find(run, id) else { continue };
        let fee = known.fee_minor;
        let paid = paid_by(known).ok_or_else(|| broken("A fee was earned that nobody paid."))?;
        known.fee = InspectionFeeStatus::Reimbursed;
        let drawn = fee.min(payable);
        let due = AccountKey::refund_due(order, currency);
        run.post(
            Posting::new(PostingKind::InspectionReimbursed, id, 1, Some(order))
                .moving(
                    TransferCode::InspectionReimbursed,
                    AccountKey::supplier_payable(supplier, currency),
                    due.clone(),
                    drawn,
                )
                .moving(
                    TransferCode::InspectionReimbursed,
                    AccountKey::supplier_debt(supplier, currency),
                    due,
                    fee - drawn,
                ),
        );
        owe_fee(run, id, paid, fee);
    }
    Ok(())
}

pub(super) fn earn_fee(run: &mut Run<'_>, id: InspectionId) {
    let (order, currency) = (run.order.id, run.order.terms.currency);
    let Some(known) = find(run, id).filter(|known| known.fee == InspectionFeeStatus::Held) else { return };
    known.fee = InspectionFeeStatus::Earned;
    let (inspector, fee) = (known.inspector, known.fee_minor);
    run.post(Posting::new(PostingKind::InspectionSettled, id, 1, Some(order)).moving(
        TransferCode::InspectionEarned,
        AccountKey::inspection_escrow(id, currency),
        AccountKey::inspector_payable(inspector, currency),
        fee,
    ));
}
