//! The only code that names sea-orm and the entities: rows in, domain values out.
//!
//! Functions take a [`Db`] for reads or a [`Tx`] inside a use case; only `service` opens transactions. A row that
//! no rule could have written is an error, never a guess ([`Error::Corrupt`]).

pub mod apps;
pub mod audit_log;
pub mod bulk;
pub mod care;
pub mod catalogue;
mod codes;
mod connect;
pub mod deadlines;
pub mod deprecations;
pub mod documents;
pub mod events;
pub mod exchange;
pub mod files;
mod health;
pub mod history;
pub mod idempotency;
pub mod imports;
pub mod keyset;
pub mod ledger;
pub mod messages;
pub mod orders;
pub mod parties;
pub mod payments;
pub mod payouts;
pub mod policies;
pub mod quotes;
pub mod risk;
pub mod settings;
pub mod statements;
pub mod throttle;
pub mod trust;
pub mod verifications;
pub mod webhooks;

use std::sync::Arc;

use sea_orm::{
    AccessMode, ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, SqlErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::domain::time::{Span, Timestamp};
use crate::faults::{Faults, Injected, Place};

pub use connect::{ConnectError, StatementObserver};

/// What can go wrong with the database.
#[derive(Debug, Clone, Error)]
pub enum Error {
    /// A UNIQUE, CHECK, foreign-key or trigger rule of the database refused the write.
    #[error("the database refused: {0}")]
    Constraint(String),
    /// The transaction lost against another one and may be tried again.
    #[error("the transaction lost against another one")]
    Retry,
    /// A lock was not to be had in time.
    #[error("a lock was not to be had in time")]
    LockTimeout,
    /// A text holds a character that PostgreSQL cannot keep.
    #[error("a text holds U+0000")]
    ZeroByte,
    /// A row holds what no rule could have written.
    #[error("impossible row: {0}")]
    Corrupt(String),
    /// No connection was free in time, or a statement took longer than it may: load.
    #[error("the database is busy: {0}")]
    Busy(DbErr),
    /// The database cannot be reached, or the connection was lost; what a lost commit came to is not known.
    #[error("the database is away: {0}")]
    Unavailable(DbErr),
    /// Anything else that the driver reports.
    #[error(transparent)]
    Database(DbErr),
}

impl Error {
    /// Whether a write broke this unique index: PostgreSQL names the index, SQLite its columns.
    pub fn broke(&self, index: &str, columns: &str) -> bool {
        match self {
            Self::Constraint(text) => {
                let of_sqlite = text.split_once("UNIQUE constraint failed: ").map(|(_, columns)| columns);
                text.contains(&format!("\"{index}\""))
                    || of_sqlite.is_some_and(|named| named.trim() == columns)
            }
            Self::Retry
            | Self::LockTimeout
            | Self::ZeroByte
            | Self::Corrupt(_)
            | Self::Busy(_)
            | Self::Unavailable(_)
            | Self::Database(_) => false,
        }
    }

    /// Whether a row was there and could not be read; anything else is about the database and may pass.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Corrupt(_) | Self::Database(DbErr::Type(_) | DbErr::Json(_)) => true,
            Self::Database(other) => other.to_string().contains("decoding column"),
            Self::Constraint(_)
            | Self::Retry
            | Self::LockTimeout
            | Self::ZeroByte
            | Self::Busy(_)
            | Self::Unavailable(_) => false,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(text) | SqlErr::ForeignKeyConstraintViolation(text)) =
            error.sql_err()
        {
            return Self::Constraint(codes::named(&error, text));
        }
        if let Some(meaning) = codes::meaning(&error) {
            return meaning;
        }
        // The words of SQLite, and of triggers of ours.
        let text = error.to_string();
        let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
        if has(&["SQLITE_BUSY", "database is locked", "database table is locked"]) {
            Self::Retry
        } else if has(&["CHECK constraint failed", "append-only"]) {
            Self::Constraint(text)
        } else {
            codes::sort(error)
        }
    }
}

impl From<Injected> for Error {
    fn from(injected: Injected) -> Self {
        match injected {
            Injected::Lost(_) => Self::Retry,
            Injected::Failure(_) => Self::Database(DbErr::Custom(injected.to_string())),
        }
    }
}

/// What store functions answer.
pub type Result<T> = std::result::Result<T, Error>;

/// The connection pool and what its backend needs.
#[derive(Clone)]
pub struct Db {
    connection: DatabaseConnection,
    backend: DbBackend,
    /// SQLite has one writer: waiting here is fair and never answers "database is locked".
    writer: Option<Arc<Mutex<()>>>,
    faults: Faults,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.backend)
    }
}

impl Db {
    /// Whether this is PostgreSQL; otherwise it is SQLite.
    pub fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// The same database with what a test makes go wrong.
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// What a test makes go wrong; nothing in a running server.
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Begins a write transaction: `BEGIN IMMEDIATE` on SQLite, READ COMMITTED on PostgreSQL, where explicit row
    /// locks and constraints carry the guarantees.
    pub async fn begin(&self) -> Result<Tx> {
        let guard = match &self.writer {
            Some(writer) => {
                let turn = timeout(connect::WRITER_WAIT, Arc::clone(writer).lock_owned()).await;
                Some(turn.map_err(|_| Error::Busy(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))?)
            }
            None => None,
        };
        let options = if self.is_postgres() {
            TransactionOptions {
                isolation_level: Some(IsolationLevel::ReadCommitted),
                access_mode: Some(AccessMode::ReadWrite),
                sqlite_transaction_mode: None,
            }
        } else {
            TransactionOptions {
                isolation_level: None,
                access_mode: None,
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            }
        };
        let transaction = self.connection.begin_with_options(options).await?;
        Ok(Tx { transaction, backend: self.backend, faults: self.faults.clone(), _writer: guard })
    }
}

/// One write transaction. Dropped without [`Tx::commit`] it changes nothing.
pub struct Tx {
    transaction: DatabaseTransaction,
    backend: DbBackend,
    faults: Faults,
    _writer: Option<OwnedMutexGuard<()>>,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tx({:?})", self.backend)
    }
}

impl Tx {
    /// Makes everything durable.
    pub async fn commit(self) -> Result<()> {
        self.faults.at(Place::BeforeCommit).await?;
        self.transaction.commit().await?;
        Ok(self.faults.at(Place::AfterCommit).await?)
    }

    /// Undoes everything.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.transaction.rollback().await?)
    }

    /// Whether this is PostgreSQL; otherwise it is SQLite.
    pub fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    /// The present instant of the rules, read once per command after the order's lock ([`now`]).
    pub async fn now(&self, clock: &Clock, offset: Span) -> Result<Timestamp> {
        now(self, clock, offset).await
    }

    /// Marks a place that [`Tx::undo`] goes back to, so that one part can fail and the rest stays.
    pub async fn mark(&self) -> Result<()> {
        self.say("SAVEPOINT part").await
    }

    /// Keeps what was done since the mark.
    pub async fn keep(&self) -> Result<()> {
        self.say("RELEASE SAVEPOINT part").await
    }

    /// Undoes what was done since the mark, and its locks with it.
    pub async fn undo(&self) -> Result<()> {
        self.say("ROLLBACK TO SAVEPOINT part").await?;
        self.keep().await
    }

    async fn say(&self, text: &str) -> Result<()> {
        self.transaction.execute_unprepared(text).await?;
        Ok(())
    }
}

/// The present instant of the rules: PostgreSQL's `clock_timestamp()` where the clock is the machine's, so that servers
/// with different clocks agree, the process clock otherwise; plus the sandbox's offset.
pub async fn now(reader: &impl Reader, clock: &Clock, offset: Span) -> Result<Timestamp> {
    let now = if reader.backend() == DbBackend::Postgres && clock.is_system() {
        let statement = reader.sql(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now",
            std::iter::empty::<Value>(),
        );
        let row = reader.connection().query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::Corrupt("clock_timestamp() gave no row".to_owned()))?;
        Timestamp::from_micros(row.try_get("", "now")?)
    } else {
        clock.now()
    };
    Ok(now.plus(offset))
}

/// What is counted stops here: a count costs no more however much there is.
const COUNTED: i64 = 100_001;

/// Lets a store function run on the pool or inside a transaction.
pub trait Reader {
    /// The connection to run statements on.
    fn connection(&self) -> &impl ConnectionTrait;
    /// The backend's dialect.
    fn backend(&self) -> DbBackend;

    /// A statement with its values; `?` placeholders become `$1`, `$2`, … on PostgreSQL.
    fn sql(&self, text: &str, values: impl IntoIterator<Item = impl Into<Value>>) -> Statement {
        let text =
            if self.backend() == DbBackend::Postgres { number_placeholders(text) } else { text.to_owned() };
        Statement::from_sql_and_values(self.backend(), text, values.into_iter().map(Into::into))
    }
}

impl Reader for Db {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.connection
    }

    fn backend(&self) -> DbBackend {
        self.backend
    }
}

impl Reader for Tx {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.transaction
    }

    fn backend(&self) -> DbBackend {
        self.backend
    }
}

/// Turns `?` into `$1`, `$2`, …; our statements hold no `?` in literals or operators.
fn number_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut count = 0;
    for character in text.chars() {
        if character == '?' {
            count += 1;
            out.push('$');
            out.push_str(&count.to_string());
        } else {
            out.push(character);
        }
    }
    out
}

/// Reads a typed value (an id, an enum's word) out of a text column; anything else in it is corruption.
pub(crate) fn parse<T: std::str::FromStr>(column: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Corrupt(format!("{column} holds {text:?}")))
}

/// A word of a row that is kept for ever: one that is not known here, as another release wrote it, is none and told in the log.
/// It is no reason to show nothing of the page that the row stands on.
pub(crate) fn known<T: std::str::FromStr>(column: &str, row: &str, word: &str) -> Option<T> {
    let known = word.parse().ok();
    if known.is_none() {
        tracing::warn!(column, row, word, "a word on record is not known to this release");
    }
    known
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_broken_index_is_told_from_every_other_constraint() {
        for (text, broken) in [
            ("duplicate key value violates unique constraint \"review_once_per_store\"", true),
            (
                "doppelter Schlüsselwert verletzt Unique-Constraint »review_once_per_store« (\"review_once_per_store\")",
                true,
            ),
            ("UNIQUE constraint failed: review.order_id", true),
            ("duplicate key value violates unique constraint \"review_pkey\"", false),
            ("UNIQUE constraint failed: review.id", false),
            ("UNIQUE constraint failed: review.order_id, review.product_id", false),
            ("FOREIGN KEY constraint failed", false),
            ("CHECK constraint failed: length(title) <= 300", false),
        ] {
            let error = Error::Constraint(text.to_owned());
            assert_eq!(error.broke("review_once_per_store", "review.order_id"), broken, "{text}");
        }
    }
}
