//! What must hold for a transition (guards), and when a row is meant (conditions): named pure functions.

use super::{
    Command, InstalmentStatus, Order, OrderKind, OrderStatus, PaymentReport, PaymentStatus, ShipmentStatus,
    SuspenseReason,
};
use crate::domain::deadline::DeadlineKind;
use crate::domain::error::Code;
use crate::domain::ids::InstalmentId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// What stands in the way of a transition.
    Blocker {
        /// An open refund request, dispute, charge-back or risk check freezes the order.
        OnHold => "ON_HOLD",
        /// The supplier's time to confirm is over.
        ConfirmationOverdue => "CONFIRMATION_OVERDUE",
        /// The echoed hash is not the hash of the terms.
        TermsDiffer => "TERMS_DIFFER",
        /// The provider has a payment that is not decided yet.
        PaymentUnderWay => "PAYMENT_UNDER_WAY",
        /// Every instalment is paid, or the named one is not due.
        NothingDue => "NOTHING_DUE",
        /// Not everything is paid that dispatch needs.
        NotPaidForDispatch => "NOT_PAID_FOR_DISPATCH",
        /// Not every instalment is paid.
        NotFullyFunded => "NOT_FULLY_FUNDED",
        /// The contract names an inspection that has not passed.
        InspectionOutstanding => "INSPECTION_OUTSTANDING",
        /// A line does not exist, is named twice, or has fewer units left.
        QuantityNotLeft => "QUANTITY_NOT_LEFT",
        /// The shipment is not on its way.
        ShipmentNotOnItsWay => "SHIPMENT_NOT_ON_ITS_WAY",
        /// Not every shipment has proof of delivery.
        NoProofOfDelivery => "NO_PROOF_OF_DELIVERY",
        /// Not all goods have left, so receipt cannot be confirmed.
        NotShipped => "NOT_SHIPPED",
    }
}

impl Blocker {
    /// The error code of a refusal for this reason.
    pub const fn code(self) -> Code {
        match self {
            Self::ConfirmationOverdue => Code::DeadlinePassed,
            Self::TermsDiffer => Code::TermsMismatch,
            Self::QuantityNotLeft | Self::ShipmentNotOnItsWay | Self::NothingDue => Code::InvalidInput,
            Self::OnHold
            | Self::PaymentUnderWay
            | Self::NotPaidForDispatch
            | Self::NotFullyFunded
            | Self::InspectionOutstanding
            | Self::NoProofOfDelivery
            | Self::NotShipped => Code::TransitionRefused,
        }
    }

    /// What is wrong and what to do.
    pub const fn message(self) -> &'static str {
        match self {
            Self::OnHold => "The order is on hold; nothing moves until the open case or check is settled.",
            Self::ConfirmationOverdue => "The time to confirm this order is over.",
            Self::TermsDiffer => {
                "The terms hash is not that of the order's terms. Read `termsHash` and the terms again."
            }
            Self::PaymentUnderWay => "A payment is under way; wait for the provider's verdict.",
            Self::NothingDue => "Nothing is due: the instalment is paid, or is not one of this order.",
            Self::NotPaidForDispatch => {
                "Goods may leave once everything is paid that is due before dispatch."
            }
            Self::NotFullyFunded => "Receipt can be confirmed once every instalment is paid.",
            Self::InspectionOutstanding => "The contract's inspection has not passed and was not waived.",
            Self::QuantityNotLeft => {
                "A line is not of this order, is named twice, or has fewer units left to dispatch."
            }
            Self::ShipmentNotOnItsWay => "The shipment is not one of this order that is on its way.",
            Self::NoProofOfDelivery => "Not every shipment has proof of delivery.",
            Self::NotShipped => "Receipt can be confirmed once all goods have left.",
        }
    }

    /// The input field at fault, where it is one.
    pub const fn field(self) -> &'static [&'static str] {
        match self {
            Self::TermsDiffer => &["input", "termsHash"],
            Self::QuantityNotLeft => &["input", "lines"],
            Self::ShipmentNotOnItsWay => &["input", "shipmentId"],
            Self::NothingDue => &["input", "instalmentId"],
            _ => &[],
        }
    }
}

words! {
    /// What must hold.
    Guard {
        /// No hold is open.
        NoHold => "no hold",
        /// The supplier's time to confirm is not over.
        InTimeToConfirm => "in time to confirm",
        /// The supplier echoed the hash of the terms.
        TermsEchoed => "terms hash echoed",
        /// No payment is with the provider undecided.
        NoPaymentUnderWay => "no payment under way",
        /// The instalment is one of the order's and is due.
        InstalmentIsDue => "an instalment is due",
        /// Everything is paid that dispatch needs.
        PaidForDispatch => "paid for dispatch",
        /// Everything is paid.
        FullyFunded => "fully funded",
        /// No inspection stands in the way.
        NoInspection => "no inspection outstanding",
        /// The quantities are left.
        LinesRemain => "quantities are left",
        /// The shipment is on its way.
        ShipmentOnItsWay => "shipment is on its way",
        /// Every shipment arrived with proof.
        ProvenDelivery => "proof of delivery",
    }
}

impl Guard {
    /// What stands in the way, if anything. Without a command only what does not depend on its input is checked.
    pub fn check(self, order: &Order, command: Option<&Command>, now: Timestamp) -> Option<Blocker> {
        let block = |holds: bool, blocker: Blocker| (!holds).then_some(blocker);
        match self {
            Self::NoHold => block(order.holds.is_empty(), Blocker::OnHold),
            Self::InTimeToConfirm => {
                let due = order.deadline(DeadlineKind::SupplierConfirmation).map(|deadline| deadline.due_at);
                block(due.is_none_or(|due| now <= due), Blocker::ConfirmationOverdue)
            }
            Self::TermsEchoed => match command {
                Some(Command::Confirm { terms_hash }) => {
                    block(*terms_hash == order.terms_hash, Blocker::TermsDiffer)
                }
                _ => None,
            },
            Self::NoPaymentUnderWay => {
                let under_way =
                    order.payments.iter().any(|payment| payment.status == PaymentStatus::Processing);
                block(!under_way, Blocker::PaymentUnderWay)
            }
            Self::InstalmentIsDue => {
                let wanted = match command {
                    Some(Command::OpenPayment { instalment, .. }) => *instalment,
                    _ => None,
                };
                block(due_instalment(order, wanted).is_some(), Blocker::NothingDue)
            }
            Self::PaidForDispatch => block(order.is_paid_for_dispatch(), Blocker::NotPaidForDispatch),
            Self::FullyFunded => block(order.is_fully_funded(), Blocker::NotFullyFunded),
            Self::NoInspection => block(!order.terms.inspection, Blocker::InspectionOutstanding),
            Self::LinesRemain => match command {
                Some(Command::Dispatch { lines, .. }) => {
                    block(lines_remain(order, lines), Blocker::QuantityNotLeft)
                }
                _ => None,
            },
            Self::ShipmentOnItsWay => {
                let wanted = match command {
                    Some(Command::RecordDelivery { shipment, .. }) => Some(*shipment),
                    _ => None,
                };
                let known = order.shipments.iter().any(|known| {
                    known.status == ShipmentStatus::Dispatched
                        && wanted.is_none_or(|wanted| known.id == wanted)
                });
                block(known, Blocker::ShipmentNotOnItsWay)
            }
            Self::ProvenDelivery => {
                let arrived = order.status() == OrderStatus::Delivered;
                let proven = order.shipments.iter().all(|shipment| shipment.proof.is_some());
                block(arrived && proven, Blocker::NoProofOfDelivery)
            }
        }
    }
}

/// The instalment that is due: the named one, or the first that is not paid. Instalments are paid in their order.
pub(super) fn due_instalment(order: &Order, wanted: Option<InstalmentId>) -> Option<&super::Instalment> {
    let first = order.instalments.iter().find(|part| part.status != InstalmentStatus::Paid)?;
    wanted.is_none_or(|wanted| wanted == first.id).then_some(first)
}

fn lines_remain(order: &Order, lines: &[super::ShippedLine]) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    lines.iter().all(|line| {
        seen.insert(line.line_id) && line.quantity > 0 && line.quantity <= order.undispatched(line.line_id)
    })
}

words! {
    /// When a row is meant and not its neighbour.
    Condition {
        /// The order is of a kind that the supplier confirms.
        NeedsSupplier => "not GUARANTEED",
        /// The order is payable at once.
        IsGuaranteed => "GUARANTEED",
        /// The provider waits for the money.
        MoneyOnItsWay => "payment processing",
        /// No money will come.
        MoneyFailed => "payment failed",
        /// The money is exactly what is due, and the order still waits for it.
        MoneyFits => "amount and currency are what is due",
        /// The money is not what is due, or too late.
        MoneyDoesNotFit => "wrong amount or currency, paid already, or too late",
        /// Units are left after this dispatch.
        GoodsRemain => "units are left after it",
        /// No units are left after this dispatch.
        NothingRemains => "no units are left after it",
        /// Other goods are still to leave or to arrive.
        SomethingOnItsWay => "not all goods have arrived after it",
        /// All goods have arrived after this.
        AllArrives => "all goods have arrived after it",
    }
}

impl Condition {
    /// Whether the row is meant. Without a command a condition on its input could be met.
    pub fn holds(self, order: &Order, command: Option<&Command>) -> bool {
        match (self, command) {
            (Self::NeedsSupplier, _) => order.kind() != OrderKind::Guaranteed,
            (Self::IsGuaranteed, _) => order.kind() == OrderKind::Guaranteed,
            (Self::MoneyOnItsWay, Some(Command::ReportPayment { report, .. })) => {
                *report == PaymentReport::Processing
            }
            (Self::MoneyFailed, Some(Command::ReportPayment { report, .. })) => {
                matches!(report, PaymentReport::Failed { .. })
            }
            (Self::MoneyFits, Some(Command::ReportPayment { .. })) => fit(order, command) == Some(Fit::Fits),
            (Self::MoneyDoesNotFit, Some(Command::ReportPayment { .. })) => {
                matches!(fit(order, command), Some(Fit::Misfit(_)))
            }
            (Self::GoodsRemain, Some(Command::Dispatch { lines, .. })) => !dispatches_all(order, lines),
            (Self::NothingRemains, Some(Command::Dispatch { lines, .. })) => dispatches_all(order, lines),
            (Self::SomethingOnItsWay, Some(Command::RecordDelivery { shipment, .. })) => {
                !delivers_all(order, *shipment)
            }
            (Self::AllArrives, Some(Command::RecordDelivery { shipment, .. })) => {
                delivers_all(order, *shipment)
            }
            (_, _) => true,
        }
    }
}

/// How money that came fits what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is exactly what is due, and the order still waits for it.
    Fits,
    /// It has to be set aside.
    Misfit(SuspenseReason),
}

/// How the money of a report fits; none where no money came.
pub(super) fn fit(order: &Order, command: Option<&Command>) -> Option<Fit> {
    let Some(Command::ReportPayment { payment, report: PaymentReport::Succeeded { amount, .. } }) = command
    else {
        return None;
    };
    Some(judge_money(order, *payment, *amount).map_or(Fit::Fits, Fit::Misfit))
}

fn judge_money(
    order: &Order,
    payment: crate::domain::ids::PaymentId,
    amount: Money,
) -> Option<SuspenseReason> {
    let Some(payment) = order.payments.iter().find(|known| known.id == payment) else {
        return Some(SuspenseReason::UnknownPayment);
    };
    let Some(instalment) = order.instalments.iter().find(|part| part.id == payment.instalment_id) else {
        return Some(SuspenseReason::UnknownPayment);
    };
    if order.status().is_terminal() {
        return Some(SuspenseReason::Late);
    }
    if payment.status == PaymentStatus::Succeeded || instalment.status == InstalmentStatus::Paid {
        return Some(SuspenseReason::AlreadyPaid);
    }
    if amount.currency != order.terms.currency {
        return Some(SuspenseReason::WrongCurrency);
    }
    (amount.minor != instalment.amount_minor - instalment.paid_minor).then_some(SuspenseReason::WrongAmount)
}

/// Whether nothing is left to dispatch after these lines; no lines means all that is left.
fn dispatches_all(order: &Order, lines: &[super::ShippedLine]) -> bool {
    order.terms.lines.iter().all(|line| {
        let leaving = lines
            .iter()
            .filter(|part| part.line_id == line.id)
            .fold(0_i64, |sum, part| sum.saturating_add(part.quantity));
        lines.is_empty() || order.undispatched(line.id) == leaving
    })
}

fn delivers_all(order: &Order, shipment: crate::domain::ids::ShipmentId) -> bool {
    let all_left = order.terms.lines.iter().all(|line| order.undispatched(line.id) == 0);
    all_left
        && order
            .shipments
            .iter()
            .all(|known| known.id == shipment || known.status != ShipmentStatus::Dispatched)
}
