//! Reading: what happened to a supplier, what waits for review, and what a buyer saw on a past day.

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::badge::BadgeAward;
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::Event;
use crate::domain::evidence::{Recorded, VerificationDocument};
use crate::domain::ids::{SupplierId, VerificationDocumentId};
use crate::domain::page::{Page, Slice};
use crate::domain::time::{Day, Timestamp};
use crate::service::catalogue::now;
use crate::service::{Error, Result, require_role, require_scope};
use crate::store;
use crate::store::catalogue::badges as awards;
pub use crate::store::trust::documents::DocumentFilter;

use super::badges::demand_own;

/// The names of the lists in cursors.
const EVENTS: &str = "supplierEvents";
const DOCUMENTS: &str = "verificationDocuments";

/// A page of what happened to a supplier, newest first, for itself and the platform's staff.
pub async fn events(
    app: &App,
    actor: &Actor,
    supplier: SupplierId,
    page: &Page,
    count: bool,
) -> Result<Slice<Event>> {
    demand_own(actor, supplier)?;
    let place = |cursor: &Option<String>| match cursor {
        Some(text) => match cursor::decode(EVENTS, &[Key::Int(0)], text)?.as_slice() {
            [Key::Int(seq)] => Ok(Some(*seq)),
            _ => Err(Refusal::new(Code::InvalidCursor, "The cursor is not one of this list.")),
        },
        None => Ok(None),
    };
    let keys = (place(&page.after).map_err(Error::Denied)?, place(&page.before).map_err(Error::Denied)?);
    let encode = |seq| cursor::encode(EVENTS, &[Key::Int(seq)]);
    let mut slice = store::events::of_supplier(&app.db, supplier, page, keys, encode).await?;
    if count {
        slice.total = Some(store::events::count_of_supplier(&app.db, supplier).await?);
    }
    Ok(slice)
}

/// A page of documents under review, newest first: a supplier sees its own, the platform's staff all.
pub async fn documents(
    app: &App,
    actor: &Actor,
    mut filter: DocumentFilter,
    page: &Page,
    count: bool,
) -> Result<Slice<VerificationDocument>> {
    require_role(actor, &[Role::Supplier, Role::Operator])?;
    if actor.is_operator() {
        require_scope(actor, Scope::PlatformOperate)?;
    } else {
        require_scope(actor, Scope::CatalogWrite)?;
        let Some(own) = actor.supplier else {
            let message = "Your company is no supplier yet.";
            return Err(Error::Denied(Refusal::new(Code::Forbidden, message)));
        };
        if filter.supplier.is_some_and(|wanted| wanted != own) {
            return Err(Error::Denied(Refusal::not_found("supplier").at(&["filter", "supplierId"])));
        }
        filter.supplier = Some(own);
    }
    listed(app, &filter, page, count).await
}

/// A document under review that the actor may see: a supplier its own, the platform's staff any. One of others answers as one
/// that does not exist, and so does any where the scope is lacking.
pub async fn document(
    app: &App,
    actor: &Actor,
    id: VerificationDocumentId,
) -> Result<Option<VerificationDocument>> {
    let is_staff = actor.is_operator();
    let scope = if is_staff { Scope::PlatformOperate } else { Scope::CatalogWrite };
    if !actor.scopes.contains(scope) {
        return Ok(None);
    }
    let found = store::trust::documents::find(&app.db, id).await?;
    Ok(found.filter(|known| is_staff || actor.supplier == Some(known.supplier)))
}

/// The documents of a supplier, for itself and the platform's staff.
pub async fn documents_of(
    app: &App,
    actor: &Actor,
    supplier: SupplierId,
    page: &Page,
    count: bool,
) -> Result<Slice<VerificationDocument>> {
    demand_own(actor, supplier)?;
    let filter = DocumentFilter { supplier: Some(supplier), ..DocumentFilter::default() };
    listed(app, &filter, page, count).await
}

async fn listed(
    app: &App,
    filter: &DocumentFilter,
    page: &Page,
    count: bool,
) -> Result<Slice<VerificationDocument>> {
    let place = |cursor: &Option<String>| cursor.as_deref().map(decode).transpose().map_err(Error::Denied);
    let (after, before) = (place(&page.after)?, place(&page.before)?);
    let encode = |document: &VerificationDocument| {
        let keys = [Key::Int(document.submitted_at.micros()), Key::Text(document.id.to_string())];
        cursor::encode(DOCUMENTS, &keys)
    };
    Ok(store::trust::documents::list(&app.db, filter, (page, after, before), count, encode).await?)
}

fn decode(text: &str) -> std::result::Result<store::keyset::Key, Refusal> {
    let shape = [Key::Int(0), Key::Text(String::new())];
    match cursor::decode(DOCUMENTS, &shape, text)?.as_slice() {
        [Key::Int(at), Key::Text(id)] => Ok((Timestamp::from_micros(*at), id.clone())),
        _ => Err(Refusal::new(Code::InvalidCursor, "The cursor is not one of this list.")),
    }
}

/// What a buyer saw of a supplier at a past instant.
#[derive(Debug, Clone)]
pub struct AsOf {
    /// The instant.
    pub at: Timestamp,
    /// The awards that were in force.
    pub awards: Vec<BadgeAward>,
    /// The evidence that was on record, held and was not withdrawn.
    pub records: Vec<Recorded>,
}

/// What was to be seen of a supplier at an instant, or at the end of a day: granted or recorded by then, in force then,
/// and not taken back by then, whatever became of it since.
pub async fn as_of(
    app: &App,
    supplier: SupplierId,
    (on, at): (Option<Day>, Option<Timestamp>),
) -> Result<AsOf> {
    let now = now(app);
    let at = match (on, at) {
        // Of today there is only what was up to now.
        (Some(day), None) if day == now.day() => now,
        (Some(day), None) => crate::domain::evidence::after(day).minus_moment(),
        (None, Some(at)) => at,
        _ => {
            let message = "Give exactly one of `on` and `at`.";
            return Err(Error::Denied(Refusal::invalid(&["on"], message)));
        }
    };
    if at > now {
        let message = "What will be seen is not known yet. Ask for a day or instant that is over.";
        return Err(Error::Denied(Refusal::invalid(&[if on.is_some() { "on" } else { "at" }], message)));
    }
    let all = awards::of_suppliers(&app.db, &[supplier]).await?.remove(&supplier).unwrap_or_default();
    let records = store::trust::evidence::of_supplier(&app.db, supplier).await?;
    Ok(AsOf {
        at,
        awards: all.into_iter().rev().filter(|award| award.in_force(at)).collect(),
        records: records.into_iter().filter(|known| known.in_force(at)).collect(),
    })
}
