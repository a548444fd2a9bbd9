//! Fetches an issuer's key set over HTTPS, within bounds of time and size; redirects are not followed.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Method, Request, StatusCode};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::KeyError;

const TIME_MAX: Duration = Duration::from_secs(5);
const BYTES_MAX: usize = 1 << 20;

pub(super) async fn fetch(address: &str) -> Result<Bytes, KeyError> {
    let problem = |problem: String| KeyError::Address { address: address.to_owned(), problem };
    match tokio::time::timeout(TIME_MAX, get(address)).await {
        Ok(answer) => answer.map_err(|error| problem(format!("{error:#}"))),
        Err(_) => Err(problem("no answer within 5 seconds".to_owned())),
    }
}

async fn get(address: &str) -> anyhow::Result<Bytes> {
    let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_only().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let request = Request::builder()
        .method(Method::GET)
        .uri(address)
        .header("accept", "application/jwk-set+json, application/json")
        .body(Empty::<Bytes>::new())?;
    let response = client.request(request).await?;
    anyhow::ensure!(response.status() == StatusCode::OK, "it answers {}", response.status());
    let body = Limited::new(response.into_body(), BYTES_MAX);
    let body = body.collect().await.map_err(|error| anyhow::anyhow!(error))?;
    Ok(body.to_bytes())
}
