//! Timers that failed: they step aside, so that those behind them fire.

use sea_orm::{ConnectionTrait, Value};

use crate::domain::ids::OrderId;
use crate::domain::time::{Span, Timestamp};
use crate::store::{Reader as _, Result, Tx};

/// Puts an order off whose first timer failed: that one and those of the order that would overtake it are tried no earlier
/// than after a wait, in the order that they had; what they are due by stays. `wait` says how long by how often the first
/// one failed. Answers when it is tried again; none where nothing of the order is over any more.
pub async fn put_off(
    tx: &Tx,
    order: OrderId,
    now: Timestamp,
    wait: impl Fn(i64) -> Span,
) -> Result<Option<Timestamp>> {
    if tx.is_postgres() {
        // The order's row comes first, as in every command. It is not read: what is in it may be what fails.
        let statement = tx.sql("SELECT id FROM orders WHERE id = ? FOR NO KEY UPDATE", [order.to_string()]);
        tx.connection().query_one_raw(statement).await?;
    }
    let text = "SELECT id, fires_after, failures FROM deadline WHERE order_id = ? AND state = 'PENDING' \
                ORDER BY fires_after, id";
    let rows = tx.connection().query_all_raw(tx.sql(text, [order.to_string()])).await?;
    let mut timers: Vec<(String, i64, i64)> = Vec::with_capacity(rows.len());
    for row in &rows {
        timers.push((row.try_get("", "id")?, row.try_get("", "fires_after")?, row.try_get("", "failures")?));
    }
    let Some((_, _, failures)) = timers.first().filter(|(_, fires_after, _)| *fires_after < now.micros())
    else {
        return Ok(None);
    };
    let until = now.plus(wait(failures.saturating_add(1)));
    let overtaking = timers.iter().filter(|(_, fires_after, _)| *fires_after < until.micros());
    // A microsecond apart, so that the order that they had stays.
    for ((id, _, _), place) in overtaking.zip(0_i64..) {
        let values: [Value; 3] =
            [until.micros().saturating_add(place).into(), i64::from(place == 0).into(), id.clone().into()];
        let text =
            "UPDATE deadline SET fires_after = ?, failures = failures + ? WHERE id = ? AND state = 'PENDING'";
        tx.connection().execute_raw(tx.sql(text, values)).await?;
    }
    Ok(Some(until))
}
