//! A small marketplace to run documents on: the sandbox's demo in a file of its own, and a caller of each role.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::{ConnectionTrait, Value as SqlValue};
use surety::app::App;
use surety::clock::Clock;
use surety::config::Config;
use surety::domain::actor::{Actor, Role};
use surety::domain::time::{Span, Timestamp};
use surety::graphql::{self, SuretySchema};
use surety::http::door::Door;
use surety::http::limits::Limits;
use surety::service::auth::{self, Grant};
use surety::service::keys::Keys;
use surety::service::{demo, parties};
use surety::store::{Db, Reader};
use tempfile::TempDir;

/// Tables whose ids documents name.
const TABLES: [&str; 8] =
    ["orders", "product", "supplier", "company", "category", "quote", "payment", "shipment"];

/// What targets work with.
pub struct World {
    /// The application.
    pub app: Arc<App>,
    /// What runs documents.
    pub schema: SuretySchema,
    /// What they pass before.
    pub door: Door,
    /// Who asks; the first has no token.
    pub actors: Vec<Arc<Actor>>,
    /// `Authorization` headers that are good.
    pub headers: Vec<String>,
    /// Ids of what there is.
    pub ids: Vec<String>,
    statements: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl World {
    /// Fills a database.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let variables = HashMap::from([
            ("SURETY_DATABASE_URL", format!("sqlite://{}", at("surety.db"))),
            ("SURETY_SIGNING_KEYS", at("keys.json")),
            ("SURETY_CONTENT_DIRECTORY", at("content")),
        ]);
        let config = Config::from_lookup(|name| variables.get(name).cloned()).unwrap();
        let statements = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&statements);
        let observer = Arc::new(move |_: &str| {
            seen.fetch_add(1, Ordering::Relaxed);
        });
        let db = Db::connect(&config.database_url, 4, Some(observer)).await.unwrap();
        db.migrate().await.unwrap();
        let clock = Clock::manual(Timestamp::parse("2026-05-04T12:00:00Z").unwrap());
        let keys = Keys::load(&config, clock.now()).await.unwrap();
        let app = App::new(db, clock, config, keys);
        demo::seed(&app).await.unwrap();
        let (mut actors, mut headers) = (vec![Arc::new(Actor::anonymous(true))], Vec::new());
        for role in Role::ALL {
            let Some((partner, company)) = parties::app_of_role(&app, role, None).await.unwrap() else {
                continue;
            };
            let token = auth::issue_token(&app, &Grant::of(partner, role, company), Span::days(365)).unwrap();
            let header = format!("Bearer {token}");
            actors.push(auth::authenticate(&app, Some(&header)).await.unwrap().actor);
            headers.push(header);
        }
        let door = Door::new(&graphql::sdl::sdl(), Limits::default().document).unwrap();
        let ids = ids(&app).await;
        let schema = graphql::schema().finish();
        Self { app, schema, door, actors, headers, ids, statements, _folder: folder }
    }

    /// The statements that ran since it was asked last.
    pub fn statements(&self) -> usize {
        self.statements.swap(0, Ordering::Relaxed)
    }
}

/// Some ids of each table.
async fn ids(app: &App) -> Vec<String> {
    let mut found = Vec::new();
    for table in TABLES {
        let text = format!("SELECT id FROM {table} ORDER BY id LIMIT 12");
        let statement = app.db.sql(&text, [] as [SqlValue; 0]);
        for row in app.db.connection().query_all_raw(statement).await.unwrap() {
            found.push(row.try_get("", "id").unwrap());
        }
    }
    found
}
