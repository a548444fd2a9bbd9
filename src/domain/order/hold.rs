//! The hold region: what freezes an order, and the timers that stand meanwhile.

use serde::{Deserialize, Serialize};

use super::inspection::await_booking;
use super::step::Run;
use super::{DeadlineChange, Order};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::HoldId;
use crate::domain::time::{Span, Timestamp};
use crate::domain::words::words;

words! {
    /// Why an order's money is frozen.
    HoldKind {
        /// A refund request is open.
        RefundRequest => "REFUND_REQUEST",
        /// A dispute is open.
        Dispute => "DISPUTE",
        /// The buyer's bank took a payment back.
        Chargeback => "CHARGEBACK",
        /// The platform looks into it.
        Risk => "RISK",
    }
}

/// A hold: while one is there nothing is released and the order's timers stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Why.
    pub kind: HoldKind,
    /// Why, in words.
    pub reason: String,
    /// What it stands for: a dispute, return or charge-back by its id; absent for a risk check.
    pub subject: Option<String>,
    /// The operator who placed it; absent where a rule did.
    pub placed_by: Option<String>,
    /// The first of the two operators who lift a risk hold.
    pub lift_approved_by: Option<String>,
    /// Since when.
    pub placed_at: Timestamp,
}

/// A timer that stood has at least this long when it runs again.
const LEAST_REMAINDER: Span = Span::hours(48);

/// Places a hold. The first one stops the timers of dispatch, delivery and release.
pub(super) fn place_hold(run: &mut Run<'_>, kind: HoldKind, reason: &str, subject: Option<String>) -> HoldId {
    let id = run.fresh();
    if run.order.holds.is_empty() {
        pause_timers(run);
    }
    let hold = Hold {
        id,
        kind,
        reason: reason.to_owned(),
        subject,
        placed_by: None,
        lift_approved_by: None,
        placed_at: run.now,
    };
    run.order.holds.push(hold);
    run.tell(
        EventDraft::new(EventType::HoldPlaced).with("holdId", id.to_string()).with("kind", kind.as_str()),
    );
    id
}

/// Changes what a hold stands for, such as a refund request that becomes a dispute.
pub(super) fn change_hold(run: &mut Run<'_>, subject: &str, kind: HoldKind) {
    for hold in &mut run.order.holds {
        if hold.subject.as_deref() == Some(subject) {
            hold.kind = kind;
        }
    }
}

/// Lifts the holds that match. The last one lets the timers run on with what was left of them.
pub(super) fn lift_holds(run: &mut Run<'_>, matches: impl Fn(&Hold) -> bool) {
    let (lifted, kept): (Vec<_>, Vec<_>) = run.order.holds.drain(..).partition(matches);
    run.order.holds = kept;
    for hold in &lifted {
        run.tell(
            EventDraft::new(EventType::HoldLifted)
                .with("holdId", hold.id.to_string())
                .with("kind", hold.kind.as_str()),
        );
    }
    if !lifted.is_empty() && run.order.holds.is_empty() {
        resume_timers(run);
    }
}

fn pause_timers(run: &mut Run<'_>) {
    let now = run.now;
    for deadline in &mut run.order.deadlines {
        // A promise that is broken already stays broken; money that is due to leave stays.
        let over = now > deadline.due_at && !super::delivery::is_receipt(deadline.kind);
        if deadline.state == DeadlineState::Pending && deadline.kind.pauses_on_hold() && !over {
            let remaining = now.until(deadline.due_at);
            deadline.state = DeadlineState::Paused;
            deadline.remaining = Some(remaining);
            run.deadlines.push(DeadlineChange::Pause {
                kind: deadline.kind,
                subject: deadline.subject.clone(),
                remaining,
            });
        }
    }
}

fn resume_timers(run: &mut Run<'_>) {
    let added =
        |remaining: Span| Span::seconds((LEAST_REMAINDER.as_seconds() - remaining.as_seconds()).max(0));
    // What dispatch gets on top moves its reminders and the promised delivery, too.
    let remaining = |order: &Order, kind| order.deadline(kind).and_then(|deadline| deadline.remaining);
    let grace = remaining(&run.order, DeadlineKind::Dispatch).map_or(Span::ZERO, added);
    // The credit for a late delivery stays as far behind the promise as it was.
    let promise = remaining(&run.order, DeadlineKind::Delivery).map(added);
    let now = run.now;
    let mut moved = Vec::new();
    for deadline in &mut run.order.deadlines {
        let Some(remaining) = deadline.remaining.take() else { continue };
        let extra = match deadline.kind {
            DeadlineKind::Dispatch | DeadlineKind::DispatchDue | DeadlineKind::DispatchWarning => grace,
            // Never less than a timer of its own would have, also where dispatch is over.
            DeadlineKind::Delivery => grace.max(added(remaining)),
            DeadlineKind::LateDeliveryCredit => grace.max(promise.unwrap_or_else(|| added(remaining))),
            _ => added(remaining),
        };
        deadline.state = DeadlineState::Pending;
        deadline.due_at = now.plus(remaining).plus(extra);
        moved.push((deadline.kind, deadline.subject.clone(), deadline.due_at));
    }
    for (kind, subject, due_at) in moved {
        if let Some(schedule) = run.schedule.as_mut() {
            match kind {
                DeadlineKind::Dispatch => schedule.dispatch_by = Some(due_at),
                DeadlineKind::Delivery => schedule.delivery_by = Some(due_at),
                _ => {}
            }
        }
        run.deadlines.push(DeadlineChange::Set { kind, subject, due_at });
    }
    // The last day of an inspection moves with the dispatch; nobody could book one meanwhile.
    if run.order.deadline(DeadlineKind::InspectionBooking).is_some() {
        await_booking(run);
    }
}
