//! A database that is busy or away for a moment must neither use up an attempt nor let an event be sent twice: what was sent
//! has to be noted.

use std::time::Duration;

use tokio::time::sleep;

use crate::domain::error::Code;
use crate::service::{Error, Result};
use crate::store;

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

/// Whether an error is of the moment: a lost transaction, a lock or a connection that was not to be had, a database that is away.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::Denied(refusal) => refusal.code == Code::Overloaded,
        Error::Refused(_) => false,
        Error::Internal(inner) => inner.downcast_ref().is_some_and(|error: &store::Error| match error {
            store::Error::Retry | store::Error::LockTimeout => true,
            store::Error::Database(_) => !error.is_unreadable(),
            store::Error::Constraint(_) | store::Error::ZeroByte | store::Error::Corrupt(_) => false,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Refusal;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for error in [store::Error::Retry, store::Error::LockTimeout] {
            assert!(may_pass(&error.clone().into()), "{error}");
        }
        for error in [
            store::Error::Corrupt("a row".to_owned()),
            store::Error::Constraint("a rule".to_owned()),
            store::Error::ZeroByte,
        ] {
            assert!(!may_pass(&error.clone().into()), "{error}");
        }
        assert!(!may_pass(&Error::Internal(anyhow::anyhow!("something else"))));
        assert!(!may_pass(&Refusal::not_found("webhook endpoint").into()));
    }
}
