//! Deadlines as partners read them, and how they fire: in batches, on several nodes, at their instants.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use surety::app::App;
use surety::clock::Clock;
use surety::domain::deadline::DeadlineKind;
use surety::domain::ids::{DeadlineId, OrderId};
use surety::domain::order::DeadlineChange;
use surety::domain::time::{Span, Timestamp};
use surety::faults::Place;
use surety::service::{deadlines, events};
use surety::store;
use tokio::time::timeout;

use super::database::Database;
use super::mischief::Fault;
use super::trade::Trade;
use super::world::{Answer, Party, World, on_both};

const LIST: &str = "query($filter: DeadlineFilterInput, $first: Int, $after: Cursor, $last: Int, $before: Cursor) { \
    deadlines(filter: $filter, first: $first, after: $after, last: $last, before: $before) { totalCount \
    nodes { id kind state dueAt settledAt consequence waitsFor pausedBy { kind } remaining subjectId order { id } } \
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// Rests, as far as having looked for the next instant, and a moment longer; whether nothing ended it.
async fn goes_on(w: &World, rest: impl Future<Output = ()>) -> bool {
    w.forget_statements();
    let mut rest = std::pin::pin!(rest);
    while !w.statements().iter().any(|sql| sql.contains("fires_after >= ")) {
        tokio::select! {
            () = &mut rest => return false,
            () = tokio::task::yield_now() => {}
        }
    }
    timeout(Duration::from_millis(100), rest).await.is_err()
}

async fn asked(party: &Party, variables: Value) -> Answer {
    party.asks(LIST, variables).await
}

async fn listed(party: &Party, filter: Value) -> Vec<Value> {
    let page = asked(party, json!({ "filter": filter, "first": 100 })).await.good()["deadlines"].clone();
    let nodes = page["nodes"].as_array().unwrap().clone();
    assert_eq!(page["totalCount"], json!(nodes.len()));
    let place =
        |node: &Value| (node["dueAt"].as_str().unwrap().to_owned(), node["id"].as_str().unwrap().to_owned());
    assert!(nodes.is_sorted_by_key(place), "not by the due instant: {nodes:#?}");
    nodes
}

fn kinds(nodes: &[Value]) -> BTreeSet<&str> {
    nodes.iter().map(|node| node["kind"].as_str().unwrap()).collect()
}

impl Trade {
    /// So many orders that expire at one instant, which has passed.
    async fn due(&self, count: u32) -> Vec<String> {
        let mut orders = Vec::new();
        for _ in 0..count {
            orders.push(self.placed(100).await["id"].as_str().unwrap().to_owned());
        }
        self.world.passes(Span::days(31));
        orders
    }
}

impl World {
    /// How many of all orders expired, and how often that was told.
    async fn expired(&self) -> (i64, i64) {
        events::sequence(&self.app).await.unwrap();
        let orders = self.number("SELECT count(*) FROM orders WHERE status = 'EXPIRED'").await;
        (orders, self.number("SELECT count(*) FROM event_log WHERE type = 'ORDER_EXPIRED'").await)
    }

    /// The timers that run, in the order in which they fire.
    async fn running(&self) -> Vec<String> {
        let text = "SELECT id FROM deadline WHERE state = 'PENDING' ORDER BY fires_after, id";
        self.rows(text).await.iter().map(|row| row.try_get("", "id").unwrap()).collect()
    }

    /// How often timers that run failed, all together.
    async fn failures(&self) -> i64 {
        self.number("SELECT coalesce(sum(failures), 0) FROM deadline WHERE state = 'PENDING'").await
    }

    /// How many tries to act on a timer failed.
    fn tries_that_failed(&self) -> u64 {
        self.app.telemetry.deadlines_failed.count()
    }

    /// No order can be read any more.
    async fn orders_break(&self) {
        self.tampers("UPDATE orders SET state = replace(state, '\"status\":\"', '\"status\":\"X_')").await;
    }

    /// They can be read again.
    async fn orders_mend(&self) {
        self.tampers("UPDATE orders SET state = replace(state, '\"status\":\"X_', '\"status\":\"')").await;
    }

    /// Lets the database refuse whatever is written to an order, with PostgreSQL's code of an error; SQLite has one.
    async fn refuses_orders(&self, code: &str) {
        let trigger = if self.app.db.is_postgres() {
            format!(
                "CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN RAISE EXCEPTION 'refused on purpose' USING ERRCODE = '{code}'; END $$; \
                 CREATE TRIGGER refuses BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION refuses()"
            )
        } else {
            let refusal = "SELECT RAISE(ABORT, 'refused on purpose')";
            format!("CREATE TRIGGER refuses BEFORE UPDATE ON orders BEGIN {refusal}; END")
        };
        self.tampers(&trigger).await;
    }

    /// Another node on the same database.
    async fn node(&self, clock: Clock) -> Self {
        Self::on(Arc::new(Database::at(&self.app.config.database_url)), clock, &[]).await
    }
}

on_both! {
    async fn what_is_due_is_listed_for_the_parties_of_its_order(w) {
        let trade = w.trade().await;
        let (asked_for, paid) = (trade.placed(100).await, trade.paid(100).await);
        let (stranger, rival) = (w.buyer("Elsewhere").await, w.seller("Rival").await);
        let all = listed(&trade.buyer, json!({})).await;
        assert!(kinds(&all).is_superset(&BTreeSet::from(["SUPPLIER_CONFIRMATION", "PAYMENT", "DISPATCH", "DISPATCH_WARNING"])));
        for party in [&trade.supplier, trade.operator().await] {
            assert_eq!(listed(party, json!({})).await, all);
        }
        for party in [&stranger, &rival] {
            for filter in [json!({}), json!({ "orderId": paid["id"] })] {
                assert_eq!(listed(party, filter).await, Vec::<Value>::new());
            }
        }
        let of_one = listed(&trade.buyer, json!({ "orderId": asked_for["id"] })).await;
        assert_eq!(of_one.iter().map(|node| (&node["kind"], &node["order"]["id"])).collect::<Vec<_>>(), [(&json!("SUPPLIER_CONFIRMATION"), &asked_for["id"])]);
        assert_eq!((&of_one[0]["state"], &of_one[0]["waitsFor"], &of_one[0]["settledAt"]), (&json!("PENDING"), &json!(["SUPPLIER"]), &Value::Null));
        let settled = listed(&trade.buyer, json!({ "states": ["MET"], "kinds": ["PAYMENT", "DISPATCH"] })).await;
        assert_eq!((kinds(&settled), &settled[0]["settledAt"]), (BTreeSet::from(["PAYMENT"]), &json!(w.now().to_string())));
        let open = listed(&trade.buyer, json!({ "states": ["PENDING", "PAUSED"] })).await;
        let expected: Vec<_> = all.iter().filter(|node| node["settledAt"].is_null()).cloned().collect();
        assert_eq!(open, expected);
        let (from, before) = (open[1]["dueAt"].clone(), open[open.len() - 1]["dueAt"].clone());
        let range = listed(&trade.buyer, json!({ "dueFrom": from, "dueBefore": before })).await;
        let within = |node: &&Value| node["dueAt"].as_str() >= from.as_str() && node["dueAt"].as_str() < before.as_str();
        assert_eq!(range, all.iter().filter(within).cloned().collect::<Vec<_>>());
        asked(&trade.buyer, json!({ "filter": { "orderId": "order_nonsense" } })).await.refused("NOT_FOUND");
    }

    async fn a_supplier_hears_nothing_of_drafts(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["draft"] = json!(true);
        let answer = trade.places(wish).await;
        assert!(answer.codes().is_empty(), "{:#}", answer.0);
        assert_eq!(listed(&trade.supplier, json!({})).await, Vec::<Value>::new());
    }

    async fn pages_of_deadlines_meet_from_both_ends(w) {
        let trade = w.trade().await;
        for _ in 0..3 {
            trade.paid(100).await;
        }
        let all = listed(&trade.buyer, json!({})).await;
        for (size, place, end, more) in [("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")] {
            let (mut found, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let page = asked(&trade.buyer, json!({ size: 4, place: cursor })).await.good()["deadlines"].clone();
                let nodes = page["nodes"].as_array().unwrap().clone();
                found = if size == "first" { [found, nodes].concat() } else { [nodes, found].concat() };
                cursor = page["pageInfo"][end].clone();
                if page["pageInfo"][more] == json!(false) {
                    break;
                }
            }
            assert_eq!(found, all, "{size}");
        }
        let orders = trade.buyer.asks("{ orders { pageInfo { endCursor } } }", json!({})).await.good();
        let foreign = &orders["orders"]["pageInfo"]["endCursor"];
        asked(&trade.buyer, json!({ "after": foreign })).await.refused("INVALID_CURSOR");
        asked(&trade.buyer, json!({ "first": 1, "last": 1 })).await.refused("INVALID_INPUT");
    }

    async fn a_deadline_is_a_node_for_those_who_see_its_order(w) {
        let trade = w.trade().await;
        trade.placed(100).await;
        let known = listed(&trade.buyer, json!({})).await[0].clone();
        let stranger = w.buyer("Elsewhere").await;
        let query = "query($id: ID!, $ids: [ID!]!) { node(id: $id) { id ... on Deadline { kind consequence order { id } } } nodes(ids: $ids) { id } }";
        let gone = "deadline_00000000000000000000000000";
        let variables = json!({ "id": known["id"], "ids": [gone, known["id"], "deadline_nonsense"] });
        let found = trade.buyer.asks(query, variables.clone()).await.good();
        assert_eq!((&found["node"]["kind"], &found["node"]["order"]), (&known["kind"], &known["order"]));
        assert_eq!(found["nodes"], json!([null, { "id": known["id"] }, null]));
        assert_eq!(stranger.asks(query, variables).await.good(), json!({ "node": null, "nodes": [null, null, null] }));
    }

    async fn a_paused_deadline_names_the_holds_that_it_stands_for(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let operator = trade.operator().await.clone();
        trade.on(&operator, "placeRiskHold", &order, json!({ "reason": "odd" })).await.good();
        let paused = listed(&trade.supplier, json!({ "states": ["PAUSED"] })).await;
        assert!(kinds(&paused).contains("DISPATCH"), "{paused:#?}");
        for node in &paused {
            assert_eq!(node["pausedBy"], json!([{ "kind": "RISK" }]));
            assert!(node["remaining"].is_string(), "{node}");
        }
        let running = listed(&trade.supplier, json!({ "states": ["PENDING", "MET"] })).await;
        assert!(running.iter().all(|node| node["pausedBy"] == json!([])), "{running:#?}");
    }

    async fn two_nodes_fire_every_timer_of_a_herd_once(w) {
        // On SQLite nodes wait for each other to write, and one that waits for five seconds gives up; only one is ever run there.
        let herd: u32 = if w.app.db.is_postgres() { 300 } else { 60 };
        let trade = w.trade().await;
        trade.due(herd).await;
        let other = w.node(Clock::manual(w.now())).await;
        let sweep = |app: Arc<App>| async move { tokio::spawn(async move { deadlines::sweep(&app).await.unwrap() }).await.unwrap() };
        let (one, two) = tokio::join!(sweep(Arc::clone(&w.app)), sweep(Arc::clone(&other.app)));
        println!("a herd of {herd} on {}: {one} and {two}", w.name());
        assert_eq!((one + two, w.expired().await), (u64::from(herd), (herd.into(), herd.into())));
        assert_eq!(w.number("SELECT count(*) FROM deadline WHERE state = 'PENDING'").await, 0);
        other.closes().await;
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_timer_that_fails_takes_no_other_one_of_its_batch_with_it(w) {
        let trade = w.trade().await;
        let mut all = 0;
        for fault in [Fault::Failure, Fault::Lost] {
            let mut place = 0;
            loop {
                trade.due(3).await;
                w.mischief.plan(Some((place, fault)));
                deadlines::sweep(&w.app).await.unwrap();
                // What was told as failed behind its commit is there, and the next sweep finds nothing to do.
                deadlines::sweep(&w.app).await.unwrap();
                let untouched = w.mischief.is_untouched();
                w.mischief.plan(None);
                all += 3;
                assert_eq!(w.expired().await, (all, all), "{fault:?} at {place}");
                if untouched {
                    break;
                }
                place += 1;
            }
            assert!(place > 9, "only {place} places");
        }
        w.log_is_whole().await;
    }

    async fn a_broken_order_among_many_holds_up_none_of_them(w) {
        let trade = w.trade().await;
        let orders = trade.due(40).await;
        w.tampers(&format!("UPDATE orders SET state = '{{\"status\":\"NONSENSE\"}}' WHERE id = '{}'", orders[7])).await;
        assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 39);
        assert_eq!(w.number("SELECT count(*) FROM deadline WHERE state = 'PENDING'").await, 1);
        assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 0);
    }

    async fn timers_that_always_fail_step_aside_and_are_tried_again_later(w) {
        const FAILING: i64 = 35;
        let trade = w.trade().await;
        let orders = trade.due(40).await;
        let list = orders[..35].join("', '");
        // More than a batch takes, and due before the others.
        w.tampers(&format!("UPDATE orders SET state = replace(state, '\"status\":\"', '\"status\":\"X_') WHERE id IN ('{list}')")).await;
        w.tampers(&format!("UPDATE deadline SET fires_after = fires_after - 1000000 WHERE order_id IN ('{list}')")).await;
        let due = w.number("SELECT sum(due_at) FROM deadline").await;
        let failed = || i64::try_from(w.app.telemetry.deadlines_failed.count()).unwrap();
        assert_eq!((deadlines::sweep(&w.app).await.unwrap(), failed()), (5, FAILING), "the others fire in the same sweep");
        assert_eq!(deadlines::standing(&w.app).await.unwrap().0, FAILING, "those that are put off are seen to be over");
        for (passes, tries) in [(0, 1), (1, 1), (1, 2), (2, 2), (1, 3)] {
            w.passes(Span::seconds(passes));
            assert_eq!((deadlines::sweep(&w.app).await.unwrap(), failed()), (0, tries * FAILING), "one try in its time");
        }
        w.orders_mend().await;
        w.passes(Span::seconds(241));
        assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 35);
        assert_eq!((w.expired().await, failed()), ((40, 40), 3 * FAILING));
        assert_eq!(w.number("SELECT sum(due_at) FROM deadline").await, due, "what they are due by never moved");
    }

    async fn a_timer_that_fails_is_not_overtaken_by_others_of_its_order(w) {
        let trade = w.trade().await;
        trade.paid(100).await;
        w.passes(Span::days(90));
        let now = w.now().micros();
        let over = format!("SELECT count(*) FROM deadline WHERE state = 'PENDING' AND fires_after < {now}");
        let (before, due) = (w.running().await, w.number(&over).await);
        assert!(due > 1, "{before:?}");
        w.orders_break().await;
        assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 0);
        assert_eq!((w.running().await, w.number(&over).await), (before, 0));
        assert_eq!(w.failures().await, 1, "the first one failed");
        assert_eq!(deadlines::standing(&w.app).await.unwrap().0, due, "those that wait for it are over, too");
    }

    async fn a_timer_that_waits_is_not_told_as_over(w) {
        let trade = w.trade().await;
        trade.paid(100).await;
        w.passes(Span::days(90));
        let timers = w.running().await;
        let (first, second) = (&timers[0], &timers[1]);
        w.tampers(&format!("UPDATE deadline SET state = 'MET', settled_at = due_at WHERE state = 'PENDING' AND id NOT IN ('{first}', '{second}')")).await;
        // One that failed before and waits now acted as it should.
        w.tampers(&format!("UPDATE deadline SET failures = 3 WHERE id = '{second}'")).await;
        let tx = w.app.db.begin().await.unwrap();
        let until = w.now().plus(Span::hours(1));
        store::deadlines::postpone(&tx, second.parse().unwrap(), until).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(w.failures().await, 0);
        w.orders_break().await;
        assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 0);
        assert_eq!((deadlines::standing(&w.app).await.unwrap().0, w.failures().await), (1, 1), "the one that failed, and no other");
    }

    async fn a_timer_that_fails_keeps_its_place_before_one_that_stands_at_its_next_instant(w) {
        let trade = w.trade().await;
        trade.paid(100).await;
        let mut timers = w.running().await;
        timers.sort_unstable();
        // Those with the earlier ids fire later: at the very instants that the others are put off to, and a bit behind.
        timers.reverse();
        let now = w.now().micros();
        for (timer, place) in timers.iter().zip(0..) {
            let instant = if place < 2 { now - 1_000 + place } else { now + 1_000_000 + place - 2 };
            w.tampers(&format!("UPDATE deadline SET fires_after = {instant}, due_at = {instant} WHERE id = '{timer}'")).await;
        }
        assert!(timers.len() > 2, "{timers:?}");
        assert_eq!(w.running().await, timers);
        w.orders_break().await;
        assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 0);
        assert_eq!((w.running().await, w.failures().await), (timers.clone(), 1));
        let apart = w.number("SELECT count(DISTINCT fires_after) FROM deadline WHERE state = 'PENDING'").await;
        assert_eq!(usize::try_from(apart).unwrap(), timers.len(), "two stand at one instant");
    }

    async fn only_the_timer_that_failed_is_put_off(w) {
        let trade = w.trade().await;
        let order: OrderId = trade.paid(100).await["id"].as_str().unwrap().parse().unwrap();
        w.passes(Span::days(90));
        let timers = w.running().await;
        let (first, second): (DeadlineId, DeadlineId) = (timers[0].parse().unwrap(), timers[1].parse().unwrap());
        let puts_off = async |failed: Option<DeadlineId>| {
            let tx = w.app.db.begin().await.unwrap();
            let until = store::deadlines::put_off(&tx, order, failed, w.now(), |_| Span::seconds(1)).await.unwrap();
            tx.commit().await.unwrap();
            until
        };
        assert_eq!(puts_off(Some(second)).await, None, "another one comes first");
        w.tampers(&format!("UPDATE deadline SET state = 'MET', settled_at = due_at WHERE id = '{first}'")).await;
        assert_eq!(puts_off(Some(first)).await, None, "somebody has settled it");
        assert_eq!((w.running().await, w.failures().await), (timers[1..].to_vec(), 0));
        let until = w.now().plus(Span::seconds(1));
        assert_eq!((puts_off(Some(second)).await, puts_off(Some(second)).await), (Some(until), None), "it is put off once");
        assert_eq!((puts_off(None).await, w.failures().await), (None, 1), "nothing is over any more");
        w.passes(Span::seconds(2));
        assert!(puts_off(None).await.is_some(), "where none is known to have failed it is the first");
        assert_eq!((w.running().await, w.failures().await), (timers[1..].to_vec(), 2));
    }

    async fn a_timer_that_the_database_fails_for_a_moment_is_left_to_the_next_sweep(w) {
        let trade = w.trade().await;
        trade.due(3).await;
        let fires_after = w.number("SELECT sum(fires_after) FROM deadline").await;
        w.mischief.plan_every(Place::BeforeWriting("order"), Fault::Failure);
        for tries in 1..3 {
            assert_eq!((deadlines::sweep(&w.app).await.unwrap(), w.tries_that_failed()), (0, 3 * tries), "one try of each");
        }
        assert_eq!((w.failures().await, w.number("SELECT sum(fires_after) FROM deadline").await), (0, fires_after));
        assert_eq!(deadlines::standing(&w.app).await.unwrap().0, 3);
        w.mischief.plan(None);
        assert_eq!((deadlines::sweep(&w.app).await.unwrap(), w.expired().await), (3, (3, 3)), "at once, the clock stands");
    }

    async fn a_timer_that_the_database_refuses_is_put_off(w) {
        let trade = w.trade().await;
        trade.due(1).await;
        w.refuses_orders("22003").await;
        for _ in 0..2 {
            assert_eq!((deadlines::sweep(&w.app).await.unwrap(), w.failures().await, w.tries_that_failed()), (0, 1, 1));
        }
    }

    async fn a_timer_that_takes_too_long_is_put_off(w) {
        if !w.app.db.is_postgres() {
            // SQLite's statements take as long as they take.
            return;
        }
        let trade = w.trade().await;
        trade.due(1).await;
        w.refuses_orders("57014").await;
        for _ in 0..2 {
            assert_eq!((deadlines::sweep(&w.app).await.unwrap(), w.failures().await, w.tries_that_failed()), (0, 1, 1));
        }
    }

    async fn a_timer_that_is_set_meanwhile_does_not_overtake_one_that_fails(w) {
        let trade = w.trade().await;
        let order: OrderId = trade.paid(100).await["id"].as_str().unwrap().parse().unwrap();
        w.passes(Span::days(90));
        w.orders_break().await;
        assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 0);
        let sets = async |subject: &str, due: i64| {
            let (kind, subject) = (DeadlineKind::AmendmentAnswer, subject.to_owned());
            let which = format!("SELECT fires_after FROM deadline WHERE subject = '{subject}'");
            let change = DeadlineChange::Set { kind, subject, due_at: Timestamp::from_micros(due) };
            let tx = w.app.db.begin().await.unwrap();
            store::deadlines::apply(&tx, order, &[change], w.now(), &w.app.ids).await.unwrap();
            tx.commit().await.unwrap();
            w.number(&which).await
        };
        let failed = w.number("SELECT fires_after FROM deadline WHERE failures > 0").await;
        assert_eq!(failed, w.now().micros() + 1_000_000);
        let last = w.number(&format!("SELECT max(fires_after) FROM deadline WHERE state = 'PENDING' AND fires_after < {failed} + 1000")).await;
        let earliest = w.number("SELECT min(due_at) FROM deadline WHERE state = 'PENDING'").await - 1_000_000;
        assert_eq!(sets("before", earliest).await, earliest, "it comes before the one that failed");
        assert_eq!(sets("meanwhile", w.now().micros() + 10).await, last + 1, "it comes behind all that were over");
        assert_eq!(sets("meanwhile too", w.now().micros() + 20).await, last + 2, "and so does the next one");
        assert_eq!(sets("later", failed + 5_000_000).await, failed + 5_000_000, "nobody stands in its way");
        assert_eq!(sets("meanwhile", earliest - 1).await, earliest - 1, "set anew it is as if it had not been held");
    }

    async fn an_order_that_somebody_holds_is_passed_over_and_waited_for(w) {
        if !w.app.db.is_postgres() {
            // SQLite has one writer: whoever writes is waited for.
            return;
        }
        w.has_time_for_locks().await;
        let trade = w.trade().await;
        let orders = trade.due(20).await;
        let held: OrderId = orders[0].parse().unwrap();
        let tx = w.app.db.begin().await.unwrap();
        store::orders::lock(&tx, held).await.unwrap().unwrap();
        let app = Arc::clone(&w.app);
        let sweep = tokio::spawn(async move { deadlines::sweep(&app).await.unwrap() });
        while w.number("SELECT count(*) FROM orders WHERE status = 'EXPIRED'").await < 19 {
            tokio::task::yield_now().await;
        }
        tx.commit().await.unwrap();
        assert_eq!(sweep.await.unwrap(), 20, "the sweep went without the order that was held");
        assert_eq!(w.expired().await, (20, 20));
    }

    async fn a_rest_ends_at_the_next_instant_and_at_no_other(w) {
        let hour = Duration::from_hours(1);
        let trade = w.trade().await;
        let (mut looked_at, soon) = (None, w.now().micros() + 5_000);
        trade.placed(100).await;
        // What is over and could not fire is nothing to wake up for, however often it is looked at.
        w.tampers("UPDATE deadline SET due_at = due_at - 9000000000000, fires_after = due_at - 9000000000000").await;
        assert!(goes_on(&w, deadlines::rest(&w.app, hour, &mut looked_at)).await, "a timer that is over ended the rest");
        // A command that sets a timer ends no rest; one that is due in a moment does, by itself.
        trade.placed(100).await;
        w.tampers(&format!("UPDATE deadline SET fires_after = {soon} WHERE fires_after > {soon}")).await;
        deadlines::rest(&w.app, hour, &mut looked_at).await;
        // The clock stands, so looking again at once would find the same.
        assert!(goes_on(&w, deadlines::rest(&w.app, hour, &mut looked_at)).await, "the rest spins while the clock stands");
        // Told of an earlier one, and of a clock that has jumped, it ends.
        let told = async { w.app.wake.announce(w.now()); w.app.wake.committed(); };
        tokio::join!(deadlines::rest(&w.app, hour, &mut looked_at), told);
        let advance = "mutation { advanceSandboxClock(input: { idempotencyKey: \"clock\", by: \"PT1S\" }) { userErrors { code } } }";
        let advance = trade.buyer.asks(advance, json!({}));
        tokio::join!(deadlines::rest(&w.app, hour, &mut looked_at), advance);
    }

    async fn a_timer_that_was_known_for_long_ends_a_rest_at_its_instant(w) {
        let trade = w.trade().await;
        trade.placed(100).await;
        let due = w.now().plus(Span::seconds(600)).micros() + 5_000;
        w.tampers(&format!("UPDATE deadline SET due_at = {due}, fires_after = {due}")).await;
        // It is alone and stays the next one from rest to rest; only the clock moves on.
        let mut looked_at = None;
        deadlines::rest(&w.app, Duration::from_millis(1), &mut looked_at).await;
        w.passes(Span::seconds(600));
        let rest = deadlines::rest(&w.app, Duration::from_hours(1), &mut looked_at);
        timeout(Duration::from_secs(30), rest).await.expect("the timer that was known for long ends no rest");
    }

    async fn a_timer_fires_behind_its_instant_on_a_running_node(w) {
        let node = w.node(Clock::system()).await;
        let trade = node.trade().await;
        let order = trade.placed(100).await;
        node.works();
        let due = Timestamp::from_micros(node.app.clock.now().micros() + 150_000);
        node.tampers(&format!("UPDATE deadline SET due_at = {0}, fires_after = {0}", due.micros())).await;
        node.app.wake.announce(due);
        node.app.wake.committed();
        let fired = async {
            while trade.order(&order, "status").await["status"] != "EXPIRED" {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), fired).await.expect("the timer did not fire");
        let told = trade.order(&order, "deadlines { state settledAt dueAt }").await;
        let settled = Timestamp::parse(told["deadlines"][0]["settledAt"].as_str().unwrap()).unwrap();
        println!("fired on {} {} microseconds behind its instant", node.name(), settled.micros() - due.micros());
        assert!(settled > due, "fired at {settled}, due at {due}");
        node.closes().await;
    }

    async fn a_timer_that_fires_late_says_so(w) {
        let trade = w.trade().await;
        trade.placed(100).await;
        let due = w.number("SELECT due_at FROM deadline").await;
        let sharp = Timestamp::from_micros(due).since(w.now());
        assert_eq!((w.time_passes(sharp).await, w.time_passes(Span::seconds(1)).await), (0, 1));
        trade.placed(100).await;
        assert_eq!(w.time_passes(Span::days(31)).await, 1);
        events::sequence(&w.app).await.unwrap();
        let rows = w.rows("SELECT body FROM event_log WHERE type = 'ORDER_EXPIRED' ORDER BY seq").await;
        let bodies: Vec<Value> = rows.iter().map(|row| serde_json::from_str(&row.try_get::<String>("", "body").unwrap()).unwrap()).collect();
        let late: Vec<_> = bodies.iter().map(|body| body.get("firedLate").cloned()).collect();
        assert_eq!(late, [None, Some(json!(true))]);
        assert!(bodies.iter().all(|body| body["firedAt"].as_str() > body["deadlineDueAt"].as_str()), "{bodies:#?}");
    }
}
