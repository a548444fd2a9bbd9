//! The load generator: raw HTTP/1.1 over kept connections, the same work for every target.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::market::{Dice, Market};
use super::questions::Question;

/// Who asks what.
#[derive(Debug, Clone)]
pub struct Asker {
    /// What is asked.
    pub question: Question,
    /// Of which marketplace.
    pub market: Market,
    /// The `Authorization` of a buyer.
    pub token: String,
}

/// One kept connection.
pub struct Connection {
    stream: TcpStream,
    /// Up to the length of the body.
    head: String,
    document: String,
    asker: Asker,
    request: Vec<u8>,
    response: Vec<u8>,
}

impl Connection {
    /// Connects to a target.
    pub async fn open(port: u16, path: &str, asker: &Asker) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let token = if asker.question.has_token() {
            format!("Authorization: {}\r\n", asker.token)
        } else {
            String::new()
        };
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/graphql-response+json\r\n{token}\
             Content-Type: application/json\r\nContent-Length: "
        );
        let document = serde_json::Value::from(asker.question.document()).to_string();
        let (request, response) = (Vec::new(), Vec::with_capacity(65_536));
        Self { stream, head, document, asker: asker.clone(), request, response }
    }

    /// Asks once with variables that are drawn now; answers the body.
    pub async fn ask(&mut self, dice: &mut Dice) -> &[u8] {
        use std::io::Write;
        let variables = self.asker.question.variables(self.asker.market, dice);
        let length = self.document.len() + variables.len() + r#"{"query":,"variables":}"#.len();
        self.request.clear();
        write!(
            self.request,
            "{}{length}\r\n\r\n{{\"query\":{},\"variables\":{variables}}}",
            self.head, self.document
        )
        .unwrap();
        self.stream.write_all(&self.request).await.unwrap();
        self.response.clear();
        let (body, end) = loop {
            let count = self.stream.read_buf(&mut self.response).await.unwrap();
            assert!(count > 0, "the server hung up: {}", String::from_utf8_lossy(&self.response));
            if let Some((body, length)) = body_of(&self.response)
                && self.response.len() >= body + length
            {
                break (body, body + length);
            }
        };
        let answer = &self.response[body..end];
        let good = self.response.starts_with(b"HTTP/1.1 200") && answer.starts_with(b"{\"data\"");
        assert!(good, "a bad answer: {}", String::from_utf8_lossy(&self.response));
        answer
    }
}

/// Where the body begins and how long it is, once the head is complete.
fn body_of(response: &[u8]) -> Option<(usize, usize)> {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&response[..end]).unwrap();
    let length = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    Some((end + 4, length.expect("answers say their length")))
}

/// What one round found.
#[derive(Debug, Clone)]
pub struct Round {
    /// Requests in a second.
    pub rate: u64,
    /// Microseconds within which half of the requests were answered.
    pub p50: u64,
    /// The same for 99 of 100.
    pub p99: u64,
    /// Microseconds of the server's CPU for one request.
    pub cpu: Option<u64>,
}

/// Asks over that many connections for that long; answers how many microseconds each request took.
pub async fn shoot(connections: Vec<Connection>, length: Duration, seed: u64) -> (Vec<u64>, Vec<Connection>) {
    let until = Instant::now() + length;
    let mut tasks = Vec::new();
    for (number, mut connection) in (0_u64..).zip(connections) {
        tasks.push(tokio::spawn(async move {
            let mut dice = Dice(seed ^ (number << 32));
            let mut micros = Vec::with_capacity(16_384);
            loop {
                let begun = Instant::now();
                if begun >= until {
                    break (micros, connection);
                }
                connection.ask(&mut dice).await;
                micros.push(u64::try_from(begun.elapsed().as_micros()).unwrap());
            }
        }));
    }
    let (mut all, mut connections) = (Vec::new(), Vec::new());
    for task in tasks {
        let (micros, connection) = task.await.unwrap();
        all.extend(micros);
        connections.push(connection);
    }
    (all, connections)
}
