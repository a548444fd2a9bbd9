//! Red flags: looked at when a fact changed or time may have, never at read time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Detail, Refusal};
use crate::domain::ids::{CategoryId, ProductId, SupplierId};
use crate::domain::risk::{self, Assessment, Rule, RuleChange, Rules, Signal, SignalCode};
use crate::domain::time::{Span, Timestamp};
use crate::store::risk::{Look, Subject};
use crate::store::{self, Tx};

use super::care::Kept;
use super::orders::disputes::operator_id;
use super::orders::{Begun, Claimed, Envelope, Made, may_retry, now_in};
use super::{Error, Result, require_role, require_scope};

/// Subjects looked at in one transaction.
const BATCH: i64 = 200;
/// Subjects that a walk puts into the list at once.
const STEP: i64 = 500;
/// What could not be looked at is tried again after.
const AFTER_FAILURE: Span = Span::hours(1);
/// The prices of a category are counted at most so often, however often they change ...
const AT_MOST_EVERY: Span = Span::hours(1);
/// ... and at least so often, for products that left it.
const AT_LEAST_EVERY: Span = Span::hours(24);

/// Sees to it that a supplier is looked at: call it in the transaction that changed a fact.
pub(super) async fn look_at_supplier(tx: &Tx, supplier: SupplierId, now: Timestamp) -> Result<()> {
    Ok(store::risk::look_at(tx, [Look::Supplier(supplier)], now).await?)
}

/// Looks at everything that is due; answers how many. The node's jobs call it; one node looks at a time.
pub async fn sweep(app: &App) -> Result<u64> {
    let (mut looked, mut attempt) = (0, 1);
    while store::risk::is_due(&app.db, super::catalogue::now(app)).await? {
        match sweep_once(app).await {
            Ok(None) => return Ok(looked),
            Ok(Some(count)) => (looked, attempt) = (looked + count, 1),
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            Err(error) => match sweep_singly(app).await? {
                // Nothing was due that the error could be of.
                0 => return Err(error),
                count => (looked, attempt) = (looked + count, 1),
            },
        }
    }
    Ok(looked)
}

/// Looks at what is due one by one, after it failed together. Whoever fails again is told of in the log and set aside,
/// so that nobody else waits for it.
async fn sweep_singly(app: &App) -> Result<u64> {
    let mut looked = 0;
    for subject in store::risk::due(&app.db, super::catalogue::now(app), BATCH).await? {
        let mut attempt = 1;
        let answer = loop {
            match look_alone(app, &subject).await {
                Err(error) if may_retry(&error, attempt) => attempt += 1,
                answer => break answer,
            }
        };
        match answer {
            Ok(true) => {}
            Ok(false) => return Ok(looked),
            Err(error) => {
                tracing::error!(subject, ?error, "it could not be looked at; it is tried again later");
                let (tx, now) = (app.db.begin().await?, super::catalogue::now(app));
                store::risk::set_aside(&tx, &subject, now.plus(AFTER_FAILURE), now).await?;
                tx.commit().await?;
            }
        }
        looked += 1;
    }
    Ok(looked)
}

/// Looks at one of those that are due; false where another node is at it.
async fn look_alone(app: &App, subject: &str) -> Result<bool> {
    let tx = app.db.begin().await?;
    if !store::risk::take_turn(&tx).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let now = super::catalogue::now(app);
    if let Some(look) = store::risk::take(&tx, subject, now).await? {
        look_at_all(&tx, [look], now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Looks at some; none where another node is at it.
async fn sweep_once(app: &App) -> Result<Option<u64>> {
    let tx = app.db.begin().await?;
    if !store::risk::take_turn(&tx).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    match sweep_in(app, &tx).await {
        Ok(count) => {
            tx.commit().await?;
            Ok(Some(count))
        }
        Err(error) => {
            // Whoever looks at them one by one now needs the turn: a transaction that is only let go of keeps it for a moment.
            if let Err(lost) = tx.rollback().await {
                tracing::debug!(?lost, "a transaction that failed could not be rolled back");
            }
            Err(error)
        }
    }
}

async fn sweep_in(app: &App, tx: &Tx) -> Result<u64> {
    let now = super::catalogue::now(app);
    let due = store::risk::take_due(tx, now, BATCH).await?;
    if due.is_empty() {
        store::risk::walk_on(tx, now, STEP).await?;
        return Ok(0);
    }
    let count = due.len() as u64;
    look_at_all(tx, due, now).await?;
    Ok(count)
}

async fn look_at_all(tx: &Tx, due: impl IntoIterator<Item = Look>, now: Timestamp) -> Result<()> {
    let rules = store::risk::rules(tx).await?;
    let (mut suppliers, mut products) = (Vec::new(), Vec::new());
    for look in due {
        match look {
            Look::Supplier(id) => suppliers.push(id),
            Look::Product(id) => products.push(id),
            Look::Category(id) => count_prices(tx, id, &rules, now).await?,
        }
    }
    look_at_suppliers(tx, &suppliers, &rules, now).await?;
    look_at_products(tx, &products, &rules, now).await
}

/// Counts the middle prices of a category, unless that was done a moment ago, and looks at the products that it matters to.
async fn count_prices(tx: &Tx, category: CategoryId, rules: &Rules, now: Timestamp) -> Result<()> {
    let last = store::risk::counted_at(tx, category).await?;
    let next = last.map(|last| last.plus(AT_MOST_EVERY)).filter(|next| *next > now);
    if let Some(next) = next {
        return Ok(store::risk::look_at(tx, [Look::Category(category)], next).await?);
    }
    let threshold = rules.of(SignalCode::PriceFarBelowMedian).threshold;
    let products = store::risk::recount(tx, category, threshold, now).await?;
    store::risk::look_at(tx, products.into_iter().map(Look::Product), now).await?;
    Ok(store::risk::look_at(tx, [Look::Category(category)], now.plus(AT_LEAST_EVERY)).await?)
}

async fn look_at_suppliers(tx: &Tx, ids: &[SupplierId], rules: &Rules, now: Timestamp) -> Result<()> {
    let facts = store::risk::suppliers(tx, ids, rules, now).await?;
    let mut found: BTreeMap<Subject, Assessment> =
        ids.iter().map(|id| (Subject::Supplier(*id), Assessment::default())).collect();
    for facts in facts {
        found.insert(Subject::Supplier(facts.id), risk::assess_supplier(&facts, rules, now));
    }
    settle(tx, found, now).await
}

async fn look_at_products(tx: &Tx, ids: &[ProductId], rules: &Rules, now: Timestamp) -> Result<()> {
    let facts = store::risk::products(tx, ids, rules, now).await?;
    let mut found: BTreeMap<Subject, Assessment> =
        ids.iter().map(|id| (Subject::Product(*id), Assessment::default())).collect();
    for facts in facts {
        found.insert(Subject::Product(facts.id), risk::assess_product(&facts, rules, now));
    }
    settle(tx, found, now).await
}

/// Writes what was found, and when to look again; of what is not listed any more nothing stands.
async fn settle(tx: &Tx, found: BTreeMap<Subject, Assessment>, now: Timestamp) -> Result<()> {
    let subjects: Vec<Subject> = found.keys().copied().collect();
    let standing = store::risk::signals(tx, &subjects).await?;
    let mut again: BTreeMap<Timestamp, Vec<Look>> = BTreeMap::new();
    for (subject, assessment) in &found {
        let known = standing.get(subject).map(Vec::as_slice).unwrap_or_default();
        store::risk::settle(tx, *subject, (known, &assessment.findings), now).await?;
        if let Some(at) = assessment.look_again {
            again.entry(at).or_default().push(match subject {
                Subject::Supplier(id) => Look::Supplier(*id),
                Subject::Product(id) => Look::Product(*id),
            });
        }
    }
    for (at, looks) in again {
        store::risk::look_at(tx, looks, at).await?;
    }
    Ok(())
}

/// The signals of suppliers, for loaders.
pub async fn of_suppliers(app: &App, ids: &[SupplierId]) -> Result<HashMap<SupplierId, Arc<Vec<Signal>>>> {
    let subjects: Vec<Subject> = ids.iter().copied().map(Subject::Supplier).collect();
    let found = store::risk::signals(&app.db, &subjects).await?;
    Ok(found
        .into_iter()
        .filter_map(|(subject, signals)| match subject {
            Subject::Supplier(id) => Some((id, Arc::new(signals))),
            Subject::Product(_) => None,
        })
        .collect())
}

/// The signals of products, for loaders.
pub async fn of_products(app: &App, ids: &[ProductId]) -> Result<HashMap<ProductId, Arc<Vec<Signal>>>> {
    let subjects: Vec<Subject> = ids.iter().copied().map(Subject::Product).collect();
    let found = store::risk::signals(&app.db, &subjects).await?;
    Ok(found
        .into_iter()
        .filter_map(|(subject, signals)| match subject {
            Subject::Product(id) => Some((id, Arc::new(signals))),
            Subject::Supplier(_) => None,
        })
        .collect())
}

fn require_staff(actor: &Actor) -> Result<()> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])
}

/// The figures of every rule; operators only.
pub async fn rules(app: &App, actor: &Actor) -> Result<Vec<Rule>> {
    require_staff(actor)?;
    Ok(store::risk::rules(&app.db).await?.all().to_vec())
}

/// Sets the figures of a rule; every supplier and product is looked at again.
pub async fn set_rule(
    app: &App,
    actor: &Actor,
    (code, change): (SignalCode, RuleChange),
    envelope: &Envelope,
) -> Result<Kept<Rule>> {
    require_staff(actor)?;
    let mut attempt = 1;
    loop {
        match try_set_rule(app, actor, (code, change), envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_set_rule(
    app: &App,
    actor: &Actor,
    (code, change): (SignalCode, RuleChange),
    envelope: &Envelope,
) -> Result<Kept<Rule>> {
    let input = json!({ "code": code, "change": change });
    let claimed = match Claimed::begin(app, actor, envelope, "setRiskRule", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => {
            let code: SignalCode = made.subject()?;
            let value = store::risk::rules(&app.db).await?.of(code);
            return Ok(Kept { value, replayed: true });
        }
    };
    let now = now_in(app, &claimed.tx).await?;
    let before = store::risk::rules(&claimed.tx).await?.of(code);
    if let Some(expected) = envelope.expected_version.filter(|expected| *expected != before.version) {
        let message = "The rule was set since you read it. Read it again and decide again.";
        let refusal = Refusal::new(Code::VersionConflict, message).at(&["input", "expectedVersion"]);
        let subject = code.to_string();
        let (current, changed_fields) = (before.version, None);
        return Err(refusal.with(Detail::Version { subject, expected, current, changed_fields }).into());
    }
    let rule = before.with(change).map_err(Error::Refused)?;
    store::risk::set_rule(&claimed.tx, &rule, &operator_id(actor), now).await?;
    if !rule.enabled {
        store::risk::end_all(&claimed.tx, code, now).await?;
    }
    store::risk::walk_anew(&claimed.tx).await?;
    claimed.finish(app, &Made::of(code)).await?;
    Ok(Kept { value: rule, replayed: false })
}
