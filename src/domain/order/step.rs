//! The interpreter of the table: total, so every command in every state by every actor has an answer.

use sha2::{Digest, Sha256};

use super::guard::Blocker;
use super::table::{ActorKind, Target, Transition, transitions};
use super::view::allowed_commands;
use super::{
    Command, CommandKind, DeadlineChange, EndedBy, Evidence, Order, OrderState, OrderStatus, Schedule, Step,
    StepResult, SuspenseReason,
};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::{Code, Detail, Refusal};
use crate::domain::event::EventDraft;
use crate::domain::ids::TypedId;
use crate::domain::ledger::Posting;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// A step under construction.
pub(super) struct Run<'a> {
    pub(super) order: Order,
    pub(super) schedule: Option<Schedule>,
    pub(super) command: &'a Command,
    pub(super) actor: ActorKind,
    pub(super) now: Timestamp,
    pub(super) step_seals: bool,
    pub(super) postings: Vec<Posting>,
    pub(super) deadlines: Vec<DeadlineChange>,
    pub(super) events: Vec<EventDraft>,
    pub(super) subject: Option<String>,
    pub(super) evidence: Option<Evidence>,
    pub(super) suspense: Option<(SuspenseReason, Money, String)>,
    /// How many ids the step has made.
    made: u32,
}

impl Run<'_> {
    /// A new id, the same whenever the same step is made: from the order, its version and a count, so that nothing here
    /// is random and no two steps make the same one.
    pub(super) fn fresh<Id: TypedId>(&mut self) -> Id {
        self.made += 1;
        let seed = format!("{}\n{}\n{}\n{}", self.order.id, self.order.version, self.made, Id::PREFIX);
        let digest = Sha256::digest(seed.as_bytes());
        let low = digest.iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let milliseconds = u128::from(u64::try_from(self.now.micros() / 1_000).unwrap_or_default());
        // The form of a UUIDv7: 48 bits of time, the version, the variant, and 74 bits that tell ids apart.
        let random = (low & 0x0FFF_3FFF_FFFF_FFFF_FFFF) | 0x7000_8000_0000_0000_0000;
        Id::from_u128((milliseconds << 80) | random)
    }
}

impl Command {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Submit => CommandKind::Submit,
            Self::Confirm { .. } => CommandKind::Confirm,
            Self::Decline { .. } => CommandKind::Decline,
            Self::Cancel { .. } => CommandKind::Cancel,
            Self::Expire => CommandKind::Expire,
            Self::OpenPayment { .. } => CommandKind::OpenPayment,
            Self::ReportPayment { .. } => CommandKind::ReportPayment,
            Self::MarkReady => CommandKind::MarkReady,
            Self::Dispatch { .. } => CommandKind::Dispatch,
            Self::RecordDelivery { .. } => CommandKind::RecordDelivery,
            Self::ConfirmReceipt => CommandKind::ConfirmReceipt,
            Self::AutoConfirmReceipt => CommandKind::AutoConfirmReceipt,
            Self::ReportDispatchDeadline { .. } => CommandKind::ReportDispatchDeadline,
            Self::ReportDeliveryOverdue => CommandKind::ReportDeliveryOverdue,
            Self::ReportBalanceOverdue => CommandKind::ReportBalanceOverdue,
            Self::Close => CommandKind::Close,
            Self::Inspection(command) => command.kind(),
            Self::Return(command) => command.kind(),
            Self::AfterSales(command) => command.kind(),
            Self::Delivery(command) => command.kind(),
            Self::Amendment(command) => command.kind(),
            Self::AssignPayment(_) => CommandKind::AssignPayment,
            Self::ReportHoldLimit => CommandKind::ReportHoldLimit,
            Self::Refund(command) => command.kind(),
            Self::Dispute(command) => command.kind(),
            Self::RiskHold(command) => command.kind(),
            Self::ReportChargeback(_) => CommandKind::ReportChargeback,
            Self::RecordOffPlatformPayment(_) => CommandKind::RecordOffPlatformPayment,
        }
    }

    /// Whether it reads the balances of the parties of this order, which are then locked with it. A payment does only
    /// where credit is spent with it.
    pub fn reads_funds(&self, order: &Order) -> bool {
        match self {
            Self::OpenPayment { use_credit, .. } => *use_credit,
            Self::ReportPayment { payment, .. } => {
                order.payments.iter().any(|known| known.id == *payment && known.credit_minor > 0)
            }
            _ => self.kind().reads_funds(),
        }
    }
}

/// Applies a command to an order at an instant: the order after it and all that has to be written with it, or a
/// refusal that changes nothing.
pub fn step(order: &Order, actor: ActorKind, command: &Command, now: Timestamp) -> StepResult {
    let Some(row) = find_row(order, actor, command) else {
        return Err(refuse(order, actor, now, &[], "The order's status does not allow this."));
    };
    let blockers: Vec<_> =
        row.guards.iter().filter_map(|guard| guard.check(order, Some(command), now)).collect();
    if let Some(first) = blockers.first() {
        return Err(refuse(order, actor, now, &blockers, first.message()));
    }
    let mut run = Run {
        order: order.clone(),
        schedule: order.state.schedule(),
        command,
        actor,
        now,
        step_seals: false,
        postings: Vec::new(),
        deadlines: Vec::new(),
        events: Vec::new(),
        subject: None,
        evidence: None,
        suspense: None,
        made: 0,
    };
    for effect in row.effects {
        effect.apply(&mut run)?;
    }
    finish(run, row, actor)
}

fn find_row(order: &Order, actor: ActorKind, command: &Command) -> Option<&'static Transition> {
    transitions().find(|row| {
        row.command == command.kind()
            && row.actors.contains(&actor)
            && row.from.contains(&order.status())
            && row.when.iter().all(|condition| condition.holds(order, Some(command)))
    })
}

fn refuse(order: &Order, actor: ActorKind, now: Timestamp, blockers: &[Blocker], message: &str) -> Refusal {
    let code = blockers.first().map_or(Code::TransitionRefused, |blocker| blocker.code());
    let refusal = Refusal::new(code, message).at(blockers.first().map_or(&[], |blocker| blocker.field()));
    if code != Code::TransitionRefused && code != Code::DeadlinePassed {
        return refusal;
    }
    refusal.with(Detail::Transition {
        from: order.status().as_str(),
        allowed_actions: allowed_commands(order, actor, now).map(CommandKind::as_str).collect(),
        blocked_by: blockers.to_vec(),
    })
}

fn finish(mut run: Run<'_>, row: &'static Transition, actor: ActorKind) -> StepResult {
    if run.order.deadline(DeadlineKind::HoldLimit).is_some() && run.order.position.held() == 0 {
        run.settle(DeadlineKind::HoldLimit, DeadlineState::Cancelled);
    }
    let from = run.order.status();
    let to = match row.to {
        Target::Status(status) => status,
        Target::Same => from,
    };
    let state =
        enter(&run, to, actor).ok_or_else(|| Refusal::new(Code::Internal, "The order lacks its dates."))?;
    run.order.state = state;
    run.order.version += 1;
    for event in &mut run.events {
        event.body.insert("number".to_owned(), run.order.number.clone().into());
        event.body.insert("status".to_owned(), to.as_str().into());
        event.body.insert("previousStatus".to_owned(), from.as_str().into());
        event.body.insert("actor".to_owned(), actor.as_str().into());
    }
    Ok(Step {
        order: run.order,
        transition: row.id,
        seals_contract: run.step_seals,
        postings: run.postings,
        deadlines: run.deadlines,
        events: run.events,
        subject: run.subject,
        evidence: run.evidence,
        suspense: run.suspense,
    })
}

/// The state with its data; `None` where the order lacks the dates that the status needs.
fn enter(run: &Run<'_>, status: OrderStatus, actor: ActorKind) -> Option<OrderState> {
    let now = run.now;
    let schedule = run.schedule;
    Some(match status {
        OrderStatus::Draft => OrderState::Draft,
        OrderStatus::PendingSupplier => match run.order.state {
            OrderState::PendingSupplier { submitted_at } => OrderState::PendingSupplier { submitted_at },
            _ => OrderState::PendingSupplier { submitted_at: now },
        },
        OrderStatus::PendingPayment => match run.order.state {
            OrderState::PendingPayment { sealed_at } => OrderState::PendingPayment { sealed_at },
            _ => OrderState::PendingPayment { sealed_at: now },
        },
        OrderStatus::InProduction => OrderState::InProduction { schedule: schedule? },
        OrderStatus::InInspection => OrderState::InInspection { schedule: schedule? },
        OrderStatus::Ready => OrderState::Ready { schedule: schedule? },
        OrderStatus::PartiallyShipped => OrderState::PartiallyShipped { schedule: schedule? },
        OrderStatus::Shipped => OrderState::Shipped { schedule: schedule? },
        OrderStatus::Delivered => match run.order.state {
            OrderState::Delivered { delivered_at, .. } => {
                OrderState::Delivered { schedule: schedule?, delivered_at }
            }
            _ => OrderState::Delivered { schedule: schedule?, delivered_at: now },
        },
        OrderStatus::Completed => match run.order.state {
            OrderState::Completed { completed_at, claims_until, .. } => {
                OrderState::Completed { schedule: schedule?, completed_at, claims_until }
            }
            _ => OrderState::Completed {
                schedule: schedule?,
                completed_at: now,
                claims_until: now.plus(run.order.terms.claim_window),
            },
        },
        OrderStatus::Closed => match run.order.state {
            OrderState::Completed { completed_at, .. } => OrderState::Closed { completed_at, closed_at: now },
            OrderState::Closed { completed_at, closed_at } => OrderState::Closed { completed_at, closed_at },
            _ => return None,
        },
        OrderStatus::Cancelled => match &run.order.state {
            state @ OrderState::Cancelled { .. } => state.clone(),
            _ => cancelled(run, actor)?,
        },
        OrderStatus::Expired => match run.order.state {
            OrderState::Expired { ended_at } => OrderState::Expired { ended_at },
            _ => OrderState::Expired { ended_at: now },
        },
        OrderStatus::Refunded => match run.order.state {
            OrderState::Refunded { ended_at } => OrderState::Refunded { ended_at },
            _ => OrderState::Refunded { ended_at: now },
        },
        OrderStatus::Settled => match run.order.state {
            OrderState::Settled { ended_at } => OrderState::Settled { ended_at },
            _ => OrderState::Settled { ended_at: now },
        },
    })
}

fn cancelled(run: &Run<'_>, actor: ActorKind) -> Option<OrderState> {
    let by = match actor {
        ActorKind::Buyer => EndedBy::Buyer,
        ActorKind::Supplier => EndedBy::Supplier,
        ActorKind::Clock => EndedBy::Clock,
        ActorKind::Operator
        | ActorKind::Inspector
        | ActorKind::Carrier
        | ActorKind::Warehouse
        | ActorKind::Provider => return None,
    };
    let reason = match run.command {
        Command::Cancel { reason } | Command::Decline { reason } => reason.clone(),
        _ => None,
    };
    let submitted = run.order.was_submitted();
    Some(OrderState::Cancelled { ended_at: run.now, by, reason, submitted })
}
