//! Sending: by https to addresses that were vetted, within bounds of time and size, and redirects are not followed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::config::WebhookSettings;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Answered, WebhookAttemptError, address, kept, schedule};

use super::resolve::{Resolver, Unresolved, Vetting};

/// Bytes of an answer that are read; the connection is dropped behind them.
const RESPONSE_BYTES_MAX: usize = 16_384;
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// What is sent.
pub(super) struct Letter<'a> {
    pub url: &'a str,
    pub id: &'a str,
    pub timestamp: &'a str,
    pub signatures: &'a str,
    pub body: String,
}

/// What became of a letter.
#[derive(Debug)]
pub(super) enum Sent {
    /// It was sent, or could not be for a reason of its address.
    Answered(Answered),
    /// It was not sent: this node had no place to look the address up.
    NoPlace,
}

/// A client that keeps its connections.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pool: Pool<HttpsConnector<HttpConnector<Vetting>>, Full<Bytes>>,
    local: bool,
    timeout: Duration,
}

impl Client {
    pub(super) fn new(settings: &WebhookSettings, resolver: Arc<dyn Resolver>) -> Self {
        let mut connector = HttpConnector::new_with_resolver(Vetting::new(resolver, settings.local));
        // What may be spoken is said below.
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(settings.timeout));
        let roots = HttpsConnectorBuilder::new().with_webpki_roots();
        let scheme = if settings.local { roots.https_or_http() } else { roots.https_only() };
        let connector = scheme.enable_http1().wrap_connector(connector);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(hyper_util::rt::TokioTimer::new())
            .build(connector);
        Self { pool, local: settings.local, timeout: settings.timeout }
    }

    /// Sends a letter once. An address that names no host but an address is looked at here, as the connector does not ask
    /// for it.
    pub(super) async fn send(&self, letter: Letter<'_>, now: Timestamp) -> Sent {
        let failed = |error| Sent::Answered(Answered::failed(error));
        let Ok(target) = address::check(letter.url, self.local) else {
            return failed(WebhookAttemptError::AddressRefused);
        };
        let request = Request::post(target.url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("surety-webhooks/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", letter.id)
            .header("webhook-timestamp", letter.timestamp)
            .header("webhook-signature", letter.signatures)
            .body(Full::new(Bytes::from(letter.body)));
        let Ok(request) = request else { return failed(WebhookAttemptError::AddressRefused) };
        let exchange = async {
            match self.pool.request(request).await {
                Ok(response) => Sent::Answered(read(response, now).await),
                Err(error) => match unresolved(&error) {
                    Some(Unresolved::NoPlace) => Sent::NoPlace,
                    Some(Unresolved::Refused) => failed(WebhookAttemptError::AddressRefused),
                    Some(Unresolved::Nothing | Unresolved::Late | Unresolved::Failed(_)) | None => {
                        failed(WebhookAttemptError::NotConnected)
                    }
                },
            }
        };
        let sent = tokio::time::timeout(self.timeout, exchange).await;
        sent.unwrap_or_else(|_| failed(WebhookAttemptError::TimedOut))
    }
}

/// Reads an answer as far as it is looked at.
async fn read(response: Response<hyper::body::Incoming>, now: Timestamp) -> Answered {
    let status = response.status().as_u16();
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = asked.and_then(|text| schedule::retry_after(text, now));
    let (mut body, mut text) = (response.into_body(), Vec::new());
    while text.len() < RESPONSE_BYTES_MAX {
        match body.frame().await {
            None => break,
            Some(Ok(frame)) => text.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(_)) => return Answered::failed(WebhookAttemptError::NotConnected),
        }
    }
    Answered::with(status, kept(&text), retry_after)
}

/// Why the address led nowhere, where that is the reason.
fn unresolved<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Unresolved> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}
