//! What orders of the past add up to by day, for figures over a period.

use super::{DAY, NOTHING, execute};
use crate::store::{Result, Tx};

/// Writes the days of every supplier's history anew. An order counts once for each of its suppliers, on the day of the
/// act: placed, dispatched, arrived; its end counts on the last day that is known of it.
pub(super) async fn recount(tx: &Tx) -> Result<()> {
    execute(tx, "DELETE FROM supplier_metrics_day WHERE source = 'HISTORY'", NOTHING).await?;
    let act = |day: &str, figures: &str, condition: &str| {
        format!("SELECT supplier_id, {day} / {DAY} AS day, {figures} FROM pair WHERE {condition}")
    };
    let last = "COALESCE(delivered_at, dispatched_at, placed_at)";
    let acts = [
        act(
            "placed_at",
            "1 AS placed, 0 AS completed, 0 AS cancelled, 0 AS dispatched, 0 AS dispatched_late, 0 AS delivered, \
             0 AS delivered_late",
            "placed_at IS NOT NULL",
        ),
        act(last, "0, 1, 0, 0, 0, 0, 0", &format!("outcome = 'COMPLETED' AND {last} IS NOT NULL")),
        act(last, "0, 0, 1, 0, 0, 0, 0", &format!("outcome = 'CANCELLED' AND {last} IS NOT NULL")),
        act("dispatched_at", "0, 0, 0, 1, dispatched_late, 0, 0", "dispatched_at IS NOT NULL"),
        act("delivered_at", "0, 0, 0, 0, 0, 1, delivered_late", "delivered_at IS NOT NULL"),
    ];
    let text = format!(
        "INSERT INTO supplier_metrics_day (supplier_id, day, source, orders_placed, orders_completed, orders_cancelled, \
         dispatched, dispatched_late, delivered, delivered_late, disputes, responses, response_seconds) \
         WITH line AS (
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
        SELECT supplier_id, day, 'HISTORY', sum(placed), sum(completed), sum(cancelled), sum(dispatched), \
        sum(dispatched_late), sum(delivered), sum(delivered_late), 0, 0, 0 FROM ({}) AS acts GROUP BY supplier_id, day",
        acts.join(" UNION ALL ")
    );
    execute(tx, &text, NOTHING).await?;
    Ok(())
}
