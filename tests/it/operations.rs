//! What those who run the server see of it: metrics, readiness, and the room that each tenant has.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use surety::domain::event::{EventDraft, EventType};
use surety::domain::time::Span;
use surety::service::{events, webhooks};
use surety::store;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::database::Backend;
use super::streams::Ear;
use super::webhook_double::Receiver;
use super::world::{Party, World, on_both, run_with};

const EVENTS: &str = "subscription { stream: events { __typename ... on Checkpoint { cursor } } }";

/// The metrics of a world's node, on an address of their own.
struct Metrics {
    world: World,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Metrics {
    async fn of(w: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        tokio::spawn(surety::http::telemetry::serve(Arc::clone(&w.app), listener, stop.clone()));
        Self { world: w.clone(), address, stop }
    }

    /// Every sample by its name; each has a help and a type before it.
    async fn scrape(&self) -> HashMap<String, i64> {
        let answer = self.world.http.get(format!("http://{}/metrics", self.address)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        let text = answer.text().await.unwrap();
        let mut samples = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.split_once(' ').unwrap();
            let bare = name.split('{').next().unwrap();
            for word in ["HELP", "TYPE"] {
                assert!(text.contains(&format!("# {word} {bare} ")), "{bare} has no {word}");
            }
            let is_new = samples.insert(name.to_owned(), value.parse().unwrap()).is_none();
            assert!(is_new, "{name} comes twice");
        }
        samples
    }
}

/// The status of readiness and the word in its body.
async fn readiness(w: &World) -> (u16, String) {
    let answer = w.http.get(w.url("/health/ready")).send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, body["status"].as_str().unwrap().to_owned())
}

fn unready(why: &str) -> (u16, String) {
    (503, why.to_owned())
}

on_both! {
    async fn a_node_is_ready_while_it_follows_the_log(w) {
        let ready = (200, "ready".to_owned());
        assert_eq!(readiness(&w).await, ready, "a node without jobs owes the log nothing");
        w.app.feed.begins();
        assert_eq!(readiness(&w).await, unready("the event log is not followed"), "it has not looked yet");
        events::keep_up(&w.app).await.unwrap();
        assert_eq!(readiness(&w).await, ready);
        w.passes(Span::seconds(10));
        assert_eq!(readiness(&w).await, ready);
        w.passes(Span::seconds(1));
        assert_eq!(readiness(&w).await, unready("the event log is not followed"));
        events::keep_up(&w.app).await.unwrap();
        assert_eq!(readiness(&w).await, ready);
    }

    async fn a_node_is_not_ready_while_events_wait_for_places(w) {
        let trade = w.trade().await;
        events::keep_up(&w.app).await.unwrap();
        trade.placed(100).await;
        w.passes(Span::seconds(11));
        let waits = unready("events wait for their places in the log");
        let wanted = if w.app.db.is_postgres() { waits } else { (200, "ready".to_owned()) };
        assert_eq!(readiness(&w).await, wanted);
        events::keep_up(&w.app).await.unwrap();
        assert_eq!(readiness(&w).await.0, 200);
    }

    async fn jobs_make_a_node_ready(w) {
        w.works();
        let is_ready = async { while w.app.feed.followed_to().is_none() || readiness(&w).await.0 != 200 {} };
        timeout(Duration::from_secs(10), is_ready).await.expect("it is never ready");
    }

    async fn metrics_have_an_address_of_their_own_and_outlive_the_database(w) {
        let metrics = Metrics::of(&w).await;
        assert_eq!(w.http.get(w.url("/metrics")).send().await.unwrap().status(), 404);
        assert_eq!(metrics.scrape().await["surety_database_up"], 1);
        w.app.db.clone().close().await.unwrap();
        let shown = metrics.scrape().await;
        assert_eq!((shown["surety_database_up"], shown["surety_sockets"]), (0, 0));
        assert!(!shown.contains_key("surety_log_head_sequence"), "{shown:?}");
        metrics.stop.cancel();
    }
}

/// A story with these settings, on both databases.
macro_rules! with_settings {
    ($name:ident, $settings:expr) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::run_with(super::Backend::Sqlite, $settings, |w| Box::pin(super::$name(w))).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::run_with(super::Backend::Postgres, $settings, |w| Box::pin(super::$name(w))).await;
            }
        }
    };
}

with_settings!(what_happens_is_shown, &[("SURETY_WEBHOOK_LOCAL", "true")]);
with_settings!(each_tenant_has_its_room, &[("SURETY_SOCKETS_PER_TENANT", "10")]);
with_settings!(a_reader_that_falls_too_far_behind_is_ended, &[("SURETY_STREAM_LAG", "5")]);

async fn what_happens_is_shown(w: World) {
    let metrics = Metrics::of(&w).await;
    let trade = w.trade().await;
    let receiver = Receiver::start().await;
    let input = json!({ "idempotencyKey": "hook", "url": receiver.url, "eventTypes": ["ORDER_PLACED"] });
    trade.buyer.hooks("createWebhookEndpoint", "secret", input).await.good();
    events::keep_up(&w.app).await.unwrap();
    let before = metrics.scrape().await;
    assert_eq!((before["surety_outbox_rows"], before["surety_outbox_oldest_seconds"]), (0, 0));
    trade.placed(100).await;
    w.passes(Span::seconds(3));
    let shown = metrics.scrape().await;
    let waited = if w.app.db.is_postgres() { (true, 3) } else { (false, 0) };
    assert_eq!((shown["surety_outbox_rows"] > 0, shown["surety_outbox_oldest_seconds"]), waited);
    events::sequence(&w.app).await.unwrap();
    let shown = metrics.scrape().await;
    let more = shown["surety_log_head_sequence"] - before["surety_log_head_sequence"];
    assert!(more > 0, "the order told nothing");
    assert_eq!((shown["surety_follower_lag_events"], shown["surety_log_oldest_sequence"]), (more, 1));
    events::keep_up(&w.app).await.unwrap();
    webhooks::dispatch(&w.app).await.unwrap();
    w.passes(Span::seconds(5));
    let shown = metrics.scrape().await;
    assert_eq!((shown["surety_follower_lag_events"], shown["surety_outbox_rows"]), (0, 0));
    assert_eq!((shown["surety_webhook_backlog"], shown["surety_webhook_oldest_seconds"]), (1, 5));
    assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 1);
    let shown = metrics.scrape().await;
    assert_eq!((shown["surety_webhook_backlog"], shown["surety_webhook_oldest_seconds"]), (0, 0));
    assert_eq!(shown["surety_webhook_attempts_total{outcome=\"delivered\"}"], 1);
    assert_eq!(shown["surety_webhook_attempts_total{outcome=\"failed\"}"], 0);
    assert_eq!(shown["surety_webhook_endpoints_disabled"], 0);
    assert!(shown["surety_database_connections"] > 0);
    let next = shown["surety_deadlines_next_seconds"];
    assert_eq!((shown["surety_deadlines_overdue"], shown["surety_deadlines_fired_total"]), (0, 0));
    w.passes(Span::seconds(next + 1));
    assert!(metrics.scrape().await["surety_deadlines_overdue"] > 0);
    let fired = w.time_passes(Span::ZERO).await;
    let shown = metrics.scrape().await;
    let counted = u64::try_from(shown["surety_deadlines_fired_total"]).unwrap();
    assert_eq!((shown["surety_deadlines_overdue"], counted), (0, fired));
    let (ear, _) = Ear::open(&w, &trade.supplier, EVENTS, json!({})).await;
    let stream = streamed(&w, &trade.supplier).await;
    assert_eq!(stream.status(), 200);
    let shown = metrics.scrape().await;
    let open = ["surety_sockets", "surety_streams", "surety_subscriptions"].map(|name| shown[name]);
    assert_eq!(open, [1, 1, 2]);
    assert_eq!(shown["surety_slow_consumers_total"], 0);
    drop((ear, stream));
    metrics.stop.cancel();
}

/// Tells so many events to a party's company in one transaction: no reader sees them come one by one.
async fn told(w: &World, party: &Party, count: usize) {
    let drafts: Vec<_> = (0..count)
        .map(|_| EventDraft::new(EventType::WebhookEndpointDisabled).with("reason", "GONE"))
        .collect();
    let company = party.actor.company.unwrap();
    let tx = w.app.db.begin().await.unwrap();
    store::events::append_to_company(&tx, company, &drafts, w.now(), &w.app.ids).await.unwrap();
    tx.commit().await.unwrap();
    events::sequence(&w.app).await.unwrap();
    w.app.feed.appended();
}

/// What a stream tells until it has told this, or to its end.
async fn read_until(stream: &mut reqwest::Response, word: &str) -> String {
    let mut told = String::new();
    while word.is_empty() || !told.contains(word) {
        let chunk = timeout(Duration::from_secs(10), stream.chunk()).await.expect("nothing comes").unwrap();
        let Some(chunk) = chunk else { break };
        told.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    told
}

async fn a_reader_that_falls_too_far_behind_is_ended(w: World) {
    const BEHIND: &str = "subscription($after: Cursor) { stream: events(after: $after) { __typename ... on Checkpoint { cursor } } }";
    let buyer = w.buyer("Acme").await;
    let (mut ear, _) = Ear::open(&w, &buyer, EVENTS, json!({})).await;
    let mut stream = streamed(&w, &buyer).await;
    // The answer's head comes before the place from which on it tells.
    read_until(&mut stream, "\"Checkpoint\"").await;
    // Once they were told something they have caught up.
    told(&w, &buyer, 1).await;
    assert_eq!(ear.next().await["__typename"], "Event");
    read_until(&mut stream, "\"Event\"").await;
    told(&w, &buyer, 6).await;
    ear.events(6).await;
    read_until(&mut stream, "\"Event\"").await;
    // One more between the head and what comes next is one too many.
    told(&w, &buyer, 7).await;
    assert_eq!(ear.ending().await, 1013, "SLOW_CONSUMER");
    let rest = read_until(&mut stream, "").await;
    let last = rest.rsplit_once("event: next").unwrap().1;
    assert!(last.contains("\"Checkpoint\"") && !rest.contains("event: complete"), "{rest}");
    assert_eq!(w.app.telemetry.slow_consumers.count(), 2);
    // Nothing is lost: it goes on from where it stood, however far that is behind.
    let cursor = last.split_once("\"cursor\":\"").unwrap().1.split('"').next().unwrap();
    let (mut again, _) = Ear::open(&w, &buyer, BEHIND, json!({ "after": cursor })).await;
    again.events(7).await;
}

/// What a stream of server-sent events is answered with.
async fn streamed(w: &World, party: &Party) -> reqwest::Response {
    let request = w.http.post(w.url("/graphql/stream")).bearer_auth(party.token());
    request.header("accept", "text/event-stream").json(&json!({ "query": EVENTS })).send().await.unwrap()
}

async fn each_tenant_has_its_room(w: World) {
    let trade = w.trade().await;
    let mut ears = Vec::new();
    for _ in 0..9 {
        ears.push(Ear::open(&w, &trade.buyer, EVENTS, json!({})).await.0);
    }
    // A stream takes a place as a socket does.
    let stream = streamed(&w, &trade.buyer).await;
    assert_eq!(stream.status(), 200);
    assert_eq!(Ear::connect(&w, &trade.buyer).await.ending().await, 4429);
    let refused = streamed(&w, &trade.buyer).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "5");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "TOO_MANY_CONNECTIONS");
    // Others have room of their own.
    let (_other, _) = Ear::open(&w, &trade.supplier, EVENTS, json!({})).await;
    ears.pop();
    let is_let_in = async {
        while !Ear::connect(&w, &trade.buyer).await.is_let_in().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), is_let_in).await.expect("a place that was given back is not to be had");
    drop(stream);
}
