//! Checks of the books: what each found, and the recomputations that they make.

use std::collections::BTreeMap;

use entity::verification;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult, Value};

use super::payments::standing_items;
use super::{Error, Reader, Result, Tx, parse};
use crate::domain::ids::VerificationId;
use crate::domain::time::Timestamp;

/// A check of all books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Its id.
    pub id: VerificationId,
    /// How many accounts were recomputed.
    pub accounts: i64,
    /// How many orders were recomputed.
    pub orders: i64,
    /// How many events were hashed again.
    pub events: i64,
    /// The first hundred differences, in words.
    pub problems: Vec<String>,
    /// How many differences there were.
    pub problem_count: i64,
    /// When.
    pub verified_at: Timestamp,
}

/// Keeps what a check found.
pub async fn insert(tx: &Tx, found: &Verification) -> Result<()> {
    let problems =
        serde_json::to_string(&found.problems).map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = verification::ActiveModel {
        id: Set(found.id.to_string()),
        accounts: Set(found.accounts),
        orders: Set(found.orders),
        events: Set(found.events),
        problems: Set(problems),
        problem_count: Set(found.problem_count),
        verified_at: Set(found.verified_at.micros()),
    };
    verification::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The last check; none where there was none yet.
pub async fn last(reader: &impl Reader) -> Result<Option<Verification>> {
    let statement = reader.sql(
        "SELECT id, accounts, orders, events, problems, problem_count, verified_at FROM verification \
         ORDER BY verified_at DESC, id DESC LIMIT 1",
        std::iter::empty::<Value>(),
    );
    let row = reader.connection().query_one_raw(statement).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &QueryResult) -> Result<Verification> {
    let problems: String = row.try_get("", "problems")?;
    Ok(Verification {
        id: parse("verification.id", &row.try_get::<String>("", "id")?)?,
        accounts: row.try_get("", "accounts")?,
        orders: row.try_get("", "orders")?,
        events: row.try_get("", "events")?,
        problems: serde_json::from_str(&problems)
            .map_err(|error| Error::Corrupt(format!("verification.problems: {error}")))?,
        problem_count: row.try_get("", "problem_count")?,
        verified_at: Timestamp::from_micros(row.try_get("", "verified_at")?),
    })
}

/// Orders behind an id, in the order of their ids: what a check goes through page by page.
pub async fn orders_behind(reader: &impl Reader, id: &str, limit: u32) -> Result<Vec<String>> {
    let values: [Value; 2] = [id.into(), i64::from(limit).into()];
    let text = "SELECT id FROM orders WHERE id > ? ORDER BY id LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// Suppliers with events behind an id, in the order of their ids.
pub async fn suppliers_behind(reader: &impl Reader, id: &str, limit: u32) -> Result<Vec<String>> {
    let values: [Value; 2] = [id.into(), i64::from(limit).into()];
    let text = "SELECT id FROM supplier WHERE id > ? AND event_seq > 0 ORDER BY id LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// The balance of an account of an order on its own side; zero where there is none.
pub async fn balance(reader: &impl Reader, kind: &str, subject: &str) -> Result<i64> {
    let text = "SELECT CAST(coalesce(sum(credits - debits), 0) AS BIGINT) AS minor FROM account WHERE kind = ? AND subject = ?";
    let row = reader.connection().query_one_raw(reader.sql(text, [kind, subject])).await?;
    Ok(row.map(|row| row.try_get("", "minor")).transpose()?.unwrap_or_default())
}

/// The documents of an order's contracts with what is on record of them, by version.
pub async fn contracts(reader: &impl Reader, order: &str) -> Result<Vec<(String, String, Option<String>)>> {
    let text = "SELECT document, hash, previous_hash FROM contract WHERE order_id = ? ORDER BY version";
    let rows = reader.connection().query_all_raw(reader.sql(text, [order])).await?;
    rows.iter()
        .map(|row| {
            Ok((row.try_get("", "document")?, row.try_get("", "hash")?, row.try_get("", "previous_hash")?))
        })
        .collect()
}

/// Accounts whose movements do not follow one another: each has its number without a gap and the balance after it.
pub async fn running_balances(reader: &impl Reader) -> Result<Vec<String>> {
    let text = "SELECT kind, subject, min(version) AS version FROM (
        SELECT a.kind, a.subject, s.version, s.balance,
            row_number() OVER (PARTITION BY a.id ORDER BY s.version) AS place,
            sum(CASE WHEN a.normal_side = 'DEBIT' THEN s.debited ELSE -s.debited END)
                OVER (PARTITION BY a.id ORDER BY s.version ROWS UNBOUNDED PRECEDING) AS run
        FROM account a JOIN (
            SELECT debit_account_id AS id, debit_version AS version, debit_balance_minor AS balance, amount_minor AS debited
            FROM transfer
            UNION ALL SELECT credit_account_id, credit_version, credit_balance_minor, -amount_minor FROM transfer
        ) s ON s.id = a.id
    ) moved WHERE version <> place OR balance <> run GROUP BY kind, subject ORDER BY kind, subject";
    let rows = reader.connection().query_all_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    rows.iter()
        .map(|row| {
            let text = |column: &str| row.try_get::<String>("", column);
            let version: i64 = row.try_get("", "version")?;
            Ok(format!(
                "{}:{}: movement {version} does not follow the one before it",
                text("kind")?,
                text("subject")?
            ))
        })
        .collect()
}

/// Payouts that do not hold in their accounts what their rows say, and refunds of set-aside money that is no longer there.
pub async fn payouts(reader: &impl Reader) -> Result<Vec<String>> {
    let text = "SELECT p.id AS id FROM payout p \
            LEFT JOIN account a ON a.kind = 'PAYOUT_DUE' AND a.subject = p.id AND a.currency = p.currency \
            WHERE a.id IS NULL OR a.credits <> p.amount_minor \
            OR a.debits <> CASE WHEN p.status IN ('REQUESTED', 'SUBMITTED') THEN 0 ELSE p.amount_minor END \
        UNION ALL SELECT a.subject FROM account a \
            WHERE a.kind = 'PAYOUT_DUE' AND NOT EXISTS (SELECT 1 FROM payout p WHERE p.id = a.subject) \
        UNION ALL SELECT s.id FROM suspense_item s \
            JOIN account a ON a.kind = 'REFUND_DUE' AND a.subject = s.id AND a.currency = s.currency \
            WHERE s.status IN ('REFUNDED', 'ASSIGNED') AND a.credits <> a.debits";
    let rows = reader.connection().query_all_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    rows.iter().map(|row| Ok(not_held(&row.try_get::<String>("", "id")?))).collect()
}

/// Set-aside payments that do not hold in their accounts what their rows say.
pub async fn set_aside(reader: &impl Reader) -> Result<Vec<String>> {
    const BATCH: u32 = 500;
    let mut found = Vec::new();
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut behind = String::new();
    loop {
        let items = standing_items(reader, &behind, BATCH).await?;
        let Some(last) = items.last() else { break };
        behind = last.id.to_string();
        let ids: Vec<String> = items.iter().map(|item| item.id.to_string()).collect();
        let refunds = balances_of(reader, "REFUND_DUE", &ids).await?;
        for (item, id) in items.iter().zip(ids) {
            let currency = item.amount.currency.to_string();
            *sums.entry((item.provider.clone(), currency.clone())).or_default() += item.in_suspense();
            if refunds.get(&(id.clone(), currency)).copied().unwrap_or_default() != item.in_refund() {
                found.push(not_held(&id));
            }
        }
    }
    let text = "SELECT subject, currency, credits - debits AS balance FROM account WHERE kind = 'SUSPENSE'";
    let rows = reader.connection().query_all_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    for row in &rows {
        let subject: String = row.try_get("", "subject")?;
        let sum = sums.remove(&(subject.clone(), row.try_get("", "currency")?)).unwrap_or_default();
        if row.try_get::<i64>("", "balance")? != sum {
            found.push(not_held(&subject));
        }
    }
    // Money that is said to lie in an account that is not there.
    let missing = sums.into_iter().filter(|(_, sum)| *sum != 0);
    found.extend(missing.map(|((provider, _), _)| not_held(&provider)));
    Ok(found)
}

fn not_held(subject: &str) -> String {
    format!("{subject}: the ledger does not hold what was set aside for it")
}

/// The balances of accounts of one kind, by subject and currency.
async fn balances_of(
    reader: &impl Reader,
    kind: &str,
    subjects: &[String],
) -> Result<BTreeMap<(String, String), i64>> {
    let marks = vec!["?"; subjects.len()].join(", ");
    let text = format!(
        "SELECT subject, currency, credits - debits AS balance FROM account WHERE kind = ? AND subject IN ({marks})"
    );
    let values = std::iter::once(kind.to_owned()).chain(subjects.iter().cloned());
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter()
        .map(|row| {
            Ok(((row.try_get("", "subject")?, row.try_get("", "currency")?), row.try_get("", "balance")?))
        })
        .collect()
}
