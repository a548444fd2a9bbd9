//! Holds of the platform's own: one operator places one, two lift it.

use super::effect::Effect;
use super::guard::{Blocker, Condition, Guard, unless};
use super::hold::{lift_holds, place_hold};
use super::step::Run;
use super::table::{CLAIMABLE, CommandKind, OPERATOR, Transition, row};
use super::{Command, Hold, HoldKind, Order};
use crate::domain::event::{EventDraft, EventType};

/// What an operator wants of a risk hold; operators are members or apps by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RiskHoldCommand {
    /// Freeze the order.
    Place {
        /// Why.
        reason: String,
        /// Who.
        operator: String,
    },
    /// Approve that it is lifted, or lift it where another operator approved.
    Lift {
        /// Who.
        operator: String,
    },
}

impl RiskHoldCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Place { .. } => CommandKind::PlaceRiskHold,
            Self::Lift { .. } => CommandKind::LiftRiskHold,
        }
    }
}

impl Order {
    /// The platform's own hold.
    pub fn risk_hold(&self) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.kind == HoldKind::Risk)
    }
}

/// The rows of risk holds.
pub(super) const ROWS: &[Transition] = &[
    Transition {
        guards: &[NO_RISK_HOLD],
        effects: &[PLACE],
        ..row("T40", CLAIMABLE, CommandKind::PlaceRiskHold, OPERATOR)
    },
    Transition {
        when: &[NOT_APPROVED],
        effects: &[APPROVE],
        ..row("T40a", CLAIMABLE, CommandKind::LiftRiskHold, OPERATOR)
    },
    Transition {
        when: &[APPROVED],
        guards: &[NOT_THE_APPROVER],
        effects: &[LIFT],
        ..row("T40l", CLAIMABLE, CommandKind::LiftRiskHold, OPERATOR)
    },
];

const NO_RISK_HOLD: Guard =
    Guard::new("no risk hold", |order, _, _| unless(order.risk_hold().is_none(), Blocker::RiskHoldOpen));
const NOT_THE_APPROVER: Guard = Guard::new("another operator", |order, command, _| {
    let approver = order.risk_hold().and_then(|hold| hold.lift_approved_by.as_ref());
    match command {
        Some(Command::RiskHold(RiskHoldCommand::Lift { operator })) => {
            unless(approver != Some(operator), Blocker::SameOperator)
        }
        _ => None,
    }
});
const NOT_APPROVED: Condition = Condition::new("risk hold, lifting not approved", |order, _| {
    order.risk_hold().is_some_and(|hold| hold.lift_approved_by.is_none())
});
const APPROVED: Condition = Condition::new("risk hold, lifting approved", |order, _| {
    order.risk_hold().is_some_and(|hold| hold.lift_approved_by.is_some())
});
const PLACE: Effect = Effect::sure("hold RISK", place);
const APPROVE: Effect = Effect::sure("note approval", approve);
const LIFT: Effect =
    Effect::sure("lift hold RISK", |run| lift_holds(run, |hold| hold.kind == HoldKind::Risk));

fn place(run: &mut Run<'_>) {
    let Command::RiskHold(RiskHoldCommand::Place { reason, operator }) = run.command else { return };
    let id = place_hold(run, HoldKind::Risk, reason, None);
    if let Some(hold) = run.order.holds.iter_mut().find(|hold| hold.id == id) {
        hold.placed_by = Some(operator.clone());
    }
}

fn approve(run: &mut Run<'_>) {
    let Command::RiskHold(RiskHoldCommand::Lift { operator }) = run.command else { return };
    let Some(hold) = run.order.holds.iter_mut().find(|hold| hold.kind == HoldKind::Risk) else { return };
    hold.lift_approved_by = Some(operator.clone());
    let id = hold.id.to_string();
    run.tell(EventDraft::new(EventType::HoldLiftApproved).with("holdId", id));
}
