//! The accept loop: connections are counted, slow ones ended, open ones drained when the server stops.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::Router;
use axum::http::{Request, Version};
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt, service_fn};

use super::patience::{Patient, Prompt, Unread};
use super::peer::{Held, Peer};
use super::taken::taken;
use super::tenants::Tenants;
use super::traffic::Traffic;
use super::{Http, routes};

/// Bytes of a request's head: line and headers; 431 above it.
const HEAD_BYTES: usize = 32_768;
/// Requests at once on one HTTP/2 connection.
const HTTP2_STREAMS: u32 = 100;
/// Bytes of an answer over HTTP/2 that wait for the connection; there are as many for each of its streams.
const HTTP2_UNSENT: usize = 65_536;

/// Bytes of answers that the kernel takes for a connection before it can send them; what is under way comes on top. Without a
/// bound it takes megabytes for somebody who does not read, who is noticed only when they are full.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 131_072;

/// Accepts connections until the server stops, then waits for the open ones.
pub async fn run<E: Executor>(http: Arc<Http<E>>, listener: TcpListener) -> anyhow::Result<()> {
    let router = routes::router(Arc::clone(&http));
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(http.limits.header_timeout)
        .max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS)
        .max_header_list_size(16_384)
        .max_send_buf_size(HTTP2_UNSENT)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    let builder = Arc::new(builder);
    let open = TaskTracker::new();
    let places = Arc::new(Semaphore::new(http.limits.connections));
    let callers = Arc::<Tenants>::default();
    let per_address = per_address(&http);
    let renewing = Arc::clone(&http);
    tokio::spawn(async move {
        if let Some(tls) = &renewing.tls {
            tls.renew(renewing.limits.certificate_interval, &renewing.app, &renewing.shutdown).await;
        }
    });

    loop {
        let accepted = tokio::select! {
            () = http.shutdown.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Such as too many open files: waiting lets connections end; the loop itself must not.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let peer = Peer::of(&stream);
        let Some(of_address) = callers.enter(peer.holder(), per_address) else {
            http.app.telemetry.connections_refused.add(1);
            tracing::debug!("an address has as many connections open as it may");
            continue;
        };
        let line = Line::new(peer, Held::new(place, of_address));
        open.spawn(serve(Arc::clone(&http), Arc::clone(&builder), router.clone(), (line, stream)));
    }
    drop(listener);
    open.close();
    http.open_sockets.close();
    let drained = async {
        tokio::join!(open.wait(), http.open_sockets.wait());
    };
    if timeout(http.limits.drain, drained).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut");
    }
    Ok(())
}

/// Connections that one address may have open. Behind a trusted proxy all of them are the proxy's.
fn per_address<E>(http: &Http<E>) -> usize {
    if http.app.config.trusted_proxy { usize::MAX } else { http.limits.connections_per_address }
}

/// What is known of one connection.
struct Line {
    peer: Peer,
    held: Held,
    unread: Unread,
    traffic: Arc<Traffic>,
}

impl Line {
    fn new(peer: Peer, held: Held) -> Self {
        Self { peer, held, unread: Unread::default(), traffic: Arc::default() }
    }
}

/// Serves one connection to its end. What runs on it is told where it was cut as nobody read.
async fn serve<E: Executor>(
    http: Arc<Http<E>>,
    builder: Arc<Builder<TokioExecutor>>,
    router: Router,
    (line, stream): (Line, TcpStream),
) {
    let _counted = http.app.telemetry.connections.enter();
    let stream = Patient::new(stream, http.limits.write_timeout, line.unread.clone());
    let Some(tls) = &http.tls else { return speak(&http, &builder, router, (line, stream)).await };
    let shaken = tokio::select! {
        () = http.shutdown.cancelled() => return,
        shaken = timeout(http.limits.header_timeout, tls.accept(stream)) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => speak(&http, &builder, router, (line, stream)).await,
        Ok(Err(error)) => tracing::debug!(%error, "a handshake of TLS failed"),
        Err(_) => tracing::debug!("a handshake of TLS took too long"),
    }
}

/// Speaks HTTP over what lies below it, TCP or TLS, until one side ends it. One that is idle, or open while the server stops, is
/// asked to end: what is under way on it goes on.
async fn speak<E: Executor, S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    http: &Http<E>,
    builder: &Builder<TokioExecutor>,
    router: Router,
    (line, stream): (Line, S),
) {
    let traffic = Arc::clone(&line.traffic);
    let prompt = Prompt::new(stream, http.limits.header_timeout, Arc::clone(&traffic));
    let service = TowerToHyperService::new(answering(router, line, http.limits.write_timeout));
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(prompt), service));
    let (mut is_stopping, mut was_idle) = (false, false);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = http.shutdown.cancelled(), if !is_stopping => is_stopping = true,
            () = traffic.is_idle(http.limits.idle_timeout) => {
                if was_idle {
                    tracing::debug!("a connection without requests does not end and is cut");
                    return;
                }
                was_idle = true;
            }
        }
        connection.as_mut().graceful_shutdown();
    }
}

/// What answers the requests of one connection.
fn answering(
    router: Router,
    line: Line,
    patience: Duration,
) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send + 'static> + Clone
{
    let Line { peer, held, unread, traffic } = line;
    service_fn(move |mut request: Request<Incoming>| {
        let is_http2 = request.version() == Version::HTTP_2;
        let unread = if is_http2 { unread.of_one_stream() } else { unread.clone() };
        let extensions = request.extensions_mut();
        extensions.insert(unread.clone());
        extensions.insert(peer);
        extensions.insert(held.clone());
        let under_way = traffic.enter();
        let answered = router.clone().oneshot(request);
        async move {
            let answer: Result<Response, Infallible> = answered.await;
            // HTTP/1.1 has one answer at a time, and the connection is watched as a whole.
            if !is_http2 {
                return answer;
            }
            answer.map(|answer| answer.map(|body| taken(body, patience, unread, under_way)))
        }
    })
}

/// The next connection, once there is a place for it. One that its caller has given up meanwhile is passed over.
pub(super) async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> anyhow::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await?;
    let stream = loop {
        match listener.accept().await {
            Ok((stream, _)) => break stream,
            Err(error) if is_given_up(&error) => {}
            Err(error) => return Err(error.into()),
        }
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection does not send what is short at once");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT) {
        tracing::debug!(%error, "this system does not bound what it takes before it is sent");
    }
    Ok((stream, place))
}

/// Whether an error is of one connection and says nothing of the next one.
fn is_given_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
