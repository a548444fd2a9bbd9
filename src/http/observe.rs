//! What every request gets: an id, a span in the log without secrets, and headers that browsers obey.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::{Instrument, Span};
use uuid::Uuid;

/// The header with the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of a caller's own id or of an operation's name at most.
const LONGEST_WORD: usize = 64;

/// The id that the caller gave the request, so that its log and ours can be joined. Only one that can do no harm in a log is
/// taken; with any other the request gets an id of ours, as without one.
fn own_id(headers: &HeaderMap) -> Option<String> {
    let mut lines = headers.get_all(REQUEST_ID).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let id = line.to_str().ok()?;
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    ((1..=LONGEST_WORD).contains(&id.len()) && id.bytes().all(harmless)).then(|| id.to_owned())
}

/// Notes in the request's span which operation was admitted. The name has been read as a name of GraphQL: letters, digits and
/// underscores.
pub fn operation(name: Option<&str>) {
    name_operation(&Span::current(), name);
}

/// The span of one subscription among those that share a connection.
pub fn subscription(name: Option<&str>) -> Span {
    let span = tracing::info_span!("subscription", operation = tracing::field::Empty);
    name_operation(&span, name);
    span
}

fn name_operation(span: &Span, name: Option<&str>) {
    if let Some(name) = name.filter(|name| name.len() <= LONGEST_WORD) {
        span.record("operation", name);
    }
}

/// The id of a request, for whoever is to name it beside the log.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// A path without the token that an address of content holds: it is as good as a key.
fn without_token(path: &str) -> &str {
    ["/uploads/", "/files/"].into_iter().find(|holder| path.starts_with(holder)).unwrap_or(path)
}

/// Wraps one request.
pub async fn request(mut request: Request, next: Next) -> Response {
    let id = own_id(request.headers())
        .unwrap_or_else(|| Uuid::from_bytes(crate::ids::random_bytes()).simple().to_string());
    // The path alone: query strings hold documents and variables, headers hold tokens.
    let span = tracing::info_span!(
        "request",
        id,
        method = %request.method(),
        path = without_token(request.uri().path()),
        operation = tracing::field::Empty
    );
    request.extensions_mut().insert(RequestId(id.as_str().into()));
    let begun = Instant::now();
    async move {
        let mut answer = next.run(request).await;
        tracing::debug!(
            status = answer.status().as_u16(),
            microseconds = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
        let headers = answer.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers
            .entry(CONTENT_SECURITY_POLICY)
            .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        answer
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ids_of_callers_are_taken() {
        let (long, longer) = ("x".repeat(LONGEST_WORD), "x".repeat(LONGEST_WORD + 1));
        for (id, taken) in [
            ("a", true),
            ("7f.Order_12-x", true),
            (long.as_str(), true),
            ("", false),
            (longer.as_str(), false),
            ("a b", false),
            ("a=b", false),
            ("\u{e9}", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap());
            assert_eq!(own_id(&headers).as_deref(), taken.then_some(id), "{id}");
            headers.append(REQUEST_ID, HeaderValue::from_static("another"));
            assert_eq!(own_id(&headers), None, "two ids are none");
        }
        assert_eq!(own_id(&HeaderMap::new()), None);
    }
}
