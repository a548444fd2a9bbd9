//! The least that a server can do: hand one text to every socket, without a log, rights or a query.

use std::process::Stdio;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use surety::clock::Clock;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::broadcast;

use super::ears::PROTOCOL;

/// Is the server until standard input ends.
pub async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let (told, _) = broadcast::channel::<Utf8Bytes>(4_096);
    let router = Router::new().route("/ws", get(upgrade)).route("/tell", post(tell)).with_state(told);
    // As the product does.
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut rest = Vec::new();
    tokio::io::stdin().read_to_end(&mut rest).await.unwrap();
}

async fn upgrade(State(told): State<broadcast::Sender<Utf8Bytes>>, upgrade: WebSocketUpgrade) -> Response {
    let mut heard = told.subscribe();
    let upgrade = upgrade.protocols([PROTOCOL]).read_buffer_size(4_096).write_buffer_size(4_096);
    upgrade.on_upgrade(move |mut socket| async move {
        loop {
            tokio::select! {
                text = heard.recv() => {
                    let Ok(text) = text else { return };
                    if socket.send(Message::Text(text)).await.is_err() {
                        return;
                    }
                }
                came = socket.recv() => {
                    if !matches!(came, Some(Ok(_))) {
                        return;
                    }
                }
            }
        }
    })
}

/// Takes `number length`; tells everybody a frame of that length.
async fn tell(State(told): State<broadcast::Sender<Utf8Bytes>>, asked: String) -> &'static str {
    let (number, length) = asked.split_once(' ').unwrap();
    let start = format!(r#"{{"sequence":{number},"occurredAt":"{}","rest":""#, Clock::system().now());
    let rest = length.parse::<usize>().unwrap().saturating_sub(start.len() + 2);
    told.send(format!(r#"{start}{}"}}"#, "x".repeat(rest)).into()).unwrap();
    "told"
}

/// The server as a child process.
pub struct Bare {
    /// Where it listens: host and port.
    pub address: String,
    client: reqwest::Client,
    process: Child,
}

impl Bare {
    /// Starts this program again as the server.
    pub async fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("bare")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address: said.trim().to_owned(), client, process }
    }

    /// Has it tell everybody a frame.
    pub async fn tell(&self, number: usize, length: usize) {
        let request = self.client.post(format!("http://{}/tell", self.address));
        let answer = request.body(format!("{number} {length}")).send().await.unwrap();
        assert!(answer.status().is_success(), "not told");
    }

    /// Ends it.
    pub async fn stop(mut self) {
        drop(self.process.stdin.take());
        self.process.wait().await.unwrap();
    }
}
