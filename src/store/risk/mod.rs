//! Signals on record, the rules' figures, and who is to be looked at.

mod facts;
mod medians;

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::catalogue::{execute, is_one_of, list_of};
use super::{Error, Reader, Result, Tx, parse};
use crate::domain::ids::{CategoryId, ProductId, SupplierId};
use crate::domain::off_platform::Severity;
use crate::domain::risk::{Finding, Rule, Rules, Signal, SignalCode};
use crate::domain::time::Timestamp;

pub use facts::{products, suppliers};
pub use medians::{counted_at, recount};

/// Whom a signal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A supplier.
    Supplier(SupplierId),
    /// A product.
    Product(ProductId),
}

/// Whom or what to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// At a supplier.
    Supplier(SupplierId),
    /// At a product.
    Product(ProductId),
    /// At the prices of a category.
    Category(CategoryId),
}

impl std::fmt::Display for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Supplier(id) => id.fmt(f),
            Self::Product(id) => id.fmt(f),
            Self::Category(id) => id.fmt(f),
        }
    }
}

impl std::str::FromStr for Look {
    type Err = crate::domain::ids::IdError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        text.parse()
            .map(Self::Supplier)
            .or_else(|_| text.parse().map(Self::Product))
            .or_else(|_| text.parse().map(Self::Category))
    }
}

/// Sees to it that these are looked at from an instant on: call it in the transaction that changed a fact.
pub async fn look_at(tx: &Tx, subjects: impl IntoIterator<Item = Look>, due_at: Timestamp) -> Result<()> {
    let subjects: BTreeSet<Look> = subjects.into_iter().collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let rows = if tx.is_postgres() {
        "SELECT json_array_elements_text(?::json), CAST(? AS BIGINT)"
    } else {
        "SELECT value, ? FROM json_each(?)"
    };
    let (list, due): (Value, Value) = (list_of(&subjects), due_at.micros().into());
    let values = if tx.is_postgres() { [list, due] } else { [due, list] };
    execute(tx, &format!("INSERT INTO risk_look (subject_id, due_at) {rows}"), values).await?;
    Ok(())
}

/// Takes the only right to look until the transaction ends; false where another node has it.
pub async fn take_turn(tx: &Tx) -> Result<bool> {
    if !tx.is_postgres() {
        return Ok(true);
    }
    let text = "SELECT name FROM risk_walk WHERE name = 'all' FOR UPDATE SKIP LOCKED";
    Ok(tx.connection().query_one_raw(tx.sql(text, [] as [Value; 0])).await?.is_some())
}

/// Takes at most `limit` of those that are due out of the list, the longest waiting first; each once however often it
/// was put in.
pub async fn take_due(tx: &Tx, now: Timestamp, limit: i64) -> Result<BTreeSet<Look>> {
    let text = "SELECT look_number, subject_id FROM risk_look WHERE due_at <= ? ORDER BY due_at, look_number LIMIT ?";
    let rows = tx.connection().query_all_raw(tx.sql(text, [now.micros(), limit])).await?;
    let mut due = BTreeSet::new();
    let mut numbers = Vec::with_capacity(rows.len());
    for row in &rows {
        due.insert(parse("risk_look.subject_id", &row.try_get::<String>("", "subject_id")?)?);
        numbers.push(row.try_get::<i64>("", "look_number")?.to_string());
    }
    if !numbers.is_empty() {
        // Exactly the rows that were read: one that comes now is of a change that is not seen yet. Later looks at the
        // same are set anew by what follows.
        let text = format!("DELETE FROM risk_look WHERE look_number IN ({})", numbers.join(", "));
        execute(tx, &text, [] as [Value; 0]).await?;
        let waiting =
            format!("DELETE FROM risk_look WHERE due_at > ? AND {}", is_one_of(tx.backend(), "subject_id"));
        execute(tx, &waiting, [now.micros().into(), list_of(&due)]).await?;
    }
    Ok(due)
}

/// The subjects that are due as they are written, the longest waiting first, each once; at most so many.
pub async fn due(reader: &impl Reader, now: Timestamp, limit: i64) -> Result<Vec<String>> {
    let text = "SELECT subject_id FROM risk_look WHERE due_at <= ? GROUP BY subject_id \
                ORDER BY min(due_at), subject_id LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, [now.micros(), limit])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "subject_id")?)).collect()
}

/// Takes one of them out of the list, where it still is in it.
pub async fn take(tx: &Tx, subject: &str, now: Timestamp) -> Result<Option<Look>> {
    let text = "DELETE FROM risk_look WHERE subject_id = ?";
    let is_due = "SELECT 1 AS found FROM risk_look WHERE subject_id = ? AND due_at <= ? LIMIT 1";
    let values: [Value; 2] = [subject.into(), now.micros().into()];
    if tx.connection().query_one_raw(tx.sql(is_due, values)).await?.is_none() {
        return Ok(None);
    }
    execute(tx, text, [subject]).await?;
    parse("risk_look.subject_id", subject).map(Some)
}

/// Leaves a subject that cannot be looked at in the list, due at a later instant.
pub async fn set_aside(tx: &Tx, subject: &str, until: Timestamp, now: Timestamp) -> Result<()> {
    let text = "UPDATE risk_look SET due_at = ? WHERE subject_id = ? AND due_at <= ?";
    let values: [Value; 3] = [until.micros().into(), subject.into(), now.micros().into()];
    execute(tx, text, values).await?;
    Ok(())
}

/// Whether anything is due, or a walk is under way.
pub async fn is_due(reader: &impl Reader, now: Timestamp) -> Result<bool> {
    let text = "SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM risk_look WHERE due_at <= ?) \
                OR EXISTS (SELECT 1 FROM risk_walk WHERE position IS NOT NULL)";
    Ok(reader.connection().query_one_raw(reader.sql(text, [now.micros()])).await?.is_some())
}

/// Goes on with the walk over all products and suppliers, where one is under way: puts the next ones into the list and
/// answers how many.
pub async fn walk_on(tx: &Tx, now: Timestamp, limit: i64) -> Result<usize> {
    let text = "SELECT position FROM risk_walk WHERE name = 'all'";
    let row = tx.connection().query_one_raw(tx.sql(text, [] as [Value; 0])).await?;
    let row = row.ok_or_else(|| Error::Corrupt("risk_walk has no row".to_owned()))?;
    let Some(position) = row.try_get::<Option<String>>("", "position")? else { return Ok(0) };
    let mut found: Vec<String> = Vec::new();
    // Products come before suppliers, as their ids do.
    for kind in ["product", "supplier"] {
        let text = format!(
            "SELECT {kind}_id AS id FROM {kind}_listing WHERE {kind}_id > ? ORDER BY {kind}_id LIMIT ?"
        );
        if found.is_empty() {
            let rows = tx
                .connection()
                .query_all_raw(tx.sql(&text, [Value::from(position.clone()), limit.into()]))
                .await?;
            found = rows.iter().map(|row| row.try_get("", "id")).collect::<std::result::Result<_, _>>()?;
        }
    }
    let looks: Vec<Look> = found.iter().map(|id| parse("risk_walk.position", id)).collect::<Result<_>>()?;
    look_at(tx, looks, now).await?;
    execute(tx, "UPDATE risk_walk SET position = ? WHERE name = 'all'", [found.last().cloned()]).await?;
    Ok(found.len())
}

/// Begins the walk anew: a rule was set, so everything is looked at again.
pub async fn walk_anew(tx: &Tx) -> Result<()> {
    execute(tx, "UPDATE risk_walk SET position = '' WHERE name = 'all'", [] as [Value; 0]).await?;
    Ok(())
}

/// All rules with their figures.
pub async fn rules(reader: &impl Reader) -> Result<Rules> {
    let text = "SELECT code, enabled, threshold, window_days, minimum, version FROM risk_rule";
    let rows = reader.connection().query_all_raw(reader.sql(text, [] as [Value; 0])).await?;
    let set = rows.iter().map(rule).collect::<Result<Vec<_>>>()?;
    Ok(Rules::new(&set))
}

fn rule(row: &QueryResult) -> Result<Rule> {
    Ok(Rule {
        code: parse("risk_rule.code", &row.try_get::<String>("", "code")?)?,
        enabled: row.try_get("", "enabled")?,
        threshold: row.try_get("", "threshold")?,
        window_days: row.try_get("", "window_days")?,
        minimum: row.try_get("", "minimum")?,
        version: row.try_get("", "version")?,
    })
}

/// Writes the figures of a rule over those before. The version guards against another writer.
pub async fn set_rule(tx: &Tx, rule: &Rule, by: &str, now: Timestamp) -> Result<()> {
    let text = "INSERT INTO risk_rule (code, enabled, threshold, window_days, minimum, version, set_by, set_at) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code) DO UPDATE SET enabled = excluded.enabled, \
                threshold = excluded.threshold, window_days = excluded.window_days, minimum = excluded.minimum, \
                version = excluded.version, set_by = excluded.set_by, set_at = excluded.set_at \
                WHERE risk_rule.version = excluded.version - 1";
    let values: [Value; 8] = [
        rule.code.as_str().into(),
        rule.enabled.into(),
        rule.threshold.into(),
        rule.window_days.into(),
        rule.minimum.into(),
        rule.version.into(),
        by.into(),
        now.micros().into(),
    ];
    if execute(tx, text, values).await? == 1 { Ok(()) } else { Err(Error::Retry) }
}

/// Ends every signal of a rule that was switched off.
pub async fn end_all(tx: &Tx, code: SignalCode, now: Timestamp) -> Result<()> {
    let text = "UPDATE risk_signal SET ended_at = CASE WHEN observed_at > ? THEN observed_at ELSE ? END \
                WHERE code = ? AND ended_at IS NULL";
    let values: [Value; 3] = [now.micros().into(), now.micros().into(), code.as_str().into()];
    execute(tx, text, values).await?;
    Ok(())
}

/// The column that names the subjects of a kind, and their ids.
fn column(subject: Subject) -> (&'static str, String) {
    match subject {
        Subject::Supplier(id) => ("supplier_id", id.to_string()),
        Subject::Product(id) => ("product_id", id.to_string()),
    }
}

/// The signals that stand, worst first, by subject; those without one are left out.
pub async fn signals(reader: &impl Reader, subjects: &[Subject]) -> Result<HashMap<Subject, Vec<Signal>>> {
    let mut found: HashMap<Subject, Vec<Signal>> = HashMap::new();
    for kind in ["supplier_id", "product_id"] {
        let ids: Vec<String> = subjects
            .iter()
            .map(|subject| column(*subject))
            .filter(|(column, _)| *column == kind)
            .map(|(_, id)| id)
            .collect();
        if ids.is_empty() {
            continue;
        }
        let text = format!(
            "SELECT {kind} AS subject, code, severity, evidence, observed_at FROM risk_signal \
             WHERE ended_at IS NULL AND {}",
            is_one_of(reader.backend(), kind)
        );
        let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(&ids)])).await?;
        for row in &rows {
            let id: String = row.try_get("", "subject")?;
            let subject = if kind == "supplier_id" {
                Subject::Supplier(parse("risk_signal.supplier_id", &id)?)
            } else {
                Subject::Product(parse("risk_signal.product_id", &id)?)
            };
            found.entry(subject).or_default().push(signal(row)?);
        }
    }
    for signals in found.values_mut() {
        signals.sort_unstable_by_key(|signal| (std::cmp::Reverse(signal.severity), signal.code));
    }
    Ok(found)
}

fn signal(row: &QueryResult) -> Result<Signal> {
    let evidence: String = row.try_get("", "evidence")?;
    let severity: Severity = parse("risk_signal.severity", &row.try_get::<String>("", "severity")?)?;
    Ok(Signal {
        code: parse("risk_signal.code", &row.try_get::<String>("", "code")?)?,
        severity,
        evidence: serde_json::from_str(&evidence)
            .map_err(|error| Error::Corrupt(format!("risk_signal.evidence: {error}")))?,
        observed_at: Timestamp::from_micros(row.try_get("", "observed_at")?),
    })
}

/// Brings the signals of a subject to what was found: new ones are written, those whose fact ended end, and those that
/// stand keep when they were first seen. Says whether anything changed.
pub async fn settle(
    tx: &Tx,
    subject: Subject,
    (standing, findings): (&[Signal], &[Finding]),
    now: Timestamp,
) -> Result<bool> {
    let (column, id) = column(subject);
    let mut changed = false;
    for finding in findings {
        let known = standing.iter().find(|signal| signal.code == finding.code);
        if known.is_some_and(|known| known.severity == finding.severity && known.evidence == finding.evidence)
        {
            continue;
        }
        let evidence =
            serde_json::to_string(&finding.evidence).map_err(|error| Error::Corrupt(error.to_string()))?;
        let (severity, code) = (finding.severity.as_str(), finding.code.as_str());
        if known.is_some() {
            let text = format!(
                "UPDATE risk_signal SET severity = ?, evidence = ? WHERE {column} = ? AND code = ? AND ended_at IS NULL"
            );
            execute(tx, &text, [severity, &evidence, &id, code]).await?;
        } else {
            let text = format!(
                "INSERT INTO risk_signal ({column}, code, severity, evidence, observed_at) VALUES (?, ?, ?, ?, ?)"
            );
            let values: [Value; 5] =
                [id.clone().into(), code.into(), severity.into(), evidence.into(), now.micros().into()];
            execute(tx, &text, values).await?;
        }
        changed = true;
    }
    for ended in standing.iter().filter(|known| !findings.iter().any(|finding| finding.code == known.code)) {
        end(tx, (column, &id), ended.code, now).await?;
        changed = true;
    }
    Ok(changed)
}

async fn end(tx: &Tx, (column, id): (&str, &str), code: SignalCode, now: Timestamp) -> Result<()> {
    // A clock that went back must not make a signal end before it began.
    let text = format!(
        "UPDATE risk_signal SET ended_at = CASE WHEN observed_at > ? THEN observed_at ELSE ? END \
         WHERE {column} = ? AND code = ? AND ended_at IS NULL"
    );
    let values: [Value; 4] = [now.micros().into(), now.micros().into(), id.into(), code.as_str().into()];
    execute(tx, &text, values).await?;
    Ok(())
}
