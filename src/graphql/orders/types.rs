//! The order and its regions as partners see them.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::words::{
    BlockReason, DeadlineKind, DeadlineState, EventType, HoldKind, InstalmentKind, InstalmentStatus,
    LedgerAccountKind, OrderAction, OrderKind, OrderStatus, PaymentStatus, ShipmentStatus, TransportMode,
};
use crate::domain;
use crate::domain::order::{OrderState, Schedule};
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{CountryCode, DateTime, Decimal, Duration, Money, Url};
use crate::service::orders;

/// An order: what was agreed, where its money is, what happened, and what can be done now.
#[derive(Debug, Clone)]
pub struct Order(pub domain::order::Order);

impl Order {
    fn schedule(&self) -> Option<Schedule> {
        self.0.state.schedule()
    }

    fn money(&self, minor: i64) -> Money {
        self.0.money(minor).into()
    }
}

/// An order: what was agreed, where its money is, what happened, and what can be done now.
#[Object]
impl Order {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The number that people use.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// How it came about.
    async fn kind(&self) -> OrderKind {
        self.0.kind().into()
    }

    /// Its status.
    async fn status(&self) -> OrderStatus {
        self.0.status().into()
    }

    /// Rises by one with each change; hand it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        i32::try_from(self.0.version).unwrap_or(i32::MAX)
    }

    /// The buyer's own name of the order.
    async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// What is bought, at locked prices; at most 100 lines.
    async fn lines(&self) -> Vec<OrderLine> {
        let currency = self.0.terms.currency;
        self.0.terms.lines.iter().map(|line| OrderLine { line: line.clone(), currency }).collect()
    }

    /// The sum of the lines.
    async fn goods_total(&self) -> Money {
        self.money(self.0.terms.goods.0)
    }

    /// Carriage; part of the price.
    async fn freight_total(&self) -> Money {
        self.money(self.0.terms.freight.0)
    }

    /// What the buyer pays.
    async fn total(&self) -> Money {
        self.money(self.0.terms.total.0)
    }

    /// The SHA-256 of the terms that the buyer placed; the supplier echoes it to confirm.
    async fn terms_hash(&self) -> &str {
        &self.0.terms_hash
    }

    /// The country where the goods go.
    async fn destination_country(&self) -> CountryCode {
        CountryCode(self.0.terms.destination.clone())
    }

    /// The sealed contract; null until the supplier has confirmed.
    async fn contract(&self) -> Option<Contract> {
        self.0.contract.as_ref().map(|head| Contract { head: head.clone(), terms: self.0.terms.clone() })
    }

    /// The parts of the price; at most 2.
    async fn instalments(&self) -> Vec<Instalment> {
        self.0.instalments.iter().map(|part| Instalment::new(part, &self.0)).collect()
    }

    /// Tries to pay, oldest first.
    async fn payments(&self) -> Vec<Payment> {
        self.0.payments.iter().map(|payment| Payment::new(payment, &self.0)).collect()
    }

    /// Goods that left together, in their order.
    async fn shipments(&self) -> Vec<Shipment> {
        self.0.shipments.iter().map(Shipment::new).collect()
    }

    /// Where the money is.
    async fn escrow(&self) -> Escrow {
        Escrow(self.0.clone())
    }

    /// What freezes the order; empty where nothing does.
    async fn holds(&self) -> Vec<Hold> {
        let hold = |hold: &domain::order::Hold| Hold {
            kind: hold.kind.into(),
            reason: hold.reason.clone(),
            placed_at: DateTime(hold.placed_at),
        };
        self.0.holds.iter().map(hold).collect()
    }

    /// Its timers, settled ones too, in the order of their due instants.
    async fn deadlines(&self, ctx: &Context<'_>) -> Result<Vec<Deadline>> {
        let deadlines = orders::deadlines(ctx.app()?, &self.0).await?;
        Ok(deadlines.into_iter().map(Deadline::from).collect())
    }

    /// What happened, oldest first; at most 1000 events.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<TimelineEvent>> {
        let events = orders::timeline(ctx.app()?, &self.0).await?;
        Ok(events.into_iter().map(|event| TimelineEvent::new(&event)).collect())
    }

    /// What you can do with it now, and what stands in the way.
    async fn available_actions(&self, ctx: &Context<'_>) -> Result<Vec<AvailableAction>> {
        let actions = orders::actions(ctx.app()?, ctx.actor()?, &self.0).await?;
        Ok(actions.into_iter().map(AvailableAction::from).collect())
    }

    /// When it was placed.
    async fn placed_at(&self) -> DateTime {
        DateTime(self.0.placed_at)
    }

    /// The last instant of dispatch in time; null until everything is paid that dispatch needs.
    async fn dispatch_by(&self) -> Option<DateTime> {
        self.schedule()?.dispatch_by.map(DateTime)
    }

    /// The promised delivery; null until everything is paid that dispatch needs.
    async fn delivery_by(&self) -> Option<DateTime> {
        self.schedule()?.delivery_by.map(DateTime)
    }

    /// The last instant for a claim; null until receipt is confirmed.
    async fn claims_until(&self) -> Option<DateTime> {
        match self.0.state {
            OrderState::Completed { claims_until, .. } => Some(DateTime(claims_until)),
            _ => None,
        }
    }

    /// When it was cancelled or expired.
    async fn ended_at(&self) -> Option<DateTime> {
        match self.0.state {
            OrderState::Cancelled { ended_at, .. } | OrderState::Expired { ended_at } => {
                Some(DateTime(ended_at))
            }
            _ => None,
        }
    }

    /// Why it was cancelled, in that party's words.
    async fn end_reason(&self) -> Option<&str> {
        match &self.0.state {
            OrderState::Cancelled { reason, .. } => reason.as_deref(),
            _ => None,
        }
    }
}

/// A line of an order at its locked price.
#[derive(Debug, Clone)]
pub struct OrderLine {
    pub(super) line: domain::contract::TermsLine,
    currency: domain::money::Currency,
}

/// A line of an order at its locked price.
#[Object]
impl OrderLine {
    /// Its id.
    async fn id(&self) -> ID {
        self.line.id.to_string().into()
    }

    /// The product's title as it was then.
    async fn title(&self) -> &str {
        &self.line.title
    }

    /// How many units.
    async fn quantity(&self) -> i32 {
        i32::try_from(self.line.quantity).unwrap_or(i32::MAX)
    }

    /// What one unit is, such as `piece`.
    async fn unit(&self) -> &str {
        &self.line.unit
    }

    /// The locked price of one unit in major units; may have more decimals than the currency.
    async fn unit_price(&self) -> Decimal {
        Decimal(self.line.unit_price.decimal(self.currency.exponent()))
    }

    /// Quantity times price, rounded once, half up.
    async fn total(&self) -> Money {
        domain::money::Money::new(self.line.total.0, self.currency).into()
    }

    /// What the buyer asked for in words.
    async fn specification(&self) -> Option<&str> {
        self.line.specification.as_deref()
    }
}

/// A sealed contract: nothing that changes later changes it.
#[derive(Debug, Clone)]
pub struct Contract {
    head: domain::order::ContractHead,
    terms: domain::contract::Terms,
}

/// A sealed contract: nothing that changes later changes it.
#[Object]
impl Contract {
    /// Its version, from 1.
    async fn version(&self) -> u32 {
        self.head.version
    }

    /// The SHA-256 of `document`, in lower-case hexadecimal.
    async fn hash(&self) -> &str {
        &self.head.hash
    }

    /// The hash of the version before.
    async fn previous_hash(&self) -> Option<&str> {
        self.head.previous_hash.as_deref()
    }

    /// When both sides had accepted.
    async fn sealed_at(&self) -> DateTime {
        DateTime(self.head.sealed_at)
    }

    /// The agreed document in canonical JSON (RFC 8785): hash its bytes to check `hash`.
    async fn document(&self) -> Result<String> {
        Ok(self.terms.canonical().map_err(|error| crate::graphql::error::internal(&error.into()))?)
    }

    /// The trade term of Incoterms 2020, such as `FCA`.
    async fn incoterm(&self) -> Option<&str> {
        self.terms.incoterm.as_deref()
    }

    /// From the payment that dispatch needs to the last instant of dispatch.
    async fn dispatch_within(&self) -> Duration {
        Duration(self.terms.delivery.dispatch_within)
    }

    /// How long claims are open after receipt.
    async fn claim_window(&self) -> Duration {
        Duration(self.terms.claim_window)
    }

    /// The supplier's fee in hundredths of a percent of what is released.
    async fn fee_basis_points(&self) -> u32 {
        self.terms.fee.rate.0
    }

    /// The most that the fee can be; null where there is no cap in this currency.
    async fn fee_cap(&self) -> Option<Money> {
        self.terms.fee.cap_minor.map(|cap| domain::money::Money::new(cap, self.terms.currency).into())
    }

    /// The version of the platform's policy whose figures the contract copied.
    async fn policy_version(&self) -> i32 {
        i32::try_from(self.terms.policy_version).unwrap_or(i32::MAX)
    }
}

/// A part of the price with its own due date.
#[derive(Debug, Clone, SimpleObject)]
pub struct Instalment {
    /// Its id.
    id: ID,
    /// Its number, from 1.
    number: u32,
    /// What part of the price it is.
    kind: InstalmentKind,
    /// How far it is paid.
    status: InstalmentStatus,
    /// How much is due.
    amount: Money,
    /// How much came.
    paid: Money,
    /// Whether goods may leave only after it is paid.
    required_before_dispatch: bool,
    /// Until when it is to be paid; null where the order's payment deadline holds.
    due_at: Option<DateTime>,
}

impl Instalment {
    fn new(part: &domain::order::Instalment, order: &domain::order::Order) -> Self {
        Self {
            id: part.id.to_string().into(),
            number: part.seq,
            kind: part.kind.into(),
            status: part.status.into(),
            amount: order.money(part.amount_minor).into(),
            paid: order.money(part.paid_minor).into(),
            required_before_dispatch: part.required_before_dispatch,
            due_at: part.due_at.map(DateTime),
        }
    }
}

/// One try to pay an instalment. Card and bank data never cross this API.
#[derive(Debug, Clone, SimpleObject)]
pub struct Payment {
    /// Its id.
    pub id: ID,
    /// How far it got.
    status: PaymentStatus,
    /// How much.
    amount: Money,
    /// The provider.
    provider: String,
    /// The provider's page where the buyer pays; null until the provider has answered.
    session_url: Option<Url>,
    /// Why it failed.
    failure: Option<String>,
    /// When it was made.
    created_at: DateTime,
}

impl Payment {
    pub(super) fn new(payment: &domain::order::Payment, order: &domain::order::Order) -> Self {
        Self {
            id: payment.id.to_string().into(),
            status: payment.status.into(),
            amount: order.money(payment.amount_minor).into(),
            provider: payment.provider.clone(),
            session_url: payment.session_url.clone().map(Url),
            failure: payment.failure.clone(),
            created_at: DateTime(payment.created_at),
        }
    }
}

/// Goods that left together.
#[derive(Debug, Clone, SimpleObject)]
pub struct Shipment {
    /// Its id.
    pub id: ID,
    /// Its number, from 1.
    number: u32,
    /// Where it is.
    status: ShipmentStatus,
    /// Who carries it.
    carrier: String,
    /// The carrier's number.
    tracking_number: String,
    /// How it travels.
    mode: TransportMode,
    /// What is in it; at most 100 lines.
    lines: Vec<ShipmentLine>,
    /// When it left.
    dispatched_at: DateTime,
    /// When it arrived.
    delivered_at: Option<DateTime>,
    /// What proves that it arrived.
    proof_of_delivery: Option<String>,
}

/// How many units of an order line travel in a shipment.
#[derive(Debug, Clone, SimpleObject)]
pub struct ShipmentLine {
    /// The order line.
    order_line_id: ID,
    /// How many units.
    quantity: i32,
}

impl Shipment {
    pub(super) fn new(shipment: &domain::order::Shipment) -> Self {
        let line = |line: &domain::order::ShippedLine| ShipmentLine {
            order_line_id: line.line_id.to_string().into(),
            quantity: i32::try_from(line.quantity).unwrap_or(i32::MAX),
        };
        Self {
            id: shipment.id.to_string().into(),
            number: shipment.seq,
            status: shipment.status.into(),
            carrier: shipment.carrier.clone(),
            tracking_number: shipment.tracking_number.clone(),
            mode: shipment.mode.into(),
            lines: shipment.lines.iter().map(line).collect(),
            dispatched_at: DateTime(shipment.dispatched_at),
            delivered_at: shipment.delivered_at.map(DateTime),
            proof_of_delivery: shipment.proof.clone(),
        }
    }
}

/// What freezes an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct Hold {
    /// Why.
    kind: HoldKind,
    /// Why, in words.
    reason: String,
    /// Since when.
    placed_at: DateTime,
}

/// A timer with a consequence.
#[derive(Debug, Clone, SimpleObject)]
pub struct Deadline {
    /// Its id.
    id: ID,
    /// What it is for.
    kind: DeadlineKind,
    /// How it stands.
    state: DeadlineState,
    /// The last instant in time; the clock acts behind it.
    due_at: DateTime,
    /// What is left of it while it stands.
    remaining: Option<Duration>,
    /// What happens when it is missed.
    consequence: &'static str,
    /// For a warning, how long before the deadline it comes.
    lead_time: Option<Duration>,
}

impl From<domain::deadline::Deadline> for Deadline {
    fn from(deadline: domain::deadline::Deadline) -> Self {
        Self {
            id: deadline.id.to_string().into(),
            kind: deadline.kind.into(),
            state: deadline.state.into(),
            due_at: DateTime(deadline.due_at),
            remaining: deadline.remaining.map(Duration),
            consequence: deadline.kind.consequence(),
            lead_time: domain::time::Span::parse(&deadline.subject).map(Duration),
        }
    }
}

/// Something that you can do with an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct AvailableAction {
    /// What.
    action: OrderAction,
    /// What stands in the way; empty where it can be done now.
    blocked_by: Vec<BlockReason>,
    /// Until when it is to be done.
    deadline: Option<DateTime>,
}

impl From<domain::order::view::Action> for AvailableAction {
    fn from(action: domain::order::view::Action) -> Self {
        Self {
            action: action.command.into(),
            blocked_by: action.blocked_by.into_iter().map(BlockReason::from).collect(),
            deadline: action.deadline.map(DateTime),
        }
    }
}

/// Something that happened to an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct TimelineEvent {
    /// Its id: the same in every way it is told.
    id: ID,
    /// What happened.
    r#type: EventType,
    /// Its place among the order's events, from 1, without gaps.
    sequence: i32,
    /// When.
    occurred_at: DateTime,
    /// The order's version that it belongs to.
    order_version: i32,
    /// The SHA-256 over the event before and this one.
    hash: String,
    /// The hash of the event before.
    previous_hash: String,
}

impl TimelineEvent {
    fn new(event: &domain::event::Event) -> Self {
        Self {
            id: event.id.to_string().into(),
            r#type: event.kind.into(),
            sequence: i32::try_from(event.order_seq).unwrap_or(i32::MAX),
            occurred_at: DateTime(event.occurred_at),
            order_version: i32::try_from(event.order_version).unwrap_or(i32::MAX),
            hash: event.hash.clone(),
            previous_hash: event.previous_hash.clone(),
        }
    }
}

/// Where an order's money is.
#[derive(Debug, Clone)]
pub struct Escrow(domain::order::Order);

/// Where an order's money is.
#[Object]
impl Escrow {
    /// What is still to be paid.
    async fn due(&self) -> Money {
        self.0.money(self.0.terms.total.0 - self.0.position.paid).into()
    }

    /// What lies in escrow.
    async fn held(&self) -> Money {
        self.0.money(self.0.position.held()).into()
    }

    /// What left escrow for the supplier, our fee included.
    async fn released(&self) -> Money {
        self.0.money(self.0.position.released).into()
    }

    /// What left escrow for the buyer.
    async fn refunded(&self) -> Money {
        self.0.money(self.0.position.refunded).into()
    }

    /// The supplier's fee so far; part of `released`.
    async fn fee(&self) -> Money {
        self.0.money(self.0.position.fee).into()
    }

    /// Why the money cannot be released now; empty where it can.
    async fn blocked_by(&self, ctx: &Context<'_>) -> Result<Vec<BlockReason>> {
        let blockers = orders::release_blockers(ctx.app()?, &self.0).await?;
        Ok(blockers.into_iter().map(BlockReason::from).collect())
    }

    /// Every movement of the order's money, oldest first.
    async fn entries(&self, ctx: &Context<'_>) -> Result<Vec<LedgerEntry>> {
        let entries = orders::entries(ctx.app()?, &self.0).await?;
        Ok(entries.into_iter().map(LedgerEntry::from).collect())
    }
}

/// One movement of money between two accounts.
#[derive(Debug, Clone, SimpleObject)]
pub struct LedgerEntry {
    /// Its id.
    id: ID,
    /// Why money moved: `DEPOSIT`, `RELEASE` or `SUSPENSE`.
    posting: String,
    /// What the movement is: `DEPOSIT`, `RELEASE`, `FEE` or `SUSPENSE`.
    code: String,
    /// The account that was debited.
    debit: LedgerAccountKind,
    /// The account that was credited.
    credit: LedgerAccountKind,
    /// How much.
    amount: Money,
    /// When.
    booked_at: DateTime,
}

impl From<orders::Entry> for LedgerEntry {
    fn from(entry: orders::Entry) -> Self {
        Self {
            id: entry.id.to_string().into(),
            posting: entry.posting_kind,
            code: entry.code,
            debit: entry.debit.into(),
            credit: entry.credit.into(),
            amount: domain::money::Money::new(entry.amount_minor, entry.currency).into(),
            booked_at: DateTime(entry.booked_at),
        }
    }
}
