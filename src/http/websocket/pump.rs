//! The loop that owns one socket.
//!
//! One task reads, polls the subscriptions and writes, one thing at a time: while a frame is being taken by the other side nothing is
//! polled, so a slow reader holds no queue here; it lags and its streams read later from the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::response::{JsonMap, JsonValue};
use async_graphql::Executor;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::future::{AbortHandle, Abortable, BoxFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::domain::contract::sha256_hex;
use crate::domain::error::Code;
use crate::domain::language::Preferences;
use crate::graphql::conversation::Conversation;
use crate::http::documents;
use crate::http::door::Transport;
use crate::http::door::refusal::RequestError;
use crate::http::door::request::Parameters;
use crate::http::frames::{Subscription, Told};
use crate::http::lifetime;
use crate::http::observe;
use crate::http::tenants::Place;
use crate::http::{Http, toll};
use crate::service::auth::{self, Session, Source};
use crate::service::deprecations;
use crate::telemetry::Entered;

use super::protocol::{ClientMessage, Ending, ServerMessage};
use super::rate::Rate;

/// Pings in a row without a sign of life, after which the other side counts as gone.
const PINGS_MISSED: u8 = 2;
/// Time for the other side to take the close frame and to answer it.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why the loop stops.
#[derive(Debug)]
enum Stop {
    /// We end the connection.
    End(Ending),
    /// The other side is gone.
    Gone,
}

impl From<Ending> for Stop {
    fn from(ending: Ending) -> Self {
        Self::End(ending)
    }
}

/// A subscription between two messages.
struct Running<E> {
    id: String,
    /// The hash of its document.
    document: Arc<str>,
    subscription: Subscription<E>,
    /// Names the operation in the log.
    span: Span,
    _counted: Entered,
}

/// What a subscription told; none at its end.
type Turn<E> = (Box<Running<E>>, Option<Told>);

/// What the loop wakes up for.
enum Wake<E> {
    Alarm,
    Ping,
    Stopping,
    Frame(Option<Result<Message, axum::Error>>),
    Turn(Turn<E>),
    Nothing,
}

/// The owner of one socket.
pub struct Pump<E> {
    http: Arc<Http<E>>,
    socket: WebSocket,
    authorization: Option<String>,
    origin: Option<String>,
    /// The caller's network address, where it is known.
    address: Option<IpAddr>,
    session: Option<Session>,
    /// The tenant's place, once the caller is known.
    place: Option<Place>,
    /// When the connection ends whatever happens, and how.
    alarm: (Instant, Ending),
    rate: Rate,
    turns: FuturesUnordered<Abortable<BoxFuture<'static, Turn<E>>>>,
    /// What ends each subscription, and the hash of its document.
    running: HashMap<String, (AbortHandle, Arc<str>)>,
    /// Cancelled when the connection is about to close: each subscription tells where it stands, and ends.
    closing: CancellationToken,
    /// Cancelled by a subscription whose reader lags too far.
    lagged: CancellationToken,
}

impl<E: Executor> Pump<E> {
    /// Takes over an upgraded socket, with the headers `Authorization` and `Origin` of the upgrade; `address` is where that came
    /// from.
    pub fn new(
        http: Arc<Http<E>>,
        socket: WebSocket,
        (authorization, origin): (Option<String>, Option<String>),
        address: Option<IpAddr>,
    ) -> Self {
        let limits = &http.limits.socket;
        let alarm = (Instant::now() + limits.init_timeout, Ending::INIT_TIMEOUT);
        let rate = Rate::new(limits.messages_per_second, limits.message_burst);
        Self {
            http,
            socket,
            authorization,
            address,
            origin,
            session: None,
            place: None,
            alarm,
            rate,
            turns: FuturesUnordered::new(),
            running: HashMap::new(),
            closing: CancellationToken::new(),
            lagged: CancellationToken::new(),
        }
    }

    /// Talks until one side ends it.
    pub async fn run(mut self) {
        let stop = match self.talk().await {
            Ok(()) => Stop::Gone,
            Err(stop) => stop,
        };
        // The subscriptions end before the farewell: nothing is to follow the close frame.
        self.turns.clear();
        // Whoever closes one to open another one finds the room before the farewell is over.
        drop(self.place.take());
        if let Stop::End(ending) = stop {
            if ending == Ending::SLOW_CONSUMER {
                self.http.app.telemetry.slow_consumers.add(1);
            }
            tracing::debug!(code = ending.code, reason = ending.reason, "closing a socket");
            let frame = CloseFrame { code: ending.code, reason: ending.reason.into() };
            if !matches!(timeout(FAREWELL, self.socket.send(Message::Close(Some(frame)))).await, Ok(Ok(()))) {
                return;
            }
        }
        // Reading on lets the close frame out and keeps the connection from being reset over unread bytes.
        let farewell = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        if timeout(FAREWELL, farewell).await.is_err() {
            tracing::debug!("the other side does not answer the close frame");
        }
    }

    async fn talk(&mut self) -> Result<(), Stop> {
        let every = self.http.limits.socket.ping_interval;
        let mut pings = interval_at(Instant::now() + every, every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut missed, mut stopping) = (0, false);
        loop {
            let wake = tokio::select! {
                () = sleep_until(self.alarm.0) => Wake::Alarm,
                _ = pings.tick() => Wake::Ping,
                () = self.http.shutdown.cancelled(), if !stopping => Wake::Stopping,
                frame = self.socket.recv() => Wake::Frame(frame),
                Some(turn) = self.turns.next(), if !self.turns.is_empty() => match turn {
                    Ok(turn) => Wake::Turn(turn),
                    Err(_) => Wake::Nothing,
                },
            };
            match wake {
                Wake::Alarm => {
                    if self.alarm.1 == Ending::RESTART || self.alarm.1 == Ending::LIFETIME {
                        self.part().await?;
                    }
                    return Err(self.alarm.1.into());
                }
                Wake::Ping if missed == PINGS_MISSED => return Err(Ending::NO_PONG.into()),
                Wake::Ping => {
                    missed += 1;
                    self.look_again().await?;
                    self.write(Message::Ping(bytes::Bytes::new())).await?;
                }
                Wake::Stopping => {
                    stopping = true;
                    let at = Instant::now() + lifetime::share_of(self.http.limits.socket.drain_spread);
                    if at < self.alarm.0 {
                        self.alarm = (at, Ending::RESTART);
                    }
                }
                Wake::Frame(None) => return Err(Stop::Gone),
                Wake::Frame(Some(frame)) => {
                    missed = 0;
                    // Larger than allowed, not UTF-8, or no WebSocket frame at all.
                    let frame = frame.map_err(|_| Ending::INVALID_MESSAGE)?;
                    if !self.rate.take(Instant::now()) {
                        return Err(Ending::TOO_MANY_MESSAGES.into());
                    }
                    self.hear(frame).await?;
                }
                Wake::Turn(turn) => self.pass_on(turn).await?,
                Wake::Nothing => {}
            }
        }
    }

    /// Ends the connection of a caller whose rights are no longer what they were, and subscriptions whose document its app does
    /// not run any more.
    async fn look_again(&mut self) -> Result<(), Stop> {
        let Some(session) = &mut self.session else { return Ok(()) };
        if !auth::still_holds(&self.http.app, session).await {
            return Err(Ending::FORBIDDEN.into());
        }
        auth::look_at_policy(&self.http.app, session).await;
        let mut ended = Vec::new();
        for (id, (handle, document)) in &self.running {
            if !documents::may_go_on(&self.http, session, document).await {
                handle.abort();
                ended.push(id.clone());
            }
        }
        for id in ended {
            self.running.remove(&id);
            let payload = documents::not_trusted().errors;
            self.say(&ServerMessage::Error { id: &id, payload: &payload }).await?;
        }
        Ok(())
    }

    /// Lets every subscription tell where it stands, so that it is resumed there. It is not completed: it goes on
    /// elsewhere.
    async fn part(&mut self) -> Result<(), Stop> {
        self.closing.cancel();
        let until = Instant::now() + FAREWELL;
        // The clock is looked at as well: streams that are always ready would never let the time run out.
        while Instant::now() < until {
            match timeout_at(until, self.turns.next()).await {
                Ok(Some(Ok(turn))) => self.pass_on(turn).await?,
                Ok(Some(Err(_))) => {}
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }

    async fn hear(&mut self, frame: Message) -> Result<(), Stop> {
        let text = match frame {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Ending::INVALID_MESSAGE.into()),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(Stop::Gone),
        };
        match ClientMessage::read(&text)? {
            ClientMessage::Init(_) if self.session.is_some() => Err(Ending::SECOND_INIT.into()),
            ClientMessage::Init(payload) => self.open(&payload).await,
            ClientMessage::Ping(payload) => self.say(&ServerMessage::Pong { payload }).await,
            ClientMessage::Pong => Ok(()),
            ClientMessage::Complete { id } => {
                if let Some((handle, _)) = self.running.remove(&id) {
                    handle.abort();
                }
                Ok(())
            }
            ClientMessage::Subscribe { id, parameters } => self.subscribe(id, parameters).await,
        }
    }

    /// Looks at the caller's token: the one in the payload, else the one of the upgrade.
    async fn open(&mut self, payload: &JsonMap) -> Result<(), Stop> {
        let shown = match payload.get("Authorization").or_else(|| payload.get("authorization")) {
            Some(JsonValue::String(text)) => Some(text.as_str().to_owned()),
            Some(JsonValue::Null) | None => self.authorization.take(),
            // No text is no token, and counts as one that is refused.
            Some(_) => Some(String::new()),
        };
        let source = Source { origin: self.origin.as_deref(), address: self.address };
        let looked_at = auth::authenticate_from(&self.http.app, shown.as_deref(), source);
        let looked_at = timeout_at(self.alarm.0, looked_at).await.map_err(|_| self.alarm.1)?;
        let session = looked_at.map_err(Ending::of_unknown)?;
        let caller = session.payer(self.address);
        let place = self.http.tenants.enter(caller, self.http.limits.socket.at_once(&caller));
        self.place = Some(place.ok_or(Ending::TOO_MANY_CONNECTIONS)?);
        let end = lifetime::end(&self.http, &session);
        self.alarm = (end.at, if end.is_tokens { Ending::TOKEN_EXPIRED } else { Ending::LIFETIME });
        self.session = Some(session);
        self.say(&ServerMessage::ConnectionAck).await
    }

    async fn subscribe(&mut self, id: String, mut parameters: Parameters) -> Result<(), Stop> {
        let Some(session) = &mut self.session else { return Err(Ending::UNAUTHORIZED.into()) };
        if self.running.contains_key(&id) {
            return Err(Ending::DUPLICATE_ID.into());
        }
        let maximum = self.http.limits.socket.subscriptions;
        if self.running.len() >= maximum {
            let message = format!("A socket carries at most {maximum} subscriptions at once.");
            let error = RequestError::new(Code::RequestTooLarge, message);
            return self.say(&ServerMessage::Error { id: &id, payload: &[error] }).await;
        }
        let payer = session.payer(self.address);
        // The policy is that of each operation, not of the connection.
        auth::look_at_policy(&self.http.app, session).await;
        // What a subscription costs is paid once, and kept; what its messages cost beyond that is owed.
        let admitted = match documents::settle(&self.http, &payer, &mut parameters, session).await {
            Ok(()) => toll::admit(&self.http, &payer, &parameters, Transport::Socket).await,
            Err(refused) => Err(refused),
        };
        match admitted {
            Err(refused) => self.say(&ServerMessage::Error { id: &id, payload: &refused.errors }).await,
            Ok((admitted, _)) => {
                deprecations::note(&self.http.app, &session.actor, admitted.trail.deprecated());
                let span = observe::subscription(admitted.request.operation_name.as_deref());
                let conversation = Conversation::new(None, self.closing.child_token(), self.lagged.clone());
                let subscription = Subscription::new(
                    &self.http,
                    admitted,
                    (&session.actor, payer),
                    Preferences::default(),
                    conversation,
                );
                let subscription = subscription.map_err(|error| {
                    tracing::error!(error = format!("{error:#}"), "a subscription could not begin");
                    Ending::FAILURE
                })?;
                let counted = self.http.app.telemetry.subscriptions.enter();
                span.in_scope(|| tracing::debug!("a subscription begins"));
                let document = sha256_hex(parameters.text().unwrap_or_default().as_bytes()).into();
                self.resume(Box::new(Running { id, document, subscription, span, _counted: counted }));
                Ok(())
            }
        }
    }

    /// Lets a subscription run to its next message.
    fn resume(&mut self, mut running: Box<Running<E>>) {
        let (handle, registration) = AbortHandle::new_pair();
        self.running.insert(running.id.clone(), (handle, Arc::clone(&running.document)));
        let span = running.span.clone();
        let turn = async move {
            let told = running.subscription.next().await;
            (running, told)
        };
        self.turns.push(Abortable::new(turn.instrument(span).boxed(), registration));
    }

    /// Sends on what a subscription told, and only then lets it run again.
    async fn pass_on(&mut self, (running, told): Turn<E>) -> Result<(), Stop> {
        match told {
            Some(Told::Next { payload, cursor: _ }) => {
                self.say(&ServerMessage::Next { id: &running.id, payload: &payload }).await?;
                self.resume(running);
                Ok(())
            }
            Some(Told::Refused(errors)) => {
                self.running.remove(&running.id);
                self.say(&ServerMessage::Error { id: &running.id, payload: &errors }).await
            }
            None => {
                self.running.remove(&running.id);
                if self.closing.is_cancelled() {
                    return Ok(());
                }
                if self.lagged.is_cancelled() {
                    return Err(Ending::SLOW_CONSUMER.into());
                }
                self.say(&ServerMessage::Complete { id: &running.id }).await
            }
        }
    }

    async fn say(&mut self, message: &ServerMessage<'_>) -> Result<(), Stop> {
        let text = serde_json::to_string(message).map_err(|error| {
            tracing::error!(%error, "a message could not be rendered");
            Ending::FAILURE
        })?;
        self.write(Message::Text(text.into())).await
    }

    async fn write(&mut self, message: Message) -> Result<(), Stop> {
        match timeout(self.http.limits.socket.write_timeout, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stop::Gone),
            Err(_) => Err(Ending::SLOW_CONSUMER.into()),
        }
    }
}
