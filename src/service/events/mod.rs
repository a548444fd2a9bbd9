//! Events: the feed that wakes readers, and streams from any cursor.
//!
//! Readers pull: a stream reads the log only when its socket took the last frame, so a slow one lags and loses nothing.
//! A wake-up is only ever a hint.

mod cursor;
mod stream;

use tokio::sync::{Notify, watch};

use crate::app::App;
use crate::store;

use super::Result;

pub use cursor::Place;
pub(super) use cursor::{seal, unseal};
pub use stream::{Message, Subject, check_lead_times, subscribe};

/// Wakes those who wait for events of this node.
#[derive(Debug)]
pub struct Feed {
    changed: watch::Sender<u64>,
    unsequenced: Notify,
    key: tokio::sync::OnceCell<[u8; 32]>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { changed: watch::Sender::new(0), unsequenced: Notify::new(), key: tokio::sync::OnceCell::new() }
    }
}

impl Feed {
    /// Tells that a transaction with events was committed.
    pub fn appended(&self) {
        self.unsequenced.notify_one();
        self.changed.send_modify(|count| *count += 1);
    }

    /// Tells that the log grew.
    pub fn grew(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Ends once a transaction with events was committed on this node.
    pub async fn until_appended(&self) {
        self.unsequenced.notified().await;
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

/// Gives committed events their places; answers how many. On SQLite they have them from the start.
pub async fn sequence(app: &App) -> Result<i64> {
    if !app.db.is_postgres() {
        return Ok(0);
    }
    let mut all = 0;
    loop {
        let tx = app.db.begin().await?;
        let moved = store::events::sequence(&tx).await?;
        tx.commit().await?;
        all += moved;
        if moved == 0 {
            break;
        }
    }
    if all > 0 {
        app.feed.grew();
    }
    Ok(all)
}

/// The last place that is given out in the log.
pub async fn head(app: &App) -> Result<i64> {
    Ok(store::events::head(&app.db).await?.seq)
}
