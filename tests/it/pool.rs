//! The database at its limits: no connection free, a statement that takes too long, a server that is away and comes back. Each is
//! told as OVERLOADED with a time to come back, never as a failure, and nothing is half done.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::credential::{SECRET_BYTES, secret_text};
use surety::store::Reader;
use tokio::time::timeout;

use super::database::{Backend, CONNECTIONS, Database};
use super::mortal::Cluster;
use super::server::Answered;
use super::world::{Party, World, on_both};

/// Reads the database, and has no answer without it.
const READ: &str = "{ orders(first: 1) { nodes { id } } }";
const PLACE: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { replayed order { id } userErrors { code } } }";
/// Longer than anything here may take.
const HANG: Duration = Duration::from_mins(2);

impl Party {
    /// Sends an operation over HTTP and answers how the server answered.
    async fn posts(&self, query: &str, variables: Value) -> Answered {
        let body = json!({ "query": query, "variables": variables });
        let request = self.world.http.post(self.world.url("/graphql")).bearer_auth(self.token()).json(&body);
        timeout(HANG, Answered::of(request)).await.expect("the server hangs")
    }
}

/// Shows a secret for a token; one of the form that secrets have, which has to be looked up.
async fn asks_for_a_token(w: &World, app: &str) -> Answered {
    let secret = secret_text(w.app.config.environment(), &[7; SECRET_BYTES]);
    let form = format!("grant_type=client_credentials&client_id={app}&client_secret={secret}");
    let request = w.http.post(w.url("/oauth/token")).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    timeout(HANG, Answered::of(request)).await.expect("the server hangs")
}

/// Checks that a caller was told to come back, with nothing else in the answer.
#[track_caller]
fn is_sent_away(answer: &Answered, case: &str) {
    let told = (answer.status, answer.code(), answer.header("retry-after"));
    assert_eq!(told, (503, "OVERLOADED", "1"), "{case}: {:#}", answer.body);
    assert!(answer.body.get("data").is_none(), "{case}: {:#}", answer.body);
    let message = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("same idempotency key"), "{case}: {message}");
}

on_both! {
    async fn who_finds_no_connection_is_told_and_the_next_one_is_served(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        trade.buyer.posts("{ serverVersion }", json!({})).await;
        let orders = w.count("orders").await;
        let wish = json!({ "input": trade.wish(100) });
        if w.app.db.is_postgres() {
            let held = w.all_connections().await;
            let partly = "query($id: ID!) { serverVersion order(id: $id) { id } }";
            let of_order = json!({ "id": order["id"] });
            // The supplier was not seen yet: who it is has to be asked for.
            let app = trade.supplier.actor.app.unwrap().to_string();
            let (read, wrote, part, unknown, token) = tokio::join!(
                trade.buyer.posts(READ, json!({})),
                trade.buyer.posts(PLACE, wish.clone()),
                trade.buyer.posts(partly, of_order),
                trade.supplier.posts("{ serverVersion }", json!({})),
                asks_for_a_token(&w, &app),
            );
            is_sent_away(&read, "a query");
            is_sent_away(&wrote, "a mutation");
            is_sent_away(&unknown, "a caller who is not known yet");
            let told = (token.status, token.body["error"].as_str(), token.header("retry-after"));
            assert_eq!(told, (503, Some("temporarily_unavailable"), "1"), "{:#}", token.body);
            assert_eq!((part.status, part.code()), (200, "OVERLOADED"), "{:#}", part.body);
            assert_eq!(part.body["errors"][0]["path"], json!(["order"]), "what can be answered is");
            assert!(part.body["data"]["serverVersion"].is_string());
            drop(held);
        } else {
            // SQLite has one writer; readers do not wait for it.
            let held = w.app.db.begin().await.unwrap();
            let (wrote, read) = tokio::join!(
                trade.buyer.posts(PLACE, wish.clone()),
                trade.buyer.posts(READ, json!({})),
            );
            is_sent_away(&wrote, "a mutation");
            assert_eq!(read.status, 200, "{:#}", read.body);
            drop(held);
        }
        assert_eq!(w.count("orders").await, orders, "nothing was done");
        let read = trade.buyer.posts(READ, json!({})).await;
        assert_eq!(read.status, 200, "{:#}", read.body);
        let wrote = trade.buyer.posts(PLACE, wish).await;
        assert_eq!(wrote.body["data"]["placeOrder"]["replayed"], false, "{:#}", wrote.body);
        assert_eq!(w.count("orders").await, orders + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_takes_too_long_is_told_and_leaves_nothing() {
    let Some(w) = World::with(Backend::Postgres, &[]).await else { return };
    let trade = w.trade().await;
    trade.placed(100).await;
    trade.buyer.posts("{ serverVersion }", json!({})).await;
    w.tampers(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_sleep(600); RETURN NEW; END'",
    )
    .await;
    w.tampers("CREATE TRIGGER dawdle BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION dawdle()").await;
    let wish = json!({ "input": trade.wish(100) });
    let before = w.at_rest().await;
    w.every_connection_has("statement_timeout", 1_000).await;
    is_sent_away(&trade.buyer.posts(PLACE, wish.clone()).await, "a slow statement");
    w.every_connection_has("statement_timeout", 30_000).await;
    w.contents().await.same_as(&before);
    w.tampers("DROP TRIGGER dawdle ON orders").await;
    let wrote = trade.buyer.posts(PLACE, wish).await;
    assert_eq!(wrote.body["data"]["placeOrder"]["replayed"], false, "{:#}", wrote.body);
    w.closes().await.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_speaks_another_language_is_understood() {
    let Some(w) = World::with(Backend::Postgres, &[]).await else { return };
    let trade = w.trade().await;
    w.tampers("CREATE SEQUENCE stumbles").await;
    // Twice as if the transaction had lost against another one, and then as if somebody held its lock.
    w.tampers(
        "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS \
         'DECLARE stumbled bigint := nextval(''stumbles''); BEGIN \
          IF stumbled < 3 THEN RAISE EXCEPTION ''Verklemmung entdeckt'' USING ERRCODE = ''40P01''; END IF; \
          IF stumbled > 3 THEN RAISE EXCEPTION ''Abbruch wegen Sperre'' USING ERRCODE = ''55P03''; END IF; \
          RETURN NEW; END'",
    )
    .await;
    w.tampers("CREATE TRIGGER stumble BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stumble()").await;
    let wrote = trade.buyer.posts(PLACE, json!({ "input": trade.wish(100) })).await;
    assert_eq!(wrote.body["data"]["placeOrder"]["replayed"], false, "{:#}", wrote.body);
    let locked = trade.buyer.posts(PLACE, json!({ "input": trade.wish(100) })).await;
    assert_eq!((locked.status, locked.code()), (503, "OVERLOADED"), "{:#}", locked.body);
    assert_eq!(w.count("orders").await, 1);
    w.closes().await.remove().await;
}

async fn readiness(w: &World) -> (u16, Value) {
    let answer = w.http.get(w.url("/health/ready")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_does_not_hang_with_the_database() {
    let Some(w) = World::with(Backend::Postgres, &[]).await else { return };
    assert_eq!(readiness(&w).await, (200, json!({ "status": "ready" })));
    // Nothing but the look's own patience ends it: the lock is given back after half a minute, and the answer would be another one.
    w.every_connection_has("lock_timeout", 0).await;
    w.every_connection_has("statement_timeout", 0).await;
    let hanging = w.app.db.begin().await.unwrap();
    let lock = "LOCK TABLE event_outbox IN ACCESS EXCLUSIVE MODE";
    hanging.connection().execute_unprepared(lock).await.unwrap();
    let told = timeout(HANG, readiness(&w)).await.expect("readiness hangs with the database");
    assert_eq!(told, (503, json!({ "status": "the database does not answer" })));
    let live = w.http.get(w.url("/health/live")).send().await.unwrap();
    assert_eq!(live.status(), 200, "a restart would be no help");
    hanging.commit().await.unwrap();
    assert_eq!(readiness(&w).await, (200, json!({ "status": "ready" })));
    w.closes().await.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_and_comes_back() {
    let Some(mut cluster) = Cluster::start() else { return };
    let database = Database::at(&cluster.url);
    let db = database.open(None).await;
    db.migrate().await.unwrap();
    db.close().await.unwrap();
    let w = World::on(Arc::new(database), Clock::system(), &[]).await;
    let trade = w.trade().await;
    trade.placed(100).await;
    trade.buyer.posts("{ serverVersion }", json!({})).await;
    let wish = json!({ "input": trade.wish(100) });

    cluster = tokio::task::spawn_blocking(move || {
        cluster.dies();
        cluster
    })
    .await
    .unwrap();
    // More than there are connections: each of those is found dead by one, and whoever comes behind finds none.
    for answer in join_all((0..=CONNECTIONS).map(|_| trade.buyer.posts(READ, json!({})))).await {
        is_sent_away(&answer, "a query meanwhile");
    }
    let (read, wrote, ready) = tokio::join!(
        trade.buyer.posts(READ, json!({})),
        trade.buyer.posts(PLACE, wish.clone()),
        readiness(&w),
    );
    is_sent_away(&read, "a query beside a mutation");
    is_sent_away(&wrote, "a mutation meanwhile");
    assert_eq!(ready, (503, json!({ "status": "the database does not answer" })));
    let live = w.http.get(w.url("/health/live")).send().await.unwrap();
    assert_eq!(live.status(), 200, "a restart would be no help");

    let cluster = tokio::task::spawn_blocking(move || {
        cluster.rises();
        cluster
    })
    .await
    .unwrap();
    let served = async {
        loop {
            let answer = trade.buyer.posts(READ, json!({})).await;
            if answer.status == 200 {
                break;
            }
            is_sent_away(&answer, "a query on a connection of before");
        }
    };
    timeout(HANG, served).await.expect("the server does not come back");
    let wrote = trade.buyer.posts(PLACE, wish).await;
    assert_eq!(wrote.body["data"]["placeOrder"]["replayed"], false, "{:#}", wrote.body);
    assert_eq!(w.count("orders").await, 2);
    // No jobs run here that would give the events of the orders their places.
    w.at_rest().await;
    assert_eq!(readiness(&w).await, (200, json!({ "status": "ready" })));
    w.closes().await;
    drop(cluster);
}
