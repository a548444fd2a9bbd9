//! The rows that every order goes by: from draft to closed, payments, shipments.

use super::OrderStatus as S;
use super::inspection::NO_INSPECTION;
use super::table::{
    ALL, ActorKind, BUYER, CLOCK, CommandKind, FUNDED, PAYABLE, PROVIDER, SUPPLIER, Target, Transition, row,
};
use super::{effect, guard};

const UNDISPATCHED: &[S] = &[S::InProduction, S::InInspection, S::Ready, S::PartiallyShipped];
const RECEIVABLE: &[S] = &[S::Shipped, S::Delivered];
/// Who may say that goods arrived.
const DELIVERERS: &[ActorKind] =
    &[ActorKind::Buyer, ActorKind::Supplier, ActorKind::Carrier, ActorKind::Operator];

/// The rows of the order region, of payments and of shipments.
pub(super) const ROWS: &[Transition] = &[
    Transition {
        when: &[guard::NEEDS_SUPPLIER],
        to: Target::Status(S::PendingSupplier),
        effects: &[effect::TELL_PLACED, effect::AWAIT_SUPPLIER],
        ..row("T02", &[S::Draft], CommandKind::Submit, BUYER)
    },
    Transition {
        when: &[guard::IS_GUARANTEED],
        to: Target::Status(S::PendingPayment),
        effects: &[effect::SEAL_CONTRACT, effect::TELL_PLACED, effect::AWAIT_PAYMENT],
        ..row("T02g", &[S::Draft], CommandKind::Submit, BUYER)
    },
    Transition {
        guards: &[guard::IN_TIME_TO_CONFIRM, guard::TERMS_ECHOED],
        to: Target::Status(S::PendingPayment),
        effects: &[
            effect::SEAL_CONTRACT,
            effect::SETTLE_CONFIRMATION,
            effect::TELL_CONFIRMED,
            effect::AWAIT_PAYMENT,
        ],
        ..row("T03", &[S::PendingSupplier], CommandKind::Confirm, SUPPLIER)
    },
    Transition {
        to: Target::Status(S::Cancelled),
        effects: &[effect::CANCEL_DEADLINES, effect::TELL_CANCELLED],
        ..row("T04", &[S::Draft, S::PendingSupplier], CommandKind::Cancel, BUYER)
    },
    Transition {
        to: Target::Status(S::Cancelled),
        effects: &[effect::CANCEL_DEADLINES, effect::TELL_DECLINED],
        ..row("T04s", &[S::PendingSupplier], CommandKind::Decline, SUPPLIER)
    },
    Transition {
        to: Target::Status(S::Expired),
        effects: &[effect::CANCEL_DEADLINES, effect::TELL_EXPIRED],
        ..row("T04k", &[S::PendingSupplier], CommandKind::Expire, CLOCK)
    },
    Transition {
        guards: &[guard::NO_PAYMENT_UNDER_WAY],
        to: Target::Status(S::Cancelled),
        effects: &[effect::CANCEL_DEADLINES, effect::EXPIRE_SESSIONS, effect::TELL_CANCELLED],
        ..row("T05", &[S::PendingPayment], CommandKind::Cancel, &[ActorKind::Buyer, ActorKind::Supplier])
    },
    Transition {
        guards: &[guard::NO_PAYMENT_UNDER_WAY],
        to: Target::Status(S::Expired),
        effects: &[effect::CANCEL_DEADLINES, effect::EXPIRE_SESSIONS, effect::TELL_EXPIRED],
        ..row("T05k", &[S::PendingPayment], CommandKind::Expire, CLOCK)
    },
    Transition {
        when: &[super::credit::PROVIDER_NEEDED],
        guards: &[guard::INSTALMENT_IS_DUE, guard::IN_TIME_TO_PAY, guard::NO_PAYMENT_UNDER_WAY],
        effects: &[effect::OPEN_SESSION],
        ..row("P01", PAYABLE, CommandKind::OpenPayment, BUYER)
    },
    Transition {
        when: &[guard::MONEY_ON_ITS_WAY],
        effects: &[effect::MARK_PROCESSING],
        ..row("P02", ALL, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[guard::MONEY_FAILED],
        effects: &[effect::MARK_FAILED],
        ..row("P03", ALL, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[guard::MONEY_FITS],
        to: Target::Status(S::InProduction),
        effects: &[effect::BOOK_DEPOSIT, effect::SETTLE_PAYMENT, effect::SCHEDULE_DISPATCH],
        ..row("T07", &[S::PendingPayment], CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[guard::MONEY_FITS],
        effects: &[effect::BOOK_DEPOSIT, effect::SETTLE_PAYMENT, effect::SCHEDULE_DISPATCH],
        ..row("T13", FUNDED, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[guard::MONEY_DOES_NOT_FIT],
        effects: &[effect::SET_ASIDE],
        ..row("T37", ALL, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        guards: &[guard::NO_HOLD, NO_INSPECTION],
        to: Target::Status(S::Ready),
        effects: &[effect::TELL_READY],
        ..row("T12", &[S::InProduction], CommandKind::MarkReady, SUPPLIER)
    },
    Transition {
        when: &[guard::GOODS_REMAIN],
        guards: &[guard::NO_HOLD, NO_INSPECTION, guard::PAID_FOR_DISPATCH, guard::LINES_REMAIN],
        to: Target::Status(S::PartiallyShipped),
        effects: &[effect::ADD_SHIPMENT],
        ..row("T14", &[S::InProduction, S::Ready, S::PartiallyShipped], CommandKind::Dispatch, SUPPLIER)
    },
    Transition {
        when: &[guard::NOTHING_REMAINS],
        guards: &[guard::NO_HOLD, NO_INSPECTION, guard::PAID_FOR_DISPATCH, guard::LINES_REMAIN],
        to: Target::Status(S::Shipped),
        effects: &[
            effect::ADD_SHIPMENT,
            super::compensation::COMPENSATE_LATE_DISPATCH,
            effect::SETTLE_DISPATCH,
        ],
        ..row("T15", &[S::InProduction, S::Ready, S::PartiallyShipped], CommandKind::Dispatch, SUPPLIER)
    },
    Transition {
        when: &[guard::SOMETHING_ON_ITS_WAY],
        guards: &[guard::SHIPMENT_ON_ITS_WAY],
        effects: &[effect::DELIVER_SHIPMENT],
        ..row("T16p", &[S::PartiallyShipped, S::Shipped], CommandKind::RecordDelivery, DELIVERERS)
    },
    Transition {
        when: &[guard::ALL_ARRIVES],
        guards: &[guard::SHIPMENT_ON_ITS_WAY],
        to: Target::Status(S::Delivered),
        effects: &[effect::DELIVER_SHIPMENT, effect::SETTLE_DELIVERY, effect::AWAIT_RECEIPT],
        ..row("T16", &[S::Shipped], CommandKind::RecordDelivery, DELIVERERS)
    },
    Transition {
        guards: &[guard::NO_HOLD, guard::FULLY_FUNDED],
        to: Target::Status(S::Completed),
        effects: &[effect::TELL_RECEIPT, effect::RELEASE_REST, effect::OPEN_CLAIMS],
        ..row("T17", RECEIVABLE, CommandKind::ConfirmReceipt, BUYER)
    },
    Transition {
        guards: &[guard::NO_HOLD, guard::FULLY_FUNDED, guard::PROVEN_DELIVERY],
        to: Target::Status(S::Completed),
        effects: &[effect::TELL_RECEIPT, effect::RELEASE_REST, effect::OPEN_CLAIMS],
        ..row("T18", RECEIVABLE, CommandKind::AutoConfirmReceipt, CLOCK)
    },
    Transition {
        guards: &[guard::PAID_FOR_DISPATCH],
        effects: &[effect::TELL_DISPATCH_DEADLINE],
        ..row("T30", UNDISPATCHED, CommandKind::ReportDispatchDeadline, CLOCK)
    },
    Transition {
        effects: &[effect::TELL_DELIVERY_OVERDUE],
        ..row("T31w", FUNDED, CommandKind::ReportDeliveryOverdue, CLOCK)
    },
    Transition {
        effects: &[effect::TELL_BALANCE_OVERDUE],
        ..row("T13k", FUNDED, CommandKind::ReportBalanceOverdue, CLOCK)
    },
];
