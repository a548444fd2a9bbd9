//! Searching the public catalogue, and keeping what searches read up to date with clock and rates.

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::Refusal;
use crate::domain::exchange::ExchangeRate;
use crate::domain::ids::CategoryId;
use crate::domain::page::{Page, Slice};
use crate::domain::search::{
    COUNTED_ROWS, Facet, FacetKind, ProductFilter, ProductSearch, ProductSort, Search, SearchQuery,
    SupplierFilter, SupplierSearch, SupplierSort, chosen,
};
use crate::store;
use crate::store::catalogue::facets::Wanted;
use crate::store::catalogue::{categories, comparable, facets, listing, search, spelling};

use super::catalogue::now;
use super::{Error, Result, require_scope};

pub use crate::store::catalogue::search::{FoundProduct, FoundSupplier};

/// Listings whose price is compared anew in one transaction.
const COMPARED_AT_ONCE: i64 = 2_000;

/// Takes placement boosts away from suppliers whose Verified Pro badge has lapsed; the node's jobs call it.
pub async fn refresh_lapsed(app: &App) -> Result<()> {
    loop {
        let now = now(app);
        let lapsed = listing::lapsed_boosts(&app.db, now, 100).await?;
        if lapsed.is_empty() {
            return Ok(());
        }
        let tx = app.db.begin().await?;
        listing::refresh_suppliers(&tx, &lapsed, now).await?;
        tx.commit().await?;
    }
}

/// Compares prices by the rates of today where other ones were used; the node's jobs call it. Each batch is a
/// transaction of its own, so that new rates never hold up a large catalogue.
pub async fn compare_prices(app: &App) -> Result<()> {
    loop {
        let tx = app.db.begin().await?;
        let done = comparable::compare_anew(&tx, now(app).day(), COMPARED_AT_ONCE).await?;
        tx.commit().await?;
        if done < COMPARED_AT_ONCE {
            return Ok(());
        }
    }
}

/// Prepares a product search for a caller who may read the catalogue. Rates are read only where the filter asks for
/// conversion.
pub async fn of_products(
    app: &App,
    actor: &Actor,
    query: Option<&str>,
    filter: ProductFilter,
    sort: ProductSort,
) -> Result<ProductSearch> {
    require_scope(actor, Scope::CatalogRead)?;
    filter.check().map_err(Error::Denied)?;
    let now = now(app);
    let converted = match filter.price.filter(|price| price.convert) {
        Some(price) => {
            let rates = store::exchange::rates_on(&app.db, now.day()).await?;
            Some(price.converted(&rates).map_err(Error::Denied)?)
        }
        None => None,
    };
    let query = query.and_then(SearchQuery::parse);
    Ok(Search { query, corrected: None, filter, converted, sort, now })
}

/// Prepares a supplier search for a caller who may read the catalogue.
pub fn of_suppliers(
    app: &App,
    actor: &Actor,
    query: Option<&str>,
    filter: SupplierFilter,
    sort: SupplierSort,
) -> Result<SupplierSearch> {
    require_scope(actor, Scope::CatalogRead)?;
    filter.check().map_err(Error::Denied)?;
    let query = query.and_then(SearchQuery::parse);
    Ok(Search { query, corrected: None, filter, converted: None, sort, now: now(app) })
}

/// A page of the products found; one statement. Where there is nothing, a mistyped word gives way to a near one, and
/// the search says so from then on; a category that does not exist is refused.
pub async fn find_products(
    app: &App,
    search: &mut ProductSearch,
    page: &Page,
    with_supplier: bool,
) -> Result<Slice<FoundProduct>> {
    let slice = search::products(&app.db, search, page, with_supplier).await?.map_err(Error::Denied)?;
    if !slice.rows.is_empty() {
        return Ok(slice);
    }
    require_category(app, search.filter.offer.category).await?;
    if !is_corrected(app, "product", search).await? {
        return Ok(slice);
    }
    search::products(&app.db, search, page, with_supplier).await?.map_err(Error::Denied)
}

/// A page of the suppliers found, as [`find_products`] has it.
pub async fn find_suppliers(
    app: &App,
    search: &mut SupplierSearch,
    page: &Page,
) -> Result<Slice<FoundSupplier>> {
    let slice = search::suppliers(&app.db, search, page).await?.map_err(Error::Denied)?;
    if !slice.rows.is_empty() {
        return Ok(slice);
    }
    require_category(app, search.filter.offers.category).await?;
    if !is_corrected(app, "supplier", search).await? {
        return Ok(slice);
    }
    search::suppliers(&app.db, search, page).await?.map_err(Error::Denied)
}

async fn require_category(app: &App, category: Option<CategoryId>) -> Result<()> {
    let Some(category) = category else { return Ok(()) };
    if categories::load(&app.db, &[category]).await?.is_empty() {
        return Err(Error::Denied(Refusal::not_found("category").at(&["filter", "categoryId"])));
    }
    Ok(())
}

/// Corrects the words of a search that found nothing; says whether it could.
async fn is_corrected<Filter, Sort>(
    app: &App,
    kind: &str,
    search: &mut Search<Filter, Sort>,
) -> Result<bool> {
    if let Some(query) = &search.query {
        search.corrected = spelling::correct(&app.db, kind, query).await?;
    }
    Ok(search.corrected.is_some())
}

/// Whether mistyped words can be seen at all.
pub async fn is_typo_tolerant(app: &App) -> Result<bool> {
    Ok(spelling::is_tolerant(&app.db).await?)
}

/// How many products a search finds.
pub async fn count_products(app: &App, search: &ProductSearch) -> Result<i64> {
    Ok(search::count_products(&app.db, search).await?)
}

/// How many suppliers a search finds.
pub async fn count_suppliers(app: &App, search: &SupplierSearch) -> Result<i64> {
    Ok(search::count_suppliers(&app.db, search).await?)
}

/// What a product search can be narrowed by; all kinds where none are named.
pub async fn product_facets(
    app: &App,
    search: &ProductSearch,
    kinds: Option<Vec<FacetKind>>,
) -> Result<Vec<Facet>> {
    let kinds = chosen(kinds, false).map_err(Error::Denied)?;
    Ok(facets::products(&app.db, search, &Wanted { kinds: &kinds, most_rows: COUNTED_ROWS }).await?)
}

/// What a supplier search can be narrowed by; all kinds where none are named.
pub async fn supplier_facets(
    app: &App,
    search: &SupplierSearch,
    kinds: Option<Vec<FacetKind>>,
) -> Result<Vec<Facet>> {
    let kinds = chosen(kinds, true).map_err(Error::Denied)?;
    Ok(facets::suppliers(&app.db, search, &Wanted { kinds: &kinds, most_rows: COUNTED_ROWS }).await?)
}

/// The rates by which prices are compared, and how many products of a search have a price that no rate is for.
pub async fn price_comparison(app: &App, search: &ProductSearch) -> Result<(Vec<ExchangeRate>, i64)> {
    let entries = store::exchange::entries_on(&app.db, search.now.day()).await?;
    let without_rate = search::count_incomparable(&app.db, search).await?;
    Ok((entries.into_iter().map(|entry| entry.rate).collect(), without_rate))
}
