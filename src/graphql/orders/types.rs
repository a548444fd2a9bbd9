//! The order and its regions as partners see them.

use async_graphql::{Context, ID, Object, Result};

use super::amendment::Amendment;
use super::care::{AfterSalesRequest, EasyReturn, Inspection};
use super::contract::{Contract, ContractProof};
use super::deadlines::Deadline;
use super::delivery::Compensation;
use super::disputes::{Chargeback, Dispute};
use super::off_platform::OffPlatformPayment;
use super::price_lock::RefusedPriceChange;
use super::protections::Protection;
use super::regions::{AvailableAction, Escrow, Hold, Instalment, Payment, Shipment, TimelineEvent};
use super::words::{OrderKind, OrderStatus};
use crate::domain;
use crate::domain::order::{OrderState, Schedule};
use crate::graphql::catalogue::{Product, Supplier};
use crate::graphql::company::Company;
use crate::graphql::context::ContextExt;
use crate::graphql::files::File;
use crate::graphql::ledger::{Refund, SuspenseItem};
use crate::graphql::messages::Thread;
use crate::graphql::quotes::Quote;
use crate::graphql::scalars::{CountryCode, DateTime, Decimal, Money};
use crate::service::{messages, orders};

/// Payments and shipments that an order shows at most.
const SHOWN: usize = 1_000;

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

    /// Who buys.
    async fn buyer(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.0.buyer()).await?.map(|company| Company::from(&*company)))
    }

    /// Who sells; null where the supplier is not listed any more.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        Ok(ctx.loaders()?.supplier(self.0.supplier()).await?.map(Supplier::from_card))
    }

    /// What is bought, at locked prices. At most 100 lines.
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

    /// The sealed contract; null until the supplier has confirmed, or where there is no such version.
    async fn contract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which version, from 1; the one that holds now unless named.")] version: Option<u32>,
    ) -> Result<Option<Contract>> {
        let sealed = orders::contract(ctx.app()?, &self.0, version).await?;
        Ok(sealed.map(|(head, terms)| Contract { accepted: self.0.acceptances(&head), head, terms }))
    }

    /// What proves the contract: its hash and the hash of the version before, back to the first; null until it is sealed.
    async fn contract_proof(&self) -> Option<ContractProof> {
        self.0.contract.as_ref().map(|head| ContractProof {
            version: head.version,
            hash: head.hash.clone(),
            previous_hash: head.previous_hash.clone(),
        })
    }

    /// Proposed changes of the contract, oldest first. At most the first 1000.
    async fn amendments(&self) -> Vec<Amendment> {
        self.0.amendments.iter().take(SHOWN).map(|known| Amendment::new(known, &self.0)).collect()
    }

    /// Broken promises that were made good, oldest first. At most 100.
    async fn compensations(&self) -> Vec<Compensation> {
        self.0.compensations.iter().map(|known| Compensation::new(known, &self.0)).collect()
    }

    /// The parts of the price; amendments can add some. At most 100.
    async fn instalments(&self) -> Vec<Instalment> {
        self.0.instalments.iter().map(|part| Instalment::new(part, &self.0)).collect()
    }

    /// Tries to pay, oldest first. At most the first 1000.
    async fn payments(&self) -> Vec<Payment> {
        self.0.payments.iter().take(SHOWN).map(|payment| Payment::new(payment, &self.0)).collect()
    }

    /// Goods that left together, in their order. At most the first 1000.
    async fn shipments(&self) -> Vec<Shipment> {
        self.0.shipments.iter().take(SHOWN).map(Shipment::new).collect()
    }

    /// Where the money is.
    async fn escrow(&self) -> Escrow {
        Escrow::new(&self.0)
    }

    /// Payments that were made off the platform, as far as they were recorded, oldest first; for the parties and operators.
    /// None of it is in escrow or counts as paid. At most 50.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn off_platform_payments(&self, ctx: &Context<'_>) -> Result<Vec<OffPlatformPayment>> {
        let Some(reader) = orders::off_platform::reader(ctx.actor()?, &self.0) else { return Ok(Vec::new()) };
        let known = self.0.off_platform_payments.iter();
        Ok(known.map(|known| OffPlatformPayment::new(known, &self.0, reader)).collect())
    }

    /// Independent looks at the goods before they leave, in their order. At most 100.
    async fn inspections(&self) -> Vec<Inspection> {
        self.0.inspections.iter().take(100).map(|known| Inspection::new(known, &self.0)).collect()
    }

    /// The last instant at which an inspection can be booked; null until the dispatch deadline is known.
    async fn inspection_bookable_until(&self) -> Option<DateTime> {
        self.0.inspection_bookable_until().map(DateTime)
    }

    /// Goods on their way back to a local warehouse. At most 1.
    async fn returns(&self) -> Vec<EasyReturn> {
        self.0.returns.iter().map(|known| EasyReturn::new(known, &self.0)).collect()
    }

    /// Requests for services that the contract promises, in their order. At most 1000.
    async fn after_sales_requests(&self) -> Vec<AfterSalesRequest> {
        self.0.after_sales.iter().take(SHOWN).map(|known| AfterSalesRequest::new(known, &self.0)).collect()
    }

    /// What freezes the order; empty where nothing does. At most 100.
    async fn holds(&self) -> Vec<Hold> {
        self.0.holds.iter().map(Hold::new).collect()
    }

    /// Refund requests and disputes, oldest first; for the parties, the inspector and operators. At most 10.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn disputes(&self, ctx: &Context<'_>) -> Result<Vec<Dispute>> {
        let readable = orders::disputes::may_read_disputes(ctx.actor()?, &self.0);
        Ok(if readable { Dispute::all(&self.0) } else { Vec::new() })
    }

    /// Payments that the buyer's bank took back, oldest first. At most the first 100.
    async fn chargebacks(&self) -> Vec<Chargeback> {
        self.0.chargebacks.iter().take(100).map(|known| Chargeback::new(known, &self.0)).collect()
    }

    /// What the supplier tried in vain: other terms or a higher price than was agreed, oldest first; for the parties and
    /// operators. At most the first 100.
    async fn refused_price_changes(&self, ctx: &Context<'_>) -> Result<Vec<RefusedPriceChange>> {
        let refused = orders::price_lock::refused(ctx.app()?, ctx.actor()?, &self.0).await?;
        Ok(refused.into_iter().take(100).map(|known| RefusedPriceChange::new(known, &self.0)).collect())
    }

    /// What protects the buyer: applies or not, why, until when, up to how much. At most 10.
    async fn protections(&self, ctx: &Context<'_>) -> Result<Vec<Protection>> {
        let found = orders::protections::of(ctx.app()?, ctx.actor()?, &self.0).await?;
        Ok(found.into_iter().map(|known| Protection::new(known, &self.0)).collect())
    }

    /// Money on its way back to the buyer, oldest first. At most the first 1000.
    async fn refunds(&self) -> Vec<Refund> {
        self.0.refunds.iter().take(SHOWN).map(|refund| Refund::new(refund, &self.0)).collect()
    }

    /// Money that came for the order and fits nothing, oldest first. At most 100.
    async fn suspense_items(&self, ctx: &Context<'_>) -> Result<Vec<SuspenseItem>> {
        let items = ctx.loaders()?.suspense_items((self.0.id, self.0.version)).await?;
        Ok(items.iter().cloned().map(SuspenseItem::from).collect())
    }

    /// Its timers, settled ones too, in the order of their due instants. At most 100.
    async fn deadlines(&self, ctx: &Context<'_>) -> Result<Vec<Deadline>> {
        let deadlines = ctx.loaders()?.deadlines((self.0.id, self.0.version)).await?;
        Ok(deadlines.iter().cloned().map(Deadline).collect())
    }

    /// What happened, oldest first. At most the first 1000 events; streams tell all.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<TimelineEvent>> {
        let events = ctx.loaders()?.timeline((self.0.id, self.0.version)).await?;
        Ok(events.iter().map(TimelineEvent::new).collect())
    }

    /// What the parties say to each other about it; null for those who take no part, and while it is a draft.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn thread(&self, ctx: &Context<'_>) -> Result<Option<Thread>> {
        Ok(messages::of_order(ctx.actor()?, &self.0).map(Thread))
    }

    /// The quote whose figures it took. Scope: `orders:read`.
    async fn quote(&self, ctx: &Context<'_>) -> Result<Option<Quote>> {
        match self.0.terms.quote_id {
            Some(id) => ctx.loaders()?.quote(id).await,
            None => Ok(None),
        }
    }

    /// Files that belong to the agreement as a whole. At most 20.
    async fn attachments(&self) -> Vec<File> {
        self.0.terms.attachments.iter().map(File::from).collect()
    }

    /// What you can do with it now, and what stands in the way. At most one of each action.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn available_actions(&self, ctx: &Context<'_>) -> Result<Vec<AvailableAction>> {
        let actions = orders::actions(ctx.app()?, ctx.actor()?, &self.0);
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

    /// When it was cancelled, expired, refunded or settled.
    async fn ended_at(&self) -> Option<DateTime> {
        match self.0.state {
            OrderState::Cancelled { ended_at, .. }
            | OrderState::Expired { ended_at }
            | OrderState::Refunded { ended_at }
            | OrderState::Settled { ended_at } => Some(DateTime(ended_at)),
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
    pub(super) currency: domain::money::Currency,
}

/// A line of an order at its locked price.
#[Object]
impl OrderLine {
    /// Its id.
    async fn id(&self) -> ID {
        self.line.id.to_string().into()
    }

    /// The product as it is now; null where it is not listed any more.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.loaders()?.product(self.line.product_id).await?.map(Product::from_card))
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

    /// Files that say it exactly. At most 20.
    async fn attachments(&self) -> Vec<File> {
        self.line.attachments.iter().map(File::from).collect()
    }
}
