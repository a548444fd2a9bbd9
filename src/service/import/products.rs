//! Rows of `products`, without their ladders.

use std::collections::HashMap;

use super::batch::{Entry, Pen, Verdict, Writable};
use crate::domain::category::Category;
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::import::ProductRow;
use crate::domain::ladder::{Ladder, LeadTimes};
use crate::domain::product::{Product, SampleOffer};
use crate::store::catalogue::{self, categories, listing, products, versions};
use crate::store::imports::{self, Known, KnownProduct, Pair, Part};
use crate::store::{self, Result};

/// What a batch of products refers to.
struct Shelf {
    suppliers: HashMap<String, Known<SupplierId>>,
    categories: HashMap<String, Category>,
    known: HashMap<Pair, KnownProduct>,
    before: HashMap<ProductId, Product>,
}

impl Shelf {
    async fn load(pen: &Pen<'_>, entries: &[Entry<ProductRow>]) -> Result<Self> {
        let rows = || entries.iter().map(Entry::row);
        let suppliers: Vec<&str> = rows().map(|row| row.supplier.as_str()).collect();
        let above: Vec<&str> = rows().filter_map(|row| row.category.as_deref()).collect();
        let pairs: Vec<Pair> = rows().map(|row| (row.supplier.clone(), row.product.clone())).collect();
        let suppliers = imports::suppliers(pen.tx, &suppliers).await?;
        let sellers: Vec<SupplierId> = suppliers.values().map(|known| known.id).collect();
        catalogue::suppliers::share(pen.tx, &sellers).await?;
        let known = imports::products_locked(pen.tx, &pairs).await?;
        let changed: Vec<ProductId> = entries
            .iter()
            .zip(&pairs)
            .filter_map(|(entry, pair)| known.get(pair).filter(|p| p.digest.as_ref() != Some(&entry.digest)))
            .map(|product| product.id)
            .collect();
        let before = products::load(pen.tx, &changed).await?;
        Ok(Self {
            suppliers,
            categories: categories::by_references(pen.tx, &above).await?,
            known,
            before: before.into_iter().map(|product| (product.id, product)).collect(),
        })
    }
}

impl Writable for ProductRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let shelf = Shelf::load(pen, entries).await?;
        let (mut created, mut updated, mut repriced) = (Vec::new(), Vec::new(), Vec::new());
        let mut digests: Vec<(ProductId, &str)> = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for entry in entries {
            let product = match judge(pen, entry, &shelf) {
                Ok(Some(product)) => product,
                Ok(None) => {
                    verdicts.push(Verdict::unchanged());
                    continue;
                }
                Err(verdict) => {
                    verdicts.push(verdict);
                    continue;
                }
            };
            digests.push((product.id, &entry.digest));
            let before = shelf.before.get(&product.id);
            verdicts.push(Verdict::written(before.is_some()));
            match before {
                Some(before) => {
                    if before.ladder.currency() != product.ladder.currency() {
                        repriced.push(product.id);
                    }
                    updated.push(product);
                }
                None => created.push(product),
            }
        }
        products::insert_products(pen.tx, &created).await?;
        let overwritten: Vec<ProductId> = updated.iter().map(|product| product.id).collect();
        versions::keep(pen.tx, &versions::sheets(pen.tx, &overwritten).await?).await?;
        for product in &updated {
            if !products::replace_product(pen.tx, product).await? {
                return Err(store::Error::Retry);
            }
        }
        imports::forget(pen.tx, Part::Prices, &repriced).await?;
        imports::note(pen.tx, Part::Product, &digests).await?;
        let ids: Vec<ProductId> = digests.iter().map(|(id, _)| *id).collect();
        listing::refresh_products(pen.tx, &ids, pen.now).await?;
        Ok(verdicts)
    }
}

/// The product to write; none where nothing changed.
fn judge(
    pen: &Pen<'_>,
    entry: &Entry<ProductRow>,
    shelf: &Shelf,
) -> std::result::Result<Option<Product>, Verdict> {
    let row = entry.row();
    let supplier = shelf.suppliers.get(&row.supplier);
    let supplier = supplier.ok_or_else(|| Verdict::unknown("supplier", "supplier", &row.supplier))?.id;
    let category = match &row.category {
        Some(reference) => {
            let found = shelf.categories.get(reference);
            Some(found.ok_or_else(|| Verdict::unknown("category", "category", reference))?.id)
        }
        None => None,
    };
    let known = shelf.known.get(&(row.supplier.clone(), row.product.clone()));
    if known.is_some_and(|known| known.digest.is_none()) {
        return Err(Verdict::not_ours("product", "product"));
    }
    if known.is_some_and(|known| known.digest.as_ref() == Some(&entry.digest)) {
        return Ok(None);
    }
    let before = known.and_then(|known| shelf.before.get(&known.id));
    let sample_offer = match row.sample {
        Some(sample) => {
            let price = sample.price.minor(row.currency);
            let price_minor = price
                .ok_or_else(|| Verdict::rejected("sample_price", "The price is too large to be kept."))?;
            let (maximum_quantity, lead_days) = (sample.maximum_quantity, sample.lead_days);
            Some(SampleOffer { price_minor, maximum_quantity, lead_days })
        }
        None => None,
    };
    let created_at = row.created_at.or(before.map(|before| before.created_at)).unwrap_or(pen.now);
    let product = Product {
        id: before.map_or_else(|| pen.app.ids.make(pen.now), |before| before.id),
        supplier,
        category,
        title: row.title.clone(),
        description: row.description.clone(),
        attributes: row.attributes.clone(),
        texts: before.map(|before| before.texts.clone()).unwrap_or_default(),
        unit: row.unit.clone(),
        minimum_order_quantity: row.minimum_order_quantity,
        order_increment: row.order_increment,
        ladder: ladder(row, before)?,
        lead_times: before.map_or_else(LeadTimes::default, |before| before.lead_times.clone()),
        sample_offer,
        guaranteed: row.guaranteed,
        easy_return: row.easy_return,
        after_sales: row.after_sales,
        customisable: row.customisable,
        status: row.status,
        media: before.map(|before| before.media.clone()).unwrap_or_default(),
        external_reference: Some(row.product.clone()),
        imported: true,
        version: before.map_or(1, |before| before.version + 1),
        created_at,
        updated_at: pen.now,
    };
    let product = product.check().map_err(|refusals| {
        let messages: Vec<_> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
        Verdict::rejected("product", messages.join(" "))
    })?;
    Ok(Some(product))
}

/// The prices that the product has, or none yet: prices of another currency are no prices.
fn ladder(row: &ProductRow, before: Option<&Product>) -> std::result::Result<Ladder, Verdict> {
    match before.filter(|before| before.ladder.currency() == row.currency) {
        Some(before) => Ok(before.ladder.clone()),
        None => Ladder::imported(row.currency, Vec::new())
            .map(|(ladder, _)| ladder)
            .map_err(|refusal| Verdict::rejected("currency", refusal.message)),
    }
}
