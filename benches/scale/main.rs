//! How search behaves on a large catalogue: pages, facets, deep pages, price orders, on both databases.
//!
//! `cargo bench --bench scale` writes a catalogue of a million products and twenty thousand suppliers into each database,
//! the same for the same seed, measures every kind of question in one run beside a look-up by key, and demands of the query
//! plans that no question with an index reads the whole listing: it fails loudly where one does. `docs/SCALE.md` has the
//! method and the figures.

// The resolvers' futures lie deep in each other, as in the library.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on has failed, and says so"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it finds")]

#[path = "../peers/database.rs"]
mod database;
mod fill;
mod goods;
#[path = "../../tests/it/postgres.rs"]
mod postgres;
mod questions;
mod sink;

use std::time::Instant;

use clap::Parser;

use database::Database;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures search on a large catalogue.
#[derive(Debug, Parser)]
struct Arguments {
    /// Products; a fiftieth as many suppliers.
    #[arg(long, default_value_t = 1_000_000)]
    products: u64,
    /// Times that each question is asked, with other words and filters each time.
    #[arg(long, default_value_t = 100)]
    rounds: u64,
    /// Only this database: sqlite or postgres.
    #[arg(long)]
    database: Option<String>,
    /// Print the query plans.
    #[arg(long)]
    plans: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let wrong = runtime.block_on(run(&arguments));
    if wrong.is_empty() {
        return std::process::ExitCode::SUCCESS;
    }
    eprintln!("{} plans read the whole listing where an index should serve:", wrong.len());
    for plan in &wrong {
        eprintln!("{plan}");
    }
    std::process::ExitCode::FAILURE
}

async fn run(arguments: &Arguments) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in ["sqlite", "postgres"] {
        if arguments.database.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let Some(database) = Database::open(name).await else {
            println!("{name}: not to be had on this machine");
            continue;
        };
        let app = database.app(None).await;
        let began = Instant::now();
        fill::catalogue(&app, &database.url, arguments.products).await;
        println!(
            "\n{name}: {} products and {} suppliers written in {} s, {} MB",
            arguments.products,
            goods::suppliers(arguments.products),
            began.elapsed().as_secs(),
            fill::size(&database.url).await / 1_000_000,
        );
        wrong.extend(questions::ask(&app, name, arguments.products, arguments.rounds, arguments.plans).await);
        app.db.clone().close().await.unwrap();
        database.remove().await;
    }
    wrong
}
