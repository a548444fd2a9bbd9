//! Subscriptions as both transports carry them. The executor checks the operation and finds its messages; each message is then
//! made into a frame once for all who ask for the same, however many they are.
//!
//! Nothing waits in a queue: a subscription takes its next message when its transport has written the last one. A frame is kept
//! for a while because others will want it, and made again for whoever comes later.

use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Executor, Request, Response, Value, Variables};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::{Instant, timeout};

use super::Http;
use super::door::refusal::RequestError;
use super::door::respond::{self, Outcome};
use super::door::{Admitted, Trail};
use crate::domain::actor::Actor;
use crate::domain::language::Preferences;
use crate::graphql::conversation::{Conversation, Messages};
use crate::graphql::{self, Preset};
use crate::service::events::Message;

/// Frames that are expected to be kept; more of them only make the table grow.
const EXPECTED: usize = 1_024;
/// Bytes that a frame takes beside its text.
const OVERHEAD: u64 = 256;
/// Groups in the table before the first look for those that are gone.
const FIRST_SWEEP: usize = 64;

/// What a subscription tells next.
#[derive(Debug, Clone)]
pub enum Told {
    /// A message.
    Next {
        /// Data, and errors of fields, as JSON.
        payload: Arc<RawValue>,
        /// Where its reader goes on behind it, if the message has a place in the log.
        cursor: Option<String>,
    },
    /// The operation does not run, or not any longer. Nothing follows.
    Refused(Vec<RequestError>),
}

/// A message as the callers of one group see it.
#[derive(Debug, Clone)]
enum Frame {
    Next(Arc<RawValue>),
    Refused(Vec<RequestError>),
}

/// What two subscriptions have in common whose messages look alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct GroupKey {
    document: usize,
    operation: Option<String>,
    /// Those that the look depends on, as JSON in the order of their names.
    variables: String,
    /// Who sees them, where that makes a difference.
    caller: Option<(Actor, Preferences)>,
}

/// Subscriptions whose messages look alike.
#[derive(Debug)]
struct Group {
    number: u64,
    document: ExecutableDocument,
    operation: Option<String>,
    variables: Variables,
    languages: Preferences,
    actor: Arc<Actor>,
    trail: Trail,
    is_live: bool,
}

/// Which frame: of which group, behind which place of the log, an event or a checkpoint. One that shows more than the message
/// is shared only while this node has heard of nothing new, and for a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct FrameKey {
    group: u64,
    seq: i64,
    is_event: bool,
    now: Option<(i64, u64)>,
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
        match frame {
            Frame::Next(payload) => OVERHEAD + payload.get().len() as u64,
            Frame::Refused(_) => OVERHEAD,
        }
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
    fn group(
        &self,
        admitted: &mut Admitted,
        actor: &Arc<Actor>,
        languages: &Preferences,
    ) -> anyhow::Result<Arc<Group>> {
        let telling = admitted.trail.telling();
        let (trail, request) = (&admitted.trail, &mut admitted.request);
        let seen: Vec<_> =
            request.variables.iter().filter(|(name, _)| telling.variables.contains(name.as_str())).collect();
        let key = GroupKey {
            document: trail.document_number(),
            operation: request.operation_name.clone(),
            variables: serde_json::to_string(&seen)?,
            caller: telling.is_live.then(|| (Actor::clone(actor), languages.clone())),
        };
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = groups.known.get(&key).and_then(Weak::upgrade) {
            return Ok(known);
        }
        let document = request.parsed_query().map_err(|error| anyhow::anyhow!("{}", error.message))?.clone();
        let group = Arc::new(Group {
            number: self.count.fetch_add(1, Ordering::Relaxed),
            document,
            operation: request.operation_name.clone(),
            variables: request.variables.clone(),
            languages: languages.clone(),
            actor: Arc::clone(actor),
            trail: trail.clone(),
            is_live: telling.is_live,
        });
        groups.insert(key, &group);
        Ok(group)
    }
}

impl Groups {
    fn insert(&mut self, key: GroupKey, group: &Arc<Group>) {
        if self.known.len() >= self.sweep_at {
            self.known.retain(|_, known| known.strong_count() > 0);
            self.sweep_at = FIRST_SWEEP.max(2 * self.known.len());
        }
        self.known.insert(key, Arc::downgrade(group));
    }
}

/// How far a subscription is.
enum Stage {
    /// The executor looks at the operation.
    Opening(BoxStream<'static, Response>),
    /// It was found to tell of the log.
    Messages(Messages),
    /// It is of another kind: the executor shows each message itself.
    Responses(BoxStream<'static, Response>),
    Ended,
}

/// One subscription.
pub struct Subscription<E> {
    http: Arc<Http<E>>,
    group: Arc<Group>,
    conversation: Arc<Conversation>,
    stage: Stage,
    /// The message that is being told: whoever stops waiting for its frame does not lose it.
    untold: Option<async_graphql::Result<Message>>,
}

impl<E> std::fmt::Debug for Subscription<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("group", &self.group.number).finish_non_exhaustive()
    }
}

impl<E: Executor> Subscription<E> {
    /// Begins an admitted operation for a caller.
    pub fn new(
        http: &Arc<Http<E>>,
        mut admitted: Admitted,
        actor: &Arc<Actor>,
        languages: Preferences,
        conversation: Conversation,
    ) -> anyhow::Result<Self> {
        let group = http.frames.group(&mut admitted, actor, &languages)?;
        let conversation = Arc::new(conversation);
        let request = admitted.request.data(languages).data(Arc::clone(&conversation));
        let request = graphql::with_caller(request, &http.app, actor);
        let stage = Stage::Opening(http.executor.execute_stream(request, None));
        Ok(Self { http: Arc::clone(http), group, conversation, stage, untold: None })
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
            Some(Told::Next { .. }) => self.http.app.telemetry.told.add(1),
            Some(Told::Refused(_)) | None => (self.stage, self.untold) = (Stage::Ended, None),
        }
        told
    }

    async fn advance(&mut self) -> Option<Told> {
        loop {
            if let Some(message) = self.untold.clone() {
                let told = tell(&self.http, &self.group, message).await;
                self.untold = None;
                return Some(told);
            }
            match &mut self.stage {
                Stage::Opening(stream) => match stream.next().await {
                    Some(response) => return Some(self.begin(response)),
                    None => self.stage = Stage::Messages(self.conversation.take_over()?),
                },
                Stage::Messages(messages) => {
                    self.untold = Some(messages.next().await?.map_err(async_graphql::Error::from));
                }
                Stage::Responses(stream) => {
                    let response = stream.next().await?;
                    return Some(frame(response, &self.group.trail).told(None));
                }
                Stage::Ended => return None,
            }
        }
    }

    /// The executor tells something itself: the first message, or why there is none.
    fn begin(&mut self, response: Response) -> Told {
        if let Stage::Opening(stream) = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.stage = Stage::Responses(stream);
        }
        // Without data at the first message the stream itself could not be made: that is an error of the request.
        let is_unmade = response.data == Value::Null && !response.errors.is_empty();
        match respond::present(response, &self.group.trail) {
            Outcome::Executed(response) if is_unmade => {
                Told::Refused(respond::as_request_errors(response.errors))
            }
            Outcome::Executed(response) => written(&response).told(None),
            Outcome::Refused(refused) => Told::Refused(refused.errors),
        }
    }
}

/// A message as the group sees it: as it was made for another one, or made now.
async fn tell<E: Executor>(http: &Http<E>, group: &Group, message: async_graphql::Result<Message>) -> Told {
    let Ok(known) = &message else { return group.show(http, message).await.told(None) };
    let cursor = Some(known.cursor().to_owned());
    let Some(key) = key(http, group, known) else { return group.show(http, message).await.told(cursor) };
    let shown = async { Ok::<_, Infallible>(group.show(http, message.clone()).await) };
    match http.frames.kept.get_or_insert_async(&key, shown).await {
        Ok(frame) => frame.told(cursor),
        Err(never) => match never {},
    }
}

/// What the frame of a message is kept under; none where it cannot be shared.
fn key<E>(http: &Http<E>, group: &Group, message: &Message) -> Option<FrameKey> {
    let now = match (group.is_live, http.app.feed.followed_to()) {
        (false, _) => None,
        (true, Some(head)) => Some((head, http.frames.begun.elapsed().as_secs())),
        (true, None) => return None,
    };
    let is_event = matches!(message, Message::Event { .. });
    Some(FrameKey { group: group.number, seq: message.seq(), is_event, now })
}

impl Group {
    /// What its callers see of a message.
    async fn show<E: Executor>(&self, http: &Http<E>, told: async_graphql::Result<Message>) -> Frame {
        http.app.telemetry.frames.add(1);
        let mut request = Request::new(String::new());
        request.set_parsed_query(self.document.clone());
        request.operation_name.clone_from(&self.operation);
        request.variables = self.variables.clone();
        let request = request.data(self.languages.clone()).data(Preset(told));
        let request = graphql::with_caller(request, &http.app, &self.actor);
        let mut stream = http.executor.execute_stream(request, None);
        match timeout(http.limits.execution_timeout, stream.next()).await {
            Ok(Some(response)) => frame(response, &self.trail),
            Ok(None) => Frame::Refused(respond::failure(&anyhow::anyhow!("a message was not shown")).errors),
            Err(_) => Frame::Refused(respond::took_too_long(&http.limits).errors),
        }
    }
}

impl Frame {
    fn told(self, cursor: Option<String>) -> Told {
        match self {
            Self::Next(payload) => Told::Next { payload, cursor },
            Self::Refused(errors) => Told::Refused(errors),
        }
    }
}

/// What the caller may see of the executor's answer.
fn frame(response: Response, trail: &Trail) -> Frame {
    match respond::present(response, trail) {
        Outcome::Executed(response) => written(&response),
        Outcome::Refused(refused) => Frame::Refused(refused.errors),
    }
}

fn written(response: &Response) -> Frame {
    match to_raw_value(response) {
        Ok(payload) => Frame::Next(payload.into()),
        Err(error) => Frame::Refused(respond::failure(&error.into()).errors),
    }
}
