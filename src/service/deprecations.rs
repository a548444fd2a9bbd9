//! Which deprecated parts of the schema partners still name: counted in memory by each request, written by the node's jobs.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::deprecation::DeprecatedUse;
use crate::domain::ids::AppId;
use crate::domain::time::Timestamp;
use crate::store;

use super::Result;
use super::tally::{Count, Tally};

/// Pairs of an app and a coordinate that a node counts between two rounds of its jobs; more are counted in the next round.
const PAIRS_MAX: usize = 10_000;
/// Coordinates that an app is shown.
const SHOWN_MAX: u32 = 200;

#[derive(Debug, Clone, Copy)]
struct Uses {
    count: i64,
    first: Timestamp,
    last: Timestamp,
}

impl Count for Uses {
    fn add(&mut self, other: Self) {
        self.count.add(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// What this node has counted and not written yet.
#[derive(Debug)]
pub struct Counted(Tally<(AppId, Box<str>), Uses>);

impl Default for Counted {
    fn default() -> Self {
        Self(Tally::new(PAIRS_MAX))
    }
}

/// Counts a request that names deprecated parts of the schema. Nobody is told who has no app.
pub fn note<'a>(app: &App, actor: &Actor, coordinates: impl Iterator<Item = &'a str>) {
    // One request counts once, however often it names a part: in its document, and in its variables.
    let coordinates: BTreeSet<&str> = coordinates.collect();
    let (Some(partner), false) = (actor.app, coordinates.is_empty()) else { return };
    let now = app.clock.now();
    for coordinate in coordinates {
        let once = Uses { count: 1, first: now, last: now };
        let _has_room = app.deprecations.0.add((partner, Box::from(coordinate)), once);
    }
}

/// Writes what was counted since the last time; the node's jobs call it. What cannot be written is counted again later.
///
/// # Errors
/// Where the database does not take it.
pub async fn write(app: &App) -> Result<()> {
    app.deprecations.0.write_by(async |counted: &[_]| write_all(app, counted).await).await
}

async fn write_all(app: &App, counted: &[((AppId, Box<str>), Uses)]) -> Result<()> {
    let tx = app.db.begin().await?;
    for ((partner, coordinate), uses) in counted {
        let used = DeprecatedUse {
            coordinate: coordinate.to_string(),
            count: uses.count,
            first_used_at: uses.first,
            last_used_at: uses.last,
        };
        store::deprecations::add_use(&tx, *partner, &used).await?;
    }
    Ok(tx.commit().await?)
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
