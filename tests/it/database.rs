//! A fresh, migrated database per test, cloned from a template that is migrated once per process.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait, Database as Connector, DbBackend, Statement};
use surety::store::{Db, StatementObserver};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::postgres::{self, Server};

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A database of the server in `postgres.rs`.
    Postgres,
}

/// Few, so that many tests fit at the same time.
pub const CONNECTIONS: u32 = 4;

/// One test's database.
#[derive(Debug)]
pub struct Database {
    /// Its address.
    pub url: String,
    /// A folder that lives as long as the test.
    pub folder: TempDir,
    on_server: Option<(&'static Server, String)>,
}

impl Database {
    /// A migrated database; none where PostgreSQL is asked for and not to be had.
    pub async fn migrated(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Sqlite => Some(Self::sqlite(Some(sqlite_template().await))),
            Backend::Postgres => {
                let server = postgres::server()?;
                let template = postgres_template(server).await;
                Some(Self::postgres(server, &format!(" TEMPLATE {template}")).await)
            }
        }
    }

    /// A database without tables; none where PostgreSQL is asked for and not to be had.
    pub async fn empty(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Sqlite => Some(Self::sqlite(None)),
            Backend::Postgres => Some(Self::postgres(postgres::server()?, "").await),
        }
    }

    /// A database that somebody else keeps, with a folder of its own.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), folder: tempfile::tempdir().unwrap(), on_server: None }
    }

    fn sqlite(content: Option<&[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("surety.db");
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        Self { url: format!("sqlite://{}", file.display()), folder, on_server: None }
    }

    async fn postgres(server: &'static Server, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("surety_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        administer(server, &format!("CREATE DATABASE {name}{template}")).await;
        Self { url: server.url(&name), folder: tempfile::tempdir().unwrap(), on_server: Some((server, name)) }
    }

    /// Opens it.
    pub async fn open(&self, observer: Option<StatementObserver>) -> Db {
        Db::connect(&self.url, CONNECTIONS, observer).await.unwrap()
    }

    /// Removes it from the server; a file goes with its folder.
    pub async fn remove(&self) {
        if let Some((server, name)) = &self.on_server {
            administer(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// The bytes of a migrated SQLite file.
async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let database = Database::sqlite(None);
            let db = database.open(None).await;
            db.migrate().await.unwrap();
            db.close().await.unwrap();
            std::fs::read(database.folder.path().join("surety.db")).unwrap()
        })
        .await
}

/// The name of a migrated database on the server.
async fn postgres_template(server: &'static Server) -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let database = Database::postgres(server, "").await;
            let db = database.open(None).await;
            db.migrate().await.unwrap();
            db.close().await.unwrap();
            postgres::say(&format!("postgres half: ran on {}", version(server).await));
            database.on_server.unwrap().1
        })
        .await
}

async fn administer(server: &Server, sql: &str) {
    let connection = Connector::connect(server.maintenance_url()).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn version(server: &Server) -> String {
    let connection = Connector::connect(server.maintenance_url()).await.unwrap();
    let show = Statement::from_string(DbBackend::Postgres, "SHOW server_version");
    let row = connection.query_one_raw(show).await.unwrap().unwrap();
    let version: String = row.try_get_by_index(0).unwrap();
    connection.close().await.unwrap();
    format!("PostgreSQL {version}")
}
