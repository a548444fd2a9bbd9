//! What providers told us, each message once; what we owe to providers; money that fits nothing.

use entity::{provider_message, provider_request, suspense_item};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, TryInsertResult, Value};

use super::{Reader, Result, Tx, parse};
use crate::domain::ids::{OrderId, PaymentId, ProviderMessageId};
use crate::domain::money::Money;
use crate::domain::order::SuspenseReason;
use crate::domain::time::Timestamp;
use crate::domain::words::words;

/// Takes a provider's message in; false where it came before.
pub async fn take_message(
    tx: &Tx,
    provider: &str,
    message_id: &str,
    body_sha256: &str,
    now: Timestamp,
) -> Result<bool> {
    let row = provider_message::ActiveModel {
        provider: Set(provider.to_owned()),
        message_id: Set(message_id.to_owned()),
        body_sha256: Set(body_sha256.to_owned()),
        outcome: Set("TAKEN".to_owned()),
        received_at: Set(now.micros()),
    };
    let conflict = [provider_message::Column::Provider, provider_message::Column::MessageId];
    let inserted = provider_message::Entity::insert(row)
        .on_conflict_do_nothing_on(conflict)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(count) if count == 1))
}

/// Money that is set aside.
#[derive(Debug, Clone)]
pub struct SuspenseItem {
    /// Its id.
    pub id: ProviderMessageId,
    /// Who holds it.
    pub provider: String,
    /// The provider's own name of the payment.
    pub provider_reference: String,
    /// The payment that it was meant for.
    pub payment: Option<PaymentId>,
    /// The order that it was meant for.
    pub order: Option<OrderId>,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: SuspenseReason,
}

/// Sets money aside; false where the same amount of the same payment of the provider was set aside before.
pub async fn set_aside(tx: &Tx, item: &SuspenseItem, now: Timestamp) -> Result<bool> {
    let row = suspense_item::ActiveModel {
        id: Set(item.id.to_string()),
        provider: Set(item.provider.clone()),
        provider_reference: Set(item.provider_reference.clone()),
        payment_id: Set(item.payment.map(|id| id.to_string())),
        order_id: Set(item.order.map(|id| id.to_string())),
        amount_minor: Set(item.amount.minor),
        currency: Set(item.amount.currency.to_string()),
        reason: Set(item.reason.to_string()),
        status: Set("OPEN".to_owned()),
        created_at: Set(now.micros()),
    };
    let conflict = [
        suspense_item::Column::Provider,
        suspense_item::Column::ProviderReference,
        suspense_item::Column::AmountMinor,
        suspense_item::Column::Currency,
    ];
    let inserted = suspense_item::Entity::insert(row)
        .on_conflict_do_nothing_on(conflict)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(count) if count == 1))
}

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
