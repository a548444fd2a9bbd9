//! Traffic on the real server as a process of its own: clients that send until they are answered, and what the database
//! must hold by what was acknowledged.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::time::Span;
use surety::service::auth;
use surety::service::payments::signature::sign;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::database::Database;
use super::deeds::message;
use super::dice::Dice;
use super::world::World;

/// What the provider signs with.
pub const SECRET: &str = "whsec_Y3Jhc2gtY3Jhc2gtY3Jhc2gtY3Jhc2gtY3Jhc2gtY3I=";
const ORDER: &str = "id status version termsHash instalments { status amount { minorUnits } } payments { id } shipments { id } \
    escrow { held { minorUnits } released { minorUnits } fee { minorUnits } }";

/// The server as a process of its own.
pub struct Node {
    /// The process.
    pub process: Child,
    /// Where it listens.
    pub address: String,
    /// From the start of the process to its first answer.
    pub ready_after: Duration,
}

impl Node {
    /// Starts it on a database.
    pub async fn start(url: &str, folder: &Path) -> Self {
        Self::start_under(&[], url, folder).await
    }

    /// The same where it is to be found again after its death.
    pub async fn start_at(listen: &str, url: &str, folder: &Path) -> Self {
        Self::start_with(&[("SURETY_LISTEN", listen)], url, folder).await
    }

    /// The same as the last argument of another program, such as a tracer.
    pub async fn start_under(wrapper: &[&str], url: &str, folder: &Path) -> Self {
        Self::start_as(wrapper, &[], url, folder).await
    }

    /// The same with settings.
    pub async fn start_with(settings: &[(&str, &str)], url: &str, folder: &Path) -> Self {
        Self::start_as(&[], settings, url, folder).await
    }

    async fn start_as(wrapper: &[&str], settings: &[(&str, &str)], url: &str, folder: &Path) -> Self {
        let begun = Instant::now();
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(folder.join("server.log")).unwrap();
        let words: Vec<&str> = wrapper.iter().copied().chain([env!("CARGO_BIN_EXE_surety")]).collect();
        let mut process = Command::new(words[0])
            .args(&words[1..])
            .current_dir(folder)
            .env_clear()
            .env("SURETY_LISTEN", "127.0.0.1:0")
            .env("SURETY_DATABASE_URL", url)
            .env("SURETY_SIGNING_KEYS", folder.join("keys.json"))
            .env("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRET)
            .env("SURETY_LOG", "error")
            .env("SURETY_COST_CAPACITY", "0")
            .envs(settings.iter().copied())
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
    pub async fn dies(&mut self) {
        self.process.kill().await.unwrap();
    }
}

pub fn tail(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    log.lines().rev().take(20).collect::<Vec<_>>().join("\n")
}

/// What an order must be, by what was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    pub id: String,
    pub status: &'static str,
    pub version: i64,
    pub paid: i64,
    pub released: i64,
    pub fee: i64,
}

/// How many things must be there, by what was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub commands: i64,
    pub messages: i64,
    pub payments: i64,
    pub shipments: i64,
}

/// The way to the server, which comes and goes.
pub struct Link {
    http: reqwest::Client,
    address: watch::Sender<(u64, String)>,
    sent: watch::Sender<u64>,
    pub stop: AtomicBool,
    /// Whether the database may fail under the server, so that INTERNAL is an answer to ask again after.
    database_dies: bool,
    pub acknowledged: AtomicU64,
    pub replayed: AtomicU64,
    /// Sent again, and it turned out that the first time had counted.
    pub was_done: AtomicU64,
    pub lost_answers: AtomicU64,
    pub asked_again: AtomicU64,
    /// The buyer's and the supplier's.
    pub tokens: [String; 2],
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
                    tokio::time::timeout(Duration::from_mins(1), back)
                        .await
                        .expect("the server comes back")
                        .unwrap();
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

    /// Waits until so many more requests were sent.
    pub async fn until_sent(&self, more: u64) {
        let mut sent = self.sent.subscribe();
        let goal = *sent.borrow() + more;
        let working = sent.wait_for(|sent| *sent >= goal);
        tokio::time::timeout(Duration::from_mins(2), working).await.expect("the clients work").unwrap();
    }

    /// Tells the clients where the server is now.
    pub fn comes_back(&self, address: &str) {
        self.address.send_modify(|known| *known = (known.0 + 1, address.to_owned()));
    }
}

/// One client: its orders, one after the other, each taken as far as chance lets it.
pub struct Client {
    link: Arc<Link>,
    dice: Dice,
    name: u64,
    keys: u64,
    pub orders: Vec<Expected>,
    pub counts: Counts,
}

impl Client {
    /// The client with a number.
    pub fn new(link: &Arc<Link>, seed: u64, name: u64) -> Self {
        let (dice, counts) = (Dice::new(seed, name), Counts::default());
        Self { link: Arc::clone(link), dice, name, keys: 0, orders: Vec::new(), counts }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("client-{}-{}", self.name, self.keys)
    }

    /// Gives a command until it is acknowledged; the order as it is then.
    async fn commands(&mut self, by_buyer: bool, mutation: &str, mut input: Value) -> Value {
        input["idempotencyKey"] = json!(self.key());
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ replayed userErrors {{ code message }} order {{ {ORDER} }} }} }}"
        );
        let body = json!({ "query": query, "variables": { "input": input } });
        let token = self.link.tokens[usize::from(!by_buyer)].clone();
        let link = Arc::clone(&self.link);
        let build =
            |address: &str| self.link.http.post(format!("{address}/graphql")).bearer_auth(&token).json(&body);
        let (_, answer) = link.sends(build).await;
        let payload = &answer["data"][mutation];
        assert!(payload["order"].is_object() && payload["userErrors"] == json!([]), "{mutation}: {answer:#}");
        self.counts.commands += 1;
        link.was_done.fetch_add(u64::from(payload["replayed"] == true), Relaxed);
        payload["order"].clone()
    }

    /// The provider sends a message until it is taken.
    async fn money(&mut self, payment: &Value, minor: i64) {
        let (id, body) = (self.key(), message("succeeded", payment, minor));
        let link = Arc::clone(&self.link);
        let build = |address: &str| {
            let timestamp = Clock::system().now().seconds().to_string();
            let signature = sign(SECRET, &id, &timestamp, body.as_bytes()).unwrap();
            let request =
                self.link.http.post(format!("{address}/webhooks/payments/sandbox")).body(body.clone());
            request
                .header("webhook-id", &id)
                .header("webhook-timestamp", timestamp)
                .header("webhook-signature", signature)
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
        let number =
            |name: &str| order["escrow"][name]["minorUnits"].as_str().map_or(0, |text| text.parse().unwrap());
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

    /// Works until it is told to stop.
    pub async fn works(mut self) -> Self {
        while !self.link.stop.load(Relaxed) {
            self.lives().await;
        }
        self
    }

    /// One order, from its placement as far as chance lets it.
    pub async fn lives(&mut self) {
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
        let amounts: Vec<i64> = parts
            .iter()
            .map(|part| part["amount"]["minorUnits"].as_str().unwrap().parse().unwrap())
            .collect();
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
            (expected.version, expected.paid, expected.status) =
                (expected.version + 1, expected.paid + amount, status);
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
pub async fn stage(database: Arc<Database>, database_dies: bool) -> (Arc<Database>, Arc<Link>) {
    let world = World::on(database, Clock::system(), &[("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRET)]).await;
    // With an operator the database counts as in use, and the server puts no demo data into it.
    world.operator().await;
    let trade = world.trade().await;
    let token =
        |party: &super::world::Party| auth::issue_token(&world.app, &party.grant(), Span::days(2)).unwrap();
    let link = Link {
        http: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap(),
        address: watch::channel((0, String::new())).0,
        sent: watch::channel(0).0,
        stop: AtomicBool::new(false),
        database_dies,
        acknowledged: AtomicU64::new(0),
        replayed: AtomicU64::new(0),
        was_done: AtomicU64::new(0),
        lost_answers: AtomicU64::new(0),
        asked_again: AtomicU64::new(0),
        tokens: [token(&trade.buyer), token(&trade.supplier)],
        product: trade.product.to_string(),
    };
    (world.closes().await, Arc::new(link))
}
