//! The buckets that all nodes share: one row for each payer.

use sea_orm::{ConnectionTrait, Value};

use super::{Error, Reader, Result, Tx};
use crate::clock::Clock;
use crate::domain::throttle::{Bucket, Payer, Terms};
use crate::domain::time::{Span, Timestamp};

/// The bucket of a payer, filled up to the present instant of the database and locked until the transaction ends, on
/// PostgreSQL. A payer that comes for the first time has a full one.
pub async fn lock_bucket(tx: &Tx, clock: &Clock, payer: &Payer, terms: Terms) -> Result<(Bucket, Timestamp)> {
    // A bucket may be lost with a crash: nobody waits until the disk has it.
    tx.connection().execute_unprepared("SET LOCAL synchronous_commit = off").await?;
    let name = payer.to_string();
    // Whatever the database's clock says, it is full by then.
    let full = Bucket::full(terms, Timestamp::from_micros(0));
    let values: [Value; 3] = [name.as_str().into(), full.millionths().into(), full.as_of().micros().into()];
    let text =
        "INSERT INTO rate_bucket (payer, available, as_of) VALUES (?, ?, ?) ON CONFLICT (payer) DO NOTHING";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    let text = "SELECT available, as_of FROM rate_bucket WHERE payer = ? FOR UPDATE";
    let row = tx.connection().query_one_raw(tx.sql(text, [name])).await?;
    let row = row.ok_or_else(|| Error::Corrupt("a bucket was deleted under its lock".to_owned()))?;
    let as_of = Timestamp::from_micros(row.try_get("", "as_of")?);
    let mut bucket = Bucket::kept(row.try_get("", "available")?, as_of);
    let now = tx.now(clock, Span::ZERO).await?;
    bucket.restore(terms, now);
    Ok((bucket, now))
}

/// Keeps what is left in a bucket.
pub async fn keep_bucket(tx: &Tx, payer: &Payer, bucket: &Bucket) -> Result<()> {
    let values: [Value; 3] =
        [bucket.millionths().into(), bucket.as_of().micros().into(), payer.to_string().into()];
    let text = "UPDATE rate_bucket SET available = ?, as_of = ? WHERE payer = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}
