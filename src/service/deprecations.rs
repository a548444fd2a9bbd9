//! Which deprecated parts of the schema partners still name: counted in memory by each request, written by the node's jobs.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::deprecation::DeprecatedUse;
use crate::domain::ids::AppId;
use crate::domain::time::Timestamp;
use crate::store;

use super::Result;

/// Pairs of an app and a coordinate that a node counts between two rounds of its jobs; more are counted in the next round.
const PAIRS_MAX: usize = 10_000;
/// Coordinates that an app is shown.
const SHOWN_MAX: u32 = 200;

#[derive(Debug, Clone, Copy)]
struct Count {
    uses: i64,
    first: Timestamp,
    last: Timestamp,
}

/// What this node has counted and not written yet.
#[derive(Debug, Default)]
pub struct Counted(Mutex<HashMap<(AppId, Box<str>), Count>>);

/// Counts a request that names deprecated parts of the schema. Nobody is told who has no app.
pub fn note<'a>(app: &App, actor: &Actor, coordinates: impl Iterator<Item = &'a str>) {
    // One request counts once, however often it names a part: in its document, and in its variables.
    let coordinates: BTreeSet<&str> = coordinates.collect();
    let (Some(partner), false) = (actor.app, coordinates.is_empty()) else { return };
    let now = app.clock.now();
    let mut counted = app.deprecations.0.lock().unwrap_or_else(PoisonError::into_inner);
    for coordinate in coordinates {
        let is_full = counted.len() >= PAIRS_MAX;
        let key = (partner, Box::from(coordinate));
        match counted.get_mut(&key) {
            Some(count) => {
                count.uses = count.uses.saturating_add(1);
                count.last = now;
            }
            None if is_full => {}
            None => {
                counted.insert(key, Count { uses: 1, first: now, last: now });
            }
        }
    }
}

/// Writes what was counted since the last time; the node's jobs call it. What cannot be written is counted again later.
///
/// # Errors
/// Where the database does not take it.
pub async fn write(app: &App) -> Result<()> {
    let counted = std::mem::take(&mut *app.deprecations.0.lock().unwrap_or_else(PoisonError::into_inner));
    if counted.is_empty() {
        return Ok(());
    }
    let mut counted: Vec<_> = counted.into_iter().collect();
    // In one order, so that nodes that write at the same time do not wait for each other in a circle.
    counted.sort_by(|(one, _), (other, _)| one.cmp(other));
    let written = write_all(app, &counted).await;
    if written.is_err() {
        put_back(app, counted);
    }
    written
}

async fn write_all(app: &App, counted: &[((AppId, Box<str>), Count)]) -> Result<()> {
    let tx = app.db.begin().await?;
    for ((partner, coordinate), count) in counted {
        let used = DeprecatedUse {
            coordinate: coordinate.to_string(),
            count: count.uses,
            first_used_at: count.first,
            last_used_at: count.last,
        };
        store::deprecations::add_use(&tx, *partner, &used).await?;
    }
    Ok(tx.commit().await?)
}

fn put_back(app: &App, counted: Vec<((AppId, Box<str>), Count)>) {
    let mut kept = app.deprecations.0.lock().unwrap_or_else(PoisonError::into_inner);
    for (key, count) in counted {
        let kept = kept.entry(key).or_insert(Count { uses: 0, ..count });
        kept.uses = kept.uses.saturating_add(count.uses);
        kept.first = count.first;
    }
}

/// What the caller's app has named of what is deprecated, what it named last first; at most 200 parts. A node tells of what it
/// has counted itself within seconds.
///
/// # Errors
/// Where the database does not answer.
pub async fn used_by(app: &App, actor: &Actor) -> Result<Vec<DeprecatedUse>> {
    match actor.app {
        Some(partner) => Ok(store::deprecations::uses_of(&app.db, partner, SHOWN_MAX).await?),
        None => Ok(Vec::new()),
    }
}
