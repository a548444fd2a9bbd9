//! A double of a partner's server on loopback: keeps what it was sent, and misbehaves when it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// How one request is answered.
#[derive(Debug, Clone, Copy)]
pub enum Mood {
    /// With a status.
    Answers(u16),
    /// With a status and a header.
    Says(u16, &'static str, &'static str),
    /// With a status, once it is let go.
    WaitsAndAnswers(u16),
    /// Never.
    Hangs,
    /// With 200 and a body that never ends.
    Floods,
    /// With 200 and a body that stops in the middle.
    Stalls,
    /// With a connection that breaks in the middle of the body.
    Breaks,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The header `webhook-id`.
    pub id: String,
    /// The header `webhook-timestamp`.
    pub timestamp: String,
    /// The header `webhook-signature`.
    pub signatures: String,
    /// The body as it came.
    pub body: String,
}

impl Sent {
    /// Whether a signature is what the specification says that this secret makes of it, computed here.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert!((24..=64).contains(&key.len()));
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{}", self.id, self.timestamp, self.body).as_bytes());
        let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.signatures.split(' ').any(|signature| signature == wanted)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Debug)]
struct Inside {
    sent: Mutex<Vec<Sent>>,
    moods: Mutex<VecDeque<Mood>>,
    always: Mutex<Mood>,
    count: watch::Sender<usize>,
    gate: Notify,
}

/// The double; a clone is another handle on the same one.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Where it answers.
    pub url: String,
    inside: Arc<Inside>,
}

impl Receiver {
    /// Starts it on a free port; it answers 200.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let inside = Arc::new(Inside {
            sent: Mutex::default(),
            moods: Mutex::default(),
            always: Mutex::new(Mood::Answers(200)),
            count: watch::Sender::new(0),
            gate: Notify::new(),
        });
        let router = Router::new()
            .route("/hook", axum::routing::post(answer))
            // Whoever follows a redirection is found out by this.
            .fallback(|| async { StatusCode::IM_A_TEAPOT })
            .with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inside }
    }

    /// The next requests meet these moods, one each.
    pub fn will(&self, moods: &[Mood]) {
        self.inside.moods.lock().unwrap().extend(moods.iter().copied());
    }

    /// All further requests meet this mood.
    pub fn always(&self, mood: Mood) {
        *self.inside.always.lock().unwrap() = mood;
    }

    /// What came since this was asked last.
    pub fn took(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.inside.sent.lock().unwrap())
    }

    /// The request that waits is answered, or else the next one.
    pub fn lets_go(&self) {
        self.inside.gate.notify_one();
    }

    /// Waits until so many requests came since the start.
    pub async fn until(&self, count: usize) {
        self.inside.count.subscribe().wait_for(|came| *came >= count).await.unwrap();
    }
}

async fn answer(State(inside): State<Arc<Inside>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/json");
    let sent = Sent {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signatures: header("webhook-signature"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    inside.sent.lock().unwrap().push(sent);
    let always = *inside.always.lock().unwrap();
    let mood = inside.moods.lock().unwrap().pop_front().unwrap_or(always);
    inside.count.send_modify(|count| *count += 1);
    let piece = || Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 4_096]));
    match mood {
        Mood::Answers(status) => (StatusCode::from_u16(status).unwrap(), "taken").into_response(),
        Mood::Says(status, name, value) => {
            (StatusCode::from_u16(status).unwrap(), [(name, value)], "").into_response()
        }
        Mood::WaitsAndAnswers(status) => {
            inside.gate.notified().await;
            (StatusCode::from_u16(status).unwrap(), "late").into_response()
        }
        Mood::Hangs => std::future::pending().await,
        Mood::Floods => Body::from_stream(stream::repeat_with(piece)).into_response(),
        Mood::Stalls => Body::from_stream(stream::unfold(true, move |first| async move {
            if first { Some((piece(), false)) } else { std::future::pending().await }
        }))
        .into_response(),
        Mood::Breaks => {
            let broken = Err(std::io::Error::other("broken"));
            Body::from_stream(stream::iter([piece(), broken])).into_response()
        }
    }
}
