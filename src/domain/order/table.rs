//! The transitions as data. A row names where it starts, who commands it, what must hold, where it leads, and what it
//! does; everything that no row lists is refused. `docs/TRANSITIONS.md` is rendered from here.

use super::OrderStatus as S;
use super::effect::Effect as E;
use super::guard::{Condition as W, Guard as G};
use crate::domain::words::words;

words! {
    /// Who commands.
    ActorKind {
        /// The buyer's company.
        Buyer => "BUYER",
        /// The supplier's company.
        Supplier => "SUPPLIER",
        /// The platform's staff.
        Operator => "OPERATOR",
        /// A carrier.
        Carrier => "CARRIER",
        /// A payment provider, by a signed event.
        Provider => "PROVIDER",
        /// The clock.
        Clock => "CLOCK",
    }
}

words! {
    /// What is commanded; the words of `availableActions`.
    CommandKind {
        /// Send a draft to the supplier.
        Submit => "SUBMIT_ORDER",
        /// Accept the terms.
        Confirm => "CONFIRM_ORDER",
        /// Say no.
        Decline => "DECLINE_ORDER",
        /// Give the order up.
        Cancel => "CANCEL_ORDER",
        /// Nobody confirmed or paid in time.
        Expire => "EXPIRE_ORDER",
        /// Start a payment.
        OpenPayment => "CREATE_PAYMENT_SESSION",
        /// Tell how a payment stands.
        ReportPayment => "REPORT_PAYMENT",
        /// The goods are ready to leave.
        MarkReady => "MARK_READY",
        /// Goods leave.
        Dispatch => "DISPATCH_SHIPMENT",
        /// Goods arrived.
        RecordDelivery => "RECORD_DELIVERY",
        /// Everything is there in satisfactory condition.
        ConfirmReceipt => "CONFIRM_RECEIPT",
        /// Receipt counts as confirmed.
        AutoConfirmReceipt => "AUTO_CONFIRM_RECEIPT",
        /// The dispatch deadline draws near, is due, or over.
        ReportDispatchDeadline => "REPORT_DISPATCH_DEADLINE",
        /// The promised delivery is over.
        ReportDeliveryOverdue => "REPORT_DELIVERY_OVERDUE",
        /// The balance was not paid in time.
        ReportBalanceOverdue => "REPORT_BALANCE_OVERDUE",
        /// The claim window is over.
        Close => "CLOSE_ORDER",
    }
}

/// Where a transition leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Another status of the order region.
    Status(S),
    /// The order region stays; another region moves.
    Same,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The name in the design, such as `T07`.
    pub id: &'static str,
    /// The statuses that it starts from.
    pub from: &'static [S],
    /// What is commanded.
    pub command: CommandKind,
    /// Who may command it.
    pub actors: &'static [ActorKind],
    /// When this row is meant and not its neighbour.
    pub when: &'static [W],
    /// What must hold, most important first; the first that does not is the refusal.
    pub guards: &'static [G],
    /// Where it leads.
    pub to: Target,
    /// What it does, in order.
    pub effects: &'static [E],
}

const ALL: &[S] = S::ALL;
const PAYABLE: &[S] = &[
    S::PendingPayment,
    S::InProduction,
    S::InInspection,
    S::Ready,
    S::PartiallyShipped,
    S::Shipped,
    S::Delivered,
];
const FUNDED: &[S] =
    &[S::InProduction, S::InInspection, S::Ready, S::PartiallyShipped, S::Shipped, S::Delivered];
const UNDISPATCHED: &[S] = &[S::InProduction, S::InInspection, S::Ready, S::PartiallyShipped];
const RECEIVABLE: &[S] = &[S::Shipped, S::Delivered];
const BUYER: &[ActorKind] = &[ActorKind::Buyer];
const SUPPLIER: &[ActorKind] = &[ActorKind::Supplier];
const PROVIDER: &[ActorKind] = &[ActorKind::Provider];
const CLOCK: &[ActorKind] = &[ActorKind::Clock];

/// A row with nothing but its start; the rest is filled by struct update.
const fn row(
    id: &'static str,
    from: &'static [S],
    command: CommandKind,
    actors: &'static [ActorKind],
) -> Transition {
    Transition { id, from, command, actors, when: &[], guards: &[], to: Target::Same, effects: &[] }
}

/// Every transition that exists.
pub const TRANSITIONS: &[Transition] = &[
    Transition {
        when: &[W::NeedsSupplier],
        to: Target::Status(S::PendingSupplier),
        effects: &[E::TellPlaced, E::AwaitSupplier],
        ..row("T02", &[S::Draft], CommandKind::Submit, BUYER)
    },
    Transition {
        when: &[W::IsGuaranteed],
        to: Target::Status(S::PendingPayment),
        effects: &[E::SealContract, E::TellPlaced, E::AwaitPayment],
        ..row("T02g", &[S::Draft], CommandKind::Submit, BUYER)
    },
    Transition {
        guards: &[G::InTimeToConfirm, G::TermsEchoed],
        to: Target::Status(S::PendingPayment),
        effects: &[E::SealContract, E::SettleConfirmation, E::TellConfirmed, E::AwaitPayment],
        ..row("T03", &[S::PendingSupplier], CommandKind::Confirm, SUPPLIER)
    },
    Transition {
        to: Target::Status(S::Cancelled),
        effects: &[E::CancelDeadlines, E::TellCancelled],
        ..row("T04", &[S::Draft, S::PendingSupplier], CommandKind::Cancel, BUYER)
    },
    Transition {
        to: Target::Status(S::Cancelled),
        effects: &[E::CancelDeadlines, E::TellDeclined],
        ..row("T04s", &[S::PendingSupplier], CommandKind::Decline, SUPPLIER)
    },
    Transition {
        to: Target::Status(S::Expired),
        effects: &[E::CancelDeadlines, E::TellExpired],
        ..row("T04k", &[S::PendingSupplier], CommandKind::Expire, CLOCK)
    },
    Transition {
        guards: &[G::NoPaymentUnderWay],
        to: Target::Status(S::Cancelled),
        effects: &[E::CancelDeadlines, E::ExpireSessions, E::TellCancelled],
        ..row("T05", &[S::PendingPayment], CommandKind::Cancel, &[ActorKind::Buyer, ActorKind::Supplier])
    },
    Transition {
        guards: &[G::NoPaymentUnderWay],
        to: Target::Status(S::Expired),
        effects: &[E::CancelDeadlines, E::ExpireSessions, E::TellExpired],
        ..row("T05k", &[S::PendingPayment], CommandKind::Expire, CLOCK)
    },
    Transition {
        guards: &[G::InstalmentIsDue, G::NoPaymentUnderWay],
        effects: &[E::OpenSession],
        ..row("P01", PAYABLE, CommandKind::OpenPayment, BUYER)
    },
    Transition {
        when: &[W::MoneyOnItsWay],
        effects: &[E::MarkProcessing],
        ..row("P02", ALL, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[W::MoneyFailed],
        effects: &[E::MarkFailed],
        ..row("P03", ALL, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[W::MoneyFits],
        to: Target::Status(S::InProduction),
        effects: &[E::BookDeposit, E::SettlePayment, E::ScheduleDispatch],
        ..row("T07", &[S::PendingPayment], CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[W::MoneyFits],
        effects: &[E::BookDeposit, E::SettlePayment, E::ScheduleDispatch],
        ..row("T13", FUNDED, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        when: &[W::MoneyDoesNotFit],
        effects: &[E::SetAside],
        ..row("T37", ALL, CommandKind::ReportPayment, PROVIDER)
    },
    Transition {
        guards: &[G::NoHold, G::NoInspection],
        to: Target::Status(S::Ready),
        effects: &[E::TellReady],
        ..row("T12", &[S::InProduction], CommandKind::MarkReady, SUPPLIER)
    },
    Transition {
        when: &[W::GoodsRemain],
        guards: &[G::NoHold, G::NoInspection, G::PaidForDispatch, G::LinesRemain],
        to: Target::Status(S::PartiallyShipped),
        effects: &[E::AddShipment],
        ..row("T14", &[S::InProduction, S::Ready, S::PartiallyShipped], CommandKind::Dispatch, SUPPLIER)
    },
    Transition {
        when: &[W::NothingRemains],
        guards: &[G::NoHold, G::NoInspection, G::PaidForDispatch, G::LinesRemain],
        to: Target::Status(S::Shipped),
        effects: &[E::AddShipment, E::SettleDispatch],
        ..row("T15", &[S::InProduction, S::Ready, S::PartiallyShipped], CommandKind::Dispatch, SUPPLIER)
    },
    Transition {
        when: &[W::SomethingOnItsWay],
        guards: &[G::ShipmentOnItsWay],
        effects: &[E::DeliverShipment],
        ..row("T16p", &[S::PartiallyShipped, S::Shipped], CommandKind::RecordDelivery, DELIVERERS)
    },
    Transition {
        when: &[W::AllArrives],
        guards: &[G::ShipmentOnItsWay],
        to: Target::Status(S::Delivered),
        effects: &[E::DeliverShipment, E::SettleDelivery, E::AwaitReceipt],
        ..row("T16", &[S::Shipped], CommandKind::RecordDelivery, DELIVERERS)
    },
    Transition {
        guards: &[G::NoHold, G::FullyFunded],
        to: Target::Status(S::Completed),
        effects: &[E::TellReceipt, E::ReleaseRest, E::OpenClaims],
        ..row("T17", RECEIVABLE, CommandKind::ConfirmReceipt, BUYER)
    },
    Transition {
        guards: &[G::NoHold, G::FullyFunded, G::ProvenDelivery],
        to: Target::Status(S::Completed),
        effects: &[E::TellReceipt, E::ReleaseRest, E::OpenClaims],
        ..row("T18", RECEIVABLE, CommandKind::AutoConfirmReceipt, CLOCK)
    },
    Transition {
        to: Target::Status(S::Closed),
        effects: &[E::TellClosed],
        ..row("T21", &[S::Completed], CommandKind::Close, CLOCK)
    },
    Transition {
        guards: &[G::PaidForDispatch],
        effects: &[E::TellDispatchDeadline],
        ..row("T30", UNDISPATCHED, CommandKind::ReportDispatchDeadline, CLOCK)
    },
    Transition {
        effects: &[E::TellDeliveryOverdue],
        ..row("T31w", FUNDED, CommandKind::ReportDeliveryOverdue, CLOCK)
    },
    Transition {
        effects: &[E::TellBalanceOverdue],
        ..row("T13k", FUNDED, CommandKind::ReportBalanceOverdue, CLOCK)
    },
];

/// Who may say that goods arrived.
const DELIVERERS: &[ActorKind] =
    &[ActorKind::Buyer, ActorKind::Supplier, ActorKind::Carrier, ActorKind::Operator];
