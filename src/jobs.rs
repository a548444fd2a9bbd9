//! What a node does on its own: give events their places, fire timers, open sessions that are left over. No rules inside.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::service::{self, deadlines, events, payments};

/// Every hint may be lost; then things happen this much later.
const POLL: Duration = Duration::from_millis(250);
/// How often sessions that are left over are looked for.
const SESSIONS: Duration = Duration::from_secs(5);

/// Runs until the token is cancelled.
pub async fn run(app: Arc<App>, shutdown: CancellationToken) {
    tokio::join!(sequence(&app, &shutdown), fire(&app, &shutdown), sessions(&app, &shutdown));
}

/// Repeats a job until the token is cancelled; a failure is told and the job goes on.
async fn repeat<F: Future<Output = service::Result<()>>>(
    shutdown: &CancellationToken,
    name: &str,
    mut job: impl FnMut() -> F,
    pause: impl AsyncFn(),
) {
    while !shutdown.is_cancelled() {
        if let Err(error) = job().await {
            tracing::error!(job = name, ?error, "a job failed; it goes on");
        }
        if shutdown.run_until_cancelled(pause()).await.is_none() {
            break;
        }
    }
}

async fn sequence(app: &Arc<App>, shutdown: &CancellationToken) {
    let seen = std::sync::atomic::AtomicI64::new(0);
    let job = || async {
        events::sequence(app).await?;
        // Other nodes grow the log too.
        let head = events::head(app).await?;
        if seen.swap(head, std::sync::atomic::Ordering::AcqRel) != head {
            app.feed.grew();
        }
        Ok(())
    };
    let pause = async || {
        // Both ways to wake are good: an event of this node, or the poll.
        let _ = timeout(POLL, app.feed.until_appended()).await;
    };
    repeat(shutdown, "sequence", job, pause).await;
}

async fn fire(app: &Arc<App>, shutdown: &CancellationToken) {
    let job = || async { deadlines::sweep(app).await.map(|_| ()) };
    repeat(shutdown, "deadlines", job, async || tokio::time::sleep(POLL).await).await;
}

async fn sessions(app: &Arc<App>, shutdown: &CancellationToken) {
    let job = || async { payments::open_pending_sessions(app).await };
    repeat(shutdown, "payment sessions", job, async || tokio::time::sleep(SESSIONS).await).await;
}
