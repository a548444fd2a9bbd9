//! The rows of the return region.

use super::{effect, guard};
use crate::domain::order::OrderStatus as S;
use crate::domain::order::effect as spine;
use crate::domain::order::guard::NO_HOLD;
use crate::domain::order::inspection::END_INSPECTIONS;
use crate::domain::order::table::{ActorKind, BUYER, CLOCK, CommandKind, Target, Transition, row};

/// While claims are open, before and after the release.
const RETURNABLE: &[S] = &[S::Delivered, S::Completed];
const RECEIVERS: &[ActorKind] = &[ActorKind::Warehouse, ActorKind::Operator];

/// The rows of the return region.
pub(in crate::domain::order) const ROWS: &[Transition] = &[
    Transition {
        guards: &[
            guard::FIRST_RETURN,
            NO_HOLD,
            guard::MARKED,
            guard::WITHIN_LIMIT,
            guard::COUNTRY_FITS,
            guard::IN_WINDOW,
            guard::REFUNDABLE,
            guard::HAS_WAREHOUSE,
        ],
        effects: &[effect::APPROVE],
        ..row("T35", RETURNABLE, CommandKind::RequestEasyReturn, BUYER)
    },
    Transition {
        guards: &[guard::APPROVED, guard::IN_TIME_TO_SHIP],
        effects: &[effect::SHIP],
        ..row("T35s", RETURNABLE, CommandKind::ShipReturn, BUYER)
    },
    Transition {
        when: &[guard::TAKEN],
        guards: &[guard::SHIPPED, guard::NO_OTHER_HOLD, guard::REFUNDABLE],
        to: Target::Status(S::Refunded),
        effects: &[
            effect::TAKE,
            effect::PAY_BACK_ALL,
            END_INSPECTIONS,
            crate::domain::order::after_sales::END_REQUESTS,
            spine::CANCEL_DEADLINES,
            effect::TELL_REFUNDED,
        ],
        ..row("T35r", RETURNABLE, CommandKind::ReceiveReturn, RECEIVERS)
    },
    Transition {
        when: &[guard::REFUSED],
        guards: &[guard::SHIPPED, guard::NO_OTHER_HOLD],
        effects: &[effect::REFUSE],
        ..row("T35n", RETURNABLE, CommandKind::ReceiveReturn, RECEIVERS)
    },
    Transition {
        guards: &[guard::APPROVED],
        effects: &[effect::EXPIRE],
        ..row("T35k", RETURNABLE, CommandKind::ExpireReturn, CLOCK)
    },
    Transition {
        guards: &[guard::SHIPPED],
        effects: &[effect::TELL_OVERDUE],
        ..row("T35w", RETURNABLE, CommandKind::ReportReturnOverdue, CLOCK)
    },
];
