//! Ways to rare places: what an order goes through to be where chance alone seldom leads. Histories and timelines follow
//! them between commands of chance, so that each row and each refusal comes up whatever the seed.

use surety::domain::deadline::{DeadlineKind, DeadlineState};
use surety::domain::money::BasisPoints;
use surety::domain::order::{
    ActorKind, AmendmentCommand, Command, DeliveryCommand, DisputeCommand, InspectionCommand, Order,
    OrderKind, PaymentReport, RefundCommand, ReturnCommand, RiskHoldCommand, Shipment, ShipmentStatus, Split,
    step,
};
use surety::domain::party::Plan;
use surety::domain::time::Span;

use super::bench::Bench;
use super::bench_delivery;
use super::care_bench as care;
use super::dice::Dice;
use super::histories::History;
use super::legs::{
    ACCEPT_INSPECTION, ACCEPT_SERVICE, APPEAL, ARRIVES, BANK_KEEPS_HALF, BANK_TAKES_ALL, BANK_TAKES_HALF,
    BOOK, BOOKED, CANCEL_UNSENT, CLAIM_ALL, CLAIM_CREDIT, CLAIM_HALF, CONFIRM, CONFIRM_SERVICE,
    CONFIRM_SHARE, DELIVERED, DISPUTE_SERVICE, ESCALATE, FAIL, FEE, FEE_FAILS, FEE_ON_ITS_WAY, FIRST,
    GIVE_ALL, HEARD, LATE, LEAVE_OPEN, LOSE, Leg, NOT_PERFORMED, OFFER_ALL, OPEN, OPEN_FEE, PACK, PAID,
    PAID_AT_ONCE, PASS, Pick, RECEIVE, REFUSE, REFUSE_SERVICE, REJECT_RETURN, REJECT_SERVICE, RETURN, REWORK,
    SCHEDULED, SECOND, SEND_ALL, SEND_PART, SERVE, SERVICE, SHARE, SHIP_BACK, SHOW, SPEND, SUBMIT, TAKE_BACK,
    TAKE_COMPENSATION, TAKE_OFFER, WAIVE, agree, shorten,
};

/// A way: the order that it begins with, and its legs.
#[derive(Clone, Copy)]
pub struct Way {
    /// The draft.
    pub draft: fn(&Bench) -> Order,
    /// Its legs, part by part.
    pub parts: &'static [&'static [Leg]],
}

impl Way {
    /// The leg of a number.
    pub fn leg(&self, number: usize) -> Option<Leg> {
        self.parts.iter().copied().flatten().nth(number).copied()
    }
}

use ActorKind::{Buyer, Inspector, Operator, Provider, Supplier};
use Leg::{Begins, Does, Misses, Passes, Repeats, Tries, Waits};

fn plain(bench: &Bench) -> Order {
    bench.draft(OrderKind::Standard, None, 1)
}

fn guaranteed(bench: &Bench) -> Order {
    bench.draft(OrderKind::Guaranteed, None, 1)
}

fn uncredited(bench: &Bench) -> Order {
    bench.draft_with(OrderKind::Guaranteed, None, 1, |wish| {
        wish.policy.figures.delivery.late_delivery_credit = BasisPoints(0);
    })
}

fn enterprise(bench: &Bench) -> Order {
    bench.draft_with(OrderKind::Guaranteed, None, 1, |wish| wish.plan = Plan::Enterprise)
}

/// Ten dollars in two parts: less than the credit for one late delivery.
fn cheap(bench: &Bench) -> Order {
    bench.draft_with(OrderKind::Standard, Some(30), 1, |wish| wish.lines[0].quantity = 5)
}

fn inspected(bench: &Bench) -> Order {
    bench.careful_draft(OrderKind::Standard, None, 1)
}

/// Returnable and with service after the sale, and not inspected.
fn served(bench: &Bench) -> Order {
    bench.draft_with(OrderKind::Standard, None, 1, |wish| {
        care::make(wish);
        wish.inspection = false;
    })
}

fn served_and_dear(bench: &Bench) -> Order {
    bench.draft_with(OrderKind::Standard, None, 1, |wish| {
        care::make(wish);
        wish.inspection = false;
        wish.policy.figures.easy_return.limits.values_mut().for_each(|limit| *limit = 1);
    })
}

fn in_two(bench: &Bench) -> Order {
    bench.draft(OrderKind::Standard, Some(30), 1)
}

fn in_two_and_kept(bench: &Bench) -> Order {
    bench_delivery::drafts(bench)[2].clone()
}

fn by_shares(bench: &Bench) -> Order {
    bench_delivery::drafts(bench)[0].clone()
}

fn paid_after_delivery(bench: &Bench) -> Order {
    bench_delivery::drafts(bench)[1].clone()
}

const fn way(draft: fn(&Bench) -> Order, parts: &'static [&'static [Leg]]) -> Way {
    Way { draft, parts }
}

fn any_confirmation(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Confirm { .. })
}

fn proposes(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Amendment(AmendmentCommand::Propose { .. }))
}

fn cheaper(order: &Order, given: &Command) -> bool {
    let lower = |change: &surety::domain::order::LineChange| {
        let line = order.terms.lines.iter().find(|line| line.id == change.line_id);
        change.unit_price.zip(line).is_some_and(|(price, line)| price != line.unit_price)
    };
    matches!(given, Command::Amendment(AmendmentCommand::Propose { changes, .. }) if changes.lines.iter().any(lower))
}

fn agrees(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Amendment(AmendmentCommand::Accept { .. }))
}

fn agrees_to_open(order: &Order, given: &Command) -> bool {
    matches!(given, Command::Amendment(AmendmentCommand::Accept { amendment, .. }) if is_open(order, *amendment))
}

fn is_open(order: &Order, amendment: surety::domain::ids::AmendmentId) -> bool {
    order.open_amendment().is_some_and(|open| open.id == amendment)
}

fn declines(order: &Order, given: &Command) -> bool {
    matches!(given, Command::Amendment(AmendmentCommand::Decline { amendment }) if is_open(order, *amendment))
}

fn withdraws(order: &Order, given: &Command) -> bool {
    matches!(given, Command::Amendment(AmendmentCommand::Withdraw { amendment }) if is_open(order, *amendment))
}

fn claims(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Dispute(DisputeCommand::Request { .. }))
}

fn takes(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Dispute(DisputeCommand::Accept { .. }))
}

fn takes_last(order: &Order, given: &Command) -> bool {
    let last = order.disputes.last().and_then(|known| known.offers.last()).map(|offer| offer.version);
    matches!(given, Command::Dispute(DisputeCommand::Accept { offer, .. }) if Some(*offer) == last)
}

fn accepts(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Dispute(DisputeCommand::Respond { accept: true, .. }))
}

fn escalates(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Dispute(DisputeCommand::Escalate { .. }))
}

fn takes_back(order: &Order, given: &Command) -> bool {
    let open = order.open_dispute().map(|open| open.id);
    matches!(given, Command::Dispute(DisputeCommand::Withdraw { dispute }) if Some(*dispute) == open)
}

fn does_not_sum(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Dispute(DisputeCommand::Decide { split: Split::Parts { supplier: 1, .. }, .. }))
}

fn is_related(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Dispute(DisputeCommand::Decide { operator, .. }) if operator.company.is_some())
}

fn gives_nothing(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Dispute(DisputeCommand::Decide { split: Split::Parts { buyer: 0, .. }, .. }))
}

fn submits(order: &Order, given: &Command) -> bool {
    matches!(given, Command::Refund(RefundCommand::Submit { refund }) if is_refund(order, *refund))
}

fn fails(order: &Order, given: &Command) -> bool {
    matches!(given, Command::Refund(RefundCommand::Report { refund, failure: Some(_) }) if is_refund(order, *refund))
}

fn retries(order: &Order, given: &Command) -> bool {
    matches!(given, Command::Refund(RefundCommand::Retry { refund }) if is_refund(order, *refund))
}

fn is_refund(order: &Order, refund: surety::domain::ids::RefundId) -> bool {
    order.refunds.iter().any(|known| known.id == refund)
}

fn holds(_: &Order, given: &Command) -> bool {
    matches!(given, Command::RiskHold(RiskHoldCommand::Place { .. }))
}

fn extends(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Delivery(DeliveryCommand::ExtendReceipt))
}

fn loses(order: &Order, given: &Command) -> bool {
    let waiting = |known: &&Shipment| known.status == ShipmentStatus::Dispatched;
    let first = order.shipments.iter().find(waiting).map(|known| known.id);
    matches!(given, Command::Delivery(DeliveryCommand::ReportLost { shipment, .. }) if Some(*shipment) == first)
}

fn too_much(order: &Order, given: &Command) -> bool {
    let due = order.payments.last().map(|known| known.amount_minor + 1);
    matches!(given, Command::ReportPayment { report: PaymentReport::Succeeded { amount, .. }, .. } if Some(amount.minor) == due)
}

fn falls_short(order: &Order, given: &Command) -> bool {
    let due = order.payments.last().map(|known| known.amount_minor);
    matches!(given, Command::AssignPayment(assigned) if due.is_some_and(|due| assigned.amount.minor < due))
}

fn assigns(_: &Order, given: &Command) -> bool {
    matches!(given, Command::AssignPayment(_))
}

fn returns(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Return(ReturnCommand::Request { warehouse: None, .. }))
}

fn cancels_inspection(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Inspection(InspectionCommand::Cancel { .. }))
}

fn cancels_unpaid(_: &Order, given: &Command) -> bool {
    matches!(given, Command::Delivery(DeliveryCommand::CancelForUnpaidBalance))
}

fn begins_to_pay(_: &Order, given: &Command) -> bool {
    matches!(given, Command::OpenPayment { instalment: None, use_credit: false, .. })
}

fn tells_of_payment(_: &Order, given: &Command) -> bool {
    matches!(given, Command::RecordOffPlatformPayment(draft) if draft.amount_minor > 0)
}

/// All of them.
pub const WAYS: &[Way] = &[
    // Goods that left are all there shall be: on their way, and there.
    way(plain, &[PAID, &[SEND_PART, shorten(Supplier), agree(Buyer)]]),
    way(plain, &[PAID, &[SEND_PART, shorten(Buyer), agree(Supplier)]]),
    way(plain, &[PAID, &[SEND_PART, ARRIVES, shorten(Supplier), agree(Buyer)]]),
    way(plain, &[PAID, &[SEND_PART, ARRIVES, shorten(Buyer), agree(Supplier)]]),
    // A late guaranteed delivery earns a credit, once, and it pays the next order.
    way(guaranteed, &[PAID_AT_ONCE, LATE, &[CLAIM_CREDIT, Begins(cheap), SUBMIT, CONFIRM, SPEND, SPEND]]),
    way(enterprise, &[PAID_AT_ONCE, &[Waits(DeadlineKind::LateDeliveryCredit)]]),
    way(uncredited, &[PAID_AT_ONCE, LATE]),
    // The supplier offers a part or all, and the buyer takes it.
    way(plain, &[PAID, &[CLAIM_HALF, OFFER_ALL, TAKE_OFFER]]),
    way(plain, &[PAID, &[CLAIM_ALL, OFFER_ALL, TAKE_OFFER]]),
    // A decision that two have to make; one that is appealed; one after the release; one that is overtaken.
    way(
        plain,
        &[
            PAID,
            &[CLAIM_ALL],
            HEARD,
            &[Does(Operator, GIVE_ALL), Tries(Operator, FIRST), Waits(DeadlineKind::Appeal)],
            &[Does(Operator, SECOND), Waits(DeadlineKind::Appeal)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            DELIVERED,
            &[RECEIVE, CLAIM_ALL],
            HEARD,
            &[Does(Operator, GIVE_ALL), Does(Operator, SECOND), Waits(DeadlineKind::Appeal)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            &[CLAIM_ALL],
            HEARD,
            &[Does(Operator, GIVE_ALL), Does(Supplier, APPEAL), Tries(Operator, GIVE_ALL)],
            &[Does(Operator, SHARE), Tries(Buyer, APPEAL), Waits(DeadlineKind::Appeal)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            DELIVERED,
            &[RECEIVE, CLAIM_ALL],
            HEARD,
            &[Does(Operator, SHARE), Waits(DeadlineKind::Appeal)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            &[CLAIM_ALL],
            HEARD,
            &[Does(Operator, SHARE), BANK_TAKES_HALF, BANK_KEEPS_HALF, Waits(DeadlineKind::Appeal)],
        ],
    ),
    way(plain, &[PAID, &[CLAIM_ALL, REFUSE, ESCALATE, Repeats(50, Buyer, SHOW), Tries(Buyer, SHOW)]]),
    // Services that are refused, rejected, confirmed.
    way(
        served,
        &[
            PAID,
            DELIVERED,
            &[SERVICE, REFUSE_SERVICE, DISPUTE_SERVICE],
            &[SERVICE, SERVE, REJECT_SERVICE, TAKE_COMPENSATION],
        ],
    ),
    way(served, &[PAID, DELIVERED, &[SERVICE, ACCEPT_SERVICE, SERVE, CONFIRM_SERVICE]]),
    way(served, &[PAID, DELIVERED, &[SERVICE, ACCEPT_SERVICE, Waits(DeadlineKind::ServiceFulfilment)]]),
    // Returns that are taken, refused, late, too dear, or of what the bank took already.
    way(served, &[PAID, DELIVERED, &[Does(Buyer, RETURN), Does(Buyer, SHIP_BACK), TAKE_BACK]]),
    way(
        served,
        &[
            PAID,
            DELIVERED,
            &[Does(Buyer, RETURN), Does(Buyer, SHIP_BACK), REJECT_RETURN, Tries(Buyer, RETURN)],
        ],
    ),
    way(
        served,
        &[
            PAID,
            DELIVERED,
            &[Does(Buyer, RETURN), Does(Buyer, SHIP_BACK), Waits(DeadlineKind::ReturnReceipt)],
        ],
    ),
    way(
        served,
        &[PAID, DELIVERED, &[Does(Buyer, RETURN), Misses(DeadlineKind::ReturnShipment, Buyer, SHIP_BACK)]],
    ),
    way(served_and_dear, &[PAID, DELIVERED, &[Tries(Buyer, RETURN)]]),
    way(served, &[PAID, DELIVERED, &[BANK_TAKES_ALL, Tries(Buyer, RETURN)]]),
    way(plain, &[PAID, &[BANK_TAKES_ALL, CANCEL_UNSENT]]),
    // Inspections: mended and passed, waived, missed by the inspector, late.
    way(
        inspected,
        &[
            PAID,
            BOOKED,
            &[Tries(Buyer, BOOK), FEE_ON_ITS_WAY],
            SCHEDULED,
            &[PACK, LEAVE_OPEN, FAIL, REWORK, PACK, PASS],
        ],
    ),
    way(inspected, &[PAID, BOOKED, &[FEE_FAILS, OPEN_FEE], SCHEDULED, &[PACK, FAIL, WAIVE]]),
    way(inspected, &[PAID, BOOKED, SCHEDULED, &[NOT_PERFORMED]]),
    way(inspected, &[PAID, BOOKED, SCHEDULED, &[PACK, Waits(DeadlineKind::InspectionReport)]]),
    way(inspected, &[PAID, BOOKED, SCHEDULED, &[PACK, PASS]]),
    way(
        inspected,
        &[PAID, BOOKED, &[FEE, Misses(DeadlineKind::InspectionAcceptance, Inspector, ACCEPT_INSPECTION)]],
    ),
    // Shares, a balance after delivery, goods that are sent anew.
    way(by_shares, &[PAID, &[SEND_PART, CONFIRM_SHARE]]),
    way(by_shares, &[PAID, &[SEND_PART, ARRIVES, Waits(DeadlineKind::ShipmentConfirmation)]]),
    way(
        paid_after_delivery,
        &[PAID, &[SEND_ALL, Tries(Buyer, |_, given| matches!(given, Command::ConfirmReceipt))]],
    ),
    way(plain, &[PAID, &[SEND_ALL, LOSE, SEND_ALL, ARRIVES, Waits(DeadlineKind::AutoConfirmation)]]),
    way(
        plain,
        &[PAID, DELIVERED, &[Tries(Buyer, RETURN), CLAIM_ALL, REFUSE, ESCALATE, Tries(Operator, SHARE)]],
    ),
    // As far as a timer, which others then come to the edge of.
    way(enterprise, &[PAID_AT_ONCE]),
    way(enterprise, &[PAID_AT_ONCE, DELIVERED]),
    way(inspected, &[PAID, BOOKED, SCHEDULED]),
    way(inspected, &[PAID, BOOKED, SCHEDULED, &[PACK]]),
    // What one side alone may not do, and what comes too often, too early or too late.
    way(plain, &[&[SUBMIT, Tries(Supplier, any_confirmation)]]),
    way(plain, &[&[SUBMIT, Does(Supplier, |_, given| matches!(given, Command::Decline { .. }))]]),
    way(
        plain,
        &[
            PAID,
            &[SEND_PART, shorten(Supplier), Tries(Supplier, agrees), Tries(Supplier, proposes)],
            &[SEND_PART, Tries(Buyer, agrees), Does(Buyer, declines)],
            &[shorten(Supplier), Does(Supplier, withdraws)],
        ],
    ),
    way(plain, &[PAID, &[Does(Supplier, cheaper), agree(Buyer), Does(Buyer, cheaper), agree(Supplier)]]),
    way(plain, &[PAID, &[CLAIM_HALF, Tries(Buyer, takes), Tries(Supplier, takes)]]),
    way(plain, &[PAID, &[CLAIM_ALL, Tries(Buyer, escalates), Does(Supplier, takes_last)]]),
    way(
        plain,
        &[
            PAID,
            &[CLAIM_HALF, Does(Supplier, accepts), Does(ActorKind::Clock, submits)],
            &[Does(Provider, fails), Does(Operator, retries)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            DELIVERED,
            &[CLAIM_ALL],
            HEARD,
            &[Tries(Inspector, SHOW), Tries(Operator, does_not_sum), Tries(Operator, is_related)],
            &[Does(Operator, gives_nothing), Tries(Operator, SECOND), Waits(DeadlineKind::Appeal)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            &[CLAIM_HALF, Does(Buyer, takes_back), CLAIM_HALF, Does(Buyer, takes_back)],
            &[CLAIM_HALF, Does(Buyer, takes_back), Tries(Buyer, claims)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            &[CLAIM_ALL, Waits(DeadlineKind::DisputeEscalation), Misses(DeadlineKind::Evidence, Buyer, SHOW)],
        ],
    ),
    way(plain, &[PAID, &[Does(Operator, holds), Tries(Operator, holds)]]),
    way(
        plain,
        &[PAID, &[SEND_ALL, Tries(Buyer, extends), ARRIVES, Does(Buyer, extends), Tries(Buyer, extends)]],
    ),
    way(plain, &[PAID, DELIVERED, &[Misses(DeadlineKind::AutoConfirmation, Buyer, extends)]]),
    way(
        plain,
        &[PAID, &[SEND_PART, SEND_PART, LOSE, Tries(Buyer, loses), Waits(DeadlineKind::Delivery), SEND_PART]],
    ),
    way(plain, &[PAID, &[SEND_PART, SEND_PART, Waits(DeadlineKind::Delivery), Does(Buyer, loses)]]),
    way(plain, &[PAID, &[SEND_ALL, Waits(DeadlineKind::Delivery), Does(Buyer, loses), CANCEL_UNSENT]]),
    way(
        plain,
        &[&[
            SUBMIT,
            CONFIRM,
            OPEN,
            Does(Provider, too_much),
            Tries(Operator, falls_short),
            Tries(Operator, assigns),
        ]],
    ),
    way(guaranteed, &[PAID_AT_ONCE, &[Tries(Buyer, BOOK), CLAIM_CREDIT, Passes(60), CLAIM_CREDIT]]),
    way(
        served,
        &[PAID, DELIVERED, &[Tries(Buyer, returns), SERVICE, SERVE, Waits(DeadlineKind::ServiceAnswer)]],
    ),
    way(served, &[PAID, DELIVERED, &[Does(Buyer, RETURN), Does(Buyer, SHIP_BACK), TAKE_BACK]]),
    way(inspected, &[PAID, BOOKED, &[Does(Buyer, cancels_inspection)]]),
    way(by_shares, &[PAID, &[SEND_PART, CONFIRM_SHARE, SEND_ALL, CONFIRM_SHARE]]),
    way(by_shares, &[PAID, &[SEND_ALL, ARRIVES, Waits(DeadlineKind::ShipmentConfirmation)]]),
    way(in_two, &[PAID, &[Waits(DeadlineKind::BalancePayment), Does(Supplier, cancels_unpaid)]]),
    way(in_two_and_kept, &[PAID, &[Waits(DeadlineKind::BalancePayment), Does(Supplier, cancels_unpaid)]]),
    way(
        paid_after_delivery,
        &[PAID, DELIVERED, &[Waits(DeadlineKind::BalancePayment), Does(Supplier, cancels_unpaid)]],
    ),
    way(plain, &[&[SUBMIT, CONFIRM, Misses(DeadlineKind::Payment, Buyer, begins_to_pay)]]),
    way(
        plain,
        &[
            PAID,
            &[SEND_PART, shorten(Supplier), Misses(DeadlineKind::AmendmentAnswer, Buyer, agrees_to_open)],
        ],
    ),
    way(
        plain,
        &[
            PAID,
            &[SEND_PART, shorten(Buyer), Misses(DeadlineKind::AmendmentAnswer, Supplier, agrees_to_open)],
        ],
    ),
    way(plain, &[PAID, &[Repeats(50, Buyer, tells_of_payment), Tries(Supplier, tells_of_payment)]]),
];

/// How far a history is on a way.
#[derive(Clone, Copy)]
pub struct Course {
    way: &'static Way,
    next: usize,
}

impl Course {
    /// A way for every other order.
    pub fn perhaps(dice: &mut Dice) -> Option<Self> {
        dice.percent(50).then(|| Self { way: dice.one_of(WAYS), next: 0 })
    }

    /// The draft that it begins with.
    pub fn draft(&self, bench: &Bench) -> Order {
        (self.way.draft)(bench)
    }
}

impl History<'_> {
    /// Takes the next leg of the history's way; whether there was one.
    pub fn follows(&mut self, commands: &[Command]) -> bool {
        let Some(course) = self.course else { return false };
        let Some(leg) = course.way.leg(course.next) else {
            self.course = None;
            return false;
        };
        let goes_on = match leg {
            Does(actor, pick) => self.does(commands, actor, pick),
            Repeats(times, actor, pick) => (0..times).all(|_| self.does(commands, actor, pick)),
            Tries(actor, pick) => {
                for command in commands {
                    if pick(&self.order, command) {
                        self.give(actor, command);
                    }
                }
                true
            }
            Waits(kind) => {
                self.goes_over(kind) && {
                    self.fire();
                    true
                }
            }
            Misses(kind, actor, pick) => self.goes_over(kind) && !self.does(commands, actor, pick),
            Passes(days) => {
                self.now = self.now.plus(Span::days(days));
                self.fire();
                true
            }
            Begins(draft) => {
                self.begins_with(draft(self.bench));
                true
            }
        };
        self.course = goes_on.then_some(Course { next: course.next + 1, ..course });
        true
    }

    fn does(&mut self, commands: &[Command], actor: ActorKind, pick: Pick) -> bool {
        let fits = commands.iter().find(|command| pick(&self.order, command));
        fits.is_some_and(|command| self.give(actor, command).is_some())
    }

    /// A second behind the instant of a running timer; false where there is none.
    fn goes_over(&mut self, kind: DeadlineKind) -> bool {
        let timers = self.order.deadlines.iter();
        let running = timers.filter(|timer| timer.kind == kind && timer.state == DeadlineState::Pending);
        let Some(due) = running.map(|timer| timer.due_at).min() else { return false };
        self.now = self.now.max(due.plus(Span::seconds(1)));
        true
    }

    /// A second worker comes too late for the act of the clock: what the order itself refuses has to leave it as it is.
    pub fn is_late_again(&mut self, command: &Command) {
        if step(&self.order, ActorKind::Clock, command, self.now).is_err() {
            self.give(ActorKind::Clock, command);
        }
    }
}
