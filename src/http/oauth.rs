//! `/oauth/token` and `/oauth/revoke`: forms in, JSON out, as RFC 6749 and RFC 7009 want it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::Executor;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::timeout;
use url::form_urlencoded;

use crate::domain::error::Code;
use crate::domain::party::scopes_to_text;
use crate::domain::time::Span;
use crate::graphql;
use crate::service::audit_log::Trace;
use crate::service::oauth::{self, Client, Refused, Wish};
use crate::service::{self, Error};

use super::observe::RequestId;
use super::{Http, endpoint, peer};

/// Bytes of a form at most: a token and a few words.
const BODY_BYTES: usize = 16_384;
/// Parameters of a form at most.
const PARAMETERS_MAX: usize = 20;

/// The parameters of a form, each once; those without a value are left out (RFC 6749, section 3.2).
type Form = HashMap<String, String>;

/// What is answered in the place of a token.
struct Failure {
    status: StatusCode,
    error: &'static str,
    description: String,
    retry_after: Option<i64>,
}

impl Failure {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), retry_after: None }
    }

    fn request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }
}

/// `POST /oauth/token`: a token for an app that shows its secret.
pub async fn token<E: Executor>(State(http): State<Arc<Http<E>>>, request: Request) -> Response {
    match issue(&http, request).await {
        Ok(granted) => uncached((StatusCode::OK, Json(granted)).into_response()),
        Err(failure) => refused(&failure),
    }
}

/// `POST /oauth/revoke`: takes a token back.
pub async fn revoke<E: Executor>(State(http): State<Arc<Http<E>>>, request: Request) -> Response {
    match take_back(&http, request).await {
        Ok(()) => uncached(StatusCode::OK.into_response()),
        Err(failure) => refused(&failure),
    }
}

/// Where a request comes from.
fn sender<E>(http: &Http<E>, head: &Parts) -> Option<IpAddr> {
    peer::address(&head.headers, &head.extensions, http.app.config.trusted_proxy)
}

/// Where a request comes from, for the audit log: what it does is about a token, and not done with one.
fn trace(head: &Parts) -> Trace {
    Trace::without_token(head.extensions.get::<RequestId>().map(|id| Arc::clone(&id.0)))
}

async fn issue<E>(http: &Http<E>, request: Request) -> Result<Value, Failure> {
    let (head, body) = request.into_parts();
    let form = read_form(http, &head.headers, body).await?;
    let _place = http.token_requests.try_acquire().map_err(|_| busy())?;
    let (id, secret) = client(&head.headers, &form)?;
    match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        Some(_) => {
            let message = "Only client_credentials is granted here.";
            return Err(Failure::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", message));
        }
        None => return Err(Failure::request("Say grant_type=client_credentials.")),
    }
    let wish = Wish {
        scope: form.get("scope").map(String::as_str),
        company: form.get("company").map(String::as_str),
    };
    let client = Client { id: &id, secret: &secret, address: sender(http, &head) };
    let issued =
        Box::pin(trace(&head).scope(oauth::token(&http.app, client, wish))).await.map_err(failure)?;
    Ok(json!({
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": issued.lifetime.as_seconds(),
        "scope": scopes_to_text(issued.scopes),
    }))
}

async fn take_back<E>(http: &Http<E>, request: Request) -> Result<(), Failure> {
    let (head, body) = request.into_parts();
    let form = read_form(http, &head.headers, body).await?;
    let _place = http.token_requests.try_acquire().map_err(|_| busy())?;
    let (id, secret) = client(&head.headers, &form)?;
    let token = form.get("token").ok_or_else(|| Failure::request("Say which token: token=eyJ..."))?;
    let client = Client { id: &id, secret: &secret, address: sender(http, &head) };
    Box::pin(trace(&head).scope(oauth::revoke(&http.app, client, token))).await.map_err(failure)
}

async fn read_form<E>(http: &Http<E>, headers: &HeaderMap, mut body: Body) -> Result<Form, Failure> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_request",
            "Send the parameters as application/x-www-form-urlencoded.",
        ));
    }
    let bytes = match timeout(http.limits.body_timeout, endpoint::collect(&mut body, BODY_BYTES)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(refused)) => {
            return Err(Failure::new(
                refused.status,
                "invalid_request",
                "The body is too large or broke off.",
            ));
        }
        Err(_) => {
            let message = "The body did not arrive in time.";
            return Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "invalid_request", message));
        }
    };
    let mut form = Form::new();
    for (count, (name, value)) in form_urlencoded::parse(&bytes).enumerate() {
        if count >= PARAMETERS_MAX {
            return Err(Failure::request("There are too many parameters."));
        }
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Failure::request("A parameter stands there twice."));
        }
    }
    form.retain(|_, value| !value.is_empty());
    Ok(form)
}

/// Who asks: by HTTP Basic or in the form, never by both (RFC 6749, section 2.3).
fn client(headers: &HeaderMap, form: &Form) -> Result<(String, String), Failure> {
    let in_form = (form.get("client_id"), form.get("client_secret"));
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    match (lines.next(), lines.next(), in_form) {
        (None, _, (Some(id), Some(secret))) => Ok((id.clone(), secret.clone())),
        (None, _, (_, None) | (None, _)) => Err(no_client("Show the app's id and secret.")),
        (Some(line), None, (id, None)) => {
            let shown = basic(line).ok_or_else(|| no_client("The header Authorization is not Basic."))?;
            if id.is_some_and(|id| *id != shown.0) {
                return Err(Failure::request("The form names another client than the header."));
            }
            Ok(shown)
        }
        (Some(_), None, (_, Some(_))) => {
            Err(Failure::request("Show the secret in the header or in the form, not in both."))
        }
        (Some(_), Some(_), _) => Err(Failure::request("There are two headers Authorization.")),
    }
}

fn busy() -> Failure {
    let message = "The server is busy; try again.";
    let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", message);
    Failure { retry_after: Some(1), ..failure }
}

fn no_client(description: &str) -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
}

/// The id and secret of a header; both are written as in a form before they are put together.
fn basic(line: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = line.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

/// A text out of a form's encoding; one that would be a parameter of its own is none.
fn form_decoded(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned())
}

fn too_many(message: &'static str, wait: Span) -> Failure {
    let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", message);
    Failure { retry_after: Some(wait.as_seconds().max(1)), ..failure }
}

fn failure(refused: Refused) -> Failure {
    match refused {
        Refused::InvalidClient => no_client("There is no such app, or the secret is not its."),
        Refused::TooManyTries(wait) => too_many("Too many tries with a wrong secret; wait a moment.", wait),
        Refused::TooManyTokens(wait) => {
            too_many("The app was given very many tokens just now; use those that it has.", wait)
        }
        Refused::InvalidRequest(message) => Failure::request(message),
        Refused::InvalidScope => {
            let message = "A scope is none, or one that the app does not hold.";
            Failure::new(StatusCode::BAD_REQUEST, "invalid_scope", message)
        }
        Refused::UnauthorizedClient(message) => {
            Failure::new(StatusCode::BAD_REQUEST, "unauthorized_client", message)
        }
        Refused::NotHere => {
            let message = "Tokens come from the issuer that this server is configured with.";
            Failure::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", message)
        }
        Refused::Failed(error) => failed(error),
    }
}

/// What failed or was denied as it is everywhere.
fn failed(error: Error) -> Failure {
    let refusal = match error {
        Error::Denied(refusal) => Some(refusal),
        Error::Refused(refusals) => refusals.into_iter().next(),
        Error::Internal(error) => match service::overload(&error) {
            Some(refusal) => Some(refusal),
            None => return broken(&error),
        },
    };
    match refusal {
        Some(refusal) if refusal.code == Code::Overloaded => Failure {
            retry_after: Some(1),
            ..Failure::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", refusal.message)
        },
        Some(refusal) => Failure::request(refusal.message),
        None => Failure::request("It was refused."),
    }
}

/// A description in the characters that one may have (RFC 6749, section 5.2): printable ASCII but for quotation mark and backslash.
fn described(text: &str) -> String {
    let fits = |letter: char| matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\');
    text.chars().map(|letter| if fits(letter) { letter } else { '\'' }).collect()
}

/// What failed by a fault of ours: told once, under an id that the answer names.
fn broken(error: &anyhow::Error) -> Failure {
    let told = graphql::error::internal(error);
    let incident = told.extensions.as_ref().and_then(|extensions| extensions.get("incidentId"));
    let incident = incident.map(ToString::to_string).unwrap_or_default();
    let message = format!("Something failed inside; quote {incident}.");
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", message)
}

fn refused(failure: &Failure) -> Response {
    let body = Json(json!({ "error": failure.error, "error_description": described(&failure.description) }));
    let mut answer = (failure.status, body).into_response();
    let headers = answer.headers_mut();
    if failure.status == StatusCode::UNAUTHORIZED {
        headers
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"surety\", charset=\"UTF-8\""));
    }
    if let Some(seconds) = failure.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    uncached(answer)
}

fn uncached(mut answer: Response) -> Response {
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(text).unwrap())])
    }

    fn form(pairs: &[(&str, &str)]) -> Form {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_description_has_the_characters_that_it_may_have() {
        let text = "The type is \"text/html\"; a\\b, é\n";
        assert_eq!(described(text), "The type is 'text/html'; a'b, ''");
    }

    #[test]
    fn a_client_shows_its_secret_in_one_place() {
        let both = form(&[("client_id", "app_1"), ("client_secret", "s")]);
        let named = form(&[("client_id", "app_1")]);
        let basic = format!("Basic {}", STANDARD.encode("app_1:a%2Bb+c"));
        let shown = |headers: &HeaderMap, form: &Form| client(headers, form).map_err(|failure| failure.error);
        assert_eq!(shown(&HeaderMap::new(), &both), Ok(("app_1".to_owned(), "s".to_owned())));
        assert_eq!(shown(&header(&basic), &Form::new()), Ok(("app_1".to_owned(), "a+b c".to_owned())));
        assert!(shown(&header(&basic), &named).is_ok());
        assert_eq!(shown(&header(&basic), &both), Err("invalid_request"));
        assert_eq!(shown(&header(&basic), &form(&[("client_id", "app_2")])), Err("invalid_request"));
        assert_eq!(shown(&HeaderMap::new(), &named), Err("invalid_client"));
        assert_eq!(shown(&HeaderMap::new(), &Form::new()), Err("invalid_client"));
        let long = format!("Basic {}", STANDARD.encode("app_1:a&b=c"));
        for bad in ["Bearer x", "Basic", "Basic !", "Basic YQ==", long.as_str()] {
            assert_eq!(shown(&header(bad), &Form::new()), Err("invalid_client"), "{bad}");
        }
    }
}
