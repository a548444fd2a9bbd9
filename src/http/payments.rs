//! The webhook of payment providers: raw body and signature headers, handed on unread.

use std::sync::Arc;

use async_graphql::Executor;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use tokio::time::timeout;

use crate::app::App;
use crate::domain::error::{Code, Refusal};
use crate::service;

use super::Http;
use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;

/// Bytes of one webhook's body.
const BODY_BYTES: usize = 65_536;

/// The headers of the Standard Webhooks specification.
#[derive(Debug, Clone)]
pub struct WebhookHeaders {
    /// `webhook-id`: the same over all attempts.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: one or more, space-separated.
    pub signature: String,
}

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

async fn accept<E>(http: &Http<E>, provider: &str, headers: &HeaderMap, body: Body) -> Result<(), Refused> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned).ok_or_else(|| {
            Refused::http(StatusCode::BAD_REQUEST, Code::BadRequest, format!("The header {name} is missing."))
        })
    };
    let signed = WebhookHeaders {
        id: header("webhook-id")?,
        timestamp: header("webhook-timestamp")?,
        signature: header("webhook-signature")?,
    };
    let body = match timeout(http.limits.body_timeout, Limited::new(body, BODY_BYTES).collect()).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(_)) => {
            return Err(Refused::http(
                StatusCode::PAYLOAD_TOO_LARGE,
                Code::RequestTooLarge,
                format!("A webhook may have at most {BODY_BYTES} bytes."),
            ));
        }
        Err(_) => {
            return Err(Refused::http(
                StatusCode::REQUEST_TIMEOUT,
                Code::RequestTimeout,
                "The body did not arrive in time.",
            ));
        }
    };
    hand_on_to_the_payments_service(&http.app, provider, signed, &body).await.map_err(respond::denied)
}

/// The seam to `service::payments::receive`, which replaces the body of this function once it exists.
#[expect(clippy::unused_async, reason = "the payments service writes to the database")]
async fn hand_on_to_the_payments_service(
    app: &App,
    provider: &str,
    headers: WebhookHeaders,
    body: &[u8],
) -> service::Result<()> {
    let _ = (app, headers, body);
    Err(service::Error::Denied(Refusal::new(
        Code::NotFound,
        format!("No payment provider named {provider:?} is connected."),
    )))
}
