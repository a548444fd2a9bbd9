//! The rows of the after-sales region.

use super::{effect, guard};
use crate::domain::order::OrderStatus as S;
use crate::domain::order::guard::NO_HOLD;
use crate::domain::order::table::{BUYER, CLOCK, CommandKind, SUPPLIER, Transition, row};

/// From receipt on, also when the order is closed.
const RECEIVED: &[S] = &[S::Delivered, S::Completed, S::Closed];

/// The rows of the after-sales region.
pub(in crate::domain::order) const ROWS: &[Transition] = &[
    Transition {
        guards: &[guard::PROMISED, guard::IN_TERM, guard::NONE_OPEN],
        effects: &[effect::REQUEST],
        ..row("T34", RECEIVED, CommandKind::RequestAfterSalesService, BUYER)
    },
    Transition {
        when: &[guard::FULFILS],
        guards: &[guard::AWAITS_SUPPLIER, guard::IN_TIME],
        effects: &[effect::FULFIL],
        ..row("T34f", RECEIVED, CommandKind::RespondToAfterSales, SUPPLIER)
    },
    Transition {
        when: &[guard::ACCEPTS],
        guards: &[guard::AWAITS_SUPPLIER, guard::UNANSWERED, guard::IN_TIME],
        effects: &[effect::ACCEPT],
        ..row("T34a", RECEIVED, CommandKind::RespondToAfterSales, SUPPLIER)
    },
    Transition {
        when: &[guard::REFUSES],
        guards: &[guard::AWAITS_SUPPLIER, guard::IN_TIME],
        effects: &[effect::FAIL],
        ..row("T34n", RECEIVED, CommandKind::RespondToAfterSales, SUPPLIER)
    },
    Transition {
        when: &[guard::WITHDRAWS],
        guards: &[guard::OPEN],
        effects: &[effect::WITHDRAW],
        ..row("T34w", RECEIVED, CommandKind::ResolveAfterSales, BUYER)
    },
    Transition {
        when: &[guard::CONFIRMS],
        guards: &[guard::OPEN, guard::OUTCOME_FITS],
        effects: &[effect::CONFIRM],
        ..row("T34c", RECEIVED, CommandKind::ResolveAfterSales, BUYER)
    },
    Transition {
        when: &[guard::REJECTS],
        guards: &[guard::OPEN, guard::OUTCOME_FITS],
        effects: &[effect::FAIL],
        ..row("T34r", RECEIVED, CommandKind::ResolveAfterSales, BUYER)
    },
    Transition {
        when: &[guard::COMPENSATES],
        guards: &[guard::OPEN, guard::OUTCOME_FITS, guard::NO_HOLD_TO_PAY],
        effects: &[effect::COMPENSATE],
        ..row("T34p", RECEIVED, CommandKind::ResolveAfterSales, BUYER)
    },
    Transition {
        when: &[guard::DISPUTES],
        guards: &[guard::OPEN, guard::OUTCOME_FITS],
        effects: &[effect::DISPUTE],
        ..row("T34d", RECEIVED, CommandKind::ResolveAfterSales, BUYER)
    },
    Transition {
        when: &[guard::SUPPLIER_LATE],
        effects: &[effect::FAIL],
        ..row("T34k", RECEIVED, CommandKind::ReportAfterSalesOverdue, CLOCK)
    },
    Transition {
        when: &[guard::BUYER_SILENT],
        effects: &[effect::CONFIRM],
        ..row("T34ck", RECEIVED, CommandKind::ReportAfterSalesOverdue, CLOCK)
    },
    Transition {
        when: &[guard::BUYER_UNDECIDED],
        guards: &[NO_HOLD],
        effects: &[effect::COMPENSATE],
        ..row("T34pk", RECEIVED, CommandKind::ReportAfterSalesOverdue, CLOCK)
    },
];
