//! From the executor's answer to what the caller may see, and from answers to HTTP.

use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::Json;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;

use crate::domain::error::Code;
use crate::graphql;
use crate::http::limits::Limits;
use crate::service;

use super::Trail;
use super::negotiate::MediaType;
use super::refusal::{Location, MAXIMUM_ERRORS, Refused, RequestError, bounded};
use super::report::CostReport;

/// Errors of fields in one answer at most. An answer with as many may have had more.
pub(super) const MAXIMUM_FIELD_ERRORS: usize = 50;

/// What mutations answer is nobody's to keep or to compress: it may hold a secret that is shown once, beside text that the
/// caller chose (`compression.rs`).
const ONCE: HeaderValue = HeaderValue::from_static("no-store, no-transform");

/// What the executor made of an admitted request.
#[derive(Debug)]
pub enum Outcome {
    /// It ran, maybe with errors in some fields.
    Executed(Response),
    /// It did not even begin.
    Refused(Refused),
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [RequestError],
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<Costs>,
}

#[derive(Serialize)]
struct Costs {
    cost: CostReport,
}

/// The body of an answer without data.
pub fn body(errors: &[RequestError], cost: Option<CostReport>) -> impl Serialize {
    Errors { errors, extensions: cost.map(|cost| Costs { cost }) }
}

/// Makes the executor's answer presentable: data in shape, and every error with a code, a place in the caller's text and no
/// library's words.
pub fn present(mut response: Response, trail: &Trail) -> Outcome {
    let nowhere = |error: &ServerError| error.path.is_empty();
    if response.data == Value::Null && !response.errors.is_empty() && response.errors.iter().all(nowhere) {
        return Outcome::Refused(not_begun(response.errors));
    }
    response.data = trail.shape(std::mem::take(&mut response.data), &response.errors);
    response.errors = one_for_each_field(response.errors);
    for error in &mut response.errors {
        present_error(error);
        error.locations = trail
            .locate(&error.path)
            .map(|place| Pos { line: place.line, column: place.column })
            .into_iter()
            .collect();
    }
    if trail.is_mutation() {
        response.http_headers.insert(CACHE_CONTROL, ONCE);
    }
    Outcome::Executed(response)
}

/// A field that is asked for twice under one key is worked out twice, and has failed once (6.4.4). They are cut off behind that:
/// an answer that tells fewer than it may has told all of them, which the reckoning of its cost goes by.
fn one_for_each_field(errors: Vec<ServerError>) -> Vec<ServerError> {
    let mut kept: Vec<ServerError> = Vec::with_capacity(errors.len().min(MAXIMUM_FIELD_ERRORS));
    for error in errors {
        if kept.len() == MAXIMUM_FIELD_ERRORS {
            break;
        }
        if error.path.is_empty() || kept.iter().all(|earlier| earlier.path != error.path) {
            kept.push(error);
        }
    }
    kept
}

/// An answer over HTTP: where nothing came, and load is all that stood in the way, the status says so, too. What has an answer
/// in part stays an answer.
pub fn or_overloaded(response: Response) -> Result<Response, Refused> {
    if !is_empty(&response.data) || !is_overload(&response.errors) {
        return Ok(response);
    }
    let errors = as_request_errors(response.errors);
    Err(Refused { errors, ..Refused::overloaded("") })
}

/// Whether nothing came: no root field has an answer.
fn is_empty(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
        _ => false,
    }
}

/// Whether load or absence is all that stood in the way.
fn is_overload(errors: &[ServerError]) -> bool {
    let overloaded = Value::from(Code::Overloaded.as_str());
    let code = |error: &ServerError| error.extensions.as_ref()?.get("code").cloned();
    !errors.is_empty() && errors.iter().all(|error| code(error).as_ref() == Some(&overloaded))
}

/// Tells the caller what the operation was reckoned to cost, and what it cost.
pub fn state_cost(response: &mut Response, report: CostReport) {
    match async_graphql::to_value(report) {
        Ok(cost) => {
            response.extensions.insert("cost".to_owned(), cost);
        }
        Err(error) => tracing::error!(%error, "a cost could not be rendered"),
    }
}

fn present_error(error: &mut ServerError) {
    let coded = error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some());
    if !coded && is_about_input(&error.message) {
        error.extensions.get_or_insert_default().set("code", Code::InvalidInput.as_str());
    } else if !coded {
        let hidden = graphql::error::internal(&anyhow::anyhow!("{}", error.message));
        error.message = hidden.message;
        error.extensions = hidden.extensions;
    }
    error.message = bounded(std::mem::take(&mut error.message));
}

/// Whether the executor says that a value does not fit its type: the only texts of its own that help the caller.
fn is_about_input(message: &str) -> bool {
    ["Failed to parse \"", "Expected input type \"", "Invalid value for argument"]
        .iter()
        .any(|beginning| message.starts_with(beginning))
}

fn not_begun(mut errors: Vec<ServerError>) -> Refused {
    errors.iter_mut().for_each(present_error);
    Refused::all(as_request_errors(errors))
}

/// Presented errors of an answer that has no data to go with them.
pub fn as_request_errors(errors: Vec<ServerError>) -> Vec<RequestError> {
    let errors = errors.into_iter().take(MAXIMUM_ERRORS);
    errors
        .map(|error| {
            let mut told = told(error.message, error.extensions.as_ref());
            let places = error.locations.into_iter();
            told.locations =
                places.map(|place| Location { line: place.line, column: place.column }).collect();
            told
        })
        .collect()
}

/// An error without data, out of what the executor or a service says.
fn told(message: String, extensions: Option<&ErrorExtensionValues>) -> RequestError {
    let word = |name| match extensions.and_then(|extensions| extensions.get(name)) {
        Some(Value::String(word)) => Some(word.clone()),
        _ => None,
    };
    let code = word("code").and_then(|word| Code::ALL.iter().copied().find(|code| code.as_str() == word));
    let mut told = RequestError::new(code.unwrap_or(Code::Internal), message);
    told.extensions.incident_id = word("incidentId");
    told
}

/// A failure of ours, logged under an id.
pub fn failure(error: &anyhow::Error) -> Refused {
    let hidden = graphql::error::internal(error);
    let told = told(hidden.message, hidden.extensions.as_ref());
    Refused { status: StatusCode::INTERNAL_SERVER_ERROR, well_formed: false, ..Refused::all(vec![told]) }
}

/// What a service denies before anything executes, such as a bad token.
pub fn denied(error: service::Error) -> Refused {
    let refusal = match error {
        service::Error::Denied(refusal) => refusal,
        service::Error::Refused(refusals) => match refusals.into_iter().next() {
            Some(refusal) => refusal,
            None => return failure(&anyhow::anyhow!("refused without a reason")),
        },
        service::Error::Internal(error) => match service::overload(&error) {
            Some(refusal) => refusal,
            None => return failure(&error),
        },
    };
    let status = match refusal.code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    Refused::http(status, refusal.code, refusal.message)
}

/// The HTTP answer of a request that executed: the crate's own rendering, under the negotiated type.
pub fn executed(response: Response, media: MediaType) -> axum::response::Response {
    let mut answer = GraphQLResponse::from(response).into_response();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media.header()));
    answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept, Accept-Language"));
    answer
}

/// The HTTP answer of a request that was refused.
pub fn refused(refused: &Refused, media: MediaType) -> axum::response::Response {
    let status = match media {
        MediaType::Json if refused.well_formed => StatusCode::OK,
        _ => refused.status,
    };
    let mut answer = (status, Json(body(&refused.errors, refused.cost))).into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.header()));
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Language"));
    if let Some(methods) = refused.allow {
        headers.insert(ALLOW, HeaderValue::from_static(methods));
    }
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        // Which codings would do (RFC 9110, 15.5.16): none.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if status == StatusCode::UNAUTHORIZED {
        // Only a token that was shown is answered so (RFC 6750, 3.1).
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
    }
    let wait = match status {
        StatusCode::SERVICE_UNAVAILABLE => Some(1),
        // Something of the caller's own has to end first.
        StatusCode::TOO_MANY_REQUESTS => Some(5),
        _ => None,
    };
    if let Some(seconds) = refused.retry_after.or(wait) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// The refusal of an operation that took longer than it may.
pub fn took_too_long(limits: &Limits) -> Refused {
    Refused::overloaded(format!(
        "The operation was stopped after {} seconds; ask for less at once or try again.",
        limits.execution_timeout.as_secs()
    ))
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;

    use super::*;

    fn failed(key: &str) -> ServerError {
        ServerError { path: vec![PathSegment::Field(key.to_owned())], ..ServerError::new("failed", None) }
    }

    #[test]
    fn an_answer_with_fewer_errors_than_it_may_have_tells_all_of_them() {
        let twice = || (0..60).map(|_| failed("a"));
        let told = one_for_each_field(twice().chain([failed("b")]).collect());
        assert_eq!(
            told.iter().map(|error| &error.path).collect::<Vec<_>>(),
            [&failed("a").path, &failed("b").path]
        );
        let many = (0..60).map(|number| failed(&format!("k{number}")));
        assert_eq!(one_for_each_field(twice().chain(many).collect()).len(), MAXIMUM_FIELD_ERRORS);
    }
}
