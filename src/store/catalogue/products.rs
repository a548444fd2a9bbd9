//! Products with their ladders, sample offers and media.

use std::collections::HashMap;

use entity::{product, product_lead_time, product_price, sample_offer};
use sea_orm::ConnectionTrait;

use super::{
    corrupt, currency, evidence, insert_all, instant, is_one_of, list_of, parse, rows_of, texts, unit_price,
};
use crate::domain::audit::Media;
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::ladder::{Ladder, LeadTimes};
use crate::domain::language::{Texts, Translation};
use crate::domain::money::UnitPrice;
use crate::domain::product::{AfterSalesService, GuaranteedTerms, Product, SampleOffer};
use crate::store::{Reader, Result, Tx};

/// Writes new products with all their parts; refresh their listings afterwards.
pub async fn insert_products(tx: &Tx, products: &[Product]) -> Result<()> {
    let rows = products.iter().map(row_of).collect::<Result<Vec<_>>>()?;
    insert_all::<product::Entity>(tx, rows).await?;
    insert_parts(tx, products).await
}

/// Replaces a product, its parts included, if its stored version is the one before; says whether it was. Refresh its
/// listing afterwards.
pub async fn replace_product(tx: &Tx, product: &Product) -> Result<bool> {
    use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
    let id = product.id.to_string();
    let row = row_of(product)?.into_active_model().reset_all();
    let changed = product::Entity::update_many()
        .set(row)
        .filter(product::Column::Id.eq(&id))
        .filter(product::Column::Version.eq(product.version - 1))
        .exec(tx.connection())
        .await?;
    if changed.rows_affected == 0 {
        return Ok(false);
    }
    for table in ["product_price", "product_lead_time", "sample_offer", "product_text", "media"] {
        let text = format!("DELETE FROM {table} WHERE product_id = ?");
        super::execute(tx, &text, [id.as_str()]).await?;
    }
    insert_parts(tx, std::slice::from_ref(product)).await?;
    Ok(true)
}

async fn insert_parts(tx: &Tx, products: &[Product]) -> Result<()> {
    let (mut prices, mut lead_times, mut samples) = (Vec::new(), Vec::new(), Vec::new());
    let mut media: Vec<&Media> = Vec::new();
    for product in products {
        let product_id = product.id.to_string();
        prices.extend(product.ladder.breaks().iter().map(|step| product_price::Model {
            product_id: product_id.clone(),
            min_quantity: step.min_quantity,
            unit_price: step.unit_price.millionths(),
        }));
        lead_times.extend(product.lead_times.steps().iter().map(|step| product_lead_time::Model {
            product_id: product_id.clone(),
            min_quantity: step.min_quantity,
            days: step.days,
        }));
        samples.extend(product.sample_offer.map(|offer| sample_offer::Model {
            product_id: product_id.clone(),
            price_minor: offer.price_minor,
            maximum_quantity: offer.maximum_quantity,
            lead_days: offer.lead_days,
        }));
        media.extend(&product.media);
    }
    insert_all::<product_price::Entity>(tx, prices).await?;
    insert_all::<product_lead_time::Entity>(tx, lead_times).await?;
    insert_all::<sample_offer::Entity>(tx, samples).await?;
    texts::insert(tx, products).await?;
    evidence::put_media(tx, media).await
}

/// A product as a row, without its parts.
pub fn row_of(product: &Product) -> Result<product::Model> {
    let attributes =
        serde_json::to_string(&product.attributes).map_err(|error| corrupt("product.attributes", error))?;
    Ok(product::Model {
        id: product.id.to_string(),
        supplier_id: product.supplier.to_string(),
        category_id: product.category.map(|id| id.to_string()),
        title: product.title.clone(),
        description: product.description.clone(),
        attributes,
        unit: product.unit.clone(),
        minimum_order_quantity: product.minimum_order_quantity,
        order_increment: product.order_increment,
        currency: product.ladder.currency().to_string(),
        status: product.status.to_string(),
        customisable: product.customisable,
        guaranteed_dispatch_hours: product.guaranteed.map(|terms| terms.dispatch_within_hours),
        guaranteed_delivery_days: product.guaranteed.map(|terms| terms.delivery_days),
        easy_return: product.easy_return,
        after_sales_label: product.after_sales.map(|service| service.label.to_string()),
        after_sales_days: product.after_sales.map(|service| service.term_days),
        external_reference: product.external_reference.clone(),
        imported: product.imported,
        version: product.version,
        created_at: product.created_at.micros(),
        updated_at: product.updated_at.micros(),
        language: product.texts.language.to_string(),
    })
}

/// Locks products in the order of their ids. SQLite has one writer anyway.
pub async fn lock(tx: &Tx, ids: &[ProductId]) -> Result<()> {
    super::lock(tx, "product", ids).await
}

/// The products with these ids, drafts and withdrawn ones too, in the order of their ids; ids of none are left out.
pub async fn load(reader: &impl Reader, ids: &[ProductId]) -> Result<Vec<Product>> {
    let rows = rows_of::<product::Entity>(reader, "id", ids, "id").await?;
    let order = "product_id, min_quantity";
    let mut prices: HashMap<String, Vec<(i64, UnitPrice)>> = HashMap::new();
    for row in rows_of::<product_price::Entity>(reader, "product_id", ids, order).await? {
        let price = unit_price("product_price.unit_price", row.unit_price)?;
        prices.entry(row.product_id).or_default().push((row.min_quantity, price));
    }
    let mut lead_times: HashMap<String, Vec<(i64, i64)>> = HashMap::new();
    for row in rows_of::<product_lead_time::Entity>(reader, "product_id", ids, order).await? {
        lead_times.entry(row.product_id).or_default().push((row.min_quantity, row.days));
    }
    let mut samples: HashMap<String, SampleOffer> = HashMap::new();
    for row in rows_of::<sample_offer::Entity>(reader, "product_id", ids, "product_id").await? {
        let offer = SampleOffer {
            price_minor: row.price_minor,
            maximum_quantity: row.maximum_quantity,
            lead_days: row.lead_days,
        };
        samples.insert(row.product_id, offer);
    }
    let mut translations = texts::load(reader, ids).await?;
    let mut media = evidence::media_of_products(reader, ids).await?;
    rows.into_iter()
        .map(|row| {
            let id: ProductId = parse("product.id", &row.id)?;
            let parts = Parts {
                prices: prices.remove(&row.id).unwrap_or_default(),
                lead_times: lead_times.remove(&row.id).unwrap_or_default(),
                sample_offer: samples.remove(&row.id),
                translations: translations.remove(&row.id).unwrap_or_default(),
                media: media.remove(&id).unwrap_or_default(),
            };
            product_from(id, row, parts)
        })
        .collect()
}

/// What belongs to one product and lies in other tables.
struct Parts {
    prices: Vec<(i64, UnitPrice)>,
    lead_times: Vec<(i64, i64)>,
    sample_offer: Option<SampleOffer>,
    translations: Vec<Translation>,
    media: Vec<Media>,
}

fn product_from(id: ProductId, row: product::Model, parts: Parts) -> Result<Product> {
    let currency = currency("product.currency", &row.currency)?;
    let (ladder, _) =
        Ladder::imported(currency, parts.prices).map_err(|refusal| corrupt("product_price", refusal))?;
    let lead_times =
        LeadTimes::new(parts.lead_times).map_err(|refusal| corrupt("product_lead_time", refusal))?;
    let guaranteed = row.guaranteed_dispatch_hours.zip(row.guaranteed_delivery_days);
    let after_sales = match row.after_sales_label.zip(row.after_sales_days) {
        Some((label, term_days)) => {
            Some(AfterSalesService { label: parse("product.after_sales_label", &label)?, term_days })
        }
        None => None,
    };
    Ok(Product {
        id,
        supplier: parse("product.supplier_id", &row.supplier_id)?,
        category: row.category_id.map(|id| parse("product.category_id", &id)).transpose()?,
        title: row.title,
        description: row.description,
        attributes: serde_json::from_str(&row.attributes)
            .map_err(|error| corrupt("product.attributes", error))?,
        texts: Texts {
            language: parse("product.language", &row.language)?,
            translations: parts.translations,
        },
        unit: row.unit,
        minimum_order_quantity: row.minimum_order_quantity,
        order_increment: row.order_increment,
        ladder,
        lead_times,
        sample_offer: parts.sample_offer,
        guaranteed: guaranteed.map(|(dispatch_within_hours, delivery_days)| GuaranteedTerms {
            dispatch_within_hours,
            delivery_days,
        }),
        easy_return: row.easy_return,
        after_sales,
        customisable: row.customisable,
        status: parse("product.status", &row.status)?,
        media: parts.media,
        external_reference: row.external_reference,
        imported: row.imported,
        version: row.version,
        created_at: instant(row.created_at),
        updated_at: instant(row.updated_at),
    })
}

/// The ids of a supplier's products by its own references.
pub async fn by_references(
    reader: &impl Reader,
    supplier: SupplierId,
    references: &[&str],
) -> Result<HashMap<String, ProductId>> {
    let condition = is_one_of(reader.backend(), "external_reference");
    let text = format!("SELECT external_reference, id FROM product WHERE supplier_id = ? AND {condition}");
    let statement = reader.sql(&text, [supplier.to_string().into(), list_of(references)]);
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("", "id")?;
            Ok((row.try_get("", "external_reference")?, parse("product.id", &id)?))
        })
        .collect()
}

/// The descriptions of products, by id; cards do not carry them.
pub async fn descriptions(reader: &impl Reader, ids: &[ProductId]) -> Result<HashMap<ProductId, String>> {
    let condition = is_one_of(reader.backend(), "id");
    let text = format!("SELECT id, description FROM product WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("", "id")?;
            Ok((parse("product.id", &id)?, row.try_get("", "description")?))
        })
        .collect()
}

/// What is said of products in further languages, descriptions included; cards do not carry those.
pub async fn translations(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<Translation>>> {
    let found = texts::load(reader, ids).await?;
    found.into_iter().map(|(id, texts)| Ok((parse("product_text.product_id", &id)?, texts))).collect()
}
