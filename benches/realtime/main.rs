//! How soon what happens is told, and what it costs to be told: events, timers, webhooks.
//!
//! `cargo bench --bench realtime -- <figure>` starts the built program as a child process on a database of its own and
//! prints a row for what it saw beside its goal. It fails only where something was lost or doubled, never by time.
//! `docs/REALTIME.md` says how each figure is taken.

// The resolvers' futures lie deep in each other, as in the library.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on has failed, and says so"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it finds")]

mod bare;
#[path = "../peers/database.rs"]
mod database;
mod deadlines;
mod ears;
mod node;
#[path = "../../tests/it/postgres.rs"]
mod postgres;
mod report;
mod streams;
mod webhooks;

use clap::{Parser, ValueEnum};

use database::Database;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// From an event to its frame, at a steady rate.
    Latency,
    /// One event to very many subscribers.
    Fanout,
    /// Memory of idle subscribers.
    Memory,
    /// Subscribers that never read beside others that do.
    Stalled,
    /// How exactly timers fire, and how fast a herd of them.
    Deadlines,
    /// Healthy endpoints beside black holes.
    Webhooks,
    /// Not a figure: the bare server, started by the benchmark itself.
    #[value(hide = true)]
    Bare,
}

/// Measures how soon things are told.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which figure.
    #[arg(value_enum)]
    figure: Figure,
    /// On which database: sqlite or postgres (that of `TEST_DATABASE_URL`, or a private one).
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// Subscribers, stalled sockets, or pending timers; each figure has its own default.
    #[arg(long)]
    size: Option<usize>,
    /// Events in a second.
    #[arg(long, default_value_t = 10)]
    rate: u32,
    /// Seconds of load.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    fn size(&self, default: usize) -> usize {
        self.size.unwrap_or(default)
    }

    /// How many events are told in all.
    fn events(&self) -> u32 {
        (self.rate * self.seconds).max(1)
    }

    /// The pause between two events.
    fn pause(&self) -> std::time::Duration {
        std::time::Duration::from_secs(1) / self.rate.max(1)
    }
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let wrong = runtime.block_on(Box::pin(run(&arguments)));
    if wrong == 0 {
        return std::process::ExitCode::SUCCESS;
    }
    eprintln!("{wrong} were lost or doubled");
    std::process::ExitCode::FAILURE
}

/// Takes the figure; answers how much was lost or doubled.
async fn run(arguments: &Arguments) -> usize {
    if arguments.figure == Figure::Bare {
        bare::serve().await;
        return 0;
    }
    let Some(database) = Database::open(&arguments.database).await else {
        println!("{}: not to be had on this machine", arguments.database);
        return 0;
    };
    // Migrated here, so that the program only fills it.
    database.app(None).await.db.clone().close().await.unwrap();
    let wrong = match arguments.figure {
        Figure::Latency => Box::pin(streams::latency(&database, arguments)).await,
        Figure::Fanout => Box::pin(streams::fanout(&database, arguments)).await,
        Figure::Memory => Box::pin(streams::memory(&database, arguments)).await,
        Figure::Stalled => Box::pin(streams::stalled(&database, arguments)).await,
        Figure::Deadlines => Box::pin(deadlines::measure(&database, arguments)).await,
        Figure::Webhooks => Box::pin(webhooks::measure(&database, arguments)).await,
        Figure::Bare => 0,
    };
    database.remove().await;
    wrong
}
