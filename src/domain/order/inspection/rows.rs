//! The rows of the inspection region.

use super::{effect, guard};
use crate::domain::order::OrderStatus as S;
use crate::domain::order::effect as spine;
use crate::domain::order::guard::NO_HOLD;
use crate::domain::order::table::{
    ALL, ActorKind, BUYER, CLOCK, CommandKind, PROVIDER, SUPPLIER, Target, Transition, row,
};

const INSPECTOR: &[ActorKind] = &[ActorKind::Inspector];
const MAKING: &[S] = &[S::InProduction];
const INSPECTING: &[S] = &[S::InInspection];
const EITHER: &[S] = &[S::InProduction, S::InInspection];

/// The rows of the inspection region.
pub(in crate::domain::order) const ROWS: &[Transition] = &[
    Transition {
        guards: &[NO_HOLD, guard::FORESEEN, guard::NONE_OPEN, guard::STILL_BOOKABLE, guard::DAY_FITS],
        effects: &[effect::BOOK],
        ..row("I01", MAKING, CommandKind::BookInspection, BUYER)
    },
    Transition {
        guards: &[guard::FEE_DUE, guard::NO_FEE_UNDER_WAY],
        effects: &[effect::OPEN_SESSION],
        ..row("I02", MAKING, CommandKind::OpenInspectionPayment, BUYER)
    },
    Transition {
        when: &[guard::FEE_ON_ITS_WAY],
        effects: &[effect::MARK_PROCESSING],
        ..row("I03", ALL, CommandKind::ReportInspectionPayment, PROVIDER)
    },
    Transition {
        when: &[guard::FEE_FAILED],
        effects: &[effect::MARK_FAILED],
        ..row("I04", ALL, CommandKind::ReportInspectionPayment, PROVIDER)
    },
    Transition {
        when: &[guard::FEE_FITS],
        effects: &[effect::BOOK_FEE],
        ..row("I05", MAKING, CommandKind::ReportInspectionPayment, PROVIDER)
    },
    Transition {
        when: &[guard::FEE_DOES_NOT_FIT],
        effects: &[effect::SET_ASIDE],
        ..row("I06", ALL, CommandKind::ReportInspectionPayment, PROVIDER)
    },
    Transition {
        guards: &[NO_HOLD, guard::CANCELLABLE, guard::NO_FEE_UNDER_WAY],
        effects: &[effect::CANCEL, effect::REFUND_FEE, effect::AWAIT_BOOKING],
        ..row("I07", MAKING, CommandKind::CancelInspection, BUYER)
    },
    Transition {
        guards: &[guard::AWAITS_INSPECTOR, guard::IN_TIME_TO_ACCEPT],
        effects: &[effect::ACCEPT],
        ..row("I08", MAKING, CommandKind::AcceptInspection, INSPECTOR)
    },
    Transition {
        guards: &[NO_HOLD, guard::AWAITS_GOODS, guard::PACKED],
        to: Target::Status(S::InInspection),
        effects: &[effect::PRESENT],
        ..row("T08", MAKING, CommandKind::DeclarePacked, SUPPLIER)
    },
    Transition {
        when: &[guard::PASSES],
        guards: &[guard::AWAITS_REPORT, guard::IN_TIME_TO_REPORT],
        to: Target::Status(S::Ready),
        effects: &[effect::REPORT, effect::EARN_FEE, spine::TELL_READY],
        ..row("T09", INSPECTING, CommandKind::SubmitInspectionReport, INSPECTOR)
    },
    Transition {
        when: &[guard::LEAVES_OPEN],
        guards: &[guard::AWAITS_REPORT, guard::IN_TIME_TO_REPORT],
        effects: &[effect::REPORT],
        ..row("I09", INSPECTING, CommandKind::SubmitInspectionReport, INSPECTOR)
    },
    Transition {
        when: &[guard::FAILS],
        guards: &[guard::AWAITS_REPORT, guard::IN_TIME_TO_REPORT],
        effects: &[effect::REPORT, effect::EARN_FEE],
        ..row("I10", INSPECTING, CommandKind::SubmitInspectionReport, INSPECTOR)
    },
    Transition {
        when: &[guard::NOT_PERFORMED],
        guards: &[guard::AWAITS_REPORT, guard::IN_TIME_TO_REPORT],
        to: Target::Status(S::InProduction),
        effects: &[effect::REPORT, effect::REFUND_FEE, effect::AWAIT_BOOKING],
        ..row("T10", EITHER, CommandKind::SubmitInspectionReport, INSPECTOR)
    },
    Transition {
        guards: &[guard::NOT_PASSED],
        to: Target::Status(S::Ready),
        effects: &[effect::WAIVE, effect::EARN_FEE, spine::TELL_READY],
        ..row("T09w", INSPECTING, CommandKind::WaiveInspection, BUYER)
    },
    Transition {
        guards: &[guard::FAILED],
        to: Target::Status(S::InProduction),
        effects: &[effect::REWORK],
        ..row("T10w", INSPECTING, CommandKind::RequestRework, BUYER)
    },
    Transition {
        // While the order is frozen nobody can book.
        guards: &[NO_HOLD, guard::NOT_BOOKED],
        effects: &[effect::LAPSE],
        ..row("I11", MAKING, CommandKind::LapseInspection, CLOCK)
    },
    Transition {
        guards: &[guard::UNANSWERED, guard::NO_FEE_UNDER_WAY],
        effects: &[effect::EXPIRE, effect::REFUND_FEE, effect::AWAIT_BOOKING],
        ..row("I12", MAKING, CommandKind::ExpireInspection, CLOCK)
    },
    Transition {
        guards: &[guard::AWAITS_REPORT],
        to: Target::Status(S::InProduction),
        effects: &[effect::BREACH, effect::REFUND_FEE, effect::AWAIT_BOOKING],
        ..row("T10k", EITHER, CommandKind::ReportInspectionOverdue, CLOCK)
    },
];
