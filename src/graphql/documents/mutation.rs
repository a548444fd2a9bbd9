//! Managing an app's documents.

use async_graphql::{Context, Object, Result};

use super::inputs::{RegisterTrustedDocumentsInput, RetireTrustedDocumentsInput, SetDocumentPolicyInput};
use super::payloads::{
    RegisterTrustedDocumentsPayload, RetireTrustedDocumentsPayload, SetDocumentPolicyPayload,
};
use crate::graphql::context::caller;
use crate::service::documents;

/// Managing an app's documents.
#[derive(Debug, Default)]
pub struct DocumentMutation;

/// Managing an app's documents.
#[Object]
impl DocumentMutation {
    /// Registers documents of your app, whatever company it acts for: from then on requests with its tokens can name them by their
    /// hashes (docs/DOCUMENTS.md). Each is checked as a request with it would be; all are registered, or none. One that you have
    /// registered before keeps its id and usage, takes the new name, and does not retire. At most 5,000 for an app. Scope:
    /// `documents:manage`.
    async fn register_trusted_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The documents.")] input: RegisterTrustedDocumentsInput,
    ) -> Result<RegisterTrustedDocumentsPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (drafts, envelope) = input.read();
            documents::register(app, actor, &drafts, &envelope).await
        };
        answer.await.try_into()
    }

    /// Lets documents of your app retire, now or later; a later `retiresAt` for one that has retired serves it again until then.
    /// `lastUsedOn` says whether clients still name it. Scope: `documents:manage`.
    async fn retire_trusted_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and when.")] input: RetireTrustedDocumentsInput,
    ) -> Result<RetireTrustedDocumentsPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let ((ids, retires_at), envelope) = input.read()?;
            documents::retire(app, actor, (&ids, retires_at), &envelope).await
        };
        answer.await.try_into()
    }

    /// Says whether your app runs trusted documents only. All servers go by it within 10 seconds, also for what is subscribed on
    /// a WebSocket that is open; subscriptions that run and are not trusted end within a minute. What manages documents always
    /// runs, so this can be taken back. Scope: `documents:manage`.
    async fn set_document_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The policy.")] input: SetDocumentPolicyInput,
    ) -> Result<SetDocumentPolicyPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (trusted_only, envelope) = input.read();
            documents::set_policy(app, actor, trusted_only, &envelope).await
        };
        answer.await.try_into()
    }
}
