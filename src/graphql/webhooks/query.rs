//! Looking at webhooks.

use async_graphql::{Context, Object, Result};

use super::types::{WebhookEndpoint, WebhookEndpointConnection};
use crate::graphql::connection::page_arguments;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Cursor;
use crate::service;

/// Looking at webhooks.
#[derive(Debug, Default)]
pub struct WebhookQuery;

/// Looking at webhooks.
#[Object]
impl WebhookQuery {
    /// The servers that your app has events sent to for your company, newest first. Scope: `webhooks:manage`.
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<Cursor>,
    ) -> Result<WebhookEndpointConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice = service::webhooks::endpoints(ctx.app()?, ctx.actor()?, &page, count).await?;
        Ok(WebhookEndpointConnection(slice.map(WebhookEndpoint)))
    }
}
