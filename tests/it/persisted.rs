//! Automatic persisted queries: a hash stands for the document that came with it, for whoever sent it and nobody else.

use serde_json::{Value, json};
use surety::domain::contract::sha256_hex;
use surety::domain::time::Span;
use surety::http::limits::Limits;

use super::server::{Answered, Server};
use super::streams::Ear;
use super::world::{Party, World, on_both};

const GREETING: &str = "{ greeting }";
const STATUS: &str =
    "subscription($after: Cursor) { stream: orderStatusChanged(after: $after) { __typename } }";

/// What clients say of a document.
fn hashed(text: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": sha256_hex(text.as_bytes()) } })
}

/// Posts a body with a token, or with none where it is empty.
async fn posts(server: &Server, token: &str, body: &Value) -> Answered {
    let mut request = server.client.post(server.url("/graphql")).json(body);
    request = request.header("accept", "application/graphql-response+json");
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    Answered::of(request).await
}

async fn gets(server: &Server, parameters: &[(&str, &str)]) -> Answered {
    let url = reqwest::Url::parse_with_params(&server.url("/graphql"), parameters).unwrap();
    Answered::of(server.client.get(url)).await
}

#[track_caller]
fn not_found(answer: &Answered) {
    assert_eq!((answer.status, answer.code()), (400, "PERSISTED_QUERY_NOT_FOUND"), "{:#}", answer.body);
    assert_eq!(answer.body["errors"][0]["message"], "PersistedQueryNotFound", "clients compare this text");
    assert!(answer.body.get("data").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hash_stands_for_the_document_that_came_with_it() {
    let server = Server::usual().await;
    let text = "query Q($name: String!) { greeting(name: $name) } query Other { echo(number: 1) }";
    let alone = json!({ "extensions": hashed(text), "operationName": "Q", "variables": { "name": "you" } });
    not_found(&posts(&server, "", &alone).await);
    let mut whole = alone.clone();
    whole["query"] = json!(text);
    let data = json!({ "greeting": "hello you" });
    assert_eq!(posts(&server, "", &whole).await.body["data"], data);
    assert_eq!(posts(&server, "", &alone).await.body["data"], data);
    // An empty document is none.
    let mut empty = alone.clone();
    empty["query"] = json!("");
    assert_eq!(posts(&server, "", &empty).await.body["data"], data);
    // By the other name of the same thing.
    let identified =
        json!({ "documentId": format!("sha256:{}", sha256_hex(text.as_bytes())), "operationName": "Other" });
    assert_eq!(posts(&server, "", &identified).await.body["data"], json!({ "echo": 1 }));
    // By GET the same.
    let extensions = hashed(text).to_string();
    let parameters =
        [("extensions", extensions.as_str()), ("operationName", "Q"), ("variables", r#"{"name":"you"}"#)];
    assert_eq!(gets(&server, &parameters).await.body["data"], data);
    let id = format!("sha256:{}", sha256_hex(text.as_bytes()));
    let answer = gets(&server, &[("documentId", id.as_str()), ("operationName", "Other")]).await;
    assert_eq!(answer.body["data"], json!({ "echo": 1 }));
    let counts = &server.app.telemetry.documents;
    assert_eq!(counts.prepared.count(), 1, "it was parsed and validated once");
    assert!(counts.ready.count() >= 6, "{}", counts.ready.count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_runs_is_kept() {
    let server = Server::usual().await;
    for (text, code) in [("{ nothing }", "GRAPHQL_VALIDATION_FAILED"), ("{", "GRAPHQL_PARSE_FAILED")] {
        let whole = json!({ "query": text, "extensions": hashed(text) });
        assert_eq!(posts(&server, "", &whole).await.code(), code);
        not_found(&posts(&server, "", &json!({ "extensions": hashed(text) })).await);
    }
    // A hash of something else is no name for it.
    let swapped = json!({ "query": "{ echo(number: 1) }", "extensions": hashed(GREETING) });
    let answer = posts(&server, "", &swapped).await;
    assert_eq!((answer.status, answer.code()), (400, "BAD_REQUEST"));
    not_found(&posts(&server, "", &json!({ "extensions": hashed(GREETING) })).await);
    let other = json!({ "query": GREETING, "extensions": { "persistedQuery": { "version": 2 } } });
    assert_eq!(posts(&server, "", &other).await.code(), "PERSISTED_QUERY_NOT_SUPPORTED");
    // By its hash a mutation is a mutation still.
    let bump = "mutation { bump }";
    let whole = json!({ "query": bump, "extensions": hashed(bump) });
    assert_eq!(posts(&server, "", &whole).await.body["data"], json!({ "bump": 1 }));
    let answer = gets(&server, &[("extensions", hashed(bump).to_string().as_str())]).await;
    assert_eq!((answer.status, answer.code()), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(server.bumps.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_finds_or_pushes_out_what_others_sent() {
    let server = Server::start(Limits { persisted_bytes: 20_000, ..Limits::default() }, &[]).await;
    let (mine, theirs) = (server.token(Span::hours(1)).await, server.token(Span::hours(1)).await);
    let whole = json!({ "query": GREETING, "extensions": hashed(GREETING) });
    let alone = json!({ "extensions": hashed(GREETING) });
    assert_eq!(posts(&server, &mine, &whole).await.status, 200);
    not_found(&posts(&server, &theirs, &alone).await);
    not_found(&posts(&server, "", &alone).await);
    let first = "{ echo(number: 0) }";
    for number in 0..150 {
        let text = format!("{{ echo(number: {number}) }}");
        let whole = json!({ "query": text, "extensions": hashed(&text) });
        assert_eq!(posts(&server, "", &whole).await.status, 200);
    }
    // Who filled it lost the first of their own.
    not_found(&posts(&server, "", &json!({ "extensions": hashed(first) })).await);
    assert_eq!(posts(&server, &mine, &alone).await.body["data"]["greeting"], "hello world");
}

/// A stream of server-sent events by a document's hash, to its first event.
async fn streamed(w: &World, party: &Party, body: &Value) -> String {
    let request = w.http.post(w.url("/graphql/stream")).bearer_auth(party.token());
    let mut answer = request.header("accept", "text/event-stream").json(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut told = String::new();
    while !told.contains("\n\n") {
        told.push_str(std::str::from_utf8(&answer.chunk().await.unwrap().expect("an event")).unwrap());
    }
    told
}

on_both! {
    async fn subscriptions_are_named_by_their_hash_too(w) {
        let buyer = w.buyer("Acme").await;
        let alone = json!({ "extensions": hashed(STATUS) });
        assert!(streamed(&w, &buyer, &alone).await.contains("PersistedQueryNotFound"));
        let mut ear = Ear::connect(&w, &buyer).await;
        assert!(ear.is_let_in().await);
        ear.say(json!({ "id": "1", "type": "subscribe", "payload": alone })).await;
        let heard = ear.message().await;
        assert_eq!((&heard["type"], &heard["payload"][0]["message"]), (&json!("error"), &json!("PersistedQueryNotFound")));
        // What came over the socket is found by the stream.
        let whole = json!({ "query": STATUS, "extensions": hashed(STATUS) });
        ear.say(json!({ "id": "2", "type": "subscribe", "payload": whole })).await;
        assert_eq!(ear.message().await["payload"]["data"]["stream"]["__typename"], "Checkpoint");
        assert!(streamed(&w, &buyer, &alone).await.contains("Checkpoint"));
        ear.say(json!({ "id": "3", "type": "subscribe", "payload": alone })).await;
        let heard = ear.message().await;
        assert_eq!((&heard["id"], &heard["payload"]["data"]["stream"]["__typename"]), (&json!("3"), &json!("Checkpoint")));
    }
}
