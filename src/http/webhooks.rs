//! The bodies of webhooks by their endpoints' own documents, through the same door and the same executor as every
//! subscription.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;

use super::door::Transport;
use super::door::request::Parameters;
use super::door::respond::{self, Outcome};
use super::pages::{blamed, denied};
use super::spare::Spare;
use crate::app::App;
use crate::config::OperationsSettings;
use crate::domain::actor::Actor;
use crate::domain::error::{Code, Refusal};
use crate::domain::event::Event;
use crate::graphql::{self, Preset};
use crate::service::Result;
use crate::service::events::Message;
use crate::service::webhooks::WebhookRenderer;

/// Bytes of documents that are kept ready: there are as many as there are endpoints with a document.
const CACHE_BYTES: u64 = 2_097_152;
/// Time for one body to be made.
const EXECUTION: Duration = Duration::from_secs(10);
/// Bytes of a document that an endpoint may have.
const DOCUMENT_BYTES_MAX: usize = 16_384;
/// What is live and no part of the event: a body says what happened, not what is now.
const LIVE: [&str; 3] = ["order", "quote", "supplier"];

/// A door of its own.
#[derive(Debug)]
pub struct WebhookDocuments(Spare);

impl WebhookDocuments {
    /// One that tells of the schema what the deployment lets it.
    pub fn new(operations: &OperationsSettings) -> Self {
        Self(Spare::keeping(CACHE_BYTES, operations))
    }
}

fn parameters(document: &str) -> Parameters {
    Parameters { query: Some(document.to_owned()), ..Parameters::default() }
}

#[async_trait::async_trait]
impl WebhookRenderer for WebhookDocuments {
    fn check(&self, document: &str) -> std::result::Result<(), Vec<Refusal>> {
        let built = self.0.open().map_err(|error| {
            tracing::error!(?error, "the door of webhooks does not open");
            vec![Refusal::new(Code::Internal, "Something failed inside.")]
        })?;
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(vec![refuse("A document has 16,384 bytes at most.")]);
        }
        let prepared = built.door.prepare(document).map_err(|refused| blamed(refused, "document"))?;
        is_of_events(&prepared.document).map_err(|refusal| vec![refusal])?;
        let admitted = built.door.admit(&parameters(document), Transport::Stream);
        admitted.map(|_| ()).map_err(|refused| blamed(refused, "document"))
    }

    async fn render(
        &self,
        app: &Arc<App>,
        actor: &Arc<Actor>,
        document: &str,
        (event, cursor): (Arc<Event>, String),
    ) -> Result<String> {
        let built = self.0.open().map_err(crate::service::Error::Internal)?;
        let admitted = built.door.admit(&parameters(document), Transport::Stream);
        let admitted = admitted.map_err(|refused| denied(refused.errors, ""))?;
        let told = Preset(Ok(Message::Event { event, cursor }));
        let request = graphql::with_caller(admitted.request.data(told), app, actor);
        // On the heap: it is polled from deep inside a job.
        let mut stream = Box::pin(built.schema.0.execute_stream(request));
        let execution = AssertUnwindSafe(stream.next()).catch_unwind();
        let response = match timeout(EXECUTION, execution).await {
            Ok(Ok(Some(response))) => response,
            Ok(Ok(None)) => return Err(anyhow::anyhow!("a document told nothing of its event").into()),
            Ok(Err(_)) => return Err(anyhow::anyhow!("a resolver panicked").into()),
            Err(_) => return Err(anyhow::anyhow!("a body took too long").into()),
        };
        match respond::present(response, &admitted.trail) {
            Outcome::Refused(refused) => Err(denied(refused.errors, "")),
            Outcome::Executed(response) if response.errors.is_empty() => {
                let body = json!({ "data": response.data });
                Ok(serde_json::to_string(&body).map_err(anyhow::Error::from)?)
            }
            Outcome::Executed(response) => Err(denied(respond::as_request_errors(response.errors), "")),
        }
    }
}

fn refuse(message: impl Into<String>) -> Refusal {
    Refusal::invalid(&["input", "document"], message)
}

/// A document is one subscription of the field `events` alone: the endpoint says which types, the log from where.
fn is_of_events(document: &ExecutableDocument) -> std::result::Result<(), Refusal> {
    let operation = document.operations.get(None).map_err(|error| refuse(error.message().to_string()))?;
    if !operation.variables.is_empty() {
        return Err(refuse("A document takes no variables: nobody would give them values."));
    }
    let [Selection::Field(root)] = operation.selection_set.selections.as_slice() else {
        return Err(refuse("Write `events` at the root, as a field and not as a fragment."));
    };
    if root.name != "events" || !root.arguments.is_empty() || !root.directives.is_empty() {
        return Err(refuse(
            "Write a subscription of `events` without arguments: `eventTypes` of the endpoint says which.",
        ));
    }
    let mut has_version = false;
    walk(document, &root.selection_set, &mut has_version)?;
    if has_version {
        return Ok(());
    }
    Err(refuse(
        "Select `subjectVersion` of `Event`: receivers need it to discard what is older than what they have.",
    ))
}

fn walk(
    document: &ExecutableDocument,
    set: &SelectionSet,
    has_version: &mut bool,
) -> std::result::Result<(), Refusal> {
    let about_events = set.ty == "Event";
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                if about_events && LIVE.contains(&field.name.as_str()) {
                    return Err(refuse(format!(
                        "Leave out `{}`: it is as things are when it is read, and a webhook says what happened.",
                        field.name
                    )));
                }
                *has_version |= about_events && field.name == "subjectVersion" && field.directives.is_empty();
                walk(document, &field.selection_set, has_version)?;
            }
            Selection::InlineFragment(inline) => walk(document, &inline.selection_set, has_version)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    walk(document, &fragment.selection_set, has_version)?;
                }
            }
        }
    }
    Ok(())
}
