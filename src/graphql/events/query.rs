//! Reading the log page by page.

use async_graphql::{Context, ID, Object, Result};

use super::types::EventConnection;
use crate::graphql::context::ContextExt;
use crate::graphql::orders::words::EventType;
use crate::graphql::scalars::Cursor;
use crate::service::Error;
use crate::service::events::{self, Wanted};

/// Reading the log.
#[derive(Debug, Default)]
pub struct EventQuery;

/// Reading the log.
#[Object]
impl EventQuery {
    /// What happened to your orders, quotes and company, and to your supplier, oldest first. Without `after` from the
    /// oldest that is told; then go on with `pageInfo.endCursor` for ever, here, in the subscription `events`, or the other
    /// way round: nothing is left out, and what comes twice has the same id. A cursor older than events are told is refused
    /// as `CURSOR_EXPIRED`, one of another server or list as `INVALID_CURSOR` or `CURSOR_AHEAD`, one from before a restore as
    /// `CURSOR_EPOCH_CHANGED`. Buyers, suppliers and inspectors hear what concerns them in that part, the platform's staff
    /// everything, others nothing. Scope: `orders:read`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(
            desc = "Only of these types, 200 at most; all if none are named.",
            validator(max_items = 200)
        )]
        types: Option<Vec<EventType>>,
        #[graphql(desc = "Only about this order, quote, supplier or company.")] subject: Option<ID>,
        #[graphql(desc = "How many; 0 to 100, 20 if not given.")] first: Option<i32>,
    ) -> Result<EventConnection> {
        let types = types.unwrap_or_default().into_iter().map(Into::into).collect();
        let subject = super::subject(subject).map_err(Error::Denied)?;
        let wanted = Wanted { subject, types, ..Wanted::default() };
        let after = after.as_ref().map(|cursor| cursor.0.as_str());
        let page = events::page(ctx.app()?, ctx.actor()?, wanted, after, first).await?;
        Ok(page.into())
    }
}
