//! HTTP/2: many requests on one connection, none of which is another one's matter.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use surety::http::limits::Limits;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::server::{Answered, Server};

/// Speaks HTTP/2 over a stream, knowing beforehand that the server does.
pub async fn speaks<S>(stream: S) -> SendRequest<Full<Bytes>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A document that is posted to an address.
pub fn posted(address: &str, accept: &str, query: &str) -> Request<Full<Bytes>> {
    let body = Bytes::from(json!({ "query": query }).to_string());
    let request = Request::post(address).header("content-type", "application/json").header("accept", accept);
    request.body(Full::new(body)).unwrap()
}

/// What came back, to its end.
pub async fn answered(response: hyper::Result<Response<Incoming>>) -> Answered {
    let (head, body) = response.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answered { status: head.status.as_u16(), headers: head.headers, body }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_share_one_connection() {
    let server = Server::usual().await;
    let sender = speaks(TcpStream::connect(server.address).await.unwrap()).await;
    // Three times as many as may be under way at once: the others wait for their turn.
    let asked = (0..300).map(|number| {
        let mut sender = sender.clone();
        let query = format!("{{ echo(number: {number}) }}");
        let request = posted(&server.url("/graphql"), "application/json", &query);
        async move { answered(sender.send_request(request).await).await }
    });
    for (number, answer) in (0..).zip(join_all(asked).await) {
        assert_eq!((answer.status, &answer.body["data"]["echo"]), (200, &json!(number)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_has_a_hundred_streams_and_no_websocket() {
    let server = Server::usual().await;
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let mut builder = Builder::new(TokioExecutor::new());
    let (mut sender, connection) =
        builder.initial_max_send_streams(7_usize).handshake::<_, Full<Bytes>>(stream).await.unwrap();
    let mut connection = pin!(connection);
    let mut get = async |path: &str| {
        let request = Request::get(server.url(path)).body(Full::default()).unwrap();
        tokio::select! {
            ended = connection.as_mut() => panic!("the connection ended: {ended:?}"),
            answer = async { answered(sender.send_request(request).await).await } => answer,
        }
    };
    assert_eq!(get("/health/live").await.status, 200);
    let refused = get("/graphql/ws").await;
    assert_eq!((refused.status, refused.code()), (400, "BAD_REQUEST"));
    assert_eq!(connection.current_max_send_streams(), 100);
    assert!(!connection.is_extended_connect_protocol_enabled(), "no WebSocket is offered (RFC 8441)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_events_stops_no_query_beside_it() {
    let server = Server::usual().await;
    let mut sender = speaks(TcpStream::connect(server.address).await.unwrap()).await;
    let subscription = "subscription { endless { number padding } }";
    let request = posted(&server.url("/graphql/stream"), "text/event-stream", subscription);
    let mut events = sender.send_request(request).await.unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream; charset=utf-8");
    // It never ends, and is read only now and then.
    for number in 0..20 {
        let frame = events.body_mut().frame().await.unwrap().unwrap();
        assert!(frame.data_ref().is_some_and(|data| !data.is_empty()));
        let query = format!("{{ echo(number: {number}) }}");
        let request = posted(&server.url("/graphql"), "application/json", &query);
        let asked = async { answered(sender.send_request(request).await).await };
        let answer = timeout(Duration::from_secs(10), asked).await;
        assert_eq!(answer.expect("the query waits for the stream").body["data"]["echo"], number);
    }
    drop(events);
    let ends = async {
        while server.app.telemetry.streams.count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), ends).await.expect("the stream outlives its reader");
    let request = posted(&server.url("/graphql"), "application/json", "{ greeting }");
    assert_eq!(answered(sender.send_request(request).await).await.status, 200, "the connection goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_takes_is_given_up_and_others_go_on() {
    let limits = Limits { write_timeout: Duration::from_millis(300), ..Limits::default() };
    let server = Server::start(limits, &[]).await;
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let mut builder = Builder::new(TokioExecutor::new());
    // Of each answer the head alone may come.
    builder.initial_stream_window_size(0_u32);
    let (mut sender, connection) = builder.handshake::<_, Full<Bytes>>(stream).await.unwrap();
    tokio::spawn(connection);
    let subscription = "subscription { endless { number padding } }";
    let request = posted(&server.url("/graphql/stream"), "text/event-stream", subscription);
    let events = sender.send_request(request).await.unwrap();
    assert_eq!(events.status(), 200);
    let counts = &server.app.telemetry;
    let ends = async {
        while counts.streams.count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), ends).await.expect("the stream is still open");
    assert_eq!(counts.slow_consumers.count(), 1);
    let request = posted(&server.url("/graphql"), "application/json", "{ greeting }");
    assert_eq!(sender.send_request(request).await.unwrap().status(), 200, "the connection goes on");
    drop(events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_without_requests_is_ended() {
    let limits = Limits { idle_timeout: Duration::from_secs(1), ..Limits::default() };
    let server = Server::start(limits, &[]).await;
    let stream = TokioIo::new(TcpStream::connect(server.address).await.unwrap());
    let (mut sender, connection) = handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = posted(&server.url("/graphql"), "application/json", "{ greeting }");
    assert_eq!(answered(sender.send_request(request).await).await.status, 200);
    let ended = timeout(Duration::from_secs(10), connection).await;
    assert!(ended.is_ok(), "who answers pings is kept for ever");
    // One that does not even say that it will leave: the preface, and settings without any.
    let mut mute = TcpStream::connect(server.address).await.unwrap();
    mute.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut told = Vec::new();
    let ended = timeout(Duration::from_secs(10), mute.read_to_end(&mut told)).await;
    assert!(ended.is_ok(), "who says nothing is kept for ever");
}
