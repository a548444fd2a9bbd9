//! Attempts to have other terms than were agreed: kept although the command was refused.

use entity::refused_price_change;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult};

use crate::domain::ids::{AppId, OrderId};
use crate::domain::order::{MAXIMUM_REFUSED_CHANGES, PriceChange, RefusedPriceChange};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx, parse};

/// Keeps an attempt; once for each key, and not more than so many of an order.
pub async fn insert_refused_change(
    tx: &Tx,
    refused: &RefusedPriceChange,
    (app, key): (AppId, &str),
) -> Result<()> {
    let text = "SELECT count(*) AS known FROM refused_price_change WHERE order_id = ?";
    let counted = tx.connection().query_one_raw(tx.sql(text, [refused.order.to_string()])).await?;
    let known: i64 = counted.map_or(Ok(0), |row| row.try_get("", "known"))?;
    if u64::try_from(known).unwrap_or_default() >= MAXIMUM_REFUSED_CHANGES {
        return Ok(());
    }
    let row = refused_price_change::ActiveModel {
        id: Set(refused.id.to_string()),
        order_id: Set(refused.order.to_string()),
        company_id: Set(refused.company.to_string()),
        app_id: Set(app.to_string()),
        idempotency_key: Set(key.to_owned()),
        kind: Set(refused.change.kind.to_string()),
        terms_hash: Set(refused.change.terms_hash.clone()),
        total_minor: Set(refused.change.total_minor),
        agreed_hash: Set(refused.agreed_hash.clone()),
        agreed_minor: Set(refused.agreed_minor),
        reason: Set(refused.reason.clone()),
        attempted_at: Set(refused.attempted_at.micros()),
    };
    let conflict = [
        refused_price_change::Column::OrderId,
        refused_price_change::Column::CompanyId,
        refused_price_change::Column::AppId,
        refused_price_change::Column::IdempotencyKey,
    ];
    refused_price_change::Entity::insert(row)
        .on_conflict_do_nothing_on(conflict)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// The attempts of an order, oldest first.
pub async fn refused_changes(reader: &impl Reader, order: OrderId) -> Result<Vec<RefusedPriceChange>> {
    let text = "SELECT id, order_id, company_id, kind, terms_hash, total_minor, agreed_hash, agreed_minor, reason, \
                attempted_at FROM refused_price_change WHERE order_id = ? ORDER BY attempted_at, id LIMIT 200";
    let rows = reader.connection().query_all_raw(reader.sql(text, [order.to_string()])).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<RefusedPriceChange> {
    let text = |column: &str| row.try_get::<String>("", column);
    Ok(RefusedPriceChange {
        id: parse("refused_price_change.id", &text("id")?)?,
        order: parse("refused_price_change.order_id", &text("order_id")?)?,
        company: parse("refused_price_change.company_id", &text("company_id")?)?,
        change: PriceChange {
            kind: parse("refused_price_change.kind", &text("kind")?)?,
            terms_hash: row.try_get("", "terms_hash")?,
            total_minor: row.try_get("", "total_minor")?,
        },
        agreed_hash: text("agreed_hash")?,
        agreed_minor: row.try_get("", "agreed_minor")?,
        reason: text("reason")?,
        attempted_at: Timestamp::from_micros(row.try_get("", "attempted_at")?),
    })
}
