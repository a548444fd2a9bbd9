//! What callers may spend: the cost of an operation is taken before it runs, and what it did not cost is given back after it.
//!
//! On SQLite there is one node, and its memory is the truth. On PostgreSQL the buckets of callers with a token are rows that
//! all nodes share. A node takes a little more than it needs and spends that from memory, so that most requests run no
//! statement; what it took is no longer in the row, so all nodes together never let through more than the bucket holds. What is
//! spent without having been taken, since it ran already or while the database did not answer, is charged to the row with the
//! next look. Callers without a token have a bucket on each node: a row for each of their addresses would let strangers fill a
//! table.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::Result;
use crate::app::App;
use crate::domain::throttle::{Bucket, Payer, Terms};
use crate::domain::time::{Span, Timestamp};
use crate::store::{self, Db};
use crate::telemetry::ThrottleCounts;

/// Payers of each kind that a node remembers. Who is forgotten begins with a full bucket, or with the shared one.
const PAYERS_MAX: usize = 10_000;
/// A node takes this part of a full bucket at a time.
const PARTS: i64 = 20;
/// A node keeps so many parts of what it is given back: others may need the rest.
const PARTS_KEPT: i64 = 2;
/// Parts that it keeps for a moment after it returned some: costly operations in a row would write twice each.
const PARTS_KEPT_BUSY: i64 = 4;
/// That moment.
const BUSY: Span = Span::seconds(1);
/// How long what was taken may be spent without a look at the row: what other nodes did meanwhile is not known here.
const CREDIT_AGE: Span = Span::seconds(5);
/// How long a node refuses by itself after the row had too little, in microseconds, while its own copy has too little as well: who
/// has nothing left and asks all the time costs the database four looks a second, and what other nodes give back is noticed
/// before a caller comes again, who waits for a second at least.
const REFUSING: i64 = 250_000;
/// Time for the database to answer; a request waits no longer for that.
const PATIENCE: Duration = Duration::from_millis(500);
/// The same where the clock is moved by hand: its time does not pass while the database works.
const PATIENCE_BY_HAND: Duration = Duration::from_mins(1);
/// How long a node goes by its own buckets after the database did not answer.
const APART: Span = Span::seconds(2);

/// The buckets of one node.
#[derive(Debug)]
pub struct Throttle {
    known: Cache<Payer, Arc<Mutex<Purse>>>,
    /// In a table of their own: however many they are, they push no tenant out.
    strangers: Cache<Payer, Arc<Mutex<Purse>>>,
    /// Until when the database is not asked, in microseconds.
    apart_until: AtomicI64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            known: Cache::new(PAYERS_MAX),
            strangers: Cache::new(PAYERS_MAX),
            apart_until: AtomicI64::new(0),
        }
    }
}

/// What a node knows of one payer.
#[derive(Debug)]
struct Purse {
    /// Whether other nodes spend from the same bucket.
    is_shared: bool,
    /// What is left: the truth where nothing is shared, else as this node last saw it, with its balance.
    bucket: Bucket,
    /// Points that were taken from the shared bucket and are not spent; below zero those that were spent and not taken from it.
    balance: i64,
    /// Until when they may be spent.
    spendable_until: Timestamp,
    /// Until when the shared bucket is known to have had too little.
    refusing_until: Timestamp,
    /// Until when it keeps more of what it is given back.
    busy_until: Timestamp,
}

/// A purse that nobody else looks into.
type Held = OwnedMutexGuard<Purse>;

/// Whether there was enough, else how long until there is.
type Allowed = std::result::Result<(), Span>;

/// How a payer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Points in a full bucket.
    pub maximum_available: i64,
    /// Points that are there now, as far as this node knows.
    pub currently_available: i64,
    /// Points that are owed before there are some again, as far as this node knows.
    pub owed: i64,
    /// Points that come back in a second.
    pub restore_rate: i64,
    /// How long until what was asked for can be taken; none where it was taken.
    pub retry_after: Option<Span>,
}

impl Standing {
    /// Whether a whole bucket is owed: what would run on the same account now has to wait.
    pub const fn is_exhausted(&self) -> bool {
        self.owed >= self.maximum_available
    }
}

/// What was taken, to be given back in part.
#[derive(Debug)]
pub struct Receipt {
    payer: Payer,
    points: i64,
}

impl Receipt {
    /// The points that were taken.
    pub const fn points(&self) -> i64 {
        self.points
    }
}

/// Takes points. None where nothing is throttled; no receipt where there are too few, and nothing was taken then.
pub async fn charge(app: &App, payer: &Payer, points: i64) -> Option<(Standing, Option<Receipt>)> {
    let terms = app.config.operations.throttle?;
    let points = points.max(0);
    let (mut purse, now) = purse_of(app, payer, terms).await;
    let mut allowed = purse.bucket.affords(terms, points);
    if purse.is_shared {
        (purse, allowed) = ask(app, (payer, terms), purse, (points, now)).await;
    }
    let counts = counts_of(app, payer);
    match allowed {
        Ok(()) => {
            purse.bucket.spend(points);
            purse.note(points.saturating_neg());
            counts.taken.add(points.unsigned_abs());
        }
        Err(_) => counts.refused.add(1),
    }
    let receipt = allowed.is_ok().then_some(Receipt { payer: *payer, points });
    Some((purse.standing(terms, allowed.err()), receipt))
}

/// Gives back what was taken beyond this many points, and answers how the payer stands then.
pub async fn settle(app: &App, receipt: Receipt, spent: i64) -> Option<Standing> {
    let terms = app.config.operations.throttle?;
    let (mut purse, now) = purse_of(app, &receipt.payer, terms).await;
    let points = receipt.points.saturating_sub(spent.max(0)).max(0);
    counts_of(app, &receipt.payer).returned.add(points.unsigned_abs());
    purse.bucket.give_back(terms, points);
    // Whether the points came from the row or are owed to it: the balance is what the row is told of, whenever that is.
    purse.note(points);
    if purse.has_surplus(terms, now) && !app.throttle.is_apart(now) {
        purse.busy_until = now.plus(BUSY);
        let (held, seen) = look(app, (&receipt.payer, terms), purse, (0, now)).await;
        purse = held;
        if let Err(error) = seen {
            app.throttle.part(app, &error, now);
        }
    }
    Some(purse.standing(terms, None))
}

/// Takes points that were spent already, owed where there are too few, and answers how the payer stands then, and how long it takes
/// until `again` points can be taken. Runs no statement: other nodes know of it once this one looks at the shared bucket. None
/// where nothing is throttled.
pub async fn owe(app: &App, payer: &Payer, points: i64, again: i64) -> Option<Standing> {
    let terms = app.config.operations.throttle?;
    let points = points.max(0);
    let (mut purse, _) = purse_of(app, payer, terms).await;
    purse.bucket.owe(terms, points);
    purse.note(points.saturating_neg());
    counts_of(app, payer).taken.add(points.unsigned_abs());
    Some(purse.standing(terms, purse.bucket.affords(terms, again).err()))
}

/// How a payer stands; none where nothing is throttled. Runs no statement.
pub async fn standing(app: &App, payer: &Payer) -> Option<Standing> {
    let terms = app.config.operations.throttle?;
    let (purse, _) = purse_of(app, payer, terms).await;
    Some(purse.standing(terms, None))
}

/// The payer's purse with what came back until now, for nobody else meanwhile.
async fn purse_of(app: &App, payer: &Payer, terms: Terms) -> (Held, Timestamp) {
    let is_shared = payer.is_known() && app.db.is_postgres();
    let purse = app.throttle.purse(payer, || Purse::full(terms, app.clock.now(), is_shared));
    let mut purse = purse.lock_owned().await;
    let now = app.clock.now();
    purse.bucket.restore(terms, now);
    (purse, now)
}

/// Asks whether points may be spent: the memory where it can know, else the shared bucket, else the node's own.
async fn ask(
    app: &App,
    (payer, terms): (&Payer, Terms),
    purse: Held,
    (points, now): (i64, Timestamp),
) -> (Held, Allowed) {
    if points <= purse.balance && now < purse.spendable_until {
        return (purse, Ok(()));
    }
    let own = purse.bucket.affords(terms, points);
    let is_refused = own.is_err() && now < purse.refusing_until;
    if is_refused || app.throttle.is_apart(now) {
        return (purse, own);
    }
    let (purse, seen) = look(app, (payer, terms), purse, (points, now)).await;
    let allowed = seen.unwrap_or_else(|error| {
        app.throttle.part(app, &error, now);
        purse.bucket.affords(terms, points)
    });
    (purse, allowed)
}

/// Looks at the shared bucket, in a task of its own: a caller that hangs up meanwhile leaves nothing half-way. What was taken
/// for it stays in the purse.
async fn look(
    app: &App,
    (payer, terms): (&Payer, Terms),
    mut purse: Held,
    (points, now): (i64, Timestamp),
) -> (Held, Result<Allowed>) {
    let again = Arc::clone(OwnedMutexGuard::mutex(&purse));
    let (db, payer) = (app.db.clone(), *payer);
    let instant = (!app.clock.is_system()).then_some(now);
    let patience = if app.clock.is_system() { PATIENCE } else { PATIENCE_BY_HAND };
    let task = tokio::spawn(async move {
        let looking = purse.look(&db, (&payer, terms), points, instant);
        let seen = timeout(patience, looking).await;
        let seen = seen.unwrap_or_else(|_| Err(anyhow::anyhow!("the database is late").into()));
        if let Ok((left, allowed)) = &seen {
            purse.sees(*left, *allowed, terms, now);
        }
        (purse, seen.map(|(_, allowed)| allowed))
    });
    match task.await {
        Ok(looked) => looked,
        Err(error) => (again.lock_owned().await, Err(anyhow::Error::from(error).into())),
    }
}

impl Throttle {
    fn purse(&self, payer: &Payer, full: impl FnOnce() -> Purse) -> Arc<Mutex<Purse>> {
        let table = if payer.is_known() { &self.known } else { &self.strangers };
        let made = || Ok::<_, Infallible>(Arc::new(Mutex::new(full())));
        let Ok(purse) = table.get_or_insert_with(payer, made);
        purse
    }

    /// Whether the database is not asked for now.
    fn is_apart(&self, now: Timestamp) -> bool {
        now.micros() < self.apart_until.load(Ordering::Acquire)
    }

    /// Goes by the node's own buckets for a while, and says so.
    fn part(&self, app: &App, error: &super::Error, now: Timestamp) {
        app.telemetry.buckets_apart.add(1);
        self.apart_until.store(now.plus(APART).micros(), Ordering::Release);
        tracing::warn!(
            ?error,
            seconds = APART.as_seconds(),
            "the shared buckets cannot be had; this node throttles by its own"
        );
    }
}

impl Purse {
    const fn full(terms: Terms, now: Timestamp, is_shared: bool) -> Self {
        Self {
            is_shared,
            bucket: Bucket::full(terms, now),
            balance: 0,
            spendable_until: now,
            refusing_until: now,
            busy_until: now,
        }
    }

    /// Notes for the row what was spent, below zero, or given back.
    const fn note(&mut self, points: i64) {
        if self.is_shared {
            self.balance = self.balance.saturating_add(points);
        }
    }

    /// Whether it was given back so much that others may need some of it.
    fn has_surplus(&self, terms: Terms, now: Timestamp) -> bool {
        let parts = if now < self.busy_until { PARTS_KEPT_BUSY } else { PARTS_KEPT };
        self.balance > part_of(terms).saturating_mul(parts)
    }

    fn standing(&self, terms: Terms, retry_after: Option<Span>) -> Standing {
        Standing {
            maximum_available: terms.capacity,
            currently_available: self.bucket.points(),
            owed: self.bucket.owed(),
            restore_rate: terms.restore_rate,
            retry_after,
        }
    }

    /// Settles with the shared bucket, and takes points and a part more out of it, into the balance. Answers what is left there.
    async fn look(
        &mut self,
        db: &Db,
        (payer, terms): (&Payer, Terms),
        points: i64,
        instant: Option<Timestamp>,
    ) -> Result<(Bucket, Allowed)> {
        loop {
            let found = store::throttle::find_bucket(db, payer, terms, instant).await?;
            let (mut left, balance) = (found.bucket, self.balance);
            left.give_back(terms, balance);
            // What is owed beyond what its own bucket lacks has come back meanwhile, as it would have in the row.
            left.owe(terms, balance.saturating_neg().min(self.bucket.missing(terms)));
            let allowed = left.take(terms, points, found.now);
            let taken = allowed.map_or(0, |()| points.saturating_add(left.take_up_to(part_of(terms))));
            if allowed.is_err() && balance == 0 && !found.is_by_another_clock() {
                return Ok((left, allowed));
            }
            // Until the database answers nobody knows whether the row has this. Where it fails or is late, this errs against the
            // payer, so that no point is spent twice: what was given back counts as if the row had it, what is owed as if it had not.
            self.balance = balance.min(0);
            if store::throttle::keep_bucket(db, payer, &found, &left).await? {
                self.balance = taken;
                return Ok((left, allowed));
            }
            self.balance = balance;
        }
    }

    /// Notes what is in the shared bucket; by this node's clock, which it goes on by.
    fn sees(&mut self, left: Bucket, allowed: Allowed, terms: Terms, now: Timestamp) {
        self.bucket = Bucket::kept(left.millionths(), now);
        self.bucket.give_back(terms, self.balance);
        match allowed {
            Ok(()) => self.spendable_until = now.plus(CREDIT_AGE),
            Err(_) => self.refusing_until = Timestamp::from_micros(now.micros().saturating_add(REFUSING)),
        }
    }
}

const fn counts_of<'app>(app: &'app App, payer: &Payer) -> &'app ThrottleCounts {
    if payer.is_known() { &app.telemetry.tenants_throttled } else { &app.telemetry.strangers_throttled }
}

/// The points that a node takes at a time.
const fn part_of(terms: Terms) -> i64 {
    terms.capacity / PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_bucket_is_the_end_of_what_may_be_owed() {
        for (currently_available, owed, is_exhausted) in
            [(100, 0, false), (40, 0, false), (0, 99, false), (0, 100, true), (0, 250, true)]
        {
            let standing = Standing {
                maximum_available: 100,
                currently_available,
                owed,
                restore_rate: 10,
                retry_after: None,
            };
            assert_eq!(standing.is_exhausted(), is_exhausted, "{standing:?}");
        }
    }
}
