//! The HTTP transport: the front door, sockets, health, keys and webhooks. No rules inside.

mod assets;
mod cors;
mod download;
mod endpoint;
mod files;
mod frames;
mod lifetime;
mod oauth;
mod observe;
mod pages;
mod patience;
mod payments;
mod routes;
mod server;
mod stream;
mod tenants;
mod webhooks;

pub mod door;
pub mod limits;
pub mod telemetry;
pub mod websocket;

use std::sync::Arc;

use async_graphql::Executor;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::graphql;

use door::Door;
use frames::Frames;
use limits::{Limits, SocketLimits};
use tenants::Tenants;

pub use pages::BulkPages;
pub use webhooks::WebhookDocuments;

/// What every handler works with.
#[derive(Debug)]
pub struct Http<E> {
    /// The application.
    pub app: Arc<App>,
    /// What runs the requests that the door admits.
    pub executor: E,
    /// Checks every request.
    pub door: Door,
    /// The frames of subscriptions.
    pub frames: Frames,
    /// The bounds.
    pub limits: Limits,
    /// Places for requests that execute.
    pub executions: Arc<Semaphore>,
    /// Kibibytes for request bodies.
    pub bodies: Arc<Semaphore>,
    /// Places for uploads.
    pub uploads: Arc<Semaphore>,
    /// Places for sockets.
    pub sockets: Arc<Semaphore>,
    /// Sockets and streams of each tenant.
    pub tenants: Arc<Tenants>,
    /// The open sockets, so that stopping can wait for them.
    pub open_sockets: TaskTracker,
    /// Cancelled when the server stops.
    pub shutdown: CancellationToken,
}

/// Serves until the token is cancelled, then drains.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let schema = graphql::schema().data(Arc::clone(&app)).finish();
    let sdl = schema.sdl();
    let operations = &app.config.operations;
    let (places, per_tenant) = (operations.sockets, operations.sockets_per_tenant);
    let socket = SocketLimits { per_tenant, ..SocketLimits::default() };
    let limits = Limits { connections: places, sockets: places, socket, ..Limits::default() };
    serve_executor(app, schema, &sdl, listener, shutdown, limits).await
}

/// Serves any executor with this SDL within given limits; [`serve`] is this with the product's schema.
pub async fn serve_executor<E: Executor>(
    app: Arc<App>,
    executor: E,
    sdl: &str,
    listener: TcpListener,
    shutdown: CancellationToken,
    limits: Limits,
) -> anyhow::Result<()> {
    let http = Http {
        app,
        executor,
        door: Door::new(sdl, limits.document.clone())?,
        frames: Frames::new(limits.frames_bytes),
        executions: Arc::new(Semaphore::new(limits.executions)),
        bodies: Arc::new(Semaphore::new(limits.bodies_kib as usize)),
        uploads: Arc::new(Semaphore::new(limits.uploads)),
        sockets: Arc::new(Semaphore::new(limits.sockets)),
        tenants: Arc::default(),
        open_sockets: TaskTracker::new(),
        shutdown,
        limits,
    };
    server::run(Arc::new(http), listener).await
}
