//! Calls that we owe to providers: rows first, made after the commit.

use entity::provider_request;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult, Value};

use crate::domain::ids::{PaymentId, ProviderMessageId};
use crate::domain::money::{Currency, Money};
use crate::domain::page::{Page, Slice};
use crate::domain::provider::{CallContext, RequestStatus};
pub use crate::domain::provider::{ProviderCall, RequestKind};
use crate::domain::time::Timestamp;
use crate::store::keyset::{Key, List, page};
use crate::store::{Error, Reader, Result, Tx, parse};

/// A call that we owe to a provider.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id, and its key at the provider: asked twice, it is done once.
    pub id: ProviderMessageId,
    /// Whom.
    pub provider: String,
    /// What is asked.
    pub kind: RequestKind,
    /// The payment, refund or payout.
    pub subject: String,
    /// How much.
    pub amount: Money,
    /// Whom and what it is about.
    pub context: CallContext,
}

/// What a row holds beside its columns.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    amount_minor: String,
    currency: String,
    #[serde(flatten)]
    context: CallContext,
}

const COLUMNS: &str =
    "id, provider, kind, subject, body, status, attempts, round, questions, problem, created_at";

fn read(row: &QueryResult) -> Result<ProviderCall> {
    let text = |column: &str| row.try_get::<String>("", column);
    let written = text("body")?;
    let corrupt = || Error::Corrupt(format!("provider_request.body: {written}"));
    let body: Body = serde_json::from_str(&written).map_err(|_| corrupt())?;
    let minor = body.amount_minor.parse().map_err(|_| corrupt())?;
    let currency = Currency::parse(&body.currency).map_err(|_| corrupt())?;
    Ok(ProviderCall {
        id: parse("provider_request.id", &text("id")?)?,
        provider: text("provider")?,
        kind: parse("provider_request.kind", &text("kind")?)?,
        subject: text("subject")?,
        amount: Money::new(minor, currency),
        context: body.context,
        status: parse("provider_request.status", &text("status")?)?,
        attempts: row.try_get("", "attempts")?,
        round: row.try_get("", "round")?,
        questions: row.try_get("", "questions")?,
        problem: row.try_get("", "problem")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

/// Notes that a provider is to be asked; done after the commit, never inside the transaction.
pub async fn request(tx: &Tx, request: &Request, now: Timestamp) -> Result<()> {
    let body = Body {
        amount_minor: request.amount.minor.to_string(),
        currency: request.amount.currency.to_string(),
        context: request.context.clone(),
    };
    let body = serde_json::to_string(&body).map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = provider_request::ActiveModel {
        id: Set(request.id.to_string()),
        provider: Set(request.provider.clone()),
        kind: Set(request.kind.to_string()),
        subject: Set(request.subject.clone()),
        body: Set(body),
        status: Set("PENDING".to_owned()),
        attempts: Set(0),
        round: Set(1),
        problem: Set(None),
        next_at: Set(now.micros()),
        questions: Set(0),
        question_at: Set(None),
        created_at: Set(now.micros()),
    };
    provider_request::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

async fn select(
    reader: &impl Reader,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<ProviderCall>> {
    let text = format!("SELECT {COLUMNS} FROM provider_request WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read).collect()
}

/// Calls of a kind that are to be made by now, the longest waiting first.
pub async fn pending(
    reader: &impl Reader,
    kind: RequestKind,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<ProviderCall>> {
    let values: [Value; 3] = [kind.as_str().into(), now.micros().into(), i64::from(limit).into()];
    select(reader, "status = 'PENDING' AND kind = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?", values)
        .await
}

/// The call about a subject, if it is still to be made.
pub async fn pending_of(
    reader: &impl Reader,
    kind: RequestKind,
    subject: &str,
) -> Result<Option<ProviderCall>> {
    let values: [Value; 2] = [kind.as_str().into(), subject.into()];
    Ok(select(reader, "status = 'PENDING' AND kind = ? AND subject = ?", values).await?.pop())
}

/// Calls that were taken and whose end is to be asked for by now.
pub async fn to_be_asked_about(
    reader: &impl Reader,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<ProviderCall>> {
    let values: [Value; 2] = [now.micros().into(), i64::from(limit).into()];
    select(reader, "status = 'DONE' AND question_at <= ? ORDER BY question_at, id LIMIT ?", values).await
}

/// A call by its id.
pub async fn call(reader: &impl Reader, id: ProviderMessageId) -> Result<Option<ProviderCall>> {
    Ok(select(reader, "id = ?", [id.to_string().into()]).await?.pop())
}

/// The calls, newest first; only what stands so where a status is named.
pub async fn calls(
    reader: &impl Reader,
    status: Option<RequestStatus>,
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&ProviderCall) -> String,
) -> Result<Slice<ProviderCall>> {
    let mut list = List::new(COLUMNS, "provider_request", "created_at", "id");
    if let Some(status) = status {
        list.narrow("status = ?", [status.as_str().into()]);
    }
    page(reader, &list, wanted, count, read, cursor).await
}

/// Whether nobody has touched a call since it was read; asked under the lock of what it is about.
pub async fn is_as_read(tx: &Tx, call: &ProviderCall) -> Result<bool> {
    let values: [Value; 5] = [
        call.id.to_string().into(),
        call.status.as_str().into(),
        call.attempts.into(),
        call.round.into(),
        call.questions.into(),
    ];
    let condition = "id = ? AND status = ? AND attempts = ? AND round = ? AND questions = ?";
    Ok(!select(tx, condition, values).await?.is_empty())
}

/// Changes a call that stands as it was read; false where somebody else was faster.
async fn change(tx: &Tx, call: &ProviderCall, set: &str, values: &[Value]) -> Result<bool> {
    let text = format!(
        "UPDATE provider_request SET {set} WHERE id = ? AND status = ? AND attempts = ? AND round = ? AND questions = ?"
    );
    let as_read: [Value; 5] = [
        call.id.to_string().into(),
        call.status.as_str().into(),
        call.attempts.into(),
        call.round.into(),
        call.questions.into(),
    ];
    let values = values.iter().cloned().chain(as_read);
    Ok(tx.connection().execute_raw(tx.sql(&text, values)).await?.rows_affected() == 1)
}

fn micros(at: Option<Timestamp>) -> Value {
    at.map(Timestamp::micros).into()
}

/// The provider has taken the call; false where the call was put off or asked again since it was read. From the
/// instant on it is asked how it stands.
pub async fn finish(tx: &Tx, call: &ProviderCall, question_at: Option<Timestamp>) -> Result<bool> {
    let set = "status = 'DONE', attempts = attempts + 1, problem = NULL, question_at = ?";
    change(tx, call, set, &[micros(question_at)]).await
}

/// The provider refused the call and did nothing, or nobody needs it; false where somebody else was faster.
pub async fn give_up(tx: &Tx, call: &ProviderCall, problem: &str) -> Result<bool> {
    let set = "status = 'FAILED', attempts = attempts + 1, problem = ?, question_at = NULL";
    change(tx, call, set, &[problem.into()]).await
}

/// What became of the call is not known; it is made again at the instant, or people have to look.
pub async fn put_off(tx: &Tx, call: &ProviderCall, problem: &str, again: Option<Timestamp>) -> Result<bool> {
    match again {
        Some(again) => {
            let set = "attempts = attempts + 1, problem = ?, next_at = ?";
            change(tx, call, set, &[problem.into(), again.micros().into()]).await
        }
        None => {
            change(tx, call, "status = 'STALLED', attempts = attempts + 1, problem = ?", &[problem.into()])
                .await
        }
    }
}

/// It was asked how a call stands, and it has not ended; it is asked again at the instant, or people have to look.
pub async fn ask_later(
    tx: &Tx,
    call: &ProviderCall,
    problem: Option<&str>,
    again: Option<Timestamp>,
) -> Result<bool> {
    let status = if again.is_some() { "DONE" } else { "STALLED" };
    let set = "status = ?, questions = questions + 1, problem = ?, question_at = ?";
    change(tx, call, set, &[status.into(), problem.map(str::to_owned).into(), micros(again)]).await
}

/// The call has ended: nothing is asked about it any more.
pub async fn end(tx: &Tx, call: &ProviderCall) -> Result<()> {
    let text =
        "UPDATE provider_request SET question_at = NULL, problem = NULL WHERE id = ? AND status = 'DONE'";
    tx.connection().execute_raw(tx.sql(text, [call.id.to_string()])).await?;
    Ok(())
}

/// Has a call made again, in the same round, that the provider knows nothing of, or that people looked at.
pub async fn send_again(tx: &Tx, call: &ProviderCall, at: Timestamp) -> Result<bool> {
    let set = "status = 'PENDING', attempts = 0, questions = questions + 1, next_at = ?, question_at = NULL";
    change(tx, call, set, &[at.micros().into()]).await
}

/// Notes where the buyer pays, under which name the provider knows the payment.
pub async fn open_session(
    tx: &Tx,
    payment: PaymentId,
    reference: &str,
    url: &str,
    now: Timestamp,
) -> Result<()> {
    let values: [Value; 4] = [reference.into(), url.into(), now.micros().into(), payment.to_string().into()];
    let text = "UPDATE payment SET provider_reference = ?, session_url = ?, updated_at = ? \
                WHERE id = ? AND provider_reference IS NULL";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// A call that is made again waits until the instant.
pub async fn postpone(tx: &Tx, kind: RequestKind, subject: &str, until: Timestamp) -> Result<()> {
    let values: [Value; 3] = [until.micros().into(), kind.as_str().into(), subject.into()];
    let text =
        "UPDATE provider_request SET next_at = ? WHERE kind = ? AND subject = ? AND status = 'PENDING'";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Has a call made again, in a new round, that the provider said it could not do.
pub async fn ask_again(tx: &Tx, kind: RequestKind, subject: &str, at: Timestamp) -> Result<()> {
    let values: [Value; 3] = [at.micros().into(), kind.as_str().into(), subject.into()];
    let text = "UPDATE provider_request SET status = 'PENDING', next_at = ?, attempts = 0, round = round + 1, \
                question_at = NULL WHERE kind = ? AND subject = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}
