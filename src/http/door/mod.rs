//! The front door: every request passes it before the executor sees it, whichever transport it came by.
//!
//! In this order, so that each step is safe after the ones before: the size of the text, its tokens and nesting, the
//! expanded size, full validation, the choice of the operation, the coercion of variables, the cost.

pub mod budget;
pub mod cost;
pub mod documents;
pub mod hints;
pub mod locate;
pub mod negotiate;
pub mod parse;
pub mod persisted;
pub mod refusal;
pub mod request;
pub mod respond;
pub mod telling;
pub mod uniqueness;
pub mod variables;

use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::Schema;
use apollo_compiler::ast::{Document, OperationType};
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::validation::Valid;
use async_graphql::{PathSegment, Request, Variables};
use axum::http::StatusCode;

use crate::domain::error::Code;
use crate::http::limits::DocumentLimits;
use crate::telemetry::DocumentCounts;

use documents::{Documents, Prepared};
use refusal::{Location, Refused, RequestError};
use request::Parameters;
use telling::Telling;

/// How a request came, which decides the operations that it may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP GET: queries.
    Get,
    /// HTTP POST: queries and mutations.
    Post,
    /// A WebSocket: subscriptions.
    Socket,
    /// Server-sent events: subscriptions.
    Stream,
}

/// The schema as the compiler knows it, and the documents that fit it.
#[derive(Debug)]
pub struct Door {
    schema: Valid<Schema>,
    documents: Documents,
    limits: DocumentLimits,
}

/// A request that may execute.
#[derive(Debug)]
pub struct Admitted {
    /// What the executor gets; the caller's data is still to be put in.
    pub request: Request,
    /// What is needed to present its answer.
    pub trail: Trail,
}

/// What is remembered of an admitted request until its answer is presented.
#[derive(Debug, Clone)]
pub struct Trail {
    prepared: Arc<Prepared>,
    operation: Node<Operation>,
    cost: u64,
}

impl Trail {
    /// The static cost of the operation.
    pub const fn cost(&self) -> u64 {
        self.cost
    }

    /// For how many seconds anybody's cache may keep the answer that callers without a token get; none where it may not.
    pub fn public_age(&self) -> Option<u32> {
        hints::public_age(&self.prepared.document, &self.operation)
    }

    /// The place of a field of the answer in the caller's text.
    pub fn locate(&self, path: &[PathSegment]) -> Option<Location> {
        locate::locate(&self.prepared.document, &self.operation, path)
    }

    /// What a subscription's messages are shown by.
    pub fn telling(&self) -> Telling {
        Telling::of(&self.prepared.document, &self.operation)
    }

    /// Two trails with the same number are of the same document, as long as one of them lives.
    pub fn document_number(&self) -> usize {
        Arc::as_ptr(&self.prepared).addr()
    }
}

impl Door {
    /// A door before an executor with this SDL.
    pub fn new(sdl: &str, limits: DocumentLimits) -> anyhow::Result<Self> {
        let documents = Documents::new(limits.cache_bytes);
        Ok(Self { schema: parse::read_schema(sdl)?, documents, limits })
    }

    /// The same that counts how often a document was ready, and how often it had to be made so.
    #[must_use]
    pub fn counting(mut self, counts: Arc<DocumentCounts>) -> Self {
        self.documents.counts = counts;
        self
    }

    /// The schema as the compiler knows it.
    pub const fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// Takes a document through every check that does not depend on variables.
    pub fn prepare(&self, text: &str) -> Result<Arc<Prepared>, Refused> {
        self.documents.prepare(text, &self.schema, &self.limits)
    }

    /// A document as it was written, within the limits of its text.
    pub fn parse(&self, text: &str) -> Result<Document, Refused> {
        parse::parse(text, &self.limits)
    }

    /// Checks a request in full and makes it ready to run.
    pub fn admit(&self, parameters: &Parameters, transport: Transport) -> Result<Admitted, Refused> {
        let text = parameters.document()?;
        let prepared = self.prepare(text)?;
        let document = &prepared.document;
        let operation = document
            .operations
            .get(parameters.operation_name.as_deref())
            .map_err(|error| Refused::graphql(Code::BadRequest, error.message().to_string()))?;
        allow(transport, operation.operation_type)?;
        let coerced =
            coerce_variable_values(&self.schema, operation, &parameters.variables).map_err(|error| {
                let mut told = RequestError::new(Code::BadRequest, error.message().to_string());
                told.locations =
                    error.location().and_then(|span| place(span, &prepared)).into_iter().collect();
                Refused::all(vec![told])
            })?;
        let weight = prepared.weigh(operation, &coerced);
        for (actual, maximum, what) in
            [(weight.cost, self.limits.cost, "cost"), (weight.values, self.limits.values, "size")]
        {
            if actual > maximum {
                let costliest = cost::Scale::new(document, &coerced).costliest(operation);
                return Err(Refused::graphql(
                    Code::QueryTooCostly,
                    format!(
                        "The {what} of the operation is {actual}, at most {maximum} are allowed; `{costliest}` makes most \
                         of it. Ask for smaller pages."
                    ),
                ));
            }
        }
        let mut runnable = prepared.runnable.clone();
        variables::leave_out_absent(&mut runnable, operation, &coerced);
        let mut request = Request::new(String::new());
        request.set_parsed_query(runnable);
        request.operation_name = operation.name.as_ref().map(|name| name.as_str().to_owned());
        if !coerced.is_empty() {
            let value = async_graphql::to_value(coerced.into_inner()).map_err(|_| {
                Refused::graphql(Code::BadRequest, "A variable holds what no input type can hold.")
            })?;
            request.variables = Variables::from_value(value);
        }
        let trail = Trail { operation: operation.clone(), cost: weight.cost, prepared };
        Ok(Admitted { request, trail })
    }
}

fn place(span: SourceSpan, prepared: &Prepared) -> Option<Location> {
    let place = span.line_column(&prepared.document.sources)?;
    Some(Location { line: place.line, column: place.column })
}

fn allow(transport: Transport, operation: OperationType) -> Result<(), Refused> {
    match (transport, operation) {
        (Transport::Get | Transport::Post, OperationType::Query)
        | (Transport::Post, OperationType::Mutation)
        | (Transport::Socket | Transport::Stream, OperationType::Subscription) => Ok(()),
        (Transport::Get, OperationType::Mutation) => {
            let refused = Refused::http(
                StatusCode::METHOD_NOT_ALLOWED,
                Code::MethodNotAllowed,
                "Send mutations by POST; GET is for queries.",
            );
            Err(Refused { allow: Some("POST"), ..refused })
        }
        (Transport::Get | Transport::Post, OperationType::Subscription) => Err(Refused::graphql(
            Code::BadRequest,
            "Subscriptions run over the WebSocket at /graphql/ws with the sub-protocol graphql-transport-ws, or as server-sent \
             events at /graphql/stream.",
        )),
        (Transport::Socket, _) => Err(Refused::graphql(
            Code::BadRequest,
            "Only subscriptions run over the WebSocket; send queries and mutations by POST to /graphql.",
        )),
        (Transport::Stream, _) => Err(Refused::graphql(
            Code::BadRequest,
            "Only subscriptions run as server-sent events; send queries and mutations by POST to /graphql.",
        )),
    }
}
