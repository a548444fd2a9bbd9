//! Two nodes over one PostgreSQL that wake each other over a private NATS server: by it alone, and when it is gone.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use surety::clock::Clock;
use surety::service::events;
use surety::store::{self, events::Growth};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::database::Backend;
use super::postgres::{say, variable};
use super::streams::Ear;
use super::world::World;

const NAME: &str = "surety";
/// In an address it has to be written otherwise.
const PASSWORD: &str = "p@ss:w%rd/";
const PASSWORD_IN_ADDRESS: &str = "p%40ss%3Aw%25rd%2F";
const SUBJECT: &str = "stories.events";
const CONFIRMED: &str = "subscription { stream: events(types: [ORDER_CONFIRMED]) { __typename ... on Checkpoint { cursor } \
    ... on Event { id subjectId } } }";
/// Between two looks at what is waited for.
const POLL: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(30);

/// A server of this test only.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts one at a port that it chooses itself; none where the machine has no NATS and nobody demands it.
    async fn start() -> Option<Self> {
        let Some(program) = program() else {
            let is_demanded = variable("SURETY_REQUIRE_NATS").as_deref() == Some("1");
            assert!(!is_demanded, "SURETY_REQUIRE_NATS=1, but no nats-server is found on this machine");
            say("NATS: did not run (no nats-server on this machine)");
            return None;
        };
        let mut process = Command::new(program)
            .args(["--addr", "127.0.0.1", "--port", "-1", "--user", NAME, "--pass", PASSWORD])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("nats-server does not start");
            if let Some((_, address)) = line.split_once("Listening for client connections on ") {
                break address.to_owned();
            }
        };
        // Somebody has to read on, or the server could not write.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { process, address })
    }
}

/// Where the program is; a package puts it where only root's path leads.
fn program() -> Option<PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/usr/local/sbin"]);
    folders.map(|folder| Path::new(folder).join("nats-server")).find(|program| program.is_file())
}

/// Waits until it is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(POLL).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("it never comes that {what}"));
}

fn is_connected(node: &World) -> bool {
    node.app.herald.as_ref().is_some_and(|herald| herald.is_connected())
}

fn notifies(node: &World) -> bool {
    node.statements().iter().any(|sql| sql.contains("pg_notify"))
}

/// Another node on the same database.
async fn another(node: &World, url: &str) -> World {
    World::on(node.database(), Clock::manual(node.now()), &settings(url)).await
}

fn settings(url: &str) -> [(&str, &str); 2] {
    [("SURETY_NATS_URL", url), ("SURETY_NATS_SUBJECT", SUBJECT)]
}

/// A NATS server, its address as a setting, and two nodes without jobs; none where one of the servers is not to be had.
async fn scene() -> Option<(Server, String, World, World)> {
    let server = Server::start().await?;
    let url = format!("nats://{NAME}:{PASSWORD_IN_ADDRESS}@{}", server.address);
    let one = World::with(Backend::Postgres, &settings(&url)).await?;
    let other = another(&one, &url).await;
    Some((server, url, one, other))
}

/// Lets a node hear NATS, and read the log when it was woken; it neither polls nor listens to PostgreSQL.
fn follows_nats_only(node: &World) -> JoinHandle<()> {
    let app = Arc::clone(&node.app);
    tokio::spawn(async move {
        let mut hearing = std::pin::pin!(events::hear(&app));
        loop {
            tokio::select! {
                ended = hearing.as_mut() => panic!("the node hears nothing any more: {ended:?}"),
                () = app.feed.until_appended() => {
                    events::keep_up(&app).await.unwrap();
                }
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_one_node_wakes_a_subscriber_of_another_by_nats_alone() {
    let Some((server, _, one, other)) = scene().await else { return };
    for node in [&one, &other] {
        events::keep_up(&node.app).await.unwrap();
    }
    let following = [follows_nats_only(&one), follows_nats_only(&other)];
    until("both are connected", || is_connected(&one) && is_connected(&other)).await;
    // What a node tells comes back to it behind its own subscription; before this hint one is missing.
    let head = store::events::head(&other.app.db).await.unwrap();
    let far = Growth { epoch: head.epoch, previous: head.seq + 1_000, head: head.seq + 1_001 };
    assert!(other.app.herald.as_ref().unwrap().tell(&far));
    until("a gap is counted", || other.app.telemetry.wake_gaps.count() == 1).await;
    let trade = one.trade().await;
    let order = trade.placed(100).await;
    events::sequence(&one.app).await.unwrap();
    let (mut ear, _) = Ear::open(&other, &trade.buyer, CONFIRMED, json!({})).await;
    for node in [&one, &other] {
        node.forget_statements();
    }
    trade.confirms(&order).await;
    events::sequence(&one.app).await.unwrap();
    assert_eq!(ear.events(1).await[0]["subjectId"], order["id"]);
    assert!(!notifies(&one) && !notifies(&other), "PostgreSQL is left in peace");
    // Who does not speak this language is not understood, and wakes nobody.
    let options = async_nats::ConnectOptions::with_user_and_password(NAME.to_owned(), PASSWORD.to_owned());
    let stranger = options.connect(server.address.as_str()).await.unwrap();
    stranger.publish(SUBJECT, "hello".into()).await.unwrap();
    stranger.flush().await.unwrap();
    until("it is counted", || other.app.telemetry.wakes_unreadable.count() == 1).await;
    assert_eq!(other.app.telemetry.wakes_untold.count(), 0);
    for follower in following {
        follower.abort();
    }
    other.closes().await;
    one.closes().await.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_nats_nodes_start_and_events_arrive_all_the_same() {
    let Some((mut server, url, one, other)) = scene().await else { return };
    one.works();
    other.works();
    until("both are connected", || is_connected(&one) && is_connected(&other)).await;
    let trade = one.trade().await;
    let orders = [trade.placed(100).await, trade.placed(100).await];
    let (mut ear, _) = Ear::open(&other, &trade.buyer, CONFIRMED, json!({})).await;
    trade.confirms(&orders[0]).await;
    assert_eq!(ear.events(1).await[0]["subjectId"], orders[0]["id"]);
    server.process.kill().await.unwrap();
    until("both miss it", || !is_connected(&one) && !is_connected(&other)).await;
    for node in [&one, &other] {
        node.forget_statements();
    }
    trade.confirms(&orders[1]).await;
    assert_eq!(ear.events(1).await[0]["subjectId"], orders[1]["id"]);
    assert!(notifies(&one) || notifies(&other), "PostgreSQL stands in");
    // Where NATS is away from the start, a node gets ready as ever.
    let third = another(&one, &url).await;
    third.works();
    let is_ready = async {
        while third.http.get(third.url("/health/ready")).send().await.unwrap().status() != 200
            || third.app.feed.followed_to().is_none()
        {
            sleep(POLL).await;
        }
    };
    timeout(PATIENCE, is_ready).await.expect("it is never ready");
    assert!(!is_connected(&third));
    third.closes().await;
    other.closes().await;
    one.closes().await.remove().await;
}
