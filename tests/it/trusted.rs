//! Trusted documents: registered by an app, run by their hashes, counted, retired, and on demand the only ones that run.

use std::time::Duration;

use serde_json::{Value, json};
use surety::domain::contract::sha256_hex;
use surety::domain::throttle::Payer;
use surety::domain::time::Span;
use surety::http::limits::{Limits, SocketLimits};
use surety::service::{documents, throttle};
use tokio::time::timeout;

use super::server::Server;
use super::streams::Ear;
use super::world::{Answer, Party, World, on_both, on_both_with};

const VERSION: &str = "query Version { serverVersion }";
const WHO: &str = "query Who { viewer { role } }";
const STATUS: &str = "subscription Status { stream: orderStatusChanged { __typename } }";
/// A thousand points, and no request costs less than one of them.
const FEW_POINTS: &[(&str, &str)] = &[("SURETY_COST_CAPACITY", "1000"), ("SURETY_COST_RESTORE_RATE", "10")];
const DOCUMENT: &str = "id hash name document registeredAt retiresAt lastUsedOn useCount";

impl Party {
    /// Sends a body over HTTP with a token.
    async fn sends_body(&self, body: &Value) -> (u16, Answer) {
        let request = self.world.http.post(self.world.url("/graphql")).bearer_auth(self.token());
        let request = request.header("accept", "application/graphql-response+json").json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), Answer(answer.json().await.unwrap()))
    }

    /// Sends the hash of a document.
    async fn names_document(&self, text: &str) -> (u16, Answer) {
        self.sends_body(&json!({ "documentId": format!("sha256:{}", sha256_hex(text.as_bytes())) })).await
    }

    /// Registers documents, each called like its place.
    async fn registers_documents(&self, key: &str, texts: &[&str]) -> Answer {
        let documents: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| json!({ "name": format!("document {index}"), "document": text }))
            .collect();
        let query = format!(
            "mutation($input: RegisterTrustedDocumentsInput!) {{ registerTrustedDocuments(input: $input) {{ replayed \
             trustedDocuments {{ {DOCUMENT} }} userErrors {{ code field message }} }} }}"
        );
        self.sends(&query, json!({ "input": { "idempotencyKey": key, "documents": documents } })).await
    }

    /// Says whether the app runs trusted documents only.
    async fn trusts_only(&self, key: &str, only: bool) -> Answer {
        let query = "mutation($key: String!, $only: Boolean!) { setDocumentPolicy(input: { idempotencyKey: $key, \
                     trustedDocumentsOnly: $only }) { replayed documentPolicy { trustedDocumentsOnly } userErrors { code field } } }";
        self.sends(query, json!({ "key": key, "only": only })).await
    }

    /// The app's documents, newest first.
    async fn trusted_documents(&self) -> Value {
        let query = format!("{{ trustedDocuments(first: 100) {{ totalCount nodes {{ {DOCUMENT} }} }} }}");
        self.sends(&query, json!({})).await.good()["trustedDocuments"].clone()
    }

    async fn retires_documents(&self, key: &str, ids: &[&Value], at: Option<String>) -> Answer {
        let query = "mutation($input: RetireTrustedDocumentsInput!) { retireTrustedDocuments(input: $input) { replayed \
                     trustedDocuments { id retiresAt } userErrors { code field } } }";
        let input = json!({ "idempotencyKey": key, "trustedDocumentIds": ids, "retiresAt": at });
        self.sends(query, json!({ "input": input })).await
    }
}

/// The statements that named the table since they were last forgotten.
fn about_documents(w: &World) -> usize {
    w.statements().iter().filter(|text| text.contains("trusted_document ")).count()
}

on_both! {
    async fn a_registered_document_runs_by_its_hash_and_is_counted(w) {
        let (buyer, other) = (w.buyer("Acme").await, w.buyer("Bolt").await);
        let (status, refused) = buyer.names_document(VERSION).await;
        assert_eq!(status, 400);
        refused.refused("PERSISTED_QUERY_NOT_FOUND");
        let made = buyer.registers_documents("first", &[VERSION, WHO]).await.good()["registerTrustedDocuments"].clone();
        let hashes: Vec<_> = made["trustedDocuments"].as_array().unwrap().iter().map(|made| made["hash"].clone()).collect();
        assert_eq!(hashes, [VERSION, WHO].map(|text| json!(sha256_hex(text.as_bytes()))));
        let again = buyer.registers_documents("first", &[VERSION, WHO]).await.good()["registerTrustedDocuments"].clone();
        assert_eq!((&again["replayed"], &again["trustedDocuments"]), (&json!(true), &made["trustedDocuments"]));
        buyer.registers_documents("first", &[WHO]).await.refused("IDEMPOTENCY_KEY_REUSED");

        for _ in 0..3 {
            assert_eq!(buyer.names_document(WHO).await.1.good()["viewer"]["role"], "BUYER");
        }
        w.forget_statements();
        let by_extension = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hashes[1] } } });
        assert_eq!(buyer.sends_body(&by_extension).await.1.good()["viewer"]["role"], "BUYER");
        assert_eq!(about_documents(&w), 0, "a request costs no statement of its own");
        other.names_document(WHO).await.1.refused("PERSISTED_QUERY_NOT_FOUND");

        documents::write_uses(&w.app).await.unwrap();
        documents::write_uses(&w.app).await.unwrap();
        let listed = buyer.trusted_documents().await;
        assert_eq!(listed["totalCount"], 2);
        let find = |text: &str| {
            let nodes = listed["nodes"].as_array().unwrap();
            nodes.iter().find(|node| node["document"] == text).unwrap().clone()
        };
        assert_eq!((&find(WHO)["useCount"], &find(WHO)["lastUsedOn"]), (&json!("4"), &json!("2026-05-04")));
        assert_eq!((&find(VERSION)["useCount"], &find(VERSION)["lastUsedOn"]), (&json!("0"), &Value::Null));
        assert_eq!(other.trusted_documents().await["totalCount"], 0);
        let node = format!("query($id: ID!) {{ node(id: $id) {{ ... on TrustedDocument {{ {DOCUMENT} }} }} }}");
        let id = json!({ "id": find(WHO)["id"] });
        assert_eq!(buyer.sends(&node, id.clone()).await.good()["node"], find(WHO));
        assert_eq!(other.sends(&node, id).await.good()["node"], Value::Null);

        // Registered anew it keeps its id and what was counted.
        let renamed = buyer.registers_documents("second", &[WHO]).await.good()["registerTrustedDocuments"].clone();
        let renamed = &renamed["trustedDocuments"][0];
        assert_eq!((&renamed["id"], &renamed["useCount"], &renamed["name"]), (&find(WHO)["id"], &json!("4"), &json!("document 0")));
    }

    async fn what_one_app_changes_takes_nothing_from_the_memory_of_others(w) {
        let (buyer, other) = (w.buyer("Acme").await, w.buyer("Bolt").await);
        let made = buyer.registers_documents("first", &[VERSION]).await.good()["registerTrustedDocuments"].clone();
        buyer.names_document(VERSION).await.1.good();
        other.registers_documents("first", &[WHO]).await.good();
        w.forget_statements();
        buyer.names_document(VERSION).await.1.good();
        assert_eq!(about_documents(&w), 0, "it is remembered still");
        buyer.retires_documents("retire", &[&made["trustedDocuments"][0]["id"]], None).await.good();
        buyer.names_document(VERSION).await.1.refused("PERSISTED_QUERY_NOT_FOUND");
    }

    async fn every_document_is_checked_before_it_is_registered(w) {
        let buyer = w.buyer("Acme").await;
        let before = w.contents().await;
        let answer = buyer.registers_documents("key", &[VERSION, "{ nothing }", WHO, "{", VERSION]).await;
        let errors = answer.0["data"]["registerTrustedDocuments"]["userErrors"].clone();
        assert_eq!(errors[0]["field"], json!(["input", "documents", "4", "document"]));
        let answer = buyer.registers_documents("key", &[VERSION, "{ nothing }", WHO, "{"]).await;
        let made = &answer.0["data"]["registerTrustedDocuments"];
        let errors: Vec<_> = made["userErrors"].as_array().unwrap().iter().map(|error| (error["field"].clone(), error["code"].clone())).collect();
        // A parser may say more than one thing of one place.
        let errors: Vec<_> = errors.iter().enumerate().filter(|(at, error)| !errors[..*at].contains(error)).map(|(_, error)| error.clone()).collect();
        let field = |index: &str| json!(["input", "documents", index, "document"]);
        assert_eq!(errors, [(field("1"), json!("GRAPHQL_VALIDATION_FAILED")), (field("3"), json!("GRAPHQL_PARSE_FAILED"))]);
        assert_eq!(made["trustedDocuments"], json!([]));
        let costly = "{ a: products(first: 100) { nodes { reviews(first: 100) { nodes { id } } } } \
                      b: products(first: 100) { nodes { reviews(first: 100) { nodes { id } } } } }";
        buyer.registers_documents("key", &[costly]).await.refused("QUERY_TOO_COSTLY");
        w.contents().await.same_as(&before);
    }

    async fn an_app_can_be_kept_to_its_documents_and_let_go_again(w) {
        let (buyer, other) = (w.buyer("Acme").await, w.buyer("Bolt").await);
        buyer.trusts_only("early", true).await.refused("STATE_CONFLICT");
        buyer.registers_documents("first", &[VERSION]).await.good();
        let set = buyer.trusts_only("on", true).await.good();
        assert_eq!(set["setDocumentPolicy"]["documentPolicy"]["trustedDocumentsOnly"], true);
        let (status, refused) = buyer.sends_body(&json!({ "query": WHO })).await;
        assert_eq!(status, 403);
        refused.refused("DOCUMENT_NOT_TRUSTED");
        buyer.names_document(WHO).await.1.refused("DOCUMENT_NOT_TRUSTED");
        let kept = json!({ "query": WHO, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": sha256_hex(WHO.as_bytes()) } } });
        buyer.sends_body(&kept).await.1.refused("DOCUMENT_NOT_TRUSTED");
        buyer.sends_body(&json!({ "query": "{ __schema { queryType { name } } }" })).await.1.refused("DOCUMENT_NOT_TRUSTED");
        // Its own runs, as a text and by its hash; nobody else is kept to anything.
        buyer.sends_body(&json!({ "query": VERSION })).await.1.good();
        buyer.names_document(VERSION).await.1.good();
        other.sends_body(&json!({ "query": WHO })).await.1.good();
        assert_eq!(w.graphql("", WHO, json!({})).await["data"]["viewer"], Value::Null);
        let stream = w.http.post(w.url("/graphql/stream")).bearer_auth(buyer.token()).header("accept", "text/event-stream");
        let body = json!({ "query": "subscription { orderStatusChanged { __typename } }" });
        let told = stream.json(&body).send().await.unwrap().text().await.unwrap();
        assert!(told.contains("DOCUMENT_NOT_TRUSTED"), "{told}");
        // What manages the documents runs whatever is trusted, and brings nothing else with it.
        buyer.registers_documents("second", &[WHO]).await.good();
        buyer.names_document(WHO).await.1.good();
        assert_eq!(buyer.trusted_documents().await["totalCount"], 2);
        buyer.sends_body(&json!({ "query": "{ documentPolicy { trustedDocumentsOnly } viewer { role } }" })).await.1.refused("DOCUMENT_NOT_TRUSTED");
        buyer.trusts_only("off", false).await.good();
        buyer.sends_body(&json!({ "query": "{ viewer { role } }" })).await.1.good();
        // An earlier command that is sent again changes nothing, and tells how it is now.
        let again = buyer.trusts_only("on", true).await.good()["setDocumentPolicy"].clone();
        assert_eq!((&again["replayed"], &again["documentPolicy"]["trustedDocumentsOnly"]), (&json!(true), &json!(false)));
    }

    async fn an_open_socket_goes_by_the_policy_of_the_moment(w) {
        let buyer = w.buyer("Acme").await;
        let mut ear = Ear::connect(&w, &buyer).await;
        assert!(ear.is_let_in().await);
        let subscribe = |id: &str, text: &str| json!({ "id": id, "type": "subscribe", "payload": { "query": text } });
        buyer.registers_documents("first", &[VERSION]).await.good();
        buyer.trusts_only("on", true).await.good();
        ear.say(subscribe("1", STATUS)).await;
        let refused = ear.message().await;
        let code = &refused["payload"][0]["extensions"]["code"];
        assert_eq!((&refused["type"], &refused["id"], code), (&json!("error"), &json!("1"), &json!("DOCUMENT_NOT_TRUSTED")));
        buyer.registers_documents("second", &[STATUS]).await.good();
        ear.say(subscribe("2", STATUS)).await;
        let told = ear.message().await;
        assert_eq!((&told["id"], &told["payload"]["data"]["stream"]["__typename"]), (&json!("2"), &json!("Checkpoint")));
        buyer.trusts_only("off", false).await.good();
        ear.say(subscribe("3", "subscription { stream: orderStatusChanged { __typename } }")).await;
        let told = ear.message().await;
        assert_eq!((&told["id"], &told["payload"]["data"]["stream"]["__typename"]), (&json!("3"), &json!("Checkpoint")));
    }

    async fn a_retired_document_is_served_until_its_time(w) {
        let buyer = w.buyer("Acme").await;
        let made = buyer.registers_documents("first", &[VERSION, WHO]).await.good()["registerTrustedDocuments"].clone();
        let ids: Vec<_> = (0..2).map(|index| made["trustedDocuments"][index]["id"].clone()).collect();
        buyer.retires_documents("none", &[&json!("trusted_00000000000000000000000000")], None).await.refused("NOT_FOUND");
        buyer.retires_documents("retire", &[&ids[0]], None).await.good();
        let far = w.now().plus(Span::days(3_000)).to_string();
        buyer.retires_documents("far", &[&ids[1]], Some(far)).await.refused("INVALID_INPUT");
        buyer.names_document(VERSION).await.1.refused("PERSISTED_QUERY_NOT_FOUND");
        let soon = w.now().plus(Span::days(30));
        let retired = buyer.retires_documents("second", &[&ids[1]], Some(soon.to_string())).await.good();
        assert_eq!(retired["retireTrustedDocuments"]["trustedDocuments"][0]["retiresAt"], soon.to_string());
        buyer.names_document(WHO).await.1.good();
        w.passes(Span::days(30));
        buyer.names_document(WHO).await.1.refused("PERSISTED_QUERY_NOT_FOUND");
        documents::forget_retired(&w.app).await.unwrap();
        assert_eq!(buyer.trusted_documents().await["totalCount"], 2);
        w.passes(Span::days(91));
        documents::write_uses(&w.app).await.unwrap();
        documents::forget_retired(&w.app).await.unwrap();
        assert_eq!(buyer.trusted_documents().await["totalCount"], 0);
    }
}

on_both_with! {
    super::FEW_POINTS;

    async fn who_has_no_points_left_has_nothing_looked_up(w) {
        let buyer = w.buyer("Acme").await;
        let payer = Payer::of(&buyer.actor, None);
        assert!(throttle::charge(&w.app, &payer, 998).await.unwrap().1.is_some());
        for text in ["{ first }", "{ second }"] {
            let (status, refused) = buyer.names_document(text).await;
            assert_eq!(status, 400);
            refused.refused("PERSISTED_QUERY_NOT_FOUND");
        }
        w.forget_statements();
        let (status, refused) = buyer.names_document("{ third }").await;
        assert_eq!(status, 429, "each of them cost a point");
        refused.refused("THROTTLED");
        assert_eq!(about_documents(&w), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_where_its_app_runs_its_document_no_more() {
    let socket = SocketLimits { comment_interval: Duration::from_millis(100), ..SocketLimits::default() };
    let server = Server::start(Limits { socket, ..Limits::default() }, &[]).await;
    let (app, token) = server.storefront(Span::hours(1)).await;
    let request = server.client.post(server.url("/graphql/stream")).bearer_auth(token);
    let request = request.header("accept", "text/event-stream");
    let stream = request.json(&json!({ "query": "subscription { silent }" })).send().await.unwrap();
    assert_eq!(stream.status(), 200);
    server.trusts_nothing_of(app).await;
    let told = timeout(Duration::from_secs(10), stream.text()).await.expect("the stream goes on").unwrap();
    assert!(told.contains("DOCUMENT_NOT_TRUSTED"), "{told}");
    assert!(told.ends_with("event: complete\ndata:\n\n"), "{told}");
}
