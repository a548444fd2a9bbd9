//! The audit log: who did what with which token.
//!
//! Each mutation that somebody with a token sends leaves one line ([`Watch`]). That of a command that is done is written in the
//! command's own transaction, so that neither is there without the other; any other is written when the answer is known,
//! in a transaction of its own. A line that could not be written so is told in the log of the server and counted. A token that
//! an app gets or takes back at `/oauth` leaves one as well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::audit_log::{
    Author, Entry, Input, Line, Outcome, Reader, Shown, Subject, digest, ids_in, subject_of,
};
use crate::domain::contract::sha256_hex;
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AuditLogEntryId, is_id};
use crate::domain::page::{Page, Slice};
pub use crate::store::audit_log::EntryFilter;
use crate::store::{self, Tx};

use super::auth::Session;
use super::orders::Made;
use super::payouts::time_cursor;
use super::{Error, Result, require_scope};

/// The name of the list in cursors.
const LIST: &str = "audit-log-entries";
/// How long an answer waits for its line to be written: one that is refused since the database is away is not to wait for it
/// once more.
const PATIENCE: Duration = Duration::from_secs(2);
/// Objects of one command that are looked up for whom they concern.
const OBJECTS_MOST: usize = 8;
/// What operators do that another operator has to confirm, or that may be undone before it counts: the parties hear of it by
/// its event when it does.
const UNTOLD: [&str; 3] = ["decideDispute", "confirmDecision", "liftRiskHold"];

tokio::task_local! {
    static TRACE: Trace;
    static WATCH: Watch;
}

/// Where a command came from, for its line.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// What names the token.
    token: Option<Arc<str>>,
    /// The request's id.
    request: Option<Arc<str>>,
    /// Whether a key stands for the token that everybody may read, such as that of a storefront's pages.
    is_public: bool,
    /// The mutation whose end nobody knows yet; those of a request run one after the other.
    under_way: Arc<Mutex<Option<Watch>>>,
}

impl Trace {
    /// Of a request of whoever calls.
    pub fn of(session: &Session, request: Option<Arc<str>>) -> Self {
        let (token, is_public) = (session.token.clone(), session.is_public());
        Self { token, request, is_public, ..Self::default() }
    }

    /// Of a request without a token.
    pub fn without_token(request: Option<Arc<str>>) -> Self {
        Self { request, ..Self::default() }
    }

    /// Does some work whose commands came from here.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        TRACE.scope(self, work).await
    }

    /// Where the present work came from; nothing is known of work that no request asked for.
    fn present() -> Self {
        TRACE.try_with(Self::clone).unwrap_or_default()
    }

    /// Writes the line of the mutation that was under way when its request was stopped for this reason, such as a panic or the
    /// end of its time: it could not tell of its own end. There is none where all had ended.
    pub async fn stop(&self, app: &App, because: Code) {
        let stopped = self.under_way().take();
        if let Some(watch) = stopped {
            watch.end(app, Some(because)).await;
        }
    }

    fn under_way(&self) -> MutexGuard<'_, Option<Watch>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mutation under way that is going to leave one line.
#[derive(Debug, Clone)]
pub struct Watch(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    /// The line as far as it is known at the beginning. Its id is known, too: who writes it twice has written it once.
    entry: Entry,
    /// The ids in the arguments.
    ids: Vec<String>,
    /// Whether it is to be checked only.
    is_check: bool,
    said: Mutex<Option<Said>>,
}

/// What became of the mutation.
#[derive(Debug, Clone)]
enum Said {
    /// It was done, and its line was committed with it.
    Written,
    /// A use case answered, and nobody wrote a line: it works in several transactions.
    Answered,
    /// It was answered from an earlier command.
    Replayed(Subject),
    /// It was refused.
    Refused(Code),
}

impl Watch {
    /// Begins to watch a mutation, by its field and arguments. Nobody's mutations are not watched, nor what is tried with a key
    /// that everybody may read: it names nobody, may do nothing, and lines are kept for ever.
    pub fn begin(app: &App, actor: &Actor, operation: &str, arguments: &Value) -> Option<Self> {
        let trace = Trace::present();
        let author = Author::of(actor).filter(|_| !trace.is_public)?;
        let key = arguments.pointer("/input/idempotencyKey").and_then(Value::as_str);
        let input = Input { key_digest: key.map(digest), sha256: hash_of(arguments) };
        let is_check = arguments.pointer("/input/validateOnly").and_then(Value::as_bool) == Some(true);
        let ids = ids_in(arguments);
        let entry = Entry { subject: subject_of(&ids), input, ..blank(app, author, operation) };
        let watch = Self(Arc::new(Watched { entry, ids, is_check, said: Mutex::new(None) }));
        *trace.under_way() = Some(watch.clone());
        Some(watch)
    }

    /// Runs the mutation; what is said meanwhile is said of it.
    pub async fn scope<F: Future>(&self, mutation: F) -> F::Output {
        WATCH.scope(self.clone(), mutation).await
    }

    /// Writes the line, unless it is written. `failure` is why there is no answer; it counts where no use case gave one, and
    /// where one failed inside: the caller may have been told that it was load.
    pub async fn end(&self, app: &App, failure: Option<Code>) {
        self.leave(app, failure).await;
        *Trace::present().under_way() = None;
    }

    async fn leave(&self, app: &App, failure: Option<Code>) {
        let said = self.0.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (outcome, subject) = match (said, failure) {
            (Some(Said::Written), _) => return,
            (None | Some(Said::Refused(Code::Internal)), Some(code)) | (Some(Said::Refused(code)), _) => {
                (Outcome::Refused(code), None)
            }
            (Some(Said::Replayed(subject)), _) => (Outcome::Replayed, Some(subject)),
            (Some(Said::Answered), _) | (None, None) if self.0.is_check => (Outcome::Validated, None),
            (Some(Said::Answered), _) | (None, None) => (Outcome::Done, None),
        };
        let entry = self.0.entry.clone();
        let subject = subject.unwrap_or_else(|| entry.subject.clone());
        let entry = Entry { subject, outcome, ..entry };
        let problem = match timeout(PATIENCE, write(app, &entry)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => format!("{error:?}"),
            Err(_) => "it took too long".to_owned(),
        };
        app.telemetry.audit_log_unwritten.add(1);
        tell(&entry, &problem);
    }

    /// The later word counts, but that there is an answer says nothing new of one that was written or replayed.
    fn say(&self, what: Said) {
        let mut said = self.0.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none() || !matches!(what, Said::Answered) {
            *said = Some(what);
        }
    }
}

/// Tells the log of the server everything that a line would hold.
fn tell(entry: &Entry, problem: &str) {
    let Entry { id, occurred_at, operation, author, token, request, subject, outcome, input } = entry;
    tracing::error!(
        entry = %id,
        occurred_at = %occurred_at,
        operation,
        app = %author.app,
        company = author.company.map(|id| id.to_string()),
        member = author.member.map(|id| id.to_string()),
        role = author.role.as_str(),
        token = token.as_deref(),
        request = request.as_deref(),
        order = subject.order.map(|id| id.to_string()),
        subject = subject.id.as_deref(),
        outcome = outcome.kind().as_str(),
        code = outcome.code().map(Code::as_str),
        key_digest = input.key_digest.as_deref(),
        input_sha256 = input.sha256.as_deref(),
        problem,
        "a line of the audit log could not be written"
    );
}

/// Says something of the mutation under way; nobody listens where none is.
fn say(what: Said) {
    if let Ok(watch) = WATCH.try_with(Watch::clone) {
        watch.say(what);
    }
}

/// Says what a use case answered to the mutation under way; the transport calls it once for each.
pub fn note_answer<T>(answer: &Result<T>) {
    let refused = |refusal: &Refusal| Said::Refused(refusal.code);
    say(match answer {
        Ok(_) => Said::Answered,
        Err(Error::Denied(refusal)) => refused(refusal),
        Err(Error::Refused(refusals)) => refusals.first().map_or(Said::Refused(Code::Internal), refused),
        Err(Error::Internal(_)) => Said::Refused(Code::Internal),
    });
}

/// Says that the command under way was done before.
pub(in crate::service) fn note_replay(made: &Made) {
    say(Said::Replayed(made_subject(made)));
}

/// Says that the command under way did nothing, although it has an answer that says so in its own way.
pub(in crate::service) fn note_nothing_done(because: Code) {
    say(Said::Refused(because));
}

/// Says that the line of the command under way was committed.
pub(in crate::service) fn note_written() {
    say(Said::Written);
}

/// Writes the line of a command that is done, in its transaction; commands that no mutation sent leave one as well.
pub(in crate::service) async fn write_done(
    app: &App,
    tx: &Tx,
    author: Author,
    operation: &str,
    made: &Made,
) -> Result<()> {
    let watch = WATCH.try_with(Watch::clone).ok();
    let (entry, ids) = watch.as_ref().map_or_else(
        || (blank(app, author, operation), <&[String]>::default()),
        |watch| (watch.0.entry.clone(), watch.0.ids.as_slice()),
    );
    let made = made_subject(made);
    let objects = concerned(&entry, &made, ids);
    let subject = if made.id.is_some() { made } else { entry.subject.clone() };
    let entry = Entry { outcome: Outcome::Done, subject, ..entry };
    Ok(store::audit_log::insert(tx, &entry, &objects).await?)
}

/// Writes the line of what was done about a token, such as its issue, in the transaction of that: the line names the token, so
/// that it is found by what finds everything that was done with it. `sent` is what was sent beside secrets and tokens.
pub(in crate::service) async fn write_of_token(
    app: &App,
    tx: &Tx,
    author: Author,
    (operation, token): (&str, &str),
    sent: Option<&Value>,
) -> Result<()> {
    let entry = Entry {
        token: Some(token.to_owned()),
        subject: Subject { order: None, id: Some(author.app.to_string()) },
        input: Input { key_digest: None, sha256: sent.and_then(hash_of) },
        ..blank(app, author, operation)
    };
    Ok(store::audit_log::insert(tx, &entry, &[]).await?)
}

async fn write(app: &App, entry: &Entry) -> Result<()> {
    let tx = app.db.begin().await?;
    // What was not done concerns nobody but who tried it.
    store::audit_log::insert(&tx, entry, &[]).await?;
    Ok(tx.commit().await?)
}

/// The hash that the log has of what was sent.
fn hash_of(sent: &Value) -> Option<String> {
    let canonical = serde_json_canonicalizer::to_string(sent).ok()?;
    Some(sha256_hex(canonical.as_bytes()))
}

/// A line of which nothing is known but who does what.
fn blank(app: &App, author: Author, operation: &str) -> Entry {
    let now = app.clock.now();
    let trace = Trace::present();
    Entry {
        id: app.ids.make(now),
        occurred_at: now,
        operation: operation.to_owned(),
        author,
        token: trace.token.as_deref().map(str::to_owned),
        request: trace.request.as_deref().map(str::to_owned),
        subject: Subject::default(),
        outcome: Outcome::Done,
        input: Input::default(),
    }
}

/// What a command made or moved. Some keep more than an id with their key; the id comes first.
fn made_subject(made: &Made) -> Subject {
    let first = made.subject.as_deref().and_then(|text| text.split(['/', ' ']).next());
    let named = first.filter(|text| is_id(text));
    let id = named
        .map(str::to_owned)
        .or_else(|| made.payment.map(|id| id.to_string()))
        .or_else(|| made.shipment.map(|id| id.to_string()))
        .or_else(|| made.order.map(|id| id.to_string()));
    Subject { order: made.order, id }
}

/// The objects of a command that say whom it concerns. What it made or moved does, and nothing that its arguments name: anybody
/// may name anything. Only where the platform acts, on a supplier or a company, are those believed.
fn concerned(entry: &Entry, made: &Subject, ids: &[String]) -> Vec<String> {
    if UNTOLD.contains(&entry.operation.as_str()) {
        return Vec::new();
    }
    let is_staff = entry.author.role == Role::Operator;
    // An app may act for many companies: what one of them has it do is no matter of the others.
    let told = |id: &&String| is_staff || !id.starts_with("app_");
    let order = made.order.map(|order| order.to_string());
    let mut objects: Vec<String> = order.into_iter().chain(made.id.iter().filter(told).cloned()).collect();
    if is_staff {
        let named = |id: &&String| id.starts_with("supplier_") || id.starts_with("company_");
        for id in ids.iter().filter(named) {
            if objects.len() < OBJECTS_MOST && !objects.contains(id) {
                objects.push(id.clone());
            }
        }
    }
    objects.dedup();
    objects
}

/// Who a caller is to the log: operators read all of it, everybody else what concerns the own company.
fn reader(actor: &Actor) -> Result<Reader> {
    require_scope(actor, Scope::OrdersRead)?;
    match (actor.role, actor.company) {
        (Some(Role::Operator), _) => Ok(Reader::Operator),
        (_, Some(company)) => Ok(Reader::Company(company)),
        (_, None) => Err(Error::Denied(Refusal::new(Code::Forbidden, "The token names no company."))),
    }
}

/// The lines that match, newest first, each as far as the caller may see it.
pub async fn entries(
    app: &App,
    actor: &Actor,
    filter: &EntryFilter,
    page: &Page,
    count: bool,
) -> Result<Slice<Shown>> {
    let reader = reader(actor)?;
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(LIST, text)).transpose();
    let keys = (place(&page.after)?, place(&page.before)?);
    let cursor = |line: &Line| {
        cursor::encode(LIST, &[Key::Int(line.occurred_at.micros()), Key::Text(line.id.to_string())])
    };
    let wanted = (page, keys.0, keys.1);
    let found = store::audit_log::entries(&app.db, (reader, filter), wanted, count, cursor).await?;
    Ok(found.map(|line| line.shown_to(reader)))
}

/// A line by its id; none where there is none, or none that the caller may see.
pub async fn entry(app: &App, actor: &Actor, id: AuditLogEntryId) -> Result<Option<Shown>> {
    // Who may see nothing of the log finds nothing in it.
    let Ok(reader) = reader(actor) else { return Ok(None) };
    let found = store::audit_log::entry(&app.db, reader, id).await?;
    Ok(found.map(|line| line.shown_to(reader)))
}
