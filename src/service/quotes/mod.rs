//! Quotes: who may see them, and the lists of them.

mod command;

use std::collections::HashMap;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::QuoteId;
use crate::domain::page::{Page, Slice};
use crate::domain::quote::{Quote, QuoteAction, QuotePart, QuoteStatus};
use crate::domain::time::Timestamp;
use crate::store;
pub use crate::store::quotes::{QuoteFilter, QuoteVisibility};

use super::{Result, require_scope};

pub use command::{Outcome, RequestQuote, accept, answer, decline, renegotiate, request, withdraw};
pub(super) use command::{Taken, take};

/// The name of the list in cursors.
const LIST: &str = "quotes";

/// In which part an actor stands to a quote; none where it has none.
pub fn part_of(actor: &Actor, quote: &Quote) -> Option<QuotePart> {
    match (actor.role, actor.company) {
        (Some(Role::Buyer), Some(company)) if company == quote.buyer => Some(QuotePart::Buyer),
        (Some(Role::Supplier), Some(company)) if company == quote.supplier_company => {
            Some(QuotePart::Supplier)
        }
        _ => None,
    }
}

/// Whether an actor may see a quote: its parties and the platform's staff.
pub fn is_visible(actor: &Actor, quote: &Quote) -> bool {
    actor.is_operator() || part_of(actor, quote).is_some()
}

fn visibility(actor: &Actor) -> QuoteVisibility {
    match (actor.role, actor.company) {
        (Some(Role::Operator), _) => QuoteVisibility::Everything,
        (Some(Role::Buyer), Some(company)) => QuoteVisibility::Buyer(company),
        (Some(Role::Supplier), Some(company)) => QuoteVisibility::Supplier(company),
        _ => QuoteVisibility::Nothing,
    }
}

/// A quote that the actor may see; a quote of others answers as one that does not exist.
pub async fn find(app: &App, actor: &Actor, id: QuoteId) -> Result<Option<Quote>> {
    Ok(by_ids(app, actor, &[id]).await?.remove(&id))
}

/// What an id of no quote finds: nothing, for those who may ask.
pub fn none(actor: &Actor) -> Result<Option<Quote>> {
    require_scope(actor, Scope::OrdersRead).map(|()| None)
}

/// The quotes with these ids that the actor may see.
pub async fn by_ids(app: &App, actor: &Actor, ids: &[QuoteId]) -> Result<HashMap<QuoteId, Quote>> {
    require_scope(actor, Scope::OrdersRead)?;
    let quotes = store::quotes::load(&app.db, ids).await?;
    Ok(quotes.into_iter().filter(|quote| is_visible(actor, quote)).map(|quote| (quote.id, quote)).collect())
}

/// The actor's quotes, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    statuses: Vec<QuoteStatus>,
    page: Page,
    count: bool,
) -> Result<Slice<Quote>> {
    require_scope(actor, Scope::OrdersRead)?;
    let filter = QuoteFilter { visibility: visibility(actor), statuses };
    let place = |cursor: &Option<String>| cursor.as_deref().map(decode_cursor).transpose();
    let keys = (place(&page.after)?, place(&page.before)?);
    let cursor = |(created_at, id): (Timestamp, QuoteId)| {
        cursor::encode(LIST, &[Key::Int(created_at.micros()), Key::Text(id.to_string())])
    };
    Ok(store::quotes::list(&app.db, &filter, &page, keys, (count, seen_at(app)), cursor).await?)
}

fn decode_cursor(text: &str) -> std::result::Result<(Timestamp, QuoteId), Refusal> {
    let shape = [Key::Int(0), Key::Text(String::new())];
    let keys = cursor::decode(LIST, &shape, text)?;
    if let [Key::Int(created_at), Key::Text(id)] = keys.as_slice()
        && let Ok(id) = id.parse()
    {
        return Ok((Timestamp::from_micros(*created_at), id));
    }
    Err(Refusal::new(Code::InvalidCursor, "The cursor is not one of this list."))
}

/// How far a visible quote got, for views; decisions read the clock under the quote's lock.
pub fn status(app: &App, quote: &Quote) -> QuoteStatus {
    quote.status(seen_at(app))
}

/// What the actor can do with a visible quote now.
pub fn actions(app: &App, actor: &Actor, quote: &Quote) -> Vec<QuoteAction> {
    part_of(actor, quote).map(|part| quote.allowed(part, seen_at(app))).unwrap_or_default()
}

fn seen_at(app: &App) -> Timestamp {
    super::catalogue::now(app)
}
