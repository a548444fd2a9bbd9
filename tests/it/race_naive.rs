//! The negative control: a release as one would write it without thinking (read, decide, write; no lock, no natural key,
//! the new balance computed from the old one that was read) runs in the same race and fails the same judgement. A race
//! test that passes everything proves nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement, TransactionTrait};
use serde_json::Value;
use surety::store::ledger;
use tokio::sync::Mutex;

use super::deeds::{Deed, Who};
use super::dice::count;
use super::race_pairs::{Outcome, at_once, serial};
use super::stages::Stage;
use super::trade::Trade;
use super::world::on_both;

/// Releases what an order holds, as nobody should.
async fn naive_release(connection: &DatabaseConnection, order: &str) -> Result<String, sea_orm::DbErr> {
    let tx = connection.begin().await?;
    let ask = |sql: String| Statement::from_string(tx.get_database_backend(), sql);
    let row = tx
        .query_one_raw(ask(format!(
            "SELECT o.status, a.debits, a.credits, o.version FROM orders o JOIN account a ON a.subject = o.id AND a.kind = 'ESCROW' \
             WHERE o.id = '{order}'"
        )))
        .await?;
    let Some(row) = row else { return Ok("NOT_FOUND".to_owned()) };
    let (status, credits): (String, i64) = (row.try_get("", "status")?, row.try_get("", "credits")?);
    let held = credits - row.try_get::<i64>("", "debits")?;
    if status != "DELIVERED" || held == 0 {
        return Ok("TRANSITION_REFUSED".to_owned());
    }
    let version: i64 = row.try_get("", "version")?;
    for sql in [
        format!("UPDATE account SET debits = {credits} WHERE kind = 'ESCROW' AND subject = '{order}'"),
        format!(
            "UPDATE account SET credits = credits + {held} WHERE kind = 'SUPPLIER_PAYABLE' AND subject = \
             (SELECT supplier_company_id FROM orders WHERE id = '{order}')"
        ),
        format!("UPDATE orders SET status = 'COMPLETED', version = {} WHERE id = '{order}'", version + 1),
    ] {
        tx.execute_unprepared(&sql).await?;
    }
    tx.commit().await?;
    Ok("done".to_owned())
}

/// A pool of its own for each database, without the writer's queue that SQLite has in the program.
async fn connection(url: &str) -> DatabaseConnection {
    static POOLS: Mutex<BTreeMap<String, DatabaseConnection>> = Mutex::const_new(BTreeMap::new());
    let mut pools = POOLS.lock().await;
    if let Some(pool) = pools.get(url) {
        return pool.clone();
    }
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(8).sqlx_logging(false);
    let pool = Database::connect(options).await.unwrap();
    pools.insert(url.to_owned(), pool.clone());
    pool
}

fn naively(trade: Arc<Trade>, order: Value, _key: String) -> BoxFuture<'static, String> {
    async move {
        let connection = connection(&trade.world.app.config.database_url).await;
        naive_release(&connection, order["id"].as_str().unwrap()).await.unwrap_or_else(|error| {
            if error.to_string().contains("locked") { "INTERNAL".to_owned() } else { panic!("{error}") }
        })
    }
    .boxed()
}

const NAIVE: Deed = Deed {
    name: "a naive release",
    stages: &[Stage::Delivered],
    is_clock: false,
    by: Who::Nobody,
    act: naively,
};

on_both! {
    async fn a_naive_release_fails_the_same_judgement(w) {
        let trade = Arc::new(w.trade().await);
        // An account to release to has to be there: the naive one does not make it.
        Box::pin(trade.at(Stage::Completed, false)).await;
        let expected = serial(&trade, [NAIVE, NAIVE], Stage::Delivered).await;
        assert!(expected.is_exclusive(), "{expected:?}");
        let rounds = count("SURETY_NAIVE_RACES", 40);
        let (mut failed, mut doubled, mut locked) = (0, [0, 0], [0, 0]);
        for _ in 0..rounds {
            for (place, clients) in [2, 8].into_iter().enumerate() {
                let order = Box::pin(trade.at(Stage::Delivered, false)).await;
                let verdicts = at_once(&trade, &vec![NAIVE; clients], &order).await;
                doubled[place] += usize::from(verdicts.iter().filter(|verdict| *verdict == "done").count() > 1);
                locked[place] += usize::from(verdicts.iter().any(|verdict| verdict == "INTERNAL"));
                let fate = trade.fate(&order).await;
                if let Ok(verdicts) = verdicts.try_into() {
                    failed += usize::from(expected.judge(&Outcome { verdicts, fate }).is_err());
                }
            }
        }
        let wrong = ledger::audit(&w.app.db).await.unwrap();
        println!(
            "negative control on {}: of {rounds} races of two naive releases {} released twice and {} met a lock error, {failed} failed the \
             judgement; of {rounds} races of eight {} released more than once and {} met a lock error",
            w.name(), doubled[0], locked[0], doubled[1], locked[1]
        );
        assert!(failed > 0, "the judgement lets everything pass");
        assert!(!wrong.is_empty(), "the audit does not see balances that no transfer explains");
        // SQLite has one writer and hides most of it; PostgreSQL is where races show.
        assert!(!w.app.db.is_postgres() || doubled[0] + doubled[1] > 0, "nothing was released twice");
    }
}
