//! Bulk operations in the schema: types, queries and commands.

mod mutation;
mod words;

use async_graphql::{Context, ID, InputObject, Object, Result};

pub use mutation::BulkMutation;

use crate::domain;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::error::ErrorCode;
use crate::graphql::scalars::{BigInt, Cursor, DateTime, Url};
use crate::service;
use words::BulkOperationStatus;

connection!(BulkOperationConnection, BulkOperationEdge, BulkOperation, "bulk operations");

/// A query whose whole result is written into a file of lines, one JSON object each.
#[derive(Debug, Clone)]
pub struct BulkOperation(pub domain::bulk::BulkOperation);

/// A query whose whole result is written into a file of lines, one JSON object each.
#[Object]
impl BulkOperation {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// How far it is.
    async fn status(&self) -> BulkOperationStatus {
        self.0.status.into()
    }

    /// The query as it was sent.
    async fn query(&self) -> &str {
        &self.0.asked.query
    }

    /// Objects that were written so far, one line each.
    async fn object_count(&self) -> BigInt {
        BigInt(self.0.progress.objects)
    }

    /// Bytes that were written so far.
    async fn file_size(&self) -> BigInt {
        BigInt(self.0.progress.bytes)
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When the first page was read.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it ended, however.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(DateTime)
    }

    /// When the file is removed; null while it is written.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// Why it failed, as an ordinary request would say it; null unless it did.
    async fn error_code(&self) -> Option<ErrorCode> {
        self.0.failure.as_ref().map(|failure| failure.code.into())
    }

    /// Why it failed, for a person; null unless it did.
    async fn error(&self) -> Option<&str> {
        self.0.failure.as_ref().map(|failure| failure.message.as_str())
    }

    /// Where the complete file can be fetched for 15 minutes, by whoever has the address; ask again for a new one. `Range`
    /// requests go on where a download broke off. Null until it is complete, and once it was removed.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
        if self.0.status != domain::bulk::BulkStatus::Completed {
            return Ok(None);
        }
        Ok(service::bulk::address(ctx.app()?, &self.0).await?.map(Url))
    }

    /// Where what was written before it failed or was cancelled can be fetched for 15 minutes: whole lines, from the first on. Null
    /// where nothing was, and where `url` has all of it.
    async fn partial_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
        if self.0.status == domain::bulk::BulkStatus::Completed {
            return Ok(None);
        }
        Ok(service::bulk::address(ctx.app()?, &self.0).await?.map(Url))
    }

    /// The SHA-256 of the complete file, 64 hexadecimal digits in lower case.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }

    /// The cursor behind the last line: as `after` at the list of another bulk query it exports the rest of one that ended
    /// early, and for `changes` it is where to follow the feed from. Null before the first lines.
    async fn end_cursor(&self) -> Option<Cursor> {
        self.0.progress.cursor.clone().map(Cursor)
    }
}

/// Which bulk operations.
#[derive(Debug, Clone, Default, InputObject)]
pub struct BulkOperationFilterInput {
    /// Only in one of these statuses; at most 6.
    #[graphql(validator(max_items = 6))]
    statuses: Option<Vec<BulkOperationStatus>>,
}

/// Looking at bulk operations.
#[derive(Debug, Default)]
pub struct BulkQuery;

/// Looking at bulk operations.
#[Object]
impl BulkQuery {
    /// A bulk operation of your app and company; null where none of yours has the id. Scope: `bulk:run`.
    async fn bulk_operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<BulkOperation>> {
        let found = match id.parse() {
            Ok(id) => service::bulk::find(ctx.app()?, ctx.actor()?, id).await?,
            Err(_) => service::bulk::none(ctx.actor()?)?,
        };
        Ok(found.map(BulkOperation))
    }

    /// The bulk operations of your app and company, newest first. Scope: `bulk:run`.
    async fn bulk_operations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which bulk operations.")] filter: Option<BulkOperationFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<Cursor>,
    ) -> Result<BulkOperationConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::from)?;
        let statuses = filter.and_then(|filter| filter.statuses).unwrap_or_default();
        let statuses: Vec<_> = statuses.into_iter().map(Into::into).collect();
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice = service::bulk::list(ctx.app()?, ctx.actor()?, &statuses, &page, count).await?;
        Ok(BulkOperationConnection(slice.map(BulkOperation)))
    }
}
