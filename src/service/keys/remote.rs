//! Fetches an issuer's key set over HTTPS, within bounds of time and size; redirects are not followed.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, StatusCode};

use super::KeyError;
use crate::service::outbound::{Bounds, Client};

const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), bytes: 1 << 20 };

pub(super) async fn fetch(address: &str) -> Result<Bytes, KeyError> {
    get(address)
        .await
        .map_err(|error| KeyError::Address { address: address.to_owned(), problem: format!("{error:#}") })
}

async fn get(address: &str) -> anyhow::Result<Bytes> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(address)
        .header("accept", "application/jwk-set+json, application/json")
        .body(Full::default())?;
    let (status, body) = Client::new(false).exchange(request, BOUNDS).await?;
    anyhow::ensure!(status == StatusCode::OK, "it answers {status}");
    Ok(body)
}
