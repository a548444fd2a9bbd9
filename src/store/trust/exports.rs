//! How much suppliers export: summed up and ranked by the database, priced in between by the dated exchange rates.

use std::collections::HashMap;

use entity::export_volume;
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::domain::export::{ExportPlace, ExportVolume};
use crate::domain::ids::SupplierId;
use crate::domain::money::{Currency, Money};
use crate::domain::time::{Day, Timestamp};
use crate::store::catalogue::{currency, execute, insert_all, is_one_of, list_of};
use crate::store::{Error, Reader, Result, Tx, parse};

/// The job's name in `job_run`.
const JOB: &str = "EXPORT_VOLUME";
/// Microseconds in a day.
const DAY: &str = "86400000000";

/// What a supplier sold abroad on one day in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyExport {
    /// The supplier.
    pub supplier: SupplierId,
    /// Its country.
    pub country: String,
    /// The day.
    pub day: Day,
    /// The goods of its completed orders of buyers abroad.
    pub sum: Money,
    /// How many orders these are.
    pub orders: i64,
}

/// When export volumes were last computed; none before the first time.
pub async fn last_run(reader: &impl Reader) -> Result<Option<Timestamp>> {
    run_at(reader, "").await
}

/// The same under the job's lock: whoever holds it computes for all nodes.
pub async fn lock_run(tx: &Tx) -> Result<Option<Timestamp>> {
    run_at(tx, if tx.is_postgres() { " FOR UPDATE" } else { "" }).await
}

async fn run_at(reader: &impl Reader, lock: &str) -> Result<Option<Timestamp>> {
    let text = format!("SELECT ran_at FROM job_run WHERE job = ?{lock}");
    let row = reader.connection().query_one_raw(reader.sql(&text, [JOB])).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("job_run lacks {JOB}")))?;
    Ok(row.try_get::<Option<i64>>("", "ran_at")?.map(Timestamp::from_micros))
}

/// Suppliers behind an id, in the order of their ids.
pub async fn suppliers_behind(reader: &impl Reader, behind: &str, limit: u32) -> Result<Vec<SupplierId>> {
    let values: [Value; 2] = [behind.into(), i64::from(limit).into()];
    let text = "SELECT id FROM supplier WHERE id > ? ORDER BY id LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter().map(|row| parse("supplier.id", &row.try_get::<String>("", "id")?)).collect()
}

/// What suppliers sold abroad, by day and currency: goods of completed orders, live and imported ones, that were placed
/// behind `from` and not behind `until` by a buyer of another country. A buyer whose country nobody knows is none.
pub async fn daily(
    reader: &impl Reader,
    suppliers: &[SupplierId],
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<DailyExport>> {
    let one_of = is_one_of(reader.backend(), "s.id");
    let text = format!(
        "SELECT x.supplier_id, x.country, x.currency, x.day, CAST(sum(x.minor) AS BIGINT) AS minor, count(*) AS orders \
         FROM (SELECT s.id AS supplier_id, c.country, o.currency, o.placed_at / {DAY} AS day, o.goods_minor AS minor \
            FROM supplier s JOIN company c ON c.id = s.company_id JOIN orders o ON o.supplier_company_id = s.company_id \
            JOIN company b ON b.id = o.buyer_id WHERE {one_of} AND o.status IN ('COMPLETED', 'CLOSED') \
            AND o.placed_at > ? AND o.placed_at <= ? AND b.country <> c.country \
         UNION ALL SELECT s.id, c.country, h.currency, h.placed_at / {DAY}, sum(l.total_minor) \
            FROM supplier s JOIN company c ON c.id = s.company_id JOIN order_history_line l ON l.supplier_id = s.id \
            JOIN order_history h ON h.reference = l.order_reference WHERE {one_of} AND h.outcome = 'COMPLETED' \
            AND h.placed_at > ? AND h.placed_at <= ? AND h.buyer_country <> c.country \
            GROUP BY s.id, c.country, h.reference, h.currency, h.placed_at) x \
         GROUP BY x.supplier_id, x.country, x.currency, x.day ORDER BY x.supplier_id, x.day, x.currency"
    );
    let bounds = [Value::from(from.micros()), Value::from(until.micros())];
    let half = || [list_of(suppliers)].into_iter().chain(bounds.clone());
    let rows = reader.connection().query_all_raw(reader.sql(&text, half().chain(half()))).await?;
    rows.iter().map(daily_from).collect()
}

fn daily_from(row: &QueryResult) -> Result<DailyExport> {
    let code: String = row.try_get("", "currency")?;
    Ok(DailyExport {
        supplier: parse("orders.supplier_id", &row.try_get::<String>("", "supplier_id")?)?,
        country: row.try_get("", "country")?,
        day: Day::from_number(row.try_get("", "day")?),
        sum: Money::new(row.try_get("", "minor")?, currency("orders.currency", &code)?),
        orders: row.try_get("", "orders")?,
    })
}

/// Puts volumes in the place of those before, and ranks them by country. Places are given here, whatever the volumes say.
pub async fn replace(tx: &Tx, volumes: &[ExportVolume], now: Timestamp) -> Result<()> {
    execute(tx, "DELETE FROM export_volume", std::iter::empty::<Value>()).await?;
    let rows = volumes.iter().map(|known| export_volume::Model {
        supplier_id: known.supplier.to_string(),
        country: known.country.clone(),
        volume_cents: known.volume.minor,
        orders: known.orders,
        unpriced_orders: known.unpriced_orders,
        place: None,
        exporters: None,
        computed_at: now.micros(),
    });
    insert_all::<export_volume::Entity>(tx, rows.collect::<Vec<_>>()).await?;
    let text = "UPDATE export_volume SET place = r.place, exporters = r.exporters FROM (SELECT supplier_id, \
                RANK() OVER (PARTITION BY country ORDER BY volume_cents DESC) AS place, \
                COUNT(*) OVER (PARTITION BY country) AS exporters FROM export_volume WHERE volume_cents > 0) r \
                WHERE export_volume.supplier_id = r.supplier_id";
    execute(tx, text, std::iter::empty::<Value>()).await?;
    Ok(())
}

/// Notes when all of it was done.
pub async fn note_run(tx: &Tx, now: Timestamp) -> Result<()> {
    let values: [Value; 2] = [now.micros().into(), JOB.into()];
    execute(tx, "UPDATE job_run SET ran_at = ? WHERE job = ?", values).await?;
    Ok(())
}

/// The volumes of suppliers as they were last computed; those without an export are left out.
pub async fn of_suppliers(
    reader: &impl Reader,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, ExportVolume>> {
    let condition = is_one_of(reader.backend(), "supplier_id");
    let text = format!("SELECT * FROM export_volume WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter()
        .map(|row| {
            let supplier = parse("export_volume.supplier_id", &row.try_get::<String>("", "supplier_id")?)?;
            let place: Option<i64> = row.try_get("", "place")?;
            let exporters: Option<i64> = row.try_get("", "exporters")?;
            let volume = ExportVolume {
                supplier,
                country: row.try_get("", "country")?,
                volume: Money::new(row.try_get("", "volume_cents")?, Currency::USD),
                orders: row.try_get("", "orders")?,
                unpriced_orders: row.try_get("", "unpriced_orders")?,
                place: place.zip(exporters).map(|(place, exporters)| ExportPlace { place, exporters }),
                computed_at: Timestamp::from_micros(row.try_get("", "computed_at")?),
            };
            Ok((supplier, volume))
        })
        .collect()
}
