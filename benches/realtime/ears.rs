//! Subscribers, each on a socket of its own, and what they heard when.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::time::Timestamp;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::node::{Node, Talk};

/// The sub-protocol.
pub const PROTOCOL: &str = "graphql-transport-ws";
/// Sockets that are opened at once.
const AT_ONCE: usize = 32;
/// Time without a frame after which nothing more is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time for a frame that comes once too often.
const AFTERWARDS: Duration = Duration::from_millis(300);
/// What a subscriber asks for.
const STREAM: &str = "subscription($subject: ID) { stream: events(subject: $subject, types: [MESSAGE_SENT]) { \
    __typename ... on Event { id cursor type sequence occurredAt subjectId subjectVersion } } }";

/// A socket of a client.
pub type Socket = WebSocketStream<TcpStream>;

/// A frame that came.
struct Arrival {
    socket: usize,
    number: i64,
    micros: i64,
    bytes: usize,
}

/// Everybody who listens.
pub struct Ears {
    count: usize,
    came: UnboundedReceiver<Arrival>,
    listening: JoinSet<()>,
}

/// What was heard.
pub struct Heard {
    /// Microseconds from the instant that the event bears to the arrival of its frame.
    pub micros: Vec<i64>,
    /// Frames that did not come.
    pub lost: usize,
    /// Frames that came more than once.
    pub doubled: usize,
    /// Bytes of a frame.
    pub bytes: usize,
}

/// Opens a WebSocket; a `buffer` bounds what the kernel takes for a client that does not read.
pub async fn connect(address: &str, path: &str, buffer: Option<u32>) -> Socket {
    let socket = TcpSocket::new_v4().unwrap();
    if let Some(bytes) = buffer {
        socket.set_recv_buffer_size(bytes).unwrap();
    }
    let stream = socket.connect(address.parse().unwrap()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", PROTOCOL.parse().unwrap());
    // The default of 128 KiB for each would be the benchmark's own memory.
    let config = WebSocketConfig::default().read_buffer_size(4_096);
    client_async_with_config(request, stream, Some(config)).await.unwrap().0
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("the server answers").unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => panic!("closed: {frame:?}"),
            _ => {}
        }
    }
}

async fn say(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// A socket that the buyer subscribed on, so many times with this document; each has told its checkpoint.
pub async fn subscribe(
    (address, token): (&str, &str),
    (query, subject): (&str, &str),
    times: usize,
    buffer: Option<u32>,
) -> Socket {
    let mut socket = connect(address, "/graphql/ws", buffer).await;
    let payload = json!({ "Authorization": format!("Bearer {token}") });
    say(&mut socket, &json!({ "type": "connection_init", "payload": payload })).await;
    let acknowledged = next(&mut socket).await;
    assert_eq!(acknowledged["type"], "connection_ack", "{acknowledged}");
    for id in 0..times {
        let payload = json!({ "query": query, "variables": { "subject": subject } });
        say(&mut socket, &json!({ "id": id.to_string(), "type": "subscribe", "payload": payload })).await;
        let first = next(&mut socket).await;
        assert_eq!(first["payload"]["data"]["stream"]["__typename"], "Checkpoint", "{first}");
    }
    socket
}

impl Ears {
    /// So many subscribers of what is said about an order.
    pub async fn open(node: &Node, talk: &Talk, count: usize) -> Self {
        let (address, token, order) =
            (node.address.clone(), node.token("buyer").to_owned(), talk.order.clone());
        let open =
            futures_util::stream::iter(0..count).map(|_| {
                let (address, token, order) = (address.clone(), token.clone(), order.clone());
                async move {
                    subscribe((address.as_str(), token.as_str()), (STREAM, order.as_str()), 1, None).await
                }
            });
        Self::of(open.buffer_unordered(AT_ONCE).collect().await)
    }

    /// As many of the bare server.
    pub async fn bare(address: &str, count: usize) -> Self {
        let open = futures_util::stream::iter(0..count).map(|_| connect(address, "/ws", None));
        Self::of(open.buffer_unordered(AT_ONCE).collect().await)
    }

    fn of(sockets: Vec<Socket>) -> Self {
        let (out, came) = unbounded_channel();
        let (clock, count) = (Arc::new(Clock::system()), sockets.len());
        let mut listening = JoinSet::new();
        for (number, socket) in sockets.into_iter().enumerate() {
            listening.spawn(listen(socket, number, Arc::clone(&clock), out.clone()));
        }
        Self { count, came, listening }
    }

    /// Collects what was heard of so many events.
    pub async fn hear(&mut self, events: usize) -> Heard {
        let wanted = self.count * events;
        let (mut micros, mut seen, mut bytes) = (Vec::with_capacity(wanted), HashSet::new(), 0);
        loop {
            let patience = if micros.len() < wanted { PATIENCE } else { AFTERWARDS };
            let Ok(Some(arrival)) = timeout(patience, self.came.recv()).await else { break };
            micros.push(arrival.micros);
            seen.insert((arrival.socket, arrival.number));
            bytes = arrival.bytes;
        }
        let (lost, doubled) = (wanted.saturating_sub(seen.len()), micros.len() - seen.len());
        Heard { micros, lost, doubled, bytes }
    }

    /// Hangs up.
    pub async fn close(mut self) {
        self.listening.shutdown().await;
    }
}

async fn listen(mut socket: Socket, number: usize, clock: Arc<Clock>, out: UnboundedSender<Arrival>) {
    while let Some(Ok(frame)) = socket.next().await {
        let Message::Text(text) = frame else { continue };
        let now = clock.now();
        let Some((event, occurred_at)) = read(&text) else { continue };
        let micros = now.micros() - occurred_at.micros();
        let arrival = Arrival { socket: number, number: event, micros, bytes: text.len() };
        if out.send(arrival).is_err() {
            return;
        }
    }
}

/// The number and the instant of an event's frame; none of a checkpoint's.
fn read(text: &str) -> Option<(i64, Timestamp)> {
    let (_, number) = text.split_once(r#""sequence":"#)?;
    let (_, at) = text.split_once(r#""occurredAt":""#)?;
    let number = number.split([',', '}']).next()?.parse().ok()?;
    Some((number, Timestamp::parse(at.split('"').next()?)?))
}
