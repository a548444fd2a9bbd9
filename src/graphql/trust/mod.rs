//! Trust in the schema: how suppliers stand to badges, what happened to them, documents under review, and the commands.

mod inputs;
mod mutation;
mod payloads;
mod said;
mod types;
pub(super) mod words;

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::graphql::catalogue::EvidenceKind;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::inputs::id;
use crate::graphql::scalars::Cursor;
use crate::service;
use crate::service::trust::{self, DocumentFilter};

pub use mutation::{EvidenceMutation, TrustMutation};
pub use types::{BadgeEligibility, SupplierAsOf, SupplierEvent, VerificationDocument};
use words::VerificationDocumentStatus;

connection!(SupplierEventConnection, SupplierEventEdge, SupplierEvent, "events");
connection!(
    VerificationDocumentConnection,
    VerificationDocumentEdge,
    VerificationDocument,
    "verification documents"
);

/// Whether the whole list is to be counted.
pub(super) fn counts(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// Which documents.
#[derive(Debug, Clone, Default, InputObject)]
pub struct VerificationDocumentFilterInput {
    /// Only of this supplier; a supplier sees none but its own.
    supplier_id: Option<ID>,
    /// Only in one of these statuses; at most 3.
    #[graphql(validator(max_items = 3))]
    statuses: Option<Vec<VerificationDocumentStatus>>,
    /// Only of these kinds; at most 7.
    #[graphql(validator(max_items = 7))]
    kinds: Option<Vec<EvidenceKind>>,
}

/// Reading what is under review.
#[derive(Debug, Default)]
pub struct TrustQuery;

/// Reading what is under review.
#[Object]
impl TrustQuery {
    /// The documents that suppliers submitted for review, newest first: your own as a supplier, all as the platform's
    /// staff. Roles: supplier, operator. Scope: `catalog:write` as a supplier, `platform:operate` as staff.
    async fn verification_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which documents.")] filter: Option<VerificationDocumentFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only documents behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only documents before this cursor.")] before: Option<Cursor>,
    ) -> Result<VerificationDocumentConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::Denied)?;
        let filter = filter.unwrap_or_default();
        let supplier = filter.supplier_id.as_ref();
        let supplier = supplier.map(|known| id("supplier", &["filter", "supplierId"], known)).transpose();
        let filter = DocumentFilter {
            supplier: supplier.map_err(service::Error::Denied)?,
            statuses: filter.statuses.unwrap_or_default().into_iter().map(Into::into).collect(),
            kinds: filter.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
        };
        let slice = trust::documents(ctx.app()?, ctx.actor()?, filter, &page, counts(ctx)).await?;
        Ok(VerificationDocumentConnection(slice.map(VerificationDocument)))
    }
}
