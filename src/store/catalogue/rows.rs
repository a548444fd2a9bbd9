//! What a listing row holds, made from what its card shows.

use entity::{product_listing, supplier_listing};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::QueryResult;

use super::comparable::{RatesUsed, compared};
use super::corrupt;
use crate::domain::badge::{BadgeKind, held_until};
use crate::domain::category::Category;
use crate::domain::money::UnitPrice;
use crate::domain::product::{Product, ProductCard};
use crate::domain::search::{VERIFIED_PRO_BOOST, rank_score, search_terms};
use crate::domain::supplier::SupplierCard;
use crate::domain::time::{Day, Timestamp};
use crate::store::Result;

/// A supplier's listing row.
pub fn supplier_row(card: &SupplierCard, now: Timestamp) -> Result<supplier_listing::ActiveModel> {
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
        on_time_dispatch: Set(card.metrics.on_time_dispatch_basis_points().unwrap_or(-1)),
        response_seconds: Set(card.metrics.mean_response_seconds().unwrap_or(i64::MAX)),
        established_on: Set(supplier.established_on.map_or(i64::MAX, Day::number)),
        boost: Set(boost),
        rank_score: Set(rank_score(card.rating, boost)),
        created_at: Set(supplier.created_at.micros()),
        title_terms: Set(title_terms([supplier.name.as_str()])),
        search_terms: Set(search_terms([supplier.name.as_str(), &supplier.description])),
        card: Set(json("supplier_listing.card", &shown)?),
    })
}

/// A product's listing row.
pub fn product_row(
    card: &ProductCard,
    category: Option<&Category>,
    seller: &supplier_listing::Model,
    rates: &RatesUsed,
    now: Timestamp,
) -> Result<product_listing::ActiveModel> {
    let product = &card.product;
    let least = product.minimum_order_quantity;
    let (order_price, lowest, highest) =
        (product.ladder.unit_price(least), product.ladder.lowest(), product.ladder.highest());
    let price = |price: Option<UnitPrice>| price.map_or(i64::MAX, UnitPrice::millionths);
    let (rate, rate_number) = rates.of_currency(product.ladder.currency());
    let boost = if seller.verified_pro_until > now.micros() { VERIFIED_PRO_BOOST } else { 0 };
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
        guaranteed_until: Set(held_until(&card.badges, &[BadgeKind::Guaranteed], now).micros()),
        easy_return_until: Set(held_until(&card.badges, &[BadgeKind::EasyReturn], now).micros()),
        guaranteed: Set(product.guaranteed.is_some()),
        easy_return: Set(product.easy_return),
        sample_available: Set(product.sample_offer.is_some()),
        customisable: Set(product.customisable),
        after_sales_label: Set(product.after_sales.map(|service| service.label.to_string())),
        currency: Set(product.ladder.currency().to_string()),
        minimum_order_quantity: Set(least),
        order_unit_price: Set(price(order_price)),
        lowest_unit_price: Set(price(lowest)),
        highest_unit_price: Set(price(highest)),
        comparable_unit_price: Set(compared(order_price, rate)),
        comparable_lowest_unit_price: Set(compared(lowest, rate)),
        comparable_highest_unit_price: Set(compared(highest, rate)),
        exchange_rate_number: Set(rate_number),
        lead_days: Set(product.lead_times.days(least).unwrap_or(i64::MAX)),
        rating_thousandths: Set(card.rating.thousandths()),
        rating_count: Set(card.rating.count()),
        boost: Set(boost),
        rank_score: Set(rank_score(card.rating, boost)),
        created_at: Set(product.created_at.micros()),
        title_terms: Set(title_terms(titles(product))),
        search_terms: Set(product_terms(product, category, &seller.name)),
        card: Set(json("product_listing.card", card)?),
    })
}

/// The titles of a product in all its languages.
fn titles(product: &Product) -> impl Iterator<Item = &str> {
    let translated = product.texts.translations.iter().map(|text| text.title.as_str());
    std::iter::once(product.title.as_str()).chain(translated)
}

/// The texts of a product that name things, in all its languages: what a mistyped word may have meant.
pub(super) fn named<'a>(
    product: &'a Product,
    category: Option<&'a Category>,
) -> impl Iterator<Item = &'a str> {
    let translated = product.texts.translations.iter().flat_map(|text| &text.attributes);
    let attributes = product.attributes.iter().chain(translated).map(|attribute| attribute.value.as_str());
    let category = category.map(|category| category.name.as_str());
    titles(product).chain(category).chain(attributes)
}

/// All words that a product is found by. The index holds the first 2000 tokens, so the descriptions, which are the
/// longest and say the least, come last.
fn product_terms(product: &Product, category: Option<&Category>, seller: &str) -> String {
    let translated = product.texts.translations.iter().map(|text| text.description.as_str());
    let descriptions = std::iter::once(product.description.as_str()).chain(translated);
    search_terms(named(product, category).chain([seller]).chain(descriptions))
}

/// The tokens of titles, each between spaces, so that `% word%` asks for the beginning of a word.
fn title_terms<'a>(titles: impl IntoIterator<Item = &'a str>) -> String {
    format!(" {} ", search_terms(titles))
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
