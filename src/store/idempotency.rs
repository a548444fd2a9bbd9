//! Idempotency keys: claimed first, answered last, in the transaction of their command, kept for ever.

use sea_orm::{ConnectionTrait, Value};

use super::{Error, Reader, Result, Tx};
use crate::domain::ids::{AppId, CompanyId};
use crate::domain::time::Timestamp;

/// Who uses a key: keys of different apps or companies never meet.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// The app.
    pub app: AppId,
    /// The acting company; none for the platform's own apps.
    pub company: Option<CompanyId>,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new and now ours until the transaction ends.
    Fresh,
    /// It was used with the same input; this was the answer.
    Answered(String),
    /// It was used with another input.
    Reused,
}

fn company(scope: Scope) -> String {
    scope.company.map_or_else(|| "-".to_owned(), |company| company.to_string())
}

/// Claims a key. A second claim waits until the first one's transaction ends.
pub async fn claim(
    tx: &Tx,
    scope: Scope,
    key: &str,
    operation: &str,
    input_sha256: &str,
    now: Timestamp,
) -> Result<Claim> {
    let values: [Value; 6] = [
        scope.app.to_string().into(),
        company(scope).into(),
        key.into(),
        operation.into(),
        input_sha256.into(),
        now.micros().into(),
    ];
    let statement = tx.sql(
        "INSERT INTO idempotency_key (app_id, company_id, key, operation, input_sha256, created_at) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (app_id, company_id, key) DO NOTHING",
        values,
    );
    if tx.connection().execute_raw(statement).await?.rows_affected() == 1 {
        return Ok(Claim::Fresh);
    }
    find(tx, scope, key, operation, input_sha256).await?.ok_or(Error::Retry)
}

/// What is known of a key that somebody used; none where nobody did, or whoever does is not done yet.
pub async fn find(
    reader: &impl Reader,
    scope: Scope,
    key: &str,
    operation: &str,
    input_sha256: &str,
) -> Result<Option<Claim>> {
    let values: [Value; 3] = [scope.app.to_string().into(), company(scope).into(), key.into()];
    let text = "SELECT operation, input_sha256, answer FROM idempotency_key \
                WHERE app_id = ? AND company_id = ? AND key = ?";
    let Some(row) = reader.connection().query_one_raw(reader.sql(text, values)).await? else {
        return Ok(None);
    };
    let same = row.try_get::<String>("", "operation")? == operation
        && row.try_get::<String>("", "input_sha256")? == input_sha256;
    if !same {
        return Ok(Some(Claim::Reused));
    }
    let answer: Option<String> = row.try_get("", "answer")?;
    let answer =
        answer.ok_or_else(|| Error::Corrupt(format!("key {key:?} was committed without an answer")))?;
    Ok(Some(Claim::Answered(answer)))
}

/// Keeps the answer of a claimed key.
pub async fn answer(tx: &Tx, scope: Scope, key: &str, answer: String) -> Result<()> {
    let values: [Value; 4] = [answer.into(), scope.app.to_string().into(), company(scope).into(), key.into()];
    let statement =
        tx.sql("UPDATE idempotency_key SET answer = ? WHERE app_id = ? AND company_id = ? AND key = ? AND answer IS NULL", values);
    if tx.connection().execute_raw(statement).await?.rows_affected() == 1 {
        return Ok(());
    }
    Err(Error::Corrupt(format!("key {key:?} was not claimed")))
}
