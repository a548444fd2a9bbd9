//! Reading disputes: by id, as a list, with what was shown in them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{DisputeFilter, Refused, reads};
use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{DisputeId, OrderId};
use crate::domain::order::{Dispute, Evidence, Order};
use crate::domain::page::{Page, Slice};
use crate::domain::time::Timestamp;
use crate::service::orders::visibility;
use crate::service::{Result, require_scope};
use crate::store;

/// The name of the list in cursors.
const LIST: &str = "disputes";

/// Whether the actor may read the disputes of a visible order.
pub fn may_read_disputes(actor: &Actor, order: &Order) -> bool {
    reads(actor, order)
}

/// The orders of these disputes that the actor may read.
pub async fn orders_of_disputes(
    app: &App,
    actor: &Actor,
    ids: &[DisputeId],
) -> Result<HashMap<DisputeId, Arc<Order>>> {
    require_scope(actor, Scope::OrdersRead)?;
    let mut found = HashMap::with_capacity(ids.len());
    for order in store::orders::load_of_disputes(&app.db, ids).await? {
        if reads(actor, &order) {
            let order = Arc::new(order);
            let asked = order.disputes.iter().map(|dispute| dispute.id).filter(|id| ids.contains(id));
            found.extend(asked.map(|id| (id, Arc::clone(&order))));
        }
    }
    Ok(found)
}

/// The actor's disputes, newest first, each with its order.
pub async fn disputes(
    app: &App,
    actor: &Actor,
    mut filter: DisputeFilter,
    page: Page,
    count: bool,
) -> Result<Slice<(Arc<Order>, Dispute)>> {
    require_scope(actor, Scope::OrdersRead)?;
    filter.visibility = visibility(actor);
    let place = |cursor: &Option<String>| cursor.as_deref().map(decode_cursor).transpose();
    let keys = (place(&page.after)?, place(&page.before)?);
    let found = store::orders::dispute_ids(&app.db, &filter, &page, keys).await?;
    let ids: Vec<DisputeId> = found.iter().map(|((_, id), _)| *id).collect();
    let mut orders = orders_of_disputes(app, actor, &ids).await?;
    let row = |((opened_at, id), _): ((Timestamp, DisputeId), OrderId)| {
        let cursor = cursor::encode(LIST, &[Key::Int(opened_at.micros()), Key::Text(id.to_string())]);
        let order = orders.remove(&id)?;
        let dispute = order.disputes.iter().find(|dispute| dispute.id == id).cloned()?;
        Some((cursor, (order, dispute)))
    };
    let rows = found.into_iter().filter_map(row).collect();
    let mut slice = Slice::from_peeked(rows, &page);
    if count {
        slice.total = Some(store::orders::count_disputes(&app.db, &filter).await?);
    }
    Ok(slice)
}

fn decode_cursor(text: &str) -> Refused<(Timestamp, DisputeId)> {
    let keys = cursor::decode(LIST, &[Key::Int(0), Key::Text(String::new())], text)?;
    if let [Key::Int(opened_at), Key::Text(id)] = keys.as_slice()
        && let Ok(id) = id.parse()
    {
        return Ok((Timestamp::from_micros(*opened_at), id));
    }
    Err(Refusal::new(Code::InvalidCursor, "The cursor is not one of this list."))
}

/// What was shown in disputes that were checked to be visible, oldest first.
pub async fn shown_in(app: &App, ids: &[DisputeId]) -> Result<HashMap<DisputeId, Arc<Vec<Evidence>>>> {
    let mut found: HashMap<DisputeId, Vec<Evidence>> = HashMap::new();
    for item in store::orders::evidence(&app.db, ids).await? {
        found.entry(item.dispute).or_default().push(item);
    }
    Ok(found.into_iter().map(|(id, items)| (id, Arc::new(items))).collect())
}
