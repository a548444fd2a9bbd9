//! Bulk operations: what is exported, how far it is, who works on it, and the parts of the files.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::keyset::{Key, List, page};
use super::{Db, Error, Reader, Result, Tx, parse};
use crate::domain::bulk::{
    BulkFailure, BulkOperation, BulkOwner, BulkPart, BulkProgress, BulkQuery, BulkStatus,
};
use crate::domain::ids::{AppId, BulkOperationId, CompanyId};
use crate::domain::language::Preferences;
use crate::domain::page::{Page, Slice};
use crate::domain::party::{scopes_from_text, scopes_to_text};
use crate::domain::time::Timestamp;

const COLUMNS: &str = "id, app_id, company_id, member_id, role, scopes, languages, query, variables, document, status, \
    end_cursor, read_to_end, part_count, object_count, byte_size, sha256, error_code, error, turn, attempts, created_at, \
    started_at, ended_at, expires_at";
/// Those that something is still to be done for.
const OPEN: &str = "status IN ('CREATED', 'RUNNING')";

fn read(row: &QueryResult) -> Result<BulkOperation> {
    let text = |column: &str| row.try_get::<String>("", column);
    let some = |column: &str| row.try_get::<Option<String>>("", column);
    let time = |column: &str| row.try_get::<Option<i64>>("", column).map(|it| it.map(Timestamp::from_micros));
    let scopes = text("scopes")?;
    let variables = text("variables")?;
    Ok(BulkOperation {
        id: parse("bulk_operation.id", &text("id")?)?,
        owner: BulkOwner {
            app: parse("bulk_operation.app_id", &text("app_id")?)?,
            company: some("company_id")?.map(|id| parse("bulk_operation.company_id", &id)).transpose()?,
            member: some("member_id")?.map(|id| parse("bulk_operation.member_id", &id)).transpose()?,
            role: parse("bulk_operation.role", &text("role")?)?,
            scopes: scopes_from_text(&scopes)
                .map_err(|_| Error::Corrupt(format!("bulk_operation.scopes holds {scopes:?}")))?,
        },
        asked: BulkQuery {
            query: text("query")?,
            variables: serde_json::from_str(&variables)
                .map_err(|error| Error::Corrupt(format!("bulk_operation.variables: {error}")))?,
            document: text("document")?,
            languages: Preferences::from_header(&text("languages")?),
        },
        status: parse("bulk_operation.status", &text("status")?)?,
        progress: BulkProgress {
            cursor: some("end_cursor")?,
            read_to_end: row.try_get("", "read_to_end")?,
            parts: row.try_get("", "part_count")?,
            objects: row.try_get("", "object_count")?,
            bytes: row.try_get("", "byte_size")?,
        },
        sha256: some("sha256")?,
        failure: failure(some("error_code")?, some("error")?)?,
        turn: row.try_get("", "turn")?,
        attempts: row.try_get("", "attempts")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        started_at: time("started_at")?,
        ended_at: time("ended_at")?,
        expires_at: time("expires_at")?,
    })
}

fn failure(code: Option<String>, message: Option<String>) -> Result<Option<BulkFailure>> {
    let (Some(word), Some(message)) = (code, message) else { return Ok(None) };
    Ok(Some(BulkFailure { code: parse("bulk_operation.error_code", &word)?, message }))
}

async fn one(
    reader: &impl Reader,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<BulkOperation>> {
    let text = format!("SELECT {COLUMNS} FROM bulk_operation WHERE {condition}");
    let row = reader.connection().query_one_raw(reader.sql(&text, values)).await?;
    row.as_ref().map(read).transpose()
}

async fn changed(tx: &Tx, text: &str, values: impl IntoIterator<Item = Value>) -> Result<bool> {
    Ok(tx.connection().execute_raw(tx.sql(text, values)).await?.rows_affected() == 1)
}

/// Writes a new operation. One that another of the same app and company stands in the way of is [`Error::Constraint`].
pub async fn insert(tx: &Tx, operation: &BulkOperation) -> Result<()> {
    let BulkOperation { owner, asked, progress, .. } = operation;
    let variables =
        serde_json::to_string(&asked.variables).map_err(|error| Error::Corrupt(error.to_string()))?;
    let values: [Value; 14] = [
        operation.id.to_string().into(),
        owner.app.to_string().into(),
        owner.company.map(|id| id.to_string()).into(),
        owner.member.map(|id| id.to_string()).into(),
        owner.role.as_str().into(),
        scopes_to_text(owner.scopes).into(),
        asked.languages.to_header().into(),
        asked.query.clone().into(),
        variables.into(),
        asked.document.clone().into(),
        operation.status.as_str().into(),
        progress.cursor.clone().into(),
        operation.created_at.micros().into(),
        operation.created_at.micros().into(),
    ];
    let text = "INSERT INTO bulk_operation (id, app_id, company_id, member_id, role, scopes, languages, query, variables, \
        document, status, end_cursor, next_at, created_at, read_to_end, part_count, object_count, byte_size, turn, attempts, \
        removed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, FALSE, 0, 0, 0, 0, 0, FALSE)";
    changed(tx, text, values).await?;
    Ok(())
}

/// An operation by its id.
pub async fn load(reader: &impl Reader, id: BulkOperationId) -> Result<Option<BulkOperation>> {
    one(reader, "id = ?", [id.to_string().into()]).await
}

/// The same, locked until the transaction ends.
pub async fn lock(tx: &Tx, id: BulkOperationId) -> Result<Option<BulkOperation>> {
    let suffix = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    one(tx, &format!("id = ?{suffix}"), [id.to_string().into()]).await
}

/// The one of an app and company that is not over.
pub async fn open_of(
    reader: &impl Reader,
    app: AppId,
    company: Option<CompanyId>,
) -> Result<Option<BulkOperation>> {
    let company = company.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let condition = format!("app_id = ? AND COALESCE(company_id, '-') = ? AND {OPEN}");
    one(reader, &condition, [app.to_string().into(), company.into()]).await
}

/// Those of an app and company, newest first; only in one of the statuses where any are named.
pub async fn list(
    reader: &impl Reader,
    (app, company): (AppId, Option<CompanyId>),
    statuses: &[BulkStatus],
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&BulkOperation) -> String,
) -> Result<Slice<BulkOperation>> {
    let mut list = List::new(COLUMNS, "bulk_operation", "created_at", "id");
    list.narrow("app_id = ?", [app.to_string().into()]);
    match company {
        Some(company) => list.narrow("company_id = ?", [company.to_string().into()]),
        None => list.narrow("company_id IS NULL", []),
    }
    if !statuses.is_empty() {
        let marks = vec!["?"; statuses.len()].join(", ");
        let words = statuses.iter().map(|status| Value::from(status.as_str()));
        list.narrow(format!("status IN ({marks})"), words);
    }
    page(reader, &list, wanted, count, read, cursor).await
}

/// Who waits for a node by now: nobody works on it, or whoever did was not heard of in time.
fn waiting() -> String {
    format!("{OPEN} AND next_at <= ? AND (leased_until IS NULL OR leased_until <= ?)")
}

/// Whether an operation waits for a node.
pub async fn any_waits(db: &Db, now: Timestamp) -> Result<bool> {
    let text = format!("SELECT 1 AS found FROM bulk_operation WHERE {} LIMIT 1", waiting());
    Ok(db.connection().query_one_raw(db.sql(&text, [now.micros(), now.micros()])).await?.is_some())
}

/// Takes the operation that waits longest until an instant; nobody else takes it before. None where none waits.
pub async fn take(tx: &Tx, now: Timestamp, until: Timestamp) -> Result<Option<BulkOperation>> {
    let suffix = if tx.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" };
    let condition = format!("{} ORDER BY next_at, id LIMIT 1{suffix}", waiting());
    let found = one(tx, &condition, [now.micros().into(), now.micros().into()]).await?;
    let Some(found) = found else { return Ok(None) };
    let values: [Value; 3] = [now.micros().into(), until.micros().into(), found.id.to_string().into()];
    let text = "UPDATE bulk_operation SET status = 'RUNNING', turn = turn + 1, started_at = COALESCE(started_at, ?), \
                leased_until = ? WHERE id = ?";
    changed(tx, text, values).await?;
    load(tx, found.id).await
}

/// Whether the operation is still this turn's.
pub async fn is_held(db: &Db, operation: &BulkOperation) -> Result<bool> {
    let held = "id = ? AND turn = ? AND status = 'RUNNING'";
    let text = format!("SELECT 1 AS found FROM bulk_operation WHERE {held}");
    let values: [Value; 2] = [operation.id.to_string().into(), operation.turn.into()];
    Ok(db.connection().query_one_raw(db.sql(&text, values)).await?.is_some())
}

/// Keeps the operation until a later instant; whether it was still this turn's.
pub async fn hold(tx: &Tx, operation: &BulkOperation, until: Timestamp) -> Result<bool> {
    let values: [Value; 3] = [until.micros().into(), operation.id.to_string().into(), operation.turn.into()];
    let text = "UPDATE bulk_operation SET leased_until = ? WHERE id = ? AND turn = ? AND status = 'RUNNING'";
    changed(tx, text, values).await
}

/// Notes how far the turn came and gives the operation back, behind all others that wait; whether it was still this
/// turn's. Nothing is noted otherwise.
pub async fn advance(
    tx: &Tx,
    operation: &BulkOperation,
    progress: &BulkProgress,
    part: Option<&BulkPart>,
    now: Timestamp,
) -> Result<bool> {
    let values: [Value; 9] = [
        progress.cursor.clone().into(),
        progress.read_to_end.into(),
        progress.parts.into(),
        progress.objects.into(),
        progress.bytes.into(),
        now.micros().into(),
        operation.id.to_string().into(),
        operation.turn.into(),
        operation.progress.parts.into(),
    ];
    let text = "UPDATE bulk_operation SET end_cursor = ?, read_to_end = ?, part_count = ?, object_count = ?, byte_size = ?, \
        attempts = 0, leased_until = NULL, next_at = ? WHERE id = ? AND turn = ? AND part_count = ? AND status = 'RUNNING'";
    if !changed(tx, text, values).await? {
        return Ok(false);
    }
    let Some(part) = part else { return Ok(true) };
    let values: [Value; 9] = [
        operation.id.to_string().into(),
        part.number.into(),
        part.turn.into(),
        part.offset.into(),
        part.bytes.into(),
        part.objects.into(),
        part.sha256.clone().into(),
        part.cursor.clone().into(),
        now.micros().into(),
    ];
    let text = "INSERT INTO bulk_part (operation_id, number, turn, byte_offset, byte_size, object_count, sha256, end_cursor, \
                written_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    changed(tx, text, values).await
}

/// Gives the operation back after something failed inside; it waits until the instant.
pub async fn put_off(tx: &Tx, operation: &BulkOperation, until: Timestamp) -> Result<bool> {
    let values: [Value; 3] = [until.micros().into(), operation.id.to_string().into(), operation.turn.into()];
    let text = "UPDATE bulk_operation SET attempts = attempts + 1, leased_until = NULL, next_at = ? \
                WHERE id = ? AND turn = ? AND status = 'RUNNING'";
    changed(tx, text, values).await
}

/// How an operation ends.
#[derive(Debug)]
pub enum End<'a> {
    /// The file is complete and has this SHA-256.
    Completed(&'a str),
    /// It could not go on.
    Failed(&'a BulkFailure),
    /// Its owner called it off.
    Cancelled,
}

/// Ends an operation that is not over; whether it was still this turn's.
pub async fn end(
    tx: &Tx,
    operation: &BulkOperation,
    end: &End<'_>,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<bool> {
    let (status, sha256, failure) = match *end {
        End::Completed(sha256) => (BulkStatus::Completed, Some(sha256.to_owned()), None),
        End::Failed(failure) => (BulkStatus::Failed, None, Some(failure)),
        End::Cancelled => (BulkStatus::Cancelled, None, None),
    };
    let values: [Value; 8] = [
        status.as_str().into(),
        sha256.into(),
        failure.map(|failure| failure.code.as_str().to_owned()).into(),
        failure.map(|failure| failure.message.clone()).into(),
        now.micros().into(),
        expires_at.micros().into(),
        operation.id.to_string().into(),
        operation.turn.into(),
    ];
    let text = format!(
        "UPDATE bulk_operation SET status = ?, sha256 = ?, error_code = ?, error = ?, ended_at = ?, expires_at = ?, \
         leased_until = NULL WHERE id = ? AND turn = ? AND {OPEN}"
    );
    changed(tx, &text, values).await
}

/// Parts of a file from the one that holds a byte on, in their order.
pub async fn parts(
    reader: &impl Reader,
    id: BulkOperationId,
    byte: i64,
    limit: u32,
) -> Result<Vec<BulkPart>> {
    let values: [Value; 3] = [id.to_string().into(), byte.into(), i64::from(limit).into()];
    let text = "SELECT number, turn, byte_offset, byte_size, object_count, sha256, end_cursor FROM bulk_part \
                WHERE operation_id = ? AND byte_offset + byte_size > ? ORDER BY number LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    let read = |row: &QueryResult| -> Result<BulkPart> {
        Ok(BulkPart {
            number: row.try_get("", "number")?,
            turn: row.try_get("", "turn")?,
            offset: row.try_get("", "byte_offset")?,
            bytes: row.try_get("", "byte_size")?,
            objects: row.try_get("", "object_count")?,
            sha256: row.try_get("", "sha256")?,
            cursor: row.try_get("", "end_cursor")?,
        })
    };
    rows.iter().map(read).collect()
}

/// An operation whose file is to be removed by now.
pub async fn to_be_removed(db: &Db, now: Timestamp) -> Result<Option<BulkOperation>> {
    let condition = "NOT removed AND expires_at <= ? ORDER BY expires_at LIMIT 1";
    one(db, condition, [now.micros().into()]).await
}

/// Nobody is told an address of the file any more.
pub async fn expire(tx: &Tx, id: BulkOperationId) -> Result<()> {
    let text = "UPDATE bulk_operation SET status = 'EXPIRED' WHERE id = ?";
    changed(tx, text, [id.to_string().into()]).await?;
    Ok(())
}

/// Forgets the parts of a file that was removed.
pub async fn forget_parts(tx: &Tx, id: BulkOperationId) -> Result<()> {
    let text = "DELETE FROM bulk_part WHERE operation_id = ?";
    tx.connection().execute_raw(tx.sql(text, [id.to_string()])).await?;
    changed(tx, "UPDATE bulk_operation SET removed = TRUE WHERE id = ?", [id.to_string().into()]).await?;
    Ok(())
}
