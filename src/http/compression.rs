//! Answers of queries that are long are sent in gzip to those who take it (RFC 9110, 12.5.3).
//!
//! The size of what is compressed and then encrypted tells of its content: who can have a caller ask again and again, with
//! text of their own choice in the answer beside a secret, finds the secret out by the size (the attack BREACH). Nobody can
//! here, as no credential is sent by a browser of its own accord; and the only answers with secrets, which are those of
//! mutations that make one, are not compressed. They say `no-transform`, so that no proxy does so either.

use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, VARY};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version};
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::predicate::SizeAbove;
use tower_http::compression::{CompressionLayer, Predicate};

/// Bytes from which an answer is compressed: shorter ones fit into one packet as they are.
const BYTES_MIN: u16 = 1_024;

/// Compresses what may be. The quickest level makes a fifth of JSON; better ones take several times as long for little more.
pub fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(BYTES_MIN).and(may_transform))
}

/// Whether the answer does not forbid it.
fn may_transform(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let mut lines = headers.get_all(CACHE_CONTROL).iter();
    !lines.any(|line| line.to_str().is_ok_and(|line| line.contains("no-transform")))
}

/// Tells caches what they cannot see. An answer hangs on what its caller takes, also where it came as it is. A tag says that bytes
/// are the same; of compressed ones it says no more than that they mean the same (RFC 9110, 8.8.1), so it is marked as weak.
pub async fn tell_caches(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    let names = |line: &HeaderValue| {
        let mut names = line.to_str().unwrap_or_default().split(',');
        names.any(|name| name.trim().eq_ignore_ascii_case(ACCEPT_ENCODING.as_str()))
    };
    if !headers.get_all(VARY).iter().any(names) {
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if !headers.contains_key(CONTENT_ENCODING) {
        return answer;
    }
    let strong = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    let weak = strong.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok());
    if let Some(weak) = weak {
        headers.insert(ETAG, weak);
    }
    answer
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn told(headers: &[(&str, &str)]) -> Vec<String> {
        let mut answer = Response::builder();
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let answer = tell_caches(answer.body(Body::empty()).unwrap()).await;
        let lines = answer.headers().iter().map(|(name, line)| format!("{name}: {}", line.to_str().unwrap()));
        lines.collect()
    }

    #[tokio::test]
    async fn a_tag_is_weak_where_bytes_are_compressed() {
        let gzip = ("content-encoding", "gzip");
        let vary = ("vary", "accept, accept-encoding");
        let tag = async |headers: &[(&str, &str)]| {
            told(headers).await.into_iter().find(|line| line.starts_with("etag"))
        };
        assert_eq!(tag(&[vary, ("etag", "\"a\"")]).await.as_deref(), Some("etag: \"a\""));
        assert_eq!(tag(&[vary, gzip, ("etag", "\"a\"")]).await.as_deref(), Some("etag: W/\"a\""));
        assert_eq!(tag(&[vary, gzip, ("etag", "W/\"a\"")]).await.as_deref(), Some("etag: W/\"a\""));
        assert_eq!(tag(&[vary, gzip]).await, None);
    }

    #[tokio::test]
    async fn what_an_answer_varies_by_is_told_once() {
        assert_eq!(told(&[]).await, ["vary: Accept-Encoding"]);
        assert_eq!(told(&[("vary", "accept, accept-encoding")]).await, ["vary: accept, accept-encoding"]);
        assert_eq!(told(&[("vary", "accept")]).await, ["vary: accept", "vary: Accept-Encoding"]);
    }
}
