//! The regions of an order as partners see them: instalments, payments, shipments, holds, timers, escrow.

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};

use super::payment_page::PaymentPage;
use super::words::{
    BlockReason, EscrowState, EventType, HoldKind, InstalmentKind, InstalmentStatus, LedgerAccountKind,
    LedgerPostingKind, LedgerTransferCode, OrderAction, PaymentStatus, ShipmentStatus, TransportMode,
};
use crate::domain;
use crate::domain::order::view;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{DateTime, Money, Url};
use crate::service::orders::{self, Outcome};

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
    pub(super) fn new(part: &domain::order::Instalment, order: &domain::order::Order) -> Self {
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
#[graphql(complex)]
pub struct Payment {
    /// Its id.
    pub id: ID,
    /// How far it got.
    status: PaymentStatus,
    /// How much comes from the provider.
    amount: Money,
    /// How much of the buyer's credit is spent with it when it comes.
    credit: Money,
    /// The provider.
    provider: String,
    #[graphql(skip)]
    page: Option<PaymentPage>,
    /// Why it failed.
    failure: Option<String>,
    /// When it was made.
    created_at: DateTime,
}

#[ComplexObject]
impl Payment {
    /// The provider's page where the buyer pays, for the buyer and the platform's staff; null for others, and until the provider
    /// has answered.
    async fn session_url(&self, ctx: &Context<'_>) -> Option<Result<Url>> {
        self.page.as_ref()?.shown(ctx)
    }
}

impl Payment {
    /// The one that a command made.
    pub(super) fn made(done: &Outcome) -> Option<Self> {
        let made = done.order.payments.iter().find(|payment| Some(payment.id) == done.made.payment)?;
        Some(Self::new(made, &done.order))
    }

    pub(super) fn new(payment: &domain::order::Payment, order: &domain::order::Order) -> Self {
        Self {
            id: payment.id.to_string().into(),
            status: payment.status.into(),
            amount: order.money(payment.amount_minor).into(),
            credit: order.money(payment.credit_minor).into(),
            provider: payment.provider.clone(),
            page: PaymentPage::of(payment.session_url.as_deref(), order),
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
    /// What is in it. At most 100 lines.
    lines: Vec<ShipmentLine>,
    /// When it left.
    dispatched_at: DateTime,
    /// When it arrived.
    delivered_at: Option<DateTime>,
    /// What proves that it arrived.
    proof_of_delivery: Option<String>,
    /// When its receipt was confirmed, by the buyer or the clock.
    confirmed_at: Option<DateTime>,
    /// When it was reported as lost.
    lost_at: Option<DateTime>,
    /// What is known of the loss.
    loss_reason: Option<String>,
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
    /// The one that a command made or moved.
    pub(super) fn moved(done: &Outcome) -> Option<Self> {
        let made = done.order.shipments.iter().find(|shipment| Some(shipment.id) == done.made.shipment)?;
        Some(Self::new(made))
    }

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
            confirmed_at: shipment.confirmed_at.map(DateTime),
            lost_at: shipment.lost_at.map(DateTime),
            loss_reason: shipment.loss_reason.clone(),
        }
    }
}

/// What freezes an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct Hold {
    /// Its id.
    id: ID,
    /// Which kind of case or check froze it.
    kind: HoldKind,
    /// Why, in words.
    reason: String,
    /// What it stands for: a dispute, return or charge-back by its id; null for a risk check.
    subject_id: Option<ID>,
    /// Whether the first of two operators approved that it is lifted.
    lift_approved: bool,
    /// Since when.
    placed_at: DateTime,
}

impl Hold {
    pub(super) fn new(hold: &domain::order::Hold) -> Self {
        Self {
            id: hold.id.to_string().into(),
            kind: hold.kind.into(),
            reason: hold.reason.clone(),
            subject_id: hold.subject.clone().map(Into::into),
            lift_approved: hold.lift_approved_by.is_some(),
            placed_at: DateTime(hold.placed_at),
        }
    }
}

/// Something that you can do with an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct AvailableAction {
    /// Which action.
    action: OrderAction,
    /// What stands in the way; empty where it can be done now. At most 20.
    blocked_by: Vec<BlockReason>,
    /// Until when it is to be done.
    deadline: Option<DateTime>,
}

impl From<view::Action> for AvailableAction {
    fn from(action: view::Action) -> Self {
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
    /// When it happened.
    occurred_at: DateTime,
    /// The order's version that it belongs to.
    order_version: i32,
    /// The SHA-256 over the event before and this one.
    hash: String,
    /// The hash of the event before.
    previous_hash: String,
}

impl TimelineEvent {
    pub(super) fn new(event: &domain::event::Event) -> Self {
        Self {
            id: event.id.to_string().into(),
            r#type: event.kind.into(),
            sequence: i32::try_from(event.subject_seq).unwrap_or(i32::MAX),
            occurred_at: DateTime(event.occurred_at),
            order_version: i32::try_from(event.subject_version).unwrap_or(i32::MAX),
            hash: event.hash.clone(),
            previous_hash: event.previous_hash.clone(),
        }
    }
}

/// Where an order's money is.
#[derive(Debug, Clone)]
pub struct Escrow(domain::order::Order);

impl Escrow {
    pub(super) fn new(order: &domain::order::Order) -> Self {
        Self(order.clone())
    }
}

/// Where an order's money is.
#[Object]
impl Escrow {
    /// How the money stands.
    async fn state(&self) -> EscrowState {
        view::escrow_state(&self.0).into()
    }

    /// What is still to be paid.
    async fn due(&self) -> Money {
        let parts = self.0.instalments.iter();
        self.0.money(parts.map(|part| part.amount_minor - part.paid_minor).sum()).into()
    }

    /// What lies in escrow.
    async fn held(&self) -> Money {
        self.0.money(self.0.position.held()).into()
    }

    /// What confirming receipt of the whole order would release now: all that is `held`, or nothing while `blockedBy` says why.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn releasable(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(self.0.money(orders::releasable(ctx.app()?, &self.0)).into())
    }

    /// What the open refund request or dispute divides; zero while none is open.
    async fn disputed(&self) -> Money {
        self.0.money(view::contested(&self.0)).into()
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

    /// Why the money cannot be released now; empty where it can. At most 20.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn blocked_by(&self, ctx: &Context<'_>) -> Result<Vec<BlockReason>> {
        let blockers = orders::release_blockers(ctx.app()?, &self.0);
        Ok(blockers.into_iter().map(BlockReason::from).collect())
    }

    /// The movements of the order's money, oldest first. At most the first 1000.
    async fn entries(&self, ctx: &Context<'_>) -> Result<Vec<LedgerTransfer>> {
        let entries = ctx.loaders()?.transfers((self.0.id, self.0.version)).await?;
        Ok(entries.iter().cloned().map(LedgerTransfer::from).collect())
    }
}

/// One movement of money between two accounts.
#[derive(Debug, Clone, SimpleObject)]
pub struct LedgerTransfer {
    /// Its id.
    id: ID,
    /// Why money moved.
    posting_kind: LedgerPostingKind,
    /// What the movement is.
    code: LedgerTransferCode,
    /// The account that was debited.
    debit: LedgerAccountKind,
    /// The account that was credited.
    credit: LedgerAccountKind,
    /// How much.
    amount: Money,
    /// When it was booked.
    booked_at: DateTime,
}

impl From<orders::Entry> for LedgerTransfer {
    fn from(entry: orders::Entry) -> Self {
        Self {
            id: entry.id.to_string().into(),
            posting_kind: entry.posting_kind.into(),
            code: entry.code.into(),
            debit: entry.debit.into(),
            credit: entry.credit.into(),
            amount: domain::money::Money::new(entry.amount_minor, entry.currency).into(),
            booked_at: DateTime(entry.booked_at),
        }
    }
}
