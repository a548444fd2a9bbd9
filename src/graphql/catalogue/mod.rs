//! The public catalogue in the schema.

mod category;
mod changes;
mod evidence;
mod facet;
mod history;
mod input;
mod node;
mod papers;
mod prices;
mod product;
mod product_import;
mod product_input;
mod product_row;
mod product_write;
mod records;
mod review;
mod search;
mod selection;
mod supplier;
mod terms;
mod words;

pub use category::Category;
pub use changes::ChangeQuery;
pub(super) use evidence::records as evidence_records;
pub use evidence::{
    AgencyCheck, Audit, BadgeAward, Certificate, Evidence, Licence, Media, Membership, TrackRecord,
};
pub use node::Node;
pub(super) use node::find as find_node;
pub use prices::UnitPrice;
pub use product::{Product, ProductConnection};
pub use product_import::ProductImportMutation;
pub use product_write::{ProductMutation, ProductQuery};
pub use review::{Rating, Review, ReviewConnection};
pub use supplier::{Supplier, SupplierConnection, SupplierMetrics};
pub use words::{
    AfterSalesLabel, BadgeKind, CertificateKind, EvidenceKind, MediaKind, ReviewStatus, Specialisation,
    TrackRecordKind,
};

use async_graphql::{Context, Error, ID, Object, Result};
use std::sync::Arc;

use self::category::CategoryConnection;
use self::input::{ProductFilterInput, SupplierFilterInput};
use self::search::{ProductSearchConnection, SupplierSearchConnection};
use self::words::{ProductSort, SupplierSort};
use super::context::ContextExt;
use super::error::top_level;
use crate::domain::error::Refusal;
use crate::domain::page::{Page, Slice};
use crate::graphql::connection::page_arguments;
use crate::graphql::scalars::Cursor;
use crate::service::catalogue::{self, Paged, ProductKey};
use crate::service::search as service;

/// Objects that `nodes` answers at once.
const MAXIMUM_NODES: usize = 100;

/// Reading the public catalogue.
#[derive(Debug, Default)]
pub struct CatalogueQuery;

/// Reading the public catalogue.
#[Object]
impl CatalogueQuery {
    /// Any object by its id; null if there is none that you may see, also where your token lacks the scope that objects of
    /// its type need.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any object's id.")] id: ID,
    ) -> Result<Option<Node>> {
        node::find(ctx, &id).await
    }

    /// Objects by their ids, in the same order, with null for each id of none that you may see, as in `node`.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any objects' ids, 100 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAXIMUM_NODES {
            return Err(top_level(&Refusal::invalid(&["ids"], "Ask for at most 100 objects at once.")));
        }
        node::find_all(ctx, &ids).await
    }

    /// A listed product by its id or its supplier's own reference; null if none is listed. Give exactly one. Scope: `catalog:read`.
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product's id.")] id: Option<ID>,
        #[graphql(
            desc = "The supplier's own id of it: yours if you act for a supplier; otherwise one that only one supplier uses."
        )]
        external_reference: Option<String>,
    ) -> Result<Option<Product>> {
        let key = match (id, external_reference) {
            (Some(id), None) => id.parse().ok().map(ProductKey::Id),
            (None, Some(reference)) => Some(ProductKey::Reference(None, reference)),
            _ => return Err(top_level(&Refusal::invalid(&["id"], "Give `id` or `externalReference`."))),
        };
        catalogue::may_read(ctx.actor()?)?;
        let Some(key) = key else { return Ok(None) };
        let with_supplier = ctx.look_ahead().field("supplier").exists();
        let found = catalogue::product(ctx.app()?, ctx.actor()?, key, with_supplier).await?;
        Ok(found.map(|page| Product::with_supplier(page.card, page.supplier)))
    }

    /// Search the listed products. Page by `first`/`after` or `last`/`before`; `offset` serves page links. Scope:
    /// `catalog:read`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a search")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words that all must occur, the first 20 of them; the last may be the beginning of one. \
                Words between quotation marks stand side by side in one field."
        )]
        query: Option<String>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilterInput>,
        #[graphql(desc = "The order.", default_with = "ProductSort::Relevance")] sort: ProductSort,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "How many to skip, 0 to 10000; with `first` alone.")] offset: Option<i32>,
    ) -> Result<ProductSearchConnection> {
        let (app, filter) = (ctx.app()?, filter.unwrap_or_default());
        let page = page_arguments(first, after, last, before, offset).check().map_err(refused)?;
        let narrow = filter.clone().read().map_err(refused)?;
        let actor = ctx.actor()?;
        let mut search = service::of_products(app, actor, query.as_deref(), narrow, sort.into()).await?;
        let with_supplier = selection::selects_supplier(ctx);
        let slice = service::find_products(app, &mut search, &page, with_supplier).await?;
        Ok(ProductSearchConnection::new(slice.map(search::product_node), search, &filter))
    }

    /// A listed supplier by its id; null if none is listed. Scope: `catalog:read`.
    async fn supplier(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The supplier's id.")] id: ID,
    ) -> Result<Option<Supplier>> {
        catalogue::may_read(ctx.actor()?)?;
        let Ok(id) = id.parse() else { return Ok(None) };
        let selection = selection::of_supplier(ctx);
        let found = catalogue::supplier(ctx.app()?, ctx.actor()?, id, &selection).await?;
        Ok(found.map(|page| Supplier::from_page(page, selection)))
    }

    /// Search the listed suppliers. Page by `first`/`after` or `last`/`before`; `offset` serves page links. Scope:
    /// `catalog:read`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a search")]
    async fn suppliers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words that all must occur, the first 20 of them; the last may be the beginning of one. \
                Words between quotation marks stand side by side in one field."
        )]
        query: Option<String>,
        #[graphql(desc = "Which suppliers.")] filter: Option<SupplierFilterInput>,
        #[graphql(desc = "The order.", default_with = "SupplierSort::Relevance")] sort: SupplierSort,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "How many to skip, 0 to 10000; with `first` alone.")] offset: Option<i32>,
    ) -> Result<SupplierSearchConnection> {
        let (app, filter) = (ctx.app()?, filter.unwrap_or_default());
        let page = page_arguments(first, after, last, before, offset).check().map_err(refused)?;
        let narrow = filter.clone().read().map_err(refused)?;
        let mut search = service::of_suppliers(app, ctx.actor()?, query.as_deref(), narrow, sort.into())?;
        let slice = service::find_suppliers(app, &mut search, &page).await?;
        Ok(SupplierSearchConnection::new(slice.map(search::supplier_node), search, &filter))
    }

    /// A category by its id; null if there is none. Scope: `catalog:read`.
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category's id.")] id: ID,
    ) -> Result<Option<Category>> {
        catalogue::may_read(ctx.actor()?)?;
        let Ok(id) = id.parse() else { return Ok(None) };
        Ok(ctx.loaders()?.category(id).await?.map(Category))
    }

    /// The categories at the top of the tree, by name; the others hang below them as `children`. Scope: `catalog:read`.
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
    ) -> Result<CategoryConnection> {
        let page = arguments(first, after, last, before)?;
        let mut slice = catalogue::top_categories(ctx.app()?, ctx.actor()?, &page).await?;
        if ctx.look_ahead().field("totalCount").exists() {
            slice.total = Some(catalogue::count_top_categories(ctx.app()?).await?);
        }
        Ok(CategoryConnection(slice.map(|category| Category(Arc::new(category)))))
    }
}

/// Checks the arguments of a list without page links.
fn arguments(
    first: Option<i32>,
    after: Option<Cursor>,
    last: Option<i32>,
    before: Option<Cursor>,
) -> Result<Page> {
    page_arguments(first, after, last, before, None).check().map_err(refused)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused(refusal: Refusal) -> Error {
    top_level(&refusal)
}

/// The slice that a loader found; an empty list where it found none.
fn paged<T: Clone>(found: Paged<T>) -> Result<Slice<T>> {
    match found {
        Some(Ok(slice)) => Ok((*slice).clone()),
        Some(Err(refusal)) => Err(top_level(&refusal)),
        None => Ok(Slice { rows: Vec::new(), has_previous: false, has_next: false, total: None }),
    }
}

/// Evidence of one kind that one object shows, as its description promises.
const MAXIMUM_SHOWN: usize = 100;

/// The first of some values as nodes.
fn shown<T: Clone, Node>(values: &[T], node: fn(T) -> Node) -> Vec<Node> {
    values.iter().take(MAXIMUM_SHOWN).cloned().map(node).collect()
}

/// A count or quantity as the schema's `Int`; the domain keeps quantities in its range, counts saturate.
fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
