//! Single objects of the public catalogue with what their pages show: one statement each.

use sea_orm::ConnectionTrait;

use super::lists::{ListedProduct, products_json, products_slice};
use super::query::{Bounds, Sql};
use super::rows::{product_card, supplier_card};
use super::{is_one_of, list_of};
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::page::{Page, Slice};
use crate::domain::product::ProductCard;
use crate::domain::supplier::SupplierCard;
use crate::store::{Reader, Result};

/// By what a product is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductKey {
    /// Its id.
    Id(ProductId),
    /// A supplier's own id of it; any supplier's where none is named.
    Reference(Option<SupplierId>, String),
}

/// A product with its supplier, where that was asked for.
#[derive(Debug, Clone)]
pub struct ProductPage {
    /// The product.
    pub card: ProductCard,
    /// Its supplier.
    pub supplier: Option<SupplierCard>,
}

/// What a supplier's page shows besides its card; each page begins at the start of its list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupplierSelection {
    /// The first products.
    pub products: Option<Page>,
    /// The newest reviews of each of these products.
    pub product_reviews: Option<Page>,
}

/// A supplier with the first of its products, where they were asked for.
#[derive(Debug, Clone)]
pub struct SupplierPage {
    /// The supplier.
    pub card: SupplierCard,
    /// The first of its products.
    pub products: Option<Slice<ListedProduct>>,
}

/// The listed products with this key: more than one only where a reference is several suppliers', and two at most.
pub async fn products(
    reader: &impl Reader,
    key: &ProductKey,
    with_supplier: bool,
) -> Result<Vec<ProductPage>> {
    let mut sql = Sql::new("SELECT l.card AS card");
    sql.push(if with_supplier { ", s.card AS supplier_card" } else { "" });
    sql.push(" FROM product_listing l");
    if with_supplier {
        sql.push(" JOIN supplier_listing s ON s.supplier_id = l.supplier_id");
    }
    match key {
        ProductKey::Id(id) => sql.bind(" WHERE l.product_id = ?", [id.to_string()]),
        ProductKey::Reference(None, reference) => {
            sql.bind(" WHERE l.external_reference = ? LIMIT 2", [reference.clone()])
        }
        ProductKey::Reference(Some(supplier), reference) => sql.bind(
            " WHERE l.external_reference = ? AND l.supplier_id = ?",
            [reference.clone(), supplier.to_string()],
        ),
    };
    let rows = reader.connection().query_all_raw(sql.statement(reader)).await?;
    rows.iter()
        .map(|row| {
            let supplier = with_supplier.then(|| supplier_card(row, "supplier_card")).transpose()?;
            Ok(ProductPage { card: product_card(row, "card")?, supplier })
        })
        .collect()
}

/// A listed supplier with the first of its products and their newest reviews, where they are asked for.
pub async fn supplier(
    reader: &impl Reader,
    id: SupplierId,
    selection: &SupplierSelection,
) -> Result<Option<SupplierPage>> {
    let mut sql = Sql::new("SELECT s.card AS card");
    let reviews = selection.product_reviews.as_ref();
    if let Some(page) = &selection.products {
        let list = products_json(reader.backend(), "s.supplier_id", &Bounds::default(), page, reviews);
        sql.push(", CAST(").append(list).push(" AS TEXT) AS products");
    }
    sql.bind(" FROM supplier_listing s WHERE s.supplier_id = ?", [id.to_string()]);
    let Some(row) = reader.connection().query_one_raw(sql.statement(reader)).await? else {
        return Ok(None);
    };
    let products = match &selection.products {
        Some(page) => {
            let text: Option<String> = row.try_get("", "products")?;
            Some(products_slice(text.as_deref().unwrap_or("[]"), page, reviews)?)
        }
        None => None,
    };
    Ok(Some(SupplierPage { card: supplier_card(&row, "card")?, products }))
}

/// The cards of the listed products among these ids.
pub async fn product_cards(reader: &impl Reader, ids: &[ProductId]) -> Result<Vec<ProductCard>> {
    let condition = is_one_of(reader.backend(), "product_id");
    let text = format!("SELECT card FROM product_listing WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter().map(|row| product_card(row, "card")).collect()
}

/// The cards of the listed suppliers among these ids.
pub async fn supplier_cards(reader: &impl Reader, ids: &[SupplierId]) -> Result<Vec<SupplierCard>> {
    let condition = is_one_of(reader.backend(), "supplier_id");
    let text = format!("SELECT card FROM supplier_listing WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter().map(|row| supplier_card(row, "card")).collect()
}
