//! The effects that move money, or try to.

use super::credit::{credit_of, expire_sessions_of, spend};
use super::funds::{broken, release_held, too_large};
use super::guard::{Fit, due_instalment, fit};
use super::step::Run;
use super::{Command, InstalmentStatus, Payment, PaymentReport, PaymentStatus, SINGLE, Schedule};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ledger::Posting;

pub(super) fn open_session(run: &mut Run<'_>) {
    let Command::OpenPayment { payment, instalment, provider, use_credit } = run.command else { return };
    let Some(due) = due_instalment(&run.order, *instalment) else { return };
    let (instalment_id, due) = (due.id, due.amount_minor - due.paid_minor);
    let credit_minor = if *use_credit { credit_of(&run.order).min(due) } else { 0 };
    let amount_minor = due - credit_minor;
    expire_sessions_of(&mut run.order, instalment_id);
    run.order.payments.push(Payment {
        id: *payment,
        instalment_id,
        provider: provider.clone(),
        provider_reference: None,
        status: PaymentStatus::Created,
        failure: None,
        amount_minor,
        credit_minor,
        session_url: None,
        created_at: run.now,
    });
    let event = EventDraft::new(EventType::PaymentSessionCreated)
        .with("paymentId", payment.to_string())
        .with("amountMinor", amount_minor.to_string());
    run.tell(event);
}

pub(super) fn mark_payment(run: &mut Run<'_>, status: PaymentStatus, failure: Option<String>) {
    let Command::ReportPayment { payment: id, .. } = run.command else { return };
    let known = run.order.payments.iter_mut().find(|known| known.id == *id);
    // A report that comes late or twice does not undo a verdict: an order never waits for money that was refused.
    let news = |known: &Payment| match known.status {
        PaymentStatus::Succeeded => false,
        PaymentStatus::Failed => status != PaymentStatus::Failed && status != PaymentStatus::Processing,
        PaymentStatus::Created | PaymentStatus::Processing | PaymentStatus::Expired => known.status != status,
    };
    let Some(payment) = known.filter(|known| news(known)) else { return };
    payment.status = status;
    payment.failure.clone_from(&failure);
    let kind =
        if status == PaymentStatus::Failed { EventType::PaymentFailed } else { EventType::PaymentProcessing };
    let event = EventDraft::new(kind).with("paymentId", id.to_string());
    run.tell(match failure {
        Some(failure) => event.with("reason", failure),
        None => event,
    });
}

pub(super) fn book_deposit(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Command::ReportPayment { payment: id, report: PaymentReport::Succeeded { amount, reference } } =
        run.command
    else {
        return Ok(());
    };
    let Some(payment) = run.order.payments.iter_mut().find(|known| known.id == *id) else { return Ok(()) };
    payment.status = PaymentStatus::Succeeded;
    payment.provider_reference = Some(reference.clone());
    payment.failure = None;
    let (provider, instalment, credit) =
        (payment.provider.clone(), payment.instalment_id, payment.credit_minor);
    let Some(part) = run.order.instalments.iter_mut().find(|part| part.id == instalment) else {
        return Ok(());
    };
    part.paid_minor += amount.minor + credit;
    part.status = if part.paid_minor == part.amount_minor {
        InstalmentStatus::Paid
    } else {
        InstalmentStatus::PartlyPaid
    };
    let seq = part.seq;
    let paid = run.order.position.paid.checked_add(amount.minor);
    paid.and_then(|paid| paid.checked_add(credit)).ok_or_else(too_large)?;
    run.post(Posting::deposit(run.order.id, i64::from(seq), &provider, *amount));
    if credit > 0 {
        spend(run, seq, credit);
    }
    run.tell(
        EventDraft::new(EventType::PaymentReceived)
            .with("paymentId", id.to_string())
            .with("amountMinor", amount.minor.to_string())
            .with("escrowMinor", run.order.position.held().to_string()),
    );
    Ok(())
}

pub(super) fn settle_payment(run: &mut Run<'_>) {
    run.settle(DeadlineKind::Payment, DeadlineState::Met);
    if run.schedule.is_none() {
        run.schedule = Some(Schedule {
            paid_at: run.now,
            dispatch_by: None,
            delivery_by: None,
            dispatched_at: None,
            receipt_extended: false,
        });
        let provider = &run.order.terms.policy.provider;
        let limit = run.now.plus(provider.hold_limit).minus(provider.hold_limit_warning);
        run.set(DeadlineKind::HoldLimit, SINGLE, limit);
    }
    if run.order.is_fully_funded() {
        run.settle(DeadlineKind::BalancePayment, DeadlineState::Met);
    } else if !run.order.is_paid_for_dispatch() {
        await_balance(run);
    }
}

/// What is still to be paid gets its last instant. A balance that is due after delivery gets it at delivery.
pub(super) fn await_balance(run: &mut Run<'_>) {
    if run.order.is_fully_funded() || run.order.deadline(DeadlineKind::BalancePayment).is_some() {
        return;
    }
    let due = run.now.plus(run.order.terms.policy.balance_payment);
    run.set(DeadlineKind::BalancePayment, SINGLE, due);
    for part in &mut run.order.instalments {
        if part.status != InstalmentStatus::Paid {
            part.due_at = Some(due);
        }
    }
}

pub(super) fn set_aside(run: &mut Run<'_>) {
    let Some(Fit::Misfit(reason)) = fit(&run.order, Some(run.command)) else { return };
    let Command::ReportPayment { payment: id, report: PaymentReport::Succeeded { amount, reference } } =
        run.command
    else {
        return;
    };
    let provider =
        run.order.payments.iter().find(|known| known.id == *id).map(|known| known.provider.clone());
    let Some(provider) = provider else { return };
    if let Some(payment) = run.order.payments.iter_mut().find(|known| known.id == *id)
        && payment.status != PaymentStatus::Succeeded
    {
        payment.status = PaymentStatus::Failed;
        payment.failure = Some(reason.to_string());
    }
    run.postings.push(Posting::suspense(&provider, reference, Some(run.order.id), *amount));
    run.suspense = Some((reason, *amount, reference.clone()));
    run.tell(
        EventDraft::new(EventType::PaymentSetAside)
            .with("paymentId", id.to_string())
            .with("reason", reason.as_str())
            .with("amountMinor", amount.minor.to_string())
            .with("currency", amount.currency.to_string()),
    );
}

pub(super) fn release_rest(run: &mut Run<'_>) -> Result<(), Refusal> {
    if !run.order.books_fit_the_terms() {
        return Err(broken("The escrow does not hold what the contract says."));
    }
    release_held(run)
}
