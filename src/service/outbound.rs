//! Requests that this server sends to others: within bounds of time and size, and redirects are not followed.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;

/// What one exchange may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Until the whole answer is there.
    pub time: Duration,
    /// Bytes of the answer's body.
    pub bytes: usize,
}

/// Why there is no answer. Whether the other side has read the request is not known then.
#[derive(Debug, Clone, Error)]
pub(super) enum NoAnswer {
    /// It took too long.
    #[error("no answer within {} milliseconds", .0.as_millis())]
    Late(Duration),
    /// The connection could not be made or broke, or the answer was too long.
    #[error("{0}")]
    Broken(String),
}

/// A client that keeps its connections.
#[derive(Debug, Clone)]
pub(super) struct Client(Pool<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Client {
    /// Speaks HTTPS, with certificates of public authorities; in clear only where that is said.
    pub(super) fn new(may_speak_in_clear: bool) -> Self {
        let roots = HttpsConnectorBuilder::new().with_webpki_roots();
        let scheme = if may_speak_in_clear { roots.https_or_http() } else { roots.https_only() };
        Self(Pool::builder(TokioExecutor::new()).build(scheme.enable_http1().build()))
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        bounds: Bounds,
    ) -> Result<(StatusCode, Bytes), NoAnswer> {
        let answer = self.exchange_whole(request, bounds).await?;
        Ok((answer.status(), answer.into_body()))
    }

    /// The same with the headers of the answer.
    pub(super) async fn exchange_whole(
        &self,
        request: Request<Full<Bytes>>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, NoAnswer> {
        let exchange = async {
            let response = self.0.request(request).await.map_err(|error| broken(&error))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, bounds.bytes).collect().await;
            let body = body.map_err(|error| broken(error.as_ref()))?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        };
        tokio::time::timeout(bounds.time, exchange).await.unwrap_or(Err(NoAnswer::Late(bounds.time)))
    }
}

/// The error with all its causes: the outermost alone says next to nothing.
fn broken(error: &(dyn std::error::Error + 'static)) -> NoAnswer {
    let causes = std::iter::successors(Some(error), |error| error.source());
    NoAnswer::Broken(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}
