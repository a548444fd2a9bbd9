//! Calls that we owe to providers: rows first, made after the commit.

use entity::provider_request;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Value};

use crate::domain::ids::{PaymentId, ProviderMessageId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::domain::words::words;
use crate::store::{Error, Reader, Result, Tx, parse};

words! {
    /// What is asked of a provider.
    RequestKind {
        /// Open a session for a payment.
        CreateSession => "CREATE_SESSION",
        /// Give money back to the buyer.
        Refund => "REFUND",
        /// Pay money out to a company.
        Payout => "PAYOUT",
    }
}

/// A call that we owe to a provider.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id.
    pub id: ProviderMessageId,
    /// Whom.
    pub provider: String,
    /// What is asked.
    pub kind: RequestKind,
    /// The payment, refund or payout; also its name at the provider, so that asking twice does it once.
    pub subject: String,
    /// How much.
    pub amount: Money,
}

/// Notes that a provider is to be asked; done after the commit, never inside the transaction.
pub async fn request(tx: &Tx, request: &Request, now: Timestamp) -> Result<()> {
    let body = serde_json::json!({
        "amountMinor": request.amount.minor.to_string(),
        "currency": request.amount.currency,
    });
    let row = provider_request::ActiveModel {
        id: Set(request.id.to_string()),
        provider: Set(request.provider.clone()),
        kind: Set(request.kind.to_string()),
        subject: Set(request.subject.clone()),
        body: Set(body.to_string()),
        status: Set("PENDING".to_owned()),
        attempts: Set(0),
        next_at: Set(now.micros()),
        created_at: Set(now.micros()),
    };
    provider_request::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Sessions that are to be opened by now: the payment, the provider and the amount.
pub async fn pending_sessions(
    reader: &impl Reader,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(PaymentId, String)>> {
    let values: [Value; 2] = [now.micros().into(), i64::from(limit).into()];
    let statement = reader.sql(
        "SELECT subject, provider FROM provider_request \
         WHERE status = 'PENDING' AND kind = 'CREATE_SESSION' AND next_at <= ? ORDER BY next_at LIMIT ?",
        values,
    );
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok((
                parse("provider_request.subject", &row.try_get::<String>("", "subject")?)?,
                row.try_get("", "provider")?,
            ))
        })
        .collect()
}

/// Notes the provider's answer: where the buyer pays, under which name the provider knows the payment.
pub async fn open_session(
    tx: &Tx,
    payment: PaymentId,
    reference: &str,
    url: &str,
    now: Timestamp,
) -> Result<()> {
    let values: [Value; 4] = [reference.into(), url.into(), now.micros().into(), payment.to_string().into()];
    let statement = tx.sql(
        "UPDATE payment SET provider_reference = ?, session_url = ?, updated_at = ? WHERE id = ? AND provider_reference IS NULL",
        values,
    );
    tx.connection().execute_raw(statement).await?;
    let statement = tx.sql(
        "UPDATE provider_request SET status = 'DONE', attempts = attempts + 1 WHERE kind = 'CREATE_SESSION' AND subject = ?",
        [payment.to_string()],
    );
    tx.connection().execute_raw(statement).await?;
    Ok(())
}

/// Gives up a session that nobody can open or needs any more.
pub async fn give_session_up(tx: &Tx, payment: PaymentId) -> Result<()> {
    let statement = tx.sql(
        "UPDATE provider_request SET attempts = attempts + 1, status = 'FAILED' \
         WHERE kind = 'CREATE_SESSION' AND subject = ? AND status = 'PENDING'",
        [payment.to_string()],
    );
    tx.connection().execute_raw(statement).await?;
    Ok(())
}

/// A call that is due.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The refund or payout.
    pub subject: String,
    /// Whom to ask.
    pub provider: String,
    /// How much.
    pub amount: Money,
    /// How often it was tried.
    pub attempts: i64,
}

/// Calls of a kind that are to be made by now, the longest waiting first.
pub async fn pending(
    reader: &impl Reader,
    kind: RequestKind,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Pending>> {
    let values: [Value; 3] = [kind.as_str().into(), now.micros().into(), i64::from(limit).into()];
    let statement = reader.sql(
        "SELECT subject, provider, body, attempts FROM provider_request \
         WHERE status = 'PENDING' AND kind = ? AND next_at <= ? ORDER BY next_at LIMIT ?",
        values,
    );
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let body: String = row.try_get("", "body")?;
            Ok(Pending {
                subject: row.try_get("", "subject")?,
                provider: row.try_get("", "provider")?,
                amount: amount(&body)
                    .ok_or_else(|| Error::Corrupt(format!("provider_request.body: {body}")))?,
                attempts: row.try_get("", "attempts")?,
            })
        })
        .collect()
}

fn amount(body: &str) -> Option<Money> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let minor = body.get("amountMinor")?.as_str()?.parse().ok()?;
    let currency = Currency::parse(body.get("currency")?.as_str()?).ok()?;
    Some(Money::new(minor, currency))
}

/// The provider has taken the call; false where the call was put off or asked again since it was read.
pub async fn finish(tx: &Tx, kind: RequestKind, call: &Pending) -> Result<bool> {
    let values: [Value; 3] = [kind.as_str().into(), call.subject.clone().into(), call.attempts.into()];
    let text = "UPDATE provider_request SET status = 'DONE', attempts = attempts + 1 \
                WHERE kind = ? AND subject = ? AND attempts = ? AND status = 'PENDING'";
    Ok(tx.connection().execute_raw(tx.sql(text, values)).await?.rows_affected() == 1)
}

/// The provider could not be asked; it is tried again at the instant.
pub async fn postpone(tx: &Tx, kind: RequestKind, subject: &str, until: Timestamp) -> Result<()> {
    let values: [Value; 3] = [until.micros().into(), kind.as_str().into(), subject.into()];
    let text = "UPDATE provider_request SET next_at = ?, attempts = attempts + 1 \
                WHERE kind = ? AND subject = ? AND status = 'PENDING'";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Has a call made again that the provider had taken and could not do.
pub async fn ask_again(tx: &Tx, kind: RequestKind, subject: &str, at: Timestamp) -> Result<()> {
    let values: [Value; 3] = [at.micros().into(), kind.as_str().into(), subject.into()];
    let text = "UPDATE provider_request SET status = 'PENDING', next_at = ? WHERE kind = ? AND subject = ? AND status <> 'PENDING'";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}
