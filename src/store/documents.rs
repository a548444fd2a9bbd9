//! Trusted documents: kept, found by their hash, listed, and how often they were used.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::keyset::{Key, List, page};
use super::{Error, Reader, Result, Tx, parse};
use crate::domain::document::TrustedDocument;
use crate::domain::ids::{AppId, TrustedDocumentId};
use crate::domain::page::{Page, Slice};
use crate::domain::time::{Day, Timestamp};

const COLUMNS: &str = "id, app_id, hash, name, body, registered_at, retires_at, last_used_on, use_count";
/// Retired documents that are deleted by one statement, at most.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

fn read(row: &QueryResult) -> Result<TrustedDocument> {
    let text = |column: &str| row.try_get::<String>("", column);
    let number = |column: &str| row.try_get::<Option<i64>>("", column);
    Ok(TrustedDocument {
        id: parse("trusted_document.id", &text("id")?)?,
        app: parse("trusted_document.app_id", &text("app_id")?)?,
        hash: text("hash")?,
        name: text("name")?,
        body: text("body")?,
        registered_at: Timestamp::from_micros(row.try_get("", "registered_at")?),
        retires_at: number("retires_at")?.map(Timestamp::from_micros),
        last_used_on: number("last_used_on")?.map(Day::from_number),
        use_count: row.try_get("", "use_count")?,
    })
}

async fn those(
    reader: &impl Reader,
    app: AppId,
    column: &str,
    keys: impl Iterator<Item = String>,
) -> Result<Vec<TrustedDocument>> {
    let mut values: Vec<Value> = vec![app.to_string().into()];
    values.extend(keys.map(Value::from));
    if values.len() == 1 {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; values.len() - 1].join(", ");
    let text = format!("SELECT {COLUMNS} FROM trusted_document WHERE app_id = ? AND {column} IN ({marks})");
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read).collect()
}

/// The app's documents with these hashes, retired ones among them, in no order; hashes of none are left out.
pub async fn by_hashes(reader: &impl Reader, app: AppId, hashes: &[String]) -> Result<Vec<TrustedDocument>> {
    those(reader, app, "hash", hashes.iter().cloned()).await
}

/// The app's documents with these ids, retired ones among them, in no order; ids of none are left out.
pub async fn by_ids(
    reader: &impl Reader,
    app: AppId,
    ids: &[TrustedDocumentId],
) -> Result<Vec<TrustedDocument>> {
    those(reader, app, "id", ids.iter().map(ToString::to_string)).await
}

/// Locks the app's row until the transaction ends: of two commands about its documents the second sees what the first one did.
pub async fn lock_app(tx: &Tx, app: AppId) -> Result<()> {
    if tx.is_postgres() {
        let statement =
            tx.sql("SELECT id FROM partner_app WHERE id = ? FOR NO KEY UPDATE", [app.to_string()]);
        tx.connection().query_one_raw(statement).await?;
    }
    Ok(())
}

/// How many documents of an app are served at an instant.
pub async fn count_served(reader: &impl Reader, app: AppId, now: Timestamp) -> Result<i64> {
    let values: [Value; 2] = [app.to_string().into(), now.micros().into()];
    let text = "SELECT count(*) AS total FROM trusted_document WHERE app_id = ? AND (retires_at IS NULL OR retires_at > ?)";
    let row = reader.connection().query_one_raw(reader.sql(text, values)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "total")?))
}

/// Keeps documents. One whose hash the app has registered before gets the new name, keeps its id and usage, and is served for
/// good.
pub async fn register(tx: &Tx, documents: &[TrustedDocument]) -> Result<()> {
    if documents.is_empty() {
        return Ok(());
    }
    let values = documents.iter().flat_map(|document| -> [Value; 6] {
        [
            document.id.to_string().into(),
            document.app.to_string().into(),
            document.hash.clone().into(),
            document.name.clone().into(),
            document.body.clone().into(),
            document.registered_at.micros().into(),
        ]
    });
    let rows = vec!["(?, ?, ?, ?, ?, ?, 0)"; documents.len()].join(", ");
    let text = format!(
        "INSERT INTO trusted_document (id, app_id, hash, name, body, registered_at, use_count) VALUES {rows} \
         ON CONFLICT (app_id, hash) DO UPDATE SET name = excluded.name, retires_at = NULL"
    );
    tx.connection().execute_raw(tx.sql(&text, values)).await?;
    Ok(())
}

/// Lets documents of an app retire at an instant.
pub async fn retire(tx: &Tx, app: AppId, ids: &[TrustedDocumentId], at: Timestamp) -> Result<()> {
    let mut values: Vec<Value> = vec![at.micros().into(), app.to_string().into()];
    values.extend(ids.iter().map(|id| Value::from(id.to_string())));
    let marks = vec!["?"; ids.len()].join(", ");
    let text = format!("UPDATE trusted_document SET retires_at = ? WHERE app_id = ? AND id IN ({marks})");
    tx.connection().execute_raw(tx.sql(&text, values)).await?;
    Ok(())
}

/// Whether a document retired before an instant.
pub async fn has_retired(reader: &impl Reader, before: Timestamp) -> Result<bool> {
    let text = "SELECT 1 AS found FROM trusted_document WHERE retires_at < ? LIMIT 1";
    Ok(reader.connection().query_one_raw(reader.sql(text, [before.micros()])).await?.is_some())
}

/// Deletes documents that retired before an instant, some at once.
pub async fn forget(tx: &Tx, before: Timestamp) -> Result<()> {
    let values: [Value; 2] = [before.micros().into(), FORGOTTEN_AT_ONCE.into()];
    let text = "DELETE FROM trusted_document WHERE id IN \
                (SELECT id FROM trusted_document WHERE retires_at < ? ORDER BY retires_at LIMIT ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Adds how often documents were used on a day. Those that are gone are left out.
pub async fn add_uses(tx: &Tx, day: Day, uses: &[(TrustedDocumentId, i64)]) -> Result<()> {
    if uses.is_empty() {
        return Ok(());
    }
    let mut values: Vec<Value> = Vec::with_capacity(uses.len() * 3 + 2);
    for (id, count) in uses {
        values.extend([Value::from(id.to_string()), Value::from(*count)]);
    }
    values.extend([Value::from(day.number()), Value::from(day.number())]);
    values.extend(uses.iter().map(|(id, _)| Value::from(id.to_string())));
    let cases = vec!["WHEN ? THEN ?"; uses.len()].join(" ");
    let marks = vec!["?"; uses.len()].join(", ");
    let text = format!(
        "UPDATE trusted_document SET use_count = use_count + CASE id {cases} ELSE 0 END, \
         last_used_on = CASE WHEN last_used_on > ? THEN last_used_on ELSE ? END WHERE id IN ({marks})"
    );
    tx.connection().execute_raw(tx.sql(&text, values)).await?;
    Ok(())
}

/// The app's documents, retired ones among them, newest first.
pub async fn list(
    reader: &impl Reader,
    app: AppId,
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&TrustedDocument) -> String,
) -> Result<Slice<TrustedDocument>> {
    let mut list = List::new(COLUMNS, "trusted_document", "registered_at", "id");
    list.narrow("app_id = ?", [app.to_string().into()]);
    page(reader, &list, wanted, count, read, cursor).await
}

/// Whether an app runs trusted documents only.
pub async fn policy(reader: &impl Reader, app: AppId) -> Result<bool> {
    let statement =
        reader.sql("SELECT trusted_documents_only FROM partner_app WHERE id = ?", [app.to_string()]);
    let row = reader.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("{app} acts and is not there")))?;
    Ok(row.try_get("", "trusted_documents_only")?)
}

/// Says whether an app runs trusted documents only.
pub async fn set_policy(tx: &Tx, app: AppId, trusted_only: bool) -> Result<()> {
    let values: [Value; 2] = [trusted_only.into(), app.to_string().into()];
    let text = "UPDATE partner_app SET trusted_documents_only = ? WHERE id = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}
