//! The composition root: everything impure enters here and is handed down.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Clock;
use crate::config::Config;
use crate::domain::time::Span;
use crate::faults::Faults;
use crate::http::{BulkPages, DocumentCosts, DocumentDoor, WebhookDocuments};
use crate::ids::IdGenerator;
use crate::service::auth::{Credentials, Standings};
use crate::service::bulk::Pages;
use crate::service::costs::Estimator;
use crate::service::deadlines::Wake;
use crate::service::deprecations::Counted;
use crate::service::documents::TrustedDocuments;
use crate::service::events::{self, Feed, Herald};
use crate::service::files::Content;
use crate::service::keys::Keys;
use crate::service::payments::Provider;
use crate::service::payments::gateway::Gateway;
use crate::service::payments::sandbox::SandboxProvider;
use crate::service::throttle::Throttle;
use crate::service::webhooks::{Resolver, SystemResolver, Webhooks};
use crate::store::Db;
use crate::telemetry::Telemetry;

/// What every use case works with; cheap to clone behind its [`Arc`].
pub struct App {
    /// The database.
    pub db: Db,
    /// The injected clock.
    pub clock: Clock,
    /// Makes ids.
    pub ids: IdGenerator,
    /// The deployment's settings.
    pub config: Config,
    /// The keys that tokens are checked and signed with.
    pub keys: Keys,
    /// What apps were found to be, remembered for seconds.
    pub standings: Standings,
    /// What is remembered of tokens, secrets and keys.
    pub credentials: Credentials,
    /// Wakes those who wait for events.
    pub feed: Feed,
    /// Wakes other nodes beside the database; none where only the database does.
    pub herald: Option<Box<dyn Herald>>,
    /// Wakes the one who fires timers.
    pub wake: Wake,
    /// How far the sandbox's clock was advanced, in seconds, as this node last saw it; for views only.
    pub offset_seen: AtomicI64,
    /// The connected payment provider.
    pub provider: Provider,
    /// The secrets that its messages may be signed with.
    pub webhook_secrets: Vec<String>,
    /// Where the content of files lies.
    pub content: Content,
    /// Reads the pages of bulk operations.
    pub pages: Box<dyn Pages>,
    /// Weighs documents that nobody runs.
    pub estimator: Box<dyn Estimator>,
    /// What callers may still spend on this node.
    pub throttle: Throttle,
    /// Sends events to partners' endpoints.
    pub webhooks: Webhooks,
    /// Which deprecated parts of the schema partners named since that was written last.
    pub deprecations: Counted,
    /// What this node remembers of trusted documents.
    pub documents: TrustedDocuments,
    /// What this node counts of itself.
    pub telemetry: Telemetry,
}

impl std::fmt::Debug for App {
    /// Without the parts that hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("db", &self.db).field("config", &self.config).finish_non_exhaustive()
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(db: Db, clock: Clock, config: Config, keys: Keys) -> Arc<Self> {
        Self::with_resolver(db, clock, config, keys, Arc::<SystemResolver>::default())
    }

    /// The same, where another one than the machine says where webhooks' hosts are.
    pub fn with_resolver(
        db: Db,
        clock: Clock,
        config: Config,
        keys: Keys,
        resolver: Arc<dyn Resolver>,
    ) -> Arc<Self> {
        let (provider, webhook_secrets) = connect_provider(&config);
        let content = Content::new(config.content.clone());
        let operations = &config.operations;
        let pages = Box::new(BulkPages::new(config.bulk.page_cost, operations));
        let estimator = Box::new(DocumentCosts::new(operations));
        let documents = TrustedDocuments::new(Arc::new(DocumentDoor::new(operations)));
        let renderer = Box::new(WebhookDocuments::new(operations));
        let herald = events::herald(&config);
        let webhooks = Webhooks::new(&config.webhooks, renderer, resolver);
        Arc::new(Self {
            db,
            clock,
            ids: IdGenerator::default(),
            config,
            keys,
            standings: Standings::default(),
            credentials: Credentials::default(),
            feed: Feed::default(),
            herald,
            wake: Wake::default(),
            offset_seen: AtomicI64::new(0),
            provider,
            webhook_secrets,
            content,
            pages,
            estimator,
            throttle: Throttle::default(),
            webhooks,
            deprecations: Counted::default(),
            documents,
            telemetry: Telemetry::default(),
        })
    }
}

impl App {
    /// What a test makes go wrong; nothing in a running server.
    pub const fn faults(&self) -> &Faults {
        self.db.faults()
    }

    /// Tells this node's readers and timers that a transaction was committed that may have told events or set timers.
    pub fn committed(&self) {
        self.feed.appended();
        self.wake.committed();
    }

    /// How far the sandbox's clock was advanced, as this node last saw it; for views, never for decisions.
    pub fn sandbox_offset(&self) -> Span {
        Span::seconds(self.offset_seen.load(Ordering::Acquire))
    }

    /// Notes how far the sandbox's clock was advanced.
    pub fn see_sandbox_offset(&self, offset: Span) {
        // Whoever read it before somebody advanced it must not take that back.
        self.offset_seen.fetch_max(offset.as_seconds(), Ordering::AcqRel);
    }
}

/// Without a gateway, which production does not start without, there is a provider of ours; its secret is made at each
/// start, unless one is set.
fn connect_provider(config: &Config) -> (Provider, Vec<String>) {
    let mut secrets = config.payment_webhook_secrets.clone();
    if let Some(settings) = &config.payment_gateway {
        let gateway = Gateway::new(config.payment_provider.clone(), settings.clone());
        return (Provider::Gateway(Box::new(gateway)), secrets);
    }
    if secrets.is_empty() {
        secrets.push(format!("whsec_{}", STANDARD.encode(crate::ids::random_bytes::<32>())));
    }
    let secret = secrets.first().cloned().unwrap_or_default();
    (Provider::Sandbox(SandboxProvider { secret }), secrets)
}
