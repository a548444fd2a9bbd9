//! Opening the database: pool, pragmas, and the checks that a setting really holds.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend, DbErr, Statement};
use thiserror::Error;
use tokio::sync::Mutex;

use super::{Db, Result};
use crate::faults::Faults;

/// Time for a connection of the pool to be free; afterwards the server says that it is busy.
const POOL_WAIT: Duration = Duration::from_secs(5);
/// Time for SQLite's only writer to be free. Longer than the pool's, as writers come one after the other.
pub(super) const WRITER_WAIT: Duration = Duration::from_secs(10);

/// Why the database could not be opened; the text says how to mend it.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The address is neither SQLite nor PostgreSQL.
    #[error("SURETY_DATABASE_URL must begin with sqlite:// or postgres://; it begins with {0:?}")]
    UnknownScheme(String),
    /// The server or file does not answer.
    #[error(
        "cannot open the database: {0}. Check SURETY_DATABASE_URL, and that the server runs or the folder exists"
    )]
    Unreachable(DbErr),
    /// SQLite does not hold a setting that durability needs.
    #[error(
        "SQLite answered {pragma} = {actual}, but {wanted} is needed so that no acknowledged write is lost; use a local disk"
    )]
    Pragma {
        /// The setting.
        pragma: &'static str,
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        actual: String,
    },
    /// PostgreSQL may lose what it has acknowledged.
    #[error(
        "PostgreSQL answered {setting} = {actual}, so it could lose what it has acknowledged; set {setting} = on in postgresql.conf and for this database and user"
    )]
    Durability {
        /// The setting.
        setting: &'static str,
        /// What it is.
        actual: String,
    },
}

/// Sees the text of every statement that runs; benchmarks and tests count with it.
pub type StatementObserver = Arc<dyn Fn(&str) + Send + Sync>;

impl Db {
    /// Opens the database at an address such as `sqlite://surety.db` or `postgres://user@host/name`, with at most
    /// `connections` connections.
    pub async fn connect(
        url: &str,
        connections: u32,
        observer: Option<StatementObserver>,
    ) -> std::result::Result<Self, ConnectError> {
        let scheme = url.split(':').next().unwrap_or_default();
        let backend = match scheme {
            "sqlite" => DbBackend::Sqlite,
            "postgres" | "postgresql" => DbBackend::Postgres,
            other => return Err(ConnectError::UnknownScheme(other.to_owned())),
        };
        let mut options = ConnectOptions::new(url.to_owned());
        options
            .max_connections(connections)
            .acquire_timeout(POOL_WAIT)
            .test_before_acquire(false)
            .sqlx_logging(false);
        if backend == DbBackend::Sqlite {
            options.map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(5))
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("cache_size", "-65536")
                    .pragma("mmap_size", "268435456")
                    .pragma("temp_store", "MEMORY")
            });
        }
        if backend == DbBackend::Postgres {
            // A lock that is not to be had in two seconds is load; nothing waits for ever.
            options.map_sqlx_postgres_opts(|postgres| {
                postgres.options([
                    ("lock_timeout", "2000"),
                    ("statement_timeout", "30000"),
                    ("idle_in_transaction_session_timeout", "30000"),
                ])
            });
        }
        let mut connection = Database::connect(options).await.map_err(ConnectError::Unreachable)?;
        if let Some(observer) = observer {
            connection.set_metric_callback(move |info| observer(&info.statement.sql));
        }
        let writer = (backend == DbBackend::Sqlite).then(|| Arc::new(Mutex::new(())));
        let db = Self { connection, backend, writer, faults: Faults::default() };
        if backend == DbBackend::Sqlite {
            db.check_pragmas().await?;
        }
        Ok(db)
    }

    async fn check_pragmas(&self) -> std::result::Result<(), ConnectError> {
        for (pragma, wanted) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
            let statement = Statement::from_string(
                self.backend,
                format!("SELECT CAST({pragma} AS TEXT) AS value FROM pragma_{pragma}"),
            );
            let row = self.connection.query_one_raw(statement).await.map_err(ConnectError::Unreachable)?;
            let actual: String = match row {
                Some(row) => row.try_get("", "value").map_err(ConnectError::Unreachable)?,
                None => String::new(),
            };
            if actual != wanted {
                return Err(ConnectError::Pragma { pragma, wanted, actual });
            }
        }
        Ok(())
    }

    /// Checks that PostgreSQL keeps what it acknowledges; SQLite was checked when it was opened. A sandbox may live
    /// without it, production may not.
    pub async fn check_durability(&self) -> std::result::Result<(), ConnectError> {
        if !self.is_postgres() {
            return Ok(());
        }
        // A stronger `synchronous_commit` waits for standbys, too; all but `off` wait for the local disk.
        for (setting, weak) in [("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off")]
        {
            let show = format!("SELECT current_setting('{setting}') AS value");
            let statement = Statement::from_string(self.backend, show);
            let row = self.connection.query_one_raw(statement).await.map_err(ConnectError::Unreachable)?;
            let actual: String = match row {
                Some(row) => row.try_get("", "value").map_err(ConnectError::Unreachable)?,
                None => String::new(),
            };
            if actual.is_empty() || actual == weak {
                return Err(ConnectError::Durability { setting, actual });
            }
        }
        Ok(())
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        use migration::MigratorTrait;
        Ok(migration::Migrator::up(&self.connection, None).await?)
    }

    /// The names of migrations that have not run yet.
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        use migration::MigratorTrait;
        let pending = migration::Migrator::get_pending_migrations(&self.connection).await?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// Undoes every migration; for tests of the migrations themselves.
    pub async fn migrate_down(&self) -> Result<()> {
        use migration::MigratorTrait;
        Ok(migration::Migrator::down(&self.connection, None).await?)
    }

    /// Closes every connection.
    pub async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}
