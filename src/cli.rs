//! The command line: verbs, exit codes, and what they print. No rules inside.
//!
//! Exit codes: 0 done, 1 something failed, 2 a setting or argument is wrong. Answers go to standard output, the log
//! and failures to standard error.

mod check;
mod import;
mod keys;
mod restored;
mod schema;
mod serve;
mod token;
mod verify;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::service::keys::Keys;
use crate::service::{Error, Result as ServiceResult};
use crate::store::Db;

/// Stack of each thread that serves, in bytes. A command is polled through all layers at once, and without optimisation
/// its futures take more than the usual two megabytes; memory is taken only as it is used.
const THREAD_STACK_BYTES: usize = 8 * 1024 * 1024;

/// The GraphQL backend of an assured-trade wholesale marketplace.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the API (the default). A sandbox migrates its database and fills an empty one with demo data first.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Print the GraphQL schema; or what has changed since an earlier one, and whether that breaks its clients.
    Schema(schema::Wish),
    /// Print a token that the sandbox signs for an app of its data.
    Token(token::Wish),
    /// Make the file of keys that this server signs tokens with, or add a key to it that signs in 15 minutes.
    Keys,
    /// Import suppliers, products, prices, orders and reviews from a folder of plain files; safe to run again.
    Import(import::Wish),
    /// Compute every balance and every chain of hashes again; a difference stops payouts and ends with exit code 1.
    Verify,
    /// After the database was restored from a copy, before serving: refuse every cursor that was handed out until then.
    Restored,
    /// Check the settings, the keys, the database and its migrations; change nothing.
    Check,
}

/// Whatever is to be logged: a library that would write every message of a socket word by word, with the token in its first one.
const KEPT_OUT: &str = "tungstenite=info";

/// Runs the verb that the process arguments name.
pub fn run() -> ExitCode {
    let verb = Arguments::parse().verb.unwrap_or(Verb::Serve);
    match perform(verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = if error.is::<ConfigError>() { 2 } else { 1 };
            // Where even standard error is closed, the exit code has to say it.
            let _closed = writeln!(std::io::stderr(), "surety: {error:#}");
            ExitCode::from(code)
        }
    }
}

fn perform(verb: Verb) -> anyhow::Result<()> {
    if let Verb::Schema(wish) = &verb {
        return schema::print(wish);
    }
    let config = Config::from_env()?;
    let filter = EnvFilter::try_new(&config.log).map_err(|error| ConfigError {
        variable: "SURETY_LOG",
        problem: format!("{error}; write info, or surety=debug,warn"),
    })?;
    let filter = filter.add_directive(KEPT_OUT.parse()?);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(THREAD_STACK_BYTES)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match verb {
            Verb::Serve => Box::pin(serve::serve(config)).await,
            Verb::Migrate => migrate(&config).await,
            Verb::Token(wish) => token::print(config, &wish).await,
            Verb::Keys => keys::announce(&config),
            Verb::Import(wish) => import::import(config, &wish).await,
            Verb::Verify => verify::verify(config).await,
            Verb::Restored => restored::restored(config).await,
            Verb::Check => check::check(&config).await,
            Verb::Schema(_) => Ok(()),
        }
    })
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let db = connect(config).await?;
    let pending = db.pending_migrations().await?;
    db.migrate().await?;
    for name in &pending {
        say(&format!("applied {name}"))?;
    }
    if pending.is_empty() {
        say("the database is up to date")?;
    }
    Ok(())
}

/// Prints a line of an answer.
fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

async fn connect(config: &Config) -> anyhow::Result<Db> {
    Ok(Db::connect(&config.database_url, config.database_connections, None).await?)
}

/// Opens the database; production stops where PostgreSQL could lose what it acknowledged.
async fn connect_durably(config: &Config) -> anyhow::Result<Db> {
    let db = connect(config).await?;
    if !config.is_sandbox() {
        db.check_durability().await?;
    }
    Ok(db)
}

/// The application on a database whose schema is up to date.
async fn open(config: Config, db: Db) -> anyhow::Result<Arc<App>> {
    let pending = db.pending_migrations().await?;
    anyhow::ensure!(
        pending.is_empty(),
        "the database lacks {} migrations, first {}; run surety migrate",
        pending.len(),
        pending[0]
    );
    let clock = Clock::system();
    let keys = Keys::load(&config, clock.now()).await?;
    Ok(App::new(db, clock, config, keys))
}

/// What a use case answered, as the command line reports it: whoever starts the server may see every detail.
fn internal<T>(answer: ServiceResult<T>) -> anyhow::Result<T> {
    answer.map_err(|error| match error {
        Error::Internal(error) => error,
        Error::Denied(refusal) => refusal.into(),
        Error::Refused(refusals) => {
            let messages: Vec<_> = refusals.into_iter().map(|refusal| refusal.message).collect();
            anyhow::anyhow!("{}", messages.join(" "))
        }
    })
}
