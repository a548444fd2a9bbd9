//! What searches answer: pages with rankings, counts and facets.

use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::indexmap::IndexMap;
use async_graphql::{
    Context, InputType, InputValueError, InputValueResult, Name, Object, Result, Scalar, ScalarType,
    SimpleObject, Value,
};

use super::input::{ProductFilter, SupplierFilter};
use super::product::Product;
use super::small;
use super::supplier::Supplier;
use super::words::FacetKind;
use crate::domain::page::Slice;
use crate::domain::search;
use crate::graphql::connection::page_info;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Decimal;
use crate::service::catalogue::{self, FoundProduct, FoundSupplier};

/// A whole filter as JSON, to be sent back as the argument `filter` of the same search.
#[derive(Debug, Clone)]
pub struct FilterValue(Value);

/// A whole filter as JSON, to be sent back as the argument `filter` of the same search.
#[Scalar(specified_by_url = "https://docs.surety.invalid/scalars/filter-value")]
impl ScalarType for FilterValue {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Object(_) => Ok(Self(value)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

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
    /// The reason.
    reason: SearchBoostReason,
    /// The points, part of the score.
    points: Decimal,
}

/// Why points were added to a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum SearchBoostReason {
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
        let pro = SearchBoost { reason: SearchBoostReason::VerifiedPro, points: points(boost) };
        Self { score: points(ranking.score), boosts: if boost == 0 { Vec::new() } else { vec![pro] } }
    }
}

/// Values by which a search can be narrowed, with how many of the rows found have each.
#[derive(Debug, Clone, SimpleObject)]
pub struct SearchFacet {
    /// Which property.
    kind: FacetKind,
    /// The values, most frequent first; those without a row are left out. At most 50.
    values: Vec<SearchFacetValue>,
}

/// One value by which a search can be narrowed.
#[derive(Debug, Clone, SimpleObject)]
pub struct SearchFacetValue {
    /// The value, as the filter takes it.
    value: String,
    /// The value for people.
    label: String,
    /// How many of the rows found have it.
    count: i32,
    /// The filter of this search narrowed by the value.
    filter: FilterValue,
}

/// Narrows a filter by one facet value.
fn narrowed(filter: &Value, kind: search::FacetKind, value: &str) -> FilterValue {
    let mut fields: IndexMap<Name, Value> = match filter {
        Value::Object(fields) => fields.clone(),
        _ => IndexMap::new(),
    };
    fields.retain(|_, value| !matches!(value, Value::Null));
    let text = Value::String(value.to_owned());
    let (field, added, all) = match kind {
        search::FacetKind::Badge => ("badges", text, true),
        search::FacetKind::ManagementCertification => ("managementCertifications", text, true),
        search::FacetKind::ProductCertification => ("productCertifications", text, true),
        search::FacetKind::Specialisation => ("specialisations", Value::List(vec![text]), false),
        search::FacetKind::Country => ("countries", Value::List(vec![text]), false),
        search::FacetKind::Category => ("categoryId", text, false),
        search::FacetKind::Guaranteed => ("guaranteed", Value::Boolean(true), false),
        search::FacetKind::EasyReturn => ("easyReturn", Value::Boolean(true), false),
        search::FacetKind::SampleAvailable => ("sampleAvailable", Value::Boolean(true), false),
        search::FacetKind::Rating => ("minimumRating", text, false),
    };
    let added = match (all, fields.swap_remove(field)) {
        (true, Some(Value::List(mut list))) => {
            if !list.iter().any(|known| word(known) == word(&added)) {
                list.push(added);
            }
            Value::List(list)
        }
        (true, _) => Value::List(vec![added]),
        (false, _) => added,
    };
    fields.insert(Name::new(field), added);
    FilterValue(Value::Object(fields))
}

fn word(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Enum(name) => Some(name.as_str()),
        _ => None,
    }
}

fn facets_of(found: Vec<search::Facet>, kinds: Option<&[FacetKind]>, filter: &Value) -> Vec<SearchFacet> {
    found
        .into_iter()
        .filter(|facet| kinds.is_none_or(|kinds| kinds.contains(&facet.kind.into())))
        .map(|facet| SearchFacet {
            kind: facet.kind.into(),
            values: facet
                .values
                .into_iter()
                .map(|it| SearchFacetValue {
                    count: small(it.count),
                    filter: narrowed(filter, facet.kind, &it.value),
                    value: it.value,
                    label: it.label,
                })
                .collect(),
        })
        .collect()
}

macro_rules! search_connection {
    (
        $connection:ident, $edge:ident, $node:ident, $what:literal,
        $search:ty, $filter:ty, $count:path, $facets:path
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
                    cursor: cursor.clone(),
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

            #[doc = concat!("How many ", $what, " were found; counted only when asked for.")]
            async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
                Ok(small($count(ctx.app()?, &self.search).await?))
            }

            /// What the search can be narrowed by, with counts of the rows found; counted only when asked for.
            /// At most one of each kind.
            async fn facets(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Only these; all if none are named.")] kinds: Option<Vec<FacetKind>>,
            ) -> Result<Vec<SearchFacet>> {
                let found = $facets(ctx.app()?, &self.search).await?;
                Ok(facets_of(found, kinds.as_deref(), &self.filter))
            }
        }

        #[doc = concat!("One of the ", $what, " that a search found.")]
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $edge {
            /// The place in the list: hand it back as `after` or `before`.
            cursor: String,
            /// The object.
            node: $node,
            /// Why it stands where it stands.
            ranking: SearchRanking,
        }
    };
}

search_connection! {
    ProductSearchConnection, ProductSearchEdge, Product, "products",
    search::ProductSearch, ProductFilter, catalogue::count_products, catalogue::product_facets
}

search_connection! {
    SupplierSearchConnection, SupplierSearchEdge, Supplier, "suppliers",
    search::SupplierSearch, SupplierFilter, catalogue::count_suppliers, catalogue::supplier_facets
}

/// A product found, as a node with its ranking.
pub(super) fn product_node(found: FoundProduct) -> (Product, search::Ranking) {
    (Product::with_supplier(found.card, found.supplier), found.ranking)
}

/// A supplier found, as a node with its ranking.
pub(super) fn supplier_node(found: FoundSupplier) -> (Supplier, search::Ranking) {
    (Supplier::from_card(Arc::new(found.card)), found.ranking)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facet_value_narrows_the_filter_of_its_search() {
        let filter = Value::from_json(serde_json::json!({
            "badges": ["GOLD"], "countries": ["DE", "FR"], "guaranteed": null
        }))
        .unwrap();
        let narrow = |kind, value| narrowed(&filter, kind, value).0.into_json().unwrap();
        assert_eq!(
            narrow(search::FacetKind::Badge, "VERIFIED"),
            serde_json::json!({ "badges": ["GOLD", "VERIFIED"], "countries": ["DE", "FR"] })
        );
        assert_eq!(narrow(search::FacetKind::Badge, "GOLD")["badges"], serde_json::json!(["GOLD"]));
        assert_eq!(narrow(search::FacetKind::Country, "FR")["countries"], serde_json::json!(["FR"]));
        assert_eq!(narrow(search::FacetKind::Guaranteed, "true")["guaranteed"], true);
    }
}
