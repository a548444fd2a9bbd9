//! Failpoints: every deed × every place that it comes to × everything that can go wrong there. After the fault the order is
//! as before the deed or as after it, never between; after healing and the same key it is as if nothing had happened.
//! `SURETY_FAULTS` says how many of the four faults each place has, in turn, `SURETY_FAULT_STAGES` whether the last stage of
//! a deed is tried, too, `SURETY_DEATHS_APART` how many statements lie between two deaths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use surety::faults::Place;
use surety::service::payments::{open_pending_sessions, work_off};

use super::deeds::{DEEDS, Deed};
use super::dice::count;
use super::mischief::Fault;
use super::stages::Stage;
use super::trade::Trade;
use super::world::{World, on_both};

/// A deed about to be done to an order of its own.
struct Try {
    trade: Arc<Trade>,
    deed: Deed,
    order: Value,
    key: String,
}

impl Try {
    async fn new(trade: &Arc<Trade>, deed: Deed, stage: Stage) -> Self {
        let order = Box::pin(trade.at(stage, deed.is_clock)).await;
        Self { trade: Arc::clone(trade), deed, order, key: trade.key() }
    }

    /// Does it in a task of its own; `died` where the task did.
    async fn act(&self) -> String {
        let act = (self.deed.act)(Arc::clone(&self.trade), self.order.clone(), self.key.clone());
        tokio::spawn(act).await.unwrap_or_else(|_| "died".to_owned())
    }

    async fn fate(&self) -> Vec<String> {
        if !self.order["id"].is_null() {
            return self.trade.fate(&self.order).await;
        }
        match self.trade.world.order_of_reference(&self.key).await {
            Some(id) => self.trade.world.fate(&id).await,
            None => Vec::new(),
        }
    }

    /// What the node's own work and a caller who asks again make of it.
    async fn heals(&self) -> String {
        self.trade.world.the_dead_let_go_of("orders").await;
        tend(&self.trade.world).await;
        let verdict = self.act().await;
        tend(&self.trade.world).await;
        verdict
    }
}

/// What the node does by itself.
async fn tend(w: &World) {
    open_pending_sessions(&w.app).await.unwrap();
    work_off(&w.app).await.unwrap();
}

/// What a deed comes to when nothing goes wrong.
struct Undisturbed {
    places: Vec<Place>,
    statements: usize,
    before: Vec<String>,
    /// Right after it, and when the node has done its own work.
    done: Vec<String>,
    after: Vec<String>,
}

/// The same deed undisturbed; none where it is refused at this stage, and so writes nothing.
async fn undisturbed(trade: &Arc<Trade>, deed: Deed, stage: Stage) -> Option<Undisturbed> {
    let attempt = Try::new(trade, deed, stage).await;
    let before = attempt.fate().await;
    trade.world.mischief.plan(None);
    let verdict = attempt.act().await;
    let (places, statements) = trade.world.mischief.over();
    if verdict != "done" {
        assert_ne!(stage, deed.stages[0], "{} at its first stage: {verdict}", deed.name);
        return None;
    }
    let done = attempt.fate().await;
    tend(&trade.world).await;
    Some(Undisturbed { places, statements, before, done, after: attempt.fate().await })
}

/// What was tried how often.
#[derive(Default)]
struct Tally {
    cases: usize,
    places: BTreeSet<Place>,
    verdicts: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, what: &str, verdict: &str) {
        self.cases += 1;
        *self.verdicts.entry(format!("{what}: {verdict}")).or_default() += 1;
    }
}

/// One fault at one place.
async fn disturbed(
    trade: &Arc<Trade>,
    deed: Deed,
    stage: Stage,
    calm: &Undisturbed,
    fault: (usize, Fault),
) -> String {
    let place = format!("{} at {stage:?}, {:?} {}", deed.name, fault.1, calm.places[fault.0]);
    let attempt = Try::new(trade, deed, stage).await;
    let mischief = &trade.world.mischief;
    mischief.plan(Some(fault));
    let verdict = if fault.1 == Fault::Delay {
        // While it waits, the caller loses patience and asks again with the same key.
        let first = (deed.act)(Arc::clone(trade), attempt.order.clone(), attempt.key.clone());
        let first = tokio::spawn(first);
        mischief.until_delayed().await;
        let second = (deed.act)(Arc::clone(trade), attempt.order.clone(), attempt.key.clone());
        let second = tokio::spawn(second);
        mischief.release();
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert_eq!((first.as_str(), second.as_str()), ("done", "done"), "{place}");
        "done".to_owned()
    } else {
        attempt.act().await
    };
    mischief.over();
    let midway = attempt.fate().await;
    assert!(midway == calm.before || midway == calm.done, "{place}: neither before nor after: {midway:#?}");
    if verdict == "done" && !deed.is_clock {
        assert_eq!(midway, calm.done, "{place}: acknowledged and not done");
    }
    if fault.1 == Fault::Lost {
        assert_eq!(verdict, "done", "{place}: a lost transaction was not tried again");
    }
    assert_eq!(attempt.heals().await, "done", "{place}: healed");
    assert_eq!(attempt.fate().await, calm.after, "{place}: not as if nothing had happened");
    verdict
}

const FAULTS: [Fault; 4] = [Fault::Failure, Fault::Lost, Fault::Crash, Fault::Delay];

/// Whether a fault can happen at a place: only a transaction that has not committed can be lost.
fn can_happen(fault: Fault, place: Place) -> bool {
    fault != Fault::Lost || matches!(place, Place::BeforeCommit | Place::BeforeWriting(_))
}

async fn everything_is_settled(w: &World) {
    let owed = "SELECT count(*) FROM provider_request WHERE status = 'PENDING'";
    tend(w).await;
    assert_eq!(w.number(owed).await, 0, "something is owed to the provider");
    assert_eq!(w.number("SELECT count(*) FROM idempotency_key WHERE answer IS NULL").await, 0);
    w.money_holds().await;
    w.log_is_whole().await;
}

on_both! {
    async fn at_every_place_anything_may_go_wrong(w) {
        let trade = w.racing_trade().await;
        // The first order of all writes the policy, too.
        trade.placed(100).await;
        let mut tally = Tally::default();
        let (faults, stages) = (count("SURETY_FAULTS", 2), count("SURETY_FAULT_STAGES", 1));
        for (turn, deed) in DEEDS.iter().enumerate() {
            // The first stage and the last: between them the same code runs.
            let at: BTreeSet<_> = [deed.stages.first(), deed.stages.last()].into_iter().flatten().take(stages).collect();
            for stage in at {
                let Some(calm) = undisturbed(&trade, *deed, *stage).await else { continue };
                tally.places.extend(&calm.places);
                for (number, place) in calm.places.iter().enumerate() {
                    // A clock that is delayed is met by a second one; who of them acts is not fixed, only what.
                    let mut possible: Vec<_> = FAULTS.iter().filter(|fault| can_happen(**fault, *place)).collect();
                    let next = (turn + number) % possible.len();
                    possible.rotate_left(next);
                    for fault in possible.into_iter().take(faults) {
                        let verdict = disturbed(&trade, *deed, *stage, &calm, (number, *fault)).await;
                        tally.add(&format!("{fault:?}"), &verdict);
                    }
                }
            }
        }
        everything_is_settled(&w).await;
        let places: Vec<_> = tally.places.iter().map(ToString::to_string).collect();
        println!("failpoints on {}: {} deeds, {} cases, {:?}; places: {places:?}", w.name(), DEEDS.len(), tally.cases, tally.verdicts);
        for place in [Place::BeforeCommit, Place::AfterCommit, Place::BeforeProviderCall, Place::AfterProviderCall, Place::BeforeReply] {
            assert!(tally.places.contains(&place), "no deed came {place}");
        }
    }

    async fn after_every_statement_the_task_may_die(w) {
        let trade = w.racing_trade().await;
        // The first order of all writes the policy, too.
        trade.placed(100).await;
        let (mut cases, mut fell, mut died) = (0, 0, 0);
        let apart = count("SURETY_DEATHS_APART", 4);
        for (turn, deed) in DEEDS.iter().enumerate() {
            let stage = deed.stages[0];
            let calm = undisturbed(&trade, *deed, stage).await.unwrap();
            for statement in (turn % apart..calm.statements).step_by(apart) {
                let place = format!("{} at {stage:?} after statement {statement}", deed.name);
                let attempt = Try::new(&trade, *deed, stage).await;
                w.mischief.die_after(statement);
                died += usize::from(attempt.act().await == "died");
                // Loaders read together what comes together, so that a deed may have a statement or two less than when it was counted.
                fell += usize::from(w.mischief.has_fallen());
                w.mischief.over();
                let midway = attempt.fate().await;
                assert!(midway == calm.before || midway == calm.done, "{place}: neither before nor after: {midway:#?}");
                assert_eq!(attempt.heals().await, "done", "{place}: healed");
                assert_eq!(attempt.fate().await, calm.after, "{place}");
                cases += 1;
            }
        }
        everything_is_settled(&w).await;
        println!("deaths on {}: {cases} statements of {} deeds, {fell} came, {died} killed the whole request", w.name(), DEEDS.len());
        assert!(fell * 4 > cases * 3, "{fell} of {cases} died: the deeds have far less statements than when they were counted");
    }
}
