//! Events: the feed that wakes readers, and streams from any cursor.
//!
//! Readers pull: a stream reads the log only when its socket took the last frame, so a slow one lags and loses nothing.
//! A wake-up is only ever a hint.

mod cursor;
mod herald;
#[cfg(feature = "nats")]
mod hint;
#[cfg(feature = "nats")]
mod nats;
mod page;
mod place;
mod retention;
mod ring;
mod stream;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore, watch};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::hearing::Ear;
use crate::domain::ids::CompanyId;
use crate::domain::time::{Span, Timestamp};
use crate::store;
use crate::store::events::Outbox;

use super::Result;

pub use cursor::Place;
pub(super) use cursor::{Purpose, seal, unseal};
pub use herald::{Herald, herald};
pub use page::page;
pub(super) use place::{cursor_of, growth, must_be_told, place_of};
pub use retention::retain;
pub use stream::{Message, Wanted, check_lead_times, subscribe};

use ring::Ring;

/// Readers of this node that may ask the database at once; the others wait, and lose nothing.
const CATCHING_UP: usize = 32;
/// Events that the follower reads at once.
const FOLLOWED: u32 = 5_000;
/// How long a node may go without a round of [`keep_up`] that succeeded.
const LONGEST_SILENCE: Span = Span::seconds(10);
/// How old an event without a place may become.
const OLDEST_UNPLACED: Span = Span::seconds(10);

/// What this node knows of the log, and who waits for it.
pub struct Feed {
    ring: Ring,
    /// Who waits: companies, and the platform. The number is the last place that concerns them.
    waiting: Mutex<HashMap<Option<CompanyId>, watch::Sender<i64>>>,
    unsequenced: Notify,
    catching_up: Semaphore,
    key: tokio::sync::OnceCell<[u8; 32]>,
    /// Whether this node follows the log at all.
    is_followed: AtomicBool,
    /// When a round of [`keep_up`] succeeded last, in microseconds; zero before the first one.
    kept_up_at: AtomicI64,
}

impl std::fmt::Debug for Feed {
    /// Without the key of the cursors.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Feed(followed to {:?})", self.followed_to())
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            ring: Ring::default(),
            waiting: Mutex::default(),
            unsequenced: Notify::new(),
            catching_up: Semaphore::new(CATCHING_UP),
            key: tokio::sync::OnceCell::new(),
            is_followed: AtomicBool::new(false),
            kept_up_at: AtomicI64::new(0),
        }
    }
}

impl Feed {
    /// Tells that a transaction with events was committed, here or elsewhere.
    pub fn appended(&self) {
        self.unsequenced.notify_one();
        self.wake_unfollowed();
    }

    /// Where nobody follows the log, as before a node's first look, whoever waits looks into the database.
    fn wake_unfollowed(&self) {
        if !self.ring.is_ready() {
            for waiting in self.waiting().values() {
                waiting.send_modify(|_| ());
            }
        }
    }

    /// Ends once a transaction with events was committed on this node.
    pub async fn until_appended(&self) {
        self.unsequenced.notified().await;
    }

    /// Tells that this node follows the log from now on, so that it is ready only while it does.
    pub fn begins(&self) {
        self.is_followed.store(true, Ordering::Release);
    }

    /// Whether this node is up to date with the log, or does not follow it at all.
    pub fn keeps_up(&self, now: Timestamp) -> bool {
        let last = self.kept_up_at.load(Ordering::Acquire);
        let is_fresh = last > 0 && now.since(Timestamp::from_micros(last)) <= LONGEST_SILENCE;
        is_fresh || !self.is_followed.load(Ordering::Acquire)
    }

    /// The place up to which this node has read the log; none before its first look.
    pub fn followed_to(&self) -> Option<i64> {
        self.ring.reached().map(|log| log.seq)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Option<CompanyId>, watch::Sender<i64>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever listens with this ear, from now on.
    fn watch(&self, ear: Ear) -> watch::Receiver<i64> {
        let whose = match ear {
            Ear::Nobody | Ear::Platform => None,
            Ear::Company(listener) => Some(listener.company),
        };
        self.waiting().entry(whose).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// Wakes those whom the events up to a place concern; forgets those who went.
    fn wake(&self, concerned: &HashSet<CompanyId>, last: i64) {
        let mut waiting = self.waiting();
        for whose in concerned.iter().copied().map(Some).chain([None]) {
            if let Some(sender) = waiting.get(&whose) {
                if sender.receiver_count() == 0 {
                    waiting.remove(&whose);
                } else {
                    sender.send_replace(last);
                }
            }
        }
    }
}

/// Whose ear an actor has.
fn ear(actor: &Actor) -> Ear {
    actor.role.map_or(Ear::Nobody, |role| Ear::of(role, actor.company))
}

/// Reads what is new in the log into this node's memory and wakes whom it concerns.
pub async fn follow(app: &App) -> Result<()> {
    loop {
        let head = store::events::head(&app.db).await?;
        let after = app.feed.ring.goes_on_behind(&head);
        if after >= head.seq {
            app.feed.ring.is_caught_up();
            return Ok(());
        }
        let told = store::events::behind(&app.db, after, FOLLOWED).await?;
        let last = told.last().map_or(after, |heard| heard.event.seq);
        if last == after {
            return Err(anyhow::anyhow!("the log ends at {after}, its head says {}", head.seq).into());
        }
        let concerned = app.feed.ring.push(told, &head);
        app.feed.wake(&concerned, last);
    }
}

/// Gives committed events their places; answers how many. On SQLite they have them from the start. Call [`follow`] next.
pub async fn sequence(app: &App) -> Result<i64> {
    if !app.db.is_postgres() {
        return Ok(0);
    }
    let mut all = 0;
    loop {
        // Asked without a lock: a hint that the log grew comes to every node, and mostly another one has given the places.
        if store::events::oldest_in_outbox(&app.db).await?.is_none() {
            break;
        }
        let herald = app.herald.as_deref().filter(|herald| herald.is_connected());
        let tx = app.db.begin().await?;
        let grown = store::events::sequence(&tx, herald.is_none()).await?;
        tx.commit().await?;
        let Some(grown) = grown else { break };
        all += grown.count();
        let is_told = herald.is_none_or(|herald| herald.tell(&grown));
        app.telemetry.wakes_untold.add(u64::from(!is_told));
    }
    if all > 0 {
        app.feed.wake_unfollowed();
    }
    Ok(all)
}

/// One round of what a node owes the log: places for what was committed, and what is new into this node's memory.
pub async fn keep_up(app: &App) -> Result<i64> {
    let moved = sequence(app).await;
    // Other nodes grow the log too, also where this one cannot.
    follow(app).await?;
    let moved = moved?;
    app.feed.kept_up_at.store(app.clock.now().micros(), Ordering::Release);
    Ok(moved)
}

/// What waits for a place, and for how many seconds the first of it has waited. On SQLite nothing ever does.
pub async fn unplaced(app: &App) -> Result<(i64, i64)> {
    if !app.db.is_postgres() {
        return Ok((0, 0));
    }
    let Outbox { rows, oldest } = store::events::outbox(&app.db).await?;
    Ok((rows, age(app, oldest).await?.as_seconds()))
}

/// Whether what is committed gets its place in time, whichever node gives it.
pub async fn is_placed_in_time(app: &App) -> Result<bool> {
    if !app.db.is_postgres() {
        return Ok(true);
    }
    let oldest = store::events::oldest_in_outbox(&app.db).await?;
    Ok(age(app, oldest).await? <= OLDEST_UNPLACED)
}

/// How long ago something happened, by the clock that events go by; nothing where there is none.
async fn age(app: &App, happened: Option<Timestamp>) -> Result<Span> {
    let Some(happened) = happened else { return Ok(Span::ZERO) };
    let now = super::orders::now_in(app, &app.db).await?;
    Ok(now.since(happened).max(Span::ZERO))
}

/// Listens to what other nodes commit, for as long as the connection lives. On SQLite there are none: it waits for ever.
pub async fn listen(app: &App) -> Result<()> {
    if !app.db.is_postgres() {
        return std::future::pending().await;
    }
    let mut hints = store::events::Hints::open(&app.config.database_url).await?;
    loop {
        // What was committed before the listening began, or while the connection was lost, is looked for too.
        app.feed.appended();
        hints.next().await?;
    }
}

/// Hears what other nodes tell beside the database, for as long as that goes on; without a herald nothing, for ever.
pub async fn hear(app: &App) -> Result<()> {
    match &app.herald {
        Some(herald) => herald.listen(app).await,
        None => std::future::pending().await,
    }
}
