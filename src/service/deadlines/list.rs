//! What is due, for whom, with what consequence.

use std::collections::HashMap;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::deadline::Deadline;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::DeadlineId;
use crate::domain::page::{Page, Slice};
use crate::domain::time::Timestamp;
use crate::service::orders::{self, visibility};
use crate::service::{Result, require_scope};
use crate::store;
use crate::store::deadlines::{DeadlineFilter, DeadlineKey};

/// The name of the list in cursors.
const LIST: &str = "deadlines";

/// The deadlines of the actor's orders, the first due first.
pub async fn list(
    app: &App,
    actor: &Actor,
    mut filter: DeadlineFilter,
    page: Page,
    count: bool,
) -> Result<Slice<Deadline>> {
    require_scope(actor, Scope::OrdersRead)?;
    filter.visibility = visibility(actor);
    let place = |cursor: &Option<String>| cursor.as_deref().map(decode_cursor).transpose();
    let keys = (place(&page.after)?, place(&page.before)?);
    let cursor = |(due_at, id): DeadlineKey| {
        cursor::encode(LIST, &[Key::Int(due_at.micros()), Key::Text(id.to_string())])
    };
    Ok(store::deadlines::page(&app.db, &filter, &page, keys, count, cursor).await?)
}

fn decode_cursor(text: &str) -> std::result::Result<DeadlineKey, Refusal> {
    let shape = [Key::Int(0), Key::Text(String::new())];
    let keys = cursor::decode(LIST, &shape, text)?;
    if let [Key::Int(due_at), Key::Text(id)] = keys.as_slice()
        && let Ok(id) = id.parse()
    {
        return Ok((Timestamp::from_micros(*due_at), id));
    }
    Err(Refusal::new(Code::InvalidCursor, "The cursor is not one of this list."))
}

/// The deadlines with these ids, of orders that the actor may see.
pub async fn by_ids(
    app: &App,
    actor: &Actor,
    ids: &[DeadlineId],
) -> Result<HashMap<DeadlineId, Option<Deadline>>> {
    require_scope(actor, Scope::OrdersRead)?;
    let mut owners = store::orders::load_of_deadlines(&app.db, ids).await?;
    owners.retain(|order| orders::part_of(actor, order).is_some());
    if owners.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(store::deadlines::by_ids(&app.db, ids)
        .await?
        .into_iter()
        .filter(|known| owners.iter().any(|order| order.id == known.order))
        .map(|known| (known.id, Some(known)))
        .collect())
}
