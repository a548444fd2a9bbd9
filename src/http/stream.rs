//! Subscriptions as server-sent events: one request, one stream (the "distinct connections" of GraphQL over SSE).
//!
//! Like a socket, a stream is read from its subscription only when the other side took what came before. Each event's id
//! is the cursor of its message, so a reader that comes back with `Last-Event-ID` goes on where it stood.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::{Instrument, Span};

use crate::app::App;
use crate::domain::contract::sha256_hex;
use crate::domain::error::Code;
use crate::graphql::conversation::Conversation;
use crate::service::auth::{self, Session};
use crate::service::deprecations;
use crate::telemetry::Entered;

use super::documents;
use super::door::Transport;
use super::door::negotiate::MediaType;
use super::door::refusal::{Refused, RequestError};
use super::door::report::CostReport;
use super::door::respond;
use super::endpoint::{authenticate, languages, read_parameters, sender};
use super::frames::{Subscription, Told};
use super::lifetime;
use super::observe;
use super::patience::Unread;
use super::tenants::Place;
use super::{Http, toll};

/// Time for a stream that is about to close to tell where it stands.
const FAREWELL: Duration = Duration::from_secs(1);
/// The methods that `/graphql/stream` takes.
const METHODS: &str = "GET, POST, OPTIONS";
/// Bytes of a `Last-Event-ID`; cursors are shorter.
const ID_BYTES: usize = 256;

/// `GET` and `POST /graphql/stream`; `OPTIONS` tells of them. What is wrong with the HTTP request is answered by a status;
/// what is wrong with the operation comes as the one event of an accepted stream, as the protocol has it.
pub async fn subscribe<E: Executor>(State(http): State<Arc<Http<E>>>, request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(ALLOW, METHODS)]).into_response();
    }
    match open(&http, request).await {
        Ok(body) => {
            let mut answer = body.into_response();
            let headers = answer.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            // Proxies that gather answers would gather for ever.
            headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
            answer
        }
        Err(refused) => respond::refused(&refused, MediaType::Json),
    }
}

async fn open<E: Executor>(http: &Arc<Http<E>>, request: Request) -> Result<Body, Refused> {
    if request.method() != Method::GET && request.method() != Method::POST {
        let refused = Refused::http(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::MethodNotAllowed,
            "Send the subscription by POST or GET; each has a stream of its own.",
        );
        return Err(Refused { allow: Some(METHODS), ..refused });
    }
    demand_event_stream(request.headers())?;
    let address = sender(http, &request);
    let session = authenticate(http, request.headers(), address).await?;
    let (languages, resumes_behind) = (languages(request.headers()), last_event_id(request.headers())?);
    let payer = session.payer(address);
    let unread = request.extensions().get::<Unread>().cloned().unwrap_or_default();
    let mut parameters = read_parameters(http, request, &session, &payer).await?;
    match documents::settle(http, &payer, &mut parameters, &session).await {
        Ok(()) => {}
        Err(refused) if refused.well_formed => return Ok(Body::from(refusal(&refused.errors, refused.cost))),
        Err(refused) => return Err(refused),
    }
    // Without a document there is no operation that could be wrong.
    let document = sha256_hex(parameters.document()?.as_bytes());
    let place = Arc::clone(&http.sockets).try_acquire_owned();
    let place = match place {
        Ok(place) if !http.shutdown.is_cancelled() => place,
        Ok(_) | Err(_) => {
            return Err(Refused::overloaded("No further stream can be opened here; try again."));
        }
    };
    let tenant = http.tenants.enter(payer, http.limits.socket.at_once(&payer)).ok_or_else(full)?;
    // What a subscription costs is paid once, and kept; what its messages cost beyond that is owed.
    let admitted = match toll::admit(http, &payer, &parameters, Transport::Stream).await {
        Ok((admitted, _)) => admitted,
        Err(refused) if refused.status == StatusCode::TOO_MANY_REQUESTS => return Err(refused),
        Err(refused) => return Ok(Body::from(refusal(&refused.errors, refused.cost))),
    };
    drop(parameters);
    deprecations::note(&http.app, &session.actor, admitted.trail.deprecated());
    observe::operation(admitted.request.operation_name.as_deref());
    let conversation = Conversation::new(resumes_behind, CancellationToken::new(), CancellationToken::new());
    let subscription = Subscription::new(http, admitted, (&session.actor, payer), languages, conversation)
        .map_err(|error| respond::failure(&error))?;
    let teller = Teller::new(http, subscription, (session, document), (place, tenant), unread);
    // What is told later belongs to the same request.
    let span = Span::current();
    let frames = stream::unfold(teller, move |mut teller| {
        let tells = async move {
            let frame = teller.next().await?;
            Some((Ok::<Bytes, Infallible>(frame), teller))
        };
        tells.instrument(span.clone())
    });
    Ok(Body::from_stream(frames))
}

/// Demands that the caller takes server-sent events.
fn demand_event_stream(headers: &HeaderMap) -> Result<(), Refused> {
    let mut lines = headers.get_all(ACCEPT).iter().peekable();
    let takes = lines.peek().is_none()
        || lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).any(|range| {
            let kind = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            ["text/event-stream", "text/*", "*/*"].contains(&kind.as_str())
        });
    if takes {
        return Ok(());
    }
    Err(Refused::http(StatusCode::NOT_ACCEPTABLE, Code::NotAcceptable, "Accept text/event-stream."))
}

/// The cursor that a reader comes back with. An empty one is none, as browsers send it before the first event.
fn last_event_id(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut lines = headers.get_all("last-event-id").iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return if headers.contains_key("last-event-id") { Err(bad_id()) } else { Ok(None) };
    };
    let text = line.to_str().map_err(|_| bad_id())?;
    if text.len() > ID_BYTES {
        return Err(bad_id());
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn full() -> Refused {
    Refused::http(
        StatusCode::TOO_MANY_REQUESTS,
        Code::TooManyConnections,
        "This app has as many sockets and streams open for this company as it may. Close one, or put several \
         subscriptions on one socket.",
    )
}

fn bad_id() -> Refused {
    Refused::http(
        StatusCode::BAD_REQUEST,
        Code::BadRequest,
        "Last-Event-ID is not the id of an event of ours.",
    )
}

/// What is wrong with an operation, as a stream of its own.
fn refusal(errors: &[RequestError], cost: Option<CostReport>) -> Bytes {
    let mut bytes = next(None, &respond::body(errors, cost)).to_vec();
    bytes.extend_from_slice(&COMPLETE);
    bytes.into()
}

/// Why a stream ends whose reader may come back after so many seconds. It is not completed, and browsers wait as long by
/// themselves.
fn pause(errors: &[RequestError], seconds: u32) -> Bytes {
    let mut bytes = format!("retry: {}\n", u64::from(seconds) * 1_000).into_bytes();
    bytes.extend_from_slice(&next(None, &respond::body(errors, None)));
    bytes.into()
}

const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata:\n\n");
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// One event. JSON has no line breaks of its own.
fn next(id: Option<&str>, payload: &impl Serialize) -> Bytes {
    let json = match serde_json::to_string(payload) {
        Ok(json) => json,
        Err(error) => {
            tracing::error!(%error, "an event could not be rendered");
            return COMPLETE;
        }
    };
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("{id}event: next\ndata: {json}\n\n"))
}

/// The server's place for a stream, and the tenant's.
type Places = (OwnedSemaphorePermit, Place);

/// Counts the reader of a stream as slow where its connection was cut as it did not read.
struct Watch {
    app: Arc<App>,
    unread: Unread,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.unread.is_so() {
            self.app.telemetry.slow_consumers.add(1);
        }
    }
}

/// The owner of one stream.
struct Teller<E> {
    http: Arc<Http<E>>,
    session: Session,
    /// The hash of the document that runs.
    document: String,
    subscription: Subscription<E>,
    /// When the stream ends whatever happens.
    until: Instant,
    has_ended: bool,
    is_stopping: bool,
    /// When the caller's rights are looked at again.
    look_at: Instant,
    _held: (Places, TaskTrackerToken),
    _watch: Watch,
    _counted: [Entered; 2],
}

impl<E: Executor> Teller<E> {
    fn new(
        http: &Arc<Http<E>>,
        subscription: Subscription<E>,
        (session, document): (Session, String),
        places: Places,
        unread: Unread,
    ) -> Self {
        let (held, telemetry) = ((places, http.open_sockets.token()), &http.app.telemetry);
        Self {
            http: Arc::clone(http),
            subscription,
            until: lifetime::end(http, &session).at,
            session,
            document,
            has_ended: false,
            is_stopping: false,
            look_at: Instant::now() + http.limits.socket.comment_interval,
            _held: held,
            _watch: Watch { app: Arc::clone(&http.app), unread },
            _counted: [telemetry.streams.enter(), telemetry.subscriptions.enter()],
        }
    }

    /// The next bytes; none at the end. A stream that the server ends is not completed: its reader comes back.
    async fn next(&mut self) -> Option<Bytes> {
        if self.has_ended {
            return None;
        }
        // First what is due: a stream that always has something to tell would never come to it.
        let told = tokio::select! {
            biased;
            () = sleep_until(self.until) => return self.part().await,
            () = self.http.shutdown.cancelled(), if !self.is_stopping => {
                self.is_stopping = true;
                let at = Instant::now() + lifetime::share_of(self.http.limits.socket.drain_spread);
                self.until = self.until.min(at);
                return Some(COMMENT);
            }
            () = sleep_until(self.look_at) => return self.look_again().await,
            told = self.subscription.next() => told,
        };
        self.write(told)
    }

    /// Ends the stream of a caller whose rights are no longer what they were, or whose document its app does not run any more.
    async fn look_again(&mut self) -> Option<Bytes> {
        if !auth::still_holds(&self.http.app, &self.session).await {
            self.has_ended = true;
            return None;
        }
        auth::look_at_policy(&self.http.app, &mut self.session).await;
        if !documents::may_go_on(&self.http, &self.session, &self.document).await {
            return self.write(Some(Told::Refused(documents::not_trusted().errors)));
        }
        self.look_at = Instant::now() + self.http.limits.socket.comment_interval;
        Some(COMMENT)
    }

    fn write(&mut self, told: Option<Told>) -> Option<Bytes> {
        match told {
            Some(Told::Next { payload, cursor }) => return Some(next(cursor.as_deref(), &payload)),
            Some(Told::Refused(errors)) => {
                self.has_ended = true;
                let wait = errors.iter().find_map(|error| error.extensions.retry_after);
                return Some(wait.map_or_else(|| refusal(&errors, None), |wait| pause(&errors, wait)));
            }
            None => self.has_ended = true,
        }
        if self.subscription.conversation().lagged.is_cancelled() {
            // Not completed: it comes back, and reads on from where it stands.
            self.http.app.telemetry.slow_consumers.add(1);
            return None;
        }
        Some(COMPLETE)
    }

    /// The last event of a stream that is about to close: where it stands.
    async fn part(&mut self) -> Option<Bytes> {
        self.has_ended = true;
        self.subscription.conversation().closing.cancel();
        let last = timeout_at(Instant::now() + FAREWELL, self.subscription.next()).await.ok().flatten()?;
        self.write(Some(last))
    }
}
