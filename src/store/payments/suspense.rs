//! Money that is set aside, and what becomes of it.

use entity::suspense_item;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult, TryInsertResult, Value};

use crate::domain::ids::{OrderId, PaymentId, SuspenseItemId};
use crate::domain::money::{Currency, Money};
use crate::domain::page::{Page, Slice};
pub use crate::domain::suspense::SuspenseItem;
use crate::domain::suspense::SuspenseStatus;
use crate::domain::time::Timestamp;
use crate::store::keyset::{Key, List, page};
use crate::store::{Error, Reader, Result, Tx, parse};

const COLUMNS: &str = "id, provider, provider_reference, payment_id, order_id, amount_minor, currency, reason, status, \
                       refund_minor, failure, assigned_minor, chargebacks, created_at";

/// Sets money aside; false where the same amount of the same payment of the provider was set aside before.
pub async fn set_aside(tx: &Tx, item: &SuspenseItem) -> Result<bool> {
    let row = suspense_item::ActiveModel {
        id: Set(item.id.to_string()),
        provider: Set(item.provider.clone()),
        provider_reference: Set(item.provider_reference.clone()),
        payment_id: Set(item.payment.map(|id| id.to_string())),
        order_id: Set(item.order.map(|id| id.to_string())),
        amount_minor: Set(item.amount.minor),
        currency: Set(item.amount.currency.to_string()),
        reason: Set(item.reason.to_string()),
        status: Set(item.status.to_string()),
        refund_minor: Set(item.refund_minor),
        failure: Set(item.failure.clone()),
        assigned_minor: Set(item.assigned_minor),
        chargebacks: Set(encode(item)?),
        created_at: Set(item.created_at.micros()),
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

fn encode(item: &SuspenseItem) -> Result<String> {
    serde_json::to_string(&item.chargebacks).map_err(|error| Error::Corrupt(error.to_string()))
}

fn read(row: &QueryResult) -> Result<SuspenseItem> {
    let text = |column: &str| row.try_get::<String>("", column);
    let optional = |column: &str| row.try_get::<Option<String>>("", column);
    let currency = text("currency")?;
    let currency = Currency::parse(&currency)
        .map_err(|_| Error::Corrupt(format!("suspense_item.currency {currency}")))?;
    Ok(SuspenseItem {
        id: parse("suspense_item.id", &text("id")?)?,
        provider: text("provider")?,
        provider_reference: text("provider_reference")?,
        payment: optional("payment_id")?.map(|id| parse("suspense_item.payment_id", &id)).transpose()?,
        order: optional("order_id")?.map(|id| parse("suspense_item.order_id", &id)).transpose()?,
        amount: Money::new(row.try_get("", "amount_minor")?, currency),
        reason: parse("suspense_item.reason", &text("reason")?)?,
        status: parse("suspense_item.status", &text("status")?)?,
        refund_minor: row.try_get("", "refund_minor")?,
        failure: optional("failure")?,
        assigned_minor: row.try_get("", "assigned_minor")?,
        chargebacks: serde_json::from_str(&text("chargebacks")?)
            .map_err(|error| Error::Corrupt(format!("suspense_item.chargebacks: {error}")))?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

/// Set-aside money by its id.
pub async fn item(reader: &impl Reader, id: SuspenseItemId) -> Result<Option<SuspenseItem>> {
    let text = format!("SELECT {COLUMNS} FROM suspense_item WHERE id = ?");
    let row = reader.connection().query_one_raw(reader.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read).transpose()
}

/// The same, locked until the transaction ends.
pub async fn lock_item(tx: &Tx, id: SuspenseItemId) -> Result<Option<SuspenseItem>> {
    let lock = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let text = format!("SELECT {COLUMNS} FROM suspense_item WHERE id = ?{lock}");
    let row = tx.connection().query_one_raw(tx.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read).transpose()
}

/// What was set aside of a payment of ours or of one that a provider names so, by their ids; at most 100.
pub async fn items_of_payment(
    reader: &impl Reader,
    provider: &str,
    payment: Option<PaymentId>,
    reference: Option<&str>,
) -> Result<Vec<SuspenseItem>> {
    let text = format!(
        "SELECT {COLUMNS} FROM suspense_item WHERE provider = ? AND (payment_id = ? OR provider_reference = ?) \
         ORDER BY id LIMIT 100"
    );
    let values: [Value; 3] =
        [provider.into(), payment.map(|id| id.to_string()).into(), reference.map(str::to_owned).into()];
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read).collect()
}

/// The set-aside money that has something in an account, or of which a bank took something back; behind an id, in order.
pub async fn standing_items(reader: &impl Reader, behind: &str, limit: u32) -> Result<Vec<SuspenseItem>> {
    let text = format!(
        "SELECT {COLUMNS} FROM suspense_item WHERE id > ? AND (status IN ('OPEN', 'REFUNDING', 'REFUND_FAILED') \
         OR chargebacks <> '[]') ORDER BY id LIMIT ?"
    );
    let values: [Value; 2] = [behind.into(), i64::from(limit).into()];
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read).collect()
}

/// Writes what became of set-aside money.
pub async fn update_item(tx: &Tx, item: &SuspenseItem) -> Result<()> {
    let values: [Value; 7] = [
        item.status.as_str().into(),
        item.refund_minor.into(),
        item.failure.clone().into(),
        item.assigned_minor.into(),
        encode(item)?.into(),
        item.order.map(|id| id.to_string()).into(),
        item.id.to_string().into(),
    ];
    let text = "UPDATE suspense_item SET status = ?, refund_minor = ?, failure = ?, assigned_minor = ?, \
                chargebacks = ?, order_id = ? WHERE id = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// The first hundred payments that were set aside for each order, oldest first.
pub async fn of_orders(reader: &impl Reader, orders: &[OrderId]) -> Result<Vec<SuspenseItem>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; orders.len()].join(", ");
    let text = format!(
        "SELECT * FROM (SELECT {COLUMNS}, row_number() OVER (PARTITION BY order_id ORDER BY created_at, id) AS place \
         FROM suspense_item WHERE order_id IN ({marks})) s WHERE place <= 100 ORDER BY order_id, place"
    );
    let statement = reader.sql(&text, orders.iter().map(ToString::to_string));
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(read).collect()
}

/// Set-aside money whose refund a provider was asked for and has not told the end of.
pub async fn asked_items(reader: &impl Reader) -> Result<Vec<SuspenseItemId>> {
    let text = "SELECT s.id FROM suspense_item s JOIN provider_request r ON r.kind = 'REFUND' AND r.subject = s.id \
                WHERE s.status = 'REFUNDING' AND r.status = 'DONE' ORDER BY s.created_at LIMIT 100";
    let rows = reader.connection().query_all_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    rows.iter().map(|row| parse("suspense_item.id", &row.try_get::<String>("", "id")?)).collect()
}

/// Set-aside money, newest first; only what stands so where a status is named.
pub async fn items(
    reader: &impl Reader,
    status: Option<SuspenseStatus>,
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&SuspenseItem) -> String,
) -> Result<Slice<SuspenseItem>> {
    let mut list = List::new(COLUMNS, "suspense_item", "created_at", "id");
    if let Some(status) = status {
        list.narrow("status = ?", [status.as_str().into()]);
    }
    page(reader, &list, wanted, count, read, cursor).await
}
