//! What is sent compressed, to whom, and what never is.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use surety::http::limits::Limits;

use super::server::Server;

/// An answer as it was sent.
struct Sent {
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Sent {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self { headers: response.headers().clone(), bytes: response.bytes().await.unwrap().to_vec() }
    }

    fn is_compressed(&self) -> bool {
        self.headers.contains_key("content-encoding")
    }

    /// Every line of a header.
    fn lines(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|line| line.to_str().unwrap()).collect()
    }

    /// What it says.
    fn json(&self) -> Value {
        if !self.is_compressed() {
            return serde_json::from_slice(&self.bytes).unwrap();
        }
        assert_eq!(self.headers["content-encoding"], "gzip");
        let mut text = String::new();
        GzDecoder::new(self.bytes.as_slice()).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// A query whose answer is about so long.
fn query(length: usize) -> String {
    format!("{{ greeting(name: \"{}\") }}", "x".repeat(length))
}

fn posted(server: &Server, accept_encoding: Option<&str>, query: &str) -> RequestBuilder {
    let request = server.client.post(server.url("/graphql")).json(&json!({ "query": query }));
    match accept_encoding {
        Some(codings) => request.header("accept-encoding", codings),
        None => request,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_is_compressed_for_those_who_take_it() {
    let server = Server::usual().await;
    let plain = Sent::of(posted(&server, None, &query(20_000))).await;
    assert!(!plain.is_compressed() && plain.bytes.len() > 20_000);
    for takes in ["gzip", "gzip, deflate, br, zstd", "deflate;q=0.5, GZIP;q=0.1", "identity;q=0.5, gzip"] {
        let sent = Sent::of(posted(&server, Some(takes), &query(20_000))).await;
        assert!(sent.is_compressed(), "{takes}");
        assert!(sent.bytes.len() < 2_000, "{takes}: {} bytes", sent.bytes.len());
        assert_eq!(sent.json()["data"], plain.json()["data"], "{takes}");
        assert_eq!(sent.lines("content-type"), plain.lines("content-type"));
    }
    for refuses in ["", "identity", "br", "gzip;q=0", "*;q=0"] {
        let sent = Sent::of(posted(&server, Some(refuses), &query(20_000))).await;
        assert!(!sent.is_compressed(), "{refuses}");
        assert_eq!(sent.json()["data"], plain.json()["data"], "{refuses}");
    }
    let url = reqwest::Url::parse_with_params(&server.url("/graphql"), [("query", query(20_000))]).unwrap();
    let sent = Sent::of(server.client.get(url).header("accept-encoding", "gzip")).await;
    assert!(sent.is_compressed());
    assert_eq!(sent.json()["data"], plain.json()["data"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_answer_is_sent_as_it_is() {
    let server = Server::usual().await;
    assert!(!Sent::of(posted(&server, Some("gzip"), &query(700))).await.is_compressed());
    assert!(Sent::of(posted(&server, Some("gzip"), &query(1_100))).await.is_compressed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caches_are_told_what_answers_vary_by() {
    let server = Server::start(Limits::default(), &[("SURETY_CORS_ORIGINS", "https://shop.example")]).await;
    for (takes, length) in [(None, 10), (Some("gzip"), 10), (None, 20_000), (Some("gzip"), 20_000)] {
        for origin in [None, Some("https://shop.example"), Some("https://other.example")] {
            let mut request = posted(&server, takes, &query(length));
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let sent = Sent::of(request).await;
            let varies = sent.lines("vary").join(", ").to_ascii_lowercase();
            let varies: Vec<_> = varies.split(", ").collect();
            assert_eq!(
                varies,
                ["accept", "accept-language", "accept-encoding", "origin"],
                "{takes:?} {length} {origin:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutations_streams_and_files_are_sent_as_they_are() {
    let server = Server::usual().await;
    let bumps: Vec<_> = (0..20).map(|number| format!("a{number:0>99}: bump")).collect();
    let mutation =
        Sent::of(posted(&server, Some("gzip"), &format!("mutation {{ {} }}", bumps.join(" ")))).await;
    assert!(!mutation.is_compressed() && mutation.bytes.len() > 1_024);
    assert_eq!(mutation.lines("cache-control"), ["no-store, no-transform"], "no proxy compresses it either");
    assert_eq!(mutation.json()["data"].as_object().unwrap().len(), 20);

    let subscription =
        json!({ "query": "subscription { ticks(upTo: 3, padding: 9000) { number padding } }" });
    let stream = server.client.post(server.url("/graphql/stream")).json(&subscription);
    let stream = stream.header("accept", "text/event-stream").header("accept-encoding", "gzip");
    let stream = Sent::of(stream).await;
    assert!(!stream.is_compressed() && stream.bytes.len() > 27_000);

    for path in ["/assets/start.js", "/assets/examples.js"] {
        let file = server.client.get(server.url(path)).header("accept-encoding", "gzip");
        let file = Sent::of(file).await;
        assert!(!file.is_compressed() && file.bytes.len() > 1_024, "{path}");
    }
}
