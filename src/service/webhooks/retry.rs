//! A database that is busy or away for a moment must neither use up an attempt nor let an event be sent twice: what was sent
//! has to be noted.

use std::time::Duration;

use tokio::time::sleep;

use crate::service::passing::may_pass;
use crate::service::{Error, Result};

/// The first wait; each further one is twice as long.
const SHORTEST: Duration = Duration::from_millis(20);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(2);

/// Waits before a transaction is tried again; whoever tries is bounded by the lease of what is noted.
#[derive(Debug)]
pub(super) struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(SHORTEST)
    }
}

impl Patience {
    /// Waits where another attempt may go better; otherwise answers the error.
    pub(super) async fn after(&mut self, error: Error) -> Result<()> {
        if !may_pass(&error) {
            return Err(error);
        }
        tracing::warn!(?error, "the database did not do its part for a webhook; it is asked again");
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(LONGEST);
        Ok(())
    }
}
