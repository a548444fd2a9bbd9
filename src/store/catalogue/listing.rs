//! The rows that searches and pages read: made here, from the tables, in the transaction that changed those.
//!
//! A supplier is listed unless it is suspended; a product is listed while it is published and its supplier is listed.
//! The full-text index follows the listing rows: on PostgreSQL as a generated column, on SQLite by
//! [`super::word_index`].

use std::collections::{BTreeSet, HashMap};

use entity::{product_listing, supplier_listing};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Iterable};

use super::cards::cards_of;
use super::comparable::RatesUsed;
use super::rows::{product_row, supplier_row};
use super::word_index::{index_words, learn_words, words_of};
use super::{
    MAXIMUM_VALUES, badges, categories, changes, execute, is_one_of, list_of, parse, products, suppliers,
    versions,
};
use crate::domain::category::Category;
use crate::domain::change::ChangeKind;
use crate::domain::ids::{CategoryId, ProductId, SupplierId};
use crate::domain::product::{Product, ProductStatus};
use crate::domain::supplier::SupplierCard;
use crate::domain::time::Timestamp;
use crate::store::risk::{self, Look};
use crate::store::{Reader, Result, Tx};

/// What a product listing copies from its supplier's.
const COPIED: [&str; 7] = [
    "country",
    "specialisation",
    "gold_until",
    "verified_until",
    "verified_pro_until",
    "trade_assurance_until",
    "boost",
];

/// Makes the listings of suppliers anew: call it in the transaction that changed a supplier, its company, badges,
/// rating or metrics. Listings of its products follow what they copy.
pub async fn refresh_suppliers(tx: &Tx, ids: &[SupplierId], now: Timestamp) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    suppliers::lock_all(tx, ids).await?;
    let cards = suppliers::load(tx, ids).await?;
    let before = words_of(tx, "supplier", ids).await?;
    let shown = changes::cards(tx, "supplier", ids).await?;
    let (listed, hidden): (Vec<_>, Vec<_>) = cards.iter().partition(|card| card.supplier.suspended.is_none());
    let hidden: Vec<SupplierId> = hidden.iter().map(|card| card.supplier.id).collect();
    unlist_products_of(tx, &hidden, now).await?;
    unlist(tx, ChangeKind::Supplier, &hidden, now).await?;
    let rows = listed.iter().map(|card| supplier_row(card, now)).collect::<Result<Vec<_>>>()?;
    learn_words(tx, listed.iter().map(|card| card.supplier.name.as_str())).await?;
    let after: Vec<_> =
        rows.iter().map(|row| (row.supplier_id.as_ref().clone(), row.card.as_ref().clone())).collect();
    upsert::<supplier_listing::Entity>(
        tx,
        rows,
        supplier_listing::Column::SupplierId,
        supplier_listing::Column::ListingNumber,
    )
    .await?;
    changes::record_cards(tx, ChangeKind::Supplier, &shown, &after, now).await?;
    index_words(tx, "supplier", ids, before.clone()).await?;
    copy_to_products(tx, ids).await?;
    // What was not listed has no listed products yet, and what is called otherwise is in the words of all of them.
    let is_other = |card: &&&SupplierCard| {
        let known = shown.get(&card.supplier.id.to_string()).and_then(|card| card.pointer("/supplier/name"));
        known.and_then(serde_json::Value::as_str) != Some(card.supplier.name.as_str())
    };
    let anew: Vec<SupplierId> = listed.iter().filter(is_other).map(|card| card.supplier.id).collect();
    let condition = is_one_of(tx.backend(), "supplier_id");
    let text = format!("SELECT id FROM product WHERE status = 'PUBLISHED' AND {condition}");
    let products = ids_from(tx, &text, &anew).await?;
    risk::look_at(tx, ids.iter().copied().map(Look::Supplier), now).await?;
    refresh_products(tx, &products, now).await
}

/// Makes the listings of products anew: call it in the transaction that changed a product, its parts, badges,
/// category or rating. Their suppliers' listings must be fresh.
pub async fn refresh_products(tx: &Tx, ids: &[ProductId], now: Timestamp) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    // Whoever changes one of them or a supplier at the same time waits here, so that no listing is made of what was read
    // before. Suppliers come before products: a transaction that holds one of the latter waits for none of the former.
    suppliers::share_of(tx, ids).await?;
    products::lock(tx, ids).await?;
    let found = products::load(tx, ids).await?;
    badges::end_changed_offers(tx, &found, now).await?;
    let before = words_of(tx, "product", ids).await?;
    let shown = changes::cards(tx, "product", ids).await?;
    let touched = found.iter().filter_map(|product| product.category).map(Look::Category);
    let looks: Vec<Look> = ids.iter().copied().map(Look::Product).chain(touched).collect();
    let sellers = listings_of(tx, &found).await?;
    let (listed, hidden): (Vec<_>, Vec<_>) = found.into_iter().partition(|product| {
        product.status == ProductStatus::Published && sellers.contains_key(&product.supplier.to_string())
    });
    let hidden: Vec<ProductId> = hidden.into_iter().map(|product| product.id).collect();
    let category_ids: BTreeSet<CategoryId> = listed.iter().filter_map(|product| product.category).collect();
    let category_ids: Vec<CategoryId> = category_ids.into_iter().collect();
    let categories: HashMap<CategoryId, Category> = categories::load(tx, &category_ids)
        .await?
        .into_iter()
        .map(|category| (category.id, category))
        .collect();
    versions::note_prices(tx, &listed.iter().collect::<Vec<_>>(), now).await?;
    let rates = RatesUsed::of(tx, listed.iter().map(|product| product.ladder.currency()), now.day()).await?;
    let (mut rows, mut words) = (Vec::with_capacity(listed.len()), Vec::new());
    for card in cards_of(tx, listed, &categories).await? {
        if let Some(seller) = sellers.get(&card.product.supplier.to_string()) {
            let category = card.product.category.and_then(|id| categories.get(&id));
            words.extend(super::rows::named(&card.product, category).map(str::to_owned));
            rows.push(product_row(&card, category, seller, &rates, now)?);
        }
    }
    learn_words(tx, words.iter().map(String::as_str)).await?;
    let after: Vec<_> =
        rows.iter().map(|row| (row.product_id.as_ref().clone(), row.card.as_ref().clone())).collect();
    unlist(tx, ChangeKind::Product, &hidden, now).await?;
    upsert::<product_listing::Entity>(
        tx,
        rows,
        product_listing::Column::ProductId,
        product_listing::Column::ListingNumber,
    )
    .await?;
    changes::record_cards(tx, ChangeKind::Product, &shown, &after, now).await?;
    risk::look_at(tx, looks, now).await?;
    index_words(tx, "product", ids, before).await
}

/// Suppliers whose listing still counts a Verified Pro boost that lapsed by `now`: the clock's worker refreshes them.
pub async fn lapsed_boosts(reader: &impl Reader, now: Timestamp, limit: i64) -> Result<Vec<SupplierId>> {
    let text = "SELECT supplier_id AS id FROM supplier_listing WHERE boost > 0 AND verified_pro_until <= ? \
                ORDER BY verified_pro_until LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, [now.micros(), limit])).await?;
    rows.iter().map(|row| parse("supplier_listing.supplier_id", &row.try_get::<String>("", "id")?)).collect()
}

/// The listings of the suppliers of these products, by supplier id. The suppliers are shared, so that nobody changes one
/// of these rows meanwhile, or writes one that is not there.
async fn listings_of(tx: &Tx, products: &[Product]) -> Result<HashMap<String, supplier_listing::Model>> {
    let mut ids: Vec<SupplierId> = products.iter().map(|product| product.supplier).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = super::rows_of::<supplier_listing::Entity>(tx, "supplier_id", &ids, "supplier_id").await?;
    Ok(rows.into_iter().map(|row| (row.supplier_id.clone(), row)).collect())
}

/// Writes listing rows over those with the same `key`; a row keeps its `number`.
async fn upsert<E: EntityTrait>(
    tx: &Tx,
    rows: Vec<E::ActiveModel>,
    key: E::Column,
    number: E::Column,
) -> Result<()> {
    let columns: Vec<String> = E::Column::iter()
        .map(|column| sea_orm::Iden::unquoted(&column).to_owned())
        .filter(|name| name != sea_orm::Iden::unquoted(&number) && name != sea_orm::Iden::unquoted(&key))
        .collect();
    let at_once = MAXIMUM_VALUES / (columns.len() + 1);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(at_once).collect();
        let conflict = OnConflict::column(key).update_columns(columns.clone()).to_owned();
        E::insert_many(chunk).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Takes rows off the listing and out of SQLite's full-text index, and tells the feed of those that were on it.
async fn unlist(tx: &Tx, kind: ChangeKind, ids: &[impl std::fmt::Display], now: Timestamp) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let name = if kind == ChangeKind::Supplier { "supplier" } else { "product" };
    let rows = format!("FROM {name}_listing WHERE {}", is_one_of(tx.backend(), &format!("{name}_id")));
    if !tx.is_postgres() {
        let delete = format!("DELETE FROM {name}_search WHERE rowid IN (SELECT listing_number {rows})");
        execute(tx, &delete, [list_of(ids)]).await?;
    }
    let delete = format!("DELETE {rows} RETURNING {name}_id AS id");
    let gone = tx.connection().query_all_raw(tx.sql(&delete, [list_of(ids)])).await?;
    let gone = gone.iter().map(|row| Ok(row.try_get("", "id")?)).collect::<Result<Vec<String>>>()?;
    changes::record_removed(tx, kind, gone, now).await
}

async fn unlist_products_of(tx: &Tx, suppliers: &[SupplierId], now: Timestamp) -> Result<()> {
    let condition = is_one_of(tx.backend(), "supplier_id");
    let text = format!("SELECT product_id AS id FROM product_listing WHERE {condition}");
    let products = ids_from(tx, &text, suppliers).await?;
    unlist(tx, ChangeKind::Product, &products, now).await
}

async fn ids_from(tx: &Tx, text: &str, suppliers: &[SupplierId]) -> Result<Vec<ProductId>> {
    if suppliers.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.connection().query_all_raw(tx.sql(text, [list_of(suppliers)])).await?;
    rows.iter().map(|row| parse("product.id", &row.try_get::<String>("", "id")?)).collect()
}

/// Carries what product listings copy from their suppliers, where it differs.
async fn copy_to_products(tx: &Tx, suppliers: &[SupplierId]) -> Result<()> {
    let copies: Vec<String> = COPIED.iter().map(|name| format!("{name} = s.{name}")).collect();
    let differs: Vec<String> =
        COPIED.iter().map(|name| format!("product_listing.{name} IS DISTINCT FROM s.{name}")).collect();
    let text = format!(
        "UPDATE product_listing SET {}, rank_score = product_listing.rank_score - product_listing.boost + s.boost \
         FROM supplier_listing s WHERE s.supplier_id = product_listing.supplier_id AND {} AND ({})",
        copies.join(", "),
        is_one_of(tx.backend(), "product_listing.supplier_id"),
        differs.join(" OR "),
    );
    execute(tx, &text, [list_of(suppliers)]).await?;
    Ok(())
}
