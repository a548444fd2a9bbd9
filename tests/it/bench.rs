//! The order machine on a bench: orders without a database, everything that can be commanded of them, and what a store
//! would keep of a step.

use std::collections::{BTreeSet, VecDeque};

use surety::domain::contract::ReleasePolicy;
use surety::domain::deadline::{Deadline, DeadlineKind, DeadlineState};
use surety::domain::ids::CompanyId;
use surety::domain::ladder::LeadTimes;
use surety::domain::language::Texts;
use surety::domain::money::Money;
use surety::domain::order::table::{Transition, transitions};
use surety::domain::order::{
    ActorKind, Assignment, BalanceDue, Command, DeadlineChange, LineRequest, Order, OrderKind, OrderStatus,
    Payment, PaymentReport, PaymentStatus, PlaceRequest, Refund, RefundCause, RefundCommand, RefundStatus,
    ShippedLine, Step, SupplierFacts, TransportMode, place, step,
};
use surety::domain::party::Plan;
use surety::domain::policy::{Figures, Policy};
use surety::domain::product::{GuaranteedTerms, Product, ProductStatus, SampleOffer};
use surety::domain::time::{Span, Timestamp};
use surety::ids::IdGenerator;

use super::care_bench as care;
use super::shelf::dollars;

/// The machine with what a store would keep for it.
pub struct Bench {
    /// Makes ids.
    pub ids: IdGenerator,
    /// When everything begins.
    pub start: Timestamp,
    /// Who buys; the same each time, so that what one order earns pays for another.
    buyer: CompanyId,
}

impl Bench {
    /// A bench on the day on which every story begins.
    pub fn new() -> Self {
        let (ids, start) = (IdGenerator::default(), Timestamp::parse(super::world::START).unwrap());
        let buyer = ids.make(start);
        Self { ids, start, buyer }
    }

    /// A draft of 100 units at two dollars, in two lines where `lines` is two.
    pub fn draft(&self, kind: OrderKind, deposit_percent: Option<i64>, lines: usize) -> Order {
        self.draft_with(kind, deposit_percent, lines, |_| {})
    }

    /// The same made in four weeks, to be inspected, returnable and with service after the sale.
    pub fn careful_draft(&self, kind: OrderKind, deposit_percent: Option<i64>, lines: usize) -> Order {
        self.draft_with(kind, deposit_percent, lines, care::make)
    }

    /// The same with the wish changed before it is placed.
    pub fn draft_with(
        &self,
        kind: OrderKind,
        deposit_percent: Option<i64>,
        lines: usize,
        change: impl FnOnce(&mut PlaceRequest),
    ) -> Order {
        let now = self.start;
        let supplier = self.ids.make(now);
        let product = Product {
            id: self.ids.make(now),
            supplier,
            category: None,
            title: "Canvas bag".to_owned(),
            description: String::new(),
            attributes: Vec::new(),
            texts: Texts::default(),
            unit: "piece".to_owned(),
            minimum_order_quantity: 1,
            order_increment: 1,
            ladder: dollars(&[(1, "2.00")]),
            lead_times: LeadTimes::new(vec![(1, 7)]).unwrap(),
            sample_offer: Some(SampleOffer { price_minor: 200, maximum_quantity: 100, lead_days: 7 }),
            guaranteed: Some(GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 20 }),
            easy_return: false,
            after_sales: None,
            customisable: false,
            status: ProductStatus::Published,
            media: Vec::new(),
            external_reference: None,
            imported: false,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let line = |_| LineRequest {
            id: self.ids.make(now),
            product: product.clone(),
            quantity: 100 / i64::try_from(lines).unwrap(),
            expected_unit_price: None,
            specification: None,
            attachments: Vec::new(),
        };
        let mut request = PlaceRequest {
            id: self.ids.make(now),
            number: "1".to_owned(),
            instalments: [self.ids.make(now), self.ids.make(now)],
            kind,
            buyer: self.buyer,
            plan: Plan::Standard,
            supplier: SupplierFacts {
                id: supplier,
                company: self.ids.make(now),
                country: "DE".to_owned(),
                protected: true,
            },
            lines: (0..lines).map(line).collect(),
            currency: None,
            freight: None,
            deposit_percent,
            balance_due: BalanceDue::BeforeDispatch,
            incoterm: None,
            destination: "DE".to_owned(),
            release_policy: ReleasePolicy::OnCompletion,
            inspection: false,
            external_reference: None,
            attachments: Vec::new(),
            quoted: None,
            policy: Policy { version: 1, valid_from: now, figures: figures() },
        };
        change(&mut request);
        let order = place(request, now).unwrap().order;
        Order { funds: Some(surety::domain::ledger::Funds::default()), ..order }
    }

    /// What can be commanded of an order: good input, and input that is wrong in each way that the machine judges.
    pub fn commands(&self, order: &Order) -> Vec<Command> {
        self.commands_at(order, self.start)
    }

    /// The same at an instant, for what names a day.
    pub fn commands_at(&self, order: &Order, now: Timestamp) -> Vec<Command> {
        let mut out = self.spine_commands(order);
        out.extend(care::commands(self, order, now));
        out.extend(super::bench_delivery::commands(self, order));
        out.extend(self.protections(order));
        out
    }

    /// What is tried of an order to find others: all regions with all others would be more orders than anybody needs.
    fn explored(&self, order: &Order) -> Vec<Command> {
        let mut out = self.spine_commands(order);
        if order.terms.inspection {
            out.extend(care::commands(self, order, self.start));
        }
        if !order.terms.inspection || order.status() == OrderStatus::InInspection {
            out.extend(super::bench_delivery::commands(self, order));
        }
        out
    }

    /// The same for the way from draft to closed.
    fn spine_commands(&self, order: &Order) -> Vec<Command> {
        let now = self.start;
        let line = order.terms.lines[0].id;
        let dispatch = |lines: Vec<ShippedLine>| Command::Dispatch {
            shipment: self.ids.make(now),
            lines,
            carrier: "Blue Funnel".to_owned(),
            carrier_company: Some(self.ids.make::<CompanyId>(now)),
            tracking_number: "1".to_owned(),
            mode: TransportMode::Sea,
        };
        let open = |instalment| Command::OpenPayment {
            payment: self.ids.make(now),
            instalment,
            provider: "sandbox".to_owned(),
            use_credit: false,
        };
        let part = |quantity| vec![ShippedLine { line_id: line, quantity }];
        let mut out = vec![
            Command::Submit,
            Command::Confirm { terms_hash: order.terms_hash.clone() },
            Command::Confirm { terms_hash: "0".repeat(64) },
            Command::Decline { reason: None },
            Command::Cancel { reason: Some("why not".to_owned()) },
            Command::Expire,
            open(None),
            open(Some(self.ids.make(now))),
            Command::MarkReady,
            dispatch(Vec::new()),
            dispatch(part(20)),
            dispatch(part(0)),
            dispatch(part(1_000)),
            Command::RecordDelivery { shipment: self.ids.make(now), proof: "POD".to_owned() },
            Command::ConfirmReceipt,
            Command::AutoConfirmReceipt,
            Command::ReportDispatchDeadline { kind: DeadlineKind::Dispatch, subject: "-".to_owned() },
            Command::ReportDispatchDeadline {
                kind: DeadlineKind::DispatchWarning,
                subject: "P2D".to_owned(),
            },
            Command::ReportDeliveryOverdue,
            Command::ReportBalanceOverdue,
            Command::Close,
            Command::ReportHoldLimit,
        ];
        out.extend(self.money_commands(order));
        out.extend(order.instalments.iter().map(|known| open(Some(known.id))));
        for shipment in &order.shipments {
            out.push(Command::RecordDelivery { shipment: shipment.id, proof: "POD".to_owned() });
        }
        for payment in &order.payments {
            for minor in [payment.amount_minor, payment.amount_minor + 1] {
                let reference = format!("{}-{}", payment.id, order.version);
                let report =
                    PaymentReport::Succeeded { amount: Money::new(minor, order.terms.currency), reference };
                out.push(Command::ReportPayment { payment: payment.id, report });
            }
            out.push(Command::ReportPayment { payment: payment.id, report: PaymentReport::Processing });
            let report = PaymentReport::Failed { reason: "no money".to_owned() };
            out.push(Command::ReportPayment { payment: payment.id, report });
        }
        out
    }

    /// Commands on refunds and set-aside money, good and bad.
    fn money_commands(&self, order: &Order) -> Vec<Command> {
        let now = self.start;
        let mut out = Vec::new();
        let known = order.refunds.iter().map(|refund| refund.id);
        for refund in known.chain([self.ids.make(now)]) {
            out.push(Command::Refund(RefundCommand::Submit { refund }));
            out.push(Command::Refund(RefundCommand::Report { refund, failure: None }));
            let failure = Some("closed account".to_owned());
            out.push(Command::Refund(RefundCommand::Report { refund, failure }));
            out.push(Command::Refund(RefundCommand::Retry { refund }));
        }
        let due = order.instalments.iter().find(|part| part.paid_minor < part.amount_minor);
        let due = due.map_or(1, |part| part.amount_minor - part.paid_minor);
        for minor in [due, due + 1, due - 1] {
            out.push(Command::AssignPayment(Assignment {
                item: self.ids.make(now),
                payment: self.ids.make(now),
                provider: "sandbox".to_owned(),
                reference: "late".to_owned(),
                amount: Money::new(minor, order.terms.currency),
            }));
        }
        out
    }

    /// The order with a refund that stands so: whatever the order came through, the machine judges the refund alone.
    fn refunding(&self, order: &Order, payment: &Payment, status: RefundStatus) -> Order {
        let refund = Refund {
            id: self.ids.make(self.start),
            seq: 1,
            cause: RefundCause::Agreed,
            payment_id: payment.id,
            provider: payment.provider.clone(),
            amount_minor: 1,
            status,
            failures: 0,
            failure: None,
            requested_at: self.start,
            succeeded_at: None,
        };
        Order { refunds: vec![refund], ..order.clone() }
    }

    /// The order after a step, with its timers as the store would keep them.
    pub fn settle(&self, done: Step, now: Timestamp) -> Order {
        let mut order = done.order;
        for change in done.deadlines {
            let (kind, name) = match &change {
                DeadlineChange::Set { kind, subject, .. } => (*kind, Some(subject.clone())),
                DeadlineChange::Settle { kind, subject, .. } => (*kind, subject.clone()),
                DeadlineChange::Pause { kind, subject, remaining } => {
                    let paused = |known: &&mut Deadline| known.kind == *kind && known.subject == *subject;
                    for known in order.deadlines.iter_mut().filter(paused) {
                        known.state = DeadlineState::Paused;
                        known.remaining = Some(*remaining);
                    }
                    continue;
                }
            };
            order.deadlines.retain(|known| {
                known.kind != kind || name.as_ref().is_some_and(|name| known.subject != *name)
            });
            if let DeadlineChange::Set { kind, subject, due_at } = change {
                let (id, state) = (self.ids.make(now), DeadlineState::Pending);
                order.deadlines.push(Deadline {
                    id,
                    order: order.id,
                    kind,
                    subject,
                    due_at,
                    state,
                    remaining: None,
                    settled_at: None,
                });
            }
        }
        order
    }

    /// One order for every combination of regions that the machine gets to, found by trying everything everywhere.
    pub fn representatives(&self) -> Vec<Order> {
        let now = self.start.plus(Span::hours(1));
        let mut waiting: VecDeque<Order> = VecDeque::from([
            self.draft(OrderKind::Standard, None, 1),
            self.draft(OrderKind::Standard, Some(30), 2),
            self.draft(OrderKind::Guaranteed, None, 1),
            self.draft(OrderKind::Sample, None, 1),
            self.careful_draft(OrderKind::Standard, Some(30), 1),
        ]);
        waiting.extend(super::bench_delivery::drafts(self));
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        while let Some(order) = waiting.pop_front() {
            // Two shipments and two payments are as good as more.
            let many = order.payments.len() > 2 || order.shipments.len() > 2 || care::is_enough(&order);
            if many || super::bench_delivery::is_enough(&order) || !seen.insert(shape(&order)) {
                continue;
            }
            for command in self.explored(&order) {
                for actor in actors_of(&order, &command) {
                    for later in super::bench_delivery::instants(&order, &command) {
                        let now = now.plus(later);
                        if let Ok(done) = step(&order, actor, &command, now) {
                            waiting.push_back(self.settle(done, now));
                        }
                    }
                }
            }
            found.push(order);
        }
        let protected = self.protected(&found);
        found.extend(protected);
        let mut refunding = Vec::new();
        let mut statuses = BTreeSet::new();
        for order in &found {
            let paid = order.payments.iter().find(|known| known.status == PaymentStatus::Succeeded);
            let Some(paid) = paid.filter(|_| statuses.insert(order.status())) else { continue };
            for status in RefundStatus::ALL {
                refunding.push(self.refunding(order, paid, *status));
            }
        }
        found.extend(refunding);
        found
    }
}

/// Who might be heard with a command: those that a row lists for it.
pub fn actors_of(order: &Order, command: &Command) -> BTreeSet<ActorKind> {
    let meant = |row: &&Transition| row.command == command.kind() && row.from.contains(&order.status());
    transitions().filter(meant).flat_map(|row| row.actors).copied().collect()
}

/// The figures of a new platform, with a low limit of what one operator decides alone.
fn figures() -> Figures {
    let mut figures = Figures::initial();
    figures.cases.second_operator_above.insert(surety::domain::money::Currency::USD, 10_000);
    figures
}

/// What makes two orders the same for the machine.
pub fn shape(order: &Order) -> String {
    let instalments: Vec<_> = order.instalments.iter().map(|part| part.status).collect();
    let payments: Vec<_> = order.payments.iter().map(|known| (known.status, known.amount_minor)).collect();
    let shipments: Vec<_> = order.shipments.iter().map(|known| known.status).collect();
    let left: Vec<_> = order.terms.lines.iter().map(|line| order.undispatched(line.id)).collect();
    let (care, delivery) = (care::shape(order), super::bench_delivery::shape(order));
    format!(
        "{} {} {instalments:?} {payments:?} {shipments:?} {left:?} {care} {delivery}",
        order.kind(),
        order.status()
    )
}
