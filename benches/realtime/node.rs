//! The program itself as a child process, what the system says of it, and how it is spoken to.

use std::collections::HashMap;
use std::process::Stdio;

use serde_json::{Value, json};
use surety::ids::random_bytes;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::database::Database;

/// A running server with the demo's data.
pub struct Node {
    /// Where it listens: host and port.
    pub address: String,
    tokens: HashMap<String, String>,
    client: reqwest::Client,
    process: Child,
}

/// An order that is talked about.
#[derive(Debug, Clone)]
pub struct Talk {
    /// The order.
    pub order: String,
    /// Its thread.
    pub thread: String,
}

/// What an order is placed for.
#[derive(Debug, Clone)]
pub struct Ware {
    product: Value,
    quantity: Value,
}

impl Node {
    /// Starts the built program on a database with further settings, and waits until it has said everything.
    pub async fn start(database: &Database, settings: &[(&str, String)]) -> Self {
        let folder = database.folder.path();
        let log = folder.join("server.log");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_surety"))
            .current_dir(folder)
            .env_clear()
            .env("SURETY_LISTEN", "127.0.0.1:0")
            .env("SURETY_DATABASE_URL", &database.url)
            .env("SURETY_SIGNING_KEYS", folder.join("keys.json"))
            .env("SURETY_LOG", "error")
            .env("SURETY_SOCKETS_PER_TENANT", "100000")
            .env("SURETY_CONNECTIONS_PER_ADDRESS", "100000")
            .env("SURETY_COST_CAPACITY", "0")
            .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut address, mut tokens, mut role) = (String::new(), HashMap::new(), String::new());
        while !tokens.contains_key("operator") {
            let line = lines.next_line().await.unwrap().expect("the server starts and hands out tokens");
            if let Some((_, found)) = line.split_once("listens on http://") {
                found.clone_into(&mut address);
            } else if let Some(token) = line.strip_prefix("Bearer ") {
                tokens.insert(role.clone(), token.to_owned());
            } else {
                role = line;
            }
        }
        // Somebody has to read on, or the server could not write.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, tokens, client, process }
    }

    /// The token of the demo's app of a role.
    pub fn token(&self, role: &str) -> &str {
        &self.tokens[role]
    }

    /// Asks as the demo's buyer; a refusal of the request ends the benchmark.
    pub async fn ask(&self, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let request = self.client.post(format!("http://{}/graphql", self.address)).json(&body);
        let answer = request.bearer_auth(self.token("buyer")).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["errors"].is_null() && answer["data"].is_object(), "refused: {answer}");
        answer["data"].clone()
    }

    /// A product that the buyer can order, found by ordering it; answers that order too.
    pub async fn ware(&self) -> (Ware, Talk) {
        let query = "query($filter: ProductFilterInput) { products(filter: $filter, first: 50) { nodes { \
                     id minimumOrderQuantity } } }";
        let found = self.ask(query, &json!({ "filter": { "badges": ["TRADE_ASSURANCE"] } })).await;
        for node in found["products"]["nodes"].as_array().unwrap() {
            let ware = Ware { product: node["id"].clone(), quantity: node["minimumOrderQuantity"].clone() };
            if let Some(talk) = self.place(&ware).await {
                return (ware, talk);
            }
        }
        panic!("none of the demo's products can be ordered: {found}");
    }

    /// Places an order and sends it to the supplier; none where it is refused.
    pub async fn place(&self, ware: &Ware) -> Option<Talk> {
        let query = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { \
                     userErrors { code message } order { id thread { id } } } }";
        let line = json!({ "productId": ware.product, "quantity": ware.quantity });
        let input = json!({ "idempotencyKey": key(), "destinationCountry": "DE", "lines": [line] });
        let found = self.ask(query, &json!({ "input": input })).await;
        let order = &found["placeOrder"]["order"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Talk { order: text(&order["id"])?, thread: text(&order["thread"]["id"])? })
    }

    /// The buyer says something about an order.
    pub async fn say(&self, thread: &str) {
        let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { \
                     userErrors { code message } message { id } } }";
        let input = json!({ "idempotencyKey": key(), "threadId": thread, "body": "Navy, please." });
        let found = self.ask(query, &json!({ "input": input })).await;
        assert!(found["sendMessage"]["message"]["id"].is_string(), "not said: {found}");
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1_024
    }

    /// Sockets that it holds open, those of its database among them.
    pub fn sockets(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap();
        let is_socket = |link: &std::path::PathBuf| link.to_string_lossy().starts_with("socket:");
        files
            .filter_map(Result::ok)
            .filter_map(|file| std::fs::read_link(file.path()).ok())
            .filter(is_socket)
            .count()
    }

    fn pid(&self) -> u32 {
        self.process.id().unwrap()
    }

    /// Ends it at once.
    pub async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }
}

/// A key that no other command has.
pub fn key() -> String {
    format!("{:032x}", u128::from_le_bytes(random_bytes::<16>()))
}
