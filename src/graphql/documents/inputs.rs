//! What the commands about documents take.

use async_graphql::{ID, InputObject};

use crate::domain::document::DocumentDraft;
use crate::domain::error::Refusal;
use crate::domain::ids::TrustedDocumentId;
use crate::domain::time::Timestamp;
use crate::graphql::orders::inputs::ids;
use crate::graphql::scalars::DateTime;
use crate::service::orders::Envelope;

fn envelope(idempotency_key: String, validate_only: bool) -> Envelope {
    Envelope { idempotency_key, expected_version: None, validate_only }
}

/// A document to be registered.
#[derive(Debug, Clone, InputObject)]
pub struct TrustedDocumentInput {
    /// What you call it, such as its operation and your release: 1 to 200 characters.
    name: String,
    /// Its text, exactly as your clients hash it: 1 to 65,536 bytes of GraphQL that fits the schema and the limits of requests.
    document: String,
}

/// What `registerTrustedDocuments` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RegisterTrustedDocumentsInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// The documents: 1 to 100, each once.
    #[graphql(validator(max_items = 100))]
    documents: Vec<TrustedDocumentInput>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl RegisterTrustedDocumentsInput {
    pub(super) fn read(self) -> (Vec<DocumentDraft>, Envelope) {
        let drafts =
            self.documents.into_iter().map(|given| DocumentDraft { name: given.name, body: given.document });
        (drafts.collect(), envelope(self.idempotency_key, self.validate_only))
    }
}

/// What `retireTrustedDocuments` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RetireTrustedDocumentsInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Which ones: 1 to 100.
    #[graphql(validator(max_items = 100))]
    trusted_document_ids: Vec<ID>,
    /// From when on they are not served, so that clients in the field have time to go: within 730 days. Now unless given.
    retires_at: Option<DateTime>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

/// Which documents, and from when on they are not served.
type Retirement = (Vec<TrustedDocumentId>, Option<Timestamp>);

impl RetireTrustedDocumentsInput {
    pub(super) fn read(self) -> Result<(Retirement, Envelope), Refusal> {
        let path = ["input", "trustedDocumentIds"];
        let documents = ids("trusted document", &path, Some(&self.trusted_document_ids))?;
        let retires_at = self.retires_at.map(|at| at.0);
        Ok(((documents, retires_at), envelope(self.idempotency_key, self.validate_only)))
    }
}

/// What `setDocumentPolicy` takes.
#[derive(Debug, Clone, InputObject)]
pub struct SetDocumentPolicyInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Whether the app runs trusted documents only. Refused while it has none.
    trusted_documents_only: bool,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl SetDocumentPolicyInput {
    pub(super) fn read(self) -> (bool, Envelope) {
        (self.trusted_documents_only, envelope(self.idempotency_key, self.validate_only))
    }
}
