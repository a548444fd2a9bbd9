//! What the commands about documents take.

use async_graphql::{ID, InputObject};

use crate::domain::document::DocumentDraft;
use crate::domain::error::Refusal;
use crate::domain::ids::TrustedDocumentId;
use crate::domain::time::Timestamp;
use crate::graphql::inputs::{command_input, ids};
use crate::graphql::scalars::DateTime;
use crate::service::orders::Envelope;

/// A document to be registered.
#[derive(Debug, Clone, InputObject)]
pub struct TrustedDocumentInput {
    /// What you call it, such as its operation and your release: 1 to 200 characters.
    name: String,
    /// Its text, exactly as your clients hash it: 1 to 65,536 bytes of GraphQL that fits the schema and the limits of requests.
    document: String,
}

command_input! {
    /// What `registerTrustedDocuments` takes.
    RegisterTrustedDocumentsInput {
        /// The documents: 1 to 100, each once.
        #[graphql(validator(max_items = 100))]
        documents: Vec<TrustedDocumentInput>,
    }
}

impl RegisterTrustedDocumentsInput {
    pub(super) fn read(self) -> (Vec<DocumentDraft>, Envelope) {
        let envelope = self.envelope();
        let drafts =
            self.documents.into_iter().map(|given| DocumentDraft { name: given.name, body: given.document });
        (drafts.collect(), envelope)
    }
}

command_input! {
    /// What `retireTrustedDocuments` takes.
    RetireTrustedDocumentsInput {
        /// Which ones: 1 to 100.
        #[graphql(validator(max_items = 100))]
        trusted_document_ids: Vec<ID>,
        /// From when on they are not served, so that clients in the field have time to go: within 730 days. Now unless given.
        retires_at: Option<DateTime>,
    }
}

/// Which documents, and from when on they are not served.
type Retirement = (Vec<TrustedDocumentId>, Option<Timestamp>);

impl RetireTrustedDocumentsInput {
    pub(super) fn read(self) -> Result<(Retirement, Envelope), Refusal> {
        let envelope = self.envelope();
        let path = ["input", "trustedDocumentIds"];
        let documents = ids("trusted document", &path, Some(&self.trusted_document_ids))?;
        let retires_at = self.retires_at.map(|at| at.0);
        Ok(((documents, retires_at), envelope))
    }
}

command_input! {
    /// What `setDocumentPolicy` takes.
    SetDocumentPolicyInput {
        /// Whether the app runs trusted documents only. Refused while it has none.
        trusted_documents_only: bool,
    }
}

impl SetDocumentPolicyInput {
    pub(super) fn read(self) -> (bool, Envelope) {
        let envelope = self.envelope();
        (self.trusted_documents_only, envelope)
    }
}
