//! Payouts, and what a company's standing says about them.

use entity::payout;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult, Value};

use super::keyset::{Key, List, page};
use super::{Error, Reader, Result, Tx, parse};
use crate::domain::ids::{CompanyId, PayoutId};
use crate::domain::money::{Currency, Money};
use crate::domain::page::{Page, Slice};
use crate::domain::payout::Payout;
use crate::domain::time::Timestamp;

const COLUMNS: &str =
    "id, company_id, account, amount_minor, currency, provider, status, failure, requested_at, settled_at";

fn read(row: &QueryResult) -> Result<Payout> {
    let text = |column: &str| row.try_get::<String>("", column);
    let code = text("currency")?;
    let currency = Currency::parse(&code).map_err(|_| Error::Corrupt(format!("payout.currency {code}")))?;
    let settled_at: Option<i64> = row.try_get("", "settled_at")?;
    Ok(Payout {
        id: parse("payout.id", &text("id")?)?,
        company: parse("payout.company_id", &text("company_id")?)?,
        account: parse("payout.account", &text("account")?)?,
        amount: Money::new(row.try_get("", "amount_minor")?, currency),
        provider: text("provider")?,
        status: parse("payout.status", &text("status")?)?,
        failure: row.try_get("", "failure")?,
        requested_at: Timestamp::from_micros(row.try_get("", "requested_at")?),
        settled_at: settled_at.map(Timestamp::from_micros),
    })
}

/// Writes a new payout.
pub async fn insert(tx: &Tx, payout: &Payout) -> Result<()> {
    let row = payout::ActiveModel {
        id: Set(payout.id.to_string()),
        company_id: Set(payout.company.to_string()),
        account: Set(payout.account.to_string()),
        amount_minor: Set(payout.amount.minor),
        currency: Set(payout.amount.currency.to_string()),
        provider: Set(payout.provider.clone()),
        status: Set(payout.status.to_string()),
        failure: Set(payout.failure.clone()),
        requested_at: Set(payout.requested_at.micros()),
        settled_at: Set(payout.settled_at.map(Timestamp::micros)),
    };
    payout::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Writes how far a payout got.
pub async fn update(tx: &Tx, payout: &Payout) -> Result<()> {
    let values: [Value; 4] = [
        payout.status.as_str().into(),
        payout.failure.clone().into(),
        payout.settled_at.map(Timestamp::micros).into(),
        payout.id.to_string().into(),
    ];
    let text = "UPDATE payout SET status = ?, failure = ?, settled_at = ? WHERE id = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// A payout by its id.
pub async fn load(reader: &impl Reader, id: PayoutId) -> Result<Option<Payout>> {
    let text = format!("SELECT {COLUMNS} FROM payout WHERE id = ?");
    let row = reader.connection().query_one_raw(reader.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read).transpose()
}

/// The same, locked until the transaction ends.
pub async fn lock(tx: &Tx, id: PayoutId) -> Result<Option<Payout>> {
    let suffix = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let text = format!("SELECT {COLUMNS} FROM payout WHERE id = ?{suffix}");
    let row = tx.connection().query_one_raw(tx.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read).transpose()
}

/// The payouts of a company, newest first; of all companies where none is named.
pub async fn list(
    reader: &impl Reader,
    company: Option<CompanyId>,
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&Payout) -> String,
) -> Result<Slice<Payout>> {
    let mut list = List::new(COLUMNS, "payout", "requested_at", "id");
    if let Some(company) = company {
        list.narrow("company_id = ?", [company.to_string().into()]);
    }
    page(reader, &list, wanted, count, read, cursor).await
}

/// The ids of payouts that a provider was asked for before the instant and has not told the end of.
pub async fn submitted(reader: &impl Reader, before: Timestamp) -> Result<Vec<PayoutId>> {
    let text = "SELECT id FROM payout WHERE status = 'SUBMITTED' AND requested_at <= ? ORDER BY requested_at LIMIT 100";
    let rows = reader.connection().query_all_raw(reader.sql(text, [before.micros()])).await?;
    rows.iter().map(|row| parse("payout.id", &row.try_get::<String>("", "id")?)).collect()
}

/// Whether an order of the company is under a risk check.
pub async fn is_under_risk_check(tx: &Tx, company: CompanyId) -> Result<bool> {
    let text = "SELECT 1 AS found FROM order_hold h JOIN orders o ON o.id = h.order_id \
                WHERE o.supplier_company_id = ? AND h.kind = 'RISK' AND h.lifted_at IS NULL LIMIT 1";
    Ok(tx.connection().query_one_raw(tx.sql(text, [company.to_string()])).await?.is_some())
}

/// Whether the company is enrolled in Trade Assurance now.
pub async fn is_enrolled(tx: &Tx, company: CompanyId, now: Timestamp) -> Result<bool> {
    let values: [Value; 2] = [company.to_string().into(), now.micros().into()];
    let text = "SELECT 1 AS found FROM badge_award b JOIN supplier s ON s.id = b.supplier_id \
                WHERE s.company_id = ? AND b.kind = 'TRADE_ASSURANCE' AND b.revoked_at IS NULL \
                AND (b.expires_at IS NULL OR b.expires_at > ?) LIMIT 1";
    Ok(tx.connection().query_one_raw(tx.sql(text, values)).await?.is_some())
}
