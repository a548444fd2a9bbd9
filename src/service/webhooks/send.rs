//! Sending: by https to addresses that were vetted, within bounds of time and size, and redirects are not followed.

use std::fmt::Debug;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;
use tower::Service;

use crate::config::WebhookSettings;
use crate::domain::error::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::webhook::address::{self, Target};
use crate::domain::webhook::{Answered, WebhookAttemptError, kept, schedule};

/// Bytes of an answer that are read; the connection is dropped behind them.
const RESPONSE_BYTES_MAX: usize = 16_384;
/// How long the answer of a name server is waited for when an endpoint is registered.
const RESOLVE_TIME: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Finds the addresses of a host.
#[async_trait::async_trait]
pub trait Resolver: Debug + Send + Sync {
    /// All addresses that a name leads to now.
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// Asks the machine's name servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait::async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Why a name leads nowhere.
#[derive(Debug, Error)]
enum Unresolved {
    #[error("one of its addresses is none of the public internet")]
    Refused,
    #[error("it has no address")]
    Nothing,
    #[error(transparent)]
    Failed(#[from] std::io::Error),
}

/// Resolves a name and vets every answer: one that is not public spoils all, so that nobody can mix one in.
async fn vetted(resolver: &dyn Resolver, host: &str, local: bool) -> Result<Vec<IpAddr>, Unresolved> {
    let addresses = resolver.resolve(host).await?;
    if addresses.is_empty() {
        return Err(Unresolved::Nothing);
    }
    if addresses.iter().all(|found| address::may_send(*found, local)) {
        Ok(addresses)
    } else {
        Err(Unresolved::Refused)
    }
}

/// The connector's way to ask: it connects to nothing but what this answers.
#[derive(Debug, Clone)]
struct Vetting {
    resolver: Arc<dyn Resolver>,
    local: bool,
}

impl Service<Name> for Vetting {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let vetting = self.clone();
        Box::pin(async move {
            let found = vetted(vetting.resolver.as_ref(), name.as_str(), vetting.local).await?;
            // The connector puts the port of the address in.
            let found: Vec<_> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(found.into_iter())
        })
    }
}

/// Checks where webhooks are to be sent, the addresses of the name among it.
pub(super) async fn check_address(
    resolver: &dyn Resolver,
    url: &str,
    local: bool,
) -> Result<Target, Refusal> {
    let target = address::check(url, local)?;
    let Some(host) = &target.host else { return Ok(target) };
    match tokio::time::timeout(RESOLVE_TIME, vetted(resolver, host, local)).await {
        Ok(Ok(_)) => Ok(target),
        Ok(Err(Unresolved::Refused)) => Err(address::not_public()),
        Ok(Err(Unresolved::Nothing | Unresolved::Failed(_))) | Err(_) => {
            let message = format!("The name {host} leads to no address now.");
            Err(Refusal::new(crate::domain::error::Code::WebhookAddressRefused, message))
        }
    }
}

/// What is sent.
pub(super) struct Letter<'a> {
    pub url: &'a str,
    pub id: &'a str,
    pub timestamp: &'a str,
    pub signatures: &'a str,
    pub body: String,
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
        let mut connector = HttpConnector::new_with_resolver(Vetting { resolver, local: settings.local });
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
    pub(super) async fn send(&self, letter: Letter<'_>, now: Timestamp) -> Answered {
        let Ok(target) = address::check(letter.url, self.local) else {
            return Answered::failed(WebhookAttemptError::AddressRefused);
        };
        let request = Request::post(target.url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("surety-webhooks/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", letter.id)
            .header("webhook-timestamp", letter.timestamp)
            .header("webhook-signature", letter.signatures)
            .body(Full::new(Bytes::from(letter.body)));
        let Ok(request) = request else { return Answered::failed(WebhookAttemptError::AddressRefused) };
        let exchange = async {
            match self.pool.request(request).await {
                Ok(response) => read(response, now).await,
                Err(error) if is_refused(&error) => Answered::failed(WebhookAttemptError::AddressRefused),
                Err(_) => Answered::failed(WebhookAttemptError::NotConnected),
            }
        };
        let answered = tokio::time::timeout(self.timeout, exchange).await;
        answered.unwrap_or_else(|_| Answered::failed(WebhookAttemptError::TimedOut))
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

fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| matches!(error.downcast_ref(), Some(Unresolved::Refused)))
}
