//! What attackers send, while others want answers: documents that are larger than they look, bodies that are too large, clients that
//! hang.

use std::fmt::Write;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures_util::future::{FutureExt, join_all};
use serde_json::json;
use surety::http::limits::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::server::{Answered, Server};

/// Longer than anything here takes on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends what an attacker does while somebody else asks, until both have their answers: others are answered all the while.
async fn beside_others(server: &Server, name: &str, attack: impl Future<Output = Answered>) -> Answered {
    let is_over = AtomicBool::new(false);
    let attack = async {
        let answer = timeout(PATIENCE, attack).await.expect(name);
        is_over.store(true, Relaxed);
        answer
    };
    let others = async {
        loop {
            let was_over = is_over.load(Relaxed);
            let other = timeout(PATIENCE, server.post("{ greeting }")).await.expect(name);
            assert_eq!(other.body["data"]["greeting"], "hello world", "{name}");
            if was_over {
                return;
            }
        }
    };
    tokio::join!(attack, others).0
}

/// `levels` fragments, each of which spreads the next one `spreads` times.
fn bomb(operation: &str, root: &str, levels: usize, spreads: usize) -> String {
    let mut text = format!("{operation} {{ ...F0 }}");
    for level in 0..levels {
        let next = format!("...F{} ", level + 1).repeat(spreads);
        write!(text, " fragment F{level} on {root} {{ {next}}}").unwrap();
    }
    write!(text, " fragment F{levels} on {root} {{ __typename }}").unwrap();
    text
}

/// Documents that are larger than they look, or larger than they may be.
pub fn bombs(operation: &str, root: &str) -> Vec<(&'static str, String)> {
    let nest =
        |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    vec![
        ("25 levels of 2 spreads", bomb(operation, root, 25, 2)),
        ("30 levels of 2 spreads", bomb(operation, root, 30, 2)),
        ("10 levels of 10 spreads", bomb(operation, root, 10, 10)),
        ("a chain of fragments", bomb(operation, root, 1_000, 1)),
        ("nested fields", format!("{operation} {}", nest("{ nested ", "}", 60))),
        ("very deep fields", format!("{operation} {}", nest("{a", "}", 15_000))),
        ("very deep lists", format!("{operation} {{ echo(number: {}) }}", nest("[", "]", 20_000))),
        (
            "aliases",
            format!(
                "{operation} {{ {} }}",
                (0..900).map(|n| format!("a{n}: greeting ")).collect::<Vec<_>>().concat()
            ),
        ),
        ("directives", format!("{operation} {{ greeting {} }}", "@skip(if: false) ".repeat(600))),
        ("unknown directives", format!("{operation} {{ greeting {} }}", "@aa".repeat(1_500))),
        ("fields", format!("{operation} {{ {} }}", "greeting ".repeat(3_500))),
        (
            "definitions",
            format!(
                "{operation} {{ greeting }} {}",
                (0..200).map(|n| format!("query Q{n} {{ greeting }} ")).collect::<Vec<_>>().concat()
            ),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_are_refused_while_others_are_answered() {
    let server = Server::usual().await;
    let mut cases = bombs("query", "Query");
    cases.push((
        "circular introspection",
        format!(
            "{{ __schema {{ types {{ {} name {} }} }} }}",
            "fields { type { ".repeat(4),
            "} } ".repeat(4)
        ),
    ));
    for (name, query) in cases {
        let attack = beside_others(&server, name, server.post(&query)).await;
        assert_eq!((attack.status, attack.code()), (400, "REQUEST_TOO_LARGE"), "{name} {:#}", attack.body);
        assert!(attack.body.to_string().len() < 1_000, "{name}");
    }
    assert_eq!(server.post(&standard_introspection()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_bodies_are_refused_while_others_are_answered() {
    let server = Server::usual().await;
    let ten_megabytes = json!({"query": format!("{{ {} }}", "greeting ".repeat(1_200_000))}).to_string();
    let one = r#"{"query":"{ greeting }"}"#;
    let batch = format!("[{}]", vec![one; 20_000].join(","));
    let megabyte = json!({"query": format!("{{ greeting(name: \"{}\") }}", "x".repeat(900_000))}).to_string();
    let values = format!(r#"{{"query":"{{ greeting }}","variables":{{"a":[{}0]}}}}"#, "0,".repeat(400_000));
    for (name, body, status, code) in [
        ("10 MB", ten_megabytes, 413, "REQUEST_TOO_LARGE"),
        ("20,000-fold batch", batch.clone(), 400, "BAD_REQUEST"),
        ("twice that", format!("[{batch},{batch},{batch}]"), 413, "REQUEST_TOO_LARGE"),
        ("1 MB document", megabyte, 400, "REQUEST_TOO_LARGE"),
        ("400,000 values", values, 413, "REQUEST_TOO_LARGE"),
        (
            "nested JSON",
            format!(r#"{{"query":"{{ greeting }}","variables":{}"#, r#"{"a":"#.repeat(10_000)),
            400,
            "BAD_REQUEST",
        ),
    ] {
        let attack = beside_others(&server, name, server.post_body(body)).await;
        assert_eq!((attack.status, attack.code()), (status, code), "{name} {:#}", attack.body);
    }
    // Without a length beforehand.
    let chunks = futures_util::stream::iter((0..3_000).map(|_| Ok::<_, std::io::Error>(" ".repeat(1_024))));
    let attack = timeout(PATIENCE, server.post_body(reqwest::Body::wrap_stream(chunks))).await.unwrap();
    assert_eq!(attack.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_announces_a_body_and_sends_none_takes_nobodys_room() {
    let server = Server::start(Limits { bodies_kib: 64, ..Limits::default() }, &[]).await;
    for length in ["content-length: 65536", "transfer-encoding: chunked"] {
        let mut silent = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{length}\r\nexpect: 100-continue\r\n\r\n"
        );
        silent.write_all(head.as_bytes()).await.unwrap();
        let mut told = [0; 12];
        timeout(Duration::from_secs(10), silent.read_exact(&mut told)).await.unwrap().unwrap();
        assert_eq!(&told, b"HTTP/1.1 100", "its body is waited for");
        let other = server.post("{ greeting }").await;
        assert_eq!(other.status, 200, "{length}: {:#}", other.body);
    }
    // What comes takes room: half of it is for others.
    let query = format!("{{ greeting(name: \"{}\") }}", "x".repeat(40_000));
    let large = server.post(&query).await;
    assert_eq!((large.status, large.code()), (503, "OVERLOADED"));
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a process of its own: `memory_stays_flat` runs it in one"]
async fn attacked_alone() {
    let server = Server::usual().await;
    let large = json!({"query": "x".repeat(10_000_000)}).to_string();
    let attack = async || {
        for (_, query) in bombs("query", "Query") {
            server.post(&query).await;
        }
        for n in 0..200 {
            server.post(&format!("{{ a{n}: greeting {} }}", "greeting ".repeat(20))).await;
        }
        assert_eq!(server.post_body(large.clone()).await.status, 413);
    };
    attack().await;
    let before = resident();
    for _ in 0..5 {
        attack().await;
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 * 1_048_576, "memory grew by {grown} bytes");
}

#[test]
fn memory_stays_flat() {
    let this = std::env::current_exe().unwrap();
    let output = std::process::Command::new(this)
        .args(["--ignored", "--exact", "overload::attacked_alone"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_and_hanging_requests_end() {
    let limits = Limits {
        header_timeout: Duration::from_secs(3),
        body_timeout: Duration::from_secs(3),
        execution_timeout: Duration::from_secs(3),
        ..Limits::default()
    };
    let server = Server::start(limits, &[]).await;
    let half_a_body = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"query\"";
    // Less than a server waits by default: what ends, ends by what was set.
    let patience = Limits::default().header_timeout.mul_f32(0.9);
    let address = server.address;
    let cases = [
        ("", ""),
        ("PRI * HT", ""),
        ("GET /graphql HTTP/1.1\r\nhost:", ""),
        (half_a_body, "HTTP/1.1 408"),
        ("nonsense\r\n\r\n", "HTTP/1.1 400"),
        // Kept alive, and then nothing.
        ("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200"),
    ];
    let ends = |(sent, answer): (&'static str, &'static str)| async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut told = Vec::new();
        // A connection that never said anything sensible may as well be reset.
        let ended = timeout(patience, stream.read_to_end(&mut told)).await.expect(sent);
        assert!(ended.is_ok() || told.is_empty(), "{sent}");
        let told = String::from_utf8(told).unwrap();
        assert!(told.starts_with(answer), "{sent}: {told}");
    };
    join_all(cases.map(ends)).await;
    let answer = timeout(Duration::from_secs(20), server.post("{ never }")).await.expect("it never ends");
    assert_eq!((answer.status, answer.code(), answer.header("retry-after")), (503, "OVERLOADED", "1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_says_so() {
    let limits = Limits { executions: 1, ..Limits::default() };
    let server = Server::start(limits, &[]).await;
    let hanging =
        tokio::spawn(server.client.post(server.url("/graphql")).json(&json!({"query":"{ never }"})).send());
    server.bumps.hangs.notified().await;
    let refused = server.post("{ greeting }").await;
    assert_eq!((refused.status, refused.code(), refused.header("retry-after")), (503, "OVERLOADED", "1"));
    // What else asks the database stands in the same row.
    for path in ["/media/nothing", "/files/nothing", "/bulk/nothing"] {
        let refused = Answered::of(server.client.get(server.url(path))).await;
        assert_eq!((refused.status, refused.code()), (503, "OVERLOADED"), "{path}");
    }
    hanging.abort();
    assert!(hanging.await.unwrap_err().is_cancelled());
    timeout(Duration::from_secs(10), async { while server.post("{ greeting }").await.status != 200 {} })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_lets_open_requests_end() {
    let limits = Limits { execution_timeout: Duration::from_millis(500), ..Limits::default() };
    let server = Server::start(limits, &[]).await;
    assert_eq!(server.client.get(server.url("/health/ready")).send().await.unwrap().status(), 200);
    let body = r#"{"query":"{ never }"}"#;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    server.bumps.hangs.notified().await;
    server.shutdown.cancel();
    let mut told = String::new();
    timeout(Duration::from_secs(10), stream.read_to_string(&mut told)).await.unwrap().unwrap();
    assert!(told.starts_with("HTTP/1.1 503"), "{told}");
    timeout(Duration::from_secs(10), server.running).await.unwrap().unwrap();
    // Nobody takes connections there any more, or another story's server, which was given the port meanwhile.
    if let Ok(mut other) = TcpStream::connect(server.address).await {
        other.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let answer = timeout(PATIENCE, other.read(&mut [0; 64])).await;
        assert!(answer.is_ok(), "the port is held, and nobody answers");
        assert!(server.bumps.hangs.notified().now_or_never().is_none(), "a server that has stopped goes on");
    }
}

/// The introspection query that clients send.
fn standard_introspection() -> String {
    "query IntrospectionQuery { __schema { description queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
     fragment FullType on __Type { kind name description specifiedByURL isOneOf
        fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
        inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
     fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
     fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }"
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_are_given_up() {
    let limits = Limits { write_timeout: Duration::from_millis(300), connections: 1, ..Limits::default() };
    let server = Server::start(limits, &[]).await;
    let mut greedy = TcpStream::connect(server.address).await.unwrap();
    let request = "GET /assets/graphiql-3.9.0.js HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n";
    greedy.write_all(request.repeat(200).as_bytes()).await.unwrap();
    // The only place among the connections is free again once the server has given up.
    let other = timeout(Duration::from_secs(10), server.post("{ greeting }"));
    assert_eq!(other.await.expect("the place is still taken").status, 200);
    drop(greedy);
}

/// A stream that never ends, asked for on a connection of its own.
async fn endless_stream(server: &Server) -> TcpStream {
    let body = json!({ "query": "subscription { endless { number padding } }" }).to_string();
    let head = format!(
        "POST /graphql/stream HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut first = [0; 64];
    let told = stream.read(&mut first).await.unwrap();
    assert!(first[..told].starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&first));
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_reads_is_cut_and_counted() {
    let ends = async |server: &Server| {
        let streams = &server.app.telemetry.streams;
        let ended = async {
            while streams.count() > 0 {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, ended).await.expect("the stream is still open");
    };
    // Who goes away by itself is no slow reader.
    let patient = Server::usual().await;
    drop(endless_stream(&patient).await);
    ends(&patient).await;
    assert_eq!(patient.app.telemetry.slow_consumers.count(), 0);
    let limits = Limits { write_timeout: Duration::from_millis(300), ..Limits::default() };
    let impatient = Server::start(limits, &[]).await;
    let slow = endless_stream(&impatient).await;
    ends(&impatient).await;
    assert_eq!(impatient.app.telemetry.slow_consumers.count(), 1);
    drop(slow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_heads_are_refused() {
    let server = Server::usual().await;
    let get = server.client.get(server.url("/graphql?query=%7Bgreeting%7D"));
    assert_eq!(get.header("x-large", "x".repeat(100_000)).send().await.unwrap().status(), 431);
}
