//! Timers at their edges: one second before, at, and one second after each instant, on the pure machine many times and
//! through the worker on both databases. None acts early, none twice, none is missed; what stands under a hold keeps what
//! was left of it (`oracle.rs`). `SURETY_TIMELINES` and `SURETY_WORKER_TIMELINES` say how many.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use surety::domain::deadline::{DeadlineKind, DeadlineState};
use surety::domain::error::Code;
use surety::domain::order::{ActorKind, Command, Order, step};
use surety::domain::time::{Span, Timestamp};
use surety::service::deadlines;

use super::bench::Bench;
use super::dice::{Dice, count, seed};
use super::histories::{Counts, History};
use super::stages::Stage;
use super::world::{World, on_both};

/// The act of an order as it is.
pub type Act = fn(&Order) -> Command;

/// Acts that have to be done in time: at the instant they are taken, a second later they are refused.
pub const IN_TIME: &[(DeadlineKind, ActorKind, Act)] =
    &[(DeadlineKind::SupplierConfirmation, ActorKind::Supplier, |order| Command::Confirm {
        terms_hash: order.terms_hash.clone(),
    })];

/// Stages without timers, and those where a timer that is over waits for a second operator or for a refund to arrive.
const WITHOUT_EDGES: &[Stage] = &[
    Stage::Nothing,
    Stage::Draft,
    Stage::Decided,
    Stage::RefundAsked,
    Stage::RefundFailed,
    Stage::ServiceRefused,
];

const ROUNDS: usize = 4;

/// What was looked at.
#[derive(Default)]
struct Edges {
    passed: usize,
    in_time: usize,
    left_in_time: usize,
    paused: usize,
    kinds: BTreeMap<&'static str, usize>,
}

fn check_acts(history: &History<'_>, kind: DeadlineKind, due: Timestamp, edges: &mut Edges) {
    for (_, actor, command) in IN_TIME.iter().filter(|(known, ..)| *known == kind) {
        let command = command(&history.order);
        let at = |now| step(&history.order, *actor, &command, now).map_err(|refusal| refusal.code);
        assert!(at(due).is_ok(), "{kind}: refused in time");
        assert_eq!(at(due.plus(Span::seconds(1))).unwrap_err(), Code::DeadlinePassed, "{kind}");
        edges.in_time += 1;
    }
}

/// Goes to the edge of a random timer and over it.
fn edge(history: &mut History<'_>, dice: &mut Dice, edges: &mut Edges) {
    edges.paused +=
        history.order.deadlines.iter().filter(|timer| timer.state == DeadlineState::Paused).count();
    let ahead = |timer: &&surety::domain::deadline::Deadline| {
        timer.state == DeadlineState::Pending && timer.due_at > history.now.plus(Span::seconds(1))
    };
    let timers: Vec<_> = history.order.deadlines.iter().filter(ahead).cloned().collect();
    if timers.is_empty() {
        return;
    }
    let timer = dice.one_of(&timers).clone();
    // Half of the time it is left at its instant, so that what comes later is reached, too.
    let goes_over = dice.percent(50);
    for (offset, is_over) in [(-1, false), (0, false), (1, true)] {
        history.now = timer.due_at.plus(Span::seconds(offset));
        let before = history.order.clone();
        let acted = history.fire();
        assert!(acted.iter().all(|acted| acted.due_at < history.now), "a timer acted early: {acted:?}");
        let stayed = history.order.deadlines.iter().any(|known| known.id == timer.id);
        let still_there = before
            .deadlines
            .iter()
            .any(|known| known.id == timer.id && known.state == DeadlineState::Pending);
        if !is_over {
            assert!(!acted.iter().any(|acted| acted.id == timer.id), "{} acted at {offset} s", timer.kind);
        } else if still_there {
            let waits = stayed && deadlines::waits(&timer, &history.order);
            assert!(!stayed || waits, "{} was missed", timer.kind);
            edges.passed += 1;
            *edges.kinds.entry(timer.kind.as_str()).or_default() += 1;
        }
        if !still_there {
            return;
        }
        if offset == 0 {
            check_acts(history, timer.kind, timer.due_at, edges);
            edges.left_in_time += usize::from(!goes_over);
            if !goes_over {
                return;
            }
        }
    }
}

#[test]
fn timers_act_after_their_instant_and_once() {
    let (seed, bench, mut counts, mut edges) = (seed(), Bench::new(), Counts::default(), Edges::default());
    let timelines = count("SURETY_TIMELINES", 10_000);
    for number in 0..timelines as u64 {
        let mut dice = Dice::new(seed ^ 0x7131, number);
        let mut history = History::new(&bench, &mut dice, &mut counts);
        for round in 0..ROUNDS {
            // First as far as chance leads, in a few hours; then from edge to edge.
            let steps = if round == 0 { 1 + dice.below(16) } else { dice.below(3) };
            for _ in 0..steps {
                history.now = history.now.plus(Span::seconds(i64::try_from(dice.below(10_000)).unwrap()));
                let sensible = dice.percent(90);
                history.happens(&mut dice, sensible, false);
            }
            edge(&mut history, &mut dice, &mut edges);
        }
    }
    println!(
        "timelines on the pure machine: seed {seed}, {timelines} with {} edges passed ({:?}), {} left at their instant, {} acts in time and late, {} looks at timers that stood; \
         none early, none twice, none missed",
        edges.passed, edges.kinds, edges.left_in_time, edges.in_time, edges.paused
    );
    let never = DeadlineKind::ALL.iter().filter(|kind| !edges.kinds.contains_key(kind.as_str()));
    let never: Vec<_> = never.collect();
    assert!(never.is_empty(), "no timeline came to the edge of {never:?}");
}

/// The next instant of a running timer of an order.
async fn next_due(w: &World, order: &str) -> Option<Timestamp> {
    let rows = w.rows(&format!("SELECT due_at FROM deadline WHERE order_id = '{order}' AND state = 'PENDING' ORDER BY due_at LIMIT 1")).await;
    rows.first().map(|row| Timestamp::from_micros(row.try_get("", "due_at").unwrap()))
}

/// How many timers have ended.
async fn ended(w: &World) -> i64 {
    w.number("SELECT count(*) FROM deadline WHERE settled_at IS NOT NULL").await
}

on_both! {
    async fn the_worker_acts_after_the_instant_and_once(w) {
        const WORKERS: usize = 8;
        let trade = Arc::new(w.trade().await);
        let stages: Vec<_> = Stage::ALL.iter().filter(|stage| !WITHOUT_EDGES.contains(stage)).collect();
        let mut dice = Dice::new(seed(), 5);
        let (timelines, mut edges) = (count("SURETY_WORKER_TIMELINES", 24), 0);
        for number in 0..timelines {
            let order = Box::pin(trade.at(*stages[number % stages.len()], true)).await;
            let id = order["id"].as_str().unwrap().to_owned();
            // What the stage's patience made due is done first.
            deadlines::sweep(&w.app).await.unwrap();
            let mut rounds = 3 + dice.below(4);
            while let Some(due) = next_due(&w, &id).await.filter(|_| rounds > 0) {
                rounds -= 1;
                let gap = w.now().until(due).as_seconds();
                let before = w.fate(&id).await;
                for offset in [gap - 1, 1] {
                    // One second before, then at the instant.
                    if offset > 0 {
                        w.passes(Span::seconds(offset));
                    }
                    assert_eq!(deadlines::sweep(&w.app).await.unwrap(), 0, "a timer acted early");
                    assert_eq!(w.fate(&id).await, before, "something acted early");
                }
                w.passes(Span::seconds(1));
                let settled = ended(&w).await;
                let sweeps = join_all((0..WORKERS).map(|_| {
                    let app = Arc::clone(&w.app);
                    async move { tokio::spawn(async move { deadlines::sweep(&app).await.unwrap() }).await.unwrap() }
                }));
                let fired: u64 = sweeps.await.into_iter().sum();
                let stage = stages[number % stages.len()];
                assert!(fired > 0, "{stage:?}: a timer was missed at {due}, now {}", w.now());
                let settled = ended(&w).await - settled;
                assert!(settled >= 1 && i64::try_from(fired).unwrap() <= settled, "{fired} acts ended {settled} timers");
                edges += 1;
            }
        }
        w.money_holds().await;
        w.log_is_whole().await;
        println!("timelines of the worker on {}: {timelines} with {edges} edges, {WORKERS} workers at each; none early, none twice, none missed", w.name());
    }
}
