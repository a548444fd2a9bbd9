//! The servers that are measured, each a process of its own, so that its CPU time can be told from the others'.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child as Process, Command};
use tokio_util::sync::CancellationToken;

use super::database::{Database, app};
use super::floor;
use super::questions::Question;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The product.
    Surety,
    /// The hand-written statement.
    Floor,
    /// The answer that never changes.
    Constant,
}

impl Kind {
    /// In the order in which their rounds come.
    pub const ALL: [Self; 3] = [Self::Surety, Self::Floor, Self::Constant];

    const fn word(self) -> &'static str {
        match self {
            Self::Surety => "surety",
            Self::Floor => "floor",
            Self::Constant => "constant",
        }
    }
}

/// A running server.
pub struct Child {
    /// Which one.
    pub kind: Kind,
    /// Where it listens, on loopback.
    pub port: u16,
    process: Process,
}

impl Child {
    /// Starts this program again as a server, and waits until it listens.
    pub async fn start(kind: Kind, database: &Database) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["serve", kind.word(), &database.url])
            .arg(database.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        lines.read_line(&mut said).await.unwrap();
        let port = said.trim().parse().expect("a server says where it listens");
        Self { kind, port, process }
    }

    /// Where a question goes.
    pub fn path(&self, question: Question) -> String {
        if self.kind == Kind::Surety { "/graphql".to_owned() } else { format!("/{}", question.label()) }
    }

    /// Microseconds of CPU that its threads have used; none where the system does not tell.
    pub fn cpu_micros(&self) -> Option<u64> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id()?)).ok()?;
        let nanos = tasks.filter_map(Result::ok).map(|task| {
            let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            text.split(' ').next().and_then(|word| word.parse::<u64>().ok()).unwrap_or_default()
        });
        Some(nanos.sum::<u64>() / 1_000).filter(|micros| *micros > 0)
    }

    /// Ends it: it lives as long as its standard input.
    pub async fn stop(mut self) {
        drop(self.process.stdin.take());
        self.process.wait().await.unwrap();
    }
}

/// Is one of the servers until standard input ends.
pub async fn serve(kind: Kind, url: &str, folder: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    let shutdown = CancellationToken::new();
    match kind {
        Kind::Surety => {
            let app = app(url, folder, None).await;
            tokio::spawn(surety::jobs::run(Arc::clone(&app), shutdown.clone(), shutdown.clone()));
            tokio::spawn(surety::http::serve(app, listener, shutdown.clone()));
        }
        Kind::Floor => {
            let router = floor::floor(url).await;
            tokio::spawn(axum::serve(listener, router).into_future());
        }
        // Its answers are written once the others have been asked.
        Kind::Constant => {
            tokio::spawn(axum::serve(listener, floor::constant(folder)).into_future());
        }
    }
    let mut rest = Vec::new();
    tokio::io::stdin().read_to_end(&mut rest).await.unwrap();
    shutdown.cancel();
}
