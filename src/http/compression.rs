//! Answers of queries that are long are sent in gzip to those who take it (RFC 9110, 12.5.3).
//!
//! The size of what is compressed and then encrypted tells of its content: who can have a caller ask again and again, with
//! text of their own choice in the answer beside a secret, finds the secret out by the size (the attack BREACH). Nobody can
//! here, as no credential is sent by a browser of its own accord; and the only answers with secrets, which are those of
//! mutations that make one, are not compressed. They say `no-transform`, so that no proxy does so either.

use axum::http::header::CACHE_CONTROL;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
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
