//! Deadlines: what is due, for whom, with what consequence.

use async_graphql::{Context, Error, ID, InputObject, Object, Result};

use super::regions::Hold;
use super::types::Order;
use super::words::{DeadlineKind, DeadlineState, OrderActor};
use crate::domain;
use crate::domain::error::Refusal;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::error::internal;
use crate::graphql::scalars::{Cursor, DateTime, Duration};
use crate::service::deadlines;

connection!(DeadlineConnection, DeadlineEdge, Deadline, "deadlines");

/// A timer with a consequence.
#[derive(Debug, Clone)]
pub struct Deadline(pub domain::deadline::Deadline);

impl Deadline {
    async fn find_order(&self, ctx: &Context<'_>) -> Result<Order> {
        let found = ctx.loaders()?.order(self.0.order).await?;
        found.ok_or_else(|| internal(&anyhow::anyhow!("{} is of an order that is not there", self.0.id)))
    }
}

/// A timer with a consequence.
#[Object]
impl Deadline {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it is for.
    async fn kind(&self) -> DeadlineKind {
        self.0.kind.into()
    }

    /// How it stands.
    async fn state(&self) -> DeadlineState {
        self.0.state.into()
    }

    /// The last instant in time; the clock acts behind it.
    async fn due_at(&self) -> DateTime {
        DateTime(self.0.due_at)
    }

    /// What is left of it while it stands.
    async fn remaining(&self) -> Option<Duration> {
        self.0.remaining.map(Duration)
    }

    /// What happens when it is missed.
    async fn consequence(&self) -> &'static str {
        self.0.kind.consequence()
    }

    /// For a warning, how long before the deadline it comes.
    async fn lead_time(&self) -> Option<Duration> {
        domain::time::Span::parse(&self.0.subject).map(Duration)
    }

    /// What of the order it is about, such as a shipment, an amendment or an inspection, by its id; null where the order has
    /// one of the kind only.
    async fn subject_id(&self) -> Option<ID> {
        self.0.subject.contains('_').then(|| self.0.subject.clone().into())
    }

    /// When it ended: by an act, by the clock, or because it did not matter any more.
    async fn settled_at(&self) -> Option<DateTime> {
        self.0.settled_at.map(DateTime)
    }

    /// The order. Scope: `orders:read`.
    async fn order(&self, ctx: &Context<'_>) -> Result<Order> {
        self.find_order(ctx).await
    }

    /// Whose act it waits or waited for: both parties where either can act; empty where only time has to pass. At most 2.
    async fn waits_for(&self, ctx: &Context<'_>) -> Result<Vec<OrderActor>> {
        let order = self.find_order(ctx).await?;
        Ok(order.0.awaited(&self.0).into_iter().map(OrderActor::from).collect())
    }

    /// The holds of the order that it stands for; it runs on when the last one is lifted. Empty unless it stands. At most 100.
    async fn paused_by(&self, ctx: &Context<'_>) -> Result<Vec<Hold>> {
        if self.0.state != domain::deadline::DeadlineState::Paused {
            return Ok(Vec::new());
        }
        let order = self.find_order(ctx).await?;
        Ok(order.0.holds.iter().map(Hold::new).collect())
    }
}

/// Which deadlines.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DeadlineFilterInput {
    /// Only of this order.
    order_id: Option<ID>,
    /// Only of one of these kinds; at most 25.
    #[graphql(validator(max_items = 25))]
    kinds: Option<Vec<DeadlineKind>>,
    /// Only in one of these states; at most 6. `PENDING` and `PAUSED` are what is due yet.
    #[graphql(validator(max_items = 6))]
    states: Option<Vec<DeadlineState>>,
    /// Only due at or after this instant.
    due_from: Option<DateTime>,
    /// Only due before this instant.
    due_before: Option<DateTime>,
}

impl DeadlineFilterInput {
    fn read(self) -> Result<deadlines::DeadlineFilter> {
        let unknown = |_| Error::from(crate::service::Error::Denied(unknown_order()));
        Ok(deadlines::DeadlineFilter {
            order: self.order_id.map(|id| id.parse()).transpose().map_err(unknown)?,
            kinds: self.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            states: self.states.unwrap_or_default().into_iter().map(Into::into).collect(),
            due_from: self.due_from.map(|instant| instant.0),
            due_before: self.due_before.map(|instant| instant.0),
            ..deadlines::DeadlineFilter::default()
        })
    }
}

fn unknown_order() -> Refusal {
    Refusal::not_found("order").at(&["filter", "orderId"])
}

/// Reading deadlines.
#[derive(Debug, Default)]
pub struct DeadlineQuery;

/// Reading deadlines.
#[Object]
impl DeadlineQuery {
    /// What is due on your orders, the first due first; settled ones too, unless the filter leaves them out. Scope:
    /// `orders:read`.
    async fn deadlines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which deadlines.")] filter: Option<DeadlineFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only deadlines behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only deadlines before this cursor.")] before: Option<Cursor>,
    ) -> Result<DeadlineConnection> {
        let page =
            page_arguments(first, after, last, before, None).check().map_err(crate::service::Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let filter = filter.unwrap_or_default().read()?;
        let slice = deadlines::list(ctx.app()?, ctx.actor()?, filter, page, count).await?;
        Ok(DeadlineConnection(slice.map(Deadline)))
    }
}
