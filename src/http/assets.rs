//! GraphiQL at `/`, from files inside the program: it works without any other host.

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::error::Code;

use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;

/// Scripts and connections of this host only. The editor writes styles into the page, hence the exception for them.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const PAGE: &str = include_str!("graphiql/index.html");
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file of the page.
struct File {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    gzipped: bool,
}

/// The licences of the vendored files are in `graphiql/LICENSES.md`.
const FILES: [File; 7] = [
    vendored("react-18.3.1.js", SCRIPT, include_bytes!("graphiql/react.min.js.gz")),
    vendored("react-dom-18.3.1.js", SCRIPT, include_bytes!("graphiql/react-dom.min.js.gz")),
    vendored("graphiql-3.9.0.js", SCRIPT, include_bytes!("graphiql/graphiql.min.js.gz")),
    vendored("graphiql-3.9.0.css", STYLE, include_bytes!("graphiql/graphiql.min.css.gz")),
    vendored("graphql-ws-5.16.2.js", SCRIPT, include_bytes!("graphiql/graphql-ws.min.js.gz")),
    own("start.js", include_bytes!("graphiql/start.js")),
    own("examples.js", include_bytes!("graphiql/examples.js")),
];

const fn vendored(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> File {
    File { name, content_type, bytes, gzipped: true }
}

const fn own(name: &'static str, bytes: &'static [u8]) -> File {
    File { name, content_type: SCRIPT, bytes, gzipped: false }
}

/// `GET /`: the explorer.
pub async fn page() -> Response {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, PAGE).into_response()
}

/// `GET /assets/{name}`: one of its files. Vendored files carry their version in the name and never change.
pub async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        let refused = Refused::http(StatusCode::NOT_FOUND, Code::NotFound, "There is no such file.");
        return respond::refused(&refused, MediaType::Json);
    };
    let is_taken = headers
        .get(ACCEPT_ENCODING)
        .and_then(|line| line.to_str().ok())
        .is_some_and(|line| line.split(',').any(takes_gzip));
    if file.gzipped && !is_taken {
        let refused = Refused::http(
            StatusCode::NOT_ACCEPTABLE,
            Code::NotAcceptable,
            "The file is kept compressed; accept the content encoding gzip.",
        );
        return respond::refused(&refused, MediaType::Json);
    }
    let lasting = if file.gzipped { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut answer = file.bytes.into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(lasting));
    if file.gzipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    answer
}

/// Whether this member of `Accept-Encoding` takes gzip: with a weight of nought it refuses it.
fn takes_gzip(coding: &str) -> bool {
    let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
    let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
    name.trim().eq_ignore_ascii_case("gzip") && !weight.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;

    #[test]
    fn a_weight_of_nought_refuses() {
        for (coding, takes) in [
            ("gzip", true),
            (" GZIP ;q=0.5", true),
            ("gzip;q=1.000", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("gzipped", false),
            ("br", false),
        ] {
            assert_eq!(takes_gzip(coding), takes, "{coding}");
        }
    }
}
