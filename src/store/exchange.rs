//! Exchange rates: entries that are never changed, and the table of a day.

use entity::exchange_rate;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::EntityTrait;

use super::catalogue::{currency, list_of, subjects};
use super::{Error, Reader, Result, Tx};
use crate::domain::exchange::{ExchangeRate, PerDollar, Rates};
use crate::domain::money::Currency;
use crate::domain::time::{Day, Timestamp};

/// Writes rates behind those that are there.
pub async fn insert_rates(tx: &Tx, rates: &[ExchangeRate]) -> Result<()> {
    let rows = rates.iter().map(|rate| exchange_rate::ActiveModel {
        entry_number: NotSet,
        currency: Set(rate.currency.to_string()),
        valid_from: Set(rate.valid_from.number()),
        per_dollar: Set(rate.per_dollar.hundred_millionths()),
        source: Set(rate.source.clone()),
        recorded_at: Set(rate.recorded_at.micros()),
    });
    exchange_rate::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// A rate with the number of its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Counts the entries.
    pub number: i64,
    /// The rate.
    pub rate: ExchangeRate,
}

/// The rates that hold on a day, by currency.
pub async fn entries_on(reader: &impl Reader, day: Day) -> Result<Vec<Entry>> {
    let all: Vec<Currency> = Currency::all().collect();
    entries_of(reader, &all, day).await
}

/// The rates of some currencies that hold on a day, by currency. One look at the index for each currency, however many
/// days are on record.
pub async fn entries_of(reader: &impl Reader, currencies: &[Currency], day: Day) -> Result<Vec<Entry>> {
    let text = format!(
        "SELECT r.* FROM {} JOIN exchange_rate r ON r.entry_number = (SELECT e.entry_number FROM exchange_rate e \
         WHERE e.currency = x.subject AND e.valid_from <= ? ORDER BY e.valid_from DESC, e.entry_number DESC LIMIT 1) \
         ORDER BY r.currency",
        subjects(reader.backend())
    );
    let statement = reader.sql(&text, [list_of(currencies), day.number().into()]);
    let rows = exchange_rate::Entity::find().from_raw_sql(statement).all(reader.connection()).await?;
    rows.into_iter().map(entry).collect()
}

/// The table of a day, for conversions.
pub async fn rates_on(reader: &impl Reader, day: Day) -> Result<Rates> {
    let entries = entries_on(reader, day).await?;
    Ok(Rates::new(entries.into_iter().map(|Entry { rate, .. }| (rate.currency, rate.per_dollar))))
}

fn entry(row: exchange_rate::Model) -> Result<Entry> {
    let per_dollar = PerDollar::from_hundred_millionths(row.per_dollar)
        .map_err(|_| Error::Corrupt(format!("exchange_rate.per_dollar holds {}", row.per_dollar)))?;
    let rate = ExchangeRate {
        currency: currency("exchange_rate.currency", &row.currency)?,
        per_dollar,
        valid_from: Day::from_number(row.valid_from),
        source: row.source,
        recorded_at: Timestamp::from_micros(row.recorded_at),
    };
    Ok(Entry { number: row.entry_number, rate })
}
