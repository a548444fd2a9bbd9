//! Hints between nodes over NATS. The client connects and comes back in the background; while NATS is away nothing waits for
//! it, and what it would have told is told by PostgreSQL and found by polling.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event};
use futures_util::{FutureExt, StreamExt};

use super::herald::Herald;
use super::hint::{Heard, Hint, Meaning};
use crate::app::App;
use crate::config::{NatsLogin, NatsSettings};
use crate::service::Result;
use crate::store::events::Growth;

/// Hints that may wait to be sent; further ones are dropped.
const UNSENT: usize = 64;
/// Hints that may wait to be looked at; further ones are dropped.
const UNREAD: usize = 1_024;
/// How often a silent server is asked whether it is there; after three times without an answer it is away.
const PING: Duration = Duration::from_secs(5);

/// The client of this node.
pub(super) struct Nats {
    settings: NatsSettings,
    /// None until this node listens.
    client: RwLock<Option<Client>>,
    /// Whether a message that is no hint was told in the log.
    has_warned: AtomicBool,
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Nats({:?})", self.settings)
    }
}

#[async_trait::async_trait]
impl Herald for Nats {
    fn is_connected(&self) -> bool {
        self.client().is_some_and(|client| client.connection_state() == State::Connected)
    }

    fn tell(&self, grown: &Growth) -> bool {
        let Some(client) = self.client() else { return false };
        // The client takes a message at once, or its buffer is full, or it has ended.
        let told = client.publish(self.settings.subject.clone(), Hint::message(grown)).now_or_never();
        matches!(told, Some(Ok(())))
    }

    async fn listen(&self, app: &App) -> Result<()> {
        let client = self.connect().await?;
        self.set(Some(client.clone()));
        let heard = self.hear(app, &client).await;
        // Its last known state would be taken for the present one.
        self.set(None);
        heard
    }
}

impl Nats {
    pub(super) const fn new(settings: NatsSettings) -> Self {
        Self { settings, client: RwLock::new(None), has_warned: AtomicBool::new(false) }
    }

    fn client(&self) -> Option<Client> {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, client: Option<Client>) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// A client that is connected as soon as that can be, and again whenever it was cut off.
    async fn connect(&self) -> Result<Client> {
        let news = Arc::new(News::default());
        let options = ConnectOptions::new()
            .name("surety")
            .retry_on_initial_connect()
            .require_tls(self.settings.is_tls())
            .ping_interval(PING)
            .client_capacity(UNSENT)
            .subscription_capacity(UNREAD)
            .reconnect_delay_callback(patience)
            .event_callback(move |event| {
                let news = Arc::clone(&news);
                async move { news.tell(&event) }
            });
        let options = match self.settings.login.clone() {
            None => options,
            Some(NatsLogin::Token(token)) => options.token(token),
            Some(NatsLogin::User { name, password }) => options.user_and_password(name, password),
        };
        let connected = options.connect(self.settings.server.as_str()).await;
        Ok(connected.map_err(anyhow::Error::from)?)
    }

    async fn hear(&self, app: &App, client: &Client) -> Result<()> {
        let subscribed = client.subscribe(self.settings.subject.clone()).await;
        let mut messages = subscribed.map_err(anyhow::Error::from)?;
        let mut heard = Heard::default();
        while let Some(message) = messages.next().await {
            self.takes(app, &message.payload, &mut heard);
        }
        Err(anyhow::anyhow!("the client of NATS has ended").into())
    }

    /// Wakes the follower where a message may mean that there is more to read. It reads from the database in any case.
    fn takes(&self, app: &App, message: &[u8], heard: &mut Heard) {
        let Some(hint) = Hint::read(message) else {
            app.telemetry.wakes_unreadable.add(1);
            if !self.has_warned.swap(true, Ordering::Relaxed) {
                let subject = &self.settings.subject;
                tracing::warn!(
                    subject,
                    bytes = message.len(),
                    "a message is no hint; further ones are only counted"
                );
            }
            return;
        };
        match heard.judge(&hint, app.feed.ring.reached().as_ref()) {
            Meaning::Foreign | Meaning::Known => {}
            Meaning::News => app.feed.appended(),
            Meaning::Gap => {
                app.telemetry.wake_gaps.add(1);
                app.feed.appended();
            }
        }
    }
}

/// How long the client waits before an attempt to connect: not at all before the first, six seconds and a half at most.
fn patience(attempt: usize) -> Duration {
    match attempt {
        0 | 1 => Duration::ZERO,
        later => Duration::from_millis(50_u64 << (later - 2).min(7)),
    }
}

/// Tells what becomes of the connection, each trouble once until the next connection.
#[derive(Debug, Default)]
struct News {
    is_away: AtomicBool,
    is_troubled: AtomicBool,
}

impl News {
    fn tell(&self, event: &Event) {
        match event {
            Event::Connected => {
                self.is_away.store(false, Ordering::Relaxed);
                self.is_troubled.store(false, Ordering::Relaxed);
                tracing::info!("NATS is connected");
            }
            Event::Disconnected | Event::ClientError(_) => {
                if !self.is_away.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%event, "NATS is away; until it is back, PostgreSQL wakes the nodes");
                }
            }
            Event::ServerError(_) | Event::SlowConsumer(_) => {
                if !self.is_troubled.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%event, "NATS does not pass on every hint");
                }
            }
            Event::LameDuckMode | Event::Draining | Event::Closed => {
                tracing::debug!(%event, "NATS tells of itself");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer_and_never_rare() {
        let waits: Vec<u128> = (0..12).map(|attempt| patience(attempt).as_millis()).collect();
        assert_eq!(waits, [0, 0, 50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 6_400, 6_400]);
        assert_eq!(patience(usize::MAX).as_millis(), 6_400);
    }
}
