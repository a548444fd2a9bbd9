//! kill -9 of the real server, and of PostgreSQL, while clients work; then every command that nobody acknowledged is sent
//! again with its key, and what the database holds equals what was acknowledged: nothing lost, nothing doubled.
//! `SURETY_KILLS` and `SURETY_POSTGRES_KILLS` say how often, `SURETY_SEED` with which chance.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use surety::clock::Clock;

use super::database::{Backend, Database};
use super::dice::{Dice, count, seed};
use super::mortal::Cluster;
use super::traffic::{Client, Counts, Expected, Link, Node, stage, tail};
use super::world::World;

const CLIENTS: u64 = 4;

fn employ(link: &Arc<Link>, seed: u64) -> Vec<tokio::task::JoinHandle<Client>> {
    (1..=CLIENTS).map(|name| tokio::spawn(Client::new(link, seed, name).works())).collect()
}

/// The database holds exactly what was acknowledged; answers how many orders that are.
async fn nothing_is_lost_or_doubled(database: Arc<Database>, clients: &[Client]) -> usize {
    let world = World::on(database, Clock::system(), &[]).await;
    let side = |kind: &str, codes: &str, side: &str| {
        format!(
            "(SELECT CAST(coalesce(sum(t.amount_minor), 0) AS BIGINT) FROM transfer t JOIN account a ON a.id = t.{side}_account_id \
             WHERE a.kind = '{kind}' AND t.order_id = o.id AND t.code IN ({codes}))"
        )
    };
    let rows = world
        .rows(&format!(
            "SELECT o.id, o.status, o.version, {} AS paid, {} AS released, {} AS fee FROM orders o",
            side("ESCROW", "'DEPOSIT'", "credit"),
            side("ESCROW", "'RELEASE', 'FEE'", "debit"),
            side("FEE_INCOME", "'FEE'", "credit"),
        ))
        .await;
    let mut found = BTreeMap::new();
    for row in &rows {
        let number = |column: &str| row.try_get::<i64>("", column).unwrap();
        let (id, status): (String, String) =
            (row.try_get("", "id").unwrap(), row.try_get("", "status").unwrap());
        found.insert(id, (status, number("version"), number("paid"), number("released"), number("fee")));
    }
    let orders = clients.iter().flat_map(|client| &client.orders);
    let expected: BTreeMap<_, _> = orders
        .map(|order| {
            let Expected { id, status, version, paid, released, fee } = order.clone();
            (id, (status.to_owned(), version, paid, released, fee))
        })
        .collect();
    assert_eq!(found, expected, "the orders are not what was acknowledged");
    let sum = |part: fn(&Counts) -> i64| clients.iter().map(|client| part(&client.counts)).sum::<i64>();
    assert_eq!(world.count("idempotency_key").await, sum(|counts| counts.commands), "commands");
    assert_eq!(world.count("provider_message").await, sum(|counts| counts.messages), "messages");
    assert_eq!(world.count("payment").await, sum(|counts| counts.payments), "payments");
    assert_eq!(world.count("shipment").await, sum(|counts| counts.shipments), "shipments");
    assert_eq!(world.count("suspense_item").await, 0, "money was set aside");
    assert_eq!(world.clearing("USD").await, expected.values().map(|order| order.2).sum::<i64>());
    world.money_holds().await;
    world.log_is_whole().await;
    world.closes().await;
    expected.len()
}

/// Times in order; the middle one and the longest, in milliseconds.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    format!(
        "{} ms in the middle, {} ms at most",
        times[times.len() / 2].as_millis(),
        times[times.len() - 1].as_millis()
    )
}

fn report(
    what: &str,
    link: &Link,
    seed: u64,
    kills: usize,
    orders: usize,
    times: Vec<Duration>,
    begun: Instant,
) {
    println!(
        "crash of {what}: seed {seed}, {kills} kills, {} acknowledged of {orders} orders, {} of them after being sent again ({} had been done the first time), \
         {} answers lost, {} asked again, back after {}, {} s in all",
        link.acknowledged.load(Relaxed),
        link.replayed.load(Relaxed),
        link.was_done.load(Relaxed),
        link.lost_answers.load(Relaxed),
        link.asked_again.load(Relaxed),
        spread(times),
        begun.elapsed().as_secs()
    );
}

async fn kill_the_server(backend: Backend) {
    let begun = Instant::now();
    let Some(database) = Database::migrated(backend).await else { return };
    let (database, link) = stage(Arc::new(database), false).await;
    let (url, folder): (String, PathBuf) = (database.url.clone(), database.folder.path().to_owned());
    let (seed, kills) = (seed(), count("SURETY_KILLS", 100));
    let mut dice = Dice::new(seed, 0);
    let mut node = Node::start(&url, &folder).await;
    link.comes_back(&node.address);
    let workers = employ(&link, seed);
    let mut times = Vec::new();
    for _ in 0..kills {
        link.until_sent(1 + dice.draw() % 40).await;
        tokio::time::sleep(Duration::from_micros(dice.draw() % 8_000)).await;
        node.dies().await;
        node = Node::start(&url, &folder).await;
        times.push(node.ready_after);
        link.comes_back(&node.address);
    }
    link.stop.store(true, Relaxed);
    let clients: Vec<Client> = join_all(workers).await.into_iter().map(Result::unwrap).collect();
    // The last word was just acknowledged; the server has no time to say goodbye.
    node.dies().await;
    let orders = nothing_is_lost_or_doubled(Arc::clone(&database), &clients).await;
    report(&format!("the server on {backend:?}"), &link, seed, kills + 1, orders, times, begun);
    assert!(link.lost_answers.load(Relaxed) > 0 || kills == 0, "no kill met a request");
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_killed_on_sqlite() {
    kill_the_server(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_killed_on_postgres() {
    kill_the_server(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed_and_the_server_lives_on() {
    let begun = Instant::now();
    let Some(mut cluster) = Cluster::start() else { return };
    let database = Database::at(&cluster.url);
    let db = database.open(None).await;
    db.migrate().await.unwrap();
    db.check_durability().await.unwrap();
    db.close().await.unwrap();
    let (database, link) = stage(Arc::new(database), true).await;
    let (seed, kills) = (seed(), count("SURETY_POSTGRES_KILLS", 8));
    let mut dice = Dice::new(seed, 0);
    let mut node = Node::start(&database.url, database.folder.path()).await;
    link.comes_back(&node.address);
    let workers = employ(&link, seed);
    let mut times = Vec::new();
    for _ in 0..kills {
        link.until_sent(1 + dice.draw() % 40).await;
        tokio::time::sleep(Duration::from_micros(dice.draw() % 8_000)).await;
        let fell = Instant::now();
        (cluster, _) = tokio::task::spawn_blocking(move || {
            cluster.dies();
            cluster.rises();
            (cluster, ())
        })
        .await
        .unwrap();
        times.push(fell.elapsed());
        // Answers come again, from the server that was never restarted.
        let before = link.acknowledged.load(Relaxed);
        while link.acknowledged.load(Relaxed) == before {
            link.until_sent(1).await;
        }
    }
    link.stop.store(true, Relaxed);
    let clients: Vec<Client> = join_all(workers).await.into_iter().map(Result::unwrap).collect();
    assert!(
        node.process.try_wait().unwrap().is_none(),
        "the server died, too: {}",
        tail(database.folder.path())
    );
    node.dies().await;
    let orders = nothing_is_lost_or_doubled(Arc::clone(&database), &clients).await;
    report("PostgreSQL itself", &link, seed, kills, orders, times, begun);
}
