//! What the transitions of inspections do.

use super::fee::{book_fee, earn_fee, mark, new_payment, open_session, refund_fee, set_aside};
use super::guard::inspection;
use super::{
    Inspection, InspectionCommand, InspectionFeeStatus, InspectionReport, InspectionStatus,
    InspectionVerdict, Waiver,
};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::InspectionId;
use crate::domain::order::effect::{Effect, SINGLE};
use crate::domain::order::step::Run;
use crate::domain::order::{DeadlineChange, PaymentStatus};

/// A new inspection with its first payment.
pub(super) const BOOK: Effect =
    Effect::sure("add inspection, settle timer INSPECTION_BOOKING, start INSPECTION_PAYMENT", book);
/// Another try to pay.
pub(super) const OPEN_SESSION: Effect = Effect::sure("open payment session of the fee", open_session);
/// The payment waits for the money.
pub(super) const MARK_PROCESSING: Effect = Effect::sure("payment PROCESSING", mark);
/// The payment failed.
pub(super) const MARK_FAILED: Effect = Effect::sure("payment FAILED", mark);
/// PO11.
pub(super) const BOOK_FEE: Effect =
    Effect::sure("PO11 provider clearing → inspection escrow, start timer INSPECTION_ACCEPTANCE", book_fee);
/// PO12.
pub(super) const SET_ASIDE: Effect = Effect::sure("PO12 provider clearing → suspense", set_aside);
/// Called off.
pub(super) const CANCEL: Effect = Effect::sure("inspection CANCELLED", |run| {
    end(run, InspectionStatus::Cancelled, EventType::InspectionCancelled);
});
/// Not paid, or not accepted.
pub(super) const EXPIRE: Effect = Effect::sure("inspection LAPSED", |run| {
    end(run, InspectionStatus::Lapsed, EventType::InspectionLapsed);
});
/// No report.
pub(super) const BREACH: Effect = Effect::sure("inspection BREACHED", |run| {
    end(run, InspectionStatus::Breached, EventType::InspectionReportOverdue);
});
/// PO11, the way back: whatever is in escrow.
pub(super) const REFUND_FEE: Effect =
    Effect::sure("PO11 inspection escrow → refund due, where the fee is held", |run| {
        if let Some(id) = touched(run) {
            refund_fee(run, id);
        }
    });
/// PO11, to the inspector.
pub(super) const EARN_FEE: Effect =
    Effect::sure("PO11 inspection escrow → inspector payable, where the fee is held", |run| {
        if let Some(id) = touched(run) {
            earn_fee(run, id);
        }
    });
/// The contract's inspection can be booked again.
pub(super) const AWAIT_BOOKING: Effect =
    Effect::sure("start timer INSPECTION_BOOKING, where the contract names an inspection", await_booking);
/// The inspector comes.
pub(super) const ACCEPT: Effect =
    Effect::sure("inspection SCHEDULED, settle timer INSPECTION_ACCEPTANCE, start INSPECTION_REPORT", accept);
/// The goods are shown.
pub(super) const PRESENT: Effect = Effect::sure("note what is packed", present);
/// What was found.
pub(super) const REPORT: Effect = Effect::sure("add report, settle or move timer INSPECTION_REPORT", report);
/// The goods are taken as they are.
pub(super) const WAIVE: Effect = Effect::sure("inspection WAIVED, settle timer INSPECTION_REPORT", waive);
/// The goods are mended.
pub(super) const REWORK: Effect = Effect::sure("inspection REWORK", rework);
/// The contract's inspection is over without having been.
pub(super) const LAPSE: Effect =
    Effect::sure("settle timer INSPECTION_BOOKING, event INSPECTION_LAPSED", |run| {
        run.settle(DeadlineKind::InspectionBooking, DeadlineState::Breached);
        run.tell(EventDraft::new(EventType::InspectionLapsed));
    });
/// The order ends: what is under way is called off and its fee goes back.
pub(in crate::domain::order) const END_INSPECTIONS: Effect =
    Effect::sure("call off inspections, PO11 inspection escrow → refund due", end_inspections);

/// The inspection that the command at hand is about.
pub(super) fn touched(run: &Run<'_>) -> Option<InspectionId> {
    let command = inspection(Some(run.command))?;
    match command {
        InspectionCommand::ReportPayment { payment, .. } => {
            run.order.inspection_of_payment(*payment).map(|known| known.id)
        }
        _ => command.inspection().or_else(|| run.order.open_inspection().map(|known| known.id)),
    }
}

pub(super) fn find<'a>(run: &'a mut Run<'_>, id: InspectionId) -> Option<&'a mut Inspection> {
    run.order.inspections.iter_mut().find(|known| known.id == id)
}

/// Moves an inspection and tells it.
pub(super) fn change(run: &mut Run<'_>, id: InspectionId, status: InspectionStatus, event: EventDraft) {
    let now = run.now;
    if let Some(known) = find(run, id) {
        (known.status, known.changed_at) = (status, now);
    }
    run.subject = Some(id.to_string());
    run.tell(event.with("inspectionId", id.to_string()).with("inspectionStatus", status.as_str()));
}

pub(super) fn settle(run: &mut Run<'_>, id: InspectionId, kind: DeadlineKind, outcome: DeadlineState) {
    run.deadlines.push(DeadlineChange::Settle { kind, subject: Some(id.to_string()), outcome });
}

/// Starts the timer of the booking where the contract names an inspection that nobody booked yet.
pub(in crate::domain::order) fn await_booking(run: &mut Run<'_>) {
    let order = &run.order;
    let passed =
        |known: &Inspection| matches!(known.status, InspectionStatus::Passed | InspectionStatus::Waived);
    let wanted =
        order.terms.inspection && order.open_inspection().is_none() && !order.inspections.iter().any(passed);
    let Some(dispatch_by) = run.schedule.and_then(|schedule| schedule.dispatch_by).filter(|_| wanted) else {
        return;
    };
    let calendar = order.calendar();
    let notice = order.terms.policy.inspection.notice_working_days;
    let last = calendar
        .last_up_to(calendar.day(dispatch_by))
        .and_then(|day| calendar.notice_until(day, notice))
        // A lead time too short for any inspection: the clock says so at once.
        .map_or(run.now, |until| until.max(run.now));
    run.set(DeadlineKind::InspectionBooking, SINGLE, last);
}

fn book(run: &mut Run<'_>) {
    let Some(InspectionCommand::Book { inspector, accreditation_number, fee_minor, day, payment, provider }) =
        inspection(Some(run.command))
    else {
        return;
    };
    let id: InspectionId = run.fresh();
    let now = run.now;
    run.order.inspections.push(Inspection {
        id,
        seq: u32::try_from(run.order.inspections.len() + 1).unwrap_or(u32::MAX),
        status: InspectionStatus::Booked,
        inspector: *inspector,
        accreditation_number: accreditation_number.clone(),
        day: *day,
        fee_minor: *fee_minor,
        fee: InspectionFeeStatus::Due,
        payments: vec![new_payment(*payment, provider, now)],
        booked_at: now,
        accepted_at: None,
        report_due_at: None,
        packed_percent: None,
        reports: Vec::new(),
        waiver: None,
        rework: None,
        changed_at: now,
    });
    run.settle(DeadlineKind::InspectionBooking, DeadlineState::Met);
    let due = now.plus(run.order.terms.policy.inspection.payment);
    run.set(DeadlineKind::InspectionPayment, &id.to_string(), due);
    let event = EventDraft::new(EventType::InspectionBooked)
        .with("inspectorId", inspector.to_string())
        .with("inspectOn", day.to_string())
        .with("paymentId", payment.to_string())
        .with("feeMinor", fee_minor.to_string());
    change(run, id, InspectionStatus::Booked, event);
}

fn end(run: &mut Run<'_>, status: InspectionStatus, event: EventType) {
    let Some(id) = touched(run) else { return };
    end_one(run, id, status, event);
}

fn end_one(run: &mut Run<'_>, id: InspectionId, status: InspectionStatus, event: EventType) {
    let Some(known) = find(run, id) else { return };
    for part in known.payments.iter_mut().filter(|part| part.status == PaymentStatus::Created) {
        part.status = PaymentStatus::Expired;
    }
    for kind in
        [DeadlineKind::InspectionPayment, DeadlineKind::InspectionAcceptance, DeadlineKind::InspectionReport]
    {
        settle(run, id, kind, DeadlineState::Cancelled);
    }
    change(run, id, status, EventDraft::new(event));
}

fn end_inspections(run: &mut Run<'_>) {
    run.settle(DeadlineKind::InspectionBooking, DeadlineState::Cancelled);
    let open: Vec<_> =
        run.order.inspections.iter().filter(|known| known.status.is_open()).map(|known| known.id).collect();
    for id in open {
        let subject = run.subject.take();
        end_one(run, id, InspectionStatus::Cancelled, EventType::InspectionCancelled);
        refund_fee(run, id);
        run.subject = subject;
    }
}

fn accept(run: &mut Run<'_>) {
    let Some(id) = touched(run) else { return };
    let (now, calendar) = (run.now, run.order.calendar());
    let wait = run.order.terms.policy.inspection.report;
    let Some(known) = find(run, id) else { return };
    let due = calendar.end(known.day).plus(wait);
    (known.accepted_at, known.report_due_at) = (Some(now), Some(due));
    settle(run, id, DeadlineKind::InspectionAcceptance, DeadlineState::Met);
    run.set(DeadlineKind::InspectionReport, &id.to_string(), due);
    let event = EventDraft::new(EventType::InspectionAccepted).with("reportDueAt", due.to_string());
    change(run, id, InspectionStatus::Scheduled, event);
}

fn present(run: &mut Run<'_>) {
    let Some(InspectionCommand::DeclarePacked { percent }) = inspection(Some(run.command)) else { return };
    let Some(id) = touched(run) else { return };
    let fresh = run.now.plus(run.order.terms.policy.inspection.report);
    let Some(known) = find(run, id) else { return };
    known.packed_percent = Some(*percent);
    // Reworked goods are looked at again: the report has its time from now on.
    if known.status == InspectionStatus::Rework {
        known.report_due_at = Some(fresh);
        run.set(DeadlineKind::InspectionReport, &id.to_string(), fresh);
    }
    let event = EventDraft::new(EventType::GoodsPacked).with("percent", *percent);
    change(run, id, InspectionStatus::Scheduled, event);
}

fn report(run: &mut Run<'_>) {
    let Some(InspectionCommand::Report { inspection: id, verdict, findings, media }) =
        inspection(Some(run.command))
    else {
        return;
    };
    let (now, again) = (run.now, run.now.plus(run.order.terms.policy.inspection.report));
    let Some(known) = find(run, *id) else { return };
    let report = InspectionReport {
        verdict: *verdict,
        findings: findings.clone(),
        media: media.clone(),
        submitted_at: now,
    };
    known.reports.push(report);
    let open = *verdict == InspectionVerdict::Pending;
    known.report_due_at = open.then_some(again);
    if open {
        run.set(DeadlineKind::InspectionReport, &id.to_string(), again);
    } else {
        settle(run, *id, DeadlineKind::InspectionReport, DeadlineState::Met);
    }
    let status = match verdict {
        InspectionVerdict::Pass => InspectionStatus::Passed,
        InspectionVerdict::Pending => InspectionStatus::Pending,
        InspectionVerdict::Fail => InspectionStatus::Failed,
        InspectionVerdict::NotPerformed => InspectionStatus::NotPerformed,
    };
    change(
        run,
        *id,
        status,
        EventDraft::new(EventType::InspectionReported).with("verdict", verdict.as_str()),
    );
}

fn waive(run: &mut Run<'_>) {
    let Some(InspectionCommand::Waive { inspection: id, statement }) = inspection(Some(run.command)) else {
        return;
    };
    let waiver = Waiver { statement: statement.clone(), given_at: run.now };
    let Some(known) = find(run, *id) else { return };
    known.waiver = Some(waiver);
    settle(run, *id, DeadlineKind::InspectionReport, DeadlineState::Met);
    change(run, *id, InspectionStatus::Waived, EventDraft::new(EventType::InspectionWaived));
}

fn rework(run: &mut Run<'_>) {
    let Some(InspectionCommand::Rework { inspection: id, instructions }) = inspection(Some(run.command))
    else {
        return;
    };
    let Some(known) = find(run, *id) else { return };
    known.rework = Some(instructions.clone());
    change(run, *id, InspectionStatus::Rework, EventDraft::new(EventType::ReworkRequested));
}
