//! Subscriptions as server-sent events, byte by byte as a reader gets them.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::time::Span;
use surety::service::auth;
use tokio::time::timeout;

use super::database::{Backend, Database};
use super::frames::{SETTINGS, owes_nearly_all, with_orders};
use super::logs::Logged;
use super::server::Answered;
use super::streams::Ear;
use super::traffic::SECRET;
use super::world::{Party, World, on_both, on_both_with};

const STATUS: &str = "subscription($after: Cursor) { stream: orderStatusChanged(after: $after) { \
    __typename ... on Checkpoint { cursor } ... on OrderStatusEvent { id cursor type sequence orderId status } } }";

/// One event as the protocol frames it.
#[derive(Debug, Clone, PartialEq)]
struct Frame {
    id: Option<String>,
    event: String,
    /// For how many milliseconds the reader is to stay away.
    retry: Option<String>,
    data: Value,
}

/// A reader of one stream.
struct Reader {
    response: Response,
    held: String,
}

impl Reader {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, held: String::new() }
    }

    /// The next frame; none at the end. Comments are left out.
    async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((block, rest)) = self.held.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.held = rest;
                if block.starts_with(':') {
                    continue;
                }
                let line = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|text| text.trim_start().to_owned())
                };
                let data = line("data:").unwrap();
                let data = if data.is_empty() { Value::Null } else { serde_json::from_str(&data).unwrap() };
                return Some(Frame {
                    id: line("id:"),
                    event: line("event:").unwrap(),
                    retry: line("retry:"),
                    data,
                });
            }
            let chunk = timeout(Duration::from_secs(10), self.response.chunk()).await.expect("nothing comes");
            let Some(chunk) = chunk.unwrap() else {
                assert_eq!(self.held, "", "the stream broke off");
                return None;
            };
            self.held.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// What the stream tells next; its id is the cursor in it.
    async fn told(&mut self) -> Value {
        let frame = self.frame().await.expect("the stream ended");
        assert_eq!(frame.event, "next");
        let told = frame.data["data"]["stream"].clone();
        assert!(told.is_object(), "{frame:?}");
        assert!(frame.id.is_some());
        told
    }
}

impl World {
    fn stream(&self, party: &Party, query: &str, variables: &Value) -> RequestBuilder {
        self.http
            .post(self.url("/graphql/stream"))
            .bearer_auth(party.token())
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query, "variables": variables }))
    }
}

fn ids(events: &[Value]) -> Vec<Value> {
    events.iter().map(|event| event["id"].clone()).collect()
}

on_both! {
    async fn a_reader_comes_back_with_the_id_of_what_it_had(w) {
        w.works();
        let trade = w.trade().await;
        let mut reader = Reader::of(w.stream(&trade.buyer, STATUS, &json!({}))).await;
        let first = reader.frame().await.unwrap();
        assert_eq!(first.data["data"]["stream"]["__typename"], "Checkpoint");
        trade.confirmed(100).await;
        let mut heard = Vec::new();
        let mut last = None;
        for _ in 0..2 {
            let frame = reader.frame().await.unwrap();
            heard.push(frame.data["data"]["stream"].clone());
            last = frame.id;
        }
        drop(reader);
        // The request is repeated as it was; what it had counts, and not its argument.
        let again = w.stream(&trade.buyer, STATUS, &json!({ "after": first.id })).header("last-event-id", last.clone().unwrap());
        let mut reader = Reader::of(again).await;
        assert_eq!(reader.told().await["__typename"], "Checkpoint");
        heard.push(reader.told().await);
        // Over a socket, by the same cursor, the same.
        let (mut ear, _) = Ear::open(&w, &trade.buyer, STATUS, json!({ "after": first.id })).await;
        assert_eq!(ids(&ear.events(3).await), ids(&heard));
        let (mut rest, _) = Ear::open(&w, &trade.buyer, STATUS, json!({ "after": last })).await;
        assert_eq!(ids(&rest.events(1).await), ids(&heard[2..]));
        // By GET the same, as a browser asks.
        let variables = json!({ "after": first.id }).to_string();
        let parameters = [("query", STATUS), ("variables", variables.as_str())];
        let url = reqwest::Url::parse_with_params(&w.url("/graphql/stream"), parameters).unwrap();
        let get = w.http.get(url);
        let mut reader = Reader::of(get.bearer_auth(trade.buyer.token()).header("last-event-id", "")).await;
        assert_eq!(reader.told().await["__typename"], "Checkpoint");
        assert_eq!(reader.told().await["id"], heard[0]["id"]);
    }

    async fn what_is_wrong_with_the_operation_comes_in_the_stream(w) {
        let trade = w.trade().await;
        let code = |frame: &Frame| frame.data["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
        for (query, variables, expected) in [
            ("{ serverVersion }", json!({}), "BAD_REQUEST"),
            ("mutation { placeOrder(input: {}) { replayed } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { nothing }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("subscription {", json!({}), "GRAPHQL_PARSE_FAILED"),
            (STATUS, json!({ "after": "x" }), "INVALID_CURSOR"),
        ] {
            let mut reader = Reader::of(w.stream(&trade.buyer, query, &variables)).await;
            let frame = reader.frame().await.unwrap();
            assert_eq!((frame.event.as_str(), code(&frame).as_deref()), ("next", Some(expected)), "{query}: {frame:?}");
            let end = reader.frame().await.unwrap();
            assert_eq!((end.event.as_str(), &end.data), ("complete", &Value::Null));
            assert_eq!(reader.frame().await, None);
        }
    }

    async fn what_is_wrong_with_the_request_is_answered_by_its_status(w) {
        let trade = w.trade().await;
        let good = || w.stream(&trade.buyer, STATUS, &json!({}));
        let url = w.url("/graphql/stream");
        for (request, status) in [
            (w.http.request(Method::PUT, url.clone()), 405),
            (w.http.request(Method::DELETE, url.clone()), 405),
            (w.http.post(url.clone()).header("accept", "application/json").json(&json!({ "query": STATUS })), 406),
            (w.http.post(url.clone()).header("content-type", "text/plain").body("{}"), 415),
            (w.http.post(url.clone()).json(&json!({ "query": 1 })), 400),
            (w.http.get(url.clone()), 400),
            (good().bearer_auth("nonsense"), 401),
            (good().header("last-event-id", "x".repeat(257)), 400),
            (good().header("last-event-id", "a").header("last-event-id", "b"), 400),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
            let body: Value = answer.json().await.unwrap();
            assert!(body["errors"][0]["extensions"]["code"].is_string(), "{body}");
        }
    }

    async fn options_name_the_methods(w) {
        // A stream has no end, so there is nothing that HEAD could say of it.
        let paths = [("/graphql", "GET, HEAD, POST, OPTIONS"), ("/graphql/stream", "GET, POST, OPTIONS")];
        for (path, methods) in paths {
            let answer = Answered::of(w.http.request(Method::OPTIONS, w.url(path))).await;
            assert_eq!((answer.status, answer.header("allow")), (204, methods), "{path}");
        }
    }

    async fn a_server_that_stops_tells_where_each_reader_stands(w) {
        w.works();
        let trade = w.trade().await;
        let mut reader = Reader::of(w.stream(&trade.buyer, STATUS, &json!({}))).await;
        let (mut ear, _) = Ear::open(&w, &trade.buyer, STATUS, json!({})).await;
        reader.told().await;
        let order = trade.placed(100).await;
        let heard = [reader.told().await, reader.told().await];
        ear.events(2).await;
        w.stops();
        let last = reader.told().await;
        assert_eq!(last["__typename"], "Checkpoint");
        assert_eq!(reader.frame().await, None, "it is not completed: its reader comes back");
        let at_socket = ear.next().await;
        assert_eq!(at_socket["__typename"], "Checkpoint");
        assert_eq!(ear.ending().await, 1012);
        // Another node goes on from there, and nothing comes twice.
        let other = World::on(w.database(), Clock::manual(w.now()), &[]).await;
        other.works();
        let mut ears = Vec::new();
        for cursor in [&last["cursor"], &at_socket["cursor"]] {
            ears.push(Ear::open(&other, &trade.buyer, STATUS, json!({ "after": cursor })).await.0);
        }
        trade.on(&trade.buyer, "cancelOrder", &order, json!({})).await.good();
        for ear in &mut ears {
            let next = ear.events(1).await;
            assert_eq!(next[0]["type"], "ORDER_CANCELLED");
            assert!(!ids(&heard).contains(&next[0]["id"]));
        }
        other.closes().await;
    }
}

on_both_with! {
    super::SETTINGS;

    async fn a_stream_ends_where_a_whole_bucket_is_owed_and_goes_on_later(w) {
        w.works();
        let trade = w.trade().await;
        let opens = || w.stream(&trade.buyer, &with_orders(30), &json!({}));
        let mut reader = Reader::of(opens()).await;
        assert_eq!(reader.told().await["__typename"], "Checkpoint");
        owes_nearly_all(&w, &trade.buyer).await;
        let order = trade.placed(100).await;
        let mut heard = vec![reader.told().await];
        let stands = reader.frame().await.unwrap();
        assert_eq!(stands.data["data"]["stream"]["__typename"], "Checkpoint");
        let ended = reader.frame().await.unwrap();
        assert_eq!((ended.event.as_str(), ended.id.as_deref()), ("next", None));
        assert_eq!(ended.data["errors"][0]["extensions"], json!({ "code": "THROTTLED", "retryAfter": 104 }));
        assert_eq!(ended.retry.as_deref(), Some("104000"));
        assert_eq!(reader.frame().await, None, "it is not completed: its reader comes back");
        let back = || opens().header("last-event-id", stands.id.clone().unwrap());
        let refused = Answered::of(back()).await;
        assert_eq!((refused.status, refused.code()), (429, "THROTTLED"));
        assert_ne!(refused.header("retry-after"), "");
        w.passes(Span::seconds(104));
        let mut reader = Reader::of(back()).await;
        assert_eq!(reader.told().await["__typename"], "Checkpoint");
        heard.push(reader.told().await);
        let story = trade.order(&order, "timeline { id }").await["timeline"].as_array().cloned().unwrap();
        assert_eq!(ids(&heard), ids(&story));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_on_a_stream_is_found_by_its_request() {
    let database = Arc::new(Database::migrated(Backend::Sqlite).await.unwrap());
    let settings = [("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRET)];
    let w = World::on(Arc::clone(&database), Clock::system(), &settings).await;
    // With an operator the database counts as in use, and the server puts no demo data into it.
    w.operator().await;
    let trade = w.trade().await;
    let begin = "{ events(first: 1) { pageInfo { endCursor } } }";
    let start = trade.buyer.asks(begin, json!({})).await.good()["events"]["pageInfo"]["endCursor"].clone();
    trade.placed(100).await;
    let token = auth::issue_token(&w.app, &trade.buyer.grant(), Span::days(1)).unwrap();
    w.tampers("DROP TABLE suspense_item").await;
    w.closes().await;
    let server = Logged::start(&database, &[]).await;
    let query = "subscription Watching($after: Cursor) { stream: events(after: $after) { __typename \
        ... on Checkpoint { cursor } ... on Event { order { suspenseItems { id } } } } }";
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request =
        http.post(server.url("/graphql/stream")).bearer_auth(token).header("x-request-id", "shop-8");
    let body = json!({ "query": query, "variables": { "after": start } });
    let mut reader = Reader::of(request.json(&body)).await;
    assert_eq!(reader.told().await["__typename"], "Checkpoint");
    // Long after the answer began something fails: its line belongs to the request.
    let failed = reader.frame().await.unwrap();
    let incident = failed.data["errors"][0]["extensions"]["incidentId"].as_str().unwrap_or_default();
    assert_ne!(incident, "", "{failed:?}");
    let log = server.text();
    let line = log.lines().find(|line| line.contains(incident)).unwrap_or_default();
    assert!(line.contains("shop-8") && line.contains("Watching"), "{line}");
}
