//! The legs of the ways (`ways.rs`): what somebody does, picked out of all that the bench has for an order.

use surety::domain::deadline::DeadlineKind;
use surety::domain::order::{
    ActorKind, AfterSalesAnswer, AfterSalesCommand, AfterSalesOutcome, AmendmentCommand, AmendmentStatus,
    ChargebackVerdict, Command, DeliveryCommand, DisputeCommand, InspectionCommand, InspectionVerdict, Order,
    PaymentReport, PaymentStatus, ReturnCommand, ShipmentStatus, Split,
};

/// Chooses among the commands of the bench.
pub type Pick = fn(&Order, &Command) -> bool;

/// One step of a way.
#[derive(Clone, Copy)]
pub enum Leg {
    /// Somebody gives the first command that fits; a refusal ends the way.
    Does(ActorKind, Pick),
    /// The same so many times.
    Repeats(usize, ActorKind, Pick),
    /// Somebody tries every command that fits; refused or not, the way goes on.
    Tries(ActorKind, Pick),
    /// Time passes until a timer of the kind is over and the clock has acted.
    Waits(DeadlineKind),
    /// A timer of the kind is over, and somebody acts before the clock has seen it.
    Misses(DeadlineKind, ActorKind, Pick),
    /// So many days pass, and the clock acts.
    Passes(i64),
    /// The next order of the same parties.
    Begins(fn(&Bench) -> Order),
}

use super::bench::Bench;
use ActorKind::{Buyer, Carrier, Inspector, Provider, Supplier, Warehouse};
use Leg::{Does, Tries, Waits};

pub const SUBMIT: Leg = Does(Buyer, |_, given| matches!(given, Command::Submit));
pub const CONFIRM: Leg = Does(
    Supplier,
    |order, given| matches!(given, Command::Confirm { terms_hash } if *terms_hash == order.terms_hash),
);
pub const OPEN: Leg = Does(
    Buyer,
    |_, given| matches!(given, Command::OpenPayment { instalment: None, use_credit, .. } if !use_credit),
);
pub const SPEND: Leg =
    Does(Buyer, |_, given| matches!(given, Command::OpenPayment { use_credit, .. } if *use_credit));
pub const MONEY: Leg = Does(Provider, |order, given| match given {
    Command::ReportPayment { payment, report: PaymentReport::Succeeded { amount, .. } } => {
        let mut known = order.payments.iter().filter(|known| known.status != PaymentStatus::Succeeded);
        known.any(|known| known.id == *payment && known.amount_minor == amount.minor)
    }
    _ => false,
});
pub const PAID: &[Leg] = &[SUBMIT, CONFIRM, OPEN, MONEY];
pub const PAID_AT_ONCE: &[Leg] = &[SUBMIT, OPEN, MONEY];

pub const SEND_ALL: Leg =
    Does(Supplier, |_, given| matches!(given, Command::Dispatch { lines, .. } if lines.is_empty()));
pub const SEND_PART: Leg = Does(
    Supplier,
    |_, given| matches!(given, Command::Dispatch { lines, .. } if lines.first().is_some_and(|line| line.quantity == 20)),
);
pub const ARRIVES: Leg = Does(Carrier, |order, given| match given {
    Command::RecordDelivery { shipment, .. } => on_its_way(order, *shipment),
    _ => false,
});
pub const LOSE: Leg = Does(Supplier, |order, given| match given {
    Command::Delivery(DeliveryCommand::ReportLost { shipment, .. }) => on_its_way(order, *shipment),
    _ => false,
});
pub const RECEIVE: Leg = Does(Buyer, |_, given| matches!(given, Command::ConfirmReceipt));
pub const DELIVERED: &[Leg] = &[SEND_ALL, ARRIVES];

fn on_its_way(order: &Order, shipment: surety::domain::ids::ShipmentId) -> bool {
    order.shipments.iter().any(|known| known.id == shipment && known.status == ShipmentStatus::Dispatched)
}

/// What was sent so far shall be all.
pub const fn shorten(side: ActorKind) -> Leg {
    Does(side, |order, given| match given {
        Command::Amendment(AmendmentCommand::Propose { changes, .. }) => {
            changes.lines.len() == order.terms.lines.len()
                && order.terms.lines.iter().zip(&changes.lines).all(|(line, change)| {
                    change.quantity == Some(line.quantity - order.undispatched(line.id))
                })
        }
        _ => false,
    })
}

pub const fn agree(side: ActorKind) -> Leg {
    Does(side, |order, given| match given {
        Command::Amendment(AmendmentCommand::Accept { amendment, terms_hash }) => {
            let mut open = order.amendments.iter().filter(|known| known.status == AmendmentStatus::Proposed);
            open.any(|known| known.id == *amendment && known.terms_hash == *terms_hash)
        }
        _ => false,
    })
}

pub const CLAIM_CREDIT: Leg =
    Tries(Buyer, |_, given| matches!(given, Command::Delivery(DeliveryCommand::ClaimLateDelivery)));
pub const CANCEL_UNSENT: Leg =
    Tries(Buyer, |_, given| matches!(given, Command::Delivery(DeliveryCommand::CancelForNonDispatch)));
pub const CONFIRM_SHARE: Leg =
    Tries(Buyer, |_, given| matches!(given, Command::Delivery(DeliveryCommand::ConfirmShipment { .. })));

pub const CLAIM_ALL: Leg = Does(Buyer, |order, given| {
    let all = order.position.refundable();
    matches!(given, Command::Dispute(DisputeCommand::Request { amount_minor, .. }) if *amount_minor == all)
});
pub const CLAIM_HALF: Leg = Does(Buyer, |order, given| {
    let half = order.position.refundable() / 2;
    matches!(given, Command::Dispute(DisputeCommand::Request { amount_minor, .. }) if *amount_minor == half)
});
pub const OFFER_ALL: Leg = Does(Supplier, |order, given| {
    let claimed = order.disputes.last().map(|known| known.claimed_minor);
    matches!(given, Command::Dispute(DisputeCommand::Offer { amount_minor, .. }) if Some(*amount_minor) == claimed)
});
pub const TAKE_OFFER: Leg = Does(Buyer, |order, given| {
    let last = order.disputes.last().and_then(|known| known.offers.last()).map(|offer| offer.version);
    matches!(given, Command::Dispute(DisputeCommand::Accept { offer, .. }) if Some(*offer) == last)
});
pub const REFUSE: Leg = Does(
    Supplier,
    |_, given| matches!(given, Command::Dispute(DisputeCommand::Respond { accept, .. }) if !accept),
);
pub const ESCALATE: Leg =
    Does(Buyer, |_, given| matches!(given, Command::Dispute(DisputeCommand::Escalate { dispute: Some(_) })));
pub const SHOW: Pick = |_, given| matches!(given, Command::Dispute(DisputeCommand::SubmitEvidence { .. }));
pub const HEARD: &[Leg] = &[REFUSE, ESCALATE, Does(Buyer, SHOW), Does(Supplier, SHOW)];
pub const GIVE_ALL: Pick = |_, given| {
    matches!(given, Command::Dispute(DisputeCommand::Decide { split: Split::Parts { buyer, supplier: 0 }, operator, .. })
        if *buyer > 0 && operator.company.is_none())
};
pub const SHARE: Pick = |_, given| matches!(given, Command::Dispute(DisputeCommand::Decide { split: Split::Half, operator, .. }) if operator.company.is_none());
pub const SECOND: Pick = |_, given| matches!(given, Command::Dispute(DisputeCommand::Confirm { operator, .. }) if operator.id == "two");
pub const FIRST: Pick = |_, given| matches!(given, Command::Dispute(DisputeCommand::Confirm { operator, .. }) if operator.id == "one");
pub const APPEAL: Pick = |_, given| matches!(given, Command::Dispute(DisputeCommand::Appeal { .. }));

fn charged_back(given: &Command, verdict: ChargebackVerdict, part: &str) -> bool {
    matches!(given, Command::ReportChargeback(report) if report.verdict == verdict && report.reference.starts_with(part))
}

pub const BANK_TAKES_ALL: Leg =
    Does(Provider, |_, given| charged_back(given, ChargebackVerdict::Opened, "whole"));
pub const BANK_TAKES_HALF: Leg =
    Does(Provider, |_, given| charged_back(given, ChargebackVerdict::Opened, "half"));
pub const BANK_KEEPS_HALF: Leg =
    Does(Provider, |_, given| charged_back(given, ChargebackVerdict::Lost, "half"));

pub const SERVICE: Leg =
    Does(Buyer, |_, given| matches!(given, Command::AfterSales(AfterSalesCommand::Request { .. })));
pub const ACCEPT_SERVICE: Leg = Does(Supplier, |_, given| {
    matches!(
        given,
        Command::AfterSales(AfterSalesCommand::Respond { answer: AfterSalesAnswer::Accept { .. }, .. })
    )
});
pub const SERVE: Leg = Does(Supplier, |_, given| {
    matches!(
        given,
        Command::AfterSales(AfterSalesCommand::Respond { answer: AfterSalesAnswer::Fulfil { .. }, .. })
    )
});
pub const REFUSE_SERVICE: Leg = Does(Supplier, |_, given| {
    matches!(
        given,
        Command::AfterSales(AfterSalesCommand::Respond { answer: AfterSalesAnswer::Refuse { .. }, .. })
    )
});

fn resolves(given: &Command, how: fn(&AfterSalesOutcome) -> bool) -> bool {
    matches!(given, Command::AfterSales(AfterSalesCommand::Resolve { outcome, .. }) if how(outcome))
}

pub const CONFIRM_SERVICE: Leg =
    Does(Buyer, |_, given| resolves(given, |outcome| matches!(outcome, AfterSalesOutcome::Confirm)));
pub const REJECT_SERVICE: Leg =
    Does(Buyer, |_, given| resolves(given, |outcome| matches!(outcome, AfterSalesOutcome::Reject { .. })));
pub const TAKE_COMPENSATION: Leg =
    Does(Buyer, |_, given| resolves(given, |outcome| matches!(outcome, AfterSalesOutcome::Compensate)));
pub const DISPUTE_SERVICE: Leg =
    Does(Buyer, |_, given| resolves(given, |outcome| matches!(outcome, AfterSalesOutcome::Dispute)));

pub const RETURN: Pick =
    |_, given| matches!(given, Command::Return(ReturnCommand::Request { warehouse: Some(_), .. }));
pub const SHIP_BACK: Pick = |_, given| matches!(given, Command::Return(ReturnCommand::Ship { .. }));
pub const TAKE_BACK: Leg = Does(Warehouse, |_, given| {
    matches!(given, Command::Return(ReturnCommand::Receive { rejection: None, .. }))
});
pub const REJECT_RETURN: Leg = Does(Warehouse, |_, given| {
    matches!(given, Command::Return(ReturnCommand::Receive { rejection: Some(_), .. }))
});

pub const BOOK: Pick = |_, given| matches!(given, Command::Inspection(InspectionCommand::Book { .. }));
pub const FEE: Leg = Does(Provider, |order, given| match given {
    Command::Inspection(InspectionCommand::ReportPayment {
        payment,
        report: PaymentReport::Succeeded { amount, .. },
    }) => order.inspections.last().is_some_and(|known| {
        known.fee_minor == amount.minor && known.payments.last().is_some_and(|last| last.id == *payment)
    }),
    _ => false,
});
pub const FEE_ON_ITS_WAY: Leg = Does(Provider, |_, given| {
    matches!(
        given,
        Command::Inspection(InspectionCommand::ReportPayment { report: PaymentReport::Processing, .. })
    )
});
pub const FEE_FAILS: Leg = Does(Provider, |_, given| {
    matches!(
        given,
        Command::Inspection(InspectionCommand::ReportPayment { report: PaymentReport::Failed { .. }, .. })
    )
});
pub const OPEN_FEE: Leg =
    Does(Buyer, |_, given| matches!(given, Command::Inspection(InspectionCommand::OpenPayment { .. })));
pub const ACCEPT_INSPECTION: Pick =
    |_, given| matches!(given, Command::Inspection(InspectionCommand::Accept { .. }));
pub const BOOKED: &[Leg] = &[Does(Buyer, BOOK)];
pub const SCHEDULED: &[Leg] = &[FEE, Does(Inspector, ACCEPT_INSPECTION)];
pub const PACK: Leg = Does(Supplier, |_, given| {
    matches!(given, Command::Inspection(InspectionCommand::DeclarePacked { percent: 80 }))
});

fn reports(given: &Command, wanted: InspectionVerdict) -> bool {
    matches!(given, Command::Inspection(InspectionCommand::Report { verdict, .. }) if *verdict == wanted)
}

pub const PASS: Leg = Does(Inspector, |_, given| reports(given, InspectionVerdict::Pass));
pub const LEAVE_OPEN: Leg = Does(Inspector, |_, given| reports(given, InspectionVerdict::Pending));
pub const FAIL: Leg = Does(Inspector, |_, given| reports(given, InspectionVerdict::Fail));
pub const NOT_PERFORMED: Leg = Does(Inspector, |_, given| reports(given, InspectionVerdict::NotPerformed));
pub const REWORK: Leg =
    Does(Buyer, |_, given| matches!(given, Command::Inspection(InspectionCommand::Rework { .. })));
pub const WAIVE: Leg =
    Does(Buyer, |_, given| matches!(given, Command::Inspection(InspectionCommand::Waive { .. })));
pub const LATE: &[Leg] = &[Waits(DeadlineKind::Delivery), CLAIM_CREDIT];
