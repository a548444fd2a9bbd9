//! Subscriptions as both transports carry them. The executor checks the operation and finds its messages; each message is then
//! made into a frame once for all who ask for the same, however many they are.
//!
//! Nothing waits in a queue: a subscription takes its next message when its transport has written the last one. A frame is kept
//! for a while because others will want it, and made again for whoever comes later.

mod frame;
mod seed;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_graphql::{Executor, Request, Response};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use super::door::refusal::RequestError;
use super::door::respond;
use super::door::{Admitted, Trail};
use super::{Http, toll};
use crate::domain::actor::Actor;
use crate::domain::ids::EventId;
use crate::domain::language::Preferences;
use crate::domain::throttle::Payer;
use crate::graphql::conversation::{Conversation, Messages};
use crate::graphql::{self, Preset};
use crate::service::events::Message;

use frame::{Frame, Shown};
use seed::{GroupKey, Seed};

/// Frames that are expected to be kept; more of them only make the table grow.
const EXPECTED: usize = 1_024;
/// Groups in the table before the first look for those that are gone.
const FIRST_SWEEP: usize = 64;

/// What a subscription tells next.
#[derive(Debug, Clone)]
pub enum Told {
    /// A message.
    Next {
        /// Data, and errors of fields, as JSON.
        payload: Arc<RawValue>,
        /// Where readers go on behind it, if the message has a place in the log: the cursor of whoever it was made for, which
        /// leads where that of everybody else does.
        cursor: Option<Arc<str>>,
    },
    /// The operation does not run, or not any longer. Nothing follows; an error that says when lets its caller come back.
    Refused(Vec<RequestError>),
}

/// Subscriptions whose messages look alike.
#[derive(Debug)]
struct Group {
    number: u64,
    seed: Seed,
}

/// Which frame: of which group and which message. One that shows more than the message is shared only while this node has
/// heard of nothing new, and for a second.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FrameKey {
    group: u64,
    told: Which,
    now: Option<(i64, u64)>,
}

/// Which message, whatever becomes of the log: a place alone may be given out again after a restore.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Which {
    Event(EventId),
    Checkpoint(i64, String),
}

/// The groups of one node and the frames that were made for them.
#[derive(Debug)]
pub struct Frames {
    groups: Mutex<Groups>,
    kept: Cache<FrameKey, Frame, ByLength>,
    count: AtomicU64,
    begun: Instant,
}

#[derive(Debug, Default)]
struct Groups {
    known: HashMap<GroupKey, Weak<Group>>,
    /// How many there may be before those that are gone are looked for.
    sweep_at: usize,
}

#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<FrameKey, Frame> for ByLength {
    fn weight(&self, _: &FrameKey, frame: &Frame) -> u64 {
        frame.weight()
    }
}

impl Frames {
    /// Keeps frames up to a weight in bytes.
    pub fn new(bytes: u64) -> Self {
        Self {
            groups: Mutex::default(),
            kept: Cache::with_weighter(EXPECTED, bytes, ByLength),
            count: AtomicU64::new(0),
            begun: Instant::now(),
        }
    }

    /// The group of an operation, made where it is the first of its kind.
    fn group(&self, seed: Seed) -> Arc<Group> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = groups.known.get(&seed.key).and_then(Weak::upgrade) {
            return known;
        }
        let group = Arc::new(Group { number: self.count.fetch_add(1, Ordering::Relaxed), seed });
        groups.insert(&group);
        group
    }
}

impl Groups {
    fn insert(&mut self, group: &Arc<Group>) {
        if self.known.len() >= self.sweep_at {
            self.known.retain(|_, known| known.strong_count() > 0);
            self.sweep_at = FIRST_SWEEP.max(2 * self.known.len());
        }
        self.known.insert(group.seed.key.clone(), Arc::downgrade(group));
    }
}

/// How far a subscription is.
enum Stage {
    /// The executor looks at the operation.
    Opening(BoxStream<'static, Response>, Box<Seed>),
    /// It was found to tell of the log.
    Messages(Messages, Arc<Group>),
    /// It is of another kind: the executor shows each message itself.
    Responses(BoxStream<'static, Response>),
    Ended,
}

/// One subscription.
pub struct Subscription<E> {
    http: Arc<Http<E>>,
    payer: Payer,
    trail: Trail,
    conversation: Arc<Conversation>,
    stage: Stage,
    has_told: bool,
    /// The message that is being told: whoever stops waiting for its frame does not lose it.
    untold: Option<async_graphql::Result<Message>>,
    /// Its frame, likewise, while it is paid.
    unpaid: Option<Frame>,
    /// Where its messages have cost too much, and it ends: after how many seconds it can be paid again.
    spent: Option<u32>,
}

impl<E> std::fmt::Debug for Subscription<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("trail", &self.trail).finish_non_exhaustive()
    }
}

impl<E: Executor> Subscription<E> {
    /// Begins an admitted operation for a caller; the payer is charged for its messages.
    pub fn new(
        http: &Arc<Http<E>>,
        mut admitted: Admitted,
        (actor, payer): (&Arc<Actor>, Payer),
        languages: Preferences,
        conversation: Conversation,
    ) -> anyhow::Result<Self> {
        let seed = Box::new(Seed::new(&mut admitted, actor, &languages)?);
        let (trail, conversation) = (admitted.trail, Arc::new(conversation));
        let request = admitted.request.data(languages).data(Arc::clone(&conversation));
        let request = graphql::with_caller(request, &http.app, actor);
        let stage = Stage::Opening(http.executor.execute_stream(request, None), seed);
        Ok(Self {
            http: Arc::clone(http),
            payer,
            trail,
            conversation,
            stage,
            has_told: false,
            untold: None,
            unpaid: None,
            spent: None,
        })
    }

    /// What its transport tells it and is told.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// What it tells next; none at its end. Whoever stops waiting may ask again.
    pub async fn next(&mut self) -> Option<Told> {
        let told = AssertUnwindSafe(self.advance()).catch_unwind().await.unwrap_or_else(|_| {
            let refused = respond::failure(&anyhow::anyhow!("a subscription panicked"));
            Some(Told::Refused(refused.errors))
        });
        match told {
            Some(Told::Next { .. }) => {
                self.has_told = true;
                self.http.app.telemetry.told.add(1);
            }
            Some(Told::Refused(_)) | None => {
                (self.stage, self.untold, self.unpaid) = (Stage::Ended, None, None);
            }
        }
        told
    }

    async fn advance(&mut self) -> Option<Told> {
        if self.unpaid.is_none() {
            match self.show().await {
                Some(Ok(frame)) => self.unpaid = Some(frame),
                Some(Err(errors)) => return Some(Told::Refused(errors)),
                None => {
                    return self.spent.take().map(|seconds| Told::Refused(vec![frame::too_dear(seconds)]));
                }
            }
        }
        self.pay().await;
        let Frame { payload, cursor, cost: _ } = self.unpaid.take()?;
        Some(Told::Next { payload, cursor })
    }

    /// Takes what the message cost, and holds it back for nobody's lack of points. Where too much is owed nothing more is shown
    /// than where the stream stands.
    async fn pay(&mut self) {
        let cost = self.unpaid.as_ref().map_or(0, |frame| frame.cost);
        if let Some(seconds) = toll::owe(&self.http, &self.payer, &self.trail, cost).await {
            tracing::debug!(seconds, "a subscription ends: its messages have cost too much");
            self.spent = Some(seconds);
            self.conversation.closing.cancel();
        }
    }

    /// The next message; none at the end.
    async fn show(&mut self) -> Option<Shown> {
        loop {
            let is_first = !self.has_told;
            match &mut self.stage {
                Stage::Opening(stream, _) => match stream.next().await {
                    Some(response) => return Some(self.begin(response)),
                    None => self.listen()?,
                },
                Stage::Messages(messages, group) => {
                    if self.untold.is_none() {
                        self.untold = Some(messages.next().await?.map_err(async_graphql::Error::from));
                    }
                    let (message, group) = (self.untold.clone()?, Arc::clone(group));
                    let shown = tell(&self.http, &group, message, is_first).await;
                    self.untold = None;
                    return Some(shown);
                }
                // It has no place to tell.
                Stage::Responses(_) if self.spent.is_some() => return None,
                Stage::Responses(stream) => {
                    let response = stream.next().await?;
                    return Some(Frame::of(&self.http, response, &self.trail, None, false));
                }
                Stage::Ended => return None,
            }
        }
    }

    /// The executor has accepted the operation, and its messages come from the log.
    fn listen(&mut self) -> Option<()> {
        let messages = self.conversation.take_over()?;
        if let Stage::Opening(_, seed) = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.stage = Stage::Messages(messages, self.http.frames.group(*seed));
        }
        Some(())
    }

    /// The executor tells something itself: the first message, or why there is none.
    fn begin(&mut self, response: Response) -> Shown {
        if let Stage::Opening(stream, _) = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.stage = Stage::Responses(stream);
        }
        Frame::of(&self.http, response, &self.trail, None, true)
    }
}

/// A message as the group sees it: as it was made for another one, or made now. It is made in a task of its own: whoever asked
/// first may be busy with a socket that takes nothing, and others wait for the same frame. What fails is nobody else's.
async fn tell<E: Executor>(
    http: &Arc<Http<E>>,
    group: &Arc<Group>,
    message: async_graphql::Result<Message>,
    is_first: bool,
) -> Shown {
    let key = message.as_ref().ok().and_then(|known| key(http, group, known));
    if let Some(kept) = key.as_ref().and_then(|key| http.frames.kept.get(key)) {
        return Ok(kept);
    }
    let (http, group) = (Arc::clone(http), Arc::clone(group));
    let made = async move {
        let shown = group.show(&http, message, is_first);
        match key {
            Some(key) => http.frames.kept.get_or_insert_async(&key, shown).await,
            None => shown.await,
        }
    };
    // What fails is found in the log by the request that asked first.
    match tokio::spawn(made.in_current_span()).await {
        Ok(shown) => shown,
        Err(error) => Err(respond::failure(&anyhow::anyhow!("a message was not shown: {error}")).errors),
    }
}

/// What the frame of a message is kept under; none where it cannot be shared.
fn key<E>(http: &Http<E>, group: &Group, message: &Message) -> Option<FrameKey> {
    let now = match (group.seed.is_live(), http.app.feed.followed_to()) {
        (false, _) => None,
        (true, Some(head)) => Some((head, http.frames.begun.elapsed().as_secs())),
        (true, None) => return None,
    };
    let told = match message {
        Message::Event { event, .. } => Which::Event(event.id),
        Message::Checkpoint { seq, epoch, .. } => Which::Checkpoint(*seq, epoch.clone()),
    };
    Some(FrameKey { group: group.number, told, now })
}

impl Group {
    /// What its callers see of a message.
    async fn show<E: Executor>(
        &self,
        http: &Http<E>,
        message: async_graphql::Result<Message>,
        is_first: bool,
    ) -> Shown {
        http.app.telemetry.frames.add(1);
        let seed = &self.seed;
        let cursor = message.as_ref().ok().map(|known| Arc::from(known.cursor()));
        let mut request = Request::new(String::new());
        request.set_parsed_query(seed.document.clone());
        request.operation_name.clone_from(&seed.key.operation);
        request.variables = seed.variables.clone();
        let request = request.data(seed.languages.clone()).data(Preset(message));
        let request = graphql::with_caller(request, &http.app, &seed.actor);
        let mut stream = http.executor.execute_stream(request, None);
        match timeout(http.limits.execution_timeout, stream.next()).await {
            Ok(Some(response)) => Frame::of(http, response, &seed.trail, cursor, is_first),
            Ok(None) => Err(respond::failure(&anyhow::anyhow!("a message was not shown")).errors),
            Err(_) => Err(respond::took_too_long(&http.limits).errors),
        }
    }
}
