//! Answers by GET that a cache may keep: what callers without a token read of the public catalogue (`door/hints.rs` says for
//! how long). Everything else is kept by nobody.

use async_graphql::{Response as Executed, Value};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::domain::contract::hexadecimal;
use crate::service::auth::Session;

use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;
use super::door::{Trail, Transport};

/// What an answer hangs on beside the address. A cache keeps one for each of them.
const VARIES: &str = "Accept, Accept-Language, Authorization";

/// What a request says of caches, remembered until its answer.
#[derive(Debug)]
pub enum Asked {
    /// By another method than GET and HEAD: no cache is in question.
    Other,
    /// By GET, or by HEAD for what GET would say.
    Get {
        /// Whether a token was sent, valid or not.
        has_token: bool,
        /// The answers that the caller has already, as `If-None-Match` names them.
        known: Vec<String>,
    },
}

/// For how many seconds anybody's cache may keep the answer to an admitted request; none where it may not.
pub fn max_age(trail: &Trail, transport: Transport, session: &Session) -> Option<u32> {
    match transport {
        Transport::Get if session.actor.is_anonymous() => trail.public_age(),
        Transport::Get | Transport::Post | Transport::Socket | Transport::Stream => None,
    }
}

impl Asked {
    /// Looks at a request.
    pub fn by(request: &Request) -> Self {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Self::Other;
        }
        let headers = request.headers();
        Self::Get { has_token: headers.contains_key(AUTHORIZATION), known: known(headers) }
    }

    /// The answer of a request that executed.
    pub fn executed(self, mut executed: Executed, media: MediaType, max_age: Option<u32>) -> Response {
        let Self::Get { has_token, known } = self else { return respond::executed(executed, media) };
        let max_age = max_age.filter(|_| !has_token && executed.errors.is_empty());
        let Some(age) = max_age else { return unkept(respond::executed(executed, media), has_token) };
        leave_out_throttle(&mut executed);
        let Some(tag) = tag(&executed, media) else {
            return unkept(respond::executed(executed, media), has_token);
        };
        let mut answer = if has(&known, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            respond::executed(executed, media)
        };
        let headers = answer.headers_mut();
        headers.insert(VARY, HeaderValue::from_static(VARIES));
        for (name, text) in [(CACHE_CONTROL, format!("public, max-age={age}")), (ETAG, tag)] {
            // Digits and words: always a header.
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
        answer
    }

    /// The answer of a request that was refused.
    pub fn refused(self, refused: &Refused, media: MediaType) -> Response {
        let answer = respond::refused(refused, media);
        match self {
            Self::Other => answer,
            Self::Get { has_token, known: _ } => unkept(answer, has_token),
        }
    }
}

fn unkept(mut answer: Response, has_token: bool) -> Response {
    let headers = answer.headers_mut();
    let control = if has_token { "private, no-store" } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(control));
    headers.insert(VARY, HeaderValue::from_static(VARIES));
    answer
}

/// The strong tag of an answer: the SHA-256 of its type and of all that it says, its cost included. What differs from answer to
/// answer was left out before ([`leave_out_throttle`]).
fn tag(executed: &Executed, media: MediaType) -> Option<String> {
    let body = serde_json::to_vec(executed).ok()?;
    let hash = Sha256::new().chain_update(media.header()).chain_update([0]).chain_update(body).finalize();
    Some(format!("\"{}\"", hexadecimal(&hash)))
}

/// What is left of the caller's budget is told to this caller alone: it changes with each answer.
fn leave_out_throttle(executed: &mut Executed) {
    if let Some(Value::Object(cost)) = executed.extensions.get_mut("cost") {
        cost.shift_remove("throttleStatus");
    }
}

/// Whether a caller has the answer with this tag. A star stands for any only where it is all that was said.
fn has(known: &[String], tag: &str) -> bool {
    matches!(known, [star] if star == "*") || known.iter().any(|known| known == tag)
}

/// The tags of `If-None-Match`. They are compared weakly (RFC 9110, 13.1.2): a proxy that compresses marks ours as weak.
fn known(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let tags = lines.flat_map(|line| line.split(','));
    tags.map(str::trim).map(|tag| tag.strip_prefix("W/").unwrap_or(tag).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_of_what_is_said_and_the_type() {
        let (one, other) = (Executed::new(Value::from("a")), Executed::new(Value::from("b")));
        let costlier = Executed::new(Value::from("a")).extension("cost", Value::from(2));
        assert_ne!(tag(&one, MediaType::Json), tag(&costlier, MediaType::Json));
        assert_eq!(tag(&one, MediaType::Json), tag(&one, MediaType::Json));
        assert_ne!(tag(&one, MediaType::Json), tag(&other, MediaType::Json));
        assert_ne!(tag(&one, MediaType::Json), tag(&one, MediaType::GraphqlResponse));
    }

    #[test]
    fn known_tags_are_read_from_every_line() {
        let mut headers = HeaderMap::new();
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("\"a\", W/\"b\""));
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let read = known(&headers);
        assert_eq!(read, ["\"a\"", "\"b\"", "*"]);
        assert!(has(&read, "\"b\"") && !has(&read, "\"c\""));
    }

    #[test]
    fn a_star_counts_only_by_itself() {
        for (line, wanted) in [("*", true), (" * ", true), ("\"x, *, y\"", false), ("\"x\", *", false)] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(line));
            assert_eq!(has(&known(&headers), "\"a\""), wanted, "{line}");
        }
    }
}
