//! What searches answer: pages with rankings, counts and facets.

use std::sync::Arc;

use async_graphql::{Context, InputType, Object, Result, SimpleObject, Value};

use super::facet::{self, SearchFacet};
use super::input::{ProductFilterInput, SupplierFilterInput};
use super::product::Product;
use super::small;
use super::supplier::Supplier;
use super::words::FacetKind;
use crate::domain::page::Slice;
use crate::domain::search;
use crate::graphql::connection::{PageInfo, page_info};
use crate::graphql::context::ContextExt;
use crate::graphql::exchange::ExchangeRate;
use crate::graphql::scalars::{Cursor, Decimal};
use crate::service::search::{self as service, FoundProduct, FoundSupplier};

/// Why a result stands where it stands.
#[derive(Debug, Clone, SimpleObject)]
pub struct SearchRanking {
    /// All points; with the sort `RELEVANCE` higher ones come first. A word in the title counts most.
    score: Decimal,
    /// What was added for other reasons than the words, and is part of the score. At most one of each reason.
    boosts: Vec<SearchBoost>,
}

/// Points that were added to a rank.
#[derive(Debug, Clone, SimpleObject)]
pub struct SearchBoost {
    /// What for.
    kind: SearchBoostKind,
    /// The points, part of the score.
    points: Decimal,
    /// What for, in a sentence for people.
    explanation: &'static str,
}

/// Why points were added to a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum SearchBoostKind {
    /// The supplier is Verified Pro.
    VerifiedPro,
}

impl From<search::Ranking> for SearchRanking {
    fn from(ranking: search::Ranking) -> Self {
        let points = |thousandths: i64| {
            let sign = if thousandths < 0 { "-" } else { "" };
            let size = thousandths.unsigned_abs();
            Decimal(format!("{sign}{}.{:03}", size / 1_000, size % 1_000))
        };
        let boost = ranking.verified_pro_boost;
        let pro = SearchBoost {
            kind: SearchBoostKind::VerifiedPro,
            points: points(boost),
            explanation: "The supplier is Verified Pro: audited, with proven export, experience and service. Its \
                          products are placed higher.",
        };
        Self { score: points(ranking.score), boosts: if boost == 0 { Vec::new() } else { vec![pro] } }
    }
}

/// How prices of several currencies were compared.
#[derive(Debug, Clone, SimpleObject)]
pub struct PriceComparison {
    /// The exchange rates of today, by currency. The dollar is 1 and not in the list. At most one of each currency.
    exchange_rates: Vec<ExchangeRate>,
    /// How many products of this search have a price in a currency without a rate: behind all others in an order by price,
    /// and in no `price` filter with `convert`, which is left aside here.
    without_rate_count: i32,
}

macro_rules! search_connection {
    (
        $connection:ident, $edge:ident, $node:ident, $what:literal,
        $search:ty, $filter:ty, $count:path, $facets:path, { $($more:tt)* }
    ) => {
        #[doc = concat!("A page of the ", $what, " that a search found.")]
        #[derive(Debug, Clone)]
        pub struct $connection {
            slice: Slice<($node, search::Ranking)>,
            search: Arc<$search>,
            filter: Value,
        }

        impl $connection {
            pub(super) fn new(
                slice: Slice<($node, search::Ranking)>,
                search: $search,
                filter: &$filter,
            ) -> Self {
                Self { slice, search: Arc::new(search), filter: filter.to_value() }
            }
        }

        #[doc = concat!("A page of the ", $what, " that a search found.")]
        #[Object]
        impl $connection {
            #[doc = concat!("The ", $what, " of the page, each with its cursor and ranking.")]
            async fn edges(&self) -> Vec<$edge> {
                let rows = self.slice.rows.iter();
                rows.map(|(cursor, (node, ranking))| $edge {
                    cursor: Cursor(cursor.clone()),
                    node: node.clone(),
                    ranking: (*ranking).into(),
                })
                .collect()
            }

            #[doc = concat!("The ", $what, " of the page.")]
            async fn nodes(&self) -> Vec<$node> {
                self.slice.rows.iter().map(|(_, (node, _))| node.clone()).collect()
            }

            /// Where the page lies in the list.
            async fn page_info(&self) -> PageInfo {
                page_info(&self.slice)
            }

            #[doc = concat!("How many ", $what, " were found; counted only when asked for, and null where that failed.")]
            async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
                Ok(Some(small($count(ctx.app()?, &self.search).await?)))
            }

            /// What the search can be narrowed by, with counts; one statement, only when asked for. Counts stay
            /// un-narrowed for their own facet. At most one of each kind. Null where counting failed: the page stands.
            async fn facets(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Only these, 20 at most; all if none are named.")] kinds: Option<Vec<FacetKind>>,
            ) -> Result<Option<Vec<SearchFacet>>> {
                let kinds = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
                let found = $facets(ctx.app()?, &self.search, kinds).await?;
                Ok(Some(facet::nodes(found, &self.filter)))
            }

            /// What was searched for instead, where a word of the query is nowhere and a near one was taken for it; null
            /// where the words were taken as they are. What is found exactly never changes by it.
            async fn corrected_query(&self) -> Option<String> {
                self.search.corrected.as_ref().map(ToString::to_string)
            }

            /// Whether this server can find near words at all: it needs PostgreSQL with the extension `pg_trgm`.
            async fn typo_tolerant(&self, ctx: &Context<'_>) -> Result<bool> {
                Ok(service::is_typo_tolerant(ctx.app()?).await?)
            }

            $($more)*
        }

        #[doc = concat!("One of the ", $what, " that a search found.")]
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $edge {
            /// The place in the list: hand it back as `after` or `before`.
            cursor: Cursor,
            /// The object.
            node: $node,
            /// Why it stands where it stands.
            ranking: SearchRanking,
        }
    };
}

search_connection! {
    ProductSearchConnection, ProductSearchEdge, Product, "products",
    search::ProductSearch, ProductFilterInput, service::count_products, service::product_facets, {
        /// How prices of several currencies were compared, by a sort by price, a filter with `convert` or the facet
        /// `PRICE`; two statements, only when asked for. Null where they failed: the page stands.
        async fn price_comparison(&self, ctx: &Context<'_>) -> Result<Option<PriceComparison>> {
            let (rates, without_rate) = service::price_comparison(ctx.app()?, &self.search).await?;
            Ok(Some(PriceComparison {
                exchange_rates: rates.into_iter().map(Into::into).collect(),
                without_rate_count: small(without_rate),
            }))
        }
    }
}

search_connection! {
    SupplierSearchConnection, SupplierSearchEdge, Supplier, "suppliers",
    search::SupplierSearch, SupplierFilterInput, service::count_suppliers, service::supplier_facets, {}
}

/// A product found, as a node with its ranking.
pub(super) fn product_node(found: FoundProduct) -> (Product, search::Ranking) {
    (Product::with_supplier(found.card, found.supplier), found.ranking)
}

/// A supplier found, as a node with its ranking.
pub(super) fn supplier_node(found: FoundSupplier) -> (Supplier, search::Ranking) {
    (Supplier::from_card(Arc::new(found.card)), found.ranking)
}
