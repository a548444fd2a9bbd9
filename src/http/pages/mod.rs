//! Pages for bulk operations, read through the same door and the same executor as every request.

mod plan;
mod prune;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use apollo_compiler::response::{JsonMap, JsonValue};
use async_graphql::Value;
use futures_util::FutureExt;
use serde_json::Map;
use tokio::time::timeout;

use super::door::Transport;
use super::door::refusal::{Refused, RequestError};
use super::door::request::Parameters;
use super::door::respond::{self, Outcome};
use super::limits::{DocumentLimits, Limits};
use super::spare::{Spare, limits_of};
use crate::app::App;
use crate::config::OperationsSettings;
use crate::domain::actor::Actor;
use crate::domain::bulk::BulkQuery;
use crate::domain::error::{Code, Refusal};
use crate::graphql::{self, SuretySchema};
use crate::service::bulk::{BulkPage, Pages, Plan};
use crate::service::{Error, Result};

pub(super) use plan::blamed;

/// The variable by which a page is told where it begins; callers cannot have one of this name.
const AFTER: &str = "bulkPageAfter";
/// The variable by which a page is made smaller than it was planned; callers cannot have one of this name either.
const SIZE: &str = "bulkPageSize";
/// Bytes of documents that are kept ready: there are as many as there are operations under way.
const CACHE_BYTES: u64 = 2_097_152;

/// A door of its own.
#[derive(Debug)]
pub struct BulkPages {
    limits: Limits,
    spare: Spare,
}

/// The executor; its `Debug` would print all types.
pub(super) struct Schema(pub(super) SuretySchema);

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schema")
    }
}

impl BulkPages {
    /// Pages that cost at most so much each, of queries that are told of the schema what the deployment lets them.
    pub fn new(page_cost: u64, operations: &OperationsSettings) -> Self {
        let document = DocumentLimits { cost: page_cost, cache_bytes: CACHE_BYTES, ..limits_of(operations) };
        let spare = Spare::new(document.clone());
        Self { limits: Limits { document, ..Limits::default() }, spare }
    }
}

#[async_trait::async_trait]
impl Pages for BulkPages {
    fn plan(
        &self,
        query: &str,
        variables: &Map<String, serde_json::Value>,
    ) -> std::result::Result<Plan, Vec<Refusal>> {
        match self.spare.open() {
            Ok(built) => plan::plan(&built.door, query, &callers(variables)),
            Err(error) => {
                tracing::error!(?error, "the door of bulk operations does not open");
                Err(vec![Refusal::new(Code::Internal, "Something failed inside.")])
            }
        }
    }

    async fn read(
        &self,
        app: &Arc<App>,
        actor: &Arc<Actor>,
        asked: &BulkQuery,
        after: Option<&str>,
        size: Option<i32>,
    ) -> Result<BulkPage> {
        let built = self.spare.open().map_err(Error::Internal)?;
        let mut variables = callers(&asked.variables);
        variables.insert(AFTER, after.map_or(JsonValue::Null, JsonValue::from));
        if let Some(size) = size {
            variables.insert(SIZE, JsonValue::Number(size.into()));
        }
        let parameters =
            Parameters { query: Some(asked.document.clone()), variables, ..Parameters::default() };
        let admitted = built.door.admit(&parameters, Transport::Post).map_err(first)?;
        let request = graphql::with_caller(admitted.request.data(asked.languages.clone()), app, actor);
        // On the heap: it is polled from deep inside a job.
        let execution = Box::pin(AssertUnwindSafe(built.schema.0.execute(request)).catch_unwind());
        let response = match timeout(self.limits.execution_timeout, execution).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => return Err(anyhow::anyhow!("a resolver panicked").into()),
            Err(_) => return Err(first(respond::took_too_long(&self.limits))),
        };
        match respond::present(response, &admitted.trail) {
            Outcome::Refused(refused) => Err(first(refused)),
            Outcome::Executed(response) if response.errors.is_empty() => written(response.data),
            // A line is never less than what was asked for.
            Outcome::Executed(response) => {
                let path = response.errors.first().map(|error| path(&error.path)).unwrap_or_default();
                let told = respond::as_request_errors(response.errors);
                Err(denied(told, &path))
            }
        }
    }
}

/// The caller's variables; one that is called like the server's own is declared by no query, and is nothing.
fn callers(variables: &Map<String, serde_json::Value>) -> JsonMap {
    let own = variables.iter().filter(|(name, _)| ![AFTER, SIZE].contains(&name.as_str()));
    own.map(|(name, value)| (name.as_str().into(), value_of(value))).collect()
}

/// An object as the door takes it.
pub(super) fn converted(variables: &Map<String, serde_json::Value>) -> JsonMap {
    variables.iter().map(|(name, value)| (name.as_str().into(), value_of(value))).collect()
}

fn value_of(value: &serde_json::Value) -> JsonValue {
    match value {
        serde_json::Value::Null => JsonValue::Null,
        serde_json::Value::Bool(truth) => JsonValue::Bool(*truth),
        serde_json::Value::Number(number) => JsonValue::Number(number.clone()),
        serde_json::Value::String(text) => JsonValue::String(text.as_str().into()),
        serde_json::Value::Array(items) => JsonValue::Array(items.iter().map(value_of).collect()),
        serde_json::Value::Object(members) => JsonValue::Object(converted(members)),
    }
}

fn path(segments: &[async_graphql::PathSegment]) -> String {
    let text = |segment: &async_graphql::PathSegment| match segment {
        async_graphql::PathSegment::Field(name) => name.clone(),
        async_graphql::PathSegment::Index(index) => index.to_string(),
    };
    segments.iter().map(text).collect::<Vec<_>>().join(".")
}

fn first(refused: Refused) -> Error {
    denied(refused.errors, "")
}

/// The first error as a refusal.
pub(super) fn denied(errors: Vec<RequestError>, path: &str) -> Error {
    let Some(error) = errors.into_iter().next() else {
        return anyhow::anyhow!("a page was refused without a reason").into();
    };
    let code = Code::ALL.iter().copied().find(|code| code.as_str() == error.extensions.code);
    let mut message = error.message;
    if let Some(incident) = error.extensions.incident_id {
        message = format!("{message} Quote {incident} to support.");
    } else if !path.is_empty() {
        message = format!("{message} (at `{path}`)");
    }
    Error::Denied(Refusal::new(code.unwrap_or(Code::Internal), message))
}

/// The objects of a page as lines, and where it ends.
fn written(data: Value) -> Result<BulkPage> {
    let strange = || Error::from(anyhow::anyhow!("a page is not of the form that it was planned with"));
    let Value::Object(root) = data else { return Err(strange()) };
    let Some(Value::Object(connection)) = root.into_values().next() else { return Err(strange()) };
    let mut page = BulkPage { lines: Vec::new(), objects: 0, end: None, more: false };
    for (key, value) in connection {
        match (key.as_str(), value) {
            ("nodes", Value::List(nodes)) => {
                for node in nodes {
                    serde_json::to_writer(&mut page.lines, &node).map_err(anyhow::Error::from)?;
                    page.lines.push(b'\n');
                    page.objects += 1;
                }
            }
            ("pageInfo", Value::Object(info)) => {
                for (key, value) in info {
                    match (key.as_str(), value) {
                        ("hasNextPage", Value::Boolean(more)) => page.more = more,
                        ("endCursor", Value::String(cursor)) => page.end = Some(cursor),
                        ("endCursor", Value::Null) => {}
                        _ => return Err(strange()),
                    }
                }
            }
            _ => return Err(strange()),
        }
    }
    Ok(page)
}
