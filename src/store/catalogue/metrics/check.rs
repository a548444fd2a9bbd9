//! The metrics counted again from everything that they are made of.

use sea_orm::ConnectionTrait;

use super::{COLUMNS, OF_DAYS, OF_HISTORY, metrics_from, sums};
use crate::domain::supplier::SupplierMetrics;
use crate::store::catalogue::differing;
use crate::store::{Reader, Result, history};

/// What the entries of an order add up to.
pub async fn entries_of(reader: &impl Reader, order: &str) -> Result<SupplierMetrics> {
    let zero = |name: &str| format!("CAST(coalesce(sum({name}), 0) AS BIGINT) AS {name}");
    let columns: Vec<String> = COLUMNS.iter().map(|name| zero(name)).collect();
    let text = format!("SELECT {} FROM metric_entry WHERE subject_id = ?", columns.join(", "));
    let row = reader.connection().query_one_raw(reader.sql(&text, [order])).await?;
    row.map_or_else(|| Ok(SupplierMetrics::default()), |row| metrics_from(&row, true))
}

/// Where the sums of suppliers differ from what they are made of, in words; at most a hundred. One statement, so that
/// it sees one moment also while orders move on.
pub async fn differences(reader: &impl Reader) -> Result<Vec<String>> {
    let pairs = [
        (kept(), made_of()),
        (kept_by_day(), entries_by_day()),
        (buyers_kept(), buyers_counted()),
        (history(&kept_history()), history(&history::counted())),
        (days_of_history(&kept_days_of_history()), days_of_history(&history::days::counted())),
    ];
    let mut found = Vec::new();
    for (kept, counted) in pairs {
        let unlike = differing(reader, &kept, &counted).await?;
        found.extend(unlike.into_iter().map(|(key, kept, counted)| {
            format!("{key}: the sums say {kept}, what they are made of {counted}")
        }));
    }
    found.truncate(100);
    Ok(found)
}

/// The figures as one text, and only where one of them is not zero.
fn as_text(columns: &[&str]) -> String {
    let parts: Vec<String> = columns.iter().map(|name| format!("CAST({name} AS TEXT)")).collect();
    parts.join(" || ' ' || ")
}

fn some(columns: &[&str]) -> String {
    let parts: Vec<String> = columns.iter().map(|name| format!("{name} <> 0")).collect();
    parts.join(" OR ")
}

/// The sums on record and the entries that are pending.
fn kept() -> String {
    let columns = COLUMNS.join(", ");
    format!(
        "SELECT supplier_id AS key, {} AS figures FROM (SELECT supplier_id, {} FROM \
         (SELECT supplier_id, {columns} FROM supplier_metrics UNION ALL \
         SELECT supplier_id, {columns} FROM metric_entry WHERE NOT added) a GROUP BY supplier_id) b WHERE {}",
        as_text(&COLUMNS),
        sums(&COLUMNS),
        some(&COLUMNS)
    )
}

/// What the sums are made of: acts on orders by their entries, answers by the quotes and messages themselves, buyers by
/// the orders themselves, and the orders of the past.
fn made_of() -> String {
    let acts = &COLUMNS[..OF_DAYS - 2];
    let zeros =
        |columns: &[&str]| columns.iter().map(|name| format!("0 AS {name}")).collect::<Vec<_>>().join(", ");
    let (no_acts, no_answers, no_buyers) =
        (zeros(acts), zeros(&COLUMNS[OF_DAYS - 2..OF_DAYS]), zeros(&COLUMNS[OF_DAYS..]));
    let parts = [
        // Acts on orders, answers to them among those.
        format!(
            "SELECT e.supplier_id, {}, {no_buyers} FROM metric_entry e JOIN orders o ON o.id = e.subject_id",
            COLUMNS[..OF_DAYS].iter().map(|name| format!("e.{name}")).collect::<Vec<_>>().join(", ")
        ),
        format!("SELECT supplier_id, {no_acts}, 1, seconds, {no_buyers} FROM ({}) q", quote_answers()),
        format!("SELECT supplier_id, {no_acts}, 1, seconds, {no_buyers} FROM ({}) m", first_messages()),
        format!(
            "SELECT supplier_id, {no_acts}, {no_answers}, 1, CASE WHEN orders > 1 THEN 1 ELSE 0 END FROM ({}) b",
            bought()
        ),
        format!(
            "SELECT supplier_id, orders, orders_completed, orders_cancelled, orders_dispatched, orders_dispatched_late, \
             orders_delivered, orders_delivered_late, 0, {no_answers}, buyers, returning_buyers FROM supplier_history"
        ),
    ];
    format!(
        "SELECT supplier_id AS key, {} AS figures FROM (SELECT supplier_id, {} FROM ({}) a GROUP BY supplier_id) b \
         WHERE {}",
        as_text(&COLUMNS),
        sums(&COLUMNS),
        parts.join(" UNION ALL "),
        some(&COLUMNS)
    )
}

/// Every round of a quote that got figures, and every one that got a no.
fn quote_answers() -> String {
    "SELECT q.supplier_id, (a.answered_at - r.requested_at) / 1000000 AS seconds FROM quote_answer a \
     JOIN quote_request r ON r.quote_id = a.quote_id AND r.round = a.round JOIN quote q ON q.id = a.quote_id \
     UNION ALL SELECT q.supplier_id, (q.updated_at - r.requested_at) / 1000000 AS seconds FROM quote q \
     JOIN quote_request r ON r.quote_id = q.id AND r.round = (SELECT max(round) FROM quote_request x WHERE x.quote_id = q.id) \
     LEFT JOIN quote_answer a ON a.quote_id = r.quote_id AND a.round = r.round \
     WHERE q.status = 'DECLINED' AND q.ended_by = 'SUPPLIER' AND a.quote_id IS NULL"
        .to_owned()
}

/// The first word of the supplier in each thread behind the buyer's first one.
fn first_messages() -> String {
    "SELECT s.id AS supplier_id, (a.sent_at - b.sent_at) / 1000000 AS seconds FROM thread t \
     JOIN supplier s ON s.company_id = t.supplier_company_id \
     JOIN message b ON b.thread_id = t.id AND b.seq = (SELECT min(x.seq) FROM message x WHERE x.thread_id = t.id \
     AND x.sender_role = 'BUYER') \
     JOIN message a ON a.thread_id = t.id AND a.seq = (SELECT min(y.seq) FROM message y WHERE y.thread_id = t.id \
     AND y.sender_role = 'SUPPLIER' AND y.seq > b.seq)"
        .to_owned()
}

/// How many orders each company bought from each supplier: those whose first payment came into escrow.
fn bought() -> String {
    "SELECT supplier_id, buyer_id, count(*) AS orders FROM orders \
     WHERE status NOT IN ('DRAFT', 'PENDING_SUPPLIER', 'PENDING_PAYMENT', 'CANCELLED', 'EXPIRED') \
     GROUP BY supplier_id, buyer_id"
        .to_owned()
}

/// What the orders of the past of each supplier add up to, on record or counted again.
fn history(rows: &str) -> String {
    let names: Vec<&str> = history::COLUMNS.iter().map(|(name, _)| *name).collect();
    // Sums of whole numbers are decimals in PostgreSQL, and as a text the same.
    format!(
        "SELECT 'history of ' || supplier_id AS key, {} AS figures FROM ({rows}) h WHERE {}",
        as_text(&names),
        some(&names)
    )
}

fn kept_history() -> String {
    "SELECT * FROM supplier_history".to_owned()
}

/// The same by day.
fn days_of_history(rows: &str) -> String {
    let names = &COLUMNS[..OF_HISTORY];
    format!(
        "SELECT 'history of ' || supplier_id || ' on day ' || CAST(day AS TEXT) AS key, {} AS figures \
         FROM ({rows}) h WHERE {}",
        as_text(names),
        some(names)
    )
}

fn kept_days_of_history() -> String {
    "SELECT * FROM supplier_metrics_day WHERE source = 'HISTORY'".to_owned()
}

fn buyers_counted() -> String {
    format!(
        "SELECT supplier_id || ' ' || buyer_id AS key, CAST(orders AS TEXT) AS figures FROM ({}) b",
        bought()
    )
}

fn buyers_kept() -> String {
    "SELECT supplier_id || ' ' || buyer_id AS key, CAST(orders AS TEXT) AS figures FROM supplier_buyer"
        .to_owned()
}

/// What the rows of days say of orders, and the entries that are pending.
fn kept_by_day() -> String {
    let columns = COLUMNS[..OF_DAYS].join(", ");
    by_day(&format!(
        "SELECT supplier_id, day, {columns} FROM supplier_metrics_day WHERE source = 'ORDERS' UNION ALL \
         SELECT supplier_id, day, {columns} FROM metric_entry WHERE NOT added"
    ))
}

fn entries_by_day() -> String {
    by_day(&format!("SELECT supplier_id, day, {} FROM metric_entry", COLUMNS[..OF_DAYS].join(", ")))
}

fn by_day(rows: &str) -> String {
    let columns = &COLUMNS[..OF_DAYS];
    format!(
        "SELECT supplier_id || ' on day ' || CAST(day AS TEXT) AS key, {} AS figures FROM \
         (SELECT supplier_id, day, {} FROM ({rows}) a GROUP BY supplier_id, day) b WHERE {}",
        as_text(columns),
        sums(columns),
        some(columns)
    )
}
