//! Lists of deadlines over many orders: the first due first.

use sea_orm::{ConnectionTrait, Value};

use super::{COLUMNS, read};
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineState};
use crate::domain::ids::{DeadlineId, OrderId};
use crate::domain::page::{Page, Slice};
use crate::domain::time::Timestamp;
use crate::store::keyset::{self, List};
use crate::store::orders::Visibility;
use crate::store::{Reader, Result};

/// Which deadlines.
#[derive(Debug, Clone, Default)]
pub struct DeadlineFilter {
    /// Only of orders that the asker may see.
    pub visibility: Visibility,
    /// Only of this order.
    pub order: Option<OrderId>,
    /// Only of one of these kinds; of all where empty.
    pub kinds: Vec<DeadlineKind>,
    /// Only in one of these states; in all where empty.
    pub states: Vec<DeadlineState>,
    /// Only due at or after this instant.
    pub due_from: Option<Timestamp>,
    /// Only due before this instant.
    pub due_before: Option<Timestamp>,
}

/// The place of a deadline in the list.
pub type DeadlineKey = (Timestamp, DeadlineId);

impl DeadlineFilter {
    fn conditions(&self) -> (String, Vec<Value>) {
        let (mut text, mut values) = (String::from("1 = 1"), Vec::new());
        self.visibility.narrow(&mut text, &mut values);
        if let Some(order) = self.order {
            text.push_str(" AND d.order_id = ?");
            values.push(order.to_string().into());
        }
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.as_str()).collect();
        let states: Vec<_> = self.states.iter().map(|state| state.as_str()).collect();
        for (column, words) in [("d.kind", kinds), ("d.state", states)] {
            if !words.is_empty() {
                let marks = vec!["?"; words.len()].join(", ");
                text = format!("{text} AND {column} IN ({marks})");
                values.extend(words.into_iter().map(Value::from));
            }
        }
        let open = |state: &DeadlineState| matches!(state, DeadlineState::Pending | DeadlineState::Paused);
        if !self.states.is_empty() && self.states.iter().all(open) {
            // Word for word the condition of the index of open ones, which bound values would hide from the planner.
            text.push_str(" AND d.state IN ('PENDING', 'PAUSED')");
        }
        if let Some(from) = self.due_from {
            text.push_str(" AND d.due_at >= ?");
            values.push(from.micros().into());
        }
        if let Some(before) = self.due_before {
            text.push_str(" AND d.due_at < ?");
            values.push(before.micros().into());
        }
        (text, values)
    }
}

/// A page of deadlines, and their number where it is asked for.
pub async fn page(
    reader: &impl Reader,
    filter: &DeadlineFilter,
    page: &Page,
    (after, before): (Option<DeadlineKey>, Option<DeadlineKey>),
    count: bool,
    cursor: impl Fn(DeadlineKey) -> String,
) -> Result<Slice<Deadline>> {
    const FROM: &str = "deadline d JOIN orders o ON o.id = d.order_id";
    let (conditions, values) = filter.conditions();
    let mut list = List::new(COLUMNS, FROM, "d.due_at", "d.id").earliest_first();
    list.narrow(conditions, values);
    let key = |(due_at, id): DeadlineKey| (due_at, id.to_string());
    let wanted = (page, after.map(key), before.map(key));
    keyset::page(reader, &list, wanted, count, read, |known| cursor((known.due_at, known.id))).await
}

/// The deadlines with these ids.
pub async fn by_ids(reader: &impl Reader, ids: &[DeadlineId]) -> Result<Vec<Deadline>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; ids.len()].join(", ");
    let text = format!("SELECT {COLUMNS} FROM deadline d WHERE d.id IN ({marks})");
    let statement = reader.sql(&text, ids.iter().map(ToString::to_string));
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(read).collect()
}
