//! Quotes in the schema: types, queries and commands.

mod inputs;
mod mutation;
mod types;
mod words;

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, Result};

pub use mutation::QuoteMutation;
pub use types::Quote;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::ids::QuoteId;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Cursor;
use crate::service;
use crate::service::quotes;
use words::QuoteStatus;

connection!(QuoteConnection, QuoteEdge, Quote, "quotes");

/// The quotes with these ids that the caller may see, for the loader; every key has an answer.
pub(super) async fn nodes_by_id(
    app: &App,
    actor: &Actor,
    ids: &[QuoteId],
) -> service::Result<HashMap<QuoteId, Option<Quote>>> {
    let found = quotes::by_ids(app, actor, ids).await?;
    Ok(found.into_iter().map(|(id, quote)| (id, Some(Quote(quote)))).collect())
}

/// Which quotes.
#[derive(Debug, Clone, Default, InputObject)]
pub struct QuoteFilterInput {
    /// Only in one of these statuses; at most 7.
    #[graphql(validator(max_items = 7))]
    statuses: Option<Vec<QuoteStatus>>,
}

/// Reading quotes.
#[derive(Debug, Default)]
pub struct QuoteQuery;

/// Reading quotes.
#[Object]
impl QuoteQuery {
    /// One of your quotes; null where none of yours has the id. Scope: `orders:read`.
    async fn quote(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Quote>> {
        let found = match id.parse() {
            Ok(id) => quotes::find(ctx.app()?, ctx.actor()?, id).await?,
            Err(_) => quotes::none(ctx.actor()?)?,
        };
        Ok(found.map(Quote))
    }

    /// Your quotes, newest first. Scope: `orders:read`.
    async fn quotes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which quotes.")] filter: Option<QuoteFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only quotes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only quotes before this cursor.")] before: Option<Cursor>,
    ) -> Result<QuoteConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::from)?;
        let statuses = filter.and_then(|filter| filter.statuses).unwrap_or_default();
        let statuses = statuses.into_iter().map(Into::into).collect();
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice = quotes::list(ctx.app()?, ctx.actor()?, statuses, page, count).await?;
        Ok(QuoteConnection(slice.map(Quote)))
    }
}
