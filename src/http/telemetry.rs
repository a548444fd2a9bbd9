//! `GET /metrics` for those who run the server, on an address of its own: in the text format of Prometheus (0.0.4).

use std::fmt::{Display, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::service::health::{self, Standing};
use crate::telemetry::Telemetry;

use super::server::accept;

/// Scrapes at once.
const CONNECTIONS: usize = 8;
/// Time for one scrape, from the connection to the end of the answer.
const SCRAPE: Duration = Duration::from_secs(10);
/// Time for the database to say how the work stands.
const ASKING: Duration = Duration::from_secs(4);

/// Serves `/metrics` until the token is cancelled.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: CancellationToken) {
    let router: Router = Router::new().route("/metrics", get(metrics)).with_state(app);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection for metrics could not be accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let _place = place;
            let mut builder = Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new()).keep_alive(false);
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            match timeout(SCRAPE, connection).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a connection for metrics ended early"),
                Err(_) => tracing::debug!("a connection for metrics took too long"),
            }
        });
    }
}

/// What this node counts of itself comes in any case, what the database says only where it answers.
async fn metrics(State(app): State<Arc<App>>) -> Response {
    let mut text = Exposition::default();
    of_this_node(&app, &mut text);
    let standing = match timeout(ASKING, health::standing(&app)).await {
        Ok(Ok(standing)) => Some(standing),
        Ok(Err(error)) => {
            tracing::warn!(?error, "the database does not say how the work stands");
            None
        }
        Err(_) => {
            tracing::warn!("the database takes too long to say how the work stands");
            None
        }
    };
    text.gauge("surety_database_up", "Whether the database answers.", u8::from(standing.is_some()));
    if let Some(standing) = standing {
        of_the_database(&app, &standing, &mut text);
    }
    let headers = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (headers, text.0).into_response()
}

fn of_connections(counts: &Telemetry, text: &mut Exposition) {
    text.gauge("surety_connections", "Open connections beside the WebSockets.", counts.connections.count());
    text.counter(
        "surety_connections_refused_total",
        "Connections that were closed at once, as their address has as many as it may.",
        counts.connections_refused.count(),
    );
    let ends = counts.certificate_ends.load(Ordering::Relaxed);
    if ends > 0 {
        text.gauge("surety_certificate_end_timestamp_seconds", "When the certificate ends.", ends);
    }
    text.gauge("surety_sockets", "Open WebSockets of this node.", counts.sockets.count());
    text.gauge("surety_streams", "Open streams of server-sent events of this node.", counts.streams.count());
    text.gauge("surety_subscriptions", "Subscriptions that run on them.", counts.subscriptions.count());
}

fn of_this_node(app: &App, text: &mut Exposition) {
    let counts = &app.telemetry;
    of_connections(counts, text);
    text.counter(
        "surety_frames_told_total",
        "Messages of subscriptions that were sent.",
        counts.told.count(),
    );
    text.counter(
        "surety_frames_made_total",
        "Messages of subscriptions that were made into frames, each for all who ask for the same.",
        counts.frames.count(),
    );
    text.counter(
        "surety_slow_consumers_total",
        "Sockets and streams that were ended because their reader did not keep up.",
        counts.slow_consumers.count(),
    );
    if let Some(herald) = &app.herald {
        text.gauge("surety_nats_connected", "Whether NATS is connected.", u8::from(herald.is_connected()));
        text.counter(
            "surety_wake_gaps_total",
            "Hints of another node before which one was missing.",
            counts.wake_gaps.count(),
        );
        text.counter(
            "surety_wake_unreadable_total",
            "Messages under the subject of hints that are none.",
            counts.wakes_unreadable.count(),
        );
        text.counter(
            "surety_wake_untold_total",
            "Hints of this node that were dropped.",
            counts.wakes_untold.count(),
        );
    }
    text.counter(
        "surety_deadlines_fired_total",
        "Timers that this node acted on.",
        counts.deadlines_fired.count(),
    );
    text.counter(
        "surety_deadlines_failed_total",
        "Tries of this node to act on a timer that failed.",
        counts.deadlines_failed.count(),
    );
    text.head("surety_documents_total", "Documents of requests, by whether they were ready.", "counter");
    text.sample("surety_documents_total{outcome=\"ready\"}", counts.documents.ready.count());
    text.sample("surety_documents_total{outcome=\"prepared\"}", counts.documents.prepared.count());
    of_throttling(counts, text);
    text.head("surety_webhook_attempts_total", "Webhooks that this node sent, by outcome.", "counter");
    text.sample("surety_webhook_attempts_total{outcome=\"delivered\"}", counts.webhooks_delivered.count());
    text.sample("surety_webhook_attempts_total{outcome=\"failed\"}", counts.webhooks_failed.count());
    text.counter(
        "surety_audit_log_unwritten_total",
        "Lines of the audit log that could not be written.",
        counts.audit_log_unwritten.count(),
    );
    of_credentials(counts, text);
    text.gauge(
        "surety_database_connections",
        "Open connections of this node to the database.",
        app.db.open_connections(),
    );
}

fn of_credentials(counts: &Telemetry, text: &mut Exposition) {
    text.counter(
        "surety_app_secrets_refused_total",
        "Secrets of apps that were refused.",
        counts.secrets_refused.count(),
    );
}

fn of_throttling(counts: &Telemetry, text: &mut Exposition) {
    let payers = [("tenant", &counts.tenants_throttled), ("stranger", &counts.strangers_throttled)];
    text.head(
        "surety_throttle_points_taken_total",
        "Points that were taken before something ran.",
        "counter",
    );
    for (payer, counts) in payers {
        let name = format!("surety_throttle_points_taken_total{{payer=\"{payer}\"}}");
        text.sample(&name, counts.taken.count());
    }
    text.head("surety_throttle_points_returned_total", "Points of these that were given back.", "counter");
    for (payer, counts) in payers {
        let name = format!("surety_throttle_points_returned_total{{payer=\"{payer}\"}}");
        text.sample(&name, counts.returned.count());
    }
    text.head(
        "surety_throttle_refused_total",
        "Charges that were refused for want of points, and tokens that were not looked at.",
        "counter",
    );
    for (payer, counts) in payers {
        let name = format!("surety_throttle_refused_total{{payer=\"{payer}\"}}");
        text.sample(&name, counts.refused.count());
    }
    text.counter(
        "surety_throttle_apart_total",
        "Times that the shared buckets could not be had.",
        counts.buckets_apart.count(),
    );
}

fn of_the_database(app: &App, standing: &Standing, text: &mut Exposition) {
    text.gauge("surety_log_head_sequence", "The last place of the event log.", standing.head);
    text.gauge("surety_log_oldest_sequence", "The first place that is still told.", standing.oldest);
    text.gauge("surety_outbox_rows", "Committed events without a place, up to 100001.", standing.unplaced);
    text.gauge(
        "surety_outbox_oldest_seconds",
        "Seconds that the first of them has waited.",
        standing.unplaced_seconds,
    );
    if let Some(followed_to) = app.feed.followed_to() {
        text.gauge(
            "surety_follower_lag_events",
            "Events of the log that this node has not read.",
            standing.head.saturating_sub(followed_to).max(0),
        );
    }
    text.gauge(
        "surety_deadlines_overdue",
        "Timers that are over and have not fired, up to 100001.",
        standing.deadlines_overdue,
    );
    if let Some(seconds) = standing.deadlines_next_seconds {
        text.gauge("surety_deadlines_next_seconds", "Seconds until the next timer is over.", seconds);
    }
    text.gauge("surety_webhook_backlog", "Webhooks that are owed, up to 100001.", standing.webhook_backlog);
    text.gauge(
        "surety_webhook_oldest_seconds",
        "Seconds that a webhook to an enabled endpoint has been due, at most.",
        standing.webhook_oldest_seconds,
    );
    text.gauge(
        "surety_webhook_endpoints_disabled",
        "Endpoints that were disabled, and not by their owners, up to 100001.",
        standing.webhook_endpoints_disabled,
    );
}

/// The text that is being written.
#[derive(Debug, Default)]
struct Exposition(String);

impl Exposition {
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        // Writing to a string cannot fail.
        let _infallible = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, value: impl Display) {
        let _infallible = writeln!(self.0, "{name} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "gauge");
        self.sample(name, value);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "counter");
        self.sample(name, value);
    }
}
