//! The file of a bulk operation: whole, or any range of its bytes, so that a download that broke off goes on.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

use async_graphql::Executor;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Http;
use super::door::negotiate::MediaType;
use super::door::respond;
use super::files::{looked_up, put_header};
use crate::service::bulk::{self, Download};

/// What comes with the address.
#[derive(Debug, Default, Deserialize)]
pub struct Signed {
    #[serde(default)]
    token: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = Infallible;

    /// What cannot be read, such as two tokens, is signed by nobody.
    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Query::try_from_uri(&head.uri).map(|Query(signed)| signed).unwrap_or_default())
    }
}

/// `GET /bulk/{id}?token=…`: what a bulk operation wrote.
pub async fn get<E: Executor>(
    State(http): State<Arc<Http<E>>>,
    Path(id): Path<String>,
    signed: Signed,
    headers: HeaderMap,
) -> Response {
    let file = match looked_up(&http, bulk::open(&http.app, &id, &signed.token)).await {
        Ok(file) => file,
        Err(refused) => return respond::refused(&refused, MediaType::Json),
    };
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let mut answer = if is_known(&headers, &file.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        // A range is of the file that the caller has the beginning of, or it is none.
        let known = text(IF_RANGE).is_none_or(|known| known == file.tag);
        let wanted = text(RANGE).filter(|_| known).map_or(Wanted::Whole, |range| read(range, file.size));
        send(&http, &file, wanted)
    };
    let headers = answer.headers_mut();
    put_header(headers, ETAG, &file.tag);
    put_header(headers, ACCEPT_RANGES, "bytes");
    put_header(headers, CACHE_CONTROL, "private, max-age=300");
    answer
}

fn send<E>(http: &Http<E>, file: &Download, wanted: Wanted) -> Response {
    let (status, span) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..file.size),
        Wanted::Some(span) => (StatusCode::PARTIAL_CONTENT, span),
        Wanted::Nothing => {
            let mut answer = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            put_header(answer.headers_mut(), CONTENT_RANGE, &format!("bytes */{}", file.size));
            return answer;
        }
    };
    let content = bulk::content(Arc::clone(&http.app), file, span.clone());
    let mut answer = (status, Body::from_stream(content)).into_response();
    let headers = answer.headers_mut();
    put_header(headers, CONTENT_TYPE, "application/jsonl");
    put_header(headers, CONTENT_LENGTH, &(span.end - span.start).to_string());
    put_header(headers, CONTENT_DISPOSITION, &format!("attachment; filename=\"{}\"", file.name));
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {}-{}/{}", span.start, span.end - 1, file.size);
        put_header(headers, CONTENT_RANGE, &text);
    }
    answer
}

/// Whether a caller says to have the content with this entity tag already (RFC 9110, `If-None-Match`).
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.into_iter().any(|known| known.trim() == "*" || lists(known, tag))
}

/// Whether a list of entity tags names this one; also as a weak one, which is enough to have the content already.
fn lists(known: &str, tag: &str) -> bool {
    known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}

/// Which bytes a caller wants.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Some(Range<u64>),
    /// Bytes that are not there.
    Nothing,
}

/// Reads a `Range` header (RFC 9110). What is no range of bytes, or several, is answered with the whole, as the
/// specification lets a server do.
fn read(text: &str, size: u64) -> Wanted {
    let Some((unit, range)) = text.split_once('=') else { return Wanted::Whole };
    let Some((from, to)) = range.trim().split_once('-') else { return Wanted::Whole };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !unit.trim().eq_ignore_ascii_case("bytes") || !digits(from) || !digits(to) {
        return Wanted::Whole;
    }
    // More digits than a number has are more bytes than any file.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let span = match (from.is_empty(), to.is_empty()) {
        (true, true) => return Wanted::Whole,
        (true, false) => size.saturating_sub(number(to))..size,
        (false, true) => number(from)..size,
        (false, false) if number(from) > number(to) => return Wanted::Whole,
        (false, false) => number(from)..number(to).saturating_add(1).min(size),
    };
    if span.is_empty() { Wanted::Nothing } else { Wanted::Some(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_specification_says() {
        for (text, wanted) in [
            ("bytes=0-9", Wanted::Some(0..10)),
            ("bytes=0-0", Wanted::Some(0..1)),
            ("Bytes=90-", Wanted::Some(90..100)),
            ("bytes=-10", Wanted::Some(90..100)),
            ("bytes=-1000", Wanted::Some(0..100)),
            ("bytes=50-1000", Wanted::Some(50..100)),
            ("bytes=50-99999999999999999999999", Wanted::Some(50..100)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=100-200", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=9-0", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-9", Wanted::Whole),
            ("nonsense", Wanted::Whole),
        ] {
            assert_eq!(read(text, 100), wanted, "{text}");
        }
        assert_eq!(read("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(read("bytes=-5", 0), Wanted::Nothing);
    }
}
