//! Timers: how exactly they fire among very many, and how fast a herd that falls due at once is fired.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use surety::clock::Clock;
use tokio::time::{Instant, sleep};

use super::Arguments;
use super::database::Database;
use super::node::{Node, Talk};
use super::report::{self, Spread};

/// Timers that fall due one at a time.
const SINGLE: usize = 200;
/// The pause between two of them.
const APART: i64 = 50_000;
/// Orders that are placed at once.
const AT_ONCE: usize = 8;
/// Rows that are written in one statement.
const ROWS: usize = 100_000;
/// What a second is.
const SECOND: i64 = 1_000_000;
/// A node that is well fires within this time.
const GOAL: i64 = 250_000;

/// The benchmark's own way into the database.
struct Look(DatabaseConnection);

impl Look {
    async fn run(&self, text: &str) {
        self.0.execute_unprepared(text).await.unwrap();
    }

    /// The only column, named `found`, of every row.
    async fn numbers(&self, text: &str) -> Vec<Option<i64>> {
        let statement = Statement::from_string(self.0.get_database_backend(), text);
        let rows = self.0.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get("", "found").unwrap()).collect()
    }

    async fn number(&self, text: &str) -> i64 {
        self.numbers(text).await.first().copied().flatten().unwrap_or_default()
    }

    async fn texts(&self, text: &str) -> Vec<String> {
        let statement = Statement::from_string(self.0.get_database_backend(), text);
        let rows = self.0.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get("", "found").unwrap()).collect()
    }

    /// Whether a statement finds nothing any longer.
    async fn is_empty(&self, text: &str) -> bool {
        let statement = Statement::from_string(self.0.get_database_backend(), text);
        self.0.query_one_raw(statement).await.unwrap().is_none()
    }

    fn is_postgres(&self) -> bool {
        self.0.get_database_backend() == DbBackend::Postgres
    }

    /// Timers of one order that are due in a year: what an index has to pass over.
    async fn fill(&self, order: &str, count: usize, due: i64) {
        let mut from = 1;
        while from <= count {
            let to = (from + ROWS - 1).min(count);
            let (numbers, id) = if self.is_postgres() {
                (format!("SELECT i FROM generate_series({from}, {to}) AS i"), "lpad(i::text, 26, '0')")
            } else {
                let counted =
                    format!("SELECT {from} AS i UNION ALL SELECT i + 1 FROM counted WHERE i < {to}");
                (
                    format!("WITH RECURSIVE counted(i) AS ({counted}) SELECT i FROM counted"),
                    "printf('%026d', i)",
                )
            };
            self.run(&format!(
                "INSERT INTO deadline (id, order_id, kind, subject, due_at, fires_after, version, state) \
                 SELECT 'deadline_' || {id}, '{order}', 'CLAIM_WINDOW', CAST(i AS TEXT), {due} + i, {due} + i, 1, 'PENDING' \
                 FROM ({numbers}) AS numbers"
            ))
            .await;
            from = to + 1;
        }
        self.run(if self.is_postgres() { "VACUUM ANALYZE" } else { "ANALYZE" }).await;
    }
}

/// The timers of the orders that were placed here.
struct Herd {
    /// Ids of timers that are older.
    behind: String,
}

impl Herd {
    /// The condition on a timer.
    fn condition(&self) -> String {
        format!("d.kind = 'SUPPLIER_CONFIRMATION' AND d.id > '{}'", self.behind)
    }
}

fn now() -> i64 {
    Clock::system().now().micros()
}

/// Places so many orders; each waits for its supplier.
async fn place(database: &Database, look: &Look, count: usize) -> (Herd, String) {
    let mut node = Node::start(database, &[]).await;
    let (ware, talk) = node.ware().await;
    let behind =
        look.texts("SELECT max(id) AS found FROM deadline WHERE kind = 'SUPPLIER_CONFIRMATION'").await;
    let begun = Instant::now();
    let placing = futures_util::stream::iter(0..count).map(|_| node.place(&ware)).buffer_unordered(AT_ONCE);
    let answers: Vec<Option<Talk>> = placing.collect().await;
    let placed = answers.into_iter().flatten().count();
    assert_eq!(placed, count, "orders were refused");
    eprintln!("{placed} orders placed in {} s", begun.elapsed().as_secs());
    node.stop().await;
    (Herd { behind: behind[0].clone() }, talk.order)
}

/// Both figures.
pub async fn measure(database: &Database, arguments: &Arguments) -> usize {
    let pending = arguments.size(1_000_000);
    let herd = (pending / 10).max(1);
    let look = Look(sea_orm::Database::connect(&database.url).await.unwrap());
    let (placed, other) = place(database, &look, herd + SINGLE).await;
    look.fill(&other, pending.saturating_sub(herd), now() + 365 * 86_400 * SECOND).await;
    let node = Arc::new(Node::start(database, &[]).await);
    sleep(Duration::from_secs(2)).await;
    report::head();
    let missed = one_at_a_time(&look, &placed, arguments, pending).await;
    let wrong = all_at_once(&look, &placed, arguments, herd).await;
    drop(node);
    look.0.close().await.unwrap();
    missed + wrong
}

/// Timers that fall due one after the other; answers how many did not fire.
async fn one_at_a_time(look: &Look, herd: &Herd, arguments: &Arguments, pending: usize) -> usize {
    let condition = herd.condition();
    let ids = look
        .texts(&format!(
            "SELECT d.id AS found FROM deadline d WHERE {condition} ORDER BY d.id LIMIT {SINGLE}"
        ))
        .await;
    let mut due = now() + 5 * SECOND;
    for id in &ids {
        look.run(&format!("UPDATE deadline SET due_at = {due}, fires_after = {due} WHERE id = '{id}'")).await;
        due += APART;
    }
    let rest = u64::try_from((due - now()).max(0)).unwrap();
    sleep(Duration::from_micros(rest) + Duration::from_secs(5)).await;
    let list = ids.join("', '");
    let found = look
        .numbers(&format!("SELECT settled_at - due_at AS found FROM deadline WHERE id IN ('{list}')"))
        .await;
    let late: Vec<i64> = found.into_iter().flatten().collect();
    let (missed, spread) = (ids.len() - late.len(), Spread::of(late));
    let what = format!("timers one at a time, {}, {pending} pending", arguments.database);
    let seen = format!("{spread}; missed {missed} of {}", ids.len());
    report::row(&what, "fired − due: p99 ≤ 250 ms", &seen, Some(spread.p99 <= GOAL && missed == 0));
    missed
}

/// A herd that falls due at one instant; answers how many fired not at all or more than once.
async fn all_at_once(look: &Look, herd: &Herd, arguments: &Arguments, count: usize) -> usize {
    let condition = herd.condition();
    let wait = 10 + i64::try_from(count / 2_000).unwrap();
    let due = now() + wait * SECOND;
    look.run(&format!(
        "UPDATE deadline AS d SET due_at = {due}, fires_after = {due} WHERE {condition} AND d.state = 'PENDING'"
    ))
    .await;
    if look.is_postgres() {
        look.run("VACUUM ANALYZE deadline").await;
    }
    let left = due - now();
    assert!(left > 0, "the herd was late before it began");
    sleep(Duration::from_micros(u64::try_from(left).unwrap())).await;
    let begun = Instant::now();
    let one =
        format!("SELECT 1 AS found FROM deadline WHERE state = 'PENDING' AND fires_after = {due} LIMIT 1");
    while !look.is_empty(&one).await && begun.elapsed() < Duration::from_mins(30) {
        sleep(Duration::from_secs(1)).await;
    }
    // On PostgreSQL events get their places behind the commit.
    let waiting = Instant::now();
    while look.is_postgres()
        && look.number("SELECT count(*) AS found FROM event_outbox").await > 0
        && waiting.elapsed() < Duration::from_mins(2)
    {
        sleep(Duration::from_secs(1)).await;
    }
    let of_herd = format!("FROM deadline d WHERE {condition} AND d.due_at = {due}");
    let timers = look.number(&format!("SELECT count(*) AS found {of_herd}")).await;
    let fired = look.number(&format!("SELECT count(*) AS found {of_herd} AND d.state = 'BREACHED'")).await;
    let last = look.number(&format!("SELECT max(d.settled_at) AS found {of_herd}")).await;
    let joined = format!(
        "FROM event_log e JOIN deadline d ON d.order_id = e.order_id WHERE e.type = 'ORDER_EXPIRED' \
         AND {condition} AND d.due_at = {due}"
    );
    let told = look.number(&format!("SELECT count(*) AS found {joined}")).await;
    let orders = look.number(&format!("SELECT count(DISTINCT e.order_id) AS found {joined}")).await;
    let (missed, doubled) = ((timers - fired).max(timers - orders), told - orders);
    let micros = (last - due).max(1);
    let what = format!("herd, {}, {timers} timers due at once", arguments.database);
    let seen = format!(
        "drained in {} s, {} a second; missed {missed}, doubled {doubled}",
        report::millis(micros / 1_000),
        timers * SECOND / micros
    );
    report::row(&what, "missed and doubled 0", &seen, Some(missed == 0 && doubled == 0));
    usize::try_from(missed.max(0) + doubled.max(0)).unwrap()
}
