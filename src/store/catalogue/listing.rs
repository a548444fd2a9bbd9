//! The rows that searches and pages read: made here, from the tables, in the transaction that changed those.
//!
//! A supplier is listed unless it is suspended; a product is listed while it is published and its supplier is listed.
//! The full-text index follows the listing rows: on PostgreSQL as a generated column, on SQLite by [`index_words`].

use std::collections::HashMap;

use entity::{product_listing, supplier_listing};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Iterable, QueryResult};

use super::{
    MAXIMUM_VALUES, badges, categories, corrupt, execute, is_one_of, list_of, parse, products, ratings,
    suppliers,
};
use crate::domain::badge::{BadgeKind, held_until};
use crate::domain::category::Category;
use crate::domain::ids::{CategoryId, ProductId, SupplierId};
use crate::domain::money::UnitPrice;
use crate::domain::product::{Product, ProductCard, ProductStatus};
use crate::domain::search::{VERIFIED_PRO_BOOST, rank_score, search_terms};
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
    let cards = suppliers::load(tx, ids).await?;
    let before = words_of(tx, "supplier", ids).await?;
    let (listed, hidden): (Vec<_>, Vec<_>) = cards.iter().partition(|card| card.supplier.suspended.is_none());
    let hidden: Vec<SupplierId> = hidden.iter().map(|card| card.supplier.id).collect();
    unlist_products_of(tx, &hidden).await?;
    unlist(tx, "supplier", &hidden).await?;
    let rows = listed.iter().map(|card| supplier_row(card, now)).collect::<Result<Vec<_>>>()?;
    upsert::<supplier_listing::Entity>(
        tx,
        rows,
        supplier_listing::Column::SupplierId,
        supplier_listing::Column::ListingNumber,
    )
    .await?;
    index_words(tx, "supplier", ids, before.clone()).await?;
    copy_to_products(tx, ids).await?;
    let relisted: Vec<SupplierId> = listed
        .iter()
        .map(|card| card.supplier.id)
        .filter(|id| !before.contains_key(&id.to_string()))
        .collect();
    let condition = is_one_of(tx.backend(), "supplier_id");
    let text = format!("SELECT id FROM product WHERE status = 'PUBLISHED' AND {condition}");
    let products = ids_from(tx, &text, &relisted).await?;
    risk::look_at(tx, ids.iter().copied().map(Look::Supplier), now).await?;
    refresh_products(tx, &products, now).await
}

/// Makes the listings of products anew: call it in the transaction that changed a product, its parts, badges,
/// category or rating. Their suppliers' listings must be fresh.
pub async fn refresh_products(tx: &Tx, ids: &[ProductId], now: Timestamp) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let found = products::load(tx, ids).await?;
    let before = words_of(tx, "product", ids).await?;
    let mut awards = badges::of_products(tx, ids).await?;
    let ratings = ratings::load(tx, ids).await?;
    let mut category_ids: Vec<CategoryId> = found.iter().filter_map(|product| product.category).collect();
    category_ids.sort_unstable();
    category_ids.dedup();
    let categories: HashMap<CategoryId, Category> = categories::load(tx, &category_ids)
        .await?
        .into_iter()
        .map(|category| (category.id, category))
        .collect();
    let sellers = listings_of(tx, &found).await?;
    let (mut rows, mut hidden) = (Vec::new(), Vec::new());
    for product in found {
        let seller = sellers.get(&product.supplier.to_string());
        let Some(seller) = seller.filter(|_| product.status == ProductStatus::Published) else {
            hidden.push(product.id);
            continue;
        };
        let category = product.category.and_then(|id| categories.get(&id));
        let card = ProductCard {
            category_name: category.map(|category| category.name.clone()),
            badges: awards
                .remove(&product.id)
                .unwrap_or_default()
                .into_iter()
                .filter(|award| award.revoked.is_none())
                .collect(),
            rating: ratings.get(&product.id.to_string()).copied().unwrap_or_default(),
            product,
        };
        rows.push(product_row(&card, category, seller, now)?);
    }
    unlist(tx, "product", &hidden).await?;
    upsert::<product_listing::Entity>(
        tx,
        rows,
        product_listing::Column::ProductId,
        product_listing::Column::ListingNumber,
    )
    .await?;
    let looks = ids.iter().copied().map(Look::Product);
    risk::look_at(tx, looks.chain(category_ids.into_iter().map(Look::Category)), now).await?;
    index_words(tx, "product", ids, before).await
}

/// Suppliers whose listing still counts a Verified Pro boost that lapsed by `now`: the clock's worker refreshes them.
pub async fn lapsed_boosts(reader: &impl Reader, now: Timestamp, limit: i64) -> Result<Vec<SupplierId>> {
    let text = "SELECT supplier_id AS id FROM supplier_listing WHERE boost > 0 AND verified_pro_until <= ? \
                ORDER BY verified_pro_until LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, [now.micros(), limit])).await?;
    rows.iter().map(|row| parse("supplier_listing.supplier_id", &row.try_get::<String>("", "id")?)).collect()
}

fn supplier_row(card: &SupplierCard, now: Timestamp) -> Result<supplier_listing::ActiveModel> {
    let supplier = &card.supplier;
    let until = |kinds: &[BadgeKind]| held_until(&card.badges, kinds, now);
    let pro_until = until(&[BadgeKind::VerifiedPro]);
    let boost = if pro_until > now { VERIFIED_PRO_BOOST } else { 0 };
    let mut shown = card.clone();
    shown.badges.retain(|award| award.revoked.is_none());
    Ok(supplier_listing::ActiveModel {
        listing_number: NotSet,
        supplier_id: Set(supplier.id.to_string()),
        name: Set(supplier.name.clone()),
        country: Set(supplier.country.clone()),
        specialisation: Set(supplier.specialisation.map(|word| word.to_string())),
        gold_until: Set(until(&[BadgeKind::Gold]).micros()),
        // Verified Pro is everything of Verified and more.
        verified_until: Set(until(&[BadgeKind::Verified, BadgeKind::VerifiedPro]).micros()),
        verified_pro_until: Set(pro_until.micros()),
        trade_assurance_until: Set(until(&[BadgeKind::TradeAssurance]).micros()),
        rating_thousandths: Set(card.rating.thousandths()),
        rating_count: Set(card.rating.count()),
        orders_completed: Set(card.metrics.orders_completed),
        boost: Set(boost),
        rank_score: Set(rank_score(card.rating, boost)),
        created_at: Set(supplier.created_at.micros()),
        title_terms: Set(title_terms(&supplier.name)),
        search_terms: Set(search_terms([supplier.name.as_str(), &supplier.description])),
        card: Set(json("supplier_listing.card", &shown)?),
    })
}

fn product_row(
    card: &ProductCard,
    category: Option<&Category>,
    seller: &supplier_listing::Model,
    now: Timestamp,
) -> Result<product_listing::ActiveModel> {
    let product = &card.product;
    let least = product.minimum_order_quantity;
    let price = |price: Option<UnitPrice>| price.map_or(i64::MAX, UnitPrice::millionths);
    let boost = if seller.verified_pro_until > now.micros() { VERIFIED_PRO_BOOST } else { 0 };
    let attributes = product.attributes.iter().map(|attribute| attribute.value.as_str());
    let texts = [product.title.as_str(), &seller.name, category.map_or("", |category| &category.name)];
    let terms = search_terms(texts.into_iter().chain(attributes).chain([product.description.as_str()]));
    Ok(product_listing::ActiveModel {
        listing_number: NotSet,
        product_id: Set(product.id.to_string()),
        supplier_id: Set(product.supplier.to_string()),
        external_reference: Set(product.external_reference.clone()),
        category_path: Set(category.map(|category| category.path.clone()).unwrap_or_default()),
        country: Set(seller.country.clone()),
        specialisation: Set(seller.specialisation.clone()),
        gold_until: Set(seller.gold_until),
        verified_until: Set(seller.verified_until),
        verified_pro_until: Set(seller.verified_pro_until),
        trade_assurance_until: Set(seller.trade_assurance_until),
        guaranteed: Set(product.guaranteed.is_some()),
        easy_return: Set(product.easy_return),
        sample_available: Set(product.sample_offer.is_some()),
        currency: Set(product.ladder.currency().to_string()),
        minimum_order_quantity: Set(least),
        order_unit_price: Set(price(product.ladder.unit_price(least))),
        lowest_unit_price: Set(price(product.ladder.lowest())),
        lead_days: Set(product.lead_times.days(least).unwrap_or(i64::MAX)),
        rating_thousandths: Set(card.rating.thousandths()),
        rating_count: Set(card.rating.count()),
        boost: Set(boost),
        rank_score: Set(rank_score(card.rating, boost)),
        created_at: Set(product.created_at.micros()),
        title_terms: Set(title_terms(&product.title)),
        search_terms: Set(terms),
        card: Set(json("product_listing.card", card)?),
    })
}

/// The tokens of a title, each between spaces, so that `% word%` asks for the beginning of a word.
fn title_terms(title: &str) -> String {
    format!(" {} ", search_terms([title]))
}

/// Reads a product's card out of a column.
pub(super) fn product_card(row: &QueryResult, column: &str) -> Result<ProductCard> {
    let text: String = row.try_get("", column)?;
    serde_json::from_str(&text).map_err(|error| corrupt("product_listing.card", error))
}

/// Reads a supplier's card out of a column.
pub(super) fn supplier_card(row: &QueryResult, column: &str) -> Result<SupplierCard> {
    let text: String = row.try_get("", column)?;
    serde_json::from_str(&text).map_err(|error| corrupt("supplier_listing.card", error))
}

fn json(column: &str, value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| corrupt(column, error))
}

/// The listings of the suppliers of these products, by supplier id.
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

/// The words that the full-text index holds of listed rows, by id; only SQLite needs them.
async fn words_of(tx: &Tx, kind: &str, ids: &[impl std::fmt::Display]) -> Result<HashMap<String, String>> {
    let condition = is_one_of(tx.backend(), &format!("{kind}_id"));
    let text = format!("SELECT {kind}_id AS id, search_terms FROM {kind}_listing WHERE {condition}");
    let rows = tx.connection().query_all_raw(tx.sql(&text, [list_of(ids)])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "search_terms")?))).collect()
}

/// Brings SQLite's full-text index up to the listing rows whose words are no longer those of `before`.
async fn index_words(
    tx: &Tx,
    kind: &str,
    ids: &[impl std::fmt::Display],
    before: HashMap<String, String>,
) -> Result<()> {
    if tx.is_postgres() {
        return Ok(());
    }
    let after = words_of(tx, kind, ids).await?;
    let changed: Vec<&String> =
        after.iter().filter(|(id, words)| before.get(*id) != Some(*words)).map(|(id, _)| id).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rows = format!("FROM {kind}_listing WHERE {}", is_one_of(tx.backend(), &format!("{kind}_id")));
    let delete = format!("DELETE FROM {kind}_search WHERE rowid IN (SELECT listing_number {rows})");
    execute(tx, &delete, [list_of(&changed)]).await?;
    let insert =
        format!("INSERT INTO {kind}_search (rowid, search_terms) SELECT listing_number, search_terms {rows}");
    execute(tx, &insert, [list_of(&changed)]).await?;
    Ok(())
}

/// Takes rows off the listing and out of SQLite's full-text index.
async fn unlist(tx: &Tx, kind: &str, ids: &[impl std::fmt::Display]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows = format!("FROM {kind}_listing WHERE {}", is_one_of(tx.backend(), &format!("{kind}_id")));
    if !tx.is_postgres() {
        let delete = format!("DELETE FROM {kind}_search WHERE rowid IN (SELECT listing_number {rows})");
        execute(tx, &delete, [list_of(ids)]).await?;
    }
    execute(tx, &format!("DELETE {rows}"), [list_of(ids)]).await?;
    Ok(())
}

async fn unlist_products_of(tx: &Tx, suppliers: &[SupplierId]) -> Result<()> {
    let condition = is_one_of(tx.backend(), "supplier_id");
    let text = format!("SELECT product_id AS id FROM product_listing WHERE {condition}");
    let products = ids_from(tx, &text, suppliers).await?;
    unlist(tx, "product", &products).await
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
