//! Chance against everything that reads what strangers send. No panic, no INTERNAL, no work without bound, and what is written can
//! be read again, whatever comes.
//!
//! `SURETY_FUZZ_SECONDS` says how long it runs (5), `SURETY_FUZZ_SEED` with which chance; a failure prints the seed and the number
//! of its case. `SURETY_FUZZ_CASES` ends the run behind so many cases, so that the failing one is the last.

#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed, and says so")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it ran")]

mod chance;
mod documents;
mod targets;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use chance::Chance;
use targets::Target;
use world::World;

/// Stack of the thread that runs documents: without optimisation the futures of a command are large.
const STACK: usize = 64 << 20;
/// A case that takes longer than this hangs.
const HANG: Duration = Duration::from_mins(2);

/// A number of the environment.
fn setting(name: &str, usual: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the tests' own settings are not the program's")]
    let text = std::env::var(name).unwrap_or_default();
    if text.is_empty() {
        usual
    } else {
        text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}"))
    }
}

fn main() -> ExitCode {
    let seed = setting("SURETY_FUZZ_SEED", 20_261_122);
    let case = Arc::new(AtomicU64::new(0));
    let (done, over) = mpsc::channel();
    let number = Arc::clone(&case);
    let run = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        let passed = run(seed, &number);
        if done.send(passed).is_err() {
            eprintln!("fuzz: nobody waits for the end any more");
        }
    });
    drop(run.unwrap());
    loop {
        let before = case.load(Ordering::Relaxed);
        match over.recv_timeout(HANG) {
            Ok(true) => return ExitCode::SUCCESS,
            Ok(false) => return ExitCode::FAILURE,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                eprintln!("fuzz: the run itself failed at case {before} of seed {seed}");
                return ExitCode::FAILURE;
            }
            Err(mpsc::RecvTimeoutError::Timeout) if case.load(Ordering::Relaxed) == before => {
                eprintln!("fuzz: case {before} of seed {seed} hangs");
                return ExitCode::FAILURE;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Runs rounds of all targets until the time is over; whether everything held.
fn run(seed: u64, number: &AtomicU64) -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let texts = documents::of_the_tests();
    let (begun, seconds) = (Instant::now(), setting("SURETY_FUZZ_SECONDS", 5));
    let most = setting("SURETY_FUZZ_CASES", u64::MAX);
    let mut counts = [0_u64; Target::ROUND.len()];
    'rounds: while begun.elapsed() < Duration::from_secs(seconds) {
        for ((target, times), count) in Target::ROUND.iter().zip(&mut counts) {
            for _ in 0..*times {
                let case = number.fetch_add(1, Ordering::Relaxed);
                if case >= most {
                    break 'rounds;
                }
                let chance = Chance::new(seed, case);
                let held =
                    catch_unwind(AssertUnwindSafe(|| runtime.block_on(target.run(&world, &texts, chance))));
                *count += 1;
                let wrong = match held {
                    Ok(Ok(())) => continue,
                    Ok(Err(wrong)) => wrong,
                    Err(_) => "it panics (see above)".to_owned(),
                };
                let cases = case + 1;
                eprintln!("fuzz: {target:?}, case {case} of seed {seed}: {wrong}");
                eprintln!(
                    "again: SURETY_FUZZ_SEED={seed} SURETY_FUZZ_CASES={cases} SURETY_FUZZ_SECONDS=86400 cargo test --test fuzz"
                );
                return false;
            }
        }
    }
    let counted: Vec<_> =
        Target::ROUND.iter().zip(counts).map(|((target, _), count)| format!("{target:?} {count}")).collect();
    println!(
        "fuzz: seed {seed}, {} s, {} documents of the tests, cases: {}",
        begun.elapsed().as_secs(),
        texts.len(),
        counted.join(", ")
    );
    true
}
