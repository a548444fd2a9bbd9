//! The webhook of payment providers: raw body and signature headers, handed on unread.

use std::sync::Arc;

use async_graphql::Executor;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::domain::error::Code;
use crate::service::payments::{self, SignedHeaders};

use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;
use super::{Http, endpoint};

/// Bytes of one webhook's body.
const BODY_BYTES: usize = 65_536;

/// `POST /webhooks/payments/{provider}`: 204 once the event is stored.
pub async fn receive<E: Executor>(
    State(http): State<Arc<Http<E>>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match accept(&http, &provider, &headers, body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => respond::refused(&refused, MediaType::Json),
    }
}

async fn accept<E>(
    http: &Http<E>,
    provider: &str,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<(), Refused> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned).ok_or_else(|| {
            Refused::http(StatusCode::BAD_REQUEST, Code::BadRequest, format!("The header {name} is missing."))
        })
    };
    let signed = SignedHeaders {
        id: header("webhook-id")?,
        timestamp: header("webhook-timestamp")?,
        signature: header("webhook-signature")?,
    };
    let body = match timeout(http.limits.body_timeout, endpoint::collect(&mut body, BODY_BYTES)).await {
        Ok(collected) => collected?,
        Err(_) => return Err(endpoint::too_slow(&http.limits)),
    };
    payments::receive(&http.app, provider, &signed, &body).await.map_err(respond::denied)
}
