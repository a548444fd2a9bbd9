//! Hints from other nodes that the log grew (PostgreSQL's `LISTEN`), on a connection of its own that is never in a
//! transaction: a listener in one would hold up everybody's notifications.

use sea_orm::sqlx::postgres::PgListener;

use crate::store::{Error, Result};

/// The channel that the sequencer notifies.
pub(super) const CHANNEL: &str = "surety_events";

/// Hints that the log grew.
pub struct Hints(PgListener);

impl std::fmt::Debug for Hints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hints")
    }
}

impl Hints {
    /// Begins to listen. Behind a pooler that shares connections between transactions no hint ever comes, which costs time
    /// and loses nothing.
    pub async fn open(url: &str) -> Result<Self> {
        let mut listener = PgListener::connect(url).await.map_err(failed)?;
        listener.listen(CHANNEL).await.map_err(failed)?;
        Ok(Self(listener))
    }

    /// Ends with a hint, or because hints may have been lost while the connection was made anew.
    pub async fn next(&mut self) -> Result<()> {
        self.0.try_recv().await.map(|_| ()).map_err(failed)
    }
}

fn failed(error: sea_orm::sqlx::Error) -> Error {
    Error::from(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(std::sync::Arc::new(error))))
}
