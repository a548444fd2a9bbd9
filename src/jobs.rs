//! What a node does on its own: give events their places, fire timers, tend what is left over. No rules inside.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::service::{
    self, auth, bulk, changes, deadlines, deprecations, documents, events, metrics, oauth, payments, risk,
    sandbox, search, trust, verification, webhooks,
};

/// Every hint may be lost; then things happen this much later.
const POLL: Duration = Duration::from_millis(250);
/// Pause after events got their places, so that a busy node does not do so for each one.
const GATHER: Duration = Duration::from_millis(3);
/// How often what can wait is looked at.
const TEND: Duration = Duration::from_secs(5);

/// How long webhooks that are under way are waited for when the node begins to stop; well within the time that its callers
/// have to leave (`http::limits`), so that the node does not stay for them.
const LAST_WEBHOOKS: Duration = Duration::from_secs(10);

/// Runs until `shutdown` is cancelled. From `stopping` on, which may be the same or earlier, nothing is begun that others would
/// have to wait for.
pub async fn run(app: Arc<App>, stopping: CancellationToken, shutdown: CancellationToken) {
    app.feed.begins();
    tokio::join!(
        sequence(&app, &shutdown),
        listen("listening", &shutdown, || events::listen(&app)),
        listen("listening to NATS", &shutdown, || events::hear(&app)),
        fire(&app, &shutdown),
        pay(&app, &shutdown),
        tend(&app, &shutdown),
        export(&app, &shutdown),
        deliver(&app, &stopping)
    );
}

/// Ends after the pause, or at once when the node stops; false then.
async fn pause(shutdown: &CancellationToken, length: Duration) -> bool {
    shutdown.run_until_cancelled(tokio::time::sleep(length)).await.is_some()
}

/// A failure is told and the job goes on: the next round may find the database back.
fn tell(job: &str, answer: service::Result<()>) {
    if let Err(error) = answer {
        tracing::error!(job, ?error, "a job failed; it goes on");
    }
}

async fn sequence(app: &App, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        match sequence_once(app).await {
            // Commands that come together get their places together.
            Ok(moved) if moved > 0 => {
                if !pause(shutdown, GATHER).await {
                    break;
                }
            }
            answer => tell("sequence", answer.map(|_| ())),
        }
        let woken = timeout(POLL, app.feed.until_appended());
        if shutdown.run_until_cancelled(woken).await.is_none() {
            break;
        }
    }
}

async fn sequence_once(app: &App) -> service::Result<i64> {
    let moved = events::keep_up(app).await;
    changes::sequence(app).await?;
    moved
}

/// Hears of what other nodes committed. A hint that is lost costs no more than [`POLL`].
async fn listen<F>(job: &str, shutdown: &CancellationToken, hears: impl Fn() -> F)
where
    F: Future<Output = service::Result<()>>,
{
    while !shutdown.is_cancelled() {
        let ended = shutdown.run_until_cancelled(hears()).await;
        let Some(ended) = ended else { break };
        tell(job, ended);
        if !pause(shutdown, TEND).await {
            break;
        }
    }
}

/// Looks at the timers at each instant at which one can fire.
async fn fire(app: &App, shutdown: &CancellationToken) {
    let mut looked_at = None;
    while !shutdown.is_cancelled() {
        tell("deadlines", deadlines::sweep(app).await.map(|_| ()));
        let rested = deadlines::rest(app, POLL, &mut looked_at);
        if shutdown.run_until_cancelled(rested).await.is_none() {
            break;
        }
    }
}

/// Speaks with the payment provider; apart from the rest, as it may be slow.
async fn pay(app: &App, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        tell("payment sessions", payments::open_pending_sessions(app).await);
        // Before new ones are asked for: a partner has until the next round to let one fail.
        tell("sandbox refunds", payments::sandbox::settle_asked(app).await);
        tell("refunds and payouts", payments::work_off(app).await);
        tell("provider's news", payments::ask_about(app).await);
        if !pause(shutdown, TEND).await {
            break;
        }
    }
}

/// Writes the files of bulk operations, a page at a time, so that callers who wait come first. A turn that the node's end
/// cuts off is taken up by another node once its lease is over.
async fn export(app: &Arc<App>, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        let Some(worked) = shutdown.run_until_cancelled(Box::pin(bulk::work_once(app))).await else { break };
        let goes_on = matches!(worked, Ok(true));
        tell("bulk operations", worked.map(|_| ()));
        if !goes_on && !pause(shutdown, POLL).await {
            break;
        }
    }
}

/// Sends events to partners' endpoints. One batch of what is owed is written in each turn, so that a long log does not keep what
/// is owed already from being sent.
async fn deliver(app: &Arc<App>, stopping: &CancellationToken) {
    let (mut grown, mut sending) = (webhooks::growth(app), webhooks::Sending::default());
    while !stopping.is_cancelled() {
        let owed = webhooks::dispatch_batch(app).await;
        let goes_on = matches!(&owed, Ok(batch) if batch.goes_on);
        tell("owed webhooks", owed.map(|_| ()));
        sending.reap();
        tell("webhooks", sending.begin_due(app).await.map(|_| ()));
        if goes_on {
            continue;
        }
        // There is more to do once something happened, or once there is room again.
        let woken = async {
            tokio::select! {
                _ = grown.changed() => {}
                () = sending.until_one_ends() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            tokio::time::sleep(GATHER).await;
        };
        if stopping.run_until_cancelled(woken).await.is_none() {
            break;
        }
    }
    tell("webhooks at the end", sending.end(app, LAST_WEBHOOKS).await);
}

/// What can wait a few seconds.
async fn tend(app: &App, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        tell("sandbox clock", sandbox::look_at_clock(app).await);
        tell("verification", verification::verify_daily(app).await.map(|_| ()));
        tell("metrics", metrics::add_up(app).await);
        tell("lapsed badges", trust::sweep(app).await.map(|_| ()));
        tell("lapsed boosts", search::refresh_lapsed(app).await);
        tell("export volumes", trust::refresh_exports(app).await.map(|_| ()));
        tell("compared prices", search::compare_prices(app).await);
        tell("old tombstones", changes::forget(app).await);
        tell("old exports", bulk::remove_old(app).await);
        tell("old events", events::retain(app).await);
        tell("old webhooks", webhooks::forget(app).await);
        tell("deprecated uses", deprecations::write(app).await);
        tell("used credentials", auth::write_last_used(app).await);
        tell("ended tokens", oauth::forget_ended(app).await);
        tell("risk signals", risk::sweep(app).await.map(|_| ()));
        tell("retired documents", documents::forget_retired(app).await);
        tell("uses of documents", documents::write_uses(app).await);
        if !pause(shutdown, TEND).await {
            break;
        }
    }
    tell("uses of documents at the end", documents::write_uses(app).await);
}
