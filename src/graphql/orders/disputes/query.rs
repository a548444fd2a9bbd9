//! Reading disputes.

use async_graphql::{Context, ID, Object, Result};

use super::inputs::DisputeFilterInput;
use super::types::Dispute;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Cursor;
use crate::service::orders::disputes;

connection!(DisputeConnection, DisputeEdge, Dispute, "disputes");

/// Reading disputes.
#[derive(Debug, Default)]
pub struct DisputeQuery;

/// Reading disputes.
#[Object]
impl DisputeQuery {
    /// A refund request or dispute of one of your orders; null where none of yours has this id. Scope: `orders:read`.
    async fn dispute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Dispute>> {
        crate::service::require_scope(ctx.actor()?, crate::domain::actor::Scope::OrdersRead)?;
        match id.parse() {
            Ok(id) => ctx.loaders()?.dispute(id).await,
            Err(_) => Ok(None),
        }
    }

    /// The refund requests and disputes of your orders, newest first; for operators those of all orders. Scope:
    /// `orders:read`.
    async fn disputes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which disputes.")] filter: Option<DisputeFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only disputes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only disputes before this cursor.")] before: Option<Cursor>,
    ) -> Result<DisputeConnection> {
        let page =
            page_arguments(first, after, last, before, None).check().map_err(crate::service::Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let filter = filter.unwrap_or_default().read();
        let slice = disputes::disputes(ctx.app()?, ctx.actor()?, filter, page, count).await?;
        Ok(DisputeConnection(slice.map(|(order, dispute)| Dispute::new(order, dispute))))
    }
}
