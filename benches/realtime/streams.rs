//! Events over WebSockets: how soon, to how many, for how much memory, and beside those who do not read.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::Arguments;
use super::bare::Bare;
use super::database::Database;
use super::ears::{self, Ears, Heard, Socket};
use super::node::{Node, Talk};
use super::report::{self, Spread};

/// Sockets that are open before memory is looked at, so that what is made once is not counted.
const WARM: usize = 100;
/// Bytes that one idle subscriber may take.
const SOCKET_GOAL: i64 = 25_600;
/// Within which 99 of 100 of ten thousand subscribers are to be told, in microseconds.
const FANOUT_GOAL: i64 = 400_000;
/// Seconds in which whoever does not read is to be cut off.
const STALLED_GOAL: u64 = 30;
/// Subscriptions of a stalled socket, each with a large frame: the kernel takes megabytes on loopback before a write waits.
const STALLED_TIMES: usize = 4;

async fn start(database: &Database, sockets: usize) -> Node {
    Node::start(database, &[("SURETY_SOCKETS", (sockets + 500).to_string())]).await
}

/// Says something in a steady rhythm, whether or not what was said before has been answered.
async fn talk_on(node: &Arc<Node>, talk: &Talk, count: u32, pause: Duration) {
    let (begun, mut said) = (Instant::now(), JoinSet::new());
    for number in 0..count {
        sleep_until(begun + pause * number).await;
        let (node, thread) = (Arc::clone(node), talk.thread.clone());
        said.spawn(async move { node.say(&thread).await });
    }
    while let Some(done) = said.join_next().await {
        done.unwrap();
    }
}

fn events(count: u32) -> usize {
    usize::try_from(count).unwrap()
}

/// From the instant of an event to the arrival of its frame, beside a bare server.
pub async fn latency(database: &Database, arguments: &Arguments) -> usize {
    let count = arguments.size(1_000);
    let node = Arc::new(start(database, count).await);
    // On PostgreSQL another node is told, so that this one hears by the database.
    let teller = if arguments.database == "sqlite" {
        Arc::clone(&node)
    } else {
        Arc::new(start(database, count).await)
    };
    let (_, talk) = node.ware().await;
    let mut ears = Ears::open(&node, &talk, count).await;
    talk_on(&teller, &talk, 5, Duration::from_millis(200)).await;
    let warm = ears.hear(5).await;
    talk_on(&teller, &talk, arguments.events(), arguments.pause()).await;
    let heard = ears.hear(events(arguments.events())).await;
    ears.close().await;
    drop((node, teller));
    let bare = against_bare(count, arguments, heard.bytes).await;
    let wrong = warm.lost + warm.doubled + heard.lost + heard.doubled;
    let (ours, least) = (Spread::of(heard.micros), Spread::of(bare.micros));
    let ratios =
        [(ours.p50, least.p50), (ours.p99, least.p99)].map(|(ours, least)| report::ratio(ours, least));
    report::head();
    let what = format!("latency, {}, {count} subscribers, {} events/s", arguments.database, arguments.rate);
    let seen = format!(
        "{ours}; bare: {least}; ratio p50 {}, p99 {}; lost {}, doubled {}; {} bytes",
        ratios[0], ratios[1], heard.lost, heard.doubled, heard.bytes
    );
    report::row(&what, "–", &seen, None);
    wrong
}

async fn against_bare(count: usize, arguments: &Arguments, bytes: usize) -> Heard {
    let bare = Bare::start().await;
    let mut ears = Ears::bare(&bare.address, count).await;
    // The last upgrades may still be on their way into their loops.
    sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    for number in 0..arguments.events() {
        sleep_until(begun + arguments.pause() * number).await;
        bare.tell(events(number), bytes).await;
    }
    let heard = ears.hear(events(arguments.events())).await;
    ears.close().await;
    bare.stop().await;
    heard
}

/// One event to very many.
pub async fn fanout(database: &Database, arguments: &Arguments) -> usize {
    const TIMES: u32 = 5;
    let count = arguments.size(10_000);
    let node = Arc::new(start(database, count).await);
    let (_, talk) = node.ware().await;
    eprintln!("opening {count} sockets");
    let mut ears = Ears::open(&node, &talk, count).await;
    talk_on(&node, &talk, 1, Duration::from_secs(1)).await;
    let warm = ears.hear(1).await;
    let (mut wrong, mut worst) = (warm.lost + warm.doubled, Spread::of(Vec::new()));
    let mut lasts = Vec::new();
    for _ in 0..TIMES {
        talk_on(&node, &talk, 1, Duration::from_secs(1)).await;
        let heard = ears.hear(1).await;
        wrong += heard.lost + heard.doubled;
        let spread = Spread::of(heard.micros);
        lasts.push(report::millis(spread.max));
        if spread.p99 > worst.p99 {
            worst = spread;
        }
    }
    ears.close().await;
    report::head();
    let what = format!("fanout, {}, one event to {count}, worst of {TIMES}", arguments.database);
    let seen = format!("{worst}; the last of each after {} ms; lost or doubled {wrong}", lasts.join(", "));
    report::row(&what, "p99 ≤ 400 ms on 4 cores", &seen, Some(worst.p99 <= FANOUT_GOAL));
    wrong
}

/// Memory of the server with idle subscribers.
pub async fn memory(database: &Database, arguments: &Arguments) -> usize {
    let count = arguments.size(10_000);
    let node = start(database, count + WARM).await;
    let (_, talk) = node.ware().await;
    let warm = Ears::open(&node, &talk, WARM).await;
    sleep(Duration::from_secs(2)).await;
    let before = node.memory();
    let mut ears = Ears::open(&node, &talk, count).await;
    sleep(Duration::from_secs(5)).await;
    let after = node.memory();
    node.say(&talk.thread).await;
    let heard = ears.hear(1).await;
    let told = node.memory();
    ears.close().await;
    warm.close().await;
    let each = |bytes: u64| {
        i64::try_from(bytes.saturating_sub(before)).unwrap() / i64::try_from(count.max(1)).unwrap()
    };
    report::head();
    let what = format!("memory, {}, {count} idle subscribers", arguments.database);
    let seen = format!(
        "{} bytes each ({} after an event); {} MiB before, {} MiB with them",
        each(after),
        each(told),
        before / 1_048_576,
        after / 1_048_576
    );
    report::row(&what, "≤ 25 KiB each", &seen, Some(each(after) <= SOCKET_GOAL));
    heard.lost + heard.doubled
}

/// A document whose frames are as large as the door lets one ask.
fn wide() -> String {
    let fields: Vec<String> = (0..90).map(|number| format!("c{number}: cursor")).collect();
    format!(
        "subscription($subject: ID) {{ stream: events(subject: $subject, types: [MESSAGE_SENT]) {{ __typename \
         ... on Event {{ {} }} }} }}",
        fields.join(" ")
    )
}

/// Sockets that never read, beside a hundred that do.
pub async fn stalled(database: &Database, arguments: &Arguments) -> usize {
    const READERS: usize = 100;
    let count = arguments.size(200);
    let node = Arc::new(start(database, count + READERS).await);
    let (_, talk) = node.ware().await;
    let mut ears = Ears::open(&node, &talk, READERS).await;
    talk_on(&node, &talk, arguments.events(), arguments.pause()).await;
    let without = ears.hear(events(arguments.events())).await;
    let (before, open_before) = (node.memory(), node.sockets());
    let document = wide();
    let mut deaf: Vec<Socket> = Vec::new();
    for _ in 0..count {
        let (caller, asked) =
            ((node.address.as_str(), node.token("buyer")), (document.as_str(), talk.order.as_str()));
        deaf.push(ears::subscribe(caller, asked, STALLED_TIMES, Some(4_096)).await);
    }
    let told = {
        let (node, talk, pause) = (Arc::clone(&node), talk.clone(), arguments.pause());
        let count = arguments.events().max(40 * arguments.rate);
        tokio::spawn(async move {
            talk_on(&node, &talk, count, pause).await;
            count
        })
    };
    let (begun, mut largest, mut closed_after) = (Instant::now(), before, None);
    while !told.is_finished() {
        sleep(Duration::from_millis(200)).await;
        largest = largest.max(node.memory());
        // The sender's own connections come and go; none of the deaf is left where fewer than one in fifty is.
        if closed_after.is_none() && node.sockets() <= open_before + count / 50 + 2 {
            closed_after = Some(begun.elapsed().as_secs());
        }
    }
    let with = ears.hear(events(told.await.unwrap())).await;
    drop(deaf);
    ears.close().await;
    let wrong = without.lost + without.doubled + with.lost + with.doubled;
    let (without, with) = (Spread::of(without.micros), Spread::of(with.micros));
    report::head();
    let what = format!("stalled, {}, {count} that never read beside {READERS} that do", arguments.database);
    let closed = closed_after
        .map_or_else(|| "not all closed".to_owned(), |after| format!("all closed after {after} s"));
    let seen = format!(
        "{closed}; others p99 {} ms without, {} ms with; {} KiB more for each; lost or doubled {wrong}",
        report::millis(without.p99),
        report::millis(with.p99),
        largest.saturating_sub(before) / 1_024 / u64::try_from(count.max(1)).unwrap()
    );
    let meets = closed_after.is_some_and(|after| after <= STALLED_GOAL);
    report::row(&what, "all closed ≤ 30 s", &seen, Some(meets));
    wrong
}
