//! The envelope around every command: claim the key, lock the order, read the clock, write, commit.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit_log::Author;
use crate::domain::contract::sha256_hex;
use crate::domain::error::{Code, Detail, Refusal};
use crate::domain::event::EventDraft;
use crate::domain::ids::{FileId, OrderId, PaymentId, ShipmentId};
use crate::domain::order::{self, ActorKind, Command, Order, Step, StepResult};
use crate::domain::time::{Span, Timestamp};
use crate::faults::Place;
use crate::service::{Error, Result, audit_log};
use crate::store::idempotency::{self, Claim};
use crate::store::{self, Reader, Tx};

/// What every command carries.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Makes the command happen once however often it is sent.
    pub idempotency_key: String,
    /// The version that the caller saw.
    pub expected_version: Option<i64>,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

/// What a command answered.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The order after it; with `validate_only` as it would be.
    pub order: Order,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
    /// What else it made.
    pub made: Made,
}

/// What a command made beside moving the order; kept with the key, so that a replay names the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// The order.
    pub order: Option<OrderId>,
    /// A payment.
    pub payment: Option<PaymentId>,
    /// A shipment.
    pub shipment: Option<ShipmentId>,
    /// Whatever else the step made or moved, such as a case or a return, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

impl Made {
    /// What a command made that is about no order: this alone.
    pub(in crate::service) fn of(subject: impl std::fmt::Display) -> Self {
        Self { subject: Some(subject.to_string()), ..Self::default() }
    }

    /// The id of what the command made.
    pub(in crate::service) fn subject<T: std::str::FromStr>(&self) -> Result<T> {
        let id = self.subject.as_deref().and_then(|text| text.parse().ok());
        Ok(id.ok_or_else(|| anyhow::anyhow!("a command answered without what it made"))?)
    }
}

/// A command under way in its transaction.
pub(in crate::service) struct Claimed<'a> {
    pub(in crate::service) tx: Tx,
    scope: idempotency::Scope,
    envelope: &'a Envelope,
    author: Author,
    operation: String,
}

/// How a claim ended.
pub(in crate::service) enum Begun<'a> {
    /// The command is to be done.
    Fresh(Claimed<'a>),
    /// It was done before.
    Replayed(Made),
}

impl<'a> Claimed<'a> {
    /// Begins the transaction and claims the key for this operation and input.
    pub(in crate::service) async fn begin(
        app: &App,
        actor: &Actor,
        envelope: &'a Envelope,
        operation: &str,
        input: &Value,
    ) -> Result<Begun<'a>> {
        let scope = scope_of(actor, envelope, input)?;
        let author = Author::of(actor).ok_or_else(nobody)?;
        let tx = app.db.begin().await?;
        let claimed = Self { tx, scope, envelope, author, operation: operation.to_owned() };
        if envelope.validate_only {
            return Ok(Begun::Fresh(claimed));
        }
        let hash = hash_of(operation, input)?;
        let claim = idempotency::claim(
            &claimed.tx,
            scope,
            &envelope.idempotency_key,
            operation,
            &hash,
            app.clock.now(),
        )
        .await;
        match claim {
            Ok(Claim::Fresh) => Ok(Begun::Fresh(claimed)),
            Ok(Claim::Answered(answer)) => {
                claimed.tx.rollback().await?;
                Ok(Begun::Replayed(replayed(&answer)?))
            }
            Ok(Claim::Reused) => Err(reused()),
            Err(store::Error::LockTimeout) => {
                let message = "The first request with this key is still running. Ask again.";
                let refusal = Refusal::new(Code::IdempotencyInProgress, message);
                Err(refusal.at(&["input", "idempotencyKey"]).into())
            }
            Err(other) => Err(other.into()),
        }
    }

    /// The answer of the same command, where it was given with this key before. Asked before a look at what changes outside
    /// of the command, such as the network, which could refuse the repetition of what was done; claims nothing.
    pub(in crate::service) async fn answered(
        app: &App,
        actor: &Actor,
        envelope: &Envelope,
        operation: &str,
        input: &Value,
    ) -> Result<Option<Made>> {
        let scope = scope_of(actor, envelope, input)?;
        if envelope.validate_only {
            return Ok(None);
        }
        let hash = hash_of(operation, input)?;
        match idempotency::find(&app.db, scope, &envelope.idempotency_key, operation, &hash).await? {
            Some(Claim::Answered(answer)) => Ok(Some(replayed(&answer)?)),
            Some(Claim::Reused) => Err(reused()),
            Some(Claim::Fresh) | None => Ok(None),
        }
    }

    /// Keeps the answer with the key and the line of the audit log, and commits; with `validate_only` everything is undone.
    pub(in crate::service) async fn finish(self, app: &App, made: &Made) -> Result<()> {
        if self.envelope.validate_only {
            return Ok(self.tx.rollback().await?);
        }
        let answer = serde_json::to_string(made).map_err(anyhow::Error::from)?;
        app.faults().at(Place::BeforeWriting("answer")).await?;
        idempotency::answer(&self.tx, self.scope, &self.envelope.idempotency_key, answer).await?;
        app.faults().at(Place::BeforeWriting("audit log")).await?;
        audit_log::write_done(app, &self.tx, self.author, &self.operation, made).await?;
        self.tx.commit().await?;
        audit_log::note_written();
        app.committed();
        Ok(())
    }
}

/// Whose key it is; one that no key can be is refused.
fn scope_of(actor: &Actor, envelope: &Envelope, input: &Value) -> Result<idempotency::Scope> {
    let length = envelope.idempotency_key.chars().count();
    if !(1..=255).contains(&length) {
        return Err(Refusal::invalid(&["input", "idempotencyKey"], "A key has 1 to 255 characters.").into());
    }
    if envelope.idempotency_key.contains('\0') || zero_in(input).is_some() {
        return Err(Refusal::invalid(&["input"], "No text here may hold the character U+0000.").into());
    }
    let app = actor.app.ok_or_else(nobody)?;
    Ok(idempotency::Scope { app, company: actor.company })
}

fn nobody() -> Error {
    let message = "Send a valid token in the Authorization header.";
    Error::Denied(Refusal::new(Code::Unauthenticated, message))
}

/// What an earlier command with the same key made.
fn replayed(answer: &str) -> Result<Made> {
    let made = serde_json::from_str(answer).map_err(anyhow::Error::from)?;
    audit_log::note_replay(&made);
    Ok(made)
}

/// The hash of a command. The operation is part of it: one key, one command.
fn hash_of(operation: &str, input: &Value) -> Result<String> {
    let hashed =
        serde_json_canonicalizer::to_string(&json!([operation, input])).map_err(anyhow::Error::from)?;
    Ok(sha256_hex(hashed.as_bytes()))
}

fn reused() -> Error {
    let message = "The key was used with another input. Use a new one.";
    Refusal::new(Code::IdempotencyKeyReused, message).at(&["input", "idempotencyKey"]).into()
}

/// The path to a text in the input that holds U+0000, which PostgreSQL cannot keep and SQLite cuts off. A name that holds
/// it is no part of the path.
pub(in crate::service) fn zero_in(input: &Value) -> Option<Vec<String>> {
    let below = |name: String, value: &Value| {
        zero_in(value).map(|rest| std::iter::once(name).chain(rest).collect::<Vec<_>>())
    };
    match input {
        Value::String(text) => text.contains('\0').then(Vec::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(place, item)| below(place.to_string(), item))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            if name.contains('\0') { Some(Vec::new()) } else { below(name.clone(), value) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// How often a transaction that lost against another one is tried.
const ATTEMPTS: u32 = 5;

/// Whether a transaction lost against another one and may be tried again after so many attempts.
pub(in crate::service) fn may_retry(error: &Error, attempts: u32) -> bool {
    let lost =
        matches!(error, Error::Internal(inner) if matches!(inner.downcast_ref(), Some(store::Error::Retry)));
    lost && attempts < ATTEMPTS
}

/// Runs a transaction, again where it lost against another one.
pub(in crate::service) async fn retrying<T, F: Future<Output = Result<T>>>(
    mut attempt: impl FnMut() -> F,
) -> Result<T> {
    let mut attempts = 1;
    loop {
        match Box::pin(attempt()).await {
            Err(error) if may_retry(&error, attempts) => attempts += 1,
            answer => return answer,
        }
    }
}

/// Locks an order, then reads the clock: in this order, so that a command that waited sees the time after its wait.
pub(in crate::service) async fn lock_at(
    app: &App,
    tx: &Tx,
    id: OrderId,
) -> Result<Option<(Order, Timestamp)>> {
    let Some(order) = store::orders::lock(tx, id).await? else { return Ok(None) };
    Ok(Some((order, now_in(app, tx).await?)))
}

/// The present instant of the rules, by the clock that they go by; inside a transaction for decisions.
pub(in crate::service) async fn now_in(app: &App, reader: &impl Reader) -> Result<Timestamp> {
    let offset =
        if app.config.is_sandbox() { store::settings::clock_offset(reader).await? } else { Span::ZERO };
    Ok(store::now(reader, &app.clock, offset).await?)
}

/// Decides on a command under the order's lock. Where money may go to or come from the parties' own accounts, their
/// balances are locked and read first.
pub(in crate::service) async fn decide(
    app: &App,
    tx: &Tx,
    order: &Order,
    (part, command): (ActorKind, &Command),
    now: Timestamp,
) -> Result<StepResult> {
    if !command.reads_funds(order) || order.contract.is_none() {
        return Ok(order::step(order, part, command, now));
    }
    let context = store::ledger::Context { ids: &app.ids, now, contract_version: None };
    let currency = order.terms.currency;
    let funds = store::ledger::funds(tx, order.supplier_company, order.buyer(), currency, context).await?;
    let order = Order { funds: Some(funds), ..order.clone() };
    Ok(order::step(&order, part, command, now))
}

/// What is written with a step.
pub(in crate::service) struct Persist<'a> {
    pub(in crate::service) before: &'a Order,
    /// Events of the order as it was before that were not appended yet.
    pub(in crate::service) untold: &'a [EventDraft],
    pub(in crate::service) step: &'a Step,
    pub(in crate::service) now: Timestamp,
}

/// Writes a step: the order's regions, its money, its timers, its events.
pub(in crate::service) async fn persist(
    app: &App,
    tx: &Tx,
    Persist { before, untold, step, now }: Persist<'_>,
) -> Result<()> {
    let faults = app.faults();
    faults.at(Place::BeforeWriting("order")).await?;
    store::orders::apply(tx, before, step, app.ids.make(now), now).await?;
    let contract_version = step.order.contract.as_ref().map(|head| head.version);
    let context = store::ledger::Context { ids: &app.ids, now, contract_version };
    faults.at(Place::BeforeWriting("money")).await?;
    store::ledger::post(tx, &step.postings, context).await?;
    Box::pin(show(tx, before, step, now)).await?;
    Box::pin(super::calls::request(app, tx, before, &step.order, now)).await?;
    faults.at(Place::BeforeWriting("deadlines")).await?;
    store::deadlines::apply(tx, step.order.id, &step.deadlines, now, &app.ids).await?;
    if let Some(instant) = store::deadlines::earliest(&step.deadlines) {
        app.wake.announce(instant);
    }
    faults.at(Place::BeforeWriting("events")).await?;
    let told = [(before.version, untold), (step.order.version, step.events.as_slice())];
    store::events::append_all(tx, &step.order, &told, now, &app.ids).await?;
    crate::service::metrics::note_step(app, tx, (before, &step.order), now).await
}

/// Keeps what was shown in a dispute; both sides may read what a party shows, as the platform may.
async fn show(tx: &Tx, before: &Order, step: &Step, now: Timestamp) -> Result<()> {
    let sides = [step.order.buyer(), step.order.supplier_company];
    if let Some(item) = &step.evidence {
        store::orders::insert_evidence(tx, step.order.id, item).await?;
        if let Some(Ok(file)) = item.reference.as_ref().map(|reference| reference.parse::<FileId>()) {
            store::files::grant(tx, &[file], &sides, now).await?;
        }
    }
    for known in step.order.off_platform_payments.iter().skip(before.off_platform_payments.len()) {
        store::files::grant(tx, &known.files, &sides, now).await?;
    }
    Ok(())
}

/// A stale version is refused with both versions.
pub(in crate::service) fn check_version(order: &Order, expected: Option<i64>) -> Result<()> {
    match expected {
        Some(expected) if expected != order.version => {
            let message = "The order was changed since you read it. Read it again and decide again.";
            let refusal = Refusal::new(Code::VersionConflict, message).at(&["input", "expectedVersion"]);
            let subject = order.id.to_string();
            let (current, changed_fields) = (order.version, None);
            Err(refusal.with(Detail::Version { subject, expected, current, changed_fields }).into())
        }
        _ => Ok(()),
    }
}

/// The answer to a key that was answered before.
pub(in crate::service) async fn replay(app: &App, made: Made) -> Result<Outcome> {
    reload(app, made, true).await
}

/// The order as it is on record after a command.
pub(in crate::service) async fn reload(app: &App, made: Made, replayed: bool) -> Result<Outcome> {
    let id = made.order.ok_or_else(|| anyhow::anyhow!("a command answered without an order"))?;
    let order = store::orders::load(&app.db, &[id]).await?.pop();
    let order = order.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
    app.faults().at(Place::BeforeReply).await?;
    Ok(Outcome { order, replayed, made })
}
