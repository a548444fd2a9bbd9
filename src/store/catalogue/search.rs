//! Searching products and suppliers: one statement a page, one for the count, one for the facets.

use sea_orm::{ConnectionTrait, QueryResult};

use super::listing::{product_card, supplier_card};
use super::query::{Bounds, Conditions, Order, Sql, score};
use crate::domain::cursor::Key;
use crate::domain::error::Refusal;
use crate::domain::page::{Page, Slice};
use crate::domain::product::ProductCard;
use crate::domain::search::{ProductSearch, ProductSort, Ranking, Search, SupplierSearch, SupplierSort};
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
    let order = product_order(search);
    let bounds = match order.bounds(page) {
        Ok(bounds) => bounds,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let inner = matches(
        reader,
        "product",
        &order,
        &bounds,
        page,
        score(search.query.as_ref()),
        |conditions| {
            conditions.query(search.query.as_ref());
            conditions.product(&search.filter);
        },
        search.now,
    );
    let mut sql = Sql::new("SELECT m.*, l.card AS card, l.boost AS boost");
    sql.push(if with_supplier { ", s.card AS supplier_card" } else { "" });
    sql.push(" FROM (").append(inner).push(") m JOIN product_listing l ON l.product_id = m.id");
    if with_supplier {
        sql.push(" JOIN supplier_listing s ON s.supplier_id = l.supplier_id");
    }
    sql.append(order.by(page.direction));
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
    let inner = matches(
        reader,
        "supplier",
        &order,
        &bounds,
        page,
        score(search.query.as_ref()),
        |conditions| {
            conditions.query(search.query.as_ref());
            conditions.supplier(&search.filter);
        },
        search.now,
    );
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
    let mut conditions = Conditions::new(reader, "product", search.now);
    conditions.query(search.query.as_ref());
    conditions.product(&search.filter);
    count(reader, "product", conditions).await
}

/// How many suppliers a search finds.
pub async fn count_suppliers(reader: &impl Reader, search: &SupplierSearch) -> Result<i64> {
    let mut conditions = Conditions::new(reader, "supplier", search.now);
    conditions.query(search.query.as_ref());
    conditions.supplier(&search.filter);
    count(reader, "supplier", conditions).await
}

async fn count(reader: &impl Reader, kind: &str, conditions: Conditions<'_>) -> Result<i64> {
    let mut sql = Sql::new(format!("SELECT count(*) AS found FROM {kind}_listing l WHERE 1 = 1"));
    sql.append(conditions.finish());
    let row = reader.connection().query_one_raw(sql.statement(reader)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "found")?))
}

/// The ids, keys and scores of one page, without the wide cards, so that a sort carries little.
#[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
fn matches(
    reader: &impl Reader,
    kind: &str,
    order: &Order,
    bounds: &Bounds,
    page: &Page,
    score: Sql,
    narrow: impl FnOnce(&mut Conditions<'_>),
    now: crate::domain::time::Timestamp,
) -> Sql {
    let mut conditions = Conditions::new(reader, kind, now);
    narrow(&mut conditions);
    let mut sql = Sql::new("SELECT * FROM (SELECT ");
    sql.append(order.selected());
    sql.append(score).push(&format!(" AS score, l.{kind}_id AS id FROM {kind}_listing l WHERE 1 = 1"));
    sql.append(conditions.finish()).push(") f WHERE 1 = 1");
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
    let (keys, descending) = match search.sort {
        ProductSort::Relevance => (vec![(score(search.query.as_ref()), Key::Int(0))], true),
        ProductSort::PriceLowFirst => (vec![currency(), column("order_unit_price")], false),
        ProductSort::PriceHighFirst => {
            let known =
                "CASE WHEN l.order_unit_price = 9223372036854775807 THEN -1 ELSE l.order_unit_price END";
            (vec![currency(), (Sql::new(known), Key::Int(0))], true)
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
        SupplierSort::Relevance => (vec![(score(search.query.as_ref()), Key::Int(0))], true),
        SupplierSort::Rating => (vec![column("rating_thousandths"), column("rating_count")], true),
        SupplierSort::Newest => (vec![column("created_at")], true),
        SupplierSort::OrdersCompleted => (vec![column("orders_completed")], true),
    };
    Order { list: list("suppliers", search.sort, search), keys, descending }
}

/// Names a list in its cursors; relevance means another order for each query.
fn list<Filter, Sort: std::fmt::Display>(
    what: &str,
    sort: impl std::fmt::Display,
    search: &Search<Filter, Sort>,
) -> String {
    let words = search.query.as_ref().map(|query| query.terms().join(" ")).unwrap_or_default();
    format!("{what} {sort} {words}")
}
