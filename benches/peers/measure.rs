//! Rounds of the targets, one after the other, so that a noisy minute meets all of them.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::children::{Child, Kind};
use super::load::{Asker, Connection, Round, shoot};
use super::market::Dice;
use super::questions::Question;

/// How long a target is warmed before its first round.
const WARM: Duration = Duration::from_millis(150);

/// Checks that the floor gives the product's very answers; answers how many bytes one has.
pub async fn compare_answers(targets: &[Child], asker: &Asker) -> usize {
    let mut bytes = 0;
    let (mut ours, mut theirs) = (answers(&targets[0], asker).await, answers(&targets[1], asker).await);
    for (ours, theirs) in ours.drain(..).zip(theirs.drain(..)) {
        bytes = ours.to_string().len();
        if asker.question != Question::PlaceOrder {
            assert_eq!(
                ours["data"],
                theirs["data"],
                "the floor answers {} differently",
                asker.question.label()
            );
        }
    }
    bytes
}

async fn answers(target: &Child, asker: &Asker) -> Vec<Value> {
    let mut connection = Connection::open(target.port, &target.path(asker.question), asker).await;
    let mut dice = Dice(7);
    let mut found = Vec::new();
    for _ in 0..20 {
        let answer: Value = serde_json::from_slice(connection.ask(&mut dice).await).unwrap();
        check(&answer, asker.question);
        found.push(answer);
    }
    found
}

/// A fast refusal is no answer.
fn check(answer: &Value, question: Question) {
    let data = &answer["data"];
    let good = match question {
        Question::Product | Question::ProductWithToken => data["product"]["supplier"]["name"].is_string(),
        Question::Search => data["products"]["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()),
        Question::Supplier => {
            data["supplier"]["products"]["nodes"].as_array().is_some_and(|nodes| nodes.len() == 10)
        }
        Question::PlaceOrder => data["placeOrder"]["order"]["id"].is_string(),
    };
    assert!(good, "no full answer: {answer}");
}

/// Each target's rounds, in the order of the targets.
pub async fn rounds(
    targets: &[Child],
    asker: &Asker,
    connections: usize,
    length: Duration,
    count: usize,
) -> Vec<(Kind, Vec<Round>)> {
    let mut found: Vec<(Kind, Vec<Round>)> = targets.iter().map(|target| (target.kind, Vec::new())).collect();
    for number in 0..count {
        for (target, (_, rounds)) in targets.iter().zip(&mut found) {
            let mut open = Vec::new();
            for _ in 0..connections {
                open.push(Connection::open(target.port, &target.path(asker.question), asker).await);
            }
            let seed = u64::try_from(number).unwrap() + 1;
            if number == 0 {
                open = shoot(open, WARM, 0).await.1;
            }
            rounds.push(round(target, open, length, seed).await);
        }
    }
    found
}

async fn round(target: &Child, open: Vec<Connection>, length: Duration, seed: u64) -> Round {
    let (begun, before) = (Instant::now(), target.cpu_micros());
    let (mut micros, _open) = shoot(open, length, seed << 8).await;
    let (took, after) = (begun.elapsed(), target.cpu_micros());
    micros.sort_unstable();
    let count = u64::try_from(micros.len()).unwrap().max(1);
    let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or_default();
    Round {
        rate: count * 1_000_000 / u64::try_from(took.as_micros()).unwrap(),
        p50: at(50),
        p99: at(99),
        cpu: before.zip(after).map(|(before, after)| after.saturating_sub(before) / count),
    }
}
