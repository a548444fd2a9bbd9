//! Writing products: by their supplier, or by the platform's staff for any.

mod bulk;
mod judge;
mod write;

use std::collections::HashMap;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::page::{Page, Slice};
use crate::domain::product::{Product, ProductCard};
use crate::store::catalogue::pages::ProductKey;
use crate::store::catalogue::{cards, products, versions};

use super::catalogue::{Paged, by_page, spread};
use super::{Error, Result, require_role, require_scope};

pub use bulk::{ErrorPolicy, IMPORT_ROWS, ImportRow, Imported, RowOutcome, RowResult, import};
pub use judge::ProductWish;
pub use versions::{DatedLadder, OwnFilter, Version};
pub use write::{CreateProduct, Outcome, create, publish, update, withdraw};

/// Whether the actor writes products at all: then it also sees those that nobody else does.
pub fn writes(actor: &Actor) -> bool {
    actor.scopes.contains(Scope::CatalogWrite)
        && (actor.is_operator() || (actor.role == Some(Role::Supplier) && actor.supplier.is_some()))
}

/// Whether the actor may write this product.
pub fn may_write(actor: &Actor, product: &Product) -> bool {
    writes(actor) && (actor.is_operator() || actor.supplier == Some(product.supplier))
}

fn demand_writer(actor: &Actor) -> Result<()> {
    require_scope(actor, Scope::CatalogWrite)?;
    require_role(actor, &[Role::Supplier, Role::Operator])
}

/// For whom the actor writes: a supplier for itself, the platform's staff for whom they name.
fn supplier_of(actor: &Actor, named: Option<SupplierId>) -> Result<SupplierId> {
    let path = ["input", "supplierId"];
    match (actor.is_operator(), actor.supplier, named) {
        (true, _, Some(named)) => Ok(named),
        (true, _, None) => Err(Refusal::invalid(&path, "Name the supplier that you write for.").into()),
        (false, Some(own), None) => Ok(own),
        (false, Some(own), Some(named)) if own == named => Ok(own),
        (false, Some(_), Some(_)) => Err(Refusal::not_found("supplier").at(&path).into()),
        (false, None, _) => {
            let message = "Products are written by suppliers; the token's company is none.";
            Err(Error::Denied(Refusal::new(Code::Forbidden, message)))
        }
    }
}

/// The cards of those products that the actor may write, whatever their state.
pub(super) async fn own_cards(app: &App, actor: &Actor, ids: &[ProductId]) -> Result<Vec<ProductCard>> {
    let mut found = cards::own_cards(&app.db, ids).await?;
    found.retain(|card| may_write(actor, &card.product));
    Ok(found)
}

/// A product that the actor may write, whatever its state.
pub(super) async fn own(app: &App, actor: &Actor, key: &ProductKey) -> Result<Option<ProductCard>> {
    let id = match key {
        ProductKey::Id(id) => Some(*id),
        ProductKey::Reference(Some(supplier), reference) => {
            products::by_references(&app.db, *supplier, &[reference]).await?.remove(reference)
        }
        ProductKey::Reference(None, _) => None,
    };
    match id {
        Some(id) => Ok(own_cards(app, actor, &[id]).await?.pop()),
        None => Ok(None),
    }
}

/// A page of the products that the actor may write, whatever their state, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: OwnFilter,
    page: &Page,
    count: bool,
) -> Result<Slice<ProductCard>> {
    demand_writer(actor)?;
    let supplier = match (actor.is_operator(), filter.supplier) {
        (true, named) => named,
        (false, named) => match supplier_of(actor, named) {
            Ok(own) => Some(own),
            // Another company's list answers as an empty one.
            Err(Error::Refused(_)) => return Ok(empty()),
            Err(other) => return Err(other),
        },
    };
    let filter = OwnFilter { supplier, ..filter };
    let slice = versions::own(&app.db, &filter, page, count).await?.map_err(Error::Denied)?;
    let ids: Vec<ProductId> = slice.rows.iter().map(|(_, id)| *id).collect();
    let found = cards::own_cards(&app.db, &ids).await?;
    let mut found: HashMap<ProductId, ProductCard> =
        found.into_iter().map(|card| (card.product.id, card)).collect();
    let rows = slice.rows.into_iter().filter_map(|(cursor, id)| Some((cursor, found.remove(&id)?))).collect();
    Ok(Slice { rows, has_previous: slice.has_previous, has_next: slice.has_next, total: slice.total })
}

fn empty<T>() -> Slice<T> {
    Slice { rows: Vec::new(), has_previous: false, has_next: false, total: Some(0) }
}

/// Pages of products' former prices, for loaders; public, as the prices were.
pub async fn price_pages(
    app: &App,
    keys: &[(ProductId, Page)],
) -> Result<HashMap<(ProductId, Page), Paged<DatedLadder>>> {
    let mut found = HashMap::new();
    for (page, ids) in by_page(keys) {
        spread(&mut found, page, &ids, versions::prices(&app.db, &ids, page).await?);
    }
    Ok(found)
}

/// Pages of products' versions, for loaders; nothing for those who may not write them.
pub async fn version_pages(
    app: &App,
    actor: &Actor,
    keys: &[(ProductId, Page)],
) -> Result<HashMap<(ProductId, Page), Paged<Version>>> {
    let mut found = HashMap::new();
    if !writes(actor) {
        return Ok(found);
    }
    for (page, ids) in by_page(keys) {
        let own = own_cards(app, actor, &ids).await?;
        let own: Vec<ProductId> = own.into_iter().map(|card| card.product.id).collect();
        let mut slices = versions::versions(&app.db, &own, page).await?;
        // A product that was never written here has one version at least: none is kept, and the list is empty.
        if let Ok(slices) = &mut slices {
            for id in &own {
                slices.entry(*id).or_insert_with(empty);
            }
        }
        spread(&mut found, page, &own, slices);
    }
    Ok(found)
}
