//! A database of the benchmark's own, removed at the end.

use std::path::Path;

use sea_orm::ConnectionTrait;
use surety::app::App;
use surety::clock::Clock;
use surety::config::Config;
use surety::service::keys::Keys;
use surety::store::{Db, StatementObserver};
use tempfile::TempDir;

use super::postgres;

/// Connections of the program unless set otherwise.
pub const CONNECTIONS: u32 = 8;

/// Where the data is.
pub struct Database {
    /// The address.
    pub url: String,
    /// Holds the keys and the constant answers, and the file of SQLite.
    pub folder: TempDir,
    /// Address of the server's own database and our database's name there.
    on_server: Option<(String, String)>,
}

impl Database {
    /// An empty database of this kind; none where PostgreSQL is not to be had.
    pub async fn open(name: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        if name == "sqlite" {
            let url = format!("sqlite://{}", folder.path().join("surety.db").display());
            return Some(Self { url, folder, on_server: None });
        }
        let server = postgres::server()?;
        let (maintenance, name) = (server.maintenance_url(), format!("surety_bench_{}", std::process::id()));
        if maintenance.contains("surety-postgres-") {
            // The tests' private server trades durability for speed; a commit that counts is one that lasts.
            for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
                administer(&maintenance, &format!("ALTER SYSTEM SET {setting} = on")).await;
            }
            administer(&maintenance, "SELECT pg_reload_conf()").await;
        }
        administer(&maintenance, &format!("CREATE DATABASE {name}")).await;
        Some(Self { url: server.url(&name), folder, on_server: Some((maintenance, name)) })
    }

    /// The program's application on it.
    pub async fn app(&self, observer: Option<StatementObserver>) -> std::sync::Arc<App> {
        app(&self.url, self.folder.path(), observer).await
    }

    /// Removes it from the server; a file goes with its folder.
    pub async fn remove(self) {
        if let Some((maintenance, name)) = self.on_server {
            administer(&maintenance, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// The application as `surety serve` builds it.
pub async fn app(url: &str, folder: &Path, observer: Option<StatementObserver>) -> std::sync::Arc<App> {
    let keys = folder.join("keys.json").display().to_string();
    let config = Config::from_lookup(|name| match name {
        "SURETY_DATABASE_URL" => Some(url.to_owned()),
        "SURETY_SIGNING_KEYS" => Some(keys.clone()),
        // Load is what is measured here.
        "SURETY_COST_CAPACITY" => Some("0".to_owned()),
        _ => None,
    });
    let config = config.unwrap();
    let db = Db::connect(url, CONNECTIONS, observer).await.unwrap();
    db.migrate().await.unwrap();
    let clock = Clock::system();
    let keys = Keys::load(&config, clock.now()).await.unwrap();
    App::new(db, clock, config, keys)
}

async fn administer(url: &str, sql: &str) {
    let connection = sea_orm::Database::connect(url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}
