//! Races of all pairs: two deeds on one order at the same instant come to what one after the other would have come to.
//! The oracle is the program itself without the race: both serial orders are run first. `SURETY_RACES` says how often
//! each pair runs at each stage, `SURETY_RACE_STAGES` at how many of its stages, `SURETY_STRANGERS` how many pairs that share no
//! stage are raced.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::Barrier;

use super::deeds::{DEEDS, Deed};
use super::dice::{Dice, count, seed};
use super::stages::Stage;
use super::trade::Trade;
use super::world::{World, on_both};

/// How each of two deeds ended, and what became of the order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// `done` or the code of each refusal.
    pub verdicts: [String; 2],
    /// See [`World::fate`].
    pub fate: Vec<String>,
}

impl Outcome {
    /// Without timers and events: when several timers are over, a command may come between two of them.
    fn core(&self) -> (&[String; 2], Vec<&str>) {
        let lines =
            self.fate.iter().filter(|line| !line.starts_with("timer ") && !line.starts_with("event "));
        let without_version = |line: &'_ String| match line.strip_prefix("order ").map(str::len) {
            Some(_) => line.len() - line.rsplit(' ').next().map_or(0, str::len),
            None => line.len(),
        };
        (&self.verdicts, lines.map(|line| &line[..without_version(line)]).collect())
    }
}

/// What may come out of a race of two.
#[derive(Debug)]
pub struct Serial {
    /// Whether one of them is the clock, which acts by several transactions.
    with_clock: bool,
    /// The first deed before the second, and the other way round.
    outcomes: [Outcome; 2],
}

impl Serial {
    /// Whether only the first of the two can win, whichever it is.
    pub fn is_exclusive(&self) -> bool {
        let [first, second] = &self.outcomes;
        let won = |outcome: &Outcome| outcome.verdicts.each_ref().map(|verdict| verdict == "done");
        won(first) == [true, false] && won(second) == [false, true]
    }

    /// What is wrong with the outcome of a race; nothing where one after the other comes to the same.
    pub fn judge(&self, outcome: &Outcome) -> Result<(), String> {
        for verdict in &outcome.verdicts {
            if matches!(verdict.as_str(), "INTERNAL" | "OVERLOADED" | "IDEMPOTENCY_IN_PROGRESS" | "(no code)")
            {
                return Err(format!("failed inside: {:?}", outcome.verdicts));
            }
        }
        if self.is_exclusive() && outcome.verdicts.iter().filter(|verdict| *verdict == "done").count() != 1 {
            return Err(format!("not exactly one winner: {:?}", outcome.verdicts));
        }
        if self.outcomes.contains(outcome) {
            return Ok(());
        }
        if self.with_clock && self.outcomes.iter().any(|serial| serial.core() == outcome.core()) {
            return Ok(());
        }
        Err(format!("no serial order comes to {outcome:#?}, but {:#?}", self.outcomes))
    }
}

async fn do_it(trade: &Arc<Trade>, deed: Deed, order: &Value) -> String {
    (deed.act)(Arc::clone(trade), order.clone(), trade.key()).await
}

/// Both orders of two deeds, each on an order of its own.
pub async fn serial(trade: &Arc<Trade>, pair: [Deed; 2], stage: Stage) -> Serial {
    let mut outcomes = Vec::new();
    for turned in [false, true] {
        let order = Box::pin(trade.at(stage, pair.iter().any(|deed| deed.is_clock))).await;
        let mut verdicts = [String::new(), String::new()];
        for place in if turned { [1, 0] } else { [0, 1] } {
            verdicts[place] = do_it(trade, pair[place], &order).await;
        }
        let fate = trade.fate(&order).await;
        outcomes.push(Outcome { verdicts, fate });
    }
    Serial { with_clock: pair.iter().any(|deed| deed.is_clock), outcomes: outcomes.try_into().unwrap() }
}

/// All of them at the same instant.
pub async fn at_once(trade: &Arc<Trade>, deeds: &[Deed], order: &Value) -> Vec<String> {
    let barrier = Arc::new(Barrier::new(deeds.len()));
    let tasks = deeds.iter().map(|deed| {
        let (barrier, trade, order, deed) = (Arc::clone(&barrier), Arc::clone(trade), order.clone(), *deed);
        tokio::spawn(async move {
            barrier.wait().await;
            do_it(&trade, deed, &order).await
        })
    });
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

/// What was raced.
#[derive(Default)]
struct Tally {
    pairs: BTreeSet<[&'static str; 2]>,
    cells: usize,
    exclusive: usize,
    races: usize,
    crowds: usize,
    first_won: usize,
    second_won: usize,
}

async fn race(w: &World, trade: &Arc<Trade>, pair: [Deed; 2], stage: Stage, tally: &mut Tally) {
    let names = pair.map(|deed| deed.name);
    let expected = serial(trade, pair, stage).await;
    let is_due = pair.iter().any(|deed| deed.is_clock);
    tally.pairs.insert(names);
    tally.cells += 1;
    tally.exclusive += usize::from(expected.is_exclusive());
    for round in 0..count("SURETY_RACES", 1) {
        let order = Box::pin(trade.at(stage, is_due)).await;
        // Each of them is the first to be woken at times.
        let turned = round % 2 == 1;
        let deeds = if turned { [pair[1], pair[0]] } else { pair };
        let mut verdicts: [String; 2] = at_once(trade, &deeds, &order).await.try_into().unwrap();
        if turned {
            verdicts.reverse();
        }
        let outcome = Outcome { verdicts, fate: trade.fate(&order).await };
        if let Err(problem) = expected.judge(&outcome) {
            panic!("{names:?} at {stage:?} on {}: {problem}", w.name());
        }
        tally.races += 1;
        tally.first_won += usize::from(outcome.fate == expected.outcomes[0].fate);
        tally.second_won += usize::from(outcome.fate == expected.outcomes[1].fate);
    }
    // Eight at once, four of each: of one deed, and of two that exclude each other.
    if names[0] != names[1] && !expected.is_exclusive() {
        return;
    }
    let order = Box::pin(trade.at(stage, is_due)).await;
    let deeds: Vec<_> = (0..8).map(|client| pair[client % 2]).collect();
    let verdicts = at_once(trade, &deeds, &order).await;
    for verdict in &verdicts {
        assert!(
            !matches!(verdict.as_str(), "INTERNAL" | "(no code)"),
            "eight of {names:?} at {stage:?}: {verdicts:?}"
        );
    }
    let fate = trade.fate(&order).await;
    let releases =
        fate.iter().filter(|line| line.contains("money RELEASE") && line.contains("ESCROW>SUPPLIER")).count();
    assert!(releases <= 1, "eight of {names:?} at {stage:?} released {releases} times");
    tally.crowds += 1;
}

/// A pair, where it is raced.
type Cell = (Stage, [Deed; 2]);

/// All unordered pairs of deeds that can be tried at one stage, a deed with itself included: each at as many of the stages
/// that they share as are wanted, those first where one of them is at home. Then some of the pairs that share no stage: one
/// of them is refused there, and has to leave the other alone.
fn cells(stages: usize, strangers: usize, dice: &mut Dice) -> Vec<Cell> {
    let deeds: Vec<Deed> =
        DEEDS.iter().copied().filter(|deed| !deed.stages.contains(&Stage::Nothing)).collect();
    let (mut out, mut apart): (Vec<Cell>, Vec<Cell>) = (Vec::new(), Vec::new());
    for (place, first) in deeds.iter().enumerate() {
        for second in &deeds[place..] {
            let pair = [*first, *second];
            let mut shared: Vec<Stage> =
                first.stages.iter().copied().filter(|stage| second.stages.contains(stage)).collect();
            shared.sort_by_key(|stage| !pair.iter().any(|deed| deed.stages[0] == *stage));
            out.extend(shared.iter().take(stages).map(|stage| (*stage, pair)));
            if shared.is_empty() {
                apart.push((dice.one_of(&pair).stages[0], pair));
            }
        }
    }
    for _ in 0..strangers.min(apart.len()) {
        out.push(apart.swap_remove(dice.below(apart.len())));
    }
    out.sort_by_key(|(stage, _)| *stage);
    out
}

on_both! {
    async fn all_pairs_end_as_if_one_had_come_after_the_other(w) {
        let trade = w.racing_trade().await;
        let mut tally = Tally::default();
        let mut dice = Dice::new(seed(), 3);
        let cells = cells(count("SURETY_RACE_STAGES", 1), count("SURETY_STRANGERS", 40), &mut dice);
        for (stage, pair) in cells {
            race(&w, &trade, pair, stage, &mut tally).await;
        }
        assert_eq!(surety::store::ledger::audit(&w.app.db).await.unwrap(), Vec::<String>::new());
        w.money_holds().await;
        w.log_is_whole().await;
        println!(
            "races on {}: {} deeds, {} pairs at {} stages and pairs ({} exclusive), {} races of two, {} of eight; as the first order {}, as the second {}",
            w.name(), DEEDS.len(), tally.pairs.len(), tally.cells, tally.exclusive, tally.races, tally.crowds, tally.first_won, tally.second_won
        );
        let tried: BTreeMap<_, usize> = DEEDS.iter().map(|deed| (deed.name, tally.pairs.iter().filter(|pair| pair.contains(&deed.name)).count())).collect();
        let alone: Vec<_> = tried.iter().filter(|(name, pairs)| **pairs == 0 && **name != "placeOrder").collect();
        assert!(alone.is_empty(), "never raced: {alone:?}");
    }
}
