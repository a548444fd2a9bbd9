//! The OWASP list for GraphQL, as far as no other file has it; `docs/SECURITY.md` says which attack meets which test.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::actor::Role;
use surety::domain::time::Span;
use surety::http::limits::{DocumentLimits, Limits};
use surety::service::auth;
use surety::service::payments::signature::sign;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::database::{Backend, Database};
use super::logs::Logged;
use super::server::{Answered, Server};
use super::tidy::lines_under;
use super::traffic::SECRET;
use super::world::{Party, World, on_both, on_both_with};

/// The functions and files that a row of the table names; a function is one of the file before it.
fn named_in(cell: &str) -> Vec<(String, Option<&str>)> {
    let mut found: Vec<(String, Option<&str>)> = Vec::new();
    for word in cell.split('`').skip(1).step_by(2) {
        let before = found.last().map(|(file, _)| file.clone());
        let is_name = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if Path::new(word).extension().is_some_and(|extension| extension == "rs") {
            let folder = if word.contains('/') { "" } else { "tests/it/" };
            found.push((format!("{folder}{word}"), None));
        } else if let Some(file) = before.filter(|_| is_name) {
            found.push((file, Some(word)));
        } else {
            found.push((word.to_owned(), None));
        }
    }
    found
}

#[test]
fn every_attack_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let rows = page.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let cell = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap().trim();
        let named = named_in(cell);
        assert!(!named.is_empty() || cell == "the same", "no test: {row}");
        for (file, function) in named {
            let path = root.join(&file);
            assert!(path.exists(), "{file} is not there: {row}");
            let Some(function) = function else { continue };
            let text = std::fs::read_to_string(path).unwrap();
            assert!(text.contains(&format!("fn {function}(")), "{file} has no {function}: {row}");
        }
    }
}

/// A server whose schema is not told, or whose refusals suggest nothing.
async fn discreet(introspection: bool, suggestions: bool) -> Server {
    let document = DocumentLimits { introspection, suggestions, ..DocumentLimits::default() };
    Server::start(Limits { document, ..Limits::default() }, &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_can_be_switched_off() {
    let (open, closed) = (discreet(true, true).await, discreet(false, true).await);
    for query in [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"Thing\") { name } }",
        "{ greeting ...F } fragment F on Query { ... { schema: __schema { queryType { name } } } }",
    ] {
        assert_eq!(open.post(query).await.status, 200, "{query}");
        let refused = closed.post(query).await;
        assert_eq!((refused.status, refused.code()), (400, "INTROSPECTION_DISABLED"), "{query}");
        assert!(refused.body["errors"][0]["locations"][0]["line"].is_number(), "{:#}", refused.body);
        let mut get = reqwest::Url::parse(&closed.url("/graphql")).unwrap();
        get.query_pairs_mut().append_pair("query", query);
        let refused = Answered::of(closed.client.get(get)).await;
        assert_eq!(refused.code(), "INTROSPECTION_DISABLED", "by GET: {query}");
    }
    let answer = closed.post("{ __typename thing { __typename name } }").await;
    assert_eq!(
        answer.body["data"],
        json!({ "__typename": "Query", "thing": { "__typename": "Thing", "name": "thing" } })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suggestions_can_be_switched_off() {
    // The validator of today suggests nothing in any case; what is cut where one does is tested beside the door.
    let quiet = discreet(true, false).await;
    for query in [
        "{ thing }",
        "{ greetings }",
        "{ echo(numbre: 1) }",
        "{ greet(input: { nam: \"x\" }) }",
        "{ ...Thin } fragment Thing on Query { greeting }",
        "{ ... on Querry { greeting } }",
        "query($x: Thong) { greeting }",
    ] {
        let refused = quiet.post(query).await;
        assert_eq!((refused.status, refused.code()), (400, "GRAPHQL_VALIDATION_FAILED"), "{query}");
        assert!(!refused.body.to_string().contains("Did you mean"), "{query}: {:#}", refused.body);
    }
}

/// What each door beside that of the requests answers to a document: what an operation costs, what is kept to be run, exported
/// or sent.
async fn spare_doors(party: &Party, document: &str, subscription: &str) -> Vec<(&'static str, String)> {
    let mut answers = Vec::new();
    for (field, kind, more) in [
        (
            "registerTrustedDocuments",
            "RegisterTrustedDocumentsInput",
            json!({ "documents": [{ "name": "version", "document": document }] }),
        ),
        ("runBulkQuery", "RunBulkQueryInput", json!({ "query": document })),
        (
            "createWebhookEndpoint",
            "CreateWebhookEndpointInput",
            json!({ "url": "https://8.8.8.8/", "document": subscription }),
        ),
    ] {
        let query = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ userErrors {{ code message }} }} }}"
        );
        let mut input = json!({ "idempotencyKey": format!("{field} {document}"), "validateOnly": true });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        answers.push((field, party.sends(&query, input_of(input)).await.0.to_string()));
    }
    let query = "query($document: String!) { costEstimate(document: $document) { fits } }";
    let answer = party.sends(query, json!({ "document": document })).await;
    answers.push(("costEstimate", answer.0.to_string()));
    answers
}

on_both_with! {
    &[("SURETY_INTROSPECTION", "false"), ("SURETY_SUGGESTIONS", "false")];
    async fn every_door_tells_of_the_schema_what_it_may(w) {
        let seller = w.seller("brico").await;
        for (door, answer) in spare_doors(&seller, "{ products }", "subscription { events }").await {
            let is_refused = answer.contains("GRAPHQL_VALIDATION_FAILED");
            assert!(is_refused && !answer.contains("Did you mean"), "{door}: {answer}");
        }
        let schema = "{ __schema { queryType { name } } }";
        for (door, answer) in spare_doors(&seller, schema, &format!("subscription {schema}")).await {
            assert!(answer.contains("INTROSPECTION_DISABLED"), "{door}: {answer}");
        }
    }
}

/// What is sent wherever a text is taken.
const NASTY: [&str; 12] = [
    "'; DROP TABLE orders; --",
    "\" OR 1=1 --",
    "%' OR '1'='1",
    "\\'; SELECT pg_sleep(60); --",
    "$1",
    "?",
    ":name @name",
    "\"unclosed AND (NEAR NOT *",
    "a & | ! <-> :* b",
    "%_%\\",
    "\u{202e}\u{0}\u{feff}",
    "{{7*7}}${7*7}<script>",
];

/// Questions of one text each, with the type of the argument that it comes in by.
const QUESTIONS: [(&str, &str); 30] = [
    ("String", "products(query: $text) { pageInfo { hasNextPage } totalCount }"),
    ("String", "suppliers(query: $text) { pageInfo { hasNextPage } totalCount }"),
    ("String!", "products(filter: { productCertifications: [$text] }) { nodes { id } }"),
    ("String!", "products(filter: { managementCertifications: [$text] }) { nodes { id } }"),
    ("String!", "suppliers(filter: { productCertifications: [$text] }) { nodes { id } }"),
    ("ID", "products(filter: { categoryId: $text }) { nodes { id } }"),
    ("ID", "products(filter: { supplierId: $text }) { nodes { id } }"),
    ("ID", "suppliers(filter: { categoryId: $text }) { nodes { id } }"),
    ("Cursor", "products(after: $text) { nodes { id } }"),
    ("Cursor", "suppliers(before: $text, last: 1) { nodes { id } }"),
    ("Cursor", "categories(after: $text) { nodes { id } }"),
    ("Cursor", "orders(after: $text) { nodes { id } }"),
    ("Cursor", "quotes(after: $text) { nodes { id } }"),
    ("Cursor", "disputes(after: $text) { nodes { id } }"),
    ("Cursor", "deadlines(after: $text) { nodes { id } }"),
    ("Cursor", "events(after: $text) { pageInfo { hasNextPage } }"),
    ("Cursor", "changes(after: $text) { pageInfo { hasNextPage } }"),
    ("ID", "events(subject: $text) { pageInfo { hasNextPage } }"),
    ("ID", "order(id: $text) { id }"),
    ("String", "order(number: $text) { id }"),
    ("String", "order(externalReference: $text) { id }"),
    ("ID", "product(id: $text) { id }"),
    ("String", "product(externalReference: $text) { id }"),
    ("ID!", "supplier(id: $text) { id }"),
    ("ID!", "category(id: $text) { id }"),
    ("ID!", "quote(id: $text) { id }"),
    ("ID!", "thread(id: $text) { id }"),
    ("ID!", "file(id: $text) { id }"),
    ("ID!", "node(id: $text) { id }"),
    ("ID!", "nodes(ids: [$text]) { id }"),
];

on_both! {
    async fn texts_are_never_read_as_statements(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let before = w.at_rest().await;
        let mut seen = BTreeSet::new();
        for (kind, question) in QUESTIONS {
            let query = format!("query($text: {kind}) {{ answer: {question} }}");
            for text in NASTY {
                let codes = trade.buyer.sends(&query, json!({ "text": text })).await.codes();
                let is_fine = |code: &String| code != "INTERNAL" && code != "OVERLOADED" && !code.starts_with("GRAPHQL");
                assert!(codes.iter().all(is_fine), "{question} of {text:?}: {codes:?}");
                seen.extend(codes);
            }
        }
        for text in NASTY {
            let input = json!({ "idempotencyKey": text, "orderId": text, "reason": text });
            let query = "mutation($input: CancelOrderInput!) { cancelOrder(input: $input) { userErrors { code } } }";
            let codes = trade.buyer.sends(query, input_of(input)).await.codes();
            assert!(!codes.is_empty() && !codes.iter().any(|code| code == "INTERNAL"), "{text:?}: {codes:?}");
        }
        assert!(seen.contains("INVALID_CURSOR"), "{seen:?}");
        w.contents().await.same_as(&before);
        assert_eq!(trade.order(&order, "status").await["status"], order["status"]);
    }

    async fn ids_of_others_are_as_good_as_none(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let thread = trade.order(&order, "thread { id }").await["thread"]["id"].clone();
        let file = trade.buyer.uploads("drawing.pdf", b"drawing").await;
        let number = order["number"].clone();
        let outsider = w.buyer("Nosy Traders").await;
        outsider.sends("{ serverVersion }", json!({})).await.good();
        for (what, query, id) in [
            ("an order", "query($id: ID!) { found: order(id: $id) { id } }", &order["id"]),
            ("an order's number", "query($id: String!) { found: order(number: $id) { id } }", &number),
            ("an order as a node", "query($id: ID!) { found: node(id: $id) { id } }", &order["id"]),
            ("a thread", "query($id: ID!) { found: thread(id: $id) { id } }", &thread),
            ("a file", "query($id: ID!) { found: file(id: $id) { id } }", &file),
        ] {
            let (foreign, many) = asked(&w, &outsider, query, id).await;
            let (absent, few) = asked(&w, &outsider, query, &like(id)).await;
            assert_eq!(foreign, absent, "{what}: the answers differ");
            assert_eq!(many, few, "{what}: the numbers of statements differ");
            let own = trade.buyer.sends(query, json!({ "id": id })).await.good();
            assert!(own["found"]["id"].is_string(), "{what} is there for those whose it is");
        }
        for (command, input) in [
            ("cancelOrder", json!({})),
            ("confirmOrder", json!({ "termsHash": "0".repeat(64) })),
            ("confirmReceipt", json!({})),
        ] {
            let foreign = trade.on(&outsider, command, &order, input.clone()).await;
            let nothing = json!({ "id": like(&order["id"]) });
            let absent = trade.on(&outsider, command, &nothing, input.clone()).await;
            assert_eq!(foreign.0, absent.0, "{command}: the answers differ");
        }
    }

    async fn what_is_no_id_needs_the_scope_as_well(w) {
        for field in ["bulkOperation", "dispute", "file", "order", "payout", "quote", "thread"] {
            let query = format!("{{ {field}(id: \"nonsense\") {{ id }} }}");
            w.execute(&w.anonymous(), &query, json!({})).await.refused("UNAUTHENTICATED");
        }
        for field in ["category", "product", "supplier"] {
            let query = format!("{{ {field}(id: \"nonsense\") {{ id }} }}");
            let carrier = w.party("carrier", Role::Carrier).await;
            carrier.asks(&query, json!({})).await.refused("FORBIDDEN");
        }
    }

    async fn parts_of_others_are_as_good_as_none(w) {
        let (trade, order) = w.to_be_inspected().await;
        let inspector = w.inspector("Bureau of Looking").await;
        trade.books(&order, &inspector, "2026-05-13").await.good();
        let dispute = trade.claimed(&trade.paid(100).await, 1_000).await;
        let quote = trade.asks_for(500).await;
        let buyer = &trade.buyer;
        let input = json!({ "idempotencyKey": "hook", "url": "https://8.8.8.8/" });
        let made = buyer.hooks("createWebhookEndpoint", "webhookEndpoint { id }", input).await.good();
        let endpoint = &made["createWebhookEndpoint"]["webhookEndpoint"]["id"];
        trade.placed(100).await;
        assert!(w.owes().await > 0);
        let deliveries = "query($id: ID!) { node(id: $id) { ... on WebhookEndpoint { deliveries(first: 1) { nodes { id } } } } }";
        let owed = buyer.asks(deliveries, json!({ "id": endpoint })).await.good();
        let export = buyer.begins("export", "{ products { nodes { id } } }").await;
        let kept = json!({ "idempotencyKey": "kept", "documents": [{ "name": "version", "document": "{ serverVersion }" }] });
        let kept = buyer.hooks("registerTrustedDocuments", "trustedDocuments { id }", kept).await.good();
        let parts = trade.order(&order, "inspections { id } deadlines { id }").await;
        let outsider = w.buyer("Nosy Traders").await;
        outsider.sends("{ serverVersion }", json!({})).await.good();
        let query = "query($id: ID!) { found: node(id: $id) { id } }";
        for id in [
            &parts["inspections"][0]["id"],
            &parts["deadlines"][0]["id"],
            &dispute["id"],
            &quote["id"],
            endpoint,
            &owed["node"]["deliveries"]["nodes"][0]["id"],
            &export,
            &kept["registerTrustedDocuments"]["trustedDocuments"][0]["id"],
        ] {
            let (foreign, many) = asked(&w, &outsider, query, id).await;
            let (absent, few) = asked(&w, &outsider, query, &like(id)).await;
            assert_eq!(foreign, absent, "{id}: the answers differ");
            assert_eq!(many, few, "{id}: the numbers of statements differ");
            let own = buyer.sends(query, json!({ "id": id })).await.good();
            assert_eq!(own["found"]["id"], *id, "it is there for those whose it is");
        }
    }

    async fn pages_of_other_sites_can_send_nothing_that_counts(w) {
        let trade = w.trade().await;
        let orders = w.count("orders").await;
        let query = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } } }";
        let variables = input_of(trade.wish(100));
        let body = json!({ "query": query, "variables": variables }).to_string();
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/csp-report"] {
            let post = w.http.post(w.url("/graphql")).bearer_auth(trade.buyer.token()).header("content-type", kind);
            let refused = Answered::of(post.body(body.clone())).await;
            assert_eq!((refused.status, refused.code()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
        }
        let mut url = reqwest::Url::parse(&w.url("/graphql")).unwrap();
        url.query_pairs_mut().append_pair("query", query).append_pair("variables", &variables.to_string());
        let refused = Answered::of(w.http.get(url).bearer_auth(trade.buyer.token())).await;
        assert_eq!((refused.status, refused.code(), refused.header("allow")), (405, "METHOD_NOT_ALLOWED", "POST"));
        assert_eq!(w.count("orders").await, orders);
    }
}

fn input_of(input: Value) -> Value {
    Value::Object(std::iter::once(("input".to_owned(), input)).collect())
}

/// An id of the same form that nothing has.
fn like(id: &Value) -> Value {
    let text = id.as_str().unwrap();
    json!(match text.split_once('_') {
        Some((kind, _)) => format!("{kind}_01kb9m6jvne0s8t9v2c3d4e5f6"),
        None =>
            text.chars().map(|character| if character.is_ascii_digit() { '0' } else { character }).collect(),
    })
}

/// What somebody is answered, and by how many statements.
async fn asked(w: &World, party: &Party, query: &str, id: &Value) -> (Value, usize) {
    w.forget_statements();
    let answer = party.sends(query, json!({ "id": id })).await;
    (answer.0, w.statements().len())
}

/// Words for what must not be found out by how long a comparison takes. (A `digest` here is that of an imported row.)
const SECRETS: [&str; 7] =
    ["signature", "mac", "password", "client_secret", "secret_hash", "secret_sha256", "api_key"];

/// The identifiers that stand on both sides of a comparison.
fn compared(line: &str) -> Vec<String> {
    let of = |text: &mut dyn Iterator<Item = char>| -> String {
        text.skip_while(|c| *c == ' ' || *c == '&' || *c == '*')
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut found = Vec::new();
    for (place, operator) in line.match_indices("==").chain(line.match_indices("!=")) {
        let before = of(&mut line[..place].chars().rev());
        found.push(before.chars().rev().collect());
        found.push(of(&mut line[place + operator.len()..].chars()));
    }
    found
}

#[test]
fn secrets_are_compared_in_constant_time() {
    for file in ["src/service/payments/signature.rs", "src/service/files/token.rs", "src/service/oauth.rs"] {
        let text = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(text.contains(".ct_eq("), "{file} compares a secret");
    }
    assert_eq!(compared("if a.signature == *expected {"), ["signature", "expected"]);
    for line in lines_under("src") {
        let words = compared(&line);
        assert!(!words.iter().any(|word| SECRETS.contains(&word.as_str())), "compare by ct_eq: {line}");
    }
}

/// What the log must not hold, by what it is.
struct Hidden(Vec<(&'static str, String)>);

impl Hidden {
    #[track_caller]
    fn are_not_in(&self, log: &str) {
        for (what, text) in &self.0 {
            assert!(!text.is_empty());
            let line = log.lines().find(|line| line.contains(text.as_str()));
            assert!(line.is_none(), "{what} is in the log: {}", line.unwrap_or_default());
        }
    }
}

const WORDS: &str =
    "Call Anna Schmidt, anna.schmidt@example.com, +49 30 901820; the password is correct-horse-battery";

/// A database with a trade, whose inspectors somebody has thrown away; the tokens of both sides, and what to order.
async fn scene() -> (Arc<Database>, String, String, Value) {
    let database = Arc::new(Database::migrated(Backend::Sqlite).await.unwrap());
    let w = World::on(Arc::clone(&database), Clock::system(), &[("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRET)])
        .await;
    // With an operator the database counts as in use, and the server puts no demo data into it.
    w.operator().await;
    let trade = w.trade().await;
    let token = |party: &Party| auth::issue_token(&w.app, &party.grant(), Span::days(1)).unwrap();
    let scene = (token(&trade.buyer), token(&trade.supplier), trade.wish(100));
    w.tampers("DROP TABLE accredited_inspector").await;
    w.closes().await;
    (database, scene.0, scene.1, scene.2)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_on_a_socket_is_found_by_its_request() {
    let (database, buyer, _, _) = scene().await;
    let server = Logged::start(&database, &[]).await;
    let address = server.url("/graphql/ws").replacen("http", "ws", 1);
    let mut request = address.into_client_request().unwrap();
    for (name, value) in [("sec-websocket-protocol", "graphql-transport-ws"), ("x-request-id", "shop-7")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (mut socket, _) = connect_async(request).await.unwrap();
    let query = "subscription Watching { events { __typename } }";
    for said in [
        json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {buyer}") } }),
        json!({ "id": "1", "type": "subscribe", "payload": { "query": query } }),
    ] {
        socket.send(Message::text(said.to_string())).await.unwrap();
        let heard = timeout(Duration::from_secs(30), socket.next()).await.expect("nothing is said");
        assert!(heard.unwrap().unwrap().is_text());
    }
    let log = server.text();
    let begins = log.lines().find(|line| line.contains("a subscription begins")).unwrap_or_default();
    assert!(begins.contains("shop-7") && begins.contains("Watching"), "{begins}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_holds_no_secrets_and_nothing_of_persons() {
    let (database, buyer, supplier, wish) = scene().await;
    let server = Logged::start(&database, &[]).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |token: &str, query: &str, variables: Value| {
        let body = json!({ "query": query, "variables": variables });
        Answered::of(http.post(server.url("/graphql")).bearer_auth(token).json(&body)).await
    };

    // A trade with words in it.
    let place = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id thread { id } } userErrors { code } } }";
    let placed = post(&buyer, place, input_of(wish)).await;
    let thread = &placed.body["data"]["placeOrder"]["order"]["thread"]["id"];
    assert!(thread.is_string(), "{:#}", placed.body);
    let say = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { body } userErrors { code } } }";
    for token in [&buyer, &supplier] {
        let said = post(
            token,
            say,
            input_of(json!({ "idempotencyKey": "said", "threadId": thread, "body": WORDS })),
        )
        .await;
        assert_eq!(said.body["data"]["sendMessage"]["message"]["body"], WORDS, "{:#}", said.body);
    }
    // What is refused, in every way that quotes what came.
    post(&buyer, &format!("{{ products(query: \"{WORDS}\") {{ nodes {{ nothing }} }} }}"), json!({})).await;
    post(&buyer, &format!("{{ products(query: \"{WORDS} }}"), json!({})).await;
    post(&buyer, say, input_of(json!({ "idempotencyKey": WORDS, "threadId": WORDS, "body": 7 }))).await;
    let forged = format!("{}x", &buyer[..buyer.len() - 1]);
    assert_eq!(post(&forged, "{ serverVersion }", json!({})).await.status, 401);
    Answered::of(http.get(server.url("/graphql")).basic_auth("anna", Some("correct-horse-battery"))).await;
    let mut get = reqwest::Url::parse(&server.url("/graphql")).unwrap();
    get.query_pairs_mut()
        .append_pair("query", &format!("{{ products(query: \"{WORDS}\") {{ totalCount }} }}"));
    assert_eq!(Answered::of(http.get(get).bearer_auth(&buyer)).await.status, 200);
    Answered::of(http.post(server.url("/graphql")).header("content-type", "application/json").body(WORDS))
        .await;
    // Content that came to an address of somebody's own.
    let upload =
        "mutation($input: CreateUploadInput!) { createUpload(input: $input) { url userErrors { code } } }";
    post(&buyer, upload, input_of(json!({ "fileName": WORDS }))).await;
    let address = "/uploads/file_01kb9m6jvne0s8t9v2c3d4e5f6.1900000000.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    Answered::of(http.put(server.url(address)).body("content")).await;
    // The provider, once by its secret and once by another one.
    let time = Clock::system().now().seconds().to_string();
    let paid = json!({ "type": "payment.succeeded", "data": { "paymentId": WORDS } }).to_string();
    let signature = sign(SECRET, "message-1", &time, paid.as_bytes()).unwrap();
    for (id, signature) in
        [("message-1", signature.as_str()), (WORDS, "v1,bm90LW91cnMtbm90LW91cnMtbm90LW91cnM=")]
    {
        let sent = http.post(server.url("/webhooks/payments/sandbox")).header("webhook-id", id);
        let sent = sent.header("webhook-timestamp", &time).header("webhook-signature", signature);
        Answered::of(sent.body(paid.clone())).await;
    }
    // Lines that somebody else wants to have written.
    let named = json!({ "query": "query A { serverVersion }", "operationName": "A\nFORGED" });
    Answered::of(http.post(server.url("/graphql")).header("user-agent", "a\tFORGED").json(&named)).await;
    post(&buyer, "query A {\nFORGED }", json!({ "a": "\nFORGED" })).await;
    Answered::of(http.get(server.url("/nowhere%0AFORGED")).header("x-request-id", "a%0AFORGED")).await;
    // A failure of ours is found in the log by the id that its caller has.
    let failed = post(&buyer, "{ accreditedInspectors { accreditationNumber } }", json!({})).await;
    assert_eq!(failed.code(), "INTERNAL", "{:#}", failed.body);
    let incident = failed.body["errors"][0]["extensions"]["incidentId"].as_str().unwrap().to_owned();

    let last = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let hidden = Hidden(vec![
        ("a token", buyer.clone()),
        ("a token's signature", last(&buyer)),
        ("a supplier's token's signature", last(&supplier)),
        ("a forged token's signature", last(&forged)),
        ("a password", "correct-horse-battery".to_owned()),
        ("an e-mail address", "anna.schmidt@example.com".to_owned()),
        ("a telephone number", "901820".to_owned()),
        ("a person's name", "Anna Schmidt".to_owned()),
        ("a secret of webhooks", SECRET.trim_start_matches("whsec_").to_owned()),
        ("a signature of webhooks", signature),
        ("another signature", "bm90LW91cnMtbm90LW91cnMtbm90LW91cnM".to_owned()),
        ("the token of an address", "c2lnbmF0dXJlLXNpZ25hdHVyZQ".to_owned()),
    ]);
    let log = server.text();
    assert!(log.contains("answered") && log.contains("a token was refused"), "nothing was logged: {log}");
    assert!(log.contains("refused a provider's message"), "no forged message was told: {log}");
    let forged = log.lines().find(|line| line.trim_start().starts_with("FORGED"));
    assert_eq!(forged, None, "a caller wrote a line of the log");
    assert!(log.lines().any(|line| line.contains(&incident) && line.contains("ERROR")), "{incident}: {log}");
    hidden.are_not_in(&log);
}

/// Whoever looks for a fault lets everything be logged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_library_writes_down_what_it_hears() {
    let (database, buyer, _, _) = scene().await;
    let server = Logged::start(&database, &[("SURETY_LOG", "trace")]).await;
    let mut request = server.url("/graphql/ws").replacen("http", "ws", 1).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let payload = json!({ "Authorization": format!("Bearer {buyer}") });
    let init = json!({ "type": "connection_init", "payload": payload }).to_string();
    socket.send(Message::text(init)).await.unwrap();
    let heard = timeout(Duration::from_secs(10), socket.next()).await.unwrap().unwrap().unwrap();
    let heard = heard.into_text().unwrap();
    assert!(heard.contains("connection_ack"), "{heard}");
    let log = server.text();
    assert!(log.contains("TRACE"), "not everything was logged: {log}");
    Hidden(vec![("a token's signature", buyer.rsplit('.').next().unwrap().to_owned())]).are_not_in(&log);
}
