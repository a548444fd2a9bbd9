//! A double of a payment provider's gateway on loopback: keeps books of its own by the protocol of `docs/PAYMENTS.md`, and
//! misbehaves when it is told to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use surety::domain::time::Timestamp;
use surety::service::payments::signature::{sign, verify};
use tokio::net::TcpListener;

use super::world::World;

/// What calls are signed with.
pub const SECRET: &str = "whsec_Z2F0ZXdheS1nYXRld2F5LWdhdGV3YXktZ2F0ZXdheQ==";

/// How the gateway treats one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Does nothing and answers a status with a body.
    Answers(u16, &'static str),
    /// Does the work and answers a status with a body.
    DoesAndAnswers(u16, &'static str),
    /// Does nothing and never answers.
    Hangs,
    /// Does the work and never answers.
    DoesAndHangs,
    /// Does the work and breaks the connection in the middle of its answer.
    DoesAndBreaks,
    /// Does nothing and answers far too much.
    Floods,
}

/// Something that it was asked for.
#[derive(Debug, Clone)]
struct Thing {
    key: String,
    data: Value,
    state: &'static str,
    round: i64,
}

/// Its books.
#[derive(Debug, Default)]
struct Books {
    things: BTreeMap<String, Thing>,
    held: i64,
    moods: BTreeMap<String, VecDeque<Mood>>,
    calls: Vec<String>,
    message_ids: BTreeSet<String>,
    /// How often something was begun, by its key.
    begun: BTreeMap<String, u32>,
    letters: u32,
}

/// The double; a clone is another handle on the same one.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Where it answers.
    pub url: String,
    books: Arc<Mutex<Books>>,
}

/// The noun of a call and the name of the thing that it is about.
fn subject(kind: &str, data: &Value) -> String {
    let field = match kind.split('.').next() {
        Some("session" | "payment") => "paymentId",
        Some("refund") => "refundId",
        _ => "payoutId",
    };
    data[field].as_str().unwrap().to_owned()
}

impl Gateway {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/surety", listener.local_addr().unwrap());
        let books = Arc::new(Mutex::new(Books::default()));
        let router = Router::new()
            .route("/surety", axum::routing::post(answer))
            .fallback(|| async { StatusCode::IM_A_TEAPOT })
            .with_state(Arc::clone(&books));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, books }
    }

    /// The next calls of a type meet these moods, one each.
    pub fn will(&self, kind: &str, moods: &[Mood]) {
        self.books.lock().unwrap().moods.insert(kind.to_owned(), moods.iter().copied().collect());
    }

    /// The calls that came since this was asked last, by their types.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.books.lock().unwrap().calls)
    }

    /// What it holds for the platform.
    pub fn held(&self) -> i64 {
        self.books.lock().unwrap().held
    }

    /// How something stands.
    pub fn state(&self, id: &Value) -> &'static str {
        let books = self.books.lock().unwrap();
        books.things.get(id.as_str().unwrap()).map_or("unknown", |thing| thing.state)
    }

    /// What it was told of something, and in which round.
    pub fn told(&self, id: &Value) -> (Value, i64) {
        let books = self.books.lock().unwrap();
        let thing = &books.things[id.as_str().unwrap()];
        (thing.data.clone(), thing.round)
    }

    /// Checks that nothing was begun twice under one key but for a new round.
    pub fn did_nothing_twice(&self) {
        let books = self.books.lock().unwrap();
        for thing in books.things.values() {
            let begun = books.begun.get(&thing.key).copied().unwrap_or_default();
            assert!(i64::from(begun) <= thing.round, "{begun} times in {} rounds: {thing:?}", thing.round);
        }
    }

    /// Forgets something, as a gateway does that lost its last minutes.
    pub fn forgets(&self, id: &Value) {
        let mut books = self.books.lock().unwrap();
        let gone = books.things.remove(id.as_str().unwrap()).unwrap();
        books.begun.remove(&gone.key);
    }

    /// Something ends, and nobody is told.
    pub fn ends(&self, id: &Value, state: &'static str) {
        let mut books = self.books.lock().unwrap();
        let thing = books.things.get_mut(id.as_str().unwrap()).unwrap();
        assert!(!matches!(thing.state, "succeeded" | "paid"), "it has ended: {thing:?}");
        thing.state = state;
        let minor: i64 = thing.data["amountMinor"].as_str().unwrap().parse().unwrap();
        let comes = thing.data.get("refundId").is_none() && thing.data.get("payoutId").is_none();
        if matches!(state, "succeeded" | "paid") {
            books.held += if comes { minor } else { -minor };
        }
    }

    /// Something ends, and its message is sent; answers the status of the reply.
    pub async fn tells(&self, w: &World, id: &Value, state: &'static str) -> u16 {
        self.ends(id, state);
        self.tells_again(w, id).await
    }

    /// The message of something is sent.
    pub async fn tells_again(&self, w: &World, id: &Value) -> u16 {
        let (letter, body) = {
            let mut books = self.books.lock().unwrap();
            books.letters += 1;
            let thing = books.things[id.as_str().unwrap()].clone();
            (format!("letter-{}", books.letters), message(&thing).to_string())
        };
        let timestamp = w.now().seconds().to_string();
        let signature = sign(&w.app.webhook_secrets[0], &letter, &timestamp, body.as_bytes()).unwrap();
        let request = w.http.post(w.url("/webhooks/payments/external")).body(body);
        let request = request.header("webhook-id", letter).header("webhook-timestamp", timestamp);
        request.header("webhook-signature", signature).send().await.unwrap().status().as_u16()
    }
}

/// How a thing stands, in the form of a message.
fn message(thing: &Thing) -> Value {
    let data = &thing.data;
    let noun = ["refundId", "payoutId"].into_iter().find(|field| data.get(field).is_some());
    match noun {
        Some(field) => json!({
            "type": format!("{}.{}", field.trim_end_matches("Id"), thing.state),
            "data": { field: data[field], "reason": "The bank says no." },
        }),
        None => json!({ "type": format!("payment.{}", thing.state), "data": {
            "paymentId": data["paymentId"], "reference": format!("ref-{}", data["paymentId"].as_str().unwrap()),
            "amountMinor": data["amountMinor"], "currency": data["currency"], "reason": "The card was refused.",
        }}),
    }
}

async fn answer(State(books): State<Arc<Mutex<Books>>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let now = Timestamp::from_seconds(timestamp.parse().unwrap());
    verify(&[SECRET.to_owned()], &id, &timestamp, &header("webhook-signature"), &body, now).unwrap();
    let call: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(call["key"], header("idempotency-key"), "the signed key is the one in the header");
    let kind = call["type"].as_str().unwrap().to_owned();
    let mood = {
        let mut books = books.lock().unwrap();
        assert!(books.message_ids.insert(id), "a message's id came twice");
        books.calls.push(kind.clone());
        books.moods.get_mut(&kind).and_then(VecDeque::pop_front)
    };
    let plain = |status: u16, body: &str| {
        (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")], body.to_owned()).into_response()
    };
    match mood {
        None => plain(200, &work(&books, &kind, &call)),
        Some(Mood::Answers(status, body)) => plain(status, body),
        Some(Mood::DoesAndAnswers(status, body)) => {
            work(&books, &kind, &call);
            plain(status, body)
        }
        Some(Mood::Hangs) => std::future::pending().await,
        Some(Mood::DoesAndHangs) => {
            work(&books, &kind, &call);
            std::future::pending().await
        }
        Some(Mood::DoesAndBreaks) => {
            let body = work(&books, &kind, &call);
            let half = Ok(Bytes::from(body[..body.len() / 2].to_owned()));
            let parts = [half, Err(std::io::Error::other("the line broke"))];
            Response::new(Body::from_stream(stream::iter(parts)))
        }
        Some(Mood::Floods) => {
            plain(200, &format!("{{\"status\":\"accepted\",\"x\":\"{}\"}}", "x".repeat(70_000)))
        }
    }
}

/// Does what is asked, once for a key, and answers.
fn work(books: &Mutex<Books>, kind: &str, call: &Value) -> String {
    let mut books = books.lock().unwrap();
    let (data, key) = (&call["data"], call["key"].as_str().unwrap().to_owned());
    let id = subject(kind, data);
    let (noun, verb) = kind.split_once('.').unwrap();
    if verb == "state" {
        return match books.things.get(&id) {
            None => json!({ "type": format!("{noun}.unknown") }).to_string(),
            Some(thing) if thing.state == "pending" => {
                json!({ "type": format!("{noun}.pending") }).to_string()
            }
            Some(thing) if thing.state == "expired" => {
                message(&Thing { state: "failed", ..thing.clone() }).to_string()
            }
            Some(thing) => message(thing).to_string(),
        };
    }
    let round = data["round"].as_i64().unwrap();
    if verb == "expire" {
        let gone = || Thing { key: key.clone(), data: data.clone(), state: "expired", round };
        let thing = books.things.entry(id).or_insert_with(gone);
        if thing.state == "pending" {
            thing.state = "expired";
        }
        return json!({ "status": "accepted" }).to_string();
    }
    let known = books.things.get(&id).cloned();
    let again = known.as_ref().is_some_and(|known| known.state == "failed" && known.round < round);
    if let Some(known) = &known {
        assert_eq!(
            (&known.key, &known.data["amountMinor"]),
            (&key, &data["amountMinor"]),
            "one key, one wish"
        );
    }
    if known.is_none() || again {
        *books.begun.entry(key.clone()).or_default() += 1;
        let thing = Thing { key, data: data.clone(), state: "pending", round };
        books.things.insert(id.clone(), thing);
    }
    if noun == "session" {
        let page = format!("https://pay.example.com/{id}");
        return json!({ "reference": format!("ref-{id}"), "url": page }).to_string();
    }
    json!({ "status": "accepted" }).to_string()
}
