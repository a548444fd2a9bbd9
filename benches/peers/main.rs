//! How fast the product is beside what the same machine could do at best.
//!
//! `cargo bench --bench peers` seeds a marketplace of its own, starts the real server, a hand-written one-statement
//! answer (the floor) and a constant answer, each in a process of its own, and sends all three the same requests in
//! interleaved rounds. `docs/PERFORMANCE.md` says what the columns mean.

// The resolvers' futures lie deep in each other, as in the library.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on has failed, and says so"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it finds")]

mod children;
mod database;
mod floor;
mod load;
mod market;
mod measure;
#[path = "../../tests/it/postgres.rs"]
mod postgres;
mod questions;
mod report;
mod statements;

use std::time::Duration;

use clap::{Parser, Subcommand};

use children::{Child, Kind};
use database::Database;
use market::Market;
use questions::Question;

/// The allocator of the program itself, for all three alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the product beside a hand-written answer and a constant one.
#[derive(Debug, Parser)]
struct Arguments {
    /// Milliseconds of one round.
    #[arg(long, default_value_t = 600)]
    millis: u64,
    /// Rounds of each target; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Products; a tenth as many suppliers, three times as many reviews.
    #[arg(long, default_value_t = 20_000)]
    products: u64,
    /// Only this question: Q1, Q1T, Q2, Q3 or Q4.
    #[arg(long)]
    only: Option<String>,
    /// Only this database: sqlite or postgres.
    #[arg(long)]
    database: Option<String>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// One of the servers that are measured; started by the benchmark itself.
    #[command(hide = true)]
    Serve { kind: Kind, url: String, folder: std::path::PathBuf },
}

fn main() {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match &arguments.role {
            Some(Role::Serve { kind, url, folder }) => children::serve(*kind, url, folder).await,
            None => bench(&arguments).await,
        }
    });
}

async fn bench(arguments: &Arguments) {
    let wanted = |name: &str| arguments.database.as_deref().is_none_or(|only| only == name);
    let mut lines = Vec::new();
    for name in ["sqlite", "postgres"] {
        if !wanted(name) {
            continue;
        }
        let Some(database) = Database::open(name).await else {
            println!("{name}: did not run; set TEST_DATABASE_URL or install PostgreSQL");
            continue;
        };
        lines.extend(on(&database, name, arguments).await);
        database.remove().await;
    }
    report::print(&lines);
}

/// Everything on one database.
async fn on(database: &Database, name: &str, arguments: &Arguments) -> Vec<report::Line> {
    let market = Market { products: arguments.products };
    let begun = tokio::time::Instant::now();
    let token = market::seed(database, market).await;
    eprintln!("{name}: {} products seeded in {} s", market.products, begun.elapsed().as_secs());
    let questions: Vec<Question> = Question::ALL
        .into_iter()
        .filter(|question| arguments.only.as_deref().is_none_or(|only| only == question.label()))
        .collect();
    let counted = statements::count(database, &questions, market, &token).await;
    let mut targets = Vec::new();
    for kind in Kind::ALL {
        targets.push(Child::start(kind, database).await);
    }
    let mut lines = Vec::new();
    for (question, statements) in questions.into_iter().zip(counted) {
        let asker = load::Asker { question, market, token: token.clone() };
        let bytes = measure::compare_answers(&targets, &asker).await;
        for connections in [1, 32] {
            let length = Duration::from_millis(arguments.millis);
            let rounds = measure::rounds(&targets, &asker, connections, length, arguments.rounds).await;
            lines.push(report::Line {
                database: name.to_owned(),
                question,
                connections,
                statements,
                bytes,
                rounds,
            });
            eprintln!("{name}: {} with {connections} connections done", question.label());
        }
    }
    for target in targets {
        target.stop().await;
    }
    lines
}
