//! Random histories through the whole stack on both databases: any deed at any order at any time, old keys again with the
//! same and with another input, the provider's messages doubled, out of order, forged and stale, a clock that jumps.
//! `SURETY_FULL_HISTORIES` says how many, `SURETY_FULL_LENGTH` how long.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::payments::signature::sign;
use surety::service::payments::{SignedHeaders, receive, work_off};
use surety::service::{deadlines, metrics};
use surety::store::ledger;

use super::deeds::{DEEDS, Deed, NOTHING, Who, message};
use super::dice::{Dice, count, seed};
use super::stages::Stage;
use super::trade::{ORDER, Trade};
use super::world::{World, on_both};

const FORGER: &str = "whsec_Zm9yZ2VyLWZvcmdlci1mb3JnZXItZm9yZ2VyLWZvcmdlcg==";

/// A deed that was done, to be done again.
#[derive(Clone)]
struct Done {
    deed: Deed,
    order: Value,
    key: String,
}

/// A message of the provider that lies about until it is delivered, perhaps more than once and after later ones.
#[derive(Clone)]
struct Letter {
    id: String,
    body: String,
}

/// The provider's own books: what it took in for us.
#[derive(Default)]
struct Provider {
    letters: Vec<Letter>,
    /// By payment: what it holds.
    holds: BTreeMap<String, i64>,
    sent: u64,
}

/// What all histories came to.
#[derive(Default)]
struct Tally {
    verdicts: BTreeMap<String, u64>,
    done: u64,
    refused: u64,
    repeated: u64,
    poisoned: u64,
    delivered: u64,
    doubled: u64,
    forged: u64,
}

/// Whether a deed ends its order without money.
fn ends(deed: &Deed) -> bool {
    deed.name.starts_with("cancel") || deed.name.starts_with("decline")
}

/// The stages that have a status.
fn stages_of(status: &str) -> &'static [Stage] {
    match status {
        "DRAFT" => &[Stage::Draft],
        "PENDING_SUPPLIER" => &[Stage::Placed],
        "PENDING_PAYMENT" => &[Stage::Confirmed, Stage::Asked, Stage::Credited],
        "IN_PRODUCTION" => {
            &[Stage::DepositPaid, Stage::BalanceAsked, Stage::Paid, Stage::Amended, Stage::Unsent]
        }
        "READY" => &[Stage::Ready],
        "PARTIALLY_SHIPPED" => &[Stage::PartiallyShipped],
        "SHIPPED" => &[Stage::Shipped],
        "DELIVERED" => &[
            Stage::Delivered,
            Stage::Claimed,
            Stage::Refused,
            Stage::Offered,
            Stage::Heard,
            Stage::Held,
            Stage::Approved,
            Stage::RefundFailed,
        ],
        "COMPLETED" => &[Stage::Completed],
        _ => &[],
    }
}

struct History<'a> {
    trade: &'a Arc<Trade>,
    dice: Dice,
    orders: Vec<Value>,
    done: Vec<Done>,
    provider: &'a mut Provider,
    tally: &'a mut Tally,
}

impl History<'_> {
    fn world(&self) -> &World {
        &self.trade.world
    }

    async fn fate(&self, order: &Value) -> Vec<String> {
        self.trade.fate(order).await
    }

    /// One of the orders, the latest more often than all others together.
    async fn some_order(&mut self) -> Value {
        let place =
            if self.dice.percent(60) { self.orders.len() - 1 } else { self.dice.below(self.orders.len()) };
        self.trade.seen(&self.orders[place]).await
    }

    /// Any deed, at whatever stage the order is; a refused one leaves no trace.
    async fn tries(&mut self, deed: Deed) {
        let order = self.some_order().await;
        if deed.name == "recordDelivery" && order["shipments"] == json!([]) {
            return;
        }
        let (before, key) = (self.fate(&order).await, self.trade.key());
        let verdict = (deed.act)(Arc::clone(self.trade), order.clone(), key.clone()).await;
        if verdict == NOTHING {
            return;
        }
        *self.tally.verdicts.entry(verdict.clone()).or_default() += 1;
        assert!(
            !matches!(verdict.as_str(), "INTERNAL" | "(no code)" | "OVERLOADED"),
            "{}: {verdict}",
            deed.name
        );
        if verdict == "done" {
            self.tally.done += 1;
            assert_ne!(self.fate(&order).await, before, "{} was acknowledged and left no trace", deed.name);
            if deed.name == "createPaymentSession" {
                self.hears_of_session(&order).await;
            }
            self.done.push(Done { deed, order, key });
        } else {
            self.tally.refused += 1;
            assert_eq!(
                self.fate(&order).await,
                before,
                "I13: {} was refused with {verdict} and left a trace",
                deed.name
            );
        }
    }

    /// An old key again: with the same input it changes nothing, with another one it is refused by name.
    async fn repeats(&mut self) {
        let Some(old) = (!self.done.is_empty()).then(|| self.dice.one_of(&self.done.clone()).clone()) else {
            return;
        };
        let before = self.fate(&old.order).await;
        let verdict = (old.deed.act)(Arc::clone(self.trade), old.order.clone(), old.key.clone()).await;
        assert_eq!(verdict, "done", "I9: {} repeated", old.deed.name);
        assert_eq!(self.fate(&old.order).await, before, "I9: {} happened twice", old.deed.name);
        self.tally.repeated += 1;
        let other = self.some_order().await;
        if other["id"] == old.order["id"] {
            return;
        }
        // Only these two may cancel at all.
        let party = match old.deed.by {
            Who::Buyer => &self.trade.buyer,
            Who::Supplier => &self.trade.supplier,
            Who::Operator | Who::Second | Who::Inspector | Who::Warehouse | Who::Nobody => return,
        };
        let terms = json!({ "idempotencyKey": old.key, "reason": "with another input" });
        let before = self.fate(&other).await;
        self.trade.on(party, "cancelOrder", &other, terms).await.refused("IDEMPOTENCY_KEY_REUSED");
        assert_eq!(self.fate(&other).await, before, "I9: a key with another input had an effect");
        self.tally.poisoned += 1;
    }

    /// The provider learns of a session and will tell how it goes, in its own time and order.
    async fn hears_of_session(&mut self, order: &Value) {
        let order = self.trade.order(order, ORDER).await;
        let payment = order["payments"].as_array().unwrap().last().unwrap()["id"].clone();
        let due = order["instalments"].as_array().unwrap().iter().find(|part| part["status"] != "PAID");
        let Some(due) = due else { return };
        let minor: i64 = due["amount"]["minorUnits"].as_str().unwrap().parse().unwrap();
        for kind in ["processing", "failed", "succeeded"] {
            if self.dice.percent(match kind {
                "succeeded" => 90,
                "processing" => 40,
                _ => 15,
            }) {
                self.provider.sent += 1;
                let letter = Letter {
                    id: format!("letter-{}", self.provider.sent),
                    body: message(kind, &payment, minor),
                };
                self.provider.letters.push(letter);
            }
        }
    }

    async fn delivers(
        &mut self,
        letter: &Letter,
        secret: &str,
        age: i64,
    ) -> Result<(), surety::service::Error> {
        let timestamp = (self.world().now().seconds() - age).to_string();
        let signature = sign(secret, &letter.id, &timestamp, letter.body.as_bytes()).unwrap();
        let headers = SignedHeaders { id: letter.id.clone(), timestamp, signature };
        receive(&self.world().app, "sandbox", &headers, letter.body.as_bytes()).await
    }

    /// A letter in any order, perhaps twice, perhaps again days later; a forged or stale one has no effect.
    async fn post_comes(&mut self) {
        if self.provider.letters.is_empty() {
            return;
        }
        let letter = self.dice.one_of(&self.provider.letters.clone()).clone();
        let secret = self.world().app.webhook_secrets[0].clone();
        if self.dice.percent(15) {
            let before = self.world().clearing("USD").await;
            let (secret, age) = if self.dice.percent(50) { (FORGER.to_owned(), 0) } else { (secret, 301) };
            assert!(self.delivers(&letter, &secret, age).await.is_err(), "I15: forged or stale, and taken");
            assert_eq!(self.world().clearing("USD").await, before);
            self.tally.forged += 1;
            return;
        }
        for _ in 0..=self.dice.below(3) {
            self.delivers(&letter, &secret, 0).await.unwrap();
            self.tally.delivered += 1;
        }
        let body: Value = serde_json::from_str(&letter.body).unwrap();
        let payment = body["data"]["paymentId"].as_str().unwrap().to_owned();
        if body["type"] == "payment.succeeded" {
            let minor = body["data"]["amountMinor"].as_str().unwrap().parse().unwrap();
            self.tally.doubled += u64::from(self.provider.holds.insert(payment, minor).is_some());
        }
    }

    async fn happens(&mut self) {
        match self.dice.below(100) {
            0..=5 => {
                let kinds = [json!({}), json!({ "depositPercent": 30 }), json!({ "draft": true })];
                let mut wish = self.trade.wish(100);
                wish.as_object_mut().unwrap().extend(self.dice.one_of(&kinds).as_object().unwrap().clone());
                let order = self.trade.places(wish).await.good()["placeOrder"]["order"].clone();
                self.orders.push(order);
            }
            6..=15 => self.repeats().await,
            16..=37 => self.post_comes().await,
            38..=43 => {
                let hours = [1, 5, 24, 100, 800][self.dice.below(5)];
                self.world().passes(Span::hours(hours));
                deadlines::sweep(&self.world().app).await.unwrap();
                work_off(&self.world().app).await.unwrap();
            }
            _ => {
                // The provider speaks by letters only, and the clock by itself.
                let deeds: Vec<_> =
                    DEEDS.iter().filter(|deed| !deed.is_clock && !deed.name.starts_with("money")).collect();
                let deeds: Vec<_> =
                    deeds.into_iter().filter(|deed| !deed.stages.contains(&Stage::Nothing)).collect();
                let mut deed = **self.dice.one_of(&deeds);
                if self.dice.percent(50) {
                    // Something that fits the latest order, mostly not its end.
                    let order = self.trade.order(self.orders.last().unwrap(), "status").await;
                    let stages = stages_of(order["status"].as_str().unwrap());
                    let fits = |deed: &&&Deed| deed.stages.iter().any(|stage| stages.contains(stage));
                    let fitting: Vec<_> = deeds.iter().filter(fits).collect();
                    let onward: Vec<_> = fitting.iter().filter(|deed| !ends(deed)).collect();
                    if !onward.is_empty() && self.dice.percent(90) {
                        deed = ***(*self.dice.one_of(&onward));
                    }
                } else if ends(&deed) && self.dice.percent(85) {
                    return;
                }
                self.tries(deed).await;
            }
        }
    }
}

on_both! {
    async fn random_histories_through_the_whole_stack(w) {
        let trade = Arc::new(w.trade().await);
        let (seed, histories, length) = (seed(), count("SURETY_FULL_HISTORIES", 20), count("SURETY_FULL_LENGTH", 100));
        Box::pin(trade.everybody()).await;
        let (mut tally, mut provider) = (Tally::default(), Provider::default());
        for number in 0..histories as u64 {
            let first = trade.placed(100).await;
            let mut history = History {
                trade: &trade, dice: Dice::new(seed ^ 0xf0f0, number), orders: vec![first], done: Vec::new(),
                provider: &mut provider, tally: &mut tally,
            };
            for _ in 0..length {
                history.happens().await;
            }
            assert_eq!(ledger::audit(&w.app.db).await.unwrap(), Vec::<String>::new(), "history {number}, seed {seed}");
            assert_eq!(metrics::check(&w.app).await.unwrap(), Vec::<String>::new(), "history {number}, seed {seed}");
            // Every second one is added up, so that what is pending is compared, too.
            if number % 2 == 1 {
                metrics::add_up(&w.app).await.unwrap();
            }
        }
        // I16: what the provider holds by its own books, each payment once however often it told of it.
        let held: i64 = provider.holds.values().sum();
        assert_eq!(w.clearing("USD").await, held, "the provider's books say otherwise");
        w.money_holds().await;
        w.log_is_whole().await;
        let all = tally.done + tally.refused;
        println!(
            "histories through {}: seed {seed}, {histories} of {length}; {all} deeds, {} % refused; {} keys repeated, {} with another input; \
             {} letters delivered, {} payments told of again, {} forged or stale; {:?}",
            w.name(), tally.refused * 100 / all, tally.repeated, tally.poisoned, tally.delivered, tally.doubled, tally.forged, tally.verdicts
        );
        assert!(tally.refused * 100 >= 30 * all, "too few illegal commands to mean anything");
        assert!(tally.forged * 100 >= 5 * tally.delivered && tally.doubled > 0);
    }
}
