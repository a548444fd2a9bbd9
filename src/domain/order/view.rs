//! What an actor can do and what stands in the way, answered from the same table that decides.

use super::guard::Blocker;
use super::table::{ActorKind, Transition, transitions};
use super::{CommandKind, Order, OrderStatus};
use crate::domain::deadline::DeadlineKind;
use crate::domain::time::Timestamp;
use crate::domain::words::words;

/// Something that an actor could do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub command: CommandKind,
    /// What stands in the way; empty where it can be done now.
    pub blocked_by: Vec<Blocker>,
    /// Until when it is to be done.
    pub deadline: Option<Timestamp>,
}

/// The actions that the order's status has for an actor, each with what stands in the way.
pub fn actions(order: &Order, actor: ActorKind, now: Timestamp) -> Vec<Action> {
    let mut found: Vec<Action> = Vec::new();
    for row in rows(order, actor) {
        if found.iter().any(|action| action.command == row.command) {
            continue;
        }
        let blocked_by = row.guards.iter().filter_map(|guard| guard.check(order, None, now)).collect();
        found.push(Action { command: row.command, blocked_by, deadline: act_by(order, row.command) });
    }
    found
}

/// The commands that an actor could give now.
pub fn allowed_commands(
    order: &Order,
    actor: ActorKind,
    now: Timestamp,
) -> impl Iterator<Item = CommandKind> {
    actions(order, actor, now)
        .into_iter()
        .filter(|action| action.blocked_by.is_empty())
        .map(|action| action.command)
}

/// Why no money can leave escrow for the supplier; empty where it can.
pub fn release_blockers(order: &Order, now: Timestamp) -> Vec<Blocker> {
    let confirm = transitions().find(|row| row.command == CommandKind::ConfirmReceipt);
    let mut blockers: Vec<_> = confirm
        .into_iter()
        .flat_map(|row| row.guards)
        .filter_map(|guard| guard.check(order, None, now))
        .collect();
    let shipped = confirm.is_some_and(|row| row.from.contains(&order.status()))
        || order.status() == OrderStatus::Completed;
    if !shipped && !order.status().is_terminal() {
        blockers.push(Blocker::NotShipped);
    }
    blockers
}

words! {
    /// How an order's money stands.
    EscrowState {
        /// Nothing came yet.
        Unfunded => "UNFUNDED",
        /// Money lies in escrow.
        Held => "HELD",
        /// Money lies in escrow, and an open case or check freezes it.
        Frozen => "FROZEN",
        /// Everything that came has left.
        Emptied => "EMPTIED",
    }
}

/// How an order's money stands.
pub const fn escrow_state(order: &Order) -> EscrowState {
    if order.position.paid == 0 {
        EscrowState::Unfunded
    } else if order.position.held() == 0 {
        EscrowState::Emptied
    } else if order.holds.is_empty() {
        EscrowState::Held
    } else {
        EscrowState::Frozen
    }
}

/// What the confirmation of the whole order would release now, in minor units: what lies in escrow, where nothing stands in
/// the way.
pub fn releasable(order: &Order, now: Timestamp) -> i64 {
    if release_blockers(order, now).is_empty() { order.position.held() } else { 0 }
}

/// What an open refund request or dispute is about, in minor units; nothing where none is open.
pub fn contested(order: &Order) -> i64 {
    let is_open = order.disputes.iter().any(|dispute| dispute.status.is_open());
    if is_open { order.disputed() } else { 0 }
}

fn rows(order: &Order, actor: ActorKind) -> impl Iterator<Item = &'static Transition> {
    transitions().filter(move |row| {
        row.actors.contains(&actor)
            && row.from.contains(&order.status())
            && row.when.iter().all(|condition| condition.holds(order, None))
    })
}

/// The timer that waits for a command.
fn act_by(order: &Order, command: CommandKind) -> Option<Timestamp> {
    let kind = match command {
        CommandKind::Confirm | CommandKind::Decline => DeadlineKind::SupplierConfirmation,
        CommandKind::OpenPayment if order.status() == OrderStatus::PendingPayment => DeadlineKind::Payment,
        CommandKind::OpenPayment => DeadlineKind::BalancePayment,
        CommandKind::MarkReady | CommandKind::Dispatch => DeadlineKind::Dispatch,
        CommandKind::RecordDelivery => DeadlineKind::Delivery,
        CommandKind::ConfirmReceipt => DeadlineKind::AutoConfirmation,
        CommandKind::ConfirmShipmentReceipt => DeadlineKind::ShipmentConfirmation,
        CommandKind::ExtendReceipt => {
            let timers = order.deadlines.iter().filter(|timer| super::delivery::is_receipt(timer.kind));
            return timers.map(|timer| timer.due_at).min();
        }
        CommandKind::AcceptAmendment | CommandKind::DeclineAmendment => DeadlineKind::AmendmentAnswer,
        CommandKind::RequestRefund => DeadlineKind::ClaimWindow,
        CommandKind::RespondToRefundRequest => DeadlineKind::RefundAnswer,
        CommandKind::OfferRefund | CommandKind::AcceptRefundOffer => DeadlineKind::DisputeEscalation,
        CommandKind::SubmitEvidence => DeadlineKind::Evidence,
        CommandKind::AppealDecision => DeadlineKind::Appeal,
        _ => return None,
    };
    order.deadline(kind).map(|deadline| deadline.due_at)
}
