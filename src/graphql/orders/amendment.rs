//! Amendments in the schema: other terms that one side proposes and the other one accepts by their hash.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::delivery::side;
use super::inputs::{MoneyInput, money_refusal};
use super::mutation::{ctx_actor, ctx_app};
use super::payloads::{moved, part_payload};
use super::types::Order;
use super::words::{AmendmentStatus, ContractParty, ReleasePolicy};
use crate::domain;
use crate::domain::ids::AmendmentId;
use crate::domain::money::UnitPrice;
use crate::domain::order::{AmendmentChanges, LineChange};
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::inputs::{Refused, command_input, id};
use crate::graphql::scalars::{DateTime, Decimal, Duration, Money};
use crate::service;
use crate::service::orders::{Outcome, amendment};

/// A proposed change of an order's contract.
#[derive(Debug, Clone)]
pub struct Amendment {
    known: domain::order::Amendment,
    order: domain::order::Order,
}

impl Amendment {
    pub(super) fn new(known: &domain::order::Amendment, order: &domain::order::Order) -> Self {
        Self { known: known.clone(), order: order.clone() }
    }

    /// The one that a command made or moved.
    fn moved(done: &Outcome) -> Option<Self> {
        let known = moved(done, &done.order.amendments, |known| known.id.to_string())?;
        Some(Self::new(known, &done.order))
    }
}

/// How an amendment changes a line; what is null stays.
#[derive(Debug, Clone, SimpleObject)]
pub struct AmendedLine {
    /// The order line.
    order_line_id: ID,
    /// How many units; 0 takes the line out.
    quantity: Option<i32>,
    /// The price of one unit in major units.
    unit_price: Option<Decimal>,
}

/// A proposed change of an order's contract.
#[Object]
impl Amendment {
    /// Its id.
    async fn id(&self) -> ID {
        self.known.id.to_string().into()
    }

    /// How far it got.
    async fn status(&self) -> AmendmentStatus {
        self.known.status.into()
    }

    /// Which side proposed it.
    async fn proposed_by(&self) -> ContractParty {
        side(self.known.proposed_by)
    }

    /// Why, in the proposer's words.
    async fn reason(&self) -> Option<&str> {
        self.known.reason.as_deref()
    }

    /// The SHA-256 of the terms as they would be; the other side echoes it to accept.
    async fn terms_hash(&self) -> &str {
        &self.known.terms_hash
    }

    /// The terms as they would be, in canonical JSON (RFC 8785): hash its bytes to check `termsHash`. Null once the
    /// amendment is answered; `contract(version:)` has what was accepted.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn document(&self) -> Result<Option<String>> {
        let terms = self
            .order
            .proposed_terms()
            .filter(|_| self.known.status == domain::order::AmendmentStatus::Proposed);
        let document = terms.map(|terms| terms.canonical()).transpose();
        document.map_err(|error| crate::graphql::error::internal(&error.into()))
    }

    /// What the order would cost.
    async fn total(&self) -> Money {
        self.order.money(self.known.total_minor).into()
    }

    /// How much more that is than before; negative where it is less.
    async fn difference(&self) -> Money {
        self.order.money(self.known.difference_minor).into()
    }

    /// What went back to the buyer when it was accepted.
    async fn refunded(&self) -> Money {
        self.order.money(self.known.refund_minor).into()
    }

    /// The lines that it changes. At most 100.
    async fn lines(&self) -> Vec<AmendedLine> {
        let exponent = self.order.terms.currency.exponent();
        let line = |change: &LineChange| AmendedLine {
            order_line_id: change.line_id.to_string().into(),
            quantity: change.quantity.map(|quantity| i32::try_from(quantity).unwrap_or(i32::MAX)),
            unit_price: change.unit_price.map(|price| Decimal(price.decimal(exponent))),
        };
        self.known.changes.lines.iter().map(line).collect()
    }

    /// Carriage as it would be; null where it stays.
    async fn freight(&self) -> Option<Money> {
        self.known.changes.freight.map(|(minor, _)| self.order.money(minor).into())
    }

    /// From the first payment to the last instant of dispatch, as it would be; null where it stays.
    async fn dispatch_within(&self) -> Option<Duration> {
        self.known.changes.dispatch_within.map(Duration)
    }

    /// Whether an inspection would stand before dispatch; null where that stays.
    async fn inspection(&self) -> Option<bool> {
        self.known.changes.inspection
    }

    /// How escrow would be released; null where that stays.
    async fn release_policy(&self) -> Option<ReleasePolicy> {
        self.known.changes.release_policy.map(Into::into)
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> DateTime {
        DateTime(self.known.proposed_at)
    }

    /// The last instant of an answer.
    async fn answer_by(&self) -> DateTime {
        DateTime(self.known.proposed_at.plus(self.order.terms.policy.delivery.amendment_answer))
    }

    /// When it was answered, taken back or expired.
    async fn ended_at(&self) -> Option<DateTime> {
        self.known.ended_at.map(DateTime)
    }

    /// The version of the contract that it became.
    async fn contract_version(&self) -> Option<u32> {
        self.known.contract_version
    }
}

/// A line as it shall be; what is absent stays.
#[derive(Debug, Clone, InputObject)]
pub struct AmendedLineInput {
    /// The order line.
    order_line_id: ID,
    /// How many units: at least what has left already; 0 takes the line out.
    quantity: Option<i32>,
    /// The price of one unit; fixed once units of the line have left.
    unit_price: Option<Decimal>,
}

command_input! {
    /// What `proposeContractAmendment` takes. What is absent stays.
    ProposeContractAmendmentInput on order {
        /// The lines that change; at most 100.
        lines: Option<Vec<AmendedLineInput>>,
        /// Carriage.
        freight: Option<MoneyInput>,
        /// From the first payment to the last instant of dispatch.
        dispatch_within: Option<Duration>,
        /// Whether an inspection stands between production and dispatch; agreed on before the goods are ready.
        inspection: Option<bool>,
        /// How escrow is released; agreed on before goods leave.
        release_policy: Option<ReleasePolicy>,
        /// Why, at most 1000 characters; the other side reads it.
        reason: Option<String>,
    }
}

command_input! {
    /// What `acceptContractAmendment` takes.
    AcceptContractAmendmentInput on order {
        /// The amendment.
        amendment_id: ID,
        /// The hash of the terms that you accept, as in `amendment.termsHash`.
        terms_hash: String,
    }
}

command_input! {
    /// What `declineContractAmendment` takes.
    DeclineContractAmendmentInput on order {
        /// The amendment.
        amendment_id: ID,
    }
}

command_input! {
    /// What `withdrawContractAmendment` takes.
    WithdrawContractAmendmentInput on order {
        /// The amendment.
        amendment_id: ID,
    }
}

fn amendment_id(text: &ID) -> Refused<AmendmentId> {
    id("amendment", &["input", "amendmentId"], text)
}

impl ProposeContractAmendmentInput {
    fn changes(&self) -> Refused<AmendmentChanges> {
        let lines =
            self.lines.iter().flatten().enumerate().map(|(index, line)| line.read(&index.to_string()));
        let freight = self.freight.as_ref().map(|freight| freight.read(&["input", "freight"])).transpose()?;
        Ok(AmendmentChanges {
            lines: lines.collect::<Refused<_>>()?,
            freight: freight.map(|freight| (freight.minor, freight.currency)),
            dispatch_within: self.dispatch_within.as_ref().map(|span| span.0),
            inspection: self.inspection,
            release_policy: self.release_policy.map(Into::into),
        })
    }
}

impl AmendedLineInput {
    fn read(&self, index: &str) -> Refused<LineChange> {
        let path = ["input", "lines", index, "unitPrice"];
        let price = self.unit_price.as_ref().map(|price| UnitPrice::parse(&price.0)).transpose();
        Ok(LineChange {
            line_id: id("order line", &["input", "lines", index, "orderLineId"], &self.order_line_id)?,
            quantity: self.quantity.map(i64::from),
            unit_price: price.map_err(|error| money_refusal(error, &path))?,
        })
    }
}

part_payload! {
    /// What `proposeContractAmendment` answers.
    ProposeContractAmendmentPayload,
    /// The amendment after the command; null where it was refused.
    amendment: Amendment = Amendment::moved
}
part_payload! {
    /// What `acceptContractAmendment` answers.
    AcceptContractAmendmentPayload,
    /// The amendment after the command; null where it was refused.
    amendment: Amendment = Amendment::moved
}
part_payload! {
    /// What `declineContractAmendment` answers.
    DeclineContractAmendmentPayload,
    /// The amendment after the command; null where it was refused.
    amendment: Amendment = Amendment::moved
}
part_payload! {
    /// What `withdrawContractAmendment` answers.
    WithdrawContractAmendmentPayload,
    /// The amendment after the command; null where it was refused.
    amendment: Amendment = Amendment::moved
}

/// The commands on amendments.
#[derive(Debug, Default)]
pub struct AmendmentMutation;

/// The commands on amendments.
#[Object]
impl AmendmentMutation {
    /// Proposes other terms for a sealed contract: quantities, prices, freight, lead time, inspection, release. Nothing
    /// changes until the other side accepts the same hash. Roles: buyer, supplier. Scope: `orders:write`.
    async fn propose_contract_amendment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and what changes.")] input: ProposeContractAmendmentInput,
    ) -> Result<ProposeContractAmendmentPayload> {
        let answer = async {
            let wish = (input.changes()?, input.reason.clone());
            let (order, envelope) = (input.order()?, input.envelope());
            amendment::propose(ctx_app(ctx)?, ctx_actor(ctx)?, order, wish, &envelope).await
        };
        answer.await.try_into()
    }

    /// Accepts proposed terms by their hash: the next version of the contract is sealed. A dearer order gets a part to pay
    /// more, a cheaper one a part to pay less, or money back. Roles: buyer, supplier. Scope: `orders:write`.
    async fn accept_contract_amendment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which amendment, on which terms.")] input: AcceptContractAmendmentInput,
    ) -> Result<AcceptContractAmendmentPayload> {
        let answer = async {
            let terms = (amendment_id(&input.amendment_id)?, input.terms_hash.as_str());
            let (order, envelope) = (input.order()?, input.envelope());
            amendment::accept(ctx_app(ctx)?, ctx_actor(ctx)?, order, terms, &envelope).await
        };
        answer.await.try_into()
    }

    /// Says no to proposed terms; the contract stays as it is. Roles: buyer, supplier. Scope: `orders:write`.
    async fn decline_contract_amendment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which amendment.")] input: DeclineContractAmendmentInput,
    ) -> Result<DeclineContractAmendmentPayload> {
        let answer = async {
            let (order, envelope) = (input.order()?, input.envelope());
            let amendment = amendment_id(&input.amendment_id)?;
            amendment::decline(ctx_app(ctx)?, ctx_actor(ctx)?, order, amendment, &envelope).await
        };
        answer.await.try_into()
    }

    /// Takes proposed terms back. Roles: buyer, supplier. Scope: `orders:write`.
    async fn withdraw_contract_amendment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which amendment.")] input: WithdrawContractAmendmentInput,
    ) -> Result<WithdrawContractAmendmentPayload> {
        let answer = async {
            let (order, envelope) = (input.order()?, input.envelope());
            let amendment = amendment_id(&input.amendment_id)?;
            amendment::withdraw(ctx_app(ctx)?, ctx_actor(ctx)?, order, amendment, &envelope).await
        };
        answer.await.try_into()
    }
}
