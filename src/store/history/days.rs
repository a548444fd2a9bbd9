//! What orders of the past add up to by day, for figures over a period.

use super::{DAY, NOTHING, execute};
use crate::store::catalogue::metrics::{COLUMNS, OF_HISTORY};
use crate::store::{Result, Tx};

/// Brings the days of history up to what the lines say; only those of suppliers whose days differ are written.
pub(super) async fn recount(tx: &Tx) -> Result<()> {
    for table in ["history_day", "history_day_changed"] {
        execute(tx, &format!("DROP TABLE IF EXISTS {table}"), NOTHING).await?;
    }
    let text = format!("CREATE TEMPORARY TABLE history_day AS {}", counted());
    execute(tx, &text, NOTHING).await?;
    let figures = COLUMNS[..OF_HISTORY].join(", ");
    // Days that are the same on both sides are one group. (SQLite reads one side of a full join once for each row of the other.)
    let text = format!(
        "CREATE TEMPORARY TABLE history_day_changed AS SELECT DISTINCT supplier_id AS id FROM \
         (SELECT supplier_id, day, {figures}, 1 AS counted, 0 AS kept FROM history_day UNION ALL \
         SELECT supplier_id, day, {figures}, 0, 1 FROM supplier_metrics_day WHERE source = 'HISTORY') d \
         GROUP BY supplier_id, day, {figures} HAVING sum(counted) <> sum(kept)"
    );
    execute(tx, &text, NOTHING).await?;
    let changed = "supplier_id IN (SELECT id FROM history_day_changed)";
    let text = format!("DELETE FROM supplier_metrics_day WHERE source = 'HISTORY' AND {changed}");
    execute(tx, &text, NOTHING).await?;
    let text = format!(
        "INSERT INTO supplier_metrics_day (supplier_id, day, source, {figures}, disputes, responses, response_seconds) \
         SELECT supplier_id, day, 'HISTORY', {figures}, 0, 0, 0 FROM history_day WHERE {changed}"
    );
    execute(tx, &text, NOTHING).await?;
    for table in ["history_day", "history_day_changed"] {
        execute(tx, &format!("DROP TABLE {table}"), NOTHING).await?;
    }
    Ok(())
}

/// The days of every supplier's history as a query. An order counts once for each of its suppliers, on the day of the
/// act: placed, dispatched, arrived; its end counts on the last day that is known of it.
pub(in crate::store) fn counted() -> String {
    let act = |day: &str, figures: [&str; OF_HISTORY], condition: &str| {
        let named = figures.iter().zip(COLUMNS).map(|(figure, column)| format!("{figure} AS {column}"));
        let named = named.collect::<Vec<_>>().join(", ");
        format!("SELECT supplier_id, {day} / {DAY} AS day, {named} FROM pair WHERE {condition}")
    };
    let last = "COALESCE(delivered_at, dispatched_at, placed_at)";
    let acts = [
        act("placed_at", ["1", "0", "0", "0", "0", "0", "0"], "placed_at IS NOT NULL"),
        act(
            last,
            ["0", "1", "0", "0", "0", "0", "0"],
            &format!("outcome = 'COMPLETED' AND {last} IS NOT NULL"),
        ),
        act(
            last,
            ["0", "0", "1", "0", "0", "0", "0"],
            &format!("outcome = 'CANCELLED' AND {last} IS NOT NULL"),
        ),
        act("dispatched_at", ["0", "0", "0", "1", "dispatched_late", "0", "0"], "dispatched_at IS NOT NULL"),
        act("delivered_at", ["0", "0", "0", "0", "0", "1", "delivered_late"], "delivered_at IS NOT NULL"),
    ];
    let sums: Vec<String> = COLUMNS[..OF_HISTORY]
        .iter()
        .map(|column| format!("CAST(sum({column}) AS BIGINT) AS {column}"))
        .collect();
    format!(
        "WITH line AS (
            SELECT l.supplier_id, l.order_reference, o.outcome, o.placed_at, l.dispatch_by,
                COALESCE(l.dispatched_at, o.dispatched_at) AS dispatched_at,
                COALESCE(l.promised_at, o.promised_at) AS promised_at,
                COALESCE(l.delivered_at, o.delivered_at) AS delivered_at
            FROM order_history_line l JOIN order_history o ON o.reference = l.order_reference
        ), pair AS (
            SELECT supplier_id, order_reference, max(outcome) AS outcome, max(placed_at) AS placed_at,
                max(dispatched_at) AS dispatched_at, max(delivered_at) AS delivered_at,
                max(CASE WHEN dispatched_at > dispatch_by THEN 1 ELSE 0 END) AS dispatched_late,
                max(CASE WHEN delivered_at / {DAY} > promised_at / {DAY} THEN 1 ELSE 0 END) AS delivered_late
            FROM line GROUP BY supplier_id, order_reference
        )
        SELECT supplier_id, day, {} FROM ({}) AS acts GROUP BY supplier_id, day",
        sums.join(", "),
        acts.join(" UNION ALL ")
    )
}
