//! The HTTP transport: the front door, sockets, health, keys and webhooks. No rules inside.

mod assets;
mod caching;
mod compression;
mod cors;
mod documents;
mod download;
mod endpoint;
mod estimates;
mod executions;
mod files;
mod forms;
mod frames;
mod lifetime;
mod oauth;
mod observe;
mod pages;
mod paths;
mod patience;
mod payments;
mod peer;
mod product;
mod readiness;
mod routes;
mod server;
mod shares;
mod spare;
mod stream;
mod taken;
mod tenants;
mod toll;
mod traffic;
mod trusted;
mod webhooks;

pub mod certificate;
pub mod door;
pub mod limits;
pub mod telemetry;
pub mod tls;
pub mod websocket;

use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use async_graphql::Executor;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::domain::ids::CompanyId;
use crate::domain::throttle::Payer;

use door::Door;
use door::persisted::Persisted;
use executions::Executions;
use frames::Frames;
use limits::{DocumentLimits, Limits, SocketLimits};
use readiness::Readiness;
use tenants::Tenants;
use tls::Tls;

pub use estimates::DocumentCosts;
pub use pages::BulkPages;
pub use product::{Product, product};
pub use trusted::DocumentDoor;
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
    /// The texts that came with a hash.
    pub persisted: Persisted,
    /// The frames of subscriptions.
    pub frames: Frames,
    /// The bounds.
    pub limits: Limits,
    /// What ends TLS; none where the server speaks in clear.
    pub tls: Option<Tls>,
    /// Places for requests that execute.
    pub executions: Executions,
    /// Places for requests for tokens: apart, so that a crowd without tokens keeps nobody from getting one.
    pub token_requests: Arc<Semaphore>,
    /// Whether the node is ready.
    pub readiness: Readiness,
    /// Kibibytes of request bodies in memory, half of them at most of one app and company, or of all callers without a token.
    pub bodies: Arc<shares::Shares<Payer>>,
    /// Places for uploads, half of them at most for each company's files, and for those of the platform's staff together.
    pub uploads: Arc<shares::Shares<Option<CompanyId>>>,
    /// Places for sockets.
    pub sockets: Arc<Semaphore>,
    /// Sockets and streams of each tenant.
    pub tenants: Arc<Tenants>,
    /// The open sockets, so that stopping can wait for them.
    pub open_sockets: TaskTracker,
    /// Cancelled when the server stops.
    pub shutdown: CancellationToken,
    /// Bytes of bodies that come without a token and are no GraphQL (`forms.rs`).
    pub forms: Arc<shares::Shares<Payer>>,
}

/// Serves until the token is cancelled, then drains.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Product { schema, executor } = product()?;
    let operations = &app.config.operations;
    let (places, per_tenant) = (operations.sockets, operations.sockets_per_tenant);
    let socket = SocketLimits { per_tenant, ..SocketLimits::default() };
    let executions = executions::places(app.config.database_connections);
    let document = DocumentLimits {
        introspection: operations.introspection,
        suggestions: operations.suggestions,
        ..DocumentLimits::default()
    };
    let limits = Limits {
        connections: places,
        connections_per_address: operations.connections_per_address,
        sockets: places,
        executions,
        document,
        socket,
        ..Limits::default()
    };
    serve_executor(app, executor.clone(), Arc::clone(schema), listener, shutdown, limits).await
}

/// Serves any executor of this schema within given limits; [`serve`] is this with the product's.
pub async fn serve_executor<E: Executor>(
    app: Arc<App>,
    executor: E,
    schema: Arc<Valid<Schema>>,
    listener: TcpListener,
    shutdown: CancellationToken,
    limits: Limits,
) -> anyhow::Result<()> {
    let tls = match &app.config.tls {
        Some(settings) => Some(Tls::open(settings).await?),
        None => None,
    };
    let counts = Arc::clone(&app.telemetry.documents);
    let http = Http {
        app,
        executor,
        door: Door::before(schema, limits.document.clone()).counting(counts),
        persisted: Persisted::new(limits.persisted_bytes),
        frames: Frames::new(limits.frames_bytes),
        executions: Executions::new(limits.executions),
        token_requests: Arc::new(Semaphore::new(limits.executions.div_ceil(4))),
        readiness: Readiness::default(),
        bodies: Arc::new(shares::Shares::new(u64::from(limits.bodies_kib), 2)),
        uploads: Arc::new(shares::Shares::new(u64::try_from(limits.uploads)?, 2)),
        sockets: Arc::new(Semaphore::new(limits.sockets)),
        tenants: Arc::default(),
        open_sockets: TaskTracker::new(),
        shutdown,
        forms: Arc::new(shares::Shares::new(u64::from(limits.forms_kib) * 1_024, 4)),
        limits,
        tls,
    };
    server::run(Arc::new(http), listener).await
}
