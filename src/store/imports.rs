//! What an import needs beside the tables of the catalogue: which rows are on record already, and what the last
//! import said about them.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::str::FromStr;

use entity::{import_digest, product_lead_time, product_price};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryResult};

use super::catalogue::{self, execute, insert_all, is_one_of, list_of};
use super::{Reader, Result, Tx, parse};
use crate::domain::ids::{CategoryId, ProductId, ReviewId, SupplierId};
use crate::domain::ladder::{LeadTime, PriceBreak};
use crate::domain::money::Currency;
use crate::domain::supplier::Supplier;

/// What an import writes about a subject; each has its own digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A category.
    Category,
    /// A supplier with its company.
    Supplier,
    /// A product but for its ladders.
    Product,
    /// A product's prices.
    Prices,
    /// A product's lead times.
    LeadTimes,
    /// A review.
    Review,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Category => "CATEGORY",
            Self::Supplier => "SUPPLIER",
            Self::Product => "PRODUCT",
            Self::Prices => "PRICES",
            Self::LeadTimes => "LEAD_TIMES",
            Self::Review => "REVIEW",
        }
    }
}

/// Something on record with a source's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<Id> {
    /// Its id.
    pub id: Id,
    /// The digest of what the last import said; none where no import wrote it.
    pub digest: Option<String>,
}

/// A product on record with a source's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownProduct {
    /// Its id.
    pub id: ProductId,
    /// Who offers it.
    pub supplier: SupplierId,
    /// The currency of its prices.
    pub currency: Currency,
    /// The least quantity of an order.
    pub minimum_order_quantity: i64,
    /// The digest of its row; none where no import wrote it.
    pub digest: Option<String>,
    /// The digest of its prices.
    pub prices: Option<String>,
    /// The digest of its lead times.
    pub lead_times: Option<String>,
}

/// A source's ids of a supplier and of something that is the supplier's.
pub type Pair = (String, String);

/// The suppliers with these references.
pub async fn suppliers(
    reader: &impl Reader,
    references: &[&str],
) -> Result<HashMap<String, Known<SupplierId>>> {
    known(reader, "supplier", Part::Supplier, references).await
}

/// The categories with these references.
pub async fn categories(
    reader: &impl Reader,
    references: &[&str],
) -> Result<HashMap<String, Known<CategoryId>>> {
    known(reader, "category", Part::Category, references).await
}

async fn known<Id: FromStr>(
    reader: &impl Reader,
    table: &str,
    part: Part,
    references: &[&str],
) -> Result<HashMap<String, Known<Id>>> {
    let text = format!(
        "SELECT t.external_reference AS reference, t.id, d.digest FROM {table} t \
         LEFT JOIN import_digest d ON d.subject_id = t.id AND d.part = '{}' WHERE {}",
        part.as_str(),
        is_one_of(reader.backend(), "t.external_reference"),
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(references)])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "reference")?, known_from(row)?))).collect()
}

fn known_from<Id: FromStr>(row: &QueryResult) -> Result<Known<Id>> {
    let id: String = row.try_get("", "id")?;
    Ok(Known { id: parse("id", &id)?, digest: row.try_get("", "digest")? })
}

/// The products with these references of their suppliers.
pub async fn products(reader: &impl Reader, pairs: &[Pair]) -> Result<HashMap<Pair, KnownProduct>> {
    let text = format!(
        "{} SELECT w.owner, w.reference, p.id, p.supplier_id, p.currency, p.minimum_order_quantity, a.digest, \
         b.digest AS prices, c.digest AS lead_times FROM wanted w JOIN supplier s ON s.external_reference = w.owner \
         JOIN product p ON p.supplier_id = s.id AND p.external_reference = w.reference \
         LEFT JOIN import_digest a ON a.subject_id = p.id AND a.part = 'PRODUCT' \
         LEFT JOIN import_digest b ON b.subject_id = p.id AND b.part = 'PRICES' \
         LEFT JOIN import_digest c ON c.subject_id = p.id AND c.part = 'LEAD_TIMES'",
        wanted(reader.backend()),
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of_pairs(pairs)])).await?;
    rows.iter()
        .map(|row| {
            let currency: String = row.try_get("", "currency")?;
            let product = KnownProduct {
                id: parse("product.id", &row.try_get::<String>("", "id")?)?,
                supplier: parse("product.supplier_id", &row.try_get::<String>("", "supplier_id")?)?,
                currency: catalogue::currency("product.currency", &currency)?,
                minimum_order_quantity: row.try_get("", "minimum_order_quantity")?,
                digest: row.try_get("", "digest")?,
                prices: row.try_get("", "prices")?,
                lead_times: row.try_get("", "lead_times")?,
            };
            Ok((pair_from(row)?, product))
        })
        .collect()
}

/// The same, locked until the transaction ends and read again under their locks. Their suppliers are shared first.
pub async fn products_locked(tx: &Tx, pairs: &[Pair]) -> Result<HashMap<Pair, KnownProduct>> {
    let known = products(tx, pairs).await?;
    if !tx.is_postgres() {
        return Ok(known);
    }
    let ids: Vec<ProductId> = known.values().map(|product| product.id).collect();
    catalogue::suppliers::share_of(tx, &ids).await?;
    catalogue::products::lock(tx, &ids).await?;
    products(tx, pairs).await
}

/// Those of these products that an import wrote and that have no price.
pub async fn unpriced(reader: &impl Reader, pairs: &[Pair]) -> Result<HashSet<Pair>> {
    let text = format!(
        "{} SELECT w.owner, w.reference FROM wanted w JOIN supplier s ON s.external_reference = w.owner \
         JOIN product p ON p.supplier_id = s.id AND p.external_reference = w.reference \
         JOIN import_digest a ON a.subject_id = p.id AND a.part = 'PRODUCT' \
         WHERE NOT EXISTS (SELECT 1 FROM product_price r WHERE r.product_id = p.id)",
        wanted(reader.backend()),
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of_pairs(pairs)])).await?;
    rows.iter().map(pair_from).collect()
}

/// The reviews with these references of their suppliers.
pub async fn reviews(reader: &impl Reader, pairs: &[Pair]) -> Result<HashMap<Pair, Known<ReviewId>>> {
    let text = format!(
        "{} SELECT w.owner, w.reference, r.id, d.digest FROM wanted w \
         JOIN supplier s ON s.external_reference = w.owner \
         JOIN review r ON r.supplier_id = s.id AND r.external_reference = w.reference \
         LEFT JOIN import_digest d ON d.subject_id = r.id AND d.part = 'REVIEW'",
        wanted(reader.backend()),
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of_pairs(pairs)])).await?;
    rows.iter().map(|row| Ok((pair_from(row)?, known_from(row)?))).collect()
}

/// The pairs of a JSON array bound to one `?`, as a table of two columns.
pub(super) fn wanted(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "WITH wanted AS (SELECT DISTINCT value->>0 AS owner, value->>1 AS reference \
         FROM json_array_elements(?::json) AS list(value))"
    } else {
        "WITH wanted AS (SELECT DISTINCT value->>0 AS owner, value->>1 AS reference FROM json_each(?))"
    }
}

/// The pairs as the JSON array that [`wanted`] takes.
pub(super) fn list_of_pairs(pairs: &[Pair]) -> sea_orm::Value {
    let pairs = pairs.iter().map(|(first, second)| serde_json::json!([first, second])).collect();
    serde_json::Value::Array(pairs).to_string().into()
}

pub(super) fn pair_from(row: &QueryResult) -> Result<Pair> {
    Ok((row.try_get("", "owner")?, row.try_get("", "reference")?))
}

/// Notes what was just written about these subjects.
pub async fn note<Id: Display>(tx: &Tx, part: Part, digests: &[(Id, &str)]) -> Result<()> {
    if digests.is_empty() {
        return Ok(());
    }
    let rows = digests.iter().map(|(id, digest)| {
        let (subject_id, part) = (id.to_string(), part.as_str().to_owned());
        import_digest::Model { subject_id, part, digest: (*digest).to_owned() }.into_active_model()
    });
    let key = [import_digest::Column::SubjectId, import_digest::Column::Part];
    let conflict = OnConflict::columns(key).update_column(import_digest::Column::Digest).to_owned();
    import_digest::Entity::insert_many(rows)
        .on_conflict(conflict)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Forgets what was written about parts of products, so that the next rows about them are read again.
pub async fn forget(tx: &Tx, part: Part, products: &[ProductId]) -> Result<()> {
    let text =
        format!("DELETE FROM import_digest WHERE part = ? AND {}", is_one_of(tx.backend(), "subject_id"));
    execute(tx, &text, [part.as_str().into(), list_of(products)]).await?;
    Ok(())
}

/// Writes a supplier that is on record, and the name and country of its company. Refresh its listing afterwards.
pub async fn update_supplier(tx: &Tx, supplier: &Supplier) -> Result<()> {
    let text = "UPDATE company SET name = ?, country = ?, version = version + 1 WHERE id = \
                (SELECT company_id FROM supplier WHERE id = ?)";
    let id = supplier.id.to_string();
    execute(tx, text, [supplier.name.clone(), supplier.country.clone(), id.clone()]).await?;
    let text = "UPDATE supplier SET specialisation = ?, description = ?, established_on = ?, suspended_at = ?, \
                suspended_reason = ?, version = version + 1 WHERE id = ?";
    let suspended = supplier.suspended.as_ref();
    let values: [sea_orm::Value; 6] = [
        supplier.specialisation.map(|word| word.to_string()).into(),
        supplier.description.clone().into(),
        supplier.established_on.map(super::super::domain::time::Day::number).into(),
        suspended.map(|suspended| suspended.at.micros()).into(),
        suspended.map(|suspended| suspended.reason.clone()).into(),
        id.into(),
    ];
    execute(tx, text, values).await?;
    Ok(())
}

/// The products that stand in these categories.
pub async fn products_in(reader: &impl Reader, categories: &[CategoryId]) -> Result<Vec<ProductId>> {
    let text = format!("SELECT id FROM product WHERE {}", is_one_of(reader.backend(), "category_id"));
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(categories)])).await?;
    rows.iter().map(|row| parse("product.id", &row.try_get::<String>("", "id")?)).collect()
}

/// Replaces the prices of products. Refresh their listings afterwards.
pub async fn replace_prices(tx: &Tx, ladders: &[(ProductId, &[PriceBreak])]) -> Result<()> {
    clear(tx, "product_price", ladders.iter().map(|(id, _)| *id)).await?;
    let rows = ladders.iter().flat_map(|(id, steps)| {
        steps.iter().map(move |step| product_price::Model {
            product_id: id.to_string(),
            min_quantity: step.min_quantity,
            unit_price: step.unit_price.millionths(),
        })
    });
    insert_all::<product_price::Entity>(tx, rows).await
}

/// Replaces the lead times of products. Refresh their listings afterwards.
pub async fn replace_lead_times(tx: &Tx, ladders: &[(ProductId, &[LeadTime])]) -> Result<()> {
    clear(tx, "product_lead_time", ladders.iter().map(|(id, _)| *id)).await?;
    let rows = ladders.iter().flat_map(|(id, steps)| {
        steps.iter().map(move |step| product_lead_time::Model {
            product_id: id.to_string(),
            min_quantity: step.min_quantity,
            days: step.days,
        })
    });
    insert_all::<product_lead_time::Entity>(tx, rows).await
}

/// Takes the steps of products away; what had some counts a change.
async fn clear(tx: &Tx, table: &str, products: impl Iterator<Item = ProductId>) -> Result<()> {
    let list = list_of(products);
    let condition = is_one_of(tx.backend(), "id");
    let text = format!(
        "UPDATE product SET version = version + 1 WHERE {condition} \
         AND EXISTS (SELECT 1 FROM {table} t WHERE t.product_id = product.id)"
    );
    execute(tx, &text, [list.clone()]).await?;
    let condition = is_one_of(tx.backend(), "product_id");
    execute(tx, &format!("DELETE FROM {table} WHERE {condition}"), [list]).await?;
    Ok(())
}

/// Takes a review away that is about to be written anew; it was counted out of its rating by hiding it.
pub async fn remove_review(tx: &Tx, id: ReviewId) -> Result<()> {
    execute(tx, "DELETE FROM review WHERE id = ?", [id.to_string()]).await?;
    Ok(())
}
