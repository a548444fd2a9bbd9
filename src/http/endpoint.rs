//! `/graphql`: from an HTTP request to its answer.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, CONTENT_LENGTH, EXPECT, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::domain::actor::Actor;
use crate::domain::error::Code;
use crate::domain::language::Preferences;
use crate::domain::throttle::Payer;
use crate::graphql;
use crate::service::audit_log::Trace;
use crate::service::auth::{self, Session, Source};
use crate::service::deprecations;
use crate::service::throttle::Receipt;

use super::caching::{self, Asked};
use super::documents;
use super::door::negotiate::{self, MediaType};
use super::door::refusal::Refused;
use super::door::request::Parameters;
use super::door::respond::{self, Outcome};
use super::door::{Admitted, Transport};
use super::limits::Limits;
use super::observe::RequestId;
use super::{Http, observe, peer, toll};

/// Bytes of a body that is not wanted which are still read, so that its sender gets to read the answer.
const LINGER_BYTES: usize = 33_554_432;
/// Time for that.
const LINGER: Duration = Duration::from_secs(1);

/// The methods that `/graphql` takes. HEAD is GET without what it answers (RFC 9110, 9.3.2): the router leaves that out.
const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// Answers a GraphQL request.
pub async fn graphql<E: Executor>(State(http): State<Arc<Http<E>>>, request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(ALLOW, METHODS)]).into_response();
    }
    let asked = Asked::by(&request);
    let media = match negotiate::answer_type(request.headers()) {
        Ok(media) => media,
        Err(refused) => return asked.refused(&refused, MediaType::Json),
    };
    match answer(&http, request).await {
        Ok((response, max_age)) => asked.executed(response, media, max_age),
        Err(refused) => asked.refused(&refused, media),
    }
}

/// The answer, and for how many seconds anybody's cache may keep it.
async fn answer<E: Executor>(
    http: &Arc<Http<E>>,
    request: Request,
) -> Result<(async_graphql::Response, Option<u32>), Refused> {
    let transport = match *request.method() {
        Method::GET | Method::HEAD => Transport::Get,
        Method::POST => Transport::Post,
        _ => {
            let refused = Refused::http(
                StatusCode::METHOD_NOT_ALLOWED,
                Code::MethodNotAllowed,
                "Send GraphQL by POST, or queries by GET.",
            );
            return Err(Refused { allow: Some(METHODS), ..refused });
        }
    };
    let address = sender(http, &request);
    let session = authenticate(http, request.headers(), address).await?;
    let id = request.extensions().get::<RequestId>().map(|id| Arc::clone(&id.0));
    let trace = Trace::of(&session, id);
    let languages = languages(request.headers());
    let payer = session.payer(address);
    let mut parameters = read_parameters(http, request, &session, &payer).await?;
    documents::settle(http, &payer, &mut parameters, &session).await?;
    let (mut admitted, receipt) = toll::admit(http, &payer, &parameters, transport).await?;
    drop(parameters);
    observe::operation(admitted.request.operation_name.as_deref());
    admitted.request = admitted.request.data(languages).data(payer);
    deprecations::note(&http.app, &session.actor, admitted.trail.deprecated());
    let max_age = caching::max_age(&admitted.trail, transport, &session);
    let executed = Box::pin(trace.clone().scope(execute(http, admitted, &session, receipt))).await;
    if let Err(refused) = &executed {
        // What panicked, or was stopped after its time, has not told of its end.
        Box::pin(trace.stop(&http.app, refused.code())).await;
    }
    Ok((executed?, max_age))
}

/// The network address that a request comes from, where it is known.
pub(super) fn sender<E>(http: &Http<E>, request: &Request) -> Option<IpAddr> {
    peer::address(request.headers(), request.extensions(), http.app.config.trusted_proxy)
}

/// What the caller reads, by the `Accept-Language` header: a wish, so what cannot be read of it does not count.
pub(super) fn languages(headers: &HeaderMap) -> Preferences {
    let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
    Preferences::from_header(&lines.collect::<Vec<_>>().join(","))
}

/// Runs an admitted request: within its time, and without taking the server down should a resolver panic.
async fn execute<E: Executor>(
    http: &Http<E>,
    admitted: Admitted,
    session: &Session,
    receipt: Option<Receipt>,
) -> Result<async_graphql::Response, Refused> {
    let _place = match http.executions.enter(&session.actor) {
        Ok(place) => place,
        Err(refused) => {
            toll::give_back(http, receipt).await;
            return Err(refused);
        }
    };
    let request = graphql::with_caller(admitted.request, &http.app, &session.actor);
    let execution = AssertUnwindSafe(http.executor.execute(request)).catch_unwind();
    let response = match timeout(http.limits.execution_timeout, execution).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => return Err(respond::failure(&anyhow::anyhow!("a resolver panicked"))),
        Err(_) => return Err(respond::took_too_long(&http.limits)),
    };
    match respond::present(response, &admitted.trail) {
        Outcome::Executed(response) => {
            let mut response = match respond::or_overloaded(response) {
                Ok(response) => response,
                Err(refused) => {
                    toll::give_back(http, receipt).await;
                    return Err(refused);
                }
            };
            let actual = admitted.trail.actual_cost(&response.data, &response.errors);
            let report = toll::settle(http, &admitted.trail, receipt, actual).await;
            respond::state_cost(&mut response, report);
            Ok(response)
        }
        Outcome::Refused(refused) => {
            // It did not even begin.
            toll::settle(http, &admitted.trail, receipt, 0).await;
            Err(refused)
        }
    }
}

/// Who calls from this address, by the `Authorization` header.
pub(super) async fn authenticate<E>(
    http: &Http<E>,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<Session, Refused> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let authorization = match (lines.next(), lines.next()) {
        (None, _) => None,
        (Some(line), None) => line.to_str().ok().or(Some("")),
        // Two tokens: neither counts.
        _ => Some(""),
    };
    // A name that cannot be read is nobody's: it stands for an origin that no key counts for.
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or("null"));
    let looked_at = auth::authenticate_from(&http.app, authorization, Source { origin, address }).await;
    looked_at.map_err(|refused| match refused {
        auth::Refused::TooManyTries(wait) => toll::too_many_tokens(wait),
        auth::Refused::Failed(error) => respond::denied(error),
    })
}

/// What a request asks for, by its body or, where it is a GET, by its address. Nothing is read for a caller who has no points left,
/// and what cannot be read costs as much as a document that the door refuses. What the head alone refuses costs nothing.
pub(super) async fn read_parameters<E>(
    http: &Http<E>,
    request: Request,
    session: &Session,
    payer: &Payer,
) -> Result<Parameters, Refused> {
    // HEAD is a GET.
    let has_body = request.method() == Method::POST;
    if has_body {
        negotiate::demand_json_body(request.headers())?;
    }
    if let Err(refused) = toll::demand(http, payer).await {
        if has_body && !request.headers().contains_key(EXPECT) {
            linger(&mut request.into_body()).await;
        }
        return Err(refused);
    }
    let read = if has_body {
        read_body(http, request, &session.actor).await
    } else {
        Parameters::from_query_string(request.uri())
    };
    toll::priced(http, payer, read).await
}

/// Reads the body within its size and time. Its bytes are counted over all requests while it is in memory.
async fn read_body<E>(http: &Http<E>, request: Request, actor: &Actor) -> Result<Parameters, Refused> {
    let limits = &http.limits;
    let expects = request.headers().contains_key(EXPECT);
    let declared = request.headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let mut body = request.into_body();
    if declared.is_some_and(|length| length > limits.body_bytes) {
        if !expects {
            linger(&mut body).await;
        }
        return Err(too_large(limits.body_bytes));
    }
    // It takes room as it comes, and not what it announces: who announces much and sends nothing holds nothing.
    let mut room = http.bodies.begin(Payer::of(actor, None));
    let gathered = gather(&mut body, limits.body_bytes, |bytes| {
        let kibibytes = u64::try_from(bytes.div_ceil(1_024)).unwrap_or(u64::MAX);
        let has_room = room.grow_to(kibibytes);
        has_room
            .then_some(())
            .ok_or_else(|| Refused::overloaded("The server holds too many large requests; try again."))
    });
    let bytes = match timeout(limits.body_timeout, gathered).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(refused)) => {
            linger(&mut body).await;
            return Err(refused);
        }
        Err(_) => return Err(too_slow(limits)),
    };
    Parameters::from_body(&bytes, limits.json_values)
}

/// Reads a body of at most this many bytes.
pub async fn collect(body: &mut Body, maximum: usize) -> Result<Bytes, Refused> {
    gather(body, maximum, |_| Ok(())).await
}

/// Reads a body of at most this many bytes into one piece; `grow` is told how long it is before more of it is kept. The pieces
/// that it came in are not kept: each of them, be it of one byte, holds the whole of what it was read with.
async fn gather(
    body: &mut Body,
    maximum: usize,
    mut grow: impl FnMut(usize) -> Result<(), Refused>,
) -> Result<Bytes, Refused> {
    let mut gathered = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Refused::http(StatusCode::BAD_REQUEST, Code::BadRequest, "The body broke off before its end.")
        })?;
        let Some(piece) = frame.data_ref() else { continue };
        let length = gathered.len().saturating_add(piece.len());
        if length > maximum {
            return Err(too_large(maximum));
        }
        grow(length)?;
        gathered.extend_from_slice(piece);
    }
    Ok(gathered.freeze())
}

/// Throws away what is still under way: a connection that is closed over unread bytes is reset, and the answer with it.
async fn linger(body: &mut Body) {
    let throw_away = async {
        let mut thrown = 0;
        while let Some(Ok(frame)) = body.frame().await {
            thrown += frame.data_ref().map_or(0, Bytes::len);
            if thrown > LINGER_BYTES {
                break;
            }
        }
    };
    if timeout(LINGER, throw_away).await.is_err() {
        tracing::debug!("a body that is not wanted still comes in");
    }
}

/// The refusal of a body that did not arrive in time.
pub fn too_slow(limits: &Limits) -> Refused {
    Refused::http(
        StatusCode::REQUEST_TIMEOUT,
        Code::RequestTimeout,
        format!("The body did not arrive within {} seconds.", limits.body_timeout.as_secs()),
    )
}

fn too_large(maximum: usize) -> Refused {
    Refused::http(
        StatusCode::PAYLOAD_TOO_LARGE,
        Code::RequestTooLarge,
        format!("A request may have at most {maximum} bytes."),
    )
}
