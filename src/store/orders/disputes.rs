//! Disputes as a list, and what was shown in them.

use entity::evidence_item;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Value};

use super::list::Visibility;
use super::read::owner;
use crate::domain::ids::{DisputeId, OrderId};
use crate::domain::order::{DisputeStatus, Evidence};
use crate::domain::page::{Direction, Page};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx, parse};

/// Which disputes.
#[derive(Debug, Clone, Default)]
pub struct DisputeFilter {
    /// Only of orders that the asker may see.
    pub visibility: Visibility,
    /// Only in one of these statuses.
    pub statuses: Vec<DisputeStatus>,
}

impl DisputeFilter {
    fn conditions(&self) -> (String, Vec<Value>) {
        let (mut text, mut values) = (String::from("r.region = 'DISPUTE'"), Vec::new());
        self.visibility.narrow(&mut text, &mut values);
        if !self.statuses.is_empty() {
            let marks = vec!["?"; self.statuses.len()].join(", ");
            text.push_str(" AND r.status IN (");
            text.push_str(&marks);
            text.push(')');
            values.extend(self.statuses.iter().map(|status| Value::from(status.as_str())));
        }
        (text, values)
    }
}

/// The place of a dispute in the list.
pub type DisputeKey = (Timestamp, DisputeId);

/// The disputes of a page with their orders, newest first, one more than asked for, in reading direction.
pub async fn dispute_ids(
    reader: &impl Reader,
    filter: &DisputeFilter,
    page: &Page,
    (after, before): (Option<DisputeKey>, Option<DisputeKey>),
) -> Result<Vec<(DisputeKey, OrderId)>> {
    let (mut text, mut values) = filter.conditions();
    for (key, comparison) in [(after, "<"), (before, ">")] {
        if let Some((opened_at, id)) = key {
            text.push_str(" AND (r.opened_at, r.id) ");
            text.push_str(comparison);
            text.push_str(" (?, ?)");
            values.extend([opened_at.micros().into(), id.to_string().into()]);
        }
    }
    let direction = if page.direction == Direction::Forward { "DESC" } else { "ASC" };
    values.push(i64::from(page.size + 1).into());
    let statement = reader.sql(
        &format!(
            "SELECT r.id, r.order_id, r.opened_at FROM order_region r JOIN orders o ON o.id = r.order_id \
             WHERE {text} ORDER BY r.opened_at {direction}, r.id {direction} LIMIT ?"
        ),
        values,
    );
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let id = parse("order_region.id", &row.try_get::<String>("", "id")?)?;
            let order = parse("order_region.order_id", &row.try_get::<String>("", "order_id")?)?;
            Ok(((Timestamp::from_micros(row.try_get("", "opened_at")?), id), order))
        })
        .collect()
}

/// How many disputes the whole list has.
pub async fn count_disputes(reader: &impl Reader, filter: &DisputeFilter) -> Result<i64> {
    let (text, values) = filter.conditions();
    let statement = reader.sql(
        &format!(
            "SELECT count(*) AS total FROM order_region r JOIN orders o ON o.id = r.order_id WHERE {text}"
        ),
        values,
    );
    let row = reader.connection().query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "total")).transpose()?.unwrap_or(0))
}

/// The order that a dispute belongs to.
pub async fn of_dispute(reader: &impl Reader, dispute: DisputeId) -> Result<Option<OrderId>> {
    let text = "SELECT order_id FROM order_region WHERE id = ? AND region = 'DISPUTE'";
    owner(reader, text, dispute.to_string()).await
}

/// Notes what a party showed; it is never changed.
pub async fn insert_evidence(tx: &Tx, order: OrderId, item: &Evidence) -> Result<()> {
    let row = evidence_item::ActiveModel {
        id: Set(item.id.to_string()),
        order_id: Set(order.to_string()),
        dispute_id: Set(item.dispute.to_string()),
        party: Set(item.party.to_string()),
        company_id: Set(item.company.map(|id| id.to_string())),
        kind: Set(item.kind.to_string()),
        reference: Set(item.reference.clone()),
        note: Set(item.note.clone()),
        sha256: Set(item.sha256.clone()),
        submitted_at: Set(item.submitted_at.micros()),
    };
    evidence_item::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// What was shown in disputes, oldest first.
pub async fn evidence(reader: &impl Reader, disputes: &[DisputeId]) -> Result<Vec<Evidence>> {
    if disputes.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; disputes.len()].join(", ");
    let text = format!(
        "SELECT id, dispute_id, party, company_id, kind, reference, note, sha256, submitted_at \
         FROM evidence_item WHERE dispute_id IN ({marks}) ORDER BY dispute_id, submitted_at, id"
    );
    let statement = reader.sql(&text, disputes.iter().map(ToString::to_string));
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let text = |column: &str| row.try_get::<String>("", column);
            let company: Option<String> = row.try_get("", "company_id")?;
            Ok(Evidence {
                id: parse("evidence_item.id", &text("id")?)?,
                dispute: parse("evidence_item.dispute_id", &text("dispute_id")?)?,
                party: parse("evidence_item.party", &text("party")?)?,
                company: company.map(|id| parse("evidence_item.company_id", &id)).transpose()?,
                kind: parse("evidence_item.kind", &text("kind")?)?,
                reference: row.try_get("", "reference")?,
                note: row.try_get("", "note")?,
                sha256: text("sha256")?,
                submitted_at: Timestamp::from_micros(row.try_get("", "submitted_at")?),
            })
        })
        .collect()
}
