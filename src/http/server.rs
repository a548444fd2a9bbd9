//! The accept loop: connections are counted, slow ones ended, open ones drained when the server stops.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tower::util::MapRequest;

use super::patience::{Patient, Prompt, Unread};
use super::peer::Peer;
use super::{Http, routes};

/// Bytes of a request's head: line and headers; 431 above it.
const HEAD_BYTES: usize = 32_768;
/// Requests at once on one HTTP/2 connection.
const HTTP2_STREAMS: u32 = 100;

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
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    let builder = Arc::new(builder);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(http.limits.connections));
    let renewing = Arc::clone(&http);
    tokio::spawn(async move {
        if let Some(tls) = &renewing.tls {
            tls.renew(renewing.limits.certificate_interval, &renewing.shutdown).await;
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
        let serving =
            serve(Arc::clone(&http), Arc::clone(&builder), graceful.watcher(), (router.clone(), stream));
        tokio::spawn(async move {
            let _place = place;
            serving.await;
        });
    }
    drop(listener);
    http.open_sockets.close();
    let drained = async {
        tokio::join!(graceful.shutdown(), http.open_sockets.wait());
    };
    if timeout(http.limits.drain, drained).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut");
    }
    Ok(())
}

/// Serves one connection to its end. What runs on it is told where it was cut as nobody read.
async fn serve<E: Executor>(
    http: Arc<Http<E>>,
    builder: Arc<Builder<TokioExecutor>>,
    watcher: Watcher,
    (router, stream): (Router, TcpStream),
) {
    let unread = Unread::default();
    let peer = Peer::of(&stream);
    let stream = Patient::new(stream, http.limits.write_timeout, unread.clone());
    let Some(tls) = &http.tls else {
        return speak(&http, &builder, watcher, (router, (unread, peer), stream)).await;
    };
    let shaken = tokio::select! {
        () = http.shutdown.cancelled() => return,
        shaken = timeout(http.limits.header_timeout, tls.accept(stream)) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => speak(&http, &builder, watcher, (router, (unread, peer), stream)).await,
        Ok(Err(error)) => tracing::debug!(%error, "a handshake of TLS failed"),
        Err(_) => tracing::debug!("a handshake of TLS took too long"),
    }
}

/// Speaks HTTP over what lies below it, TCP or TLS.
async fn speak<E: Executor, S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    http: &Http<E>,
    builder: &Builder<TokioExecutor>,
    watcher: Watcher,
    (router, (unread, peer), stream): (Router, (Unread, Peer), S),
) {
    let service = MapRequest::new(router, move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(unread.clone());
        request.extensions_mut().insert(peer);
        request
    });
    let stream = TokioIo::new(Prompt::new(stream, http.limits.header_timeout));
    let service = TowerToHyperService::new(service);
    let connection = builder.serve_connection_with_upgrades(stream, service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The next connection, once there is a place for it.
pub(super) async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> anyhow::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT) {
        tracing::debug!(%error, "this system does not bound what it takes before it is sent");
    }
    Ok((stream, place))
}
