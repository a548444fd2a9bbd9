//! What the bench knows of deliveries, credit and amendments.

use surety::domain::contract::ReleasePolicy;
use surety::domain::ledger::Funds;
use surety::domain::money::{BasisPoints, UnitPrice};
use surety::domain::order::{
    AmendmentChanges, AmendmentCommand, AmendmentStatus, BalanceDue, Command, CommandKind, DeliveryCommand,
    LineChange, Order, OrderKind, PaymentStatus,
};
use surety::domain::time::Span;

use super::bench::Bench;

/// Orders whose terms make the rows of deliveries live.
pub fn drafts(bench: &Bench) -> Vec<Order> {
    let per_shipment = bench.draft_with(OrderKind::Standard, None, 1, |wish| {
        wish.release_policy = ReleasePolicy::PerShipment;
    });
    let later = bench.draft_with(OrderKind::Standard, Some(30), 1, |wish| {
        wish.balance_due = BalanceDue::AfterDelivery;
    });
    let later = Order { funds: Some(Funds { credit: 50_000, ..Funds::default() }), ..later };
    let kept = bench.draft_with(OrderKind::Standard, Some(30), 1, |wish| {
        wish.policy.figures.delivery.deposit_kept = BasisPoints(1_000);
    });
    vec![per_shipment, later, kept]
}

/// When a command is tried: at once, and later where it depends on the time.
pub fn instants(order: &Order, command: &Command) -> Vec<Span> {
    let late = matches!(
        command.kind(),
        CommandKind::ReportShipmentLost
            | CommandKind::CancelForNonDispatch
            | CommandKind::CancelForUnpaidBalance
            | CommandKind::ClaimLateDelivery
            | CommandKind::GrantLateDelivery
    );
    let arrival = order.kind() == OrderKind::Guaranteed && command.kind() == CommandKind::RecordDelivery;
    if late || arrival { vec![Span::ZERO, Span::days(45), Span::days(75)] } else { vec![Span::ZERO] }
}

/// What can be commanded of deliveries and amendments, good and bad.
pub fn commands(bench: &Bench, order: &Order) -> Vec<Command> {
    let now = bench.start;
    let mut out = vec![
        DeliveryCommand::ConfirmShipment { shipment: bench.ids.make(now) },
        DeliveryCommand::AutoConfirmShipment { subject: "-".to_owned() },
        DeliveryCommand::ReportLost { shipment: bench.ids.make(now), reason: "sunk".to_owned() },
        DeliveryCommand::ExtendReceipt,
        DeliveryCommand::CancelForNonDispatch,
        DeliveryCommand::CancelForUnpaidBalance,
        DeliveryCommand::ClaimLateDelivery,
        DeliveryCommand::GrantLateDelivery,
    ];
    for shipment in &order.shipments {
        out.push(DeliveryCommand::ConfirmShipment { shipment: shipment.id });
        out.push(DeliveryCommand::AutoConfirmShipment { subject: shipment.id.to_string() });
        out.push(DeliveryCommand::ReportLost { shipment: shipment.id, reason: "sunk".to_owned() });
    }
    let mut out: Vec<_> = out.into_iter().map(Command::Delivery).collect();
    out.push(Command::OpenPayment {
        payment: bench.ids.make(now),
        instalment: None,
        provider: "sandbox".to_owned(),
        use_credit: true,
    });
    out.extend(amendments(bench, order).into_iter().map(Command::Amendment));
    out
}

fn amendments(bench: &Bench, order: &Order) -> Vec<AmendmentCommand> {
    let line = order.terms.lines[0].id;
    let price = |millionths| AmendmentChanges {
        lines: vec![LineChange {
            line_id: line,
            quantity: None,
            unit_price: Some(UnitPrice::from_millionths(millionths).unwrap()),
        }],
        ..AmendmentChanges::default()
    };
    let within =
        |days| AmendmentChanges { dispatch_within: Some(Span::days(days)), ..AmendmentChanges::default() };
    let short = |line: &surety::domain::contract::TermsLine| LineChange {
        line_id: line.id,
        quantity: Some(line.quantity - order.undispatched(line.id)),
        unit_price: None,
    };
    let shorter = AmendmentChanges {
        lines: order.terms.lines.iter().map(short).collect(),
        ..AmendmentChanges::default()
    };
    let propose = |changes| AmendmentCommand::Propose { changes, reason: None };
    let mut out: Vec<_> =
        [AmendmentChanges::default(), price(1_000_000), price(3_000_000), shorter, within(10), within(11)]
            .into_iter()
            .map(propose)
            .collect();
    let unknown = bench.ids.make(bench.start);
    out.push(AmendmentCommand::Accept { amendment: unknown, terms_hash: order.terms_hash.clone() });
    out.push(AmendmentCommand::Decline { amendment: unknown });
    out.push(AmendmentCommand::Withdraw { amendment: unknown });
    out.push(AmendmentCommand::Expire { subject: "-".to_owned() });
    for known in &order.amendments {
        let amendment = known.id;
        out.push(AmendmentCommand::Accept { amendment, terms_hash: known.terms_hash.clone() });
        out.push(AmendmentCommand::Accept { amendment, terms_hash: "0".repeat(64) });
        out.push(AmendmentCommand::Decline { amendment });
        out.push(AmendmentCommand::Withdraw { amendment });
        out.push(AmendmentCommand::Expire { subject: amendment.to_string() });
    }
    out
}

/// Whether deliveries or amendments set an order apart from those that every other region begins with.
pub fn is_special(order: &Order) -> bool {
    let later = order.instalments.iter().any(|part| !part.required_before_dispatch);
    let kept = order.terms.policy.delivery.deposit_kept.0 > 0;
    let shares = order.terms.release_policy == ReleasePolicy::PerShipment;
    let lost = order.shipments.iter().any(|known| known.lost_at.is_some());
    later || kept || shares || lost || !order.amendments.is_empty() || !order.compensations.is_empty()
}

/// Whether nothing new follows from an order of these kinds: they go one way of payment, and one amendment at a time.
pub fn is_enough(order: &Order) -> bool {
    let terms = &order.terms;
    let shares = terms.release_policy == ReleasePolicy::PerShipment;
    let astray = order.payments.iter().any(|known| {
        matches!(known.status, PaymentStatus::Failed | PaymentStatus::Processing | PaymentStatus::Expired)
    });
    let answered = order.amendments.iter().any(|known| known.status != AmendmentStatus::Proposed);
    let plain = order.kind() == OrderKind::Standard && terms.lines.len() == 1 && order.instalments.len() == 1;
    let other_amended = answered || !plain || shares || order.shipments.len() > 1 || order.refunds.len() > 1;
    let protected = order.disputes.len() + order.chargebacks.len() > 0 || !order.holds.is_empty();
    let amended = !order.amendments.is_empty();
    is_special(order) && (astray || protected) || amended && other_amended
}

/// What of it makes two orders the same for the machine.
pub fn shape(order: &Order) -> String {
    let confirmed: Vec<_> = order.shipments.iter().map(|known| known.confirmed_at.is_some()).collect();
    let promised = order.state.schedule().and_then(|schedule| schedule.delivery_by);
    let late = order
        .shipments
        .iter()
        .any(|known| known.delivered_at.is_some_and(|at| promised.is_some_and(|promised| at > promised)));
    let causes: Vec<_> = order.compensations.iter().map(|known| known.cause).collect();
    let amendments: Vec<_> =
        order.amendments.iter().map(|known| (known.status, known.proposed_by, known.total_minor)).collect();
    let kept = order.terms.policy.delivery.deposit_kept.0;
    let required: Vec<_> = order.instalments.iter().map(|part| part.required_before_dispatch).collect();
    format!(
        "{confirmed:?} {late} {causes:?} {amendments:?} {kept} {required:?} {} {}",
        order.terms.release_policy, order.terms.total.0
    )
}
