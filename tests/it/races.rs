//! Races from a barrier: whoever is first wins whole, everybody else is refused, and the books say the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::domain::event::{EventDraft, EventType};
use surety::domain::ids::OrderId;
use surety::domain::time::Span;
use surety::service::{deadlines, events};
use surety::store::{self, Reader};
use tokio::sync::Barrier;

use super::trade::Trade;
use super::world::{Answer, World, on_both};

const ROUNDS: usize = 8;

/// Starts all of them at the same instant and answers what each came to.
async fn at_once(acts: Vec<BoxFuture<'static, String>>) -> Vec<String> {
    let barrier = Arc::new(Barrier::new(acts.len()));
    let tasks = acts.into_iter().map(|act| {
        let barrier = Arc::clone(&barrier);
        tokio::spawn(async move {
            barrier.wait().await;
            act.await
        })
    });
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

/// `done`, or the code of the refusal; something that failed inside fails the test.
fn verdict(name: &str, answer: &Answer) -> String {
    let code = answer.codes().first().cloned().unwrap_or_else(|| "done".to_owned());
    assert!(!matches!(code.as_str(), "INTERNAL" | "(no code)"), "{name}: {:#}", answer.0);
    format!("{name}: {code}")
}

/// A command as something that can race.
fn command(
    trade: &Arc<Trade>,
    by_buyer: bool,
    name: &'static str,
    order: &Value,
    more: Value,
) -> BoxFuture<'static, String> {
    let (trade, order) = (Arc::clone(trade), order.clone());
    async move {
        let party = if by_buyer { &trade.buyer } else { &trade.supplier };
        let answer = trade.on(party, name, &order, more).await;
        verdict(name, &answer)
    }
    .boxed()
}

/// The same after looking at the order so many times, so that others are faster at times.
fn hesitant(
    trade: &Arc<Trade>,
    order: &Value,
    looks: usize,
    act: BoxFuture<'static, String>,
) -> BoxFuture<'static, String> {
    let (trade, order) = (Arc::clone(trade), order.clone());
    async move {
        for _ in 0..looks {
            trade.order(&order, "status").await;
        }
        act.await
    }
    .boxed()
}

/// The clock, after so much time.
fn clock(w: &World, span: Span) -> BoxFuture<'static, String> {
    let w = w.clone();
    async move {
        w.passes(span);
        match deadlines::sweep(&w.app).await.unwrap() {
            0 => "clock: idle".to_owned(),
            _ => "clock: done".to_owned(),
        }
    }
    .boxed()
}

/// The provider tells of success.
fn success(trade: &Arc<Trade>, payment: &Value) -> BoxFuture<'static, String> {
    let (trade, payment) = (Arc::clone(trade), payment.clone());
    async move { verdict("money", &trade.settles(&payment, json!({})).await) }.boxed()
}

/// The same in another order for each round, so that each of them is the first to be woken at times.
fn turned<T>(mut acts: Vec<T>, round: usize) -> Vec<T> {
    let by = round % acts.len();
    acts.rotate_left(by);
    acts
}

/// What happened how often.
#[derive(Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn add(&mut self, verdicts: &[String], status: &str) {
        let won: Vec<_> = verdicts.iter().filter(|verdict| verdict.ends_with("done")).cloned().collect();
        *self.0.entry(format!("{} -> {status}", won.join(" + "))).or_default() += 1;
    }

    fn tell(&self, what: &str, w: &World) {
        println!("race {what} on {}: {:?}", w.name(), self.0);
    }
}

fn done(verdicts: &[String], name: &str) -> usize {
    verdicts.iter().filter(|verdict| **verdict == format!("{name}: done")).count()
}

async fn status(trade: &Trade, order: &Value) -> String {
    trade.order(order, "status").await["status"].as_str().unwrap().to_owned()
}

async fn number(w: &World, sql: &str, order: &Value) -> i64 {
    w.number(&sql.replace(":order", &format!("'{}'", order["id"].as_str().unwrap()))).await
}

on_both! {
    async fn receipt_is_confirmed_by_one_of_them(w) {
        let trade = w.racing_trade().await;
        let mut tally = Tally::default();
        for round in 0..ROUNDS {
            let order = trade.delivered(500).await;
            // Delivered promptly by sea, receipt counts as confirmed 45 days after dispatch: before the race, or during it.
            let over = Span::seconds(45 * 86_400 + 1);
            if round % 2 == 1 {
                w.passes(over);
            }
            let verdicts = at_once(turned(vec![
                hesitant(&trade, &order, 2 * (round % 4), command(&trade, true, "confirmReceipt", &order, json!({}))),
                clock(&w, if round % 2 == 0 { over } else { Span::ZERO }),
                hesitant(&trade, &order, 2 * (round % 4), command(&trade, true, "confirmReceipt", &order, json!({}))),
                clock(&w, Span::ZERO),
            ], round)).await;
            assert!(done(&verdicts, "confirmReceipt") <= 1, "{verdicts:?}");
            assert_eq!(number(&w, "SELECT count(*) FROM posting WHERE kind = 'RELEASE' AND order_id = :order", &order).await, 1);
            let status = status(&trade, &order).await;
            match status.as_str() {
                "COMPLETED" => {}
                // Confirmed before the time passed, which then was longer than the window for claims.
                "CLOSED" => assert_eq!((round % 2, done(&verdicts, "confirmReceipt")), (0, 1), "{verdicts:?}"),
                other => panic!("{other} after {verdicts:?}"),
            }
            tally.add(&verdicts, &status);
        }
        tally.tell("receipt", &w);
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn cancelled_or_paid_and_never_both(w) {
        let trade = w.racing_trade().await;
        let mut tally = Tally::default();
        for round in 0..ROUNDS {
            let order = trade.confirmed(100).await;
            let payment = trade.session(&order).await;
            let expires = if round % 2 == 0 { Span::days(61) } else { Span::ZERO };
            let verdicts = at_once(turned(vec![
                hesitant(&trade, &order, round % 4, command(&trade, true, "cancelOrder", &order, json!({}))),
                success(&trade, &payment),
                hesitant(&trade, &order, round % 4, command(&trade, false, "cancelOrder", &order, json!({}))),
                clock(&w, expires),
            ], round)).await;
            let status = status(&trade, &order).await;
            let set_aside = number(&w, "SELECT count(*) FROM suspense_item WHERE order_id = :order", &order).await;
            match status.as_str() {
                "IN_PRODUCTION" => assert_eq!((done(&verdicts, "cancelOrder"), set_aside), (0, 0), "{verdicts:?}"),
                "CANCELLED" => assert_eq!((done(&verdicts, "cancelOrder"), set_aside), (1, 1), "{verdicts:?}"),
                "EXPIRED" => assert_eq!((done(&verdicts, "cancelOrder"), set_aside), (0, 1), "{verdicts:?}"),
                other => panic!("{other} after {verdicts:?}"),
            }
            tally.add(&verdicts, &status);
        }
        tally.tell("cancel and money", &w);
        assert_eq!(w.clearing("USD").await, 20_000 * i64::try_from(ROUNDS).unwrap());
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn an_answer_to_an_order_is_one_answer(w) {
        let trade = w.racing_trade().await;
        let mut tally = Tally::default();
        for round in 0..ROUNDS {
            let order = trade.placed(100).await;
            let passes = if round % 2 == 0 { Span::days(31) } else { Span::ZERO };
            let verdicts = at_once(turned(vec![
                command(&trade, false, "confirmOrder", &order, json!({ "termsHash": order["termsHash"], "expectedVersion": order["version"] })),
                command(&trade, false, "declineOrder", &order, json!({})),
                command(&trade, true, "cancelOrder", &order, json!({ "expectedVersion": order["version"] })),
                clock(&w, passes),
            ], round)).await;
            let won = ["confirmOrder", "declineOrder", "cancelOrder"].map(|name| done(&verdicts, name));
            let status = status(&trade, &order).await;
            let wanted: &[[usize; 3]] = match status.as_str() {
                "PENDING_PAYMENT" => &[[1, 0, 0]],
                "CANCELLED" => &[[0, 1, 0], [0, 0, 1]],
                "EXPIRED" => &[[0, 0, 0]],
                other => panic!("{other} after {verdicts:?}"),
            };
            assert!(wanted.contains(&won), "{status} after {verdicts:?}");
            let waiting = number(&w, "SELECT count(*) FROM deadline WHERE order_id = :order AND state = 'PENDING'", &order).await;
            assert_eq!(waiting, i64::from(status == "PENDING_PAYMENT"), "{status} has {waiting} timers");
            tally.add(&verdicts, &status);
        }
        tally.tell("confirm, decline, cancel and expire", &w);
        w.log_is_whole().await;
    }

    async fn the_same_goods_leave_once(w) {
        let trade = w.racing_trade().await;
        let mut tally = Tally::default();
        for round in 0..ROUNDS {
            let order = trade.paid(100).await;
            let quantity = if round % 2 == 0 { 60 } else { 100 };
            let how = json!({
                "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "AIR",
                "lines": [{ "orderLineId": order["lines"][0]["id"], "quantity": quantity }],
            });
            let verdicts = at_once((0..4).map(|_| command(&trade, false, "dispatchShipment", &order, how.clone())).collect()).await;
            assert_eq!(done(&verdicts, "dispatchShipment"), 1, "{verdicts:?}");
            let left = "SELECT sum(l.quantity) FROM shipment_line l JOIN shipment s ON s.id = l.shipment_id WHERE s.order_id = :order";
            assert_eq!(number(&w, left, &order).await, quantity);
            tally.add(&verdicts, &status(&trade, &order).await);
        }
        tally.tell("dispatch", &w);
        w.log_is_whole().await;
    }

    async fn one_reference_names_one_order(w) {
        let trade = w.racing_trade().await;
        let mut tally = Tally::default();
        for round in 0..ROUNDS {
            let acts = (0..4).map(|_| {
                let trade = Arc::clone(&trade);
                let mut wish = trade.wish(100);
                wish["externalReference"] = json!(format!("PO-{round}"));
                async move { verdict("placeOrder", &trade.places(wish).await) }.boxed()
            });
            let verdicts = at_once(acts.collect()).await;
            assert_eq!(done(&verdicts, "placeOrder"), 1, "{verdicts:?}");
            assert!(verdicts.iter().all(|verdict| verdict.ends_with("done") || verdict.ends_with("REFERENCE_IN_USE")), "{verdicts:?}");
            tally.add(&verdicts, "one order");
        }
        tally.tell("externalReference", &w);
        assert_eq!(w.count("orders").await, i64::try_from(ROUNDS).unwrap());
        w.log_is_whole().await;
    }

    async fn a_balance_is_paid_once_whichever_session_brings_it(w) {
        let trade = w.racing_trade().await;
        for _ in 0..ROUNDS / 2 {
            let mut wish = trade.wish(100);
            wish["depositPercent"] = json!(30);
            let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
            let order = trade.confirms(&order).await;
            let (first, second) = (trade.session(&order).await, trade.session(&order).await);
            at_once(vec![
                success(&trade, &first), success(&trade, &second),
                command(&trade, true, "createPaymentSession", &order, json!({})),
                success(&trade, &first),
            ]).await;
            let held = number(&w, "SELECT sum(paid_minor) FROM instalment WHERE order_id = :order", &order).await;
            let aside = number(&w, "SELECT sum(amount_minor) FROM suspense_item WHERE order_id = :order", &order).await;
            assert_eq!((held, aside), (6_000, 6_000));
        }
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn many_at_work_on_few_orders(w) {
        const WORKERS: u64 = 6;
        const COMMANDS: u64 = 40;
        let trade = w.racing_trade().await;
        let orders: Vec<Value> = join_all((0..6).map(|_| trade.placed(100))).await;
        let tasks = (0..WORKERS).map(|worker| {
            let (trade, orders, w) = (Arc::clone(&trade), orders.clone(), w.clone());
            async move {
                let mut seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(worker + 1);
                let mut verdicts = String::new();
                for _ in 0..COMMANDS {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let draw = usize::try_from(seed >> 33).unwrap();
                    let order = trade.order(&orders[draw % orders.len()], super::trade::ORDER).await;
                    let act = match (draw / 7) % 10 {
                        0 | 1 => command(&trade, false, "confirmOrder", &order, json!({ "termsHash": order["termsHash"] })),
                        2 => command(&trade, true, "createPaymentSession", &order, json!({})),
                        3 | 4 => match order["payments"].as_array().and_then(|payments| payments.last()) {
                            Some(payment) => success(&trade, &payment["id"]),
                            None => command(&trade, true, "createPaymentSession", &order, json!({})),
                        },
                        5 | 6 => command(&trade, false, "dispatchShipment", &order, json!({ "carrier": "C", "trackingNumber": "1", "mode": "AIR" })),
                        7 => command(&trade, true, "confirmReceipt", &order, json!({})),
                        8 => command(&trade, false, "markReady", &order, json!({})),
                        _ if draw % 3 == 0 => command(&trade, true, "cancelOrder", &order, json!({})),
                        _ => clock(&w, Span::hours(1)),
                    };
                    verdicts.push_str(&act.await);
                    verdicts.push('\n');
                }
                verdicts
            }.boxed()
        });
        let mut tally: BTreeMap<String, usize> = BTreeMap::new();
        for verdict in at_once(tasks.collect()).await.iter().flat_map(|lines| lines.lines()) {
            *tally.entry(verdict.to_owned()).or_default() += 1;
        }
        println!("storm of {} commands on {}: {tally:?}", WORKERS * COMMANDS, w.name());
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn eight_sequencers_lose_nothing(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let trade = w.racing_trade().await;
        let slow = trade.placed(100).await;
        let id: OrderId = slow["id"].as_str().unwrap().parse().unwrap();
        events::sequence(&w.app).await.unwrap();
        // A transaction draws its place in the outbox early and commits it late.
        let tx = w.app.db.begin().await.unwrap();
        let patient = "SET LOCAL idle_in_transaction_session_timeout = 0";
        tx.connection().execute_unprepared(patient).await.unwrap();
        let order = store::orders::lock(&tx, id).await.unwrap().unwrap();
        store::events::append(&tx, &order, &[EventDraft::new(EventType::OrderReady)], w.now(), &w.app.ids).await.unwrap();
        let mut acts: Vec<BoxFuture<'static, String>> = Vec::new();
        for worker in 0..8 {
            let (w, trade) = (w.clone(), Arc::clone(&trade));
            acts.push(async move {
                for round in 0..4 {
                    events::sequence(&w.app).await.unwrap();
                    if worker < 4 {
                        let order = trade.placed(100).await;
                        if round % 2 == 0 {
                            trade.on(&trade.buyer, "cancelOrder", &order, json!({ "validateOnly": true })).await.good();
                            trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.refused("TRANSITION_REFUSED");
                        }
                        // An event that was appended and undone: its number in the outbox is gone for ever.
                        let tx = w.app.db.begin().await.unwrap();
                        let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
                        let order = store::orders::lock(&tx, id).await.unwrap().unwrap();
                        let draft = [EventDraft::new(EventType::OrderReady)];
                        store::events::append(&tx, &order, &draft, w.now(), &w.app.ids).await.unwrap();
                        tx.rollback().await.unwrap();
                    }
                }
                String::new()
            }.boxed());
        }
        at_once(acts).await;
        events::sequence(&w.app).await.unwrap();
        let before = w.number("SELECT seq FROM log_head").await;
        // Whoever follows the outbox by `id > last` has passed the slow one's number by now and never comes back.
        let passed = w.number("SELECT last_value FROM pg_get_serial_sequence('event_outbox', 'id') AS name, pg_sequences \
            WHERE schemaname || '.' || sequencename = name").await;
        tx.commit().await.unwrap();
        let late = w.number("SELECT min(id) FROM event_outbox").await;
        assert!(late < passed, "the slow event has number {late}, the last one {passed}");
        events::sequence(&w.app).await.unwrap();
        let all = w.log_is_whole().await;
        assert_eq!(all, before + 1);
        println!("8 sequencers, 4 writers, 16 undone: {all} events, dense; the late one had number {late} of {passed}");
    }
}
