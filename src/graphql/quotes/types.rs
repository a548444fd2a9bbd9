//! The quote and its rounds as partners see them.

use async_graphql::{Context, ID, Object, Result};

use super::words::{QuoteAction, QuoteStatus};
use crate::domain;
use crate::domain::money::Currency;
use crate::domain::quote::{
    QuoteAnswerLine as AnswerLine, QuoteRequestLine as RequestLine, QuoteRound as Round,
};
use crate::graphql::catalogue::{Product, Supplier};
use crate::graphql::company::Company;
use crate::graphql::context::ContextExt;
use crate::graphql::messages::Thread;
use crate::graphql::orders::Order;
use crate::graphql::orders::words::Incoterm;
use crate::graphql::scalars::{CountryCode, CurrencyCode, DateTime, Decimal, Money};
use crate::service::{messages, quotes};

/// An enquiry for figures and what became of it.
#[derive(Debug, Clone)]
pub struct Quote(pub domain::quote::Quote);

/// An enquiry for figures and what became of it.
#[Object]
impl Quote {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// How far it got.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn status(&self, ctx: &Context<'_>) -> Result<QuoteStatus> {
        Ok(quotes::status(ctx.app()?, &self.0).into())
    }

    /// Rises by one with each change; hand it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        i32::try_from(self.0.version).unwrap_or(i32::MAX)
    }

    /// Who asks.
    async fn buyer(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.0.buyer).await?.map(|company| Company::from(&*company)))
    }

    /// Who is asked; null where the supplier is not listed any more.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        Ok(ctx.loaders()?.supplier(self.0.supplier).await?.map(Supplier::from_card))
    }

    /// The currency of every figure.
    async fn currency_code(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// Every round, oldest first; none is ever changed. At most 20.
    async fn rounds(&self) -> Vec<QuoteRound> {
        let currency = self.0.currency;
        self.0.rounds.iter().map(|round| QuoteRound { round: round.clone(), currency }).collect()
    }

    /// The round that counts.
    async fn current_round(&self) -> Option<QuoteRound> {
        self.0.round().map(|round| QuoteRound { round: round.clone(), currency: self.0.currency })
    }

    /// The last instant at which the answer can be accepted and ordered by; null until there is one.
    async fn valid_until(&self) -> Option<DateTime> {
        self.0.valid_until().map(DateTime)
    }

    /// The order that took its figures. Scope: `orders:read`.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        match self.0.state {
            domain::quote::QuoteState::Ordered { order } => ctx.loaders()?.order(order).await,
            _ => Ok(None),
        }
    }

    /// Why it was declined or withdrawn, in that party's words.
    async fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// What the parties say to each other about it.
    async fn thread(&self) -> Thread {
        Thread(messages::of_quote(&self.0))
    }

    /// What you can do with it now. At most 6.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn available_actions(&self, ctx: &Context<'_>) -> Result<Vec<QuoteAction>> {
        let actions = quotes::actions(ctx.app()?, ctx.actor()?, &self.0);
        Ok(actions.into_iter().map(Into::into).collect())
    }

    /// When it was first asked.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// One request and what was answered to it.
#[derive(Debug, Clone)]
pub struct QuoteRound {
    round: Round,
    currency: Currency,
}

/// One request and what was answered to it.
#[Object]
impl QuoteRound {
    /// Its number, from 1.
    async fn number(&self) -> u32 {
        self.round.number
    }

    /// What the buyer asked for. At most 100 lines.
    async fn lines(&self) -> Vec<QuoteRequestLine> {
        let lines = self.round.request.lines.iter();
        lines.map(|line| QuoteRequestLine { line: line.clone(), currency: self.currency }).collect()
    }

    /// The country where the goods go.
    async fn destination_country(&self) -> CountryCode {
        CountryCode(self.round.request.destination.clone())
    }

    /// The trade term of Incoterms 2020; null where none was named.
    async fn incoterm(&self) -> Option<Result<Incoterm>> {
        self.round.request.incoterm.as_deref().map(Incoterm::known)
    }

    /// Whether the buyer wants a sample before the order.
    async fn sample_first(&self) -> bool {
        self.round.request.sample_first
    }

    /// What else the buyer said.
    async fn note(&self) -> Option<&str> {
        self.round.request.note.as_deref()
    }

    /// When it was asked.
    async fn requested_at(&self) -> DateTime {
        DateTime(self.round.requested_at)
    }

    /// What the supplier answered.
    async fn answer(&self) -> Option<QuoteAnswer> {
        let (answer, answered_at) = (self.round.answer.clone()?, self.round.answered_at?);
        Some(QuoteAnswer { answer, answered_at, currency: self.currency })
    }
}

/// One product that a buyer asks for.
#[derive(Debug, Clone)]
pub struct QuoteRequestLine {
    line: RequestLine,
    currency: Currency,
}

/// One product that a buyer asks for.
#[Object]
impl QuoteRequestLine {
    /// The product as it is now; null where it is not listed any more.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.loaders()?.product(self.line.product_id).await?.map(Product::from_card))
    }

    /// The product's id.
    async fn product_id(&self) -> ID {
        self.line.product_id.to_string().into()
    }

    /// How many units.
    async fn quantity(&self) -> i32 {
        i32::try_from(self.line.quantity).unwrap_or(i32::MAX)
    }

    /// What exactly, in words.
    async fn specification(&self) -> Option<&str> {
        self.line.specification.as_deref()
    }

    /// What the buyer would like to pay for one unit, in major units.
    async fn target_unit_price(&self) -> Option<Decimal> {
        self.line.target_unit_price.map(|price| Decimal(price.decimal(self.currency.exponent())))
    }
}

/// What a supplier answered.
#[derive(Debug, Clone)]
pub struct QuoteAnswer {
    answer: domain::quote::QuoteAnswer,
    answered_at: domain::time::Timestamp,
    currency: Currency,
}

/// What a supplier answered.
#[Object]
impl QuoteAnswer {
    /// The figures of each product. At most 100 lines.
    async fn lines(&self) -> Vec<QuoteAnswerLine> {
        let lines = self.answer.lines.iter();
        lines.map(|line| QuoteAnswerLine { line: line.clone(), currency: self.currency }).collect()
    }

    /// Carriage of the whole; part of the price.
    async fn freight(&self) -> Money {
        domain::money::Money::new(self.answer.freight.0, self.currency).into()
    }

    /// Days from dispatch to delivery, where the supplier promises any.
    async fn transit_days(&self) -> Option<i32> {
        self.answer.transit_days.and_then(|days| i32::try_from(days).ok())
    }

    /// The last instant at which the answer can be accepted and ordered by.
    async fn valid_until(&self) -> DateTime {
        DateTime(self.answer.valid_until)
    }

    /// What else the supplier said.
    async fn note(&self) -> Option<&str> {
        self.answer.note.as_deref()
    }

    /// When it was answered.
    async fn answered_at(&self) -> DateTime {
        DateTime(self.answered_at)
    }
}

/// The figures of one product.
#[derive(Debug, Clone)]
pub struct QuoteAnswerLine {
    line: AnswerLine,
    currency: Currency,
}

/// The figures of one product.
#[Object]
impl QuoteAnswerLine {
    /// The product's id.
    async fn product_id(&self) -> ID {
        self.line.product_id.to_string().into()
    }

    /// The price of one unit in major units; may have more decimals than the currency.
    async fn unit_price(&self) -> Decimal {
        Decimal(self.line.unit_price.decimal(self.currency.exponent()))
    }

    /// The least quantity at this price.
    async fn minimum_order_quantity(&self) -> i32 {
        i32::try_from(self.line.minimum_order_quantity).unwrap_or(i32::MAX)
    }

    /// Days from payment to dispatch.
    async fn lead_days(&self) -> i32 {
        i32::try_from(self.line.lead_days).unwrap_or(i32::MAX)
    }
}
