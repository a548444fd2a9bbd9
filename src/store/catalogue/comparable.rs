//! Prices of several currencies side by side: each listing carries its price in dollars and which rate made it.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use super::execute;
use crate::domain::exchange::{PerDollar, comparable};
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::time::Day;
use crate::store::{Error, Reader, Result, Tx, exchange};

/// Stands for a price that cannot be compared, because there is none or no rate for it.
const NONE: i64 = i64::MAX;

/// The rates that listings are compared by, each with the number of its entry.
#[derive(Debug, Default)]
pub struct RatesUsed(HashMap<Currency, (PerDollar, i64)>);

impl RatesUsed {
    /// A table of rates with the numbers of their entries.
    pub fn new(rates: impl IntoIterator<Item = (Currency, PerDollar, i64)>) -> Self {
        Self(rates.into_iter().map(|(currency, rate, number)| (currency, (rate, number))).collect())
    }

    /// The rates of these currencies on a day; no statement where they are all dollars.
    pub(super) async fn of(
        reader: &impl Reader,
        currencies: impl Iterator<Item = Currency>,
        day: Day,
    ) -> Result<Self> {
        let mut wanted: Vec<Currency> = currencies.filter(|currency| *currency != Currency::USD).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        let entries = exchange::entries_of(reader, &wanted, day).await?;
        let rates =
            entries.into_iter().map(|entry| (entry.rate.currency, (entry.rate.per_dollar, entry.number)));
        Ok(Self(rates.collect()))
    }

    /// The rate of a currency, where there is one, and the number of its entry.
    pub(super) fn of_currency(&self, currency: Currency) -> (Option<PerDollar>, i64) {
        match self.0.get(&currency) {
            Some((rate, number)) => (Some(*rate), *number),
            None if currency == Currency::USD => (Some(PerDollar::DOLLAR), 0),
            None => (None, 0),
        }
    }
}

/// A price in millionths of a dollar; the largest number where there is no price or no rate.
pub(super) fn compared(price: Option<UnitPrice>, rate: Option<PerDollar>) -> i64 {
    price.zip(rate).map_or(NONE, |(price, rate)| comparable(price, rate).millionths())
}

/// The prices of a listing, each with the column that it is compared in.
const PRICES: [(&str, &str); 3] = [
    ("order_unit_price", "comparable_unit_price"),
    ("lowest_unit_price", "comparable_lowest_unit_price"),
    ("highest_unit_price", "comparable_highest_unit_price"),
];

/// Compares listings anew that were compared by another rate than today's, at most `limit` of them, and says how many
/// there were: a full batch means that there are more.
pub async fn compare_anew(tx: &Tx, day: Day, limit: i64) -> Result<i64> {
    let mut done = 0;
    for entry in exchange::entries_on(tx, day).await? {
        let values: [sea_orm::Value; 4] = [
            entry.rate.currency.to_string().into(),
            entry.number.into(),
            entry.number.into(),
            (limit - done).into(),
        ];
        let text = "SELECT listing_number, order_unit_price, lowest_unit_price, highest_unit_price \
                    FROM product_listing WHERE currency = ? \
                    AND (exchange_rate_number < ? OR exchange_rate_number > ?) ORDER BY listing_number LIMIT ?";
        // Whoever lists one of them at this moment compares it by the price that they write.
        let text = format!("{text}{}", if tx.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" });
        let rows = tx.connection().query_all_raw(tx.sql(&text, values)).await?;
        let listings = rows
            .iter()
            .map(|row| {
                let mut prices = serde_json::Map::new();
                prices.insert("n".to_owned(), row.try_get::<i64>("", "listing_number")?.into());
                for (price, column) in PRICES {
                    let known = match row.try_get("", price)? {
                        NONE => None,
                        known => Some(
                            UnitPrice::from_millionths(known)
                                .map_err(|_| Error::Corrupt(format!("{price} holds {known}")))?,
                        ),
                    };
                    prices.insert(column.to_owned(), compared(known, Some(entry.rate.per_dollar)).into());
                }
                Ok(serde_json::Value::Object(prices))
            })
            .collect::<Result<Vec<_>>>()?;
        if listings.is_empty() {
            continue;
        }
        done += i64::try_from(listings.len()).unwrap_or(limit);
        let (table, cast) = if tx.is_postgres() {
            ("json_array_elements(?::json)", "::bigint")
        } else {
            ("json_each(?)", "")
        };
        let columns = PRICES.map(|(_, column)| format!("{column} = (r.value->>'{column}'){cast}")).join(", ");
        let text = format!(
            "UPDATE product_listing SET {columns}, exchange_rate_number = ? FROM {table} r \
             WHERE product_listing.listing_number = (r.value->>'n'){cast}"
        );
        let list = serde_json::Value::Array(listings).to_string();
        execute(tx, &text, [sea_orm::Value::from(entry.number), list.into()]).await?;
        if done >= limit {
            break;
        }
    }
    Ok(done)
}
