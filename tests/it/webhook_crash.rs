//! kill -9 of the server between sending and settling: nothing that is owed is lost, and what comes twice has the same id and
//! the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::json;
use surety::clock::Clock;
use surety::store::Reader as _;
use tokio::time::{sleep, timeout};

use super::database::{Backend, Database};
use super::traffic::{Node, tail};
use super::webhook_double::{Mood, Receiver, Sent};
use super::world::World;

const SETTINGS: &[(&str, &str)] = &[("SURETY_WEBHOOK_LOCAL", "true")];
const ORDERS: usize = 20;
const KILLS: usize = 5;
/// Between two looks at the database.
const POLL: Duration = Duration::from_millis(20);
/// Nothing that is waited for takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A database in which a receiver is owed the placements of some orders, left to the server; and the events' ids.
async fn stage(database: Arc<Database>, receiver: &Receiver) -> BTreeSet<String> {
    let world = World::on(database, Clock::system(), SETTINGS).await;
    // With an operator the database counts as in use, and the server puts no demo data into it.
    world.operator().await;
    let trade = world.trade().await;
    let only = json!({ "eventTypes": ["ORDER_PLACED"] });
    trade.buyer.hook_at(receiver.clone(), "hook", only).await;
    for _ in 0..ORDERS {
        trade.placed(100).await;
    }
    assert_eq!(world.owes().await, ORDERS);
    let log = trade.buyer.log(json!({ "types": ["ORDER_PLACED"], "first": 100 })).await.good();
    let told = log["events"]["nodes"].as_array().unwrap();
    let ids = told.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    world.closes().await;
    ids
}

/// Ends every lease, as their time would.
async fn leases_end(database: &Database) {
    let db = database.open(None).await;
    let text = "UPDATE webhook_delivery SET next_at = 0 WHERE lease IS NOT NULL";
    db.connection().execute_unprepared(text).await.unwrap();
    db.close().await.unwrap();
}

/// Waits until nothing is owed any more.
async fn all_is_settled(database: &Database) {
    let db = database.open(None).await;
    let text = "SELECT 1 AS one FROM webhook_delivery WHERE state <> 'DELIVERED' LIMIT 1";
    while db.connection().query_one_raw(db.sql(text, [] as [sea_orm::Value; 0])).await.unwrap().is_some() {
        sleep(POLL).await;
    }
    db.close().await.unwrap();
}

async fn nothing_is_lost(backend: Backend) {
    let Some(database) = Database::migrated(backend).await else { return };
    let (database, receiver) = (Arc::new(database), Receiver::start().await);
    let owed = stage(Arc::clone(&database), &receiver).await;
    assert_eq!(owed.len(), ORDERS);
    let (mut came, mut count) = (Vec::<Sent>::new(), 0);
    receiver.always(Mood::Hangs);
    for _ in 0..KILLS {
        // Two are answered and perhaps settled; what comes behind them cannot be.
        receiver.will(&[Mood::Answers(200); 2]);
        let mut node = Node::start_with(SETTINGS, &database.url, database.folder.path()).await;
        let begun = timeout(PATIENCE, receiver.until(count + 3)).await;
        assert!(begun.is_ok(), "nothing is sent: {}", tail(database.folder.path()));
        node.dies().await;
        let more = receiver.took();
        count += more.len();
        came.extend(more);
        leases_end(&database).await;
    }
    receiver.always(Mood::Answers(200));
    let mut node = Node::start_with(SETTINGS, &database.url, database.folder.path()).await;
    let settled = timeout(PATIENCE, all_is_settled(&database)).await;
    assert!(settled.is_ok(), "not everything is delivered: {}", tail(database.folder.path()));
    node.dies().await;
    came.extend(receiver.took());
    let mut bodies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sent in &came {
        bodies.entry(sent.id.clone()).or_default().insert(sent.body.clone());
    }
    assert_eq!(bodies.keys().cloned().collect::<BTreeSet<_>>(), owed, "something was lost");
    assert!(bodies.values().all(|bodies| bodies.len() == 1), "a body changed: {bodies:#?}");
    assert!(came.len() > ORDERS, "no kill came between sending and settling");
    println!(
        "webhooks over {KILLS} kills on {backend:?}: {} came, {} of them again",
        came.len(),
        came.len() - ORDERS
    );
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_on_sqlite() {
    nothing_is_lost(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_on_postgres() {
    nothing_is_lost(Backend::Postgres).await;
}
