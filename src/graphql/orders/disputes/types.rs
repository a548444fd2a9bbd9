//! Disputes and charge-backs as partners see them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::domain;
use crate::domain::ids::DisputeId;
use crate::graphql::context::ContextExt;
use crate::graphql::orders::Order;
use crate::graphql::orders::words::{
    ChargebackStatus, DisputeEvidenceKind, DisputeGround, DisputeStatus, OrderActor,
};
use crate::graphql::scalars::{DateTime, Money};

/// Offers and pieces of evidence that a dispute shows at most.
const SHOWN: usize = 200;

/// A refund request, and the dispute that it becomes where the sides do not agree.
#[derive(Debug, Clone)]
pub struct Dispute {
    order: Arc<domain::order::Order>,
    dispute: domain::order::Dispute,
}

impl Dispute {
    /// A dispute with its order.
    pub const fn new(order: Arc<domain::order::Order>, dispute: domain::order::Dispute) -> Self {
        Self { order, dispute }
    }

    /// One of an order's disputes.
    pub fn of(order: Arc<domain::order::Order>, id: DisputeId) -> Option<Self> {
        let dispute = order.disputes.iter().find(|dispute| dispute.id == id).cloned()?;
        Some(Self { order, dispute })
    }

    /// All of an order's disputes, oldest first.
    pub fn all(order: &domain::order::Order) -> Vec<Self> {
        if order.disputes.is_empty() {
            return Vec::new();
        }
        let shared = Arc::new(order.clone());
        let one =
            |dispute: &domain::order::Dispute| Self { order: Arc::clone(&shared), dispute: dispute.clone() };
        order.disputes.iter().map(one).collect()
    }

    fn money(&self, minor: i64) -> Money {
        self.order.money(minor).into()
    }
}

/// A refund request, and the dispute that it becomes where the sides do not agree.
#[Object]
impl Dispute {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.dispute.id.to_string().into()
    }

    /// Its number in the order, from 1.
    async fn number(&self) -> u32 {
        self.dispute.seq
    }

    /// The order.
    async fn order(&self) -> Order {
        Order((*self.order).clone())
    }

    /// How far it got.
    async fn status(&self) -> DisputeStatus {
        self.dispute.status.into()
    }

    /// Which promise was broken.
    async fn ground(&self) -> DisputeGround {
        self.dispute.ground.into()
    }

    /// What the buyer claims.
    async fn claimed(&self) -> Money {
        self.money(self.dispute.claimed_minor)
    }

    /// What the buyer says.
    async fn statement(&self) -> &str {
        &self.dispute.statement
    }

    /// What the sides would agree on, oldest first; the claim is the first one. At most the last 200.
    async fn offers(&self) -> Vec<RefundOffer> {
        let skipped = self.dispute.offers.len().saturating_sub(SHOWN);
        let offer = |offer: &domain::order::Offer| RefundOffer {
            version: offer.version,
            by: offer.by.into(),
            amount: self.money(offer.amount_minor),
            note: offer.note.clone(),
            made_at: DateTime(offer.made_at),
        };
        self.dispute.offers.iter().skip(skipped).map(offer).collect()
    }

    /// The supplier's refusal; null where it did not refuse.
    async fn refusal(&self) -> Option<RefundRefusal> {
        let refusal = self.dispute.refused.as_ref()?;
        Some(RefundRefusal { message: refusal.message.clone(), refused_at: DateTime(refusal.answered_at) })
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.dispute.opened_at)
    }

    /// The last instant of the supplier's answer; the buyer may escalate after it. Null where the platform decides from
    /// the beginning.
    async fn answer_by(&self) -> Option<DateTime> {
        self.dispute.answer_until.map(DateTime)
    }

    /// When the platform took it over.
    async fn escalated_at(&self) -> Option<DateTime> {
        self.dispute.escalated_at.map(DateTime)
    }

    /// The last instant of evidence; null while the sides negotiate.
    async fn evidence_by(&self) -> Option<DateTime> {
        self.dispute.evidence_until.map(DateTime)
    }

    /// What was shown, oldest first; never changed. At most 50 of each side.
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<EvidenceItem>> {
        let items = ctx.loaders()?.evidence(self.dispute.id).await?;
        Ok(items.iter().take(SHOWN).map(EvidenceItem::new).collect())
    }

    /// What a decision divides: the money in escrow, or after its release what may still go back. Null once it ended.
    async fn disputed(&self) -> Option<Money> {
        self.dispute.status.is_open().then(|| self.money(self.order.disputed()))
    }

    /// Decisions, oldest first; the last one holds. At most 10.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn decisions(&self, ctx: &Context<'_>) -> Result<Vec<DisputeDecision>> {
        let names = ctx.actor()?.is_operator();
        let all = self.dispute.decisions.iter().rev().take(10).rev();
        Ok(all.map(|decision| DisputeDecision::new(decision, &self.order, names)).collect())
    }

    /// The one appeal.
    async fn appeal(&self) -> Option<DisputeAppeal> {
        self.dispute.appeal.as_ref().map(|appeal| DisputeAppeal {
            by: appeal.by.into(),
            statement: appeal.statement.clone(),
            made_at: DateTime(appeal.made_at),
        })
    }

    /// What went back to the buyer in the end; null while it is open.
    async fn paid_back(&self) -> Option<Money> {
        self.dispute.paid_back_minor.map(|minor| self.money(minor))
    }

    /// When it ended.
    async fn closed_at(&self) -> Option<DateTime> {
        self.dispute.closed_at.map(DateTime)
    }
}

/// An amount that one side would agree on.
#[derive(Debug, Clone, SimpleObject)]
pub struct RefundOffer {
    /// Its number, from 1; echo it to accept.
    version: u32,
    /// Whose it is.
    by: OrderActor,
    /// What goes back to the buyer.
    amount: Money,
    /// What that side says.
    note: Option<String>,
    /// When it was made.
    made_at: DateTime,
}

/// The supplier's refusal of a claim.
#[derive(Debug, Clone, SimpleObject)]
pub struct RefundRefusal {
    /// Why the supplier refuses, in its words.
    message: Option<String>,
    /// When the supplier refused.
    refused_at: DateTime,
}

/// Who gets what, and why.
#[derive(Debug, Clone, SimpleObject)]
pub struct DisputeDecision {
    /// The buyer's part.
    buyer_amount: Money,
    /// The supplier's part, before the fee.
    supplier_amount: Money,
    /// Whether the supplier is at fault: it then pays back what each inspection cost whose report failed the goods.
    supplier_at_fault: bool,
    /// Why, in words.
    reasons: String,
    /// When the operator decided.
    decided_at: DateTime,
    /// The last instant of an appeal; null where the decision is final.
    appeal_by: Option<DateTime>,
    /// Whether a second operator has to confirm it before it is carried out.
    needs_confirmation: bool,
    /// Whether a second operator confirmed it.
    confirmed: bool,
    /// The operator who decided; for operators only.
    decided_by: Option<ID>,
    /// The operator who confirmed; for operators only.
    confirmed_by: Option<ID>,
}

impl DisputeDecision {
    fn new(decision: &domain::order::Decision, order: &domain::order::Order, names: bool) -> Self {
        Self {
            buyer_amount: order.money(decision.buyer_minor).into(),
            supplier_amount: order.money(decision.supplier_minor).into(),
            supplier_at_fault: decision.supplier_at_fault,
            reasons: decision.reasons.clone(),
            decided_at: DateTime(decision.decided_at),
            appeal_by: decision.appeal_until.map(DateTime),
            needs_confirmation: decision.needs_confirmation,
            confirmed: decision.confirmed_by.is_some(),
            decided_by: names.then(|| decision.by.clone().into()),
            confirmed_by: decision.confirmed_by.clone().filter(|_| names).map(Into::into),
        }
    }
}

/// A side's wish for another decision.
#[derive(Debug, Clone, SimpleObject)]
pub struct DisputeAppeal {
    /// Whose it is.
    by: OrderActor,
    /// Why, in words.
    statement: String,
    /// When it was made.
    made_at: DateTime,
}

/// One thing that somebody showed in a dispute; never changed.
#[derive(Debug, Clone, SimpleObject)]
pub struct EvidenceItem {
    /// Its id.
    id: ID,
    /// In which part it was submitted.
    by: OrderActor,
    /// What kind of thing it is.
    kind: DisputeEvidenceKind,
    /// What it refers to: a message, a report, the contract or a file.
    reference: Option<String>,
    /// What it shows, in words.
    note: Option<String>,
    /// The SHA-256 of the content, in lower-case hexadecimal.
    sha256: String,
    /// When it was shown.
    submitted_at: DateTime,
}

impl EvidenceItem {
    fn new(item: &domain::order::Evidence) -> Self {
        Self {
            id: item.id.to_string().into(),
            by: item.party.into(),
            kind: item.kind.into(),
            reference: item.reference.clone(),
            note: item.note.clone(),
            sha256: item.sha256.clone(),
            submitted_at: DateTime(item.submitted_at),
        }
    }
}

/// A payment that the buyer's bank took back.
#[derive(Debug, Clone, SimpleObject)]
pub struct Chargeback {
    /// Its id.
    id: ID,
    /// The payment.
    payment_id: ID,
    /// How it stands.
    status: ChargebackStatus,
    /// How much.
    amount: Money,
    /// Why, in the bank's words.
    reason: Option<String>,
    /// What was taken out of escrow.
    from_escrow: Money,
    /// What was taken from the supplier, or is owed by it.
    from_supplier: Money,
    /// When the provider told it.
    opened_at: DateTime,
    /// When the bank had decided.
    settled_at: Option<DateTime>,
}

impl Chargeback {
    /// A charge-back of an order.
    pub fn new(known: &domain::order::Chargeback, order: &domain::order::Order) -> Self {
        Self {
            id: known.id.to_string().into(),
            payment_id: known.payment_id.to_string().into(),
            status: known.status.into(),
            amount: order.money(known.amount_minor).into(),
            reason: known.reason.clone(),
            from_escrow: order.money(known.held_minor).into(),
            from_supplier: order.money(known.payable_minor + known.debt_minor).into(),
            opened_at: DateTime(known.opened_at),
            settled_at: known.settled_at.map(DateTime),
        }
    }
}
