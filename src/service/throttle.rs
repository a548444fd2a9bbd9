//! What callers may spend: the cost of an operation is taken before it runs, and what it did not cost is given back after it.
//!
//! On SQLite there is one node, and its memory is the truth. On PostgreSQL the buckets of callers with a token are rows that
//! all nodes share. A node takes a little more than it needs and spends that from memory, so that most requests run no
//! statement; what it took is no longer in the row, so all nodes together never let through more than the bucket holds. Callers
//! without a token have a bucket on each node: a row for each of their addresses would let strangers fill a table.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::Result;
use crate::app::App;
use crate::domain::throttle::{Bucket, Payer, Terms};
use crate::domain::time::{Span, Timestamp};
use crate::store;
use crate::telemetry::ThrottleCounts;

/// Payers of each kind that a node remembers. Who is forgotten begins with a full bucket, or with the shared one.
const PAYERS_MAX: usize = 10_000;
/// A node takes this part of a full bucket at a time.
const PARTS: i64 = 20;
/// How long what was taken may be spent without a look at the row: what other nodes did meanwhile is not known here.
const CREDIT_AGE: Span = Span::seconds(5);
/// Time for the database to answer; a request waits no longer for that.
const PATIENCE: Duration = Duration::from_millis(500);
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
    /// What is left: the truth where nothing is shared, else as this node last saw it, with its credit.
    bucket: Bucket,
    /// Points that were taken from the shared bucket and are not spent.
    credit: i64,
    /// Until when they may be spent.
    spendable_until: Timestamp,
}

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

    /// How long until so many points can be taken, if nobody spends some meanwhile: in seconds that have begun, at least one.
    /// More than a full bucket is taken from a full one.
    pub fn wait_for(&self, points: i64) -> Span {
        let needed = points.min(self.maximum_available).saturating_add(self.owed);
        let lacking = needed.saturating_sub(self.currently_available).max(0);
        let rate = self.restore_rate.max(1);
        let begun = i64::from(lacking % rate > 0);
        Span::seconds((lacking / rate).saturating_add(begun).max(1))
    }
}

/// What was taken, to be given back in part.
#[derive(Debug)]
pub struct Receipt {
    payer: Payer,
    points: i64,
    /// Whether it was taken from the bucket that all nodes share.
    is_shared: bool,
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
    let purse = app.throttle.purse(payer, terms, app.clock.now());
    let mut purse = purse.lock().await;
    let now = app.clock.now();
    let mut shared = None;
    if app.throttle.shares(app, payer, now) {
        shared = purse.charge_shared(app, (payer, terms), points, now).await;
    }
    let is_shared = shared.is_some();
    let taken = shared.unwrap_or_else(|| purse.bucket.take(terms, points, now));
    let counts = counts_of(app, payer);
    match taken {
        Ok(()) => counts.taken.add(points.unsigned_abs()),
        Err(_) => counts.refused.add(1),
    }
    let receipt = taken.is_ok().then_some(Receipt { payer: *payer, points, is_shared });
    Some((purse.standing(terms, taken.err()), receipt))
}

/// Gives back what was taken beyond this many points, and answers how the payer stands then.
pub async fn settle(app: &App, receipt: Receipt, spent: i64) -> Option<Standing> {
    let terms = app.config.operations.throttle?;
    let purse = app.throttle.purse(&receipt.payer, terms, app.clock.now());
    let mut purse = purse.lock().await;
    let now = app.clock.now();
    let points = receipt.points.saturating_sub(spent.max(0)).max(0);
    counts_of(app, &receipt.payer).returned.add(points.unsigned_abs());
    purse.bucket.restore(terms, now);
    purse.bucket.give_back(terms, points);
    if receipt.is_shared {
        purse.credit = purse.credit.saturating_add(points);
        if app.throttle.shares(app, &receipt.payer, now) {
            purse.return_surplus(app, (&receipt.payer, terms), now).await;
        }
    }
    Some(purse.standing(terms, None))
}

/// Takes points that were spent already, owed where there are too few, and answers how the payer stands then. Runs no
/// statement; none where nothing is throttled.
pub async fn owe(app: &App, payer: &Payer, points: i64) -> Option<Standing> {
    let terms = app.config.operations.throttle?;
    let purse = app.throttle.purse(payer, terms, app.clock.now());
    let mut purse = purse.lock().await;
    purse.bucket.restore(terms, app.clock.now());
    purse.bucket.spend(points);
    counts_of(app, payer).taken.add(points.max(0).unsigned_abs());
    Some(purse.standing(terms, None))
}

/// How a payer stands; none where nothing is throttled. Runs no statement.
pub async fn standing(app: &App, payer: &Payer) -> Option<Standing> {
    let terms = app.config.operations.throttle?;
    let purse = app.throttle.purse(payer, terms, app.clock.now());
    let mut purse = purse.lock().await;
    purse.bucket.restore(terms, app.clock.now());
    Some(purse.standing(terms, None))
}

impl Throttle {
    fn purse(&self, payer: &Payer, terms: Terms, now: Timestamp) -> Arc<Mutex<Purse>> {
        let table = if payer.is_known() { &self.known } else { &self.strangers };
        let full = || {
            let purse = Purse { bucket: Bucket::full(terms, now), credit: 0, spendable_until: now };
            Ok::<_, Infallible>(Arc::new(Mutex::new(purse)))
        };
        let Ok(purse) = table.get_or_insert_with(payer, full);
        purse
    }

    /// Whether the payer's bucket is shared with other nodes, and the database is to be asked.
    fn shares(&self, app: &App, payer: &Payer, now: Timestamp) -> bool {
        payer.is_known() && app.db.is_postgres() && now.micros() >= self.apart_until.load(Ordering::Acquire)
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
    fn standing(&self, terms: Terms, retry_after: Option<Span>) -> Standing {
        Standing {
            maximum_available: terms.capacity,
            currently_available: self.bucket.points(),
            owed: self.bucket.owed(),
            restore_rate: terms.restore_rate,
            retry_after,
        }
    }

    /// Takes points from the credit, else from the shared bucket; none where the database does not answer.
    async fn charge_shared(
        &mut self,
        app: &App,
        whose: (&Payer, Terms),
        points: i64,
        now: Timestamp,
    ) -> Option<std::result::Result<(), Span>> {
        self.bucket.restore(whose.1, now);
        if points <= self.credit && now < self.spendable_until {
            self.credit = self.credit.saturating_sub(points);
            self.bucket.spend(points);
            return Some(Ok(()));
        }
        // Whoever hangs up during the commit leaves this behind half-way: what may be in the row again is spent no second time.
        let credit = std::mem::take(&mut self.credit);
        match in_time(borrow(app, whose, points, credit)).await {
            Ok(borrowed) => {
                self.sees(borrowed.left, borrowed.credit, whose.1, now);
                self.spendable_until = now.plus(CREDIT_AGE);
                Some(borrowed.taken)
            }
            Err(error) => {
                // The credit is a part of the bucket that this node goes by now.
                app.throttle.part(app, &error, now);
                None
            }
        }
    }

    /// A node keeps no more than two parts, however much it was given back at once: others may need it.
    async fn return_surplus(&mut self, app: &App, whose: (&Payer, Terms), now: Timestamp) {
        let part = part_of(whose.1);
        if self.credit <= part.saturating_mul(2) {
            return;
        }
        // As above: what is given back is no longer here, whatever becomes of it.
        let surplus = self.credit.saturating_sub(part);
        self.credit = part;
        match in_time(give_back(app, whose, surplus)).await {
            Ok(left) => self.sees(left, part, whose.1, now),
            Err(error) => app.throttle.part(app, &error, now),
        }
    }

    /// Notes what is in the shared bucket; by this node's clock, which it goes on by.
    fn sees(&mut self, left: Bucket, credit: i64, terms: Terms, now: Timestamp) {
        self.bucket = Bucket::kept(left.millionths(), now);
        self.bucket.give_back(terms, credit);
        self.credit = credit;
    }
}

const fn counts_of<'app>(app: &'app App, payer: &Payer) -> &'app ThrottleCounts {
    if payer.is_known() { &app.telemetry.tenants_throttled } else { &app.telemetry.strangers_throttled }
}

/// The points that a node takes at a time.
const fn part_of(terms: Terms) -> i64 {
    terms.capacity / PARTS
}

/// What came of a look at the shared bucket.
struct Borrowed {
    taken: std::result::Result<(), Span>,
    credit: i64,
    left: Bucket,
}

/// Gives the credit back, takes the points, and a new credit of what is left then.
async fn borrow(app: &App, (payer, terms): (&Payer, Terms), points: i64, credit: i64) -> Result<Borrowed> {
    let tx = app.db.begin().await?;
    let (mut left, now) = store::throttle::lock_bucket(&tx, &app.clock, payer, terms).await?;
    left.give_back(terms, credit);
    let taken = left.take(terms, points, now);
    let credit = if taken.is_ok() { left.take_up_to(part_of(terms)) } else { 0 };
    store::throttle::keep_bucket(&tx, payer, &left).await?;
    tx.commit().await?;
    Ok(Borrowed { taken, credit, left })
}

/// Gives points back to the shared bucket.
async fn give_back(app: &App, (payer, terms): (&Payer, Terms), points: i64) -> Result<Bucket> {
    let tx = app.db.begin().await?;
    let (mut left, _) = store::throttle::lock_bucket(&tx, &app.clock, payer, terms).await?;
    left.give_back(terms, points);
    store::throttle::keep_bucket(&tx, payer, &left).await?;
    tx.commit().await?;
    Ok(left)
}

async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(anyhow::anyhow!("the database is late").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debt_is_waited_for_before_the_points() {
        let standing = |currently_available, owed| Standing {
            maximum_available: 100,
            currently_available,
            owed,
            restore_rate: 10,
            retry_after: None,
        };
        for (standing, points, seconds, is_exhausted) in [
            (standing(100, 0), 100, 1, false),
            (standing(100, 0), 1_000, 1, false),
            (standing(40, 0), 60, 2, false),
            (standing(40, 0), 61, 3, false),
            (standing(0, 99), 1, 10, false),
            (standing(0, 100), 1, 11, true),
            (standing(0, 250), 1_000, 35, true),
        ] {
            assert_eq!(standing.wait_for(points), Span::seconds(seconds), "{standing:?}");
            assert_eq!(standing.is_exhausted(), is_exhausted, "{standing:?}");
        }
    }
}
