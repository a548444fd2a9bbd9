//! A server with a small schema of its own: what the transport does must not depend on what the product's schema has.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use async_graphql::{
    Context, Executor, InputObject, Object, OneofObject, Schema, SimpleObject, Subscription, ValidationMode,
};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};
use surety::app::App;
use surety::clock::Clock;
use surety::config::Config;
use surety::domain::actor::Role;
use surety::domain::ids::AppId;
use surety::domain::party::role_scopes;
use surety::domain::time::Span;
use surety::http::door::parse;
use surety::http::limits::Limits;
use surety::service::auth::{self, Grant};
use surety::service::keys::Keys;
use surety::service::parties;
use surety::store::documents;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::database::{Backend, Database};

/// What resolvers tell the test.
#[derive(Default)]
pub struct Bumps {
    /// How often the mutation ran, or how far the endless stream was read.
    pub count: AtomicI32,
    /// A resolver that never ends has begun.
    pub hangs: tokio::sync::Notify,
}

impl Bumps {
    pub fn count(&self) -> i32 {
        self.count.load(Ordering::Relaxed)
    }
}

pub struct Query;

#[derive(SimpleObject)]
pub struct Thing {
    name: String,
    maybe: Option<String>,
}

pub struct ThingConnection(i32);

#[Object]
impl ThingConnection {
    async fn nodes(&self) -> Vec<Thing> {
        (0..self.0).map(|number| Thing { name: number.to_string(), maybe: None }).collect()
    }
}

#[derive(OneofObject)]
enum Choice {
    Left(i32),
    Right(String),
}

#[derive(InputObject)]
struct Greeted {
    #[graphql(default_with = "\"you\".to_owned()")]
    name: String,
    title: Option<String>,
}

#[Object]
impl Query {
    async fn greeting(&self, #[graphql(default_with = "\"world\".to_owned()")] name: String) -> String {
        format!("hello {name}")
    }

    async fn greet(&self, input: Greeted) -> String {
        format!("{} {}", input.title.unwrap_or_else(|| "dear".to_owned()), input.name)
    }

    #[graphql(deprecation = "Since 2026-11-28, removed on 2027-06-30: use `greeting`.")]
    async fn hello(&self) -> &'static str {
        "hello"
    }

    async fn echo(&self, number: i32) -> i32 {
        number
    }

    async fn required(&self, text: String) -> String {
        text
    }

    async fn thing(&self) -> Thing {
        Thing { name: "thing".to_owned(), maybe: None }
    }

    async fn nested(&self) -> Query {
        Query
    }

    async fn things(&self, first: Option<i32>) -> ThingConnection {
        ThingConnection(first.unwrap_or(20))
    }

    async fn choose(&self, choice: Choice) -> String {
        match choice {
            Choice::Left(number) => number.to_string(),
            Choice::Right(text) => text,
        }
    }

    async fn leak(&self) -> async_graphql::Result<Option<i32>> {
        std::future::ready(()).await;
        Err("connection to 10.0.0.7 refused".into())
    }

    async fn panics(&self) -> i32 {
        [1, 2, 3].iter().copied().find(|&number| number > 3).expect("a resolver panics")
    }

    async fn never(&self, ctx: &Context<'_>) -> i32 {
        ctx.data_unchecked::<Arc<Bumps>>().hangs.notify_one();
        std::future::pending().await
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn bump(&self, ctx: &Context<'_>) -> i32 {
        ctx.data_unchecked::<Arc<Bumps>>().count.fetch_add(1, Ordering::Relaxed) + 1
    }
}

pub struct Events;

#[derive(SimpleObject)]
pub struct Tick {
    number: i32,
    padding: String,
}

#[Subscription]
impl Events {
    async fn ticks(&self, up_to: i32, #[graphql(default = 0)] padding: usize) -> impl Stream<Item = Tick> {
        stream::iter((1..=up_to).map(move |number| Tick { number, padding: "x".repeat(padding) }))
    }

    /// Counts how far it was polled.
    async fn endless(&self, ctx: &Context<'_>) -> impl Stream<Item = Tick> {
        let bumps = Arc::clone(ctx.data_unchecked::<Arc<Bumps>>());
        stream::iter(1..).map(move |number| {
            bumps.count.store(number, Ordering::Relaxed);
            Tick { number, padding: "x".repeat(16_384) }
        })
    }

    async fn silent(&self) -> impl Stream<Item = i32> {
        stream::pending()
    }

    async fn unmade(&self) -> async_graphql::Result<impl Stream<Item = i32>> {
        std::future::ready(()).await;
        Err::<stream::Empty<i32>, _>("the pool is at 10.0.0.7".into())
    }

    async fn bursts(&self) -> impl Stream<Item = i32> {
        stream::once(async { [0; 0].first().copied().expect("a stream panics") })
    }
}

/// A running server.
pub struct Server {
    pub app: Arc<App>,
    pub address: SocketAddr,
    pub client: reqwest::Client,
    pub bumps: Arc<Bumps>,
    pub shutdown: CancellationToken,
    pub running: JoinHandle<()>,
    _database: Database,
}

impl Server {
    /// Starts with these limits and settings.
    pub async fn start(limits: Limits, settings: &[(&str, &str)]) -> Self {
        let bumps = Arc::new(Bumps::default());
        let schema = Schema::build(Query, Mutation, Events)
            .validation_mode(ValidationMode::Fast)
            .data(Arc::clone(&bumps))
            .finish();
        let sdl = schema.sdl();
        Self::serve(limits, settings, schema, sdl, bumps).await
    }

    /// Serves another schema.
    pub async fn serve<E: Executor>(
        limits: Limits,
        settings: &[(&str, &str)],
        executor: E,
        sdl: String,
        bumps: Arc<Bumps>,
    ) -> Self {
        let database = Database::migrated(Backend::Sqlite).await.unwrap();
        let keys = database.folder.path().join("keys.json").display().to_string();
        let mut variables: HashMap<&str, &str> = HashMap::from([
            ("SURETY_DATABASE_URL", database.url.as_str()),
            ("SURETY_SIGNING_KEYS", &keys),
            // What the transport does must not depend on what its one caller has spent.
            ("SURETY_COST_CAPACITY", "0"),
        ]);
        variables.extend(settings.iter().copied());
        let config = Config::from_lookup(|name| variables.get(name).map(ToString::to_string)).unwrap();
        let clock = Clock::system();
        let keys = Keys::load(&config, clock.now()).await.unwrap();
        let app = App::new(database.open(None).await, clock, config, keys);
        let served = Arc::clone(&app);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let schema = Arc::new(parse::read_schema(&sdl).unwrap());
        let running = tokio::spawn(async move {
            surety::http::serve_executor(served, executor, schema, listener, stop, limits).await.unwrap();
        });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { app, address, client, bumps, shutdown, running, _database: database }
    }

    /// Starts with the limits of production.
    pub async fn usual() -> Self {
        Self::start(Limits::default(), &[]).await
    }

    /// A storefront's token that ends after a while.
    pub async fn token(&self, lifetime: Span) -> String {
        self.storefront(lifetime).await.1
    }

    /// A storefront's app, and a token of it that ends after a while.
    pub async fn storefront(&self, lifetime: Span) -> (AppId, String) {
        let scopes = role_scopes(Role::Storefront);
        let app = parties::create_app(&self.app, "shop", Role::Storefront, scopes, &[]).await.unwrap();
        let grant = Grant::of(app.id, Role::Storefront, None);
        (app.id, auth::issue_token(&self.app, &grant, lifetime).unwrap())
    }

    /// Keeps an app to its trusted documents, of which it has none.
    pub async fn trusts_nothing_of(&self, app: AppId) {
        let tx = self.app.db.begin().await.unwrap();
        documents::set_policy(&tx, app, true).await.unwrap();
        tx.commit().await.unwrap();
        self.app.standings.forget();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Posts a document as a client that takes `application/graphql-response+json`.
    pub async fn post(&self, query: &str) -> Answered {
        self.post_body(json!({ "query": query }).to_string()).await
    }

    /// Posts a body.
    pub async fn post_body(&self, body: impl Into<reqwest::Body>) -> Answered {
        let request = self.client.post(self.url("/graphql")).header("content-type", "application/json");
        Answered::of(request.header("accept", "application/graphql-response+json").body(body)).await
    }
}

/// A status, the headers and a JSON body.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answered {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status, headers, body }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the first error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or("")
    }
}
