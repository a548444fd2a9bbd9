//! The usual npm clients as partners copy them (`examples/clients`) follow the real server across its deaths: what they heard
//! is what the log tells, each event once and in order. `SURETY_REQUIRE_CLIENTS=1` turns their absence into a failure.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::database::{Backend, Database};
use super::dice::seed;
use super::postgres::{say, variable};
use super::traffic::{Client, Node, stage};

const SCRIPTS: [&str; 2] = ["listen-ws.mjs", "listen-sse.mjs"];
const EVENTS: &str = "query($after: Cursor) { events(first: 100, after: $after) { edges { node { id } } \
    pageInfo { hasNextPage endCursor } } }";

/// The folder of the clients; none where they are not installed and not demanded.
pub fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/clients");
    let node = std::process::Command::new("node").arg("--version").output();
    let runs = node.is_ok_and(|said| said.status.success());
    let missing = match (runs, folder.join("node_modules").is_dir()) {
        (true, true) => return Some(folder),
        (true, false) => "no examples/clients/node_modules; `npm ci` makes it",
        (false, _) => "no node on this machine",
    };
    assert!(
        variable("SURETY_REQUIRE_CLIENTS").as_deref() != Some("1"),
        "SURETY_REQUIRE_CLIENTS=1, but there is {missing}"
    );
    say(&format!("npm clients: did not run ({missing})"));
    None
}

/// An address below the ports that systems hand out, so that nobody takes it while the server is dead.
fn own_address() -> String {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let port = (first..32_000).find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    format!("127.0.0.1:{}", port.expect("a port is free"))
}

/// One of the clients at work.
struct Listener {
    script: &'static str,
    log: PathBuf,
    lines: UnboundedReceiver<Value>,
    heard: Vec<Value>,
    _process: Child,
}

impl Listener {
    fn start(clients: &Path, script: &'static str, address: &str, token: &str, folder: &Path) -> Self {
        let log = folder.join(format!("{script}.log"));
        let mut process = Command::new("node")
            .arg(clients.join(script))
            .arg(address)
            .env("SURETY_TOKEN", token)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let (sender, lines) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { script, log, lines, heard: Vec::new(), _process: process }
    }

    async fn next(&mut self) -> &Value {
        let Ok(Some(message)) = timeout(Duration::from_mins(2), self.lines.recv()).await else {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            panic!("{} hears nothing more after {} messages: {log}", self.script, self.heard.len());
        };
        self.heard.push(message);
        &self.heard[self.heard.len() - 1]
    }

    /// Waits until it is told where it stands, as each connection begins.
    async fn finds_its_place(&mut self) {
        while self.next().await["__typename"] != "Checkpoint" {}
    }

    /// The ids of all events up to this one.
    async fn hears_until(&mut self, last: &Value) -> Vec<Value> {
        while self.heard.last().is_none_or(|message| message["id"] != *last) {
            self.next().await;
        }
        let events = self.heard.iter().filter(|message| message["__typename"] == "Event");
        events.map(|event| event["id"].clone()).collect()
    }
}

/// The ids of what the log tells behind a cursor.
async fn told(address: &str, token: &str, after: &Value) -> Vec<Value> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (mut ids, mut after) = (Vec::new(), after.clone());
    loop {
        let body = json!({ "query": EVENTS, "variables": { "after": after } });
        let request = http.post(format!("{address}/graphql")).bearer_auth(token).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let page = &answer["data"]["events"];
        let edges = page["edges"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
        ids.extend(edges.iter().map(|edge| edge["node"]["id"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Asks it to stop, as a service manager does: it tells every stream where it stands, and ends them one by one.
async fn stops(node: &mut Node) {
    let id = node.process.id().unwrap().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
    assert!(asked.success());
    let ended = timeout(Duration::from_mins(1), node.process.wait()).await.expect("it stops");
    assert_eq!(ended.unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_usual_clients_go_on_behind_their_cursor() {
    let Some(clients) = installed() else { return };
    let Some(database) = Database::migrated(Backend::Sqlite).await else { return };
    let (database, link) = stage(Arc::new(database), false).await;
    let (url, folder, listen) = (database.url.as_str(), database.folder.path(), own_address());
    let mut node = Node::start_at(&listen, url, folder).await;
    link.comes_back(&node.address);
    let buyer = &link.tokens[0];
    let mut listeners = SCRIPTS.map(|script| Listener::start(&clients, script, &node.address, buyer, folder));
    for listener in &mut listeners {
        listener.finds_its_place().await;
    }
    let workers = [1, 2].map(|name| tokio::spawn(Client::new(&link, seed(), name).works()));
    let is_killed = [true, true, false];
    for killed in is_killed {
        link.until_sent(40).await;
        if killed {
            node.dies().await;
        } else {
            stops(&mut node).await;
        }
        node = Node::start_at(&listen, url, folder).await;
        link.comes_back(&node.address);
        for listener in &mut listeners {
            listener.finds_its_place().await;
        }
    }
    link.until_sent(40).await;
    link.stop.store(true, Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }
    for listener in &mut listeners {
        let told = told(&node.address, buyer, &listener.heard[0]["cursor"]).await;
        assert!(told.len() >= 20, "only {} events", told.len());
        let heard = listener.hears_until(&told[told.len() - 1]).await;
        assert_eq!(heard, told, "{}", listener.script);
        let places = listener.heard.len() - heard.len();
        assert!(places > is_killed.len(), "{} was not cut off: {places}", listener.script);
        println!("{}: {} events over {} deaths", listener.script, heard.len(), is_killed.len());
    }
    node.dies().await;
}
