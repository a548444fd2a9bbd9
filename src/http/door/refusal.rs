//! Why a request is not executed: errors with codes, and the status that goes with them.

use axum::http::StatusCode;
use serde::Serialize;

use crate::domain::error::Code;

use super::report::CostReport;

/// Errors in one answer at most.
pub const MAXIMUM_ERRORS: usize = 9;
/// Characters of one message at most.
const MAXIMUM_MESSAGE: usize = 300;

/// A place in the caller's document, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// One error of an answer without data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestError {
    /// What is wrong and what to do.
    pub message: String,
    /// Where in the document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// The code, and for failures of ours an id to quote.
    pub extensions: Extensions,
}

/// What programs read of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extensions {
    /// The word of a [`Code`].
    pub code: &'static str,
    /// The id under which the failure stands in the log.
    #[serde(rename = "incidentId", skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<String>,
    /// Seconds after which the same may be allowed, where that is known.
    #[serde(rename = "retryAfter", skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl RequestError {
    /// An error; a message that is too long is cut.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            message: bounded(message.into()),
            locations: Vec::new(),
            extensions: Extensions { code: code.as_str(), incident_id: None, retry_after: None },
        }
    }
}

/// Cuts a message that repeats too much of what the caller sent.
pub fn bounded(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MAXIMUM_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// A request that is not executed.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The HTTP status.
    pub status: StatusCode,
    /// Whether a caller that takes only `application/json` gets 200: the request was well formed, and only its GraphQL
    /// is at fault.
    pub well_formed: bool,
    /// The methods that would do, for 405.
    pub allow: Option<&'static str>,
    /// Seconds after which the same may be allowed, where that is known.
    pub retry_after: Option<u32>,
    /// What the operation would have cost, where that is why.
    pub cost: Option<CostReport>,
    /// Why; at least one.
    pub errors: Vec<RequestError>,
}

impl Refused {
    /// A request that HTTP or JSON already refuses.
    pub fn http(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        let refused = Self::all(vec![RequestError::new(code, message)]);
        Self { status, well_formed: false, ..refused }
    }

    /// A well-formed request whose GraphQL is refused.
    pub fn graphql(code: Code, message: impl Into<String>) -> Self {
        Self::all(vec![RequestError::new(code, message)])
    }

    /// The same with several errors.
    pub fn all(errors: Vec<RequestError>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            well_formed: true,
            allow: None,
            retry_after: None,
            cost: None,
            errors,
        }
    }

    /// Its first code.
    pub fn code(&self) -> Code {
        let word = self.errors.first().map(|error| error.extensions.code);
        Code::ALL.iter().copied().find(|code| Some(code.as_str()) == word).unwrap_or(Code::Internal)
    }

    /// More than one request may have; split it.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::graphql(Code::RequestTooLarge, message)
    }

    /// The caller has spent what it may; it can come back after so many seconds.
    pub fn throttled(seconds: u32, cost: CostReport) -> Self {
        let message = format!("There are too few points left for this; try again in {seconds} seconds.");
        let mut refused = Self::http(StatusCode::TOO_MANY_REQUESTS, Code::Throttled, message);
        for error in &mut refused.errors {
            error.extensions.retry_after = Some(seconds);
        }
        Self { retry_after: Some(seconds), cost: Some(cost), ..refused }
    }

    /// The server has too much to do at the moment.
    pub fn overloaded(message: impl Into<String>) -> Self {
        Self::http(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message)
    }
}
