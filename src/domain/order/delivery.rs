//! The promises of delivery: receipt shipment by shipment, more time to object, loss, and the ways to end an order whose
//! goods never left or whose balance never came.

use super::OrderStatus as S;
use super::compensation::{
    CLAIM_IN_TIME, CREDIT_LATE_DELIVERY, CREDIT_WORTH_SOMETHING, DELIVERY_IS_LATE, NOT_CREDITED_YET,
};
use super::delivery_effect as effect;
use super::guard::{self, Blocker, Condition, Guard, unless};
use super::table::{ActorKind, BUYER, CLOCK, CommandKind, SUPPLIER, Target, Transition, row};
use super::{Command, InstalmentStatus, Order, Shipment, ShipmentStatus};
use crate::domain::contract::ReleasePolicy;
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::ids::ShipmentId;
use crate::domain::time::Timestamp;

/// What is commanded of deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryCommand {
    /// The buyer has a shipment in satisfactory condition.
    ConfirmShipment {
        /// Which.
        shipment: ShipmentId,
    },
    /// Receipt of a shipment counts as confirmed.
    AutoConfirmShipment {
        /// Which, as its timer names it.
        subject: String,
    },
    /// More time to object to what arrived.
    ExtendReceipt,
    /// A shipment is lost.
    ReportLost {
        /// Which.
        shipment: ShipmentId,
        /// What is known of it.
        reason: String,
    },
    /// The buyer cancels, as nothing left in time.
    CancelForNonDispatch,
    /// The supplier cancels, as the balance never came.
    CancelForUnpaidBalance,
    /// The buyer claims the credit for a late guaranteed delivery.
    ClaimLateDelivery,
    /// The clock grants that credit.
    GrantLateDelivery,
}

impl DeliveryCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::ConfirmShipment { .. } => CommandKind::ConfirmShipmentReceipt,
            Self::AutoConfirmShipment { .. } => CommandKind::AutoConfirmShipmentReceipt,
            Self::ExtendReceipt => CommandKind::ExtendReceipt,
            Self::ReportLost { .. } => CommandKind::ReportShipmentLost,
            Self::CancelForNonDispatch => CommandKind::CancelForNonDispatch,
            Self::CancelForUnpaidBalance => CommandKind::CancelForUnpaidBalance,
            Self::ClaimLateDelivery => CommandKind::ClaimLateDelivery,
            Self::GrantLateDelivery => CommandKind::GrantLateDelivery,
        }
    }
}

const ON_THE_WAY: &[S] = &[S::PartiallyShipped, S::Shipped];
const ARRIVING: &[S] = &[S::PartiallyShipped, S::Shipped, S::Delivered];
const ALL_LEFT: &[S] = &[S::Shipped, S::Delivered];
/// Paid, and nothing has left yet, unless it was lost.
const STANDING: &[S] = &[S::InProduction, S::InInspection, S::Ready];
const GUARANTEED: &[S] = &[
    S::InProduction,
    S::InInspection,
    S::Ready,
    S::PartiallyShipped,
    S::Shipped,
    S::Delivered,
    S::Completed,
];
/// Who may say that goods are lost whenever they hear of it.
const FINDERS: &[ActorKind] = &[ActorKind::Supplier, ActorKind::Carrier, ActorKind::Operator];

/// The rows of deliveries.
pub(super) const ROWS: &[Transition] = &[
    Transition {
        when: &[PER_SHIPMENT, SHARES_FOLLOW],
        guards: &[guard::NO_HOLD, guard::FULLY_FUNDED, SHIPMENT_UNCONFIRMED],
        effects: &[effect::CONFIRM_SHIPMENT, effect::RELEASE_SHARE],
        ..row("T20", ARRIVING, CommandKind::ConfirmShipmentReceipt, BUYER)
    },
    Transition {
        when: &[PER_SHIPMENT, LAST_SHARE],
        guards: &[guard::NO_HOLD, guard::FULLY_FUNDED, SHIPMENT_UNCONFIRMED],
        to: Target::Status(S::Completed),
        effects: &[effect::CONFIRM_SHIPMENT, effect::RELEASE_SHARE, super::effect::OPEN_CLAIMS],
        ..row("T20c", ALL_LEFT, CommandKind::ConfirmShipmentReceipt, BUYER)
    },
    Transition {
        when: &[PER_SHIPMENT, SHARES_FOLLOW],
        guards: &[guard::NO_HOLD, guard::FULLY_FUNDED, SHIPMENT_PROVEN],
        effects: &[effect::CONFIRM_SHIPMENT, effect::RELEASE_SHARE],
        ..row("T20k", ARRIVING, CommandKind::AutoConfirmShipmentReceipt, CLOCK)
    },
    Transition {
        when: &[PER_SHIPMENT, LAST_SHARE],
        guards: &[guard::NO_HOLD, guard::FULLY_FUNDED, SHIPMENT_PROVEN],
        to: Target::Status(S::Completed),
        effects: &[effect::CONFIRM_SHIPMENT, effect::RELEASE_SHARE, super::effect::OPEN_CLAIMS],
        ..row("T20kc", ALL_LEFT, CommandKind::AutoConfirmShipmentReceipt, CLOCK)
    },
    Transition {
        guards: &[guard::NO_HOLD, RECEIPT_RUNS, NOT_EXTENDED],
        effects: &[effect::EXTEND_RECEIPT, effect::NOTE_EXTENSION],
        ..row("T19", ARRIVING, CommandKind::ExtendReceipt, BUYER)
    },
    Transition {
        guards: &[guard::NO_HOLD, RECEIPT_RUNS],
        effects: &[effect::EXTEND_RECEIPT],
        ..row("T19s", ARRIVING, CommandKind::ExtendReceipt, SUPPLIER)
    },
    Transition {
        when: &[guard::IS_GUARANTEED],
        guards: &[NOT_CREDITED_YET, DELIVERY_IS_LATE, CLAIM_IN_TIME, CREDIT_WORTH_SOMETHING],
        effects: &[CREDIT_LATE_DELIVERY],
        ..row("T31", GUARANTEED, CommandKind::ClaimLateDelivery, BUYER)
    },
    Transition {
        when: &[guard::IS_GUARANTEED],
        guards: &[NOT_CREDITED_YET, DELIVERY_IS_LATE, CREDIT_WORTH_SOMETHING],
        effects: &[CREDIT_LATE_DELIVERY],
        ..row("T31k", GUARANTEED, CommandKind::GrantLateDelivery, CLOCK)
    },
    Transition {
        guards: &[
            guard::NO_HOLD,
            guard::PAID_FOR_DISPATCH,
            NOTHING_DISPATCHED,
            effect::MONEY_IS_HELD,
            DISPATCH_GRACE_OVER,
        ],
        to: Target::Status(S::Refunded),
        effects: &[
            effect::REFUND_ALL,
            super::inspection::END_INSPECTIONS,
            super::after_sales::END_REQUESTS,
            super::effect::CANCEL_DEADLINES,
            super::effect::EXPIRE_SESSIONS,
            effect::TELL_REFUNDED,
        ],
        ..row("T32", STANDING, CommandKind::CancelForNonDispatch, BUYER)
    },
    Transition {
        when: &[effect::NOTHING_KEPT],
        guards: UNPAID,
        to: Target::Status(S::Refunded),
        effects: &[
            effect::RETURN_DEPOSIT,
            super::inspection::END_INSPECTIONS,
            super::after_sales::END_REQUESTS,
            super::effect::CANCEL_DEADLINES,
            super::effect::EXPIRE_SESSIONS,
            effect::TELL_REFUNDED,
        ],
        ..row("T13c", STANDING, CommandKind::CancelForUnpaidBalance, SUPPLIER)
    },
    Transition {
        when: &[effect::DEPOSIT_KEPT],
        guards: UNPAID,
        to: Target::Status(S::Settled),
        effects: &[
            effect::RETURN_DEPOSIT,
            super::inspection::END_INSPECTIONS,
            super::after_sales::END_REQUESTS,
            super::effect::CANCEL_DEADLINES,
            super::effect::EXPIRE_SESSIONS,
            effect::TELL_SETTLED,
        ],
        ..row("T13d", STANDING, CommandKind::CancelForUnpaidBalance, SUPPLIER)
    },
    Transition {
        guards: &[guard::NO_HOLD, guard::NO_PAYMENT_UNDER_WAY, BALANCE_IS_OVERDUE, guard::PROVEN_DELIVERY],
        to: Target::Status(S::Settled),
        effects: &[
            effect::RELEASE_HELD,
            super::inspection::END_INSPECTIONS,
            super::after_sales::END_REQUESTS,
            super::effect::CANCEL_DEADLINES,
            super::effect::EXPIRE_SESSIONS,
            effect::TELL_SETTLED,
        ],
        ..row("T13e", &[S::Delivered], CommandKind::CancelForUnpaidBalance, SUPPLIER)
    },
    loss("T33", FINDERS, Target::Status(S::PartiallyShipped), &[OTHERS_LEFT], &[SHIPMENT_LOSABLE]),
    loss("T33r", FINDERS, Target::Status(S::Ready), &[NONE_OTHER_LEFT], &[SHIPMENT_LOSABLE]),
    loss("T33b", BUYER, Target::Status(S::PartiallyShipped), &[OTHERS_LEFT], BUYER_LOSS),
    loss("T33br", BUYER, Target::Status(S::Ready), &[NONE_OTHER_LEFT], BUYER_LOSS),
];

const UNPAID: &[Guard] = &[
    guard::NO_HOLD,
    NOTHING_DISPATCHED,
    guard::NO_PAYMENT_UNDER_WAY,
    effect::MONEY_IS_HELD,
    BALANCE_IS_OVERDUE,
];
/// A buyer that waits for goods calls them lost once they are late.
const BUYER_LOSS: &[Guard] = &[SHIPMENT_LOSABLE, DELIVERY_IS_OVER];

/// T33: the goods count as not dispatched again; they can be sent anew, or a refund asked for.
const fn loss(
    id: &'static str,
    actors: &'static [ActorKind],
    to: Target,
    when: &'static [Condition],
    guards: &'static [Guard],
) -> Transition {
    let effects = &[effect::LOSE_SHIPMENT];
    Transition { when, guards, to, effects, ..row(id, ON_THE_WAY, CommandKind::ReportShipmentLost, actors) }
}

/// The contract releases share by share.
const PER_SHIPMENT: Condition = Condition::new("released per shipment", |order, _| {
    order.terms.release_policy == ReleasePolicy::PerShipment
});
/// Other shipments are still to be confirmed.
const SHARES_FOLLOW: Condition = Condition::new("other shares follow", |order, command| {
    command.is_none() || !is_last_share(order, command)
});
/// Everything else was confirmed.
const LAST_SHARE: Condition =
    Condition::new("the last share", |order, command| command.is_none() || is_last_share(order, command));
/// Other shipments are on their way or arrived.
const OTHERS_LEFT: Condition = Condition::new("other goods have left", |order, command| {
    command.is_none() || others_left(order, command)
});
/// No other shipment is on its way or arrived.
const NONE_OTHER_LEFT: Condition = Condition::new("no other goods have left", |order, command| {
    command.is_none() || !others_left(order, command)
});

/// The shipment can be confirmed.
const SHIPMENT_UNCONFIRMED: Guard = Guard::new("shipment not confirmed", |order, command, _| {
    let mut known = named(order, command);
    unless(
        known.any(|shipment| is_alive(shipment) && shipment.confirmed_at.is_none()),
        Blocker::NotConfirmable,
    )
});
/// The shipment arrived with proof and is not confirmed.
const SHIPMENT_PROVEN: Guard = Guard::new("proof of the shipment's delivery", |order, command, _| {
    let proven = |shipment: &Shipment| {
        shipment.status == ShipmentStatus::Delivered
            && shipment.proof.is_some()
            && shipment.confirmed_at.is_none()
    };
    unless(named(order, command).any(proven), Blocker::NoProofOfDelivery)
});
/// The shipment is on its way and nobody confirmed it.
const SHIPMENT_LOSABLE: Guard = Guard::new("shipment is on its way, not confirmed", |order, command, _| {
    let losable = |shipment: &Shipment| {
        shipment.status == ShipmentStatus::Dispatched && shipment.confirmed_at.is_none()
    };
    unless(named(order, command).any(losable), Blocker::ShipmentNotOnItsWay)
});
/// The promised delivery is over.
const DELIVERY_IS_OVER: Guard = Guard::new("the promised delivery is over", |order, _, now| {
    let promised = order.state.schedule().and_then(|schedule| schedule.delivery_by);
    unless(promised.is_some_and(|by| now > by), Blocker::DeliveryNotLate)
});
/// A timer waits for the buyer's objection and is not over.
const RECEIPT_RUNS: Guard = Guard::new("receipt is about to confirm itself", receipt_runs);
/// The buyer has not extended yet.
const NOT_EXTENDED: Guard = Guard::new("not extended by the buyer before", |order, _, _| {
    let extended = order.state.schedule().is_some_and(|schedule| schedule.receipt_extended);
    unless(!extended, Blocker::AlreadyExtended)
});
/// Nothing ever left.
const NOTHING_DISPATCHED: Guard = Guard::new("nothing was dispatched", |order, _, _| {
    unless(order.shipments.is_empty(), Blocker::AlreadyDispatched)
});
/// The grace after the dispatch deadline is over.
const DISPATCH_GRACE_OVER: Guard =
    Guard::new("the grace after the dispatch deadline is over", |order, _, now| {
        let by = order.state.schedule().and_then(|schedule| schedule.dispatch_by);
        let grace = order.terms.policy.delivery.non_dispatch_grace;
        unless(by.is_some_and(|by| now > by.plus(grace)), Blocker::DispatchNotOverdue)
    });
/// An instalment was not paid in time.
const BALANCE_IS_OVERDUE: Guard = Guard::new("the balance is overdue", |order, _, now| {
    let mut unpaid = order.instalments.iter().filter(|part| part.status != InstalmentStatus::Paid);
    unless(unpaid.any(|part| part.due_at.is_some_and(|due| now > due)), Blocker::BalanceNotOverdue)
});

fn receipt_runs(order: &Order, _: Option<&Command>, now: Timestamp) -> Option<Blocker> {
    let mut timers = order.deadlines.iter().filter(|timer| is_receipt(timer.kind)).peekable();
    if timers.peek().is_none() {
        return Some(Blocker::NothingToExtend);
    }
    let runs = timers.any(|timer| timer.state == DeadlineState::Pending && now <= timer.due_at);
    unless(runs, Blocker::ReceiptOverdue)
}

/// Whether a timer confirms receipt.
pub(super) const fn is_receipt(kind: DeadlineKind) -> bool {
    matches!(kind, DeadlineKind::AutoConfirmation | DeadlineKind::ShipmentConfirmation)
}

/// Whether a shipment is on its way or arrived.
pub(super) const fn is_alive(shipment: &Shipment) -> bool {
    matches!(shipment.status, ShipmentStatus::Dispatched | ShipmentStatus::Delivered)
}

/// The shipment that a command names; any one where there is no command to name it.
fn named<'a>(order: &'a Order, command: Option<&Command>) -> impl Iterator<Item = &'a Shipment> {
    let wanted = command.map(named_id);
    order.shipments.iter().filter(move |shipment| {
        wanted.as_ref().is_none_or(|wanted| wanted.as_ref().is_some_and(|id| shipment.id.to_string() == *id))
    })
}

/// The id of the shipment that a command names.
pub(super) fn named_id(command: &Command) -> Option<String> {
    match command {
        Command::Delivery(
            DeliveryCommand::ConfirmShipment { shipment } | DeliveryCommand::ReportLost { shipment, .. },
        ) => Some(shipment.to_string()),
        Command::Delivery(DeliveryCommand::AutoConfirmShipment { subject }) => Some(subject.clone()),
        _ => None,
    }
}

fn others_left(order: &Order, command: Option<&Command>) -> bool {
    let wanted = command.and_then(named_id);
    order.shipments.iter().any(|shipment| is_alive(shipment) && Some(shipment.id.to_string()) != wanted)
}

fn is_last_share(order: &Order, command: Option<&Command>) -> bool {
    let wanted = command.and_then(named_id);
    order.all_goods_left()
        && order.shipments.iter().all(|shipment| {
            !is_alive(shipment) || shipment.confirmed_at.is_some() || Some(shipment.id.to_string()) == wanted
        })
}
