//! A database that is busy or away for a moment must neither use up an attempt nor let an event be sent twice: what was sent
//! has to be noted.

use std::time::Duration;

use tokio::time::sleep;

use crate::service::Result;
use crate::service::passing::may_pass;

/// The first wait; each further one is twice as long.
const SHORTEST: Duration = Duration::from_millis(20);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(2);

/// Tries again and again as long as another try may go better, with a wait between; whoever tries is bounded by the lease of
/// what is noted.
pub(super) async fn patiently<T, F: Future<Output = Result<T>>>(mut attempt: impl FnMut() -> F) -> Result<T> {
    let mut wait = SHORTEST;
    loop {
        match attempt().await {
            Err(error) if may_pass(&error) => {
                tracing::warn!(?error, "the database did not do its part for a webhook; it is asked again");
            }
            answer => return answer,
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST);
    }
}
