//! Fetches what an issuer publishes over HTTPS, within bounds of time and size; redirects are not followed. A sandbox may have an
//! issuer on its own machine, which it asks in clear.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::CACHE_CONTROL;
use hyper::{HeaderMap, Method, Request, StatusCode};
use url::{Host, Url};

use super::KeyError;
use crate::domain::time::Span;
use crate::service::outbound::{Bounds, Client};

const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), bytes: 1 << 20 };
/// How long what was fetched is good at least and at most, in seconds, whatever its issuer says.
const GOOD_FOR: std::ops::RangeInclusive<i64> = 60..=86_400;

/// What was fetched.
pub(super) struct Fetched {
    /// The body.
    pub bytes: Bytes,
    /// How long it is good, where its issuer says so.
    pub good_for: Option<Span>,
}

/// Whether nobody on the way can change what comes from an address: it speaks HTTPS or, where such are let in, is of this very
/// machine.
pub(super) fn is_safe(address: &str, or_local: bool) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let is_local = || match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => true,
        "http" => or_local && is_local(),
        _ => false,
    }
}

pub(super) async fn fetch(address: &str) -> Result<Fetched, KeyError> {
    get(address)
        .await
        .map_err(|error| KeyError::Address { address: address.to_owned(), problem: format!("{error:#}") })
}

async fn get(address: &str) -> anyhow::Result<Fetched> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(address)
        .header("accept", "application/jwk-set+json, application/json")
        .body(Full::default())?;
    // Addresses in clear get here only where [`is_safe`] let them in.
    let answer = Client::new(address.starts_with("http://")).exchange_whole(request, BOUNDS).await?;
    anyhow::ensure!(answer.status() == StatusCode::OK, "it answers {}", answer.status());
    let good_for = good_for(answer.headers());
    Ok(Fetched { bytes: answer.into_body(), good_for })
}

/// How long an answer is good by its `Cache-Control`, within bounds; none where it does not say.
fn good_for(headers: &HeaderMap) -> Option<Span> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let words: Vec<String> =
        lines.flat_map(|line| line.split(',')).map(|word| word.trim().to_ascii_lowercase()).collect();
    let (least, most) = (*GOOD_FOR.start(), *GOOD_FOR.end());
    if words.iter().any(|word| word == "no-store" || word == "no-cache") {
        return Some(Span::seconds(least));
    }
    let age = words.iter().find_map(|word| word.strip_prefix("max-age=")?.parse::<i64>().ok());
    age.map(|age| Span::seconds(age.clamp(least, most)))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn nothing_comes_in_clear_but_from_this_machine() {
        for address in ["https://id.example.com", "https://127.0.0.1:1/keys"] {
            assert!(is_safe(address, false) && is_safe(address, true), "{address}");
        }
        for address in ["http://127.0.0.1:8080/realms/acme", "http://[::1]:1", "http://localhost/keys"] {
            assert!(is_safe(address, true) && !is_safe(address, false), "{address}");
        }
        let others = [
            "http://id.example.com",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://evil.example@10.0.0.1",
            "ftp://127.0.0.1",
            "id.example.com",
            "",
        ];
        for address in others {
            assert!(!is_safe(address, true), "{address}");
        }
    }

    #[test]
    fn an_issuer_says_how_long_its_keys_are_good_within_bounds() {
        for (line, seconds) in [
            ("public, max-age=3600", Some(3_600)),
            ("MAX-AGE=120", Some(120)),
            ("max-age=1", Some(60)),
            ("max-age=31536000, immutable", Some(86_400)),
            ("no-store", Some(60)),
            ("max-age=3600, no-cache", Some(60)),
            ("max-age=soon", None),
            ("public", None),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(line))]);
            assert_eq!(good_for(&headers), seconds.map(Span::seconds), "{line}");
        }
        assert_eq!(good_for(&HeaderMap::new()), None);
    }
}
