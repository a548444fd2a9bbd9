//! The public catalogue's tables.
//!
//! Whoever writes one of them calls [`listing::refresh_suppliers`] or [`listing::refresh_products`] in the same
//! transaction, so that the listing rows that searches read never differ from what they are made of.

pub mod badges;
pub mod cards;
pub mod categories;
pub mod changes;
pub mod comparable;
mod conditions;
pub mod evidence;
pub mod facets;
pub mod listing;
pub mod lists;
pub mod metrics;
pub mod offers;
pub mod pages;
pub mod plans;
pub mod products;
mod query;
pub mod ratings;
pub mod review_lists;
pub mod reviews;
pub mod rows;
pub mod search;
pub mod spelling;
pub mod suppliers;
mod texts;
pub mod versions;
mod word_index;

use std::fmt::Display;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Iterable, Value};

use super::{Error, Reader, Result, Tx, parse};
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::time::{Day, Timestamp};

/// Values that one statement binds at most, below the limits of both databases.
const MAXIMUM_VALUES: usize = 30_000;

/// Writes many rows in few statements.
pub(super) async fn insert_all<E>(tx: &Tx, rows: impl IntoIterator<Item = E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let at_once = MAXIMUM_VALUES / E::Column::iter().count().max(1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<E::ActiveModel> =
            rows.by_ref().take(at_once).map(IntoActiveModel::into_active_model).collect();
        E::insert_many(chunk).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The condition that a column is one of the texts of a JSON array bound to one `?`: one statement text whatever
/// their number.
pub(super) fn is_one_of(backend: DbBackend, column: &str) -> String {
    if backend == DbBackend::Postgres {
        format!("{column} = ANY (ARRAY(SELECT json_array_elements_text(?::json)))")
    } else {
        format!("{column} IN (SELECT value FROM json_each(?))")
    }
}

/// A table `x` with one column `subject`: the texts of a JSON array bound to one `?`.
pub(super) fn subjects(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "(SELECT json_array_elements_text(?::json) AS subject) x"
    } else {
        "(SELECT value AS subject FROM json_each(?)) x"
    }
}

/// The texts as the JSON array that [`is_one_of`] takes.
pub(super) fn list_of<T: Display>(values: impl IntoIterator<Item = T>) -> Value {
    let texts: Vec<serde_json::Value> =
        values.into_iter().map(|value| serde_json::Value::String(value.to_string())).collect();
    serde_json::Value::Array(texts).to_string().into()
}

/// The rows of a table whose `column` is one of `ids`, in the given order.
async fn rows_of<E: EntityTrait>(
    reader: &impl Reader,
    column: &str,
    ids: &[impl Display],
    order: &str,
) -> Result<Vec<E::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let table = E::default().table_name().to_owned();
    let condition = is_one_of(reader.backend(), column);
    let statement =
        reader.sql(&format!("SELECT * FROM {table} WHERE {condition} ORDER BY {order}"), [list_of(ids)]);
    Ok(E::find().from_raw_sql(statement).all(reader.connection()).await?)
}

/// Runs a statement.
pub(super) async fn execute(
    tx: &Tx,
    text: &str,
    values: impl IntoIterator<Item = impl Into<Value>>,
) -> Result<u64> {
    Ok(tx.connection().execute_raw(tx.sql(text, values)).await?.rows_affected())
}

/// Locks rows in the order of their ids without keeping others from referring to them. SQLite has one writer anyway.
async fn lock(tx: &Tx, table: &str, ids: &[impl Display]) -> Result<()> {
    if ids.is_empty() || !tx.is_postgres() {
        return Ok(());
    }
    let condition = is_one_of(tx.backend(), "id");
    let text = format!("SELECT id FROM {table} WHERE {condition} ORDER BY id FOR NO KEY UPDATE");
    tx.connection().query_all_raw(tx.sql(&text, [list_of(ids)])).await?;
    Ok(())
}

/// A short digest of some texts; empty where they are.
fn digest<'a>(texts: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if texts.clone().into_iter().all(str::is_empty) {
        return String::new();
    }
    let mut digest = crate::domain::import::digest_of(texts);
    digest.truncate(16);
    digest
}

fn day(number: i64) -> Day {
    Day::from_number(number)
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub(super) fn currency(column: &str, code: &str) -> Result<Currency> {
    Currency::parse(code).map_err(|_| corrupt(column, code))
}

fn unit_price(column: &str, millionths: i64) -> Result<UnitPrice> {
    UnitPrice::from_millionths(millionths).map_err(|_| corrupt(column, millionths))
}

/// A row that no rule could have written.
fn corrupt(column: &str, value: impl Display) -> Error {
    Error::Corrupt(format!("{column} holds {value}"))
}

/// Where two queries of a `key` and its `figures` differ, each key with what the one and the other says; at most a hundred. Both are
/// sorted together: SQLite reads one side of a full join once for each row of the other.
async fn differing(reader: &impl Reader, one: &str, other: &str) -> Result<Vec<(String, String, String)>> {
    let text = format!(
        "SELECT key, COALESCE(max(said), 'nothing') AS one, COALESCE(max(replied), 'nothing') AS other FROM \
         (SELECT key, figures AS said, CAST(NULL AS TEXT) AS replied FROM ({one}) a UNION ALL \
         SELECT key, CAST(NULL AS TEXT), figures FROM ({other}) b) pairs \
         GROUP BY key HAVING count(said) <> 1 OR count(replied) <> 1 OR max(said) <> max(replied) LIMIT 100"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [] as [Value; 0])).await?;
    let pairs = rows
        .iter()
        .map(|row| Ok((row.try_get("", "key")?, row.try_get("", "one")?, row.try_get("", "other")?)));
    pairs.collect()
}
