//! The front door: every request passes it before the executor sees it, whichever transport it came by.
//!
//! In this order, so that each step is safe after the ones before: the size of the text, its tokens and nesting, the
//! expanded size, full validation, the choice of the operation, the coercion of variables, the cost. What the executor answers
//! passes it again, to be put into shape.

pub mod actual;
pub mod budget;
pub mod cost;
pub mod deprecated;
pub mod descriptions;
pub mod documents;
mod estimate;
pub mod hints;
pub mod introspection;
pub mod kinds;
pub mod locate;
pub mod merging;
pub mod mutations;
pub mod negotiate;
mod nulled;
pub mod one_of;
pub mod outline;
pub mod parse;
pub mod persisted;
pub mod refusal;
pub mod report;
pub mod request;
pub mod respond;
pub mod shape;
pub mod telling;
pub mod unions;
pub mod uniqueness;
pub mod usages;
pub mod variables;
pub mod zeros;

use std::collections::HashSet;
use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::Schema;
use apollo_compiler::ast::{Document, OperationType};
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use async_graphql::{PathSegment, Request, ServerError, Value, Variables};
use axum::http::StatusCode;

use crate::domain::error::Code;
use crate::graphql::audit_log::Sent;
use crate::http::limits::DocumentLimits;
use crate::telemetry::DocumentCounts;

use cost::Scale;
use documents::{Documents, Prepared};
use outline::Outlined;
use refusal::{Location, Refused, RequestError};
use report::CostReport;
use request::Parameters;
use shape::Shape;
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
    schema: Arc<Valid<Schema>>,
    documents: Documents,
    limits: DocumentLimits,
    has_deprecated_inputs: bool,
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
    schema: Arc<Valid<Schema>>,
    prepared: Arc<Prepared>,
    operation: Node<Operation>,
    /// The variables that are true: those that decide what is left out.
    truths: HashSet<String>,
    /// The variables, where they decide over the cost.
    sizes: JsonMap,
    cost: u64,
    deprecated_inputs: Box<[Box<str>]>,
}

impl Trail {
    /// The deprecated parts of the schema that the request names, as schema coordinates.
    pub fn deprecated(&self) -> impl Iterator<Item = &str> {
        self.prepared.deprecated.iter().chain(&self.deprecated_inputs).map(AsRef::as_ref)
    }

    /// The static cost of the operation.
    pub const fn cost(&self) -> u64 {
        self.cost
    }

    /// Whether the operation changes something.
    pub fn is_mutation(&self) -> bool {
        self.operation.is_mutation()
    }

    /// What the operation cost with this answer as it was presented; never more than was reckoned before. Where errors were cut
    /// off, nobody knows what they nulled.
    pub fn actual_cost(&self, data: &Value, errors: &[ServerError]) -> u64 {
        if errors.len() >= respond::MAXIMUM_FIELD_ERRORS {
            return self.cost;
        }
        let document = &self.prepared.document;
        let count = |outlined: &Outlined| actual::cost(&outlined.root, self.is_mutation(), data);
        let counted = match self.prepared.outline(&self.operation) {
            Some(kept) => count(kept),
            None => count(&Outlined::new(&self.schema, document, &self.operation, &self.truths)),
        };
        if errors.is_empty() {
            return counted.min(self.cost);
        }
        let mut scale = Scale::new(document, &self.sizes);
        let lost = nulled::cost(&mut scale, (&self.operation, self.cost), data, errors);
        counted.saturating_add(lost).min(self.cost)
    }

    /// For how many seconds anybody's cache may keep the answer that callers without a token get; none where it may not.
    pub fn public_age(&self) -> Option<u32> {
        hints::public_age(&self.prepared.document, &self.operation)
    }

    /// The place of a field of the answer in the caller's text.
    pub fn locate(&self, path: &[PathSegment]) -> Option<Location> {
        locate::locate(&self.prepared.document, &self.operation, path)
    }

    /// The data of an answer in the shape that the specification gives it.
    pub fn shape(&self, data: Value, errors: &[ServerError]) -> Value {
        if self.prepared.is_settled && errors.is_empty() {
            return data;
        }
        let kept = self.prepared.outline(&self.operation).filter(|outlined| outlined.is_plain);
        if let Some(kept) = kept.filter(|_| errors.is_empty()) {
            return shape::arrange(&kept.root, data);
        }
        let shape = Shape { schema: &self.schema, document: &self.prepared.document, truths: &self.truths };
        shape.data(&self.operation, data, errors)
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
        Ok(Self::before(Arc::new(parse::read_schema(sdl)?), limits))
    }

    /// The same, where the SDL has been read already.
    pub fn before(schema: Arc<Valid<Schema>>, limits: DocumentLimits) -> Self {
        let documents = Documents::new(limits.cache_bytes);
        let has_deprecated_inputs = deprecated::has_deprecated_inputs(&schema);
        Self { schema, documents, limits, has_deprecated_inputs }
    }

    /// The same that counts how often a document was ready, and how often it had to be made so.
    #[must_use]
    pub fn counting(mut self, counts: Arc<DocumentCounts>) -> Self {
        self.documents.counts = counts;
        self
    }

    /// The schema as the compiler knows it.
    pub fn schema(&self) -> &Valid<Schema> {
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
        let operation = choose(&prepared, parameters.operation_name.as_deref())?;
        allow(transport, operation.operation_type)?;
        let coerced = self.coerce(&prepared, operation, &parameters.variables)?;
        one_of::check_variables(&self.schema, operation, &coerced)?;
        let weight = prepared.weigh(operation, &coerced);
        for (actual, maximum, what) in
            [(weight.cost, self.limits.cost, "cost"), (weight.values, self.limits.values, "size")]
        {
            if actual > maximum {
                let costliest = Scale::new(document, &coerced).costliest(operation);
                let refused = Refused::graphql(
                    Code::QueryTooCostly,
                    format!(
                        "The {what} of the operation is {actual}, at most {maximum} are allowed; `{costliest}` makes most \
                         of it. Ask for smaller pages."
                    ),
                );
                return Err(Refused { cost: Some(CostReport::not_run(Some(weight.cost), None)), ..refused });
            }
        }
        let truths = coerced.iter().filter(|(_, value)| value.as_bool() == Some(true));
        let truths: HashSet<String> = truths.map(|(name, _)| name.as_str().to_owned()).collect();
        let mut runnable = prepared.runnable.clone();
        variables::leave_out_absent(&mut runnable, operation, &coerced);
        if operation.is_mutation() {
            mutations::merge(&mut runnable, operation.name.as_deref(), &truths);
        }
        let mut request = Request::new(String::new());
        request.set_parsed_query(runnable);
        request.operation_name = operation.name.as_ref().map(|name| name.as_str().to_owned());
        let deprecated_inputs = if self.has_deprecated_inputs {
            deprecated::in_variables(operation, &coerced, &self.schema)
        } else {
            Box::default()
        };
        if !coerced.is_empty() {
            request.variables = variables_of(&coerced)?;
        }
        if operation.is_mutation() {
            // The audit log says what was sent, not what was made of it.
            request = request.data(Sent(variables_of(&parameters.variables)?));
        }
        let (schema, operation) = (Arc::clone(&self.schema), operation.clone());
        let sizes = if prepared.is_fixed() { JsonMap::new() } else { coerced.into_inner() };
        let trail =
            Trail { schema, operation, truths, sizes, cost: weight.cost, prepared, deprecated_inputs };
        Ok(Admitted { request, trail })
    }

    /// The variables as the operation declares them.
    fn coerce(
        &self,
        prepared: &Prepared,
        operation: &Operation,
        variables: &JsonMap,
    ) -> Result<Valid<JsonMap>, Refused> {
        let coerced = coerce_variable_values(&self.schema, operation, variables);
        let coerced = coerced.or_else(|error| match zeros::plain(variables) {
            Some(plain) => coerce_variable_values(&self.schema, operation, &plain),
            None => Err(error),
        });
        coerced.map_err(|error| {
            let mut told = RequestError::new(Code::BadRequest, error.message().to_string());
            told.locations = error.location().and_then(|span| place(span, prepared)).into_iter().collect();
            Refused::all(vec![told])
        })
    }
}

/// Variables as the executor takes them.
fn variables_of(variables: &JsonMap) -> Result<Variables, Refused> {
    let value = async_graphql::to_value(variables)
        .map_err(|_| Refused::graphql(Code::BadRequest, "A variable holds what no input type can hold."))?;
    Ok(Variables::from_value(value))
}

/// The operation of a document that is asked for.
fn choose<'doc>(prepared: &'doc Prepared, name: Option<&str>) -> Result<&'doc Node<Operation>, Refused> {
    let chosen = prepared.document.operations.get(name);
    chosen.map_err(|error| Refused::graphql(Code::BadRequest, error.message().to_string()))
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
