//! Short lists that hang on many rows at once — the newest reviews of each product, the best products of each
//! supplier — as JSON that one statement aggregates.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend};
use serde::Deserialize;

use super::query::{Bounds, Order, Sql};
use super::review_lists::{ReviewJson, reviews_json, reviews_slice};
use super::{corrupt, list_of, parse, subjects};
use crate::domain::category::Category;
use crate::domain::cursor::{self, Key};
use crate::domain::error::Refusal;
use crate::domain::ids::{CategoryId, SupplierId};
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::product::ProductCard;
use crate::domain::review::{Review, ReviewQuery};
use crate::store::{Reader, Result};

/// A product in a list, with its newest reviews where they were asked for.
#[derive(Debug, Clone)]
pub struct ListedProduct {
    /// The product.
    pub card: Arc<ProductCard>,
    /// Its newest reviews.
    pub reviews: Option<Slice<Arc<Review>>>,
}

/// The words of one database for aggregating JSON.
pub(super) struct Json {
    pub(super) list: &'static str,
    pub(super) object: &'static str,
    /// Before and after a text that is JSON already.
    nested: (&'static str, &'static str),
}

pub(super) fn json(backend: DbBackend) -> Json {
    if backend == DbBackend::Postgres {
        Json { list: "json_agg", object: "json_build_object", nested: ("", "::json") }
    } else {
        Json { list: "json_group_array", object: "json_object", nested: ("json(", ")") }
    }
}

fn products_order() -> Order {
    Order { list: "shelf".to_owned(), keys: vec![(Sql::default(), Key::Int(0))], descending: true }
}

/// A scalar subquery: the page of a supplier's listed products, best rank first, as a JSON array; each with the first
/// page of its reviews where that is asked for.
pub(super) fn products_json(
    backend: DbBackend,
    supplier: &str,
    bounds: &Bounds,
    page: &Page,
    reviews: Option<&Page>,
) -> Sql {
    let Json { list, object, nested: (before, after) } = json(backend);
    let word = direction(page.direction);
    let mut sql = Sql::new(format!(
        "(SELECT {list}({object}('id', p.product_id, 'rank', p.rank_score, 'card', {before}p.card{after}"
    ));
    if let Some(reviews) = reviews {
        let condition = "r.product_id = p.product_id";
        sql.push(", 'reviews', ").append(reviews_json(
            backend,
            condition,
            ReviewQuery::default(),
            &Bounds::default(),
            reviews,
        ));
    }
    sql.push(&format!(
        ") ORDER BY p.rank_score {word}, p.product_id {word}) \
         FROM (SELECT p.product_id, p.rank_score, p.card FROM product_listing p WHERE p.supplier_id = {supplier}"
    ));
    sql.append(products_order().between(bounds, "p.rank_score, p.product_id"));
    let limit = format!(" ORDER BY p.rank_score {word}, p.product_id {word} LIMIT ?) p)");
    sql.bind(&limit, [i64::from(page.size) + 1]);
    sql
}

pub(super) const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "DESC",
        Direction::Backward => "ASC",
    }
}

/// The same page of the products of many suppliers, best rank first. The inner refusal is a bad cursor's.
pub async fn products(
    reader: &impl Reader,
    suppliers: &[SupplierId],
    page: &Page,
) -> Result<std::result::Result<HashMap<SupplierId, Slice<ListedProduct>>, Refusal>> {
    let bounds = match products_order().bounds(page) {
        Ok(bounds) => bounds,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let list = products_json(reader.backend(), "x.subject", &bounds, page, None);
    let mut found = HashMap::new();
    for (supplier, text) in listed(reader, suppliers, list).await? {
        found.insert(parse("product_listing.supplier_id", &supplier)?, products_slice(&text, page, None)?);
    }
    Ok(Ok(found))
}

/// The same page of the categories below many, by name. The inner refusal is a bad cursor's.
pub async fn categories(
    reader: &impl Reader,
    parents: &[CategoryId],
    page: &Page,
) -> Result<std::result::Result<HashMap<CategoryId, Slice<Category>>, Refusal>> {
    let keys = vec![(Sql::default(), Key::Text(String::new()))];
    let order = Order { list: "children".to_owned(), keys, descending: false };
    let bounds = match order.bounds(page) {
        Ok(bounds) => bounds,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Json { list, object, .. } = json(reader.backend());
    let word = if page.direction == Direction::Forward { "ASC" } else { "DESC" };
    let mut sql = Sql::new(format!(
        "(SELECT {list}({object}('id', c.id, 'parent_id', c.parent_id, 'name', c.name, 'path', c.path, \
         'depth', c.depth, 'external_reference', c.external_reference) ORDER BY c.name {word}, c.id {word}) \
         FROM (SELECT * FROM category c WHERE c.parent_id = x.subject"
    ));
    sql.append(order.between(&bounds, "c.name, c.id"));
    sql.bind(&format!(" ORDER BY c.name {word}, c.id {word} LIMIT ?) c)"), [i64::from(page.size) + 1]);
    let mut found = HashMap::new();
    for (parent, text) in listed(reader, parents, sql).await? {
        let rows = decode::<Vec<CategoryJson>>(&text)?
            .into_iter()
            .map(|row| {
                let keys = [Key::Text(row.name.clone()), Key::Text(row.id.clone())];
                Ok((cursor::encode(&order.list, &keys), row.read()?))
            })
            .collect::<Result<Vec<_>>>()?;
        found.insert(parse("category.parent_id", &parent)?, Slice::from_peeked(rows, page));
    }
    Ok(Ok(found))
}

/// How many categories lie directly below each; those without any are left out.
pub async fn count_categories(
    reader: &impl Reader,
    parents: &[CategoryId],
) -> Result<HashMap<CategoryId, i64>> {
    counts(reader, "category", "parent_id", parents).await
}

/// How many products each supplier lists; those without any are left out.
pub async fn count_products(
    reader: &impl Reader,
    suppliers: &[SupplierId],
) -> Result<HashMap<SupplierId, i64>> {
    counts(reader, "product_listing", "supplier_id", suppliers).await
}

async fn counts<Id: std::hash::Hash + Eq + std::fmt::Display + std::str::FromStr>(
    reader: &impl Reader,
    table: &str,
    column: &str,
    ids: &[Id],
) -> Result<HashMap<Id, i64>> {
    let condition = super::is_one_of(reader.backend(), column);
    let text =
        format!("SELECT {column} AS id, count(*) AS times FROM {table} WHERE {condition} GROUP BY {column}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("", "id")?;
            Ok((parse(column, &id)?, row.try_get("", "times")?))
        })
        .collect()
}

/// The aggregated list of every subject.
pub(super) async fn listed(
    reader: &impl Reader,
    wanted: impl IntoIterator<Item = impl std::fmt::Display>,
    list: Sql,
) -> Result<Vec<(String, String)>> {
    let mut sql = Sql::new("SELECT x.subject AS id, CAST(");
    sql.append(list);
    sql.bind(&format!(" AS TEXT) AS list FROM {}", subjects(reader.backend())), [list_of(wanted)]);
    let rows = reader.connection().query_all_raw(sql.statement(reader)).await?;
    rows.iter()
        .map(|row| {
            let list: Option<String> = row.try_get("", "list")?;
            Ok((row.try_get("", "id")?, list.unwrap_or_else(|| "[]".to_owned())))
        })
        .collect()
}

/// Reads the list that [`products_json`] made.
pub(super) fn products_slice(
    text: &str,
    page: &Page,
    reviews: Option<&Page>,
) -> Result<Slice<ListedProduct>> {
    let order = products_order();
    let rows = decode::<Vec<ProductJson>>(text)?
        .into_iter()
        .map(|row| {
            let slice = match reviews {
                Some(page) => {
                    Some(reviews_slice(row.reviews.unwrap_or_default(), ReviewQuery::default(), page)?)
                }
                None => None,
            };
            let cursor = cursor::encode(&order.list, &[Key::Int(row.rank), Key::Text(row.id)]);
            Ok((cursor, ListedProduct { card: Arc::new(row.card), reviews: slice }))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Slice::from_peeked(rows, page))
}

pub(super) fn decode<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| corrupt("an aggregated list", error))
}

/// A listed product as [`products_json`] writes it.
#[derive(Debug, Deserialize)]
struct ProductJson {
    id: String,
    rank: i64,
    card: ProductCard,
    reviews: Option<Vec<ReviewJson>>,
}

/// A category as [`categories`] writes it.
#[derive(Debug, Deserialize)]
struct CategoryJson {
    id: String,
    parent_id: Option<String>,
    name: String,
    path: String,
    depth: i64,
    external_reference: Option<String>,
}

impl CategoryJson {
    fn read(self) -> Result<Category> {
        Ok(Category {
            id: parse("category.id", &self.id)?,
            parent: self.parent_id.map(|id| parse("category.parent_id", &id)).transpose()?,
            name: self.name,
            path: self.path,
            depth: self.depth,
            external_reference: self.external_reference,
        })
    }
}
