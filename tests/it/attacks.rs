//! The attacks one after the other against the built server as a process of its own, and after each: how long until somebody else
//! is answered, and what memory the server has. It prints the table of `docs/SECURITY.md`, and fails only where the server does not
//! come back:
//!
//! ```text
//! cargo test --profile soak --test it attacks -- --ignored --nocapture
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::database::{Backend, Database};
use super::overload::bombs;
use super::traffic::Node;

/// Longer than the server may be away.
const AWAY: Duration = Duration::from_mins(1);
/// What somebody else asks meanwhile.
const OTHERS: &str =
    "{ products(first: 5, query: \"towel\") { totalCount nodes { title supplier { name } } } }";

/// The server that is attacked.
struct Victim {
    node: Node,
    http: reqwest::Client,
}

/// What one attack came to.
struct Row {
    attack: String,
    /// Statuses of its requests, with how many had each.
    answers: String,
    /// From its beginning to the first answer of somebody else, and to the first one behind its end.
    meanwhile: Duration,
    behind: Duration,
    mebibytes: u64,
}

impl Victim {
    async fn new(database: &Database) -> Self {
        let settings = [("SURETY_DATABASE_CONNECTIONS", "8"), ("SURETY_CONNECTIONS_PER_ADDRESS", "4096")];
        let node = Node::start_with(&settings, &database.url, database.folder.path()).await;
        let http = reqwest::Client::builder().no_proxy().timeout(AWAY).build().unwrap();
        Self { node, http }
    }

    fn url(&self) -> String {
        format!("{}/graphql", self.node.address)
    }

    /// The status of a body that is posted; 0 where the connection ended before.
    async fn post(&self, token: &str, body: String) -> u16 {
        let request = self.http.post(self.url()).header("content-type", "application/json");
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let request = request.header("accept", "application/graphql-response+json");
        request.body(body).send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Waits until somebody else is answered.
    async fn is_healthy(&self) -> Duration {
        let begun = Instant::now();
        let body = json!({ "query": OTHERS }).to_string();
        let healthy = async { while self.post("", body.clone()).await != 200 {} };
        timeout(AWAY, healthy).await.expect("the server does not come back");
        begun.elapsed()
    }

    /// Resident memory of the server.
    fn mebibytes(&self) -> u64 {
        let process = self.node.process.id().unwrap();
        let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
        statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096 / 1_048_576
    }

    /// Posts bodies, so many at the same time as there are.
    async fn attacked_by(&self, attack: &str, token: &str, bodies: Vec<String>) -> Row {
        let posts = join_all(bodies.into_iter().map(|body| self.post(token, body)));
        let (mut statuses, meanwhile) = tokio::join!(posts, self.is_healthy());
        let behind = self.is_healthy().await;
        statuses.sort_unstable();
        let groups = statuses.chunk_by(|one, other| one == other);
        let answers: Vec<_> = groups.map(|group| format!("{} × {}", group[0], group.len())).collect();
        let (attack, answers) = (attack.to_owned(), answers.join(", "));
        Row { attack, answers, meanwhile, behind, mebibytes: self.mebibytes() }
    }

    /// Opens connections that say something and then nothing.
    async fn held_by(&self, attack: &str, connections: usize, said: &str) -> Row {
        let address = self.node.address.trim_start_matches("http://").to_owned();
        let held = join_all((0..connections).map(|_| {
            let address = address.clone();
            async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(said.as_bytes()).await.unwrap();
                stream
            }
        }))
        .await;
        let meanwhile = self.is_healthy().await;
        let ended = join_all(held.into_iter().map(|mut stream| async move {
            let mut told = Vec::new();
            timeout(AWAY, stream.read_to_end(&mut told)).await.expect("the server holds it for ever").is_ok()
        }));
        let ended = ended.await.len();
        let behind = self.is_healthy().await;
        let answers = format!("{ended} ended by the server");
        Row { attack: attack.to_owned(), answers, meanwhile, behind, mebibytes: self.mebibytes() }
    }
}

fn print(row: &Row) {
    println!(
        "| {} | {} | {} | {} | {} |",
        row.attack,
        row.answers,
        row.meanwhile.as_millis(),
        row.behind.as_millis(),
        row.mebibytes
    );
}

/// Bodies that hold more than they may.
fn bodies() -> Vec<(&'static str, String)> {
    let one = r#"{"query":"{ serverVersion }"}"#;
    vec![
        ("body of 10 MB", json!({ "query": "x".repeat(10_000_000) }).to_string()),
        ("batch of 20,000", format!("[{}]", vec![one; 20_000].join(","))),
        (
            "400,000 values",
            format!(r#"{{"query":"{{ serverVersion }}","variables":{{"a":[{}0]}}}}"#, "0,".repeat(400_000)),
        ),
        (
            "JSON 10,000 deep",
            format!(r#"{{"query":"{{ serverVersion }}","variables":{}"#, r#"{"a":"#.repeat(10_000)),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "an attack run of minutes on the built server; the file says how to run it"]
async fn the_server_comes_back_after_every_attack() {
    let database = Arc::new(Database::migrated(Backend::Sqlite).await.unwrap());
    let victim = Victim::new(&database).await;
    let calm = victim.is_healthy().await;
    println!(
        "| attack | answers | next answer meanwhile, ms | behind it, ms | memory, MiB |\n|---|---|---|---|---|"
    );
    let mebibytes = victim.mebibytes();
    print(&Row {
        attack: "(none)".to_owned(),
        answers: String::new(),
        meanwhile: calm,
        behind: calm,
        mebibytes,
    });
    for (name, query) in bombs("query", "Query") {
        let bodies = vec![json!({ "query": query }).to_string(); 20];
        print(&victim.attacked_by(name, "", bodies).await);
    }
    for (name, body) in bodies() {
        print(&victim.attacked_by(name, "", vec![body; 8]).await);
    }
    let question = |number: usize| json!({ "query": format!("query Q{number} {OTHERS}") }).to_string();
    print(
        &victim
            .attacked_by(
                "1,000 documents that nobody had sent before",
                "",
                (0..1_000).map(question).collect(),
            )
            .await,
    );
    let none = "eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.eyJzdWIiOiJhcHBfMDAifQ.";
    print(&victim.attacked_by("1,000 tokens of `none`", none, (0..1_000).map(question).collect()).await);
    let guess = |number: usize| {
        let id = format!("order_01kb9m6jvne0s8t9v2c3d4{number:04}");
        json!({ "query": "query($id: ID!) { node(id: $id) { id } }", "variables": { "id": id } }).to_string()
    };
    print(&victim.attacked_by("1,000 guessed ids", "", (0..1_000).map(guess).collect()).await);
    for together in [16, 64, 128, 256, 512] {
        let load = vec![json!({ "query": OTHERS }).to_string(); together];
        print(&victim.attacked_by(&format!("{together} searches at once"), "", load).await);
    }
    let half_a_head = "GET /graphql HTTP/1.1\r\nhost:";
    print(&victim.held_by("500 heads that do not end", 500, half_a_head).await);
    let half_a_body = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"query\"";
    print(&victim.held_by("500 bodies that do not end", 500, half_a_body).await);
    print(&victim.held_by("500 connections that say nothing", 500, "").await);
    drop(victim);
    database.remove().await;
}
