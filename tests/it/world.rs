//! The test's world: a fresh database, a clock that stands, a running server, and actors as verbs.
//!
//! ```text
//! on_both! {
//!     async fn a_buyer_sees_the_catalogue(w) {
//!         let buyer = w.buyer("acme").await;
//!         let data = buyer.asks("{ serverVersion }", json!({})).await.good();
//!         w.passes(Span::days(3));
//!     }
//! }
//! ```
//!
//! Every noun adds its own verbs in its own file by `impl World` or `impl Party`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::{Request, Variables};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::app::App;
use surety::clock::Clock;
use surety::config::Config;
use surety::domain::actor::{Actor, Role};
use surety::domain::ids::SupplierId;
use surety::domain::party::{Company, CompanyDraft, PartnerApp, Plan, role_scopes};
use surety::domain::time::{Span, Timestamp};
use surety::faults::{Faults, Saboteur};
use surety::graphql;
use surety::http::Product;
use surety::http::limits::{Limits, SocketLimits};
use surety::service::auth::{self, Grant};
use surety::service::keys::Keys;
use surety::service::parties;
use surety::store::{Reader, Tx};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::database::{Backend, CONNECTIONS, Database};
use super::mischief::Mischief;

/// Writes a test once for both databases: it runs as `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block)*) => {$(
        async fn $name($world: $crate::world::World) $body

        mod $name {
            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::world::run($crate::database::Backend::Sqlite, super::$name).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::world::run($crate::database::Backend::Postgres, super::$name).await;
            }
        }
    )*};
}
pub(crate) use on_both;

/// The same with settings, which come first.
macro_rules! on_both_with {
    ($settings:expr; $(async fn $name:ident($world:ident) $body:block)*) => {$(
        async fn $name($world: $crate::world::World) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let backend = $crate::database::Backend::Sqlite;
                $crate::world::run_with(backend, $settings, |w| Box::pin(super::$name(w))).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let backend = $crate::database::Backend::Postgres;
                $crate::world::run_with(backend, $settings, |w| Box::pin(super::$name(w))).await;
            }
        }
    )*};
}
pub(crate) use on_both_with;

/// Builds a world, tells the story, takes the world down.
pub async fn run<F: Future<Output = ()>>(backend: Backend, story: impl FnOnce(World) -> F) {
    run_with(backend, &[], story).await;
}

/// The same with settings.
pub async fn run_with<F: Future<Output = ()>>(
    backend: Backend,
    settings: &[(&str, &str)],
    story: impl FnOnce(World) -> F,
) {
    let Some(world) = World::with(backend, settings).await else { return };
    story(world.clone()).await;
    world.end().await;
}

/// The instant at which every story begins, a Monday.
pub const START: &str = "2026-05-04T12:00:00Z";

/// Everything that a test works with; a clone is another handle on the same world.
#[derive(Clone)]
pub struct World(Arc<Inside>);

/// What a [`World`] holds.
pub struct Inside {
    /// The application under test.
    pub app: Arc<App>,
    /// Where the server listens.
    pub address: SocketAddr,
    /// Speaks HTTP without a pool of its own settings.
    pub http: reqwest::Client,
    database: Arc<Database>,
    /// Makes things go wrong when a test wants it.
    pub mischief: Arc<Mischief>,
    statements: Arc<Mutex<Vec<String>>>,
    shutdown: CancellationToken,
    works: std::sync::Once,
}

impl Deref for World {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

impl World {
    /// A world on a database with extra settings, such as `("SURETY_ANONYMOUS_CATALOGUE", "false")`; none where
    /// PostgreSQL is not to be had.
    pub async fn with(backend: Backend, settings: &[(&str, &str)]) -> Option<Self> {
        let database = Arc::new(Database::migrated(backend).await?);
        Some(Self::on(database, Clock::manual(Timestamp::parse(START).unwrap()), settings).await)
    }

    /// A world on a database that is there already.
    pub async fn on(database: Arc<Database>, clock: Clock, settings: &[(&str, &str)]) -> Self {
        let statements = Arc::new(Mutex::new(Vec::new()));
        let mischief = Arc::new(Mischief::default());
        let (seen, watching) = (Arc::clone(&statements), Arc::clone(&mischief));
        let observer = move |sql: &str| {
            seen.lock().unwrap().push(sql.to_owned());
            watching.ran(sql);
        };
        let saboteur = Arc::clone(&mischief) as Arc<dyn Saboteur>;
        let db = database.open(Some(Arc::new(observer))).await.with_faults(Faults::by(saboteur));
        let keys = database.folder.path().join("keys.json").display().to_string();
        let content = database.folder.path().join("content").display().to_string();
        let mut variables: HashMap<&str, &str> = HashMap::from([
            ("SURETY_DATABASE_URL", database.url.as_str()),
            ("SURETY_SIGNING_KEYS", &keys),
            ("SURETY_CONTENT_DIRECTORY", &content),
            // A story's few parties open as many sockets as they like.
            ("SURETY_SOCKETS_PER_TENANT", "1000"),
            // And ask for what they like: no story fails because its clock stands. Those of costs say otherwise.
            ("SURETY_COST_CAPACITY", "0"),
        ]);
        variables.extend(settings.iter().copied());
        // An empty setting is none.
        variables.retain(|_, value| !value.is_empty());
        let config = Config::from_lookup(|name| variables.get(name).map(ToString::to_string)).unwrap();
        let signing = Keys::load(&config, clock.now()).await.unwrap();
        let app = App::new(db, clock, config, signing);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        // Nobody waits for the spread that a large herd of sockets needs.
        let socket = SocketLimits {
            drain_spread: Duration::from_millis(200),
            per_tenant: app.config.operations.sockets_per_tenant,
            ..SocketLimits::default()
        };
        let limits = Limits { socket, ..Limits::default() };
        let (serving, stop) = (Arc::clone(&app), shutdown.clone());
        tokio::spawn(async move {
            let Product { schema, executor } = surety::http::product()?;
            let schema = Arc::clone(schema);
            surety::http::serve_executor(serving, executor.clone(), schema, listener, stop, limits).await
        });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let works = std::sync::Once::new();
        Self(Arc::new(Inside { app, address, http, database, mischief, statements, shutdown, works }))
    }

    /// Lets the node's own jobs run: places for events, timers, sessions that are left over. Without them statements
    /// can be counted.
    pub fn works(&self) {
        self.works.call_once(|| {
            let (stopping, shutdown) = (self.shutdown.clone(), self.shutdown.clone());
            tokio::spawn(surety::jobs::run(Arc::clone(&self.app), stopping, shutdown));
        });
    }

    /// Every connection of the pool, in a transaction each.
    pub async fn all_connections(&self) -> Vec<Tx> {
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            held.push(self.app.db.begin().await.unwrap());
        }
        held
    }

    /// Sets so many milliseconds on every connection; none means without end.
    pub async fn every_connection_has(&self, timeout: &str, milliseconds: u32) {
        for tx in self.all_connections().await {
            let set = format!("SET {timeout} = {milliseconds}");
            tx.connection().execute_unprepared(&set).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Whoever waits for a lock of PostgreSQL's may wait as long as a statement may take. A server's two seconds are load for its
    /// callers, and a busy machine can take as long from a story whose point is who comes first.
    pub async fn has_time_for_locks(&self) {
        if self.app.db.is_postgres() {
            self.every_connection_has("lock_timeout", 0).await;
        }
    }

    /// A folder that lives as long as the world.
    pub fn folder(&self) -> &Path {
        self.database.folder.path()
    }

    async fn end(self) {
        self.closes().await.remove().await;
    }

    /// Tells the server to stop.
    pub fn stops(&self) {
        self.shutdown.cancel();
    }

    /// Where the world's rows lie, for another node.
    pub fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    /// Ends the world and leaves its database to somebody else.
    pub async fn closes(&self) -> Arc<Database> {
        self.shutdown.cancel();
        self.app.db.clone().close().await.unwrap();
        Arc::clone(&self.database)
    }

    /// The present instant of the story.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Moves the clock; nothing else happens by it.
    pub fn passes(&self, span: Span) {
        self.app.clock.advance(span);
    }

    /// The address of a path of the server, such as `/graphql`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The statements that ran since the world began or [`World::forget_statements`].
    pub fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap().clone()
    }

    /// Begins to count statements anew.
    pub fn forget_statements(&self) {
        self.statements.lock().unwrap().clear();
    }

    /// Runs an operation on the schema as this actor, past HTTP and the front door.
    pub async fn execute(&self, actor: &Arc<Actor>, query: &str, variables: Value) -> Answer {
        let executor = &surety::http::product().unwrap().executor;
        let request = Request::new(query).variables(Variables::from_json(variables));
        let response = executor.execute(graphql::with_caller(request, &self.app, actor)).await;
        Answer(serde_json::to_value(&response).unwrap())
    }

    /// Sends an operation over HTTP with a bearer token, or with none where it is empty.
    pub async fn graphql(&self, token: &str, query: &str, variables: Value) -> Value {
        let mut request =
            self.http.post(self.url("/graphql")).json(&json!({ "query": query, "variables": variables }));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The caller without a token.
    pub fn anonymous(&self) -> Arc<Actor> {
        Arc::new(Actor::anonymous(self.app.config.anonymous_catalogue))
    }

    /// A company in Germany with the standard plan.
    pub async fn company(&self, name: &str) -> Company {
        let draft = CompanyDraft {
            name: name.to_owned(),
            country: "DE".to_owned(),
            plan: Plan::Standard,
            external_reference: None,
        };
        parties::create_company(&self.app, draft).await.unwrap()
    }

    /// A company that buys, with an app that acts for it.
    pub async fn buyer(&self, name: &str) -> Party {
        self.party(name, Role::Buyer).await
    }

    /// An app of the platform's staff.
    pub async fn operator(&self) -> Party {
        self.member_of_staff(Role::Operator).await
    }

    /// A storefront that reads the catalogue.
    pub async fn storefront(&self) -> Party {
        self.member_of_staff(Role::Storefront).await
    }

    /// A company that sells, with an app that acts for it: a bare supplier without specialisation or products.
    pub async fn seller(&self, name: &str) -> Party {
        let party = self.party(name, Role::Supplier).await;
        let supplier: SupplierId = self.app.ids.make(self.now());
        let (company, db) = (party.company.clone().unwrap(), &self.app.db);
        let values: [sea_orm::Value; 3] =
            [supplier.to_string().into(), company.id.to_string().into(), self.now().micros().into()];
        let insert = db.sql("INSERT INTO supplier (id, company_id, created_at) VALUES (?, ?, ?)", values);
        db.connection().execute_raw(insert).await.unwrap();
        Party::new(self, party.app, Some(company), Some(supplier))
    }

    /// A company with an app of any role that acts for it.
    pub async fn party(&self, name: &str, role: Role) -> Party {
        let company = self.company(name).await;
        let app = parties::create_app(&self.app, name, role, role_scopes(role), &[company.id]).await.unwrap();
        Party::new(self, app, Some(company), None)
    }

    async fn member_of_staff(&self, role: Role) -> Party {
        let app = parties::create_app(&self.app, role.as_str(), role, role_scopes(role), &[]).await.unwrap();
        Party::new(self, app, None, None)
    }
}

/// Somebody who acts: a company's app, or the platform's.
#[derive(Clone)]
pub struct Party {
    /// The world that it acts in.
    pub world: World,
    /// The app.
    pub app: PartnerApp,
    /// The company that it acts for.
    pub company: Option<Company>,
    /// The caller that a token of it stands for.
    pub actor: Arc<Actor>,
}

impl Party {
    fn new(world: &World, app: PartnerApp, company: Option<Company>, supplier: Option<SupplierId>) -> Self {
        let actor = Actor {
            app: Some(app.id),
            company: company.as_ref().map(|company| company.id),
            member: None,
            supplier,
            role: Some(app.role),
            scopes: app.scopes,
        };
        Self { world: world.clone(), app, company, actor: Arc::new(actor) }
    }

    /// What a token of this party says.
    pub fn grant(&self) -> Grant {
        let Actor { company, member, scopes, .. } = *self.actor;
        Grant { app: self.app.id, company, member, role: self.app.role, scopes }
    }

    /// A token for an hour.
    pub fn token(&self) -> String {
        auth::issue_token(&self.world.app, &self.grant(), Span::hours(1)).unwrap()
    }

    /// Sends an operation over HTTP with a token.
    pub async fn sends(&self, query: &str, variables: Value) -> Answer {
        Answer(self.world.graphql(&self.token(), query, variables).await)
    }

    /// Runs an operation as this party, on the schema.
    pub async fn asks(&self, query: &str, variables: Value) -> Answer {
        // On the heap: stories of many steps would not fit on a thread's stack in an unoptimised build.
        Box::pin(self.world.execute(&self.actor, query, variables)).await
    }
}

/// What the API answered.
#[derive(Debug, Clone)]
pub struct Answer(pub Value);

impl Answer {
    /// The data of an answer without any error, neither at the top nor in a payload.
    #[track_caller]
    pub fn good(self) -> Value {
        assert!(self.codes().is_empty(), "refused: {:#}", self.0);
        self.0["data"].clone()
    }

    /// Checks that the answer was refused with this code, at the top or in a payload.
    #[track_caller]
    pub fn refused(&self, code: &str) {
        assert!(self.codes().iter().any(|found| found == code), "not refused with {code}: {:#}", self.0);
    }

    /// Every error's code, top-level first, then those of payloads.
    pub fn codes(&self) -> Vec<String> {
        let word = |code: &Value| code.as_str().unwrap_or("(no code)").to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let top = list(&self.0["errors"]).into_iter().map(|error| word(&error["extensions"]["code"]));
        let payloads = self.0["data"].as_object().into_iter().flat_map(|data| data.values());
        let inner =
            payloads.flat_map(|payload| list(&payload["userErrors"])).map(|error| word(&error["code"]));
        top.chain(inner).collect()
    }
}
