//! The buckets that all nodes share: one row for each payer, on PostgreSQL.
//!
//! Nothing is locked while a node reckons: a row is read, and kept only where it is still as it was read. That is one statement
//! each, and a node that stops between them holds up no other.

use sea_orm::{ConnectionTrait, Value};

use super::{Db, Error, Reader, Result};
use crate::domain::throttle::{Bucket, Payer, Terms};
use crate::domain::time::Timestamp;
use crate::faults::Place;

/// A payer's bucket as it was found.
#[derive(Debug)]
pub struct Found {
    /// What is in it at this instant.
    pub bucket: Bucket,
    /// The present instant.
    pub now: Timestamp,
    /// Its row; none where the payer comes for the first time, and its bucket is full.
    row: Option<Bucket>,
}

impl Found {
    /// Whether time is reckoned anew in it, since the database has another clock than before: that has to be kept, else whoever
    /// comes next begins there again.
    pub fn is_by_another_clock(&self) -> bool {
        self.row.is_some_and(|row| self.bucket.as_of() < row.as_of())
    }
}

/// Looks at the bucket of a payer by the database's clock, or at this instant where it is not the machine's time that counts.
pub async fn find_bucket(db: &Db, payer: &Payer, terms: Terms, instant: Option<Timestamp>) -> Result<Found> {
    let text = "SELECT available, as_of, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now \
                FROM (SELECT 1) AS once LEFT JOIN rate_bucket ON payer = ?";
    let row = db.connection().query_one_raw(db.sql(text, [payer.to_string()])).await?;
    let found = row.ok_or_else(|| Error::Corrupt("a look at a bucket gave no row".to_owned()))?;
    let now = match instant {
        Some(instant) => instant,
        None => Timestamp::from_micros(found.try_get("", "now")?),
    };
    let (available, as_of): (Option<i64>, Option<i64>) =
        (found.try_get("", "available")?, found.try_get("", "as_of")?);
    let row =
        available.zip(as_of).map(|(available, as_of)| Bucket::kept(available, Timestamp::from_micros(as_of)));
    let mut bucket = row.unwrap_or(Bucket::full(terms, now));
    bucket.restore(terms, now);
    Ok(Found { bucket, now, row })
}

/// Keeps what is left in a bucket; false, and nothing is changed, where somebody else changed it since it was found.
pub async fn keep_bucket(db: &Db, payer: &Payer, found: &Found, left: &Bucket) -> Result<bool> {
    db.faults().at(Place::BeforeCommit).await?;
    let payer = payer.to_string();
    let mut values: Vec<Value> = vec![left.millionths().into(), left.as_of().micros().into(), payer.into()];
    // A bucket may be lost with a crash, so nobody waits until the disk has it: set for the transaction that the statement is.
    let text = match &found.row {
        Some(row) => {
            values.extend([row.millionths().into(), row.as_of().micros().into()]);
            "UPDATE rate_bucket SET available = ?, as_of = ? WHERE payer = ? AND available = ? AND as_of = ? \
             RETURNING set_config('synchronous_commit', 'off', true)"
        }
        None => {
            "INSERT INTO rate_bucket (available, as_of, payer) VALUES (?, ?, ?) ON CONFLICT (payer) DO NOTHING \
             RETURNING set_config('synchronous_commit', 'off', true)"
        }
    };
    let is_kept = db.connection().query_one_raw(db.sql(text, values)).await?.is_some();
    db.faults().at(Place::AfterCommit).await?;
    Ok(is_kept)
}
