//! What every request gets: an id, a span in the log without secrets, and headers that browsers obey.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

/// The header with the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, for whoever is to name it beside the log.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// A path without the token that an address of content holds: it is as good as a key.
fn without_token(path: &str) -> &str {
    ["/uploads/", "/files/"].into_iter().find(|holder| path.starts_with(holder)).unwrap_or(path)
}

/// Wraps one request.
pub async fn request(mut request: Request, next: Next) -> Response {
    let id = Uuid::from_bytes(crate::ids::random_bytes()).simple().to_string();
    // The path alone: query strings hold documents and variables, headers hold tokens.
    let span = tracing::info_span!("request", id, method = %request.method(), path = without_token(request.uri().path()));
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
