//! Searching products and suppliers: one statement a page, one for the count, one for the facets.

use sea_orm::{ConnectionTrait, QueryResult};

use super::conditions::Conditions;
use super::query::{Bounds, Order, Sql, score};
use super::rows::{product_card, supplier_card};
use crate::domain::cursor::Key;
use crate::domain::error::Refusal;
use crate::domain::page::{Page, Slice};
use crate::domain::product::ProductCard;
use crate::domain::search::{
    FacetKind, ProductSearch, ProductSort, Ranking, Search, SupplierSearch, SupplierSort,
};
use crate::domain::supplier::SupplierCard;
use crate::store::{Reader, Result};

/// A product found, with its supplier where that was asked for.
#[derive(Debug, Clone)]
pub struct FoundProduct {
    /// The product.
    pub card: ProductCard,
    /// Its supplier.
    pub supplier: Option<SupplierCard>,
    /// Why it stands where it stands.
    pub ranking: Ranking,
}

/// A supplier found.
#[derive(Debug, Clone)]
pub struct FoundSupplier {
    /// The supplier.
    pub card: SupplierCard,
    /// Why it stands where it stands.
    pub ranking: Ranking,
}

/// A page of the products that a search finds. The inner refusal is a bad cursor's.
pub async fn products(
    reader: &impl Reader,
    search: &ProductSearch,
    page: &Page,
    with_supplier: bool,
) -> Result<std::result::Result<Slice<FoundProduct>, Refusal>> {
    let (order, sql) = match product_page(reader, search, page, with_supplier) {
        Ok(parts) => parts,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let found = reader.connection().query_all_raw(sql.statement(reader)).await?;
    let rows = found
        .iter()
        .map(|row| {
            let supplier = with_supplier.then(|| supplier_card(row, "supplier_card")).transpose()?;
            let found = FoundProduct { card: product_card(row, "card")?, supplier, ranking: ranking(row)? };
            Ok((order.cursor(row)?, found))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Ok(Slice::from_peeked(rows, page)))
}

/// The statement of a page of products, and its order.
pub(super) fn product_page(
    reader: &impl Reader,
    search: &ProductSearch,
    page: &Page,
    with_supplier: bool,
) -> std::result::Result<(Order, Sql), Refusal> {
    let order = product_order(search);
    let bounds = order.bounds(page)?;
    let conditions = Conditions::of_products(reader, search).all();
    let inner = matches("product", (&order, &bounds, page), score(search.words()), conditions);
    let mut sql = Sql::new("SELECT m.*, l.card AS card, l.boost AS boost");
    sql.push(if with_supplier { ", s.card AS supplier_card" } else { "" });
    sql.push(" FROM (").append(inner).push(") m JOIN product_listing l ON l.product_id = m.id");
    if with_supplier {
        sql.push(" JOIN supplier_listing s ON s.supplier_id = l.supplier_id");
    }
    sql.append(order.by(page.direction));
    Ok((order, sql))
}

/// A page of the suppliers that a search finds. The inner refusal is a bad cursor's.
pub async fn suppliers(
    reader: &impl Reader,
    search: &SupplierSearch,
    page: &Page,
) -> Result<std::result::Result<Slice<FoundSupplier>, Refusal>> {
    let order = supplier_order(search);
    let bounds = match order.bounds(page) {
        Ok(bounds) => bounds,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let conditions = Conditions::of_suppliers(reader, search).all();
    let inner = matches("supplier", (&order, &bounds, page), score(search.words()), conditions);
    let mut sql = Sql::new("SELECT m.*, l.card AS card, l.boost AS boost FROM (");
    sql.append(inner).push(") m JOIN supplier_listing l ON l.supplier_id = m.id");
    sql.append(order.by(page.direction));
    let found = reader.connection().query_all_raw(sql.statement(reader)).await?;
    let rows = found
        .iter()
        .map(|row| {
            let found = FoundSupplier { card: supplier_card(row, "card")?, ranking: ranking(row)? };
            Ok((order.cursor(row)?, found))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Ok(Slice::from_peeked(rows, page)))
}

/// How many products a search finds.
pub async fn count_products(reader: &impl Reader, search: &ProductSearch) -> Result<i64> {
    count(reader, "product", Conditions::of_products(reader, search).all()).await
}

/// How many suppliers a search finds.
pub async fn count_suppliers(reader: &impl Reader, search: &SupplierSearch) -> Result<i64> {
    count(reader, "supplier", Conditions::of_suppliers(reader, search).all()).await
}

/// How many products a search finds, whatever their price, whose price cannot be compared: there is no exchange rate of
/// its currency.
pub async fn count_incomparable(reader: &impl Reader, search: &ProductSearch) -> Result<i64> {
    let conditions = Conditions::of_products(reader, search);
    let converts = search.filter.price.is_some_and(|price| price.convert);
    let mut sql = if converts { conditions.without(FacetKind::Price) } else { conditions }.all();
    sql.bind(" AND l.comparable_unit_price = ? AND l.order_unit_price < ?", [i64::MAX, i64::MAX]);
    count(reader, "product", sql).await
}

async fn count(reader: &impl Reader, kind: &str, conditions: Sql) -> Result<i64> {
    let mut sql = Sql::new(format!("SELECT count(*) AS found FROM {kind}_listing l WHERE 1 = 1"));
    sql.append(conditions);
    let row = reader.connection().query_one_raw(sql.statement(reader)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "found")?))
}

/// The ids, keys and scores of one page, without the wide cards, so that a sort carries little.
fn matches(kind: &str, (order, bounds, page): (&Order, &Bounds, &Page), score: Sql, conditions: Sql) -> Sql {
    let mut sql = Sql::new("SELECT * FROM (SELECT ");
    sql.append(order.selected());
    sql.append(score).push(&format!(" AS score, l.{kind}_id AS id FROM {kind}_listing l WHERE 1 = 1"));
    sql.append(conditions).push(") f WHERE 1 = 1");
    sql.append(order.between(bounds, &order.columns()));
    sql.append(order.limit(page));
    sql
}

fn ranking(row: &QueryResult) -> Result<Ranking> {
    Ok(Ranking { score: row.try_get("", "score")?, verified_pro_boost: row.try_get("", "boost")? })
}

fn product_order(search: &ProductSearch) -> Order {
    let column = |name: &str| (Sql::new(format!("l.{name}")), Key::Int(0));
    let currency = || (Sql::new("l.currency"), Key::Text(String::new()));
    // The largest number stands for none, which is last in either direction; the text is that of the index.
    let known = |name: &str| {
        let text = format!("CASE WHEN l.{name} = 9223372036854775807 THEN -1 ELSE l.{name} END");
        (Sql::new(text), Key::Int(0))
    };
    let (keys, descending) = match search.sort {
        ProductSort::Relevance => (vec![(score(search.words()), Key::Int(0))], true),
        ProductSort::PriceLowFirst => {
            (vec![column("comparable_unit_price"), currency(), column("order_unit_price")], false)
        }
        ProductSort::PriceHighFirst => {
            (vec![known("comparable_unit_price"), currency(), known("order_unit_price")], true)
        }
        ProductSort::Rating => (vec![column("rating_thousandths"), column("rating_count")], true),
        ProductSort::Newest => (vec![column("created_at")], true),
        ProductSort::MinimumOrderQuantity => (vec![column("minimum_order_quantity")], false),
        ProductSort::LeadTime => (vec![column("lead_days")], false),
    };
    Order { list: list("products", search.sort, search), keys, descending }
}

fn supplier_order(search: &SupplierSearch) -> Order {
    let column = |name: &str| (Sql::new(format!("l.{name}")), Key::Int(0));
    let (keys, descending) = match search.sort {
        SupplierSort::Relevance => (vec![(score(search.words()), Key::Int(0))], true),
        SupplierSort::Rating => (vec![column("rating_thousandths"), column("rating_count")], true),
        SupplierSort::Newest => (vec![column("created_at")], true),
        SupplierSort::OrdersCompleted => (vec![column("orders_completed")], true),
        SupplierSort::OnTimeDispatch => (vec![column("on_time_dispatch")], true),
        SupplierSort::ResponseTime => (vec![column("response_seconds")], false),
        SupplierSort::Established => (vec![column("established_on")], false),
    };
    Order { list: list("suppliers", search.sort, search), keys, descending }
}

/// Names a list in its cursors; relevance means another order for each query as it was typed.
fn list<Filter, Sort: std::fmt::Display>(
    what: &str,
    sort: impl std::fmt::Display,
    search: &Search<Filter, Sort>,
) -> String {
    let words = search.query.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{what} {sort} {words}")
}
