//! How many statements a request costs, counted on the product's own server in this process, without its jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::database::Database;
use super::load::{Asker, Connection};
use super::market::{Dice, Market};
use super::questions::Question;

/// Requests over which statements are counted.
const REQUESTS: u64 = 20;

/// Statements a request of each question in tenths, once everything is warm; leaves each question's answer in the
/// folder for the constant target.
pub async fn count(database: &Database, questions: &[Question], market: Market, token: &str) -> Vec<u64> {
    let seen = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&seen);
    let observer = Arc::new(move |_: &str| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let app = database.app(Some(observer)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(surety::http::serve(Arc::clone(&app), listener, shutdown.clone()));
    let mut found = Vec::new();
    for &question in questions {
        let asker = Asker { question, market, token: token.to_owned() };
        let mut connection = Connection::open(port, "/graphql", &asker).await;
        let mut dice = Dice(3);
        let answer = connection.ask(&mut dice).await;
        std::fs::write(database.folder.path().join(question.label()), answer).unwrap();
        let before = seen.load(Ordering::Relaxed);
        for _ in 0..REQUESTS {
            connection.ask(&mut dice).await;
        }
        found.push((seen.load(Ordering::Relaxed) - before) * 10 / REQUESTS);
    }
    shutdown.cancel();
    server.await.unwrap().unwrap();
    app.db.clone().close().await.unwrap();
    found
}
