//! Webhooks of several tenants on several nodes: nobody is in another's way, nothing is sent twice without need, and whoever
//! stops leaves nothing behind.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use surety::domain::time::Span;
use surety::domain::webhook::share::{Places, TENANT_MAX};
use surety::service::events;
use surety::service::webhooks::{self, Dispatched, Sending};
use surety::store;

use super::mischief::Fault;
use super::trade::Trade;
use super::webhook_double::Mood;
use super::webhooks::Hook;
use super::world::{World, on_both_with};

impl World {
    async fn begins(&self, sending: &mut Sending) -> usize {
        sending.begin_due(&self.app).await.unwrap()
    }

    /// Several nodes begin to send at the same time; how many deliveries they took together.
    async fn begin_together(&self, nodes: &mut [Sending]) -> usize {
        let begun = join_all(nodes.iter_mut().map(|node| node.begin_due(&self.app))).await;
        begun.into_iter().map(Result::unwrap).sum()
    }
}

/// A buyer's endpoint that is owed the placements of so many orders.
async fn owed(w: &World, orders: usize) -> (Trade, Hook) {
    let trade = w.trade().await;
    let hook = trade.buyer.hook("hook", json!({ "eventTypes": ["ORDER_PLACED"] })).await;
    for _ in 0..orders {
        trade.placed(100).await;
    }
    assert_eq!(w.owes().await, orders);
    (trade, hook)
}

// Whoever hangs does so until the story ends.
on_both_with! {
    &[("SURETY_WEBHOOK_LOCAL", "true"), ("SURETY_WEBHOOK_TIMEOUT", "30000")];

    async fn the_black_holes_of_one_tenant_are_in_nobodys_way(w) {
        let trade = w.trade().await;
        let mut holes = Vec::new();
        for number in 0..12 {
            let hole = trade.buyer.hook(&format!("hole {number}"), json!({})).await;
            hole.receiver.always(Mood::Hangs);
            holes.push(hole);
        }
        for _ in 0..4 {
            trade.placed(100).await;
        }
        assert_eq!(w.owes().await, 96);
        let mut sending = Sending::default();
        let part = usize::try_from(TENANT_MAX).unwrap();
        assert_eq!(w.begins(&mut sending).await, part, "a tenant has its part");
        for hole in &holes {
            // Nobody got six before everybody had five.
            hole.receiver.until(part / holes.len()).await;
        }
        assert_eq!(w.begins(&mut sending).await, 0);
        let healthy = trade.supplier.hook("healthy", json!({})).await;
        trade.placed(100).await;
        w.owes().await;
        assert_eq!(w.begins(&mut sending).await, 1, "another tenant does not wait");
        healthy.receiver.until(1).await;
    }

    async fn the_last_places_are_for_those_that_nothing_is_under_way_to(w) {
        let (trade, hole) = owed(&w, 10).await;
        hole.receiver.always(Mood::Hangs);
        let mut sending = Sending::within(10, 4);
        assert_eq!(w.begins(&mut sending).await, 6);
        assert_eq!(w.begins(&mut sending).await, 0);
        let rested = trade.supplier.hook("rested", json!({ "eventTypes": ["ORDER_PLACED"] })).await;
        trade.placed(100).await;
        w.owes().await;
        assert_eq!(w.begins(&mut sending).await, 1);
        rested.receiver.until(1).await;
    }

    async fn nodes_together_send_no_more_than_an_endpoint_takes(w) {
        let (_trade, hook) = owed(&w, 10).await;
        hook.receiver.always(Mood::Hangs);
        let mut nodes: Vec<Sending> = (0..6).map(|_| Sending::default()).collect();
        assert_eq!(w.begin_together(&mut nodes).await, 8);
        hook.receiver.until(8).await;
        drop(nodes);
        w.passes(Span::seconds(46));
        hook.receiver.always(Mood::Answers(500));
        assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 8, "the leases are over");
        w.passes(Span::seconds(10));
        hook.receiver.always(Mood::Hangs);
        let mut nodes: Vec<Sending> = (0..6).map(|_| Sending::default()).collect();
        assert_eq!(w.begin_together(&mut nodes).await, 1, "one looks whether it is back");
    }

    async fn what_was_sent_is_noted_though_the_database_was_busy(w) {
        let (trade, hook) = owed(&w, 0).await;
        // The claim is committed between the places 0 and 1, the body between 2 and 3, what follows between 4 and 5.
        for (place, fault) in [(2, Fault::Lost), (4, Fault::Lost), (4, Fault::Failure), (5, Fault::Failure)] {
            trade.placed(100).await;
            assert_eq!(w.owes().await, 1);
            w.mischief.plan(Some((place, fault)));
            assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 1);
            w.mischief.over();
            assert_eq!(w.sends().await, 0);
            w.passes(Span::hours(1));
            assert_eq!(w.sends().await, 0, "it was noted: {place} {fault:?}");
            assert_eq!(hook.receiver.took().len(), 1, "it was sent once: {place} {fault:?}");
            let delivery = hook.deliveries().await.pop().unwrap();
            assert_eq!(delivery["state"], "DELIVERED");
            assert_eq!(delivery["attempts"].as_array().unwrap().len(), 1);
        }
    }

    async fn a_node_that_stops_gives_back_what_is_under_way(w) {
        let (trade, hook) = owed(&w, 1).await;
        hook.receiver.will(&[Mood::Hangs]);
        let mut sending = Sending::default();
        assert_eq!(w.begins(&mut sending).await, 1);
        hook.receiver.until(1).await;
        sending.end(&w.app, Duration::ZERO).await.unwrap();
        assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 1, "nobody waits for the end of the lease");
        let took = hook.receiver.took();
        assert_eq!((took.len(), &took[0].id, &took[0].body), (2, &took[1].id, &took[1].body));
        assert_eq!(hook.deliveries().await[0]["attempts"].as_array().unwrap().len(), 1);
        trade.placed(100).await;
        w.owes().await;
        let mut sending = Sending::default();
        assert_eq!(w.begins(&mut sending).await, 1);
        sending.end(&w.app, Duration::from_mins(1)).await.unwrap();
        let deliveries = hook.deliveries().await;
        let all = deliveries.iter().all(|delivery| delivery["state"] == "DELIVERED");
        assert!(all && deliveries.len() == 2, "what is answered in time is waited for: {deliveries:#?}");
    }

    async fn only_who_holds_the_lease_keeps_a_body_and_the_first_one_stays(w) {
        let (_trade, _hook) = owed(&w, 1).await;
        let (db, now, places) = (&w.app.db, w.now(), Places { free: 8, reserved: 0 });
        let endpoints = store::webhooks::endpoints_with_work(db, places, now).await.unwrap();
        let tx = db.begin().await.unwrap();
        let until = now.plus(Span::seconds(45));
        let claimed = store::webhooks::claim(&tx, &endpoints, (places, 8), (now, until), "ours").await.unwrap();
        let id = claimed[0].delivery.id;
        for (lease, body, kept) in [
            ("theirs", "1", None),
            ("ours", "2", Some("2")),
            ("ours", "3", Some("2")),
            ("theirs", "4", None),
        ] {
            let answer = store::webhooks::keep_body(&tx, id, lease, body).await.unwrap();
            assert_eq!(answer.as_deref(), kept);
        }
        tx.rollback().await.unwrap();
    }

    async fn a_node_goes_on_sending_while_another_one_writes_what_is_owed(w) {
        let (trade, hook) = owed(&w, 1).await;
        if !w.app.db.is_postgres() {
            // One writer is all there is.
            return;
        }
        trade.placed(100).await;
        events::sequence(&w.app).await.unwrap();
        let other = w.app.db.begin().await.unwrap();
        assert!(store::webhooks::take_cursor(&other).await.unwrap().is_some());
        assert_eq!(webhooks::dispatch_batch(&w.app).await.unwrap(), Dispatched::default());
        assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 1);
        hook.receiver.until(1).await;
        other.rollback().await.unwrap();
        assert_eq!(webhooks::dispatch_batch(&w.app).await.unwrap(), Dispatched { made: 1, goes_on: false });
    }

    async fn one_that_nothing_can_be_sent_to_costs_one_question(w) {
        let trade = w.trade().await;
        let asks_once = async |why: &str| {
            w.owes().await;
            w.forget_statements();
            assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 0, "{why}");
            assert_eq!(w.statements().len(), 1, "{why}: {:#?}", w.statements());
        };
        asks_once("nothing is owed").await;
        let ordered = trade.buyer.hook("ordered", json!({ "ordered": true })).await;
        trade.placed(100).await;
        ordered.receiver.always(Mood::Answers(500));
        assert_eq!(w.sends().await, 1);
        asks_once("the second event of the order waits for the first one").await;
        ordered.changes("off", json!({ "state": "DISABLED" })).await.good();
        w.passes(Span::hours(1));
        asks_once("it is disabled").await;
        let open = trade.supplier.hook("open", json!({ "eventTypes": ["ORDER_PLACED"] })).await;
        open.receiver.always(Mood::Answers(500));
        for _ in 0..6 {
            trade.placed(100).await;
        }
        assert_eq!(w.sends().await, 6);
        trade.placed(100).await;
        asks_once("the breaker is open").await;
        for hook in [&ordered, &open] {
            let deliveries = hook.deliveries().await;
            let untried = deliveries.iter().filter(|delivery| delivery["attempts"] == json!([])).count();
            assert_eq!(untried, 1, "what waited burnt no attempt: {deliveries:#?}");
        }
    }
}
