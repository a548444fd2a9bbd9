//! Several nodes over one PostgreSQL: writers that commit out of order, a transaction that stays open, readers that are cut off
//! or cut themselves off and go on elsewhere, kill -9 of nodes and of the database; and everybody heard everything that
//! concerns it, once and in order. A follower that trusts the order in which ids were made loses events in the same run.
//! `SURETY_CHAOS_EVENTS`, `SURETY_CHAOS_KILLS`, `SURETY_CHAOS_POSTGRES_KILLS` and `SURETY_CHAOS_RECONNECTS` say how many.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use surety::app::App;
use surety::clock::Clock;
use surety::domain::event::{EventDraft, EventSubject, EventType};
use surety::domain::ids::{EventId, OrderId};
use surety::domain::time::Span;
use surety::service::{auth, events};
use surety::store::{self, Db, Reader as _, Tx};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::database::Database;
use super::dice::{Dice, count, seed};
use super::mortal::Cluster;
use super::traffic::{Node, tail};
use super::world::{Party, World};

const NODES: usize = 3;
const WRITERS: u64 = 6;
const COMPANIES: usize = 6;
const ORDERS: usize = 4;
const READERS: usize = 8;
/// Between two looks at what is waited for.
const POLL: Duration = Duration::from_millis(5);
/// Nothing that is waited for stands still for so long.
const PATIENCE: Duration = Duration::from_mins(1);
const LISTENING: &str = "subscription($after: Cursor) { stream: events(after: $after) { __typename ... on Checkpoint { cursor } \
    ... on Event { id cursor sequence } } }";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How much is done.
#[derive(Debug, Clone, Copy)]
struct Size {
    events: usize,
    kills: usize,
    postgres_kills: usize,
    reconnects: usize,
}

impl Size {
    fn of_this_run() -> Self {
        Self {
            events: count("SURETY_CHAOS_EVENTS", 3_000),
            kills: count("SURETY_CHAOS_KILLS", 5),
            postgres_kills: count("SURETY_CHAOS_POSTGRES_KILLS", 1),
            reconnects: count("SURETY_CHAOS_RECONNECTS", 50),
        }
    }

    const fn is_long(self) -> bool {
        self.events > 100_000
    }

    /// How long the transaction that nobody may wait for stays open.
    const fn held(self) -> Duration {
        if self.is_long() { Duration::from_secs(10) } else { Duration::from_secs(1) }
    }

    /// No other transaction stays open for longer, in microseconds.
    const fn longest(self) -> u64 {
        if self.is_long() { 4_000 } else { 60_000 }
    }
}

/// What everybody in the run knows.
struct Run {
    size: Size,
    /// Its ids and its clock are used; its own connections are closed.
    app: Arc<App>,
    /// Where writers and the naive follower work.
    db: Db,
    /// Where each node listens; none while it is down.
    addresses: Mutex<Vec<Option<String>>>,
    /// Events that were acknowledged.
    appended: AtomicUsize,
    /// Events that were told, to whomever.
    heard: AtomicUsize,
    /// Streams that their readers broke off.
    breaks: AtomicUsize,
    /// Streams that ended otherwise.
    cuts: AtomicUsize,
    /// The id up to which the naive follower believes to know everything.
    passed: Mutex<String>,
    /// Why something failed the last time.
    trouble: Mutex<String>,
    /// The open transaction is the last one.
    closes: AtomicBool,
    /// Writers write no more, readers break off no more.
    is_quiet: AtomicBool,
    over: watch::Sender<bool>,
}

impl Run {
    /// Appends in a transaction that stays open for a while: the events' numbers are drawn before and given after it.
    async fn tells(
        &self,
        db: &Db,
        subject: EventSubject,
        numbers: &[i64],
        pause: Duration,
    ) -> store::Result<()> {
        let tx = db.begin().await?;
        self.appends(&tx, subject, numbers).await?;
        sleep(pause).await;
        tx.commit().await
    }

    async fn appends(&self, tx: &Tx, subject: EventSubject, numbers: &[i64]) -> store::Result<()> {
        let drafts = |kind| -> Vec<EventDraft> {
            numbers.iter().map(|number| EventDraft::new(kind).with("n", *number)).collect()
        };
        let ids = &self.app.ids;
        match subject {
            EventSubject::Company(id) => {
                let drafts = drafts(EventType::WebhookEndpointDisabled);
                store::events::append_to_company(tx, id, &drafts, self.app.clock.now(), ids).await
            }
            EventSubject::Order(id) => {
                let order = store::orders::lock(tx, id).await?.expect("the order is there");
                let drafts = drafts(EventType::OrderReady);
                store::events::append(tx, &order, &drafts, self.app.clock.now(), ids).await
            }
            other => panic!("nobody writes about {other}"),
        }
    }

    /// The database may be away for a while.
    async fn failed(&self, error: &store::Error) {
        *self.trouble.lock().unwrap() = error.to_string();
        sleep(POLL).await;
    }

    /// Waits until a count has come so far, for as long as it grows; false where it stands still.
    async fn grows(goal: usize, so_far: impl Fn() -> usize) -> bool {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            let now = so_far();
            if now >= goal {
                return true;
            }
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if since.elapsed() > PATIENCE {
                return false;
            }
            sleep(POLL).await;
        }
    }

    async fn until_appended(&self, goal: usize) {
        let grown = Self::grows(goal, || self.appended.load(Relaxed)).await;
        assert!(grown, "nothing is appended any more: {}", self.trouble.lock().unwrap());
    }

    /// What a server's automatic vacuum would do: the one that may be killed has none.
    async fn tidies(&self) {
        for table in ["event_outbox", "company", "orders", "log_head"] {
            let begun = Instant::now();
            let vacuum = format!("VACUUM {table}");
            // Connections from before the database fell are found out one by one.
            while let Err(error) = self.db.connection().execute_unprepared(&vacuum).await {
                assert!(begun.elapsed() < PATIENCE, "{vacuum}: {error}");
                sleep(POLL).await;
            }
        }
    }
}

/// Writes until it is told to stop; the numbers of the events that were acknowledged.
async fn writes(run: Arc<Run>, subjects: Vec<EventSubject>, name: u64) -> Vec<i64> {
    let mut dice = Dice::new(seed(), 100 + name);
    let (mut acknowledged, mut number) = (Vec::new(), i64::try_from(name << 40).unwrap());
    while !run.is_quiet.load(Relaxed) {
        let subject = *dice.one_of(&subjects);
        let more = 1 + i64::try_from(dice.below(3)).unwrap();
        let numbers: Vec<i64> = (number + 1..=number + more).collect();
        number += more;
        let pause = Duration::from_micros(dice.draw() % run.size.longest());
        match run.tells(&run.db, subject, &numbers, pause).await {
            Ok(()) => {
                run.appended.fetch_add(numbers.len(), Relaxed);
                acknowledged.extend(numbers);
            }
            Err(error) => run.failed(&error).await,
        }
    }
    acknowledged
}

/// A transaction that is open for long: it appended at its beginning, or has only drawn its place among transactions and
/// appends at its end. Meanwhile others are told what happens to them, and the naive follower passes its event.
async fn stays_open(run: &Run, subject: EventSubject, number: i64, appends_first: bool) -> store::Result<()> {
    let tx = run.db.begin().await?;
    let mut own = String::new();
    if appends_first {
        run.appends(&tx, subject, &[number]).await?;
        let text = "SELECT max(event_id) AS own FROM event_outbox WHERE company_id = ?";
        let row = tx.connection().query_one_raw(tx.sql(text, [subject.to_string()])).await?;
        own = row.expect("a maximum has a row").try_get("", "own")?;
    } else {
        tx.connection().execute_unprepared("SELECT txid_current()").await?;
    }
    let (begun, before) = (Instant::now(), run.heard.load(Relaxed));
    loop {
        let has_passed = *run.passed.lock().unwrap() > own;
        let heard = run.heard.load(Relaxed) - before;
        if begun.elapsed() >= run.size.held() && has_passed && heard > 20 {
            break;
        }
        // One that died with its database is begun anew, and is nobody's to wait for.
        tx.connection().execute_unprepared("SELECT 1").await?;
        let trouble = run.trouble.lock().unwrap().clone();
        assert!(
            begun.elapsed() < run.size.held() + Duration::from_secs(18),
            "others wait for a transaction that is open: {heard} events heard, passed: {has_passed}; {trouble}"
        );
        sleep(POLL).await;
    }
    if !appends_first {
        run.appends(&tx, subject, &[number]).await?;
    }
    tx.commit().await
}

/// One such transaction after the other; the numbers of the events that were acknowledged.
async fn is_hostile(run: Arc<Run>, subject: EventSubject) -> Vec<i64> {
    let (mut acknowledged, mut number, mut has_appended_first) = (Vec::new(), 0, false);
    while !(has_appended_first && run.closes.load(Relaxed)) {
        number += 1;
        let appends_first = number % 2 == 1;
        match stays_open(&run, subject, number, appends_first).await {
            Ok(()) => {
                acknowledged.push(number);
                has_appended_first |= appends_first;
            }
            Err(error) => run.failed(&error).await,
        }
    }
    acknowledged
}

/// The negative control: follows the log by the order in which ids were made, as one would follow a serial number.
async fn follows_naively(run: Arc<Run>) -> HashSet<EventId> {
    let mut read = HashSet::new();
    let mut last = run.passed.lock().unwrap().clone();
    loop {
        let is_over = *run.over.borrow();
        let text = "SELECT event_id FROM event_log WHERE event_id > ? ORDER BY event_id LIMIT 1000";
        match run.db.connection().query_all_raw(run.db.sql(text, [last.clone()])).await {
            Ok(rows) if rows.is_empty() && is_over => return read,
            Ok(rows) => {
                for row in rows {
                    last = row.try_get("", "event_id").unwrap();
                    read.insert(last.parse().unwrap());
                }
                run.passed.lock().unwrap().clone_from(&last);
                sleep(POLL).await;
            }
            Err(error) => run.failed(&store::Error::from(error)).await,
        }
    }
}

/// Whose ear a reader has.
struct Who {
    name: &'static str,
    token: String,
    /// The company and its part; none for the platform's staff, who hear everything.
    company: Option<(String, &'static str)>,
}

/// An event as a reader heard it.
struct Told {
    id: EventId,
    sequence: i64,
}

/// Why a stream ended.
enum Ending {
    Over,
    Cut,
    BrokenOff,
}

/// Follows the log over sockets, from node to node, by the cursor of the last message.
struct Follower {
    run: Arc<Run>,
    who: Arc<Who>,
    dice: Dice,
    told: Vec<Told>,
    /// How many were told, for others to see.
    so_far: Arc<AtomicUsize>,
    cursor: String,
    /// What it has kept for sure: a cursor, and how many events it had heard by then.
    kept: (String, usize),
    /// Heard a second time because it went back to what it had kept.
    again: usize,
    /// When so many events were appended, it breaks off.
    breaks_at: usize,
}

impl Follower {
    fn new(run: &Arc<Run>, who: &Arc<Who>, place: u64, start: &str) -> Self {
        Self {
            run: Arc::clone(run),
            who: Arc::clone(who),
            dice: Dice::new(seed(), 200 + place),
            told: Vec::new(),
            so_far: Arc::default(),
            cursor: start.to_owned(),
            kept: (start.to_owned(), 0),
            again: 0,
            breaks_at: 0,
        }
    }

    async fn follows(mut self) -> Self {
        let mut over = self.run.over.subscribe();
        while !*over.borrow_and_update() {
            let Some(mut socket) = self.connects().await else {
                sleep(POLL).await;
                continue;
            };
            match self.hears(&mut socket, &mut over).await {
                Ending::Over => break,
                Ending::Cut => {
                    self.run.cuts.fetch_add(1, Relaxed);
                }
                Ending::BrokenOff => self.breaks_off(),
            }
        }
        self
    }

    /// A socket to any node, subscribed behind the cursor; none where the node is not there.
    async fn connects(&mut self) -> Option<Socket> {
        let place = self.dice.below(NODES);
        let address = self.run.addresses.lock().unwrap()[place].clone()?;
        let url = format!("{}/graphql/ws", address.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (mut socket, _) = timeout(PATIENCE, connect_async(request)).await.ok()?.ok()?;
        let authorization = format!("Bearer {}", self.who.token);
        let init = json!({ "type": "connection_init", "payload": { "Authorization": authorization } });
        socket.send(Message::text(init.to_string())).await.ok()?;
        let answer = timeout(PATIENCE, message(&mut socket)).await.expect("a node does not answer")?;
        assert_eq!(answer["type"], "connection_ack", "{}: {answer:#}", self.who.name);
        let payload = json!({ "query": LISTENING, "variables": { "after": self.cursor } });
        let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
        socket.send(Message::text(subscribe.to_string())).await.ok()?;
        Some(socket)
    }

    async fn hears(&mut self, socket: &mut Socket, over: &mut watch::Receiver<bool>) -> Ending {
        loop {
            let heard = tokio::select! {
                heard = timeout(PATIENCE, message(socket)) => heard.expect("a stream is silent"),
                _ = over.changed() => return Ending::Over,
            };
            let Some(heard) = heard else { return Ending::Cut };
            let (kind, payload) = (&heard["type"], &heard["payload"]);
            if kind == "next" && payload["errors"].is_null() {
                self.takes(&payload["data"]["stream"]);
            } else if kind == "next" || kind == "error" {
                let error = if kind == "error" { &payload[0] } else { &payload["errors"][0] };
                // The database was away while the stream began.
                let is_passing =
                    ["INTERNAL", "OVERLOADED"].iter().any(|code| error["extensions"]["code"] == *code);
                assert!(is_passing, "{}: {heard:#}", self.who.name);
                return Ending::Cut;
            } else if kind == "complete" {
                return Ending::Cut;
            }
            let run = &self.run;
            let may_break = !run.is_quiet.load(Relaxed) && run.breaks.load(Relaxed) < run.size.reconnects;
            if may_break && run.appended.load(Relaxed) >= self.breaks_at {
                return Ending::BrokenOff;
            }
        }
    }

    fn takes(&mut self, told: &Value) {
        told["cursor"].as_str().expect("every message has a cursor").clone_into(&mut self.cursor);
        if told["__typename"] == "Checkpoint" {
            return;
        }
        let id = told["id"].as_str().unwrap().parse().unwrap();
        self.told.push(Told { id, sequence: told["sequence"].as_i64().unwrap() });
        self.so_far.store(self.told.len(), Relaxed);
        self.run.heard.fetch_add(1, Relaxed);
        if self.told.len().is_multiple_of(16) {
            self.kept = (self.cursor.clone(), self.told.len());
        }
    }

    /// Drops the socket without a word. Every fifth time it has also forgotten what it heard since it last kept something.
    fn breaks_off(&mut self) {
        let size = self.run.size;
        // Twice as often as needed: not every reader hears enough to come to its turn.
        let usual = size.events * READERS / (2 * size.reconnects.max(1));
        self.breaks_at = self.run.appended.load(Relaxed) + 1 + self.dice.below(2 * usual + 1);
        self.run.breaks.fetch_add(1, Relaxed);
        if self.dice.percent(20) {
            self.again += self.told.len() - self.kept.1;
            self.cursor.clone_from(&self.kept.0);
            self.told.truncate(self.kept.1);
            self.so_far.store(self.told.len(), Relaxed);
        }
    }
}

/// The next message; none where the socket ended.
async fn message(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Kills nodes, and the database under them, spread over the run, and starts them again.
async fn kills(run: &Run, mut nodes: Vec<Node>, mut cluster: Cluster, folder: &Path) -> (Vec<Node>, Cluster) {
    let Size { events, kills, postgres_kills, .. } = run.size;
    let mut dice = Dice::new(seed(), 300);
    let mut fallen = 0;
    for deed in 1..=kills {
        run.until_appended(events * deed / (kills + 1)).await;
        let place = dice.below(NODES);
        nodes[place].dies().await;
        // Its readers found out by themselves, and some tried to come back to it.
        run.addresses.lock().unwrap()[place] = None;
        nodes[place] = Node::start(&cluster.url, folder).await;
        run.addresses.lock().unwrap()[place] = Some(nodes[place].address.clone());
        while fallen < postgres_kills * deed / kills {
            fallen += 1;
            let falls = move || {
                cluster.dies();
                cluster.rises();
                cluster
            };
            cluster = tokio::task::spawn_blocking(falls).await.unwrap();
        }
        run.tidies().await;
    }
    run.until_appended(events).await;
    (nodes, cluster)
}

/// An event as the log has it. Subjects and audiences are few and kept once.
struct Placed {
    subject: usize,
    sequence: i64,
    audience: usize,
}

/// What the log says, read straight from its table.
#[derive(Default)]
struct Truth {
    events: Vec<Placed>,
    places: HashMap<EventId, usize>,
    audiences: Vec<Vec<(String, String)>>,
    numbers: HashSet<i64>,
}

impl Truth {
    /// The log behind a place, once nothing waits for its place any more. It has no gaps.
    async fn read(db: &Db, first: i64) -> Self {
        let begun = Instant::now();
        let waiting = "SELECT count(*) AS waiting FROM event_outbox";
        while number(db, waiting, "waiting").await > 0 {
            assert!(begun.elapsed() < 2 * PATIENCE, "committed events get no place");
            sleep(POLL).await;
        }
        let (mut truth, mut at) = (Self::default(), first);
        let (mut subjects, mut audiences) =
            (HashMap::<String, usize>::new(), HashMap::<String, usize>::new());
        loop {
            let text = "SELECT seq, event_id, coalesce(order_id, supplier_id, quote_id, company_id) AS subject, subject_seq, \
                        audience, CAST(CAST(body AS json)->>'n' AS BIGINT) AS n \
                        FROM event_log WHERE lane = 0 AND seq > ? ORDER BY seq LIMIT 50000";
            let rows = db.connection().query_all_raw(db.sql(text, [at])).await.unwrap();
            if rows.is_empty() {
                return truth;
            }
            for row in rows {
                let text = |column: &str| row.try_get::<String>("", column).unwrap();
                at += 1;
                assert_eq!(row.try_get::<i64>("", "seq").unwrap(), at, "the log has a gap");
                let (subject, audience) = (text("subject"), text("audience"));
                let fresh = subjects.len();
                let subject = *subjects.entry(subject).or_insert(fresh);
                let fresh = audiences.len();
                if fresh == *audiences.entry(audience.clone()).or_insert(fresh) {
                    truth.audiences.push(serde_json::from_str(&audience).unwrap());
                }
                let sequence = row.try_get("", "subject_seq").unwrap();
                truth.places.insert(text("event_id").parse().unwrap(), truth.events.len());
                truth.events.push(Placed { subject, sequence, audience: audiences[&audience] });
                truth.numbers.extend(row.try_get::<Option<i64>>("", "n").unwrap());
            }
        }
    }

    /// Whether an event concerns a reader.
    fn concerns(&self, who: &Who, event: &Placed) -> bool {
        who.company.as_ref().is_none_or(|(company, part)| {
            let audience = &self.audiences[event.audience];
            audience
                .iter()
                .any(|(heard, as_part)| heard == company && (as_part == part || as_part == "MEMBER"))
        })
    }

    /// How many events concern a reader.
    fn count(&self, who: &Who) -> usize {
        self.events.iter().filter(|event| self.concerns(who, event)).count()
    }

    /// Holds a reader to it.
    fn judge(&self, who: &Who, told: &[Told], found: &mut Laws) {
        let mut heard = vec![false; self.events.len()];
        let mut chains: HashMap<usize, i64> = HashMap::new();
        let mut furthest = 0;
        for Told { id, sequence } in told {
            let Some(&place) = self.places.get(id) else {
                found.foreign += 1;
                continue;
            };
            let event = &self.events[place];
            found.foreign += usize::from(!self.concerns(who, event));
            found.duplicates += usize::from(heard[place]);
            found.inversions += usize::from(place < furthest);
            let before = chains.insert(event.subject, *sequence);
            let follows = before.is_none_or(|before| before + 1 == *sequence);
            found.gaps += usize::from(!follows || *sequence != event.sequence);
            heard[place] = true;
            furthest = place;
        }
        let missing =
            self.events.iter().zip(&heard).filter(|(event, heard)| !**heard && self.concerns(who, event));
        found.lost += missing.count();
    }
}

/// How often a law was broken, over all readers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Laws {
    /// It concerned somebody who never heard it.
    lost: usize,
    /// It was heard behind something that has a later place.
    inversions: usize,
    /// It was heard again behind the cursor that was handed in.
    duplicates: usize,
    /// It was not the next one of its subject.
    gaps: usize,
    /// It was told to somebody whom it does not concern, or is in no log.
    foreign: usize,
}

async fn number(db: &Db, sql: &str, column: &str) -> i64 {
    let row = db.connection().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    row.expect("a count has a row").try_get("", column).unwrap()
}

/// What is there before the run begins.
struct Scene {
    app: Arc<App>,
    /// What writers write about.
    subjects: Vec<EventSubject>,
    /// What only the open transactions write about.
    apart: EventSubject,
    readers: Vec<Arc<Who>>,
    /// The end of the log: its cursor, its place, its last id.
    start: (String, i64, String),
}

/// Companies, orders, and those who listen; the world's own connections are closed afterwards.
async fn scene(database: &Arc<Database>) -> Scene {
    let world = World::on(Arc::clone(database), Clock::system(), &[]).await;
    // With an operator the database counts as in use, and the servers put no demo data into it.
    let operator = world.operator().await;
    let trade = world.trade().await;
    let who = |name: &'static str, party: &Party, part: Option<&'static str>| {
        let token = auth::issue_token(&world.app, &party.grant(), Span::days(2)).unwrap();
        let company = party.company.as_ref().map(|company| company.id.to_string());
        Arc::new(Who { name, token, company: company.zip(part) })
    };
    let mut readers = vec![
        who("an operator", &operator, None),
        who("another operator", &operator, None),
        who("the orders' buyer", &trade.buyer, Some("BUYER")),
        who("the orders' supplier", &trade.supplier, Some("SUPPLIER")),
    ];
    let patient = world.buyer("Eastlake Traders").await;
    readers.push(who("the company of the open transactions", &patient, Some("BUYER")));
    let mut subjects = Vec::new();
    for place in 0..COMPANIES {
        let party = world.buyer(&format!("Company {place}")).await;
        if readers.len() < READERS {
            readers.push(who("a company", &party, Some("BUYER")));
        }
        subjects.push(EventSubject::Company(party.company.as_ref().unwrap().id));
    }
    for _ in 0..ORDERS {
        let order = trade.placed(100).await;
        let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
        subjects.push(EventSubject::Order(id));
    }
    events::sequence(&world.app).await.unwrap();
    let head = operator.log(json!({ "first": 0 })).await.good()["events"]["headCursor"].clone();
    let place = number(&world.app.db, "SELECT seq FROM log_head", "seq").await;
    let last = world.rows("SELECT max(event_id) AS last FROM event_log").await;
    let last: String = last[0].try_get("", "last").unwrap();
    let apart = EventSubject::Company(patient.company.as_ref().unwrap().id);
    let app = Arc::clone(&world.app);
    world.closes().await;
    Scene { app, subjects, apart, readers, start: (head.as_str().unwrap().to_owned(), place, last) }
}

/// Waits until every reader has heard as much as concerns it; what is missing is counted later.
async fn settles(truth: &Truth, readers: &[Arc<Who>], so_far: &[Arc<AtomicUsize>]) {
    for (who, so_far) in readers.iter().zip(so_far) {
        Run::grows(truth.count(who), || so_far.load(Relaxed)).await;
    }
}

/// Holds everybody to the log, and says what there was.
fn judges(
    run: &Run,
    truth: &Truth,
    followers: &[Follower],
    naively: &HashSet<EventId>,
    (held, begun): (usize, Instant),
) {
    let mut found = Laws::default();
    for follower in followers {
        truth.judge(&follower.who, &follower.told, &mut found);
    }
    let naive_lost = truth.places.keys().filter(|id| !naively.contains(id)).count();
    let told: usize = followers.iter().map(|follower| follower.told.len()).sum();
    let again: usize = followers.iter().map(|follower| follower.again).sum();
    println!(
        "chaos of {NODES} nodes: seed {}, {} events, {} kills of nodes and {} of PostgreSQL, {} reconnects and {} streams cut, {held} long \
         transactions, {READERS} readers heard {told} and {again} again by their own wish; lost {}, inversions {}, duplicates {}, gaps {}, \
         foreign {}; the naive follower lost {naive_lost}; {} s",
        seed(),
        truth.events.len(),
        run.size.kills,
        if run.size.kills > 0 { run.size.postgres_kills } else { 0 },
        run.breaks.load(Relaxed),
        run.cuts.load(Relaxed),
        found.lost,
        found.inversions,
        found.duplicates,
        found.gaps,
        found.foreign,
        begun.elapsed().as_secs()
    );
    assert_eq!(found, Laws::default());
    assert!(naive_lost > 0, "a follower that cannot be right lost nothing: the run proves nothing");
}

async fn chaos(cluster: Cluster) {
    let begun = Instant::now();
    let database = Arc::new(Database::at(&cluster.url));
    let db = database.open(None).await;
    db.migrate().await.unwrap();
    db.close().await.unwrap();
    let Scene { app, subjects, apart, readers, start: (start, first, last) } =
        Box::pin(scene(&database)).await;
    let folder = database.folder.path();
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(Node::start(&cluster.url, folder).await);
    }
    let size = Size::of_this_run();
    let run = Arc::new(Run {
        size,
        app,
        db: Db::connect(&cluster.url, 16, None).await.unwrap(),
        addresses: Mutex::new(nodes.iter().map(|node| Some(node.address.clone())).collect()),
        appended: AtomicUsize::new(0),
        heard: AtomicUsize::new(0),
        breaks: AtomicUsize::new(0),
        cuts: AtomicUsize::new(0),
        passed: Mutex::new(last),
        trouble: Mutex::default(),
        closes: AtomicBool::new(false),
        is_quiet: AtomicBool::new(false),
        over: watch::channel(false).0,
    });
    let followers: Vec<Follower> =
        readers.iter().zip(0..).map(|(who, place)| Follower::new(&run, who, place, &start)).collect();
    let so_far: Vec<_> = followers.iter().map(|follower| Arc::clone(&follower.so_far)).collect();
    let following: Vec<_> = followers.into_iter().map(|follower| tokio::spawn(follower.follows())).collect();
    let naive = tokio::spawn(follows_naively(Arc::clone(&run)));
    let writing: Vec<_> =
        (1..=WRITERS).map(|name| tokio::spawn(writes(Arc::clone(&run), subjects.clone(), name))).collect();
    let hostile = tokio::spawn(is_hostile(Arc::clone(&run), apart));
    // The dead rise, and everybody who is to break off has done so.
    let (mut nodes, cluster) = kills(&run, nodes, cluster, folder).await;
    let broken = Run::grows(size.reconnects, || run.breaks.load(Relaxed)).await;
    assert!(broken, "readers hear nothing any more: {}", tail(folder));
    // Others have to write on for as long as a transaction is open.
    run.closes.store(true, Relaxed);
    let mut acknowledged = hostile.await.unwrap();
    let held = acknowledged.len();
    run.is_quiet.store(true, Relaxed);
    for numbers in join_all(writing).await {
        acknowledged.extend(numbers.unwrap());
    }
    // One last word to everybody, behind which nobody hears anything else.
    let calm = database.open(None).await;
    settles(&Truth::read(&calm, first).await, &readers, &so_far).await;
    for (subject, number) in subjects.iter().chain([&apart]).zip(i64::MAX - 100..) {
        run.tells(&calm, *subject, &[number], Duration::ZERO).await.unwrap();
        acknowledged.push(number);
    }
    let truth = Truth::read(&calm, first).await;
    settles(&truth, &readers, &so_far).await;
    run.over.send_replace(true);
    let followers: Vec<Follower> = join_all(following).await.into_iter().map(Result::unwrap).collect();
    let read = naive.await.unwrap();
    for node in &mut nodes {
        assert!(node.process.try_wait().unwrap().is_none(), "a node died by itself: {}", tail(folder));
        node.dies().await;
    }
    judges(&run, &truth, &followers, &read, (held, begun));
    assert!(
        acknowledged.iter().all(|number| truth.numbers.contains(number)),
        "an acknowledged event is gone"
    );
    assert!(truth.events.len() >= size.events);
    calm.close().await.unwrap();
    run.db.clone().close().await.unwrap();
    if !size.is_long() {
        let world = World::on(database, Clock::system(), &[]).await;
        world.log_is_whole().await;
        world.closes().await;
    }
    drop(cluster);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_dies_everybody_hears_everything_in_order() {
    let Some(cluster) = Cluster::start() else { return };
    Box::pin(chaos(cluster)).await;
}
