//! Looking at an app's documents.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::domain::document;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{BigInt, Cursor, Date, DateTime};
use crate::service;

connection!(TrustedDocumentConnection, TrustedDocumentEdge, TrustedDocument, "trusted documents");

/// A document that your app registered, and how it is used.
#[derive(Debug, Clone)]
pub struct TrustedDocument(pub document::TrustedDocument);

/// A document that your app registered, and how it is used.
#[Object]
impl TrustedDocument {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The SHA-256 of its text in 64 lower-case hexadecimal digits. Requests name the document by it: `documentId: "sha256:…"`, or
    /// `extensions.persistedQuery.sha256Hash`.
    async fn hash(&self) -> &str {
        &self.0.hash
    }

    /// What you call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its text, byte for byte.
    async fn document(&self) -> &str {
        &self.0.body
    }

    /// When it was registered first.
    async fn registered_at(&self) -> DateTime {
        DateTime(self.0.registered_at)
    }

    /// From when on it is not served; null where it is served for good. 90 days later it is forgotten.
    async fn retires_at(&self) -> Option<DateTime> {
        self.0.retires_at.map(DateTime)
    }

    /// The last day, in UTC, on which it was named by its hash, or run by an app that runs trusted documents only; null where it
    /// never was. What was used in the last seconds is not yet counted.
    async fn last_used_on(&self) -> Option<Date> {
        self.0.last_used_on.map(Date)
    }

    /// How often it was used, by what `lastUsedOn` counts.
    async fn use_count(&self) -> BigInt {
        BigInt(self.0.use_count)
    }
}

/// What documents your app runs.
#[derive(Debug, Clone, SimpleObject)]
pub struct DocumentPolicy {
    /// Whether it runs trusted documents only. Others are refused with `DOCUMENT_NOT_TRUSTED`, except those that ask for nothing
    /// but `trustedDocuments`, `documentPolicy`, `registerTrustedDocuments`, `retireTrustedDocuments` and `setDocumentPolicy`.
    pub(super) trusted_documents_only: bool,
}

/// Looking at an app's documents.
#[derive(Debug, Default)]
pub struct DocumentQuery;

/// Looking at an app's documents.
#[Object]
impl DocumentQuery {
    /// The documents that your app registered, whatever company it acts for, newest first; retired ones among them. Scope:
    /// `documents:manage`.
    async fn trusted_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<Cursor>,
    ) -> Result<TrustedDocumentConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice = service::documents::list(ctx.app()?, ctx.actor()?, &page, count).await?;
        Ok(TrustedDocumentConnection(slice.map(TrustedDocument)))
    }

    /// What documents your app runs. Scope: `documents:manage`.
    async fn document_policy(&self, ctx: &Context<'_>) -> Result<DocumentPolicy> {
        let trusted_documents_only = service::documents::policy(ctx.app()?, ctx.actor()?).await?;
        Ok(DocumentPolicy { trusted_documents_only })
    }
}
