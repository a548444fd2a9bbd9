//! The effects that move money, or try to.

use super::funds::{broken, release_held, too_large};
use super::guard::{Fit, due_instalment, fit};
use super::step::Run;
use super::{Command, InstalmentStatus, Payment, PaymentReport, PaymentStatus, SINGLE, Schedule};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ledger::Posting;

pub(super) fn open_session(run: &mut Run<'_>) {
    let Command::OpenPayment { payment, instalment, provider } = run.command else { return };
    let Some(due) = due_instalment(&run.order, *instalment) else { return };
    let (instalment_id, amount_minor) = (due.id, due.amount_minor - due.paid_minor);
    for known in &mut run.order.payments {
        if known.status == PaymentStatus::Created && known.instalment_id == instalment_id {
            known.status = PaymentStatus::Expired;
        }
    }
    run.order.payments.push(Payment {
        id: *payment,
        instalment_id,
        provider: provider.clone(),
        provider_reference: None,
        status: PaymentStatus::Created,
        failure: None,
        amount_minor,
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
    let (provider, instalment) = (payment.provider.clone(), payment.instalment_id);
    let Some(part) = run.order.instalments.iter_mut().find(|part| part.id == instalment) else {
        return Ok(());
    };
    part.paid_minor += amount.minor;
    part.status = if part.paid_minor == part.amount_minor {
        InstalmentStatus::Paid
    } else {
        InstalmentStatus::PartlyPaid
    };
    let seq = i64::from(part.seq);
    run.order.position.paid.checked_add(amount.minor).ok_or_else(too_large)?;
    run.post(Posting::deposit(run.order.id, seq, &provider, *amount));
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
        run.schedule =
            Some(Schedule { paid_at: run.now, dispatch_by: None, delivery_by: None, dispatched_at: None });
        let provider = &run.order.terms.policy.provider;
        let limit = run.now.plus(provider.hold_limit).minus(provider.hold_limit_warning);
        run.set(DeadlineKind::HoldLimit, SINGLE, limit);
    }
    if run.order.is_fully_funded() {
        run.settle(DeadlineKind::BalancePayment, DeadlineState::Met);
    } else if run.order.deadline(DeadlineKind::BalancePayment).is_none() {
        let due = run.now.plus(run.order.terms.policy.balance_payment);
        run.set(DeadlineKind::BalancePayment, SINGLE, due);
        for part in &mut run.order.instalments {
            if part.status != InstalmentStatus::Paid {
                part.due_at = Some(due);
            }
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
    let order = &run.order;
    // Two sides of the same fact: what the ledger holds is what the terms say and nobody had yet.
    if order.position.held() < 0 || order.position.paid != order.terms.total.0 {
        return Err(broken("The escrow does not hold what the contract says."));
    }
    release_held(run)
}
