//! Which media type the caller wants, and whether the body has the one that we read.

use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use crate::domain::error::Code;

use super::refusal::Refused;

/// The media types of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`: errors of well-formed requests are answered 200.
    Json,
    /// `application/graphql-response+json`: the status says what happened.
    GraphqlResponse,
}

impl MediaType {
    /// The value of the `Content-Type` header.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// How much a range of `Accept` fits: its preference in thousandths and how exactly it names the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fit {
    exactness: u8,
    quality: u16,
}

/// Chooses the answer's media type. `application/graphql-response+json` is served only where it is named and preferred.
pub fn answer_type(headers: &HeaderMap) -> Result<MediaType, Refused> {
    let mut json: Option<Fit> = None;
    let mut graphql: Option<Fit> = None;
    let mut named = false;
    for line in headers.get_all(ACCEPT) {
        let Ok(line) = line.to_str() else {
            named = true;
            continue;
        };
        for range in line.split(',').map(str::trim).filter(|range| !range.is_empty()) {
            named = true;
            let Some((kind, quality)) = read_range(range) else { continue };
            let improve = |fit: &mut Option<Fit>, exactness: u8| {
                if fit.is_none_or(|fit| fit.exactness < exactness) {
                    *fit = Some(Fit { exactness, quality });
                }
            };
            match kind.as_str() {
                "*/*" => improve(&mut json, 1),
                "application/*" => improve(&mut json, 2),
                "application/json" => improve(&mut json, 3),
                "application/graphql-response+json" => improve(&mut graphql, 3),
                _ => {}
            }
        }
    }
    let quality = |fit: Option<Fit>| fit.map_or(0, |fit| fit.quality);
    let (json, graphql) = (quality(json), quality(graphql));
    if !named {
        Ok(MediaType::Json)
    } else if graphql > 0 && graphql >= json {
        Ok(MediaType::GraphqlResponse)
    } else if json > 0 {
        Ok(MediaType::Json)
    } else {
        Err(Refused::http(
            StatusCode::NOT_ACCEPTABLE,
            Code::NotAcceptable,
            "Accept application/json or application/graphql-response+json.",
        ))
    }
}

/// One range of `Accept`: its type in small letters and its quality in thousandths. None where it asks for another
/// character set than UTF-8 or is malformed.
fn read_range(range: &str) -> Option<(String, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next()?.to_ascii_lowercase();
    let mut quality = 1_000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => quality = read_quality(value)?,
            "charset" if !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some((kind, quality))
}

/// `0`, `0.5`, `1.000` in thousandths.
fn read_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Demands that the body is `application/json` in UTF-8 as it is, without a content coding (RFC 9110, 8.4). Anything that a web
/// page may send without a preflight request is refused by this.
pub fn demand_json_body(headers: &HeaderMap) -> Result<(), Refused> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let is_plain = |line: &HeaderValue| {
        line.to_str().is_ok_and(|line| line.split(',').all(|one| one.trim().eq_ignore_ascii_case("identity")))
    };
    if !codings.all(is_plain) {
        return Err(Refused::http(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::UnsupportedMediaType,
            "Send the request without a content encoding; compressed requests are not read.",
        ));
    }
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let only = match (lines.next(), lines.next()) {
        (Some(line), None) => line.to_str().ok(),
        _ => None,
    };
    let fits = only.is_some_and(|line| {
        let mut parts = line.split(';').map(str::trim);
        let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
        json && parts.filter(|part| !part.is_empty()).all(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                !name.trim().eq_ignore_ascii_case("charset") || is_utf8(value.trim().trim_matches('"'))
            })
        })
    });
    if fits {
        return Ok(());
    }
    Err(Refused::http(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::UnsupportedMediaType,
        "Send the request with the content type application/json in UTF-8.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(accept: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        answer_type(&headers).ok()
    }

    #[test]
    fn accept_is_weighed() {
        use MediaType::{GraphqlResponse, Json};
        for (accept, wanted) in [
            ("application/json", Some(Json)),
            ("*/*", Some(Json)),
            ("", Some(Json)),
            ("application/*", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            (
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
                Some(GraphqlResponse),
            ),
            ("application/graphql-response+json;q=0.5, application/json", Some(Json)),
            ("application/json;q=0.9, application/graphql-response+json", Some(GraphqlResponse)),
            ("application/json;q=0, */*", None),
            ("application/json;q=0, application/graphql-response+json;q=0.001", Some(GraphqlResponse)),
            ("image/png", None),
            ("image/png, */*;q=0.1", Some(Json)),
            ("application/json;charset=latin1", None),
            ("APPLICATION/JSON", Some(Json)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Json)),
            ("application/json;q=2", None),
        ] {
            assert_eq!(answer(accept), wanted, "{accept}");
        }
        assert_eq!(answer_type(&HeaderMap::new()).ok(), Some(Json));
    }

    #[test]
    fn only_json_bodies_pass() {
        for (content_type, wanted) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("Application/JSON;charset=\"UTF-8\"", true),
            ("application/json; charset=latin1", false),
            ("application/jsonp", false),
            ("application/graphql", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("application/xml", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(demand_json_body(&headers).is_ok(), wanted, "{content_type}");
        }
        assert!(demand_json_body(&HeaderMap::new()).is_err());
    }

    #[test]
    fn compressed_bodies_do_not_pass() {
        for (codings, wanted) in [
            (&["identity"] as &[_], true),
            (&["Identity, identity"], true),
            (&["gzip"], false),
            (&["identity, br"], false),
            (&["identity", "deflate"], false),
            (&[""], false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            for coding in codings {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            assert_eq!(demand_json_body(&headers).is_ok(), wanted, "{codings:?}");
        }
    }
}
