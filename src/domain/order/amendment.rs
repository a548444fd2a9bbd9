//! Amendments of a sealed contract: one side proposes, the other accepts the same hash, and a new version is sealed.

use serde::{Deserialize, Serialize};

use super::OrderStatus as S;
use super::amend::{self, amended_terms};
use super::effect::{self, Effect};
use super::guard::{self, Blocker, Condition, Guard, unless};
use super::step::Run;
use super::table::{ActorKind, BUYER, CLOCK, CommandKind, SUPPLIER, Target, Transition, row};
use super::{Command, DeadlineChange, Order, ShipmentStatus};
use crate::domain::contract::ReleasePolicy;
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{AmendmentId, OrderLineId};
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::time::{Span, Timestamp};
use crate::domain::words::words;

words! {
    /// How far an amendment got.
    AmendmentStatus {
        /// The other side is asked.
        Proposed => "PROPOSED",
        /// Both agreed; a new version of the contract was sealed.
        Accepted => "ACCEPTED",
        /// The other side said no.
        Declined => "DECLINED",
        /// The proposer took it back.
        Withdrawn => "WITHDRAWN",
        /// Nobody answered in time, or the order ended.
        Expired => "EXPIRED",
    }
}

/// A line as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineChange {
    /// The order line.
    pub line_id: OrderLineId,
    /// How many units; the line goes where it is none.
    pub quantity: Option<i64>,
    /// The price of one unit.
    pub unit_price: Option<UnitPrice>,
}

/// What an amendment changes; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AmendmentChanges {
    /// Lines.
    pub lines: Vec<LineChange>,
    /// Carriage, in minor units and their currency.
    pub freight: Option<(i64, Currency)>,
    /// From the first payment to the last instant of dispatch.
    pub dispatch_within: Option<Span>,
    /// Whether an inspection stands between production and dispatch.
    pub inspection: Option<bool>,
    /// How escrow is released.
    pub release_policy: Option<ReleasePolicy>,
}

/// A proposed change of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Amendment {
    /// Its id.
    pub id: AmendmentId,
    /// Its number, from one.
    pub seq: u32,
    /// How far it got.
    pub status: AmendmentStatus,
    /// Which side proposed it.
    pub proposed_by: ActorKind,
    /// What it changes.
    pub changes: AmendmentChanges,
    /// Why, in the proposer's words.
    pub reason: Option<String>,
    /// The hash of the contract that it changes.
    pub base_hash: String,
    /// The hash of the terms as they would be.
    pub terms_hash: String,
    /// What the order would cost, in minor units.
    pub total_minor: i64,
    /// How much more than before, in minor units.
    pub difference_minor: i64,
    /// What went back to the buyer by it, in minor units.
    pub refund_minor: i64,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// When it was answered, taken back or expired.
    pub ended_at: Option<Timestamp>,
    /// The version of the contract that it became.
    pub contract_version: Option<u32>,
}

/// What is commanded of amendments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmendmentCommand {
    /// A side proposes a change.
    Propose {
        /// What changes.
        changes: AmendmentChanges,
        /// Why.
        reason: Option<String>,
    },
    /// The other side accepts the terms with this hash.
    Accept {
        /// Which.
        amendment: AmendmentId,
        /// The hash that it saw.
        terms_hash: String,
    },
    /// The other side says no.
    Decline {
        /// Which.
        amendment: AmendmentId,
    },
    /// The proposer takes it back.
    Withdraw {
        /// Which.
        amendment: AmendmentId,
    },
    /// Nobody answered in time.
    Expire {
        /// Which, as its timer names it.
        subject: String,
    },
}

impl AmendmentCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Propose { .. } => CommandKind::ProposeAmendment,
            Self::Accept { .. } => CommandKind::AcceptAmendment,
            Self::Decline { .. } => CommandKind::DeclineAmendment,
            Self::Withdraw { .. } => CommandKind::WithdrawAmendment,
            Self::Expire { .. } => CommandKind::ExpireAmendment,
        }
    }
}

const AMENDABLE: &[S] = &[S::PendingPayment, S::InProduction, S::InInspection, S::Ready, S::PartiallyShipped];
/// What an order with an open amendment can have come to meanwhile; one that ends otherwise ends its amendment.
const SEALED: &[S] = &[
    S::PendingPayment,
    S::InProduction,
    S::InInspection,
    S::Ready,
    S::PartiallyShipped,
    S::Shipped,
    S::Delivered,
    S::Completed,
    S::Closed,
];
const PARTLY: &[S] = &[S::PartiallyShipped];

/// The rows of amendments.
pub(super) const ROWS: &[Transition] = &[
    propose("T06p", BUYER, &[PROPOSE_AS_BUYER]),
    propose("T06ps", SUPPLIER, &[PROPOSE_AS_SUPPLIER]),
    accept("T06", AMENDABLE, BUYER, Target::Same, &[GOODS_STAY], BY_SUPPLIER_SEALED, SEAL),
    accept("T06s", AMENDABLE, SUPPLIER, Target::Same, &[GOODS_STAY], BY_BUYER_SEALED, SEAL),
    accept("T06a", PARTLY, BUYER, Target::Status(S::Shipped), &[SOME_TRAVEL], BY_SUPPLIER_SEALED, SEAL_LEFT),
    accept("T06as", PARTLY, SUPPLIER, Target::Status(S::Shipped), &[SOME_TRAVEL], BY_BUYER_SEALED, SEAL_LEFT),
    accept("T06b", PARTLY, BUYER, Target::Status(S::Delivered), &[ALL_THERE], BY_SUPPLIER_SEALED, SEAL_THERE),
    accept(
        "T06bs",
        PARTLY,
        SUPPLIER,
        Target::Status(S::Delivered),
        &[ALL_THERE],
        BY_BUYER_SEALED,
        SEAL_THERE,
    ),
    end("T06d", CommandKind::DeclineAmendment, BUYER, &[AMENDMENT_IS_OPEN, BY_SUPPLIER]),
    end("T06ds", CommandKind::DeclineAmendment, SUPPLIER, &[AMENDMENT_IS_OPEN, BY_BUYER]),
    end("T06w", CommandKind::WithdrawAmendment, BUYER, &[AMENDMENT_IS_OPEN, BY_BUYER]),
    end("T06ws", CommandKind::WithdrawAmendment, SUPPLIER, &[AMENDMENT_IS_OPEN, BY_SUPPLIER]),
    end("T06k", CommandKind::ExpireAmendment, CLOCK, &[AMENDMENT_IS_OPEN]),
];

const SEAL: &[Effect] = &[amend::SEAL_AMENDMENT, amend::MOVE_DIFFERENCE, amend::RESCHEDULE];
const SEAL_LEFT: &[Effect] = &[
    amend::SEAL_AMENDMENT,
    amend::MOVE_DIFFERENCE,
    super::compensation::COMPENSATE_LATE_DISPATCH,
    effect::SETTLE_DISPATCH,
];
const SEAL_THERE: &[Effect] = &[
    amend::SEAL_AMENDMENT,
    amend::MOVE_DIFFERENCE,
    super::compensation::COMPENSATE_LATE_DISPATCH,
    effect::SETTLE_DISPATCH,
    effect::SETTLE_DELIVERY,
    effect::AWAIT_RECEIPT,
];
const BY_SUPPLIER_SEALED: &[Guard] = &[
    guard::NO_HOLD,
    AMENDMENT_IS_OPEN,
    IN_TIME_TO_ANSWER,
    BY_SUPPLIER,
    TERMS_STILL_FIT,
    HASH_ECHOED,
    guard::NO_PAYMENT_UNDER_WAY,
];
const BY_BUYER_SEALED: &[Guard] = &[
    guard::NO_HOLD,
    AMENDMENT_IS_OPEN,
    IN_TIME_TO_ANSWER,
    BY_BUYER,
    TERMS_STILL_FIT,
    HASH_ECHOED,
    guard::NO_PAYMENT_UNDER_WAY,
];

const fn propose(id: &'static str, actors: &'static [ActorKind], effects: &'static [Effect]) -> Transition {
    let guards = &[guard::NO_HOLD, NO_OTHER_IS_OPEN];
    Transition { guards, effects, ..row(id, AMENDABLE, CommandKind::ProposeAmendment, actors) }
}

const fn accept(
    id: &'static str,
    from: &'static [S],
    actors: &'static [ActorKind],
    to: Target,
    when: &'static [Condition],
    guards: &'static [Guard],
    effects: &'static [Effect],
) -> Transition {
    Transition { when, guards, to, effects, ..row(id, from, CommandKind::AcceptAmendment, actors) }
}

const fn end(
    id: &'static str,
    command: CommandKind,
    actors: &'static [ActorKind],
    guards: &'static [Guard],
) -> Transition {
    let from = if matches!(command, CommandKind::ExpireAmendment) { SEALED } else { AMENDABLE };
    Transition { guards, effects: &[END_AMENDMENT], ..row(id, from, command, actors) }
}

/// The amendment is one of the order's and waits for an answer.
const AMENDMENT_IS_OPEN: Guard = Guard::new("the amendment is open", |order, command, _| {
    let open = order.open_amendment();
    let wanted = command.and_then(named);
    let meant = open.filter(|open| wanted.as_ref().is_none_or(|wanted| open.id.to_string() == *wanted));
    unless(meant.is_some(), Blocker::NoOpenAmendment)
});
/// The time to accept is not over; declining and withdrawing only end what the clock would end.
const IN_TIME_TO_ANSWER: Guard = Guard::new("in time to answer", |order, _, now| {
    let due = order.deadline(DeadlineKind::AmendmentAnswer).map(|deadline| deadline.due_at);
    unless(due.is_none_or(|due| now <= due), Blocker::AmendmentOverdue)
});
/// No other amendment waits for an answer.
const NO_OTHER_IS_OPEN: Guard = Guard::new("no amendment is open", |order, _, _| {
    unless(order.open_amendment().is_none(), Blocker::AmendmentOpen)
});
/// The buyer proposed it.
const BY_BUYER: Guard =
    Guard::new("proposed by the buyer", |order, _, _| proposed_by(order, ActorKind::Buyer));
/// The supplier proposed it.
const BY_SUPPLIER: Guard =
    Guard::new("proposed by the supplier", |order, _, _| proposed_by(order, ActorKind::Supplier));
/// The terms with the change are still those that were proposed.
const TERMS_STILL_FIT: Guard = Guard::new("the order did not move on since", |order, _, _| {
    let fits = order.open_amendment().is_some_and(|open| {
        open.base_hash == order.terms_hash
            && amended_terms(order, &open.changes).is_ok_and(|made| {
                made.terms_hash == open.terms_hash && made.refund_minor <= order.position.held()
            })
    });
    unless(fits, Blocker::AmendmentStale)
});
/// The hash of the amended terms was echoed.
const HASH_ECHOED: Guard = Guard::new("amended terms hash echoed", |order, command, _| match command {
    Some(Command::Amendment(AmendmentCommand::Accept { terms_hash, .. })) => {
        let same = order.open_amendment().is_some_and(|open| open.terms_hash == *terms_hash);
        unless(same, Blocker::TermsDiffer)
    }
    _ => None,
});

fn proposed_by(order: &Order, side: ActorKind) -> Option<Blocker> {
    unless(order.open_amendment().is_none_or(|open| open.proposed_by == side), Blocker::NotYoursToAnswer)
}

fn named(command: &Command) -> Option<String> {
    match command {
        Command::Amendment(
            AmendmentCommand::Accept { amendment, .. }
            | AmendmentCommand::Decline { amendment }
            | AmendmentCommand::Withdraw { amendment },
        ) => Some(amendment.to_string()),
        Command::Amendment(AmendmentCommand::Expire { subject }) => Some(subject.clone()),
        _ => None,
    }
}

/// Whether the amendment leaves nothing to dispatch: `None` where no amendment is open.
fn ends_dispatch(order: &Order) -> Option<bool> {
    let open = order.open_amendment()?;
    if order.shipments.is_empty() {
        return Some(false);
    }
    let ends = order.terms.lines.iter().all(|line| {
        let change = open.changes.lines.iter().find(|change| change.line_id == line.id);
        let wanted = change.and_then(|change| change.quantity).unwrap_or(line.quantity);
        line.quantity - order.undispatched(line.id) == wanted
    });
    Some(ends)
}

fn all_arrived(order: &Order) -> bool {
    order.shipments.iter().all(|known| known.status != ShipmentStatus::Dispatched)
}

/// Goods are still to leave after it.
const GOODS_STAY: Condition =
    Condition::new("goods are still to leave after it", |order, _| ends_dispatch(order) != Some(true));
/// Everything has left after it, and something is on its way.
const SOME_TRAVEL: Condition = Condition::new("all goods have left after it, not all arrived", |order, _| {
    ends_dispatch(order) == Some(true) && !all_arrived(order)
});
/// Everything has arrived after it.
const ALL_THERE: Condition = Condition::new("all goods have arrived after it", |order, _| {
    ends_dispatch(order) == Some(true) && all_arrived(order)
});

/// An amendment of the buyer.
const PROPOSE_AS_BUYER: Effect = Effect::new("propose amendment, start timer AMENDMENT_ANSWER", |run| {
    amend::propose(run, ActorKind::Buyer)
});
/// An amendment of the supplier.
const PROPOSE_AS_SUPPLIER: Effect = Effect::new("propose amendment, start timer AMENDMENT_ANSWER", |run| {
    amend::propose(run, ActorKind::Supplier)
});
/// An amendment ends without a new version.
const END_AMENDMENT: Effect = Effect::sure("end amendment, settle timer AMENDMENT_ANSWER", end_amendment);

fn end_amendment(run: &mut Run<'_>) {
    let (status, kind, outcome) = match run.command {
        Command::Amendment(AmendmentCommand::Decline { .. }) => {
            (AmendmentStatus::Declined, EventType::AmendmentDeclined, DeadlineState::Met)
        }
        Command::Amendment(AmendmentCommand::Withdraw { .. }) => {
            (AmendmentStatus::Withdrawn, EventType::AmendmentWithdrawn, DeadlineState::Cancelled)
        }
        _ => (AmendmentStatus::Expired, EventType::AmendmentExpired, DeadlineState::Breached),
    };
    let Some(id) = close(run, status) else { return };
    run.deadlines.push(DeadlineChange::Settle {
        kind: DeadlineKind::AmendmentAnswer,
        subject: Some(id.to_string()),
        outcome,
    });
    run.subject = Some(id.to_string());
    run.tell(EventDraft::new(kind).with("amendmentId", id.to_string()));
}

/// Closes the open amendment, if there is one.
pub(super) fn close(run: &mut Run<'_>, status: AmendmentStatus) -> Option<AmendmentId> {
    let now = run.now;
    let open = run.order.amendments.iter_mut().find(|known| known.status == AmendmentStatus::Proposed)?;
    open.status = status;
    open.ended_at = Some(now);
    Some(open.id)
}

impl Order {
    /// The amendment that waits for an answer.
    pub fn open_amendment(&self) -> Option<&Amendment> {
        self.amendments.iter().find(|known| known.status == AmendmentStatus::Proposed)
    }

    /// What amendments gave back to the buyer, in minor units.
    pub fn amended_back(&self) -> i64 {
        self.amendments.iter().map(|known| known.refund_minor).sum()
    }

    /// Whether what was paid is what the terms say, less what amendments gave back: two sides of the same fact.
    pub fn books_fit_the_terms(&self) -> bool {
        self.position.held() >= 0 && self.position.paid - self.amended_back() == self.terms.total.0
    }

    /// Whether no unit is left to dispatch.
    pub fn all_goods_left(&self) -> bool {
        self.terms.lines.iter().all(|line| self.undispatched(line.id) == 0)
    }
}
