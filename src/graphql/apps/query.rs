//! Looking at partner apps.

use async_graphql::{Context, Object, Result};

use super::types::{PartnerApp, PartnerAppConnection};
use crate::graphql::connection::page_arguments;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Cursor;
use crate::service;

/// Looking at partner apps.
#[derive(Debug, Default)]
pub struct AppQuery;

/// Looking at partner apps.
#[Object]
impl AppQuery {
    /// Every app, newest first; your own is `viewer.app`. Roles: operator. Scope: `platform:operate`.
    async fn partner_apps(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<Cursor>,
    ) -> Result<PartnerAppConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice = service::apps::apps(ctx.app()?, ctx.actor()?, &page, count).await?;
        Ok(PartnerAppConnection(slice.map(PartnerApp)))
    }
}
