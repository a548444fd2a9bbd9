//! Subscriptions over a real WebSocket, by the letter of `graphql-transport-ws`.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role};
use surety::domain::party::role_scopes;
use surety::domain::time::Span;
use surety::http::limits::{Limits, SocketLimits};
use surety::service::orders::Envelope;
use surety::service::{apps, auth, parties};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::overload::bombs;
use super::server::Server;

const PROTOCOL: &str = "graphql-transport-ws";
const PATIENCE: Duration = Duration::from_secs(10);

/// A client that says exactly what the test wants.
struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What comes from the server.
#[derive(Debug, PartialEq)]
enum Heard {
    Message(Value),
    Closed(u16, String),
    Gone,
}

impl Client {
    /// Upgrades with these headers; the status where the server refuses.
    async fn connect(server: &Server, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{}/graphql/ws", server.address).into_client_request().unwrap();
        for (name, value) in headers {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn upgraded(server: &Server) -> Self {
        Self::connect(server, &[("sec-websocket-protocol", PROTOCOL)]).await.unwrap()
    }

    /// Upgraded and acknowledged.
    async fn open(server: &Server) -> Self {
        let mut client = Self::upgraded(server).await;
        client.say(json!({"type": "connection_init"})).await;
        assert_eq!(client.hear().await, Heard::Message(json!({"type": "connection_ack"})));
        client
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({"id": id, "type": "subscribe", "payload": {"query": query}})).await;
    }

    async fn hear(&mut self) -> Heard {
        loop {
            let frame = timeout(PATIENCE, self.0.next()).await.expect("the server says nothing");
            match frame {
                Some(Ok(Message::Text(text))) => return Heard::Message(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Heard::Closed(frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Heard::Gone,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn message(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// A round trip: everything that was said before has been heard.
    async fn settle(&mut self) {
        self.say(json!({"type": "ping", "payload": {"settle": true}})).await;
        assert_eq!(self.message().await, json!({"type": "pong", "payload": {"settle": true}}));
    }

    #[track_caller]
    fn code(message: &Value) -> &str {
        assert_eq!(message["type"], "error", "{message:#}");
        message["payload"][0]["extensions"]["code"].as_str().unwrap()
    }
}

async fn server_with(socket: SocketLimits) -> Server {
    Server::start(Limits { socket, ..Limits::default() }, &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_one_protocol_and_known_origins_are_upgraded() {
    let server = Server::start(Limits::default(), &[("SURETY_CORS_ORIGINS", "https://shop.example")]).await;
    let own = format!("http://{}", server.address);
    for (headers, refused) in [
        (vec![("sec-websocket-protocol", PROTOCOL)], None),
        (vec![("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")], None),
        (vec![("sec-websocket-protocol", "graphql-ws")], Some(400)),
        (vec![], Some(400)),
        (vec![("sec-websocket-protocol", PROTOCOL), ("origin", "https://shop.example")], None),
        (vec![("sec-websocket-protocol", PROTOCOL), ("origin", &own)], None),
        (vec![("sec-websocket-protocol", PROTOCOL), ("origin", "https://evil.example")], Some(403)),
        (vec![("sec-websocket-protocol", PROTOCOL), ("origin", "null")], Some(403)),
    ] {
        assert_eq!(Client::connect(&server, &headers).await.err(), refused, "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_protocol_closes_with_its_code() {
    let server = Server::usual().await;
    let subscribe =
        |id: &str| json!({"id": id, "type": "subscribe", "payload": {"query": "subscription { silent }"}});
    for (before_init, messages, code, reason) in [
        (true, vec![subscribe("1")], 4401, "Unauthorized"),
        (true, vec![json!({"type": "connection_init", "payload": "x"})], 4400, "Invalid message"),
        (true, vec![json!({"type": "connection_init", "payload": {"Authorization": 7}})], 4403, "Forbidden"),
        (false, vec![json!({"type": "connection_init"})], 4429, "Too many initialisation requests"),
        (false, vec![subscribe("1"), subscribe("1")], 4409, "Subscriber already exists"),
        (false, vec![subscribe("")], 4400, "Invalid message"),
        (
            false,
            vec![json!({"type": "subscribe", "payload": {"query": "subscription { silent }"}})],
            4400,
            "Invalid message",
        ),
        (false, vec![json!({"id": "1", "type": "subscribe"})], 4400, "Invalid message"),
        (false, vec![json!({"id": "1", "type": "subscribe", "payload": {}})], 4400, "Invalid message"),
        (
            false,
            vec![json!({"id": "1", "type": "start", "payload": {"query": "{ greeting }"}})],
            4400,
            "Invalid message",
        ),
        (false, vec![json!({"type": "connection_terminate"})], 4400, "Invalid message"),
        (false, vec![json!({"type": "next", "id": "1"})], 4400, "Invalid message"),
        (false, vec![json!("x")], 4400, "Invalid message"),
        (false, vec![json!({"type": "ping", "payload": "x".repeat(70_000)})], 4400, "Invalid message"),
    ] {
        let mut client =
            if before_init { Client::upgraded(&server).await } else { Client::open(&server).await };
        for message in &messages {
            client.say(message.clone()).await;
        }
        assert_eq!(client.hear().await, Heard::Closed(code, reason.to_owned()), "{}", messages[0]["type"]);
        assert_eq!(client.hear().await, Heard::Gone);
    }
    let subscribe = r#"{"id":"1","type":"subscribe","payload":{"query":"subscription { silent }"#;
    for frame in [
        Message::binary(b"\x00\xff".to_vec()),
        Message::text("nonsense"),
        Message::text(""),
        // What is there twice is read one way here, and another way elsewhere.
        Message::text(format!(r#"{subscribe}","query":"subscription {{ endless {{ number }} }}"}}}}"#)),
        Message::text(format!(r#"{subscribe}"}},"payload":{{"query":"{{ greeting }}"}}}}"#)),
        Message::text(r#"{"type":"ping","payload":{"a":1,"a":2}}"#),
    ] {
        let mut client = Client::open(&server).await;
        client.0.send(frame).await.unwrap();
        assert_eq!(client.hear().await, Heard::Closed(4400, "Invalid message".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_in_order_and_ids_are_free_again() {
    let server = Server::usual().await;
    let mut client = Client::open(&server).await;
    for _ in 0..2 {
        client.subscribe("1", "subscription($n: Int = 3) { ticks(upTo: $n) { number } }").await;
        for number in 1..=3 {
            let next = json!({"id": "1", "type": "next", "payload": {"data": {"ticks": {"number": number}}}});
            assert_eq!(client.message().await, next);
        }
        assert_eq!(client.message().await, json!({"id": "1", "type": "complete"}));
    }
    // Completed by the client: nothing is echoed, the id is free at once.
    client.subscribe("2", "subscription { silent }").await;
    client.say(json!({"id": "2", "type": "complete"})).await;
    client.say(json!({"id": "unknown", "type": "complete"})).await;
    client.settle().await;
    client.subscribe("2", "subscription { ticks(upTo: 1) { number } }").await;
    assert_eq!(client.message().await["id"], "2");
    assert_eq!(client.message().await["type"], "complete");
    client.say(json!({"type": "ping"})).await;
    assert_eq!(client.message().await, json!({"type": "pong"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_at_the_root_are_expanded() {
    let server = Server::usual().await;
    let mut client = Client::open(&server).await;
    for query in [
        "subscription { ...F } fragment F on Events { ticks(upTo: 1) { number } }",
        "subscription { ... on Events { ... { ticks(upTo: 1) { number } } } }",
        "subscription { ...F } fragment F on Events { ...G } fragment G on Events { ticks(upTo: 1) { number } }",
    ] {
        client.subscribe("1", query).await;
        assert_eq!(client.message().await["payload"]["data"]["ticks"]["number"], 1, "{query}");
        assert_eq!(client.message().await["type"], "complete", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_operations_get_an_error_and_nothing_after_it() {
    let server = Server::usual().await;
    let mut client = Client::open(&server).await;
    let mut cases = vec![
        ("subscription {".to_owned(), "GRAPHQL_PARSE_FAILED"),
        (String::new(), "BAD_REQUEST"),
        ("subscription { nothing }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { silent a: silent }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { silent ...F } fragment F on Events { ticks(upTo: 1) { number } }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription { silent @skip(if: true) }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($n: Int!) { ticks(upTo: $n) { number } }".to_owned(), "BAD_REQUEST"),
        ("subscription A { silent } subscription B { silent }".to_owned(), "BAD_REQUEST"),
        ("{ greeting }".to_owned(), "BAD_REQUEST"),
        ("mutation { bump }".to_owned(), "BAD_REQUEST"),
        ("subscription { unmade }".to_owned(), "INTERNAL"),
        ("subscription { bursts }".to_owned(), "INTERNAL"),
    ];
    let bombs = bombs("subscription", "Events").into_iter().filter(|(_, query)| query.len() < 60_000);
    cases.extend(bombs.map(|(_, query)| (query, "REQUEST_TOO_LARGE")));
    for (query, code) in cases {
        let attack = async {
            client.subscribe("1", &query).await;
            client.message().await
        };
        let other = timeout(PATIENCE, server.post("{ greeting }"));
        let (message, other) = tokio::join!(attack, other);
        assert_eq!(other.unwrap().status, 200);
        let shown = &query[..query.len().min(80)];
        assert_eq!(
            (message["id"].as_str(), Client::code(&message)),
            (Some("1"), code),
            "{shown} {message:#}"
        );
        assert!(!message.to_string().contains("10.0.0.7"));
        client.settle().await;
    }
    assert_eq!(server.bumps.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_ended() {
    let soon = Duration::from_millis(300);
    let server = server_with(SocketLimits { init_timeout: soon, ..SocketLimits::default() }).await;
    let mut client = Client::upgraded(&server).await;
    assert_eq!(client.hear().await, Heard::Closed(4408, "Connection initialisation timeout".to_owned()));
    // Who pings before is answered, and its time goes on.
    let patient =
        server_with(SocketLimits { init_timeout: Duration::from_secs(3), ..SocketLimits::default() }).await;
    let mut client = Client::upgraded(&patient).await;
    client.settle().await;
    assert_eq!(client.hear().await, Heard::Closed(4408, "Connection initialisation timeout".to_owned()));

    let server = server_with(SocketLimits { ping_interval: soon, ..SocketLimits::default() }).await;
    // A client that reads answers pings by itself and lives on over several of them.
    let mut client = Client::open(&server).await;
    let mut pings = 0;
    while pings < 4 {
        match timeout(PATIENCE, client.0.next()).await.unwrap() {
            Some(Ok(Message::Ping(_))) => pings += 1,
            other => panic!("{other:?}"),
        }
    }
    client.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_ends_where_its_app_runs_it_no_more() {
    let soon = Duration::from_millis(500);
    let server = server_with(SocketLimits { ping_interval: soon, ..SocketLimits::default() }).await;
    let (app, token) = server.storefront(Span::hours(1)).await;
    let mut client = Client::upgraded(&server).await;
    client
        .say(json!({"type": "connection_init", "payload": {"Authorization": format!("Bearer {token}")}}))
        .await;
    assert_eq!(client.message().await, json!({"type": "connection_ack"}));
    client.subscribe("1", "subscription { silent }").await;
    client.settle().await;
    server.trusts_nothing_of(app).await;
    let message = client.message().await;
    assert_eq!((message["id"].as_str(), Client::code(&message)), (Some("1"), "DOCUMENT_NOT_TRUSTED"));
    // The connection stays.
    client.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_a_pong_is_ended() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let soon = Duration::from_millis(200);
    let limits = SocketLimits { ping_interval: soon, init_timeout: PATIENCE, ..SocketLimits::default() };
    let server = server_with(limits).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let upgrade = "GET /graphql/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut told)).await.expect("the socket stays open").unwrap();
    let told = String::from_utf8_lossy(&told);
    assert!(told.starts_with("HTTP/1.1 101") && told.ends_with("Terminated: no pong"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_holds_nothing_up_and_is_ended() {
    let limits = SocketLimits { write_timeout: Duration::from_millis(500), ..SocketLimits::default() };
    let server = server_with(limits).await;
    let mut slow = Client::open(&server).await;
    slow.subscribe("1", "subscription { endless { number padding } }").await;
    // Meanwhile others are served, and when the socket is given up the stream is no longer polled.
    let mut other = Client::open(&server).await;
    other.subscribe("1", "subscription { ticks(upTo: 1) { number } }").await;
    assert_eq!(other.message().await["type"], "next");
    timeout(PATIENCE, async {
        // The server counts its sockets: once the slow one is gone, stopping waits for nobody else.
        other.0.close(None).await.unwrap();
        server.shutdown.cancel();
        server.running.await.unwrap();
    })
    .await
    .expect("the slow socket is still open");
    let polled = server.bumps.count();
    // What fits into the buffers of the two ends, at 16 KiB a frame.
    assert!(polled < 2_000, "polled {polled} times");
    let mut delivered = 0;
    while let Heard::Message(_) = slow.hear().await {
        delivered += 1;
    }
    assert!(polled - delivered <= 2, "polled {polled}, delivered {delivered}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_and_messages_are_counted() {
    let server =
        server_with(SocketLimits { subscriptions: 2, message_burst: 8, ..SocketLimits::default() }).await;
    let mut client = Client::open(&server).await;
    for id in ["1", "2", "3"] {
        client.subscribe(id, "subscription { silent }").await;
    }
    let message = client.message().await;
    assert_eq!((message["id"].as_str(), Client::code(&message)), (Some("3"), "REQUEST_TOO_LARGE"));
    client.say(json!({"id": "1", "type": "complete"})).await;
    client.subscribe("3", "subscription { silent }").await;
    client.settle().await;
    for _ in 0..60 {
        if client.0.send(Message::text(r#"{"type":"pong"}"#)).await.is_err() {
            break;
        }
    }
    assert_eq!(client.hear().await, Heard::Closed(1008, "Too many messages".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_closes_sockets_with_1012() {
    let limits = SocketLimits { drain_spread: Duration::from_millis(200), ..SocketLimits::default() };
    let server = server_with(limits).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::open(&server).await;
        client.subscribe("1", "subscription { silent }").await;
        client.settle().await;
        clients.push(client);
    }
    server.shutdown.cancel();
    for client in &mut clients {
        assert_eq!(client.hear().await, Heard::Closed(1012, "Service restart".to_owned()));
        assert_eq!(client.hear().await, Heard::Gone);
    }
    timeout(PATIENCE, server.running).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_open_the_socket_and_end_it() {
    let server = Server::usual().await;
    let good = format!("Bearer {}", server.token(Span::hours(1)).await);
    let protocol = ("sec-websocket-protocol", PROTOCOL);
    for (header, payload, opens) in [
        (None, json!({"Authorization": good}), true),
        (None, json!({"authorization": good}), true),
        (None, json!({"Authorization": "Bearer forged"}), false),
        (Some("Bearer forged"), json!({}), false),
        (Some(good.as_str()), json!({}), true),
        (Some("Bearer forged"), json!({"Authorization": good}), true),
        (Some(good.as_str()), json!({"Authorization": "Bearer forged"}), false),
    ] {
        let headers: Vec<_> =
            [protocol].into_iter().chain(header.map(|token| ("authorization", token))).collect();
        let mut client = Client::connect(&server, &headers).await.unwrap();
        client.say(json!({"type": "connection_init", "payload": payload})).await;
        let wanted = if opens {
            Heard::Message(json!({"type": "connection_ack"}))
        } else {
            Heard::Closed(4403, "Forbidden".to_owned())
        };
        assert_eq!(client.hear().await, wanted, "{header:?} {payload}");
    }
    let brief = format!("Bearer {}", server.token(Span::seconds(3)).await);
    let mut client = Client::connect(&server, &[protocol, ("authorization", &brief)]).await.unwrap();
    client.say(json!({"type": "connection_init"})).await;
    assert_eq!(client.message().await["type"], "connection_ack");
    client.subscribe("1", "subscription { silent }").await;
    assert_eq!(client.hear().await, Heard::Closed(4403, "token expired".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_have_a_lifetime_and_a_number() {
    let limits = Limits {
        sockets: 1,
        socket: SocketLimits { lifetime: Duration::from_millis(400), ..SocketLimits::default() },
        ..Limits::default()
    };
    let server = Server::start(limits, &[]).await;
    let mut client = Client::open(&server).await;
    let second = Client::connect(&server, &[("sec-websocket-protocol", PROTOCOL)]).await;
    assert_eq!(second.err(), Some(503));
    assert_eq!(client.hear().await, Heard::Closed(1012, "Connect again".to_owned()));
}

/// A socket with a subscription that was opened with this token or key; what it hears next.
async fn opened_with(server: &Server, token: &str) -> JoinHandle<Heard> {
    let authorization = format!("Bearer {token}");
    let headers = [("sec-websocket-protocol", PROTOCOL), ("authorization", authorization.as_str())];
    let mut client = Client::connect(server, &headers).await.unwrap();
    client.say(json!({"type": "connection_init"})).await;
    assert_eq!(client.message().await["type"], "connection_ack");
    client.subscribe("1", "subscription { silent }").await;
    tokio::spawn(async move { client.hear().await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_ends_with_what_it_was_opened_with() {
    let server =
        server_with(SocketLimits { ping_interval: Duration::from_millis(500), ..SocketLimits::default() })
            .await;
    let app = &server.app;
    let scopes = role_scopes(Role::Operator);
    let made = parties::create_app(app, "staff", Role::Operator, scopes, &[]).await.unwrap();
    let staff = Actor { app: Some(made.id), role: Some(Role::Operator), scopes, ..Actor::anonymous(false) };
    let once = |key: &str| Envelope {
        idempotency_key: key.to_owned(),
        expected_version: None,
        validate_only: false,
    };
    let token = server.token(Span::hours(1)).await;
    let session = auth::authenticate(app, Some(&format!("Bearer {token}"))).await.unwrap();
    let (shop, name) = (session.actor.app.unwrap(), session.token.unwrap().to_string());
    let sibling =
        auth::issue_token(app, &auth::Grant::of(shop, Role::Storefront, None), Span::hours(1)).unwrap();
    let keyed = apps::create_key(app, &staff, (shop, Vec::new()), &once("key")).await.unwrap();
    let key = keyed.row.keys[0].clone();
    let forbidden = || Heard::Closed(4403, "Forbidden".to_owned());

    let by_token = opened_with(&server, &token).await;
    let by_sibling = opened_with(&server, &sibling).await;
    let by_key = opened_with(&server, &key.key).await;
    apps::revoke_token(app, &staff, (shop, name), &once("token")).await.unwrap();
    assert_eq!(by_token.await.unwrap(), forbidden());
    apps::revoke_key(app, &staff, key.id, &once("no key")).await.unwrap();
    assert_eq!(by_key.await.unwrap(), forbidden());
    assert!(!by_sibling.is_finished(), "it was opened with something else");
    apps::set_active(app, &staff, (shop, false), &once("off")).await.unwrap();
    assert_eq!(by_sibling.await.unwrap(), forbidden());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_one_of_the_connections_of_its_address() {
    let server = Server::start(Limits { connections_per_address: 1, ..Limits::default() }, &[]).await;
    let client = Client::open(&server).await;
    let asks = async || {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let mut told = String::new();
        // Whoever is turned away may find the connection reset.
        let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        if stream.write_all(request).await.is_ok() {
            let ended =
                timeout(PATIENCE, stream.read_to_string(&mut told)).await.expect("it is kept waiting");
            assert!(ended.is_ok() || told.is_empty());
        }
        told
    };
    assert_eq!(asks().await, "", "the address has as many connections as it may");
    assert_eq!(server.app.telemetry.connections_refused.count(), 1);
    drop(client);
    let is_served = async { while !asks().await.starts_with("HTTP/1.1 200") {} };
    timeout(PATIENCE, is_served).await.expect("the place is still taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_without_a_token_have_few_sockets_from_one_address() {
    let server = server_with(SocketLimits { per_address: 2, ..SocketLimits::default() }).await;
    let open = [Client::open(&server).await, Client::open(&server).await];
    let mut third = Client::upgraded(&server).await;
    third.say(json!({"type": "connection_init"})).await;
    assert_eq!(third.hear().await, Heard::Closed(4429, "Too many connections".to_owned()));
    let token = format!("Bearer {}", server.token(Span::hours(1)).await);
    let mut known = Client::upgraded(&server).await;
    known.say(json!({"type": "connection_init", "payload": {"Authorization": token}})).await;
    assert_eq!(known.hear().await, Heard::Message(json!({"type": "connection_ack"})));
    drop(open);
}
