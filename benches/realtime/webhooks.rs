//! Webhooks: healthy endpoints beside black holes that accept a connection and never answer.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::time::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::Arguments;
use super::database::Database;
use super::node::{Node, Talk, key};
use super::report::{self, Spread};

/// Endpoints of the buyer's app: as many as one may have.
const ENDPOINTS: usize = 20;
/// How many of them never answer.
const BLACK: usize = 6;
/// Time without a delivery after which nothing more is waited for.
const PATIENCE: Duration = Duration::from_secs(40);
/// Time for a delivery that comes once too often.
const AFTERWARDS: Duration = Duration::from_secs(2);
/// Messages that are said at once at the end.
const BURST: usize = 300;

/// A delivery that came.
struct Delivery {
    endpoint: usize,
    id: String,
    micros: i64,
}

/// What came.
struct Came {
    micros: Vec<i64>,
    lost: usize,
    doubled: usize,
    took: Duration,
}

/// Accepts everybody and answers nobody.
async fn black_hole() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    format!("http://{address}")
}

/// Answers 200 and says what came.
async fn receiver(out: UnboundedSender<Delivery>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/hook/{endpoint}", post(take)).with_state(out);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn take(
    State(out): State<UnboundedSender<Delivery>>,
    Path(endpoint): Path<usize>,
    headers: HeaderMap,
    body: String,
) -> &'static str {
    let now = Clock::system().now();
    let told: Value = serde_json::from_str(&body).unwrap();
    let occurred_at = Timestamp::parse(told["occurredAt"].as_str().unwrap()).unwrap();
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let micros = now.micros() - occurred_at.micros();
    out.send(Delivery { endpoint, id, micros }).unwrap();
    "taken"
}

async fn register(node: &Node, url: &str) {
    let query = "mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { \
                 userErrors { code message } webhookEndpoint { id } } }";
    let input = json!({ "idempotencyKey": key(), "url": url, "eventTypes": ["MESSAGE_SENT"] });
    let made = node.ask(query, &json!({ "input": input })).await;
    assert!(made["createWebhookEndpoint"]["webhookEndpoint"]["id"].is_string(), "no endpoint: {made}");
}

/// Says so many things, one in each pause.
async fn talk_on(node: &Arc<Node>, talk: &Talk, count: usize, pause: Duration) {
    let (mut at, mut said) = (Instant::now(), JoinSet::new());
    for _ in 0..count {
        sleep_until(at).await;
        at += pause;
        let (node, thread) = (Arc::clone(node), talk.thread.clone());
        said.spawn(async move { node.say(&thread).await });
    }
    while let Some(done) = said.join_next().await {
        done.unwrap();
    }
}

async fn collect(came: &mut UnboundedReceiver<Delivery>, wanted: usize, begun: Instant) -> Came {
    let (mut micros, mut seen, mut took) = (Vec::with_capacity(wanted), HashSet::new(), Duration::ZERO);
    loop {
        let patience = if seen.len() < wanted { PATIENCE } else { AFTERWARDS };
        let Ok(Some(delivery)) = timeout(patience, came.recv()).await else { break };
        micros.push(delivery.micros);
        if seen.insert((delivery.endpoint, delivery.id)) {
            took = begun.elapsed();
        }
    }
    let (lost, doubled) = (wanted.saturating_sub(seen.len()), micros.len() - seen.len());
    Came { micros, lost, doubled, took }
}

/// First attempts on healthy endpoints at a steady rate, then how many a second.
pub async fn measure(database: &Database, arguments: &Arguments) -> usize {
    let settings = [("SURETY_WEBHOOK_LOCAL", "true".to_owned())];
    let node = Arc::new(Node::start(database, &settings).await);
    let (_, talk) = node.ware().await;
    let (out, mut came) = unbounded_channel();
    let (healthy, black) = (receiver(out).await, black_hole().await);
    for number in 0..ENDPOINTS {
        let base = if number < BLACK { &black } else { &healthy };
        register(&node, &format!("{base}/hook/{number}")).await;
    }
    let (sound, count) = (ENDPOINTS - BLACK, usize::try_from(arguments.events()).unwrap());
    let begun = Instant::now();
    talk_on(&node, &talk, count, arguments.pause()).await;
    let steady = collect(&mut came, count * sound, begun).await;
    let begun = Instant::now();
    talk_on(&node, &talk, BURST, Duration::ZERO).await;
    let burst = collect(&mut came, BURST * sound, begun).await;
    let millis = u64::try_from(burst.took.as_millis()).unwrap().max(1);
    let arrived = u64::try_from(burst.micros.len()).unwrap();
    report::head();
    let what = format!(
        "webhooks, {}, {BLACK} of {ENDPOINTS} endpoints black holes, {} events/s",
        arguments.database, arguments.rate
    );
    let wrong = steady.lost + steady.doubled + burst.lost + burst.doubled;
    let seen = format!(
        "first attempts on healthy ones {}; then {} deliveries a second; lost {}, doubled {}",
        Spread::of(steady.micros),
        arrived * 1_000 / millis,
        steady.lost + burst.lost,
        steady.doubled + burst.doubled
    );
    report::row(&what, "–", &seen, None);
    wrong
}
