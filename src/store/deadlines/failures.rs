//! Timers that failed: they step aside, so that those behind them fire.

use sea_orm::{ConnectionTrait, Value};

use crate::domain::ids::{DeadlineId, OrderId};
use crate::domain::time::{Span, Timestamp};
use crate::store::{Reader as _, Result, Tx};

/// Microseconds behind a timer that failed within which those stand that were put off with it: no order has so many timers.
/// It tells them from timers that wait by themselves and look again later.
pub(super) const COMPANIONS: i64 = 1_000;

/// Puts an order off whose first timer failed: that one and those of the order that would overtake it are tried no earlier
/// than after a wait, in the order that they had; what they are due by stays. `wait` says how long by how often the first
/// one failed. Answers when it is tried again; none where nothing of the order is over any more, or where another timer than
/// the one that failed is the first by now: what became of this one, and what that one does, its next try shows. Where no
/// timer was known to fail, it is the first.
pub async fn put_off(
    tx: &Tx,
    order: OrderId,
    failed: Option<DeadlineId>,
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
    let failed = failed.map(|id| id.to_string());
    let first = timers.first().filter(|(id, fires_after, _)| {
        *fires_after < now.micros() && failed.as_ref().is_none_or(|failed| failed == id)
    });
    let Some((_, _, failures)) = first else { return Ok(None) };
    let until = now.plus(wait(failures.saturating_add(1)));
    // A microsecond apart, so that the order that they had stays. What would stand before the place that is the next goes
    // there, too; behind the first that stands later nothing has to move.
    let places = (0_i64..).map(|place| until.micros().saturating_add(place));
    let moved = timers.iter().zip(places).take_while(|((_, fires_after, _), place)| fires_after < place);
    for ((id, _, _), place) in moved {
        let values: [Value; 3] = [place.into(), i64::from(place == until.micros()).into(), id.clone().into()];
        let text =
            "UPDATE deadline SET fires_after = ?, failures = failures + ? WHERE id = ? AND state = 'PENDING'";
        tx.connection().execute_raw(tx.sql(text, values)).await?;
    }
    Ok(Some(until))
}
