//! kill -9 of the real server, and of PostgreSQL, while clients work; then every command that nobody acknowledged is sent
//! again with its key, and what the database holds equals what was acknowledged: nothing lost, nothing doubled.
//! `SURETY_KILLS` and `SURETY_POSTGRES_KILLS` say how often, `SURETY_SEED` with which chance.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::time::Span;
use surety::service::auth;
use surety::service::payments::signature::sign;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::database::{Backend, Database};
use super::deeds::message;
use super::dice::{Dice, count, seed};
use super::mortal::Cluster;
use super::world::World;

const SECRET: &str = "whsec_Y3Jhc2gtY3Jhc2gtY3Jhc2gtY3Jhc2gtY3Jhc2gtY3I=";
const CLIENTS: u64 = 4;
const ORDER: &str = "id status version termsHash instalments { status amount { minorUnits } } payments { id } shipments { id } \
    escrow { held { minorUnits } released { minorUnits } fee { minorUnits } }";

/// The server as a process of its own.
struct Node {
    process: Child,
    address: String,
    /// From the start of the process to its first answer.
    ready_after: Duration,
}

impl Node {
    async fn start(url: &str, folder: &Path) -> Self {
        let begun = Instant::now();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("server.log")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_surety"))
            .current_dir(folder)
            .env_clear()
            .env("SURETY_LISTEN", "127.0.0.1:0")
            .env("SURETY_DATABASE_URL", url)
            .env("SURETY_SIGNING_KEYS", folder.join("keys.json"))
            .env("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRET)
            .env("SURETY_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("the server does not start: {}", tail(folder)));
            if let Some((_, address)) = line.split_once("listens on ") {
                break address.to_owned();
            }
        };
        // Somebody has to read on, or the server could not write.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.get(format!("{address}/health/live")).send().await.unwrap();
        Self { process, address, ready_after: begun.elapsed() }
    }

    /// SIGKILL, and waits until it is gone.
    async fn dies(&mut self) {
        self.process.kill().await.unwrap();
    }
}

fn tail(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    log.lines().rev().take(20).collect::<Vec<_>>().join("\n")
}

/// What an order must be, by what was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Expected {
    id: String,
    status: &'static str,
    version: i64,
    paid: i64,
    released: i64,
    fee: i64,
}

/// How many things must be there, by what was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    commands: i64,
    messages: i64,
    payments: i64,
    shipments: i64,
}

/// The way to the server, which comes and goes.
struct Link {
    http: reqwest::Client,
    address: watch::Sender<(u64, String)>,
    sent: watch::Sender<u64>,
    stop: AtomicBool,
    /// Whether the database may fail under the server, so that INTERNAL is an answer to ask again after.
    database_dies: bool,
    acknowledged: AtomicU64,
    replayed: AtomicU64,
    lost_answers: AtomicU64,
    asked_again: AtomicU64,
    tokens: [String; 2],
    product: String,
}

impl Link {
    /// Sends until there is an answer; the same request, and so the same key, each time.
    async fn sends(&self, build: impl Fn(&str) -> reqwest::RequestBuilder) -> (u16, Value) {
        let mut again = false;
        loop {
            let (generation, address) = self.address.borrow().clone();
            self.sent.send_modify(|sent| *sent += 1);
            let answer = async {
                let response = build(&address).send().await?;
                let (status, bytes) = (response.status().as_u16(), response.bytes().await?);
                Ok::<_, reqwest::Error>((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
            };
            match answer.await {
                Ok((status, body)) if !self.is_to_be_asked_again(status, &body) => {
                    self.acknowledged.fetch_add(1, Relaxed);
                    self.replayed.fetch_add(u64::from(again), Relaxed);
                    return (status, body);
                }
                Ok(_) => {
                    self.asked_again.fetch_add(1, Relaxed);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(_) => {
                    self.lost_answers.fetch_add(1, Relaxed);
                    let mut address = self.address.subscribe();
                    let back = address.wait_for(|(now, _)| *now > generation);
                    tokio::time::timeout(Duration::from_secs(60), back).await.expect("the server comes back").unwrap();
                }
            }
            again = true;
        }
    }

    /// Whether the answer decides nothing: load, a first request that still runs, a database that is away.
    fn is_to_be_asked_again(&self, status: u16, body: &Value) -> bool {
        let top = body["errors"][0]["extensions"]["code"].as_str();
        let inner = body["data"].as_object().and_then(|data| data.values().next());
        let inner = inner.and_then(|payload| payload["userErrors"][0]["code"].as_str());
        let code = top.or(inner).unwrap_or_default();
        let gone = self.database_dies && (status >= 500 || code == "INTERNAL");
        gone || matches!(code, "OVERLOADED" | "IDEMPOTENCY_IN_PROGRESS")
    }

    async fn until_sent(&self, more: u64) {
        let mut sent = self.sent.subscribe();
        let goal = *sent.borrow() + more;
        let working = sent.wait_for(|sent| *sent >= goal);
        tokio::time::timeout(Duration::from_secs(120), working).await.expect("the clients work").unwrap();
    }

    fn comes_back(&self, address: &str) {
        self.address.send_modify(|known| *known = (known.0 + 1, address.to_owned()));
    }
}

/// One client: its orders, one after the other, each taken as far as chance lets it.
struct Client {
    link: Arc<Link>,
    dice: Dice,
    name: u64,
    keys: u64,
    orders: Vec<Expected>,
    counts: Counts,
}

impl Client {
    fn key(&mut self) -> String {
        self.keys += 1;
        format!("client-{}-{}", self.name, self.keys)
    }

    /// Gives a command until it is acknowledged; the order as it is then.
    async fn commands(&mut self, by_buyer: bool, mutation: &str, mut input: Value) -> Value {
        input["idempotencyKey"] = json!(self.key());
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} order {{ {ORDER} }} }} }}"
        );
        let body = json!({ "query": query, "variables": { "input": input } });
        let token = self.link.tokens[usize::from(!by_buyer)].clone();
        let link = Arc::clone(&self.link);
        let build = |address: &str| {
            self.link.http.post(format!("{address}/graphql")).bearer_auth(&token).json(&body)
        };
        let (_, answer) = link.sends(build).await;
        let payload = &answer["data"][mutation];
        assert!(payload["order"].is_object() && payload["userErrors"] == json!([]), "{mutation}: {answer:#}");
        self.counts.commands += 1;
        payload["order"].clone()
    }

    /// The provider sends a message until it is taken.
    async fn money(&mut self, payment: &Value, minor: i64) {
        let (id, body) = (self.key(), message("succeeded", payment, minor));
        let link = Arc::clone(&self.link);
        let build = |address: &str| {
            let timestamp = Clock::system().now().seconds().to_string();
            let signature = sign(SECRET, &id, &timestamp, body.as_bytes()).unwrap();
            let request = self.link.http.post(format!("{address}/webhooks/payments/sandbox")).body(body.clone());
            request.header("webhook-id", &id).header("webhook-timestamp", timestamp).header("webhook-signature", signature)
        };
        let (status, answer) = link.sends(build).await;
        assert_eq!(status, 204, "{answer:#}");
        self.counts.messages += 1;
    }

    /// Notes what the order must be now and compares it with the answer.
    fn expects(&mut self, order: &Value, status: &'static str, change: impl FnOnce(&mut Expected)) {
        let expected = self.orders.last_mut().unwrap();
        expected.version += 1;
        expected.status = status;
        change(expected);
        let number = |name: &str| order["escrow"][name]["minorUnits"].as_str().map_or(0, |text| text.parse().unwrap());
        let found = Expected {
            id: order["id"].as_str().unwrap().to_owned(),
            status,
            version: order["version"].as_i64().unwrap(),
            paid: number("held") + number("released"),
            released: number("released"),
            fee: number("fee"),
        };
        assert_eq!((&found, order["status"].as_str()), (&*expected, Some(status)));
    }

    fn goes_on(&mut self, chance: usize) -> bool {
        !self.link.stop.load(Relaxed) && self.dice.percent(chance)
    }

    async fn works(mut self) -> Self {
        while !self.link.stop.load(Relaxed) {
            self.lives().await;
        }
        self
    }

    /// One order, from its placement as far as chance lets it.
    async fn lives(&mut self) {
        let quantity = 10 + i64::try_from(self.dice.below(190)).unwrap();
        let total = quantity * if quantity < 100 { 250 } else { 200 };
        let mut wish = json!({
            "lines": [{ "productId": self.link.product, "quantity": quantity }], "destinationCountry": "DE",
        });
        if self.dice.percent(30) {
            wish["depositPercent"] = json!(30);
        }
        let order = self.commands(true, "placeOrder", wish).await;
        // Drafted and submitted: the second version.
        let id = order["id"].as_str().unwrap().to_owned();
        self.orders.push(Expected { id, version: 1, ..Expected::default() });
        self.expects(&order, "PENDING_SUPPLIER", |_| {});
        let name = json!({ "orderId": order["id"] });
        if !self.goes_on(97) {
            return;
        }
        if !self.goes_on(95) {
            let order = self.commands(false, "declineOrder", name).await;
            return self.expects(&order, "CANCELLED", |_| {});
        }
        let echo = json!({ "orderId": order["id"], "termsHash": order["termsHash"] });
        let order = self.commands(false, "confirmOrder", echo).await;
        self.expects(&order, "PENDING_PAYMENT", |_| {});
        if !self.goes_on(95) {
            let order = self.commands(true, "cancelOrder", name).await;
            return self.expects(&order, "CANCELLED", |_| {});
        }
        let Some(order) = self.pays(&order, total).await else { return };
        if self.goes_on(97) {
            self.ships(&order, total).await;
        }
    }

    /// Every instalment; the order after the last one, if chance lets it come so far.
    async fn pays(&mut self, order: &Value, total: i64) -> Option<Value> {
        let parts = order["instalments"].as_array().unwrap();
        let amounts: Vec<i64> =
            parts.iter().map(|part| part["amount"]["minorUnits"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(amounts.iter().sum::<i64>(), total);
        let (name, mut status) = (json!({ "orderId": order["id"] }), "PENDING_PAYMENT");
        let mut order = order.clone();
        for amount in amounts {
            if !self.goes_on(98) {
                return None;
            }
            order = self.commands(true, "createPaymentSession", name.clone()).await;
            self.counts.payments += 1;
            self.expects(&order, status, |_| {});
            let payment = order["payments"].as_array().unwrap().last().unwrap()["id"].clone();
            self.money(&payment, amount).await;
            status = "IN_PRODUCTION";
            let expected = self.orders.last_mut().unwrap();
            (expected.version, expected.paid, expected.status) = (expected.version + 1, expected.paid + amount, status);
        }
        Some(order)
    }

    /// Dispatch, delivery, receipt.
    async fn ships(&mut self, order: &Value, total: i64) {
        let how = json!({ "orderId": order["id"], "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
        let order = self.commands(false, "dispatchShipment", how).await;
        self.counts.shipments += 1;
        self.expects(&order, "SHIPPED", |_| {});
        if !self.goes_on(97) {
            return;
        }
        let proof = json!({ "shipmentId": order["shipments"][0]["id"], "proofOfDelivery": "POD-1" });
        let order = self.commands(false, "recordDelivery", proof).await;
        self.expects(&order, "DELIVERED", |_| {});
        if !self.goes_on(97) {
            return;
        }
        let order = self.commands(true, "confirmReceipt", json!({ "orderId": order["id"] })).await;
        self.expects(&order, "COMPLETED", |expected| {
            expected.released = total;
            expected.fee = (total * 2 / 100).min(10_000);
        });
    }
}

/// A database with a buyer, a supplier and its product, left to the server; and the way to it.
async fn stage(database: Arc<Database>, database_dies: bool) -> (Arc<Database>, Arc<Link>) {
    let world = World::on(database, Clock::system(), &[("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRET)]).await;
    // With an operator the database counts as in use, and the server puts no demo data into it.
    world.operator().await;
    let trade = world.trade().await;
    let token = |party: &super::world::Party| auth::issue_token(&world.app, &party.grant(), Span::days(2)).unwrap();
    let link = Link {
        http: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap(),
        address: watch::channel((0, String::new())).0,
        sent: watch::channel(0).0,
        stop: AtomicBool::new(false),
        database_dies,
        acknowledged: AtomicU64::new(0),
        replayed: AtomicU64::new(0),
        lost_answers: AtomicU64::new(0),
        asked_again: AtomicU64::new(0),
        tokens: [token(&trade.buyer), token(&trade.supplier)],
        product: trade.product.to_string(),
    };
    (world.closes().await, Arc::new(link))
}

fn employ(link: &Arc<Link>, seed: u64) -> Vec<tokio::task::JoinHandle<Client>> {
    let client = |name| Client {
        link: Arc::clone(link),
        dice: Dice::new(seed, name),
        name,
        keys: 0,
        orders: Vec::new(),
        counts: Counts::default(),
    };
    (1..=CLIENTS).map(|name| tokio::spawn(client(name).works())).collect()
}

/// The database holds exactly what was acknowledged; answers how many orders that are.
async fn nothing_is_lost_or_doubled(database: Arc<Database>, clients: &[Client]) -> usize {
    let world = World::on(database, Clock::system(), &[]).await;
    let side = |kind: &str, codes: &str, side: &str| {
        format!(
            "(SELECT CAST(coalesce(sum(t.amount_minor), 0) AS BIGINT) FROM transfer t JOIN account a ON a.id = t.{side}_account_id \
             WHERE a.kind = '{kind}' AND t.order_id = o.id AND t.code IN ({codes}))"
        )
    };
    let rows = world
        .rows(&format!(
            "SELECT o.id, o.status, o.version, {} AS paid, {} AS released, {} AS fee FROM orders o",
            side("ESCROW", "'DEPOSIT'", "credit"),
            side("ESCROW", "'RELEASE', 'FEE'", "debit"),
            side("FEE_INCOME", "'FEE'", "credit"),
        ))
        .await;
    let mut found = BTreeMap::new();
    for row in &rows {
        let number = |column: &str| row.try_get::<i64>("", column).unwrap();
        let (id, status): (String, String) = (row.try_get("", "id").unwrap(), row.try_get("", "status").unwrap());
        found.insert(id, (status, number("version"), number("paid"), number("released"), number("fee")));
    }
    let orders = clients.iter().flat_map(|client| &client.orders);
    let expected: BTreeMap<_, _> = orders
        .map(|order| {
            let Expected { id, status, version, paid, released, fee } = order.clone();
            (id, (status.to_owned(), version, paid, released, fee))
        })
        .collect();
    assert_eq!(found, expected, "the orders are not what was acknowledged");
    let sum = |part: fn(&Counts) -> i64| clients.iter().map(|client| part(&client.counts)).sum::<i64>();
    assert_eq!(world.count("idempotency_key").await, sum(|counts| counts.commands), "commands");
    assert_eq!(world.count("provider_message").await, sum(|counts| counts.messages), "messages");
    assert_eq!(world.count("payment").await, sum(|counts| counts.payments), "payments");
    assert_eq!(world.count("shipment").await, sum(|counts| counts.shipments), "shipments");
    assert_eq!(world.count("suspense_item").await, 0, "money was set aside");
    assert_eq!(world.clearing("USD").await, expected.values().map(|order| order.2).sum::<i64>());
    world.money_holds().await;
    world.log_is_whole().await;
    world.closes().await;
    expected.len()
}

/// Times in order; the middle one and the longest, in milliseconds.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    format!("{} ms in the middle, {} ms at most", times[times.len() / 2].as_millis(), times[times.len() - 1].as_millis())
}

fn report(what: &str, link: &Link, seed: u64, kills: usize, orders: usize, times: Vec<Duration>, begun: Instant) {
    println!(
        "crash of {what}: seed {seed}, {kills} kills, {} acknowledged of {orders} orders, {} of them after being sent again, \
         {} answers lost, {} asked again, back after {}, {} s in all",
        link.acknowledged.load(Relaxed),
        link.replayed.load(Relaxed),
        link.lost_answers.load(Relaxed),
        link.asked_again.load(Relaxed),
        spread(times),
        begun.elapsed().as_secs()
    );
}

async fn kill_the_server(backend: Backend) {
    let begun = Instant::now();
    let Some(database) = Database::migrated(backend).await else { return };
    let (database, link) = stage(Arc::new(database), false).await;
    let (url, folder): (String, PathBuf) = (database.url.clone(), database.folder.path().to_owned());
    let (seed, kills) = (seed(), count("SURETY_KILLS", 40));
    let mut dice = Dice::new(seed, 0);
    let mut node = Node::start(&url, &folder).await;
    link.comes_back(&node.address);
    let workers = employ(&link, seed);
    let mut times = Vec::new();
    for _ in 0..kills {
        link.until_sent(1 + dice.draw() % 40).await;
        tokio::time::sleep(Duration::from_micros(dice.draw() % 8_000)).await;
        node.dies().await;
        node = Node::start(&url, &folder).await;
        times.push(node.ready_after);
        link.comes_back(&node.address);
    }
    link.stop.store(true, Relaxed);
    let clients: Vec<Client> = join_all(workers).await.into_iter().map(Result::unwrap).collect();
    // The last word was just acknowledged; the server has no time to say goodbye.
    node.dies().await;
    let orders = nothing_is_lost_or_doubled(Arc::clone(&database), &clients).await;
    report(&format!("the server on {backend:?}"), &link, seed, kills + 1, orders, times, begun);
    assert!(link.lost_answers.load(Relaxed) > 0 || kills == 0, "no kill met a request");
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_killed_on_sqlite() {
    kill_the_server(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_killed_on_postgres() {
    kill_the_server(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed_and_the_server_lives_on() {
    let begun = Instant::now();
    let Some(mut cluster) = Cluster::start() else { return };
    let database = Database::at(&cluster.url);
    let db = database.open(None).await;
    db.migrate().await.unwrap();
    db.check_durability().await.unwrap();
    db.close().await.unwrap();
    let (database, link) = stage(Arc::new(database), true).await;
    let (seed, kills) = (seed(), count("SURETY_POSTGRES_KILLS", 8));
    let mut dice = Dice::new(seed, 0);
    let mut node = Node::start(&database.url, database.folder.path()).await;
    link.comes_back(&node.address);
    let workers = employ(&link, seed);
    let mut times = Vec::new();
    for _ in 0..kills {
        link.until_sent(1 + dice.draw() % 40).await;
        tokio::time::sleep(Duration::from_micros(dice.draw() % 8_000)).await;
        let fell = Instant::now();
        (cluster, _) = tokio::task::spawn_blocking(move || {
            cluster.dies();
            cluster.rises();
            (cluster, ())
        })
        .await
        .unwrap();
        times.push(fell.elapsed());
        // Answers come again, from the server that was never restarted.
        let before = link.acknowledged.load(Relaxed);
        while link.acknowledged.load(Relaxed) == before {
            link.until_sent(1).await;
        }
    }
    link.stop.store(true, Relaxed);
    let clients: Vec<Client> = join_all(workers).await.into_iter().map(Result::unwrap).collect();
    assert!(node.process.try_wait().unwrap().is_none(), "the server died, too: {}", tail(database.folder.path()));
    node.dies().await;
    let orders = nothing_is_lost_or_doubled(Arc::clone(&database), &clients).await;
    report("PostgreSQL itself", &link, seed, kills, orders, times, begun);
}
