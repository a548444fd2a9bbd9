//! Suppliers.

use std::collections::HashMap;

use entity::supplier;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{
    badges, corrupt, day, execute, insert_all, instant, is_one_of, list_of, metrics, parse, ratings,
};
use crate::domain::event::FIRST_HASH;
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::supplier::{Supplier, SupplierCard, Suspension};
use crate::domain::time::Day;
use crate::store::{Reader, Result, Tx};

/// A supplier with what its company says.
#[derive(Debug, FromQueryResult)]
struct Row {
    id: String,
    company_id: String,
    name: String,
    country: String,
    specialisation: Option<String>,
    description: String,
    established_on: Option<i64>,
    external_reference: Option<String>,
    suspended_at: Option<i64>,
    suspended_reason: Option<String>,
    imported: bool,
    version: i64,
    created_at: i64,
}

impl TryFrom<Row> for Supplier {
    type Error = crate::store::Error;

    fn try_from(row: Row) -> Result<Self> {
        let suspended = match (row.suspended_at, row.suspended_reason) {
            (Some(at), Some(reason)) => Some(Suspension { at: instant(at), reason }),
            (None, None) => None,
            _ => return Err(corrupt("supplier.suspended_at", "half a suspension")),
        };
        Ok(Self {
            id: parse("supplier.id", &row.id)?,
            company: parse("supplier.company_id", &row.company_id)?,
            name: row.name,
            country: row.country,
            specialisation: row
                .specialisation
                .map(|word| parse("supplier.specialisation", &word))
                .transpose()?,
            description: row.description,
            established_on: row.established_on.map(day),
            external_reference: row.external_reference,
            suspended,
            imported: row.imported,
            version: row.version,
            created_at: instant(row.created_at),
        })
    }
}

/// Writes new suppliers; their companies exist already, and give them name and country.
pub async fn insert_suppliers(tx: &Tx, suppliers: &[Supplier]) -> Result<()> {
    let rows = suppliers.iter().map(|supplier| supplier::Model {
        id: supplier.id.to_string(),
        company_id: supplier.company.to_string(),
        specialisation: supplier.specialisation.map(|word| word.to_string()),
        description: supplier.description.clone(),
        established_on: supplier.established_on.map(Day::number),
        external_reference: supplier.external_reference.clone(),
        suspended_at: supplier.suspended.as_ref().map(|suspended| suspended.at.micros()),
        suspended_reason: supplier.suspended.as_ref().map(|suspended| suspended.reason.clone()),
        imported: supplier.imported,
        version: supplier.version,
        event_seq: 0,
        event_hash: FIRST_HASH.to_owned(),
        created_at: supplier.created_at.micros(),
    });
    insert_all::<supplier::Entity>(tx, rows).await
}

/// Suspends a supplier, or lifts its suspension; says whether there is such a supplier. Refresh its listing afterwards.
pub async fn suspend(tx: &Tx, id: SupplierId, suspension: Option<&Suspension>) -> Result<bool> {
    let text = "UPDATE supplier SET suspended_at = ?, suspended_reason = ? WHERE id = ?";
    let values: [sea_orm::Value; 3] = [
        suspension.map(|it| it.at.micros()).into(),
        suspension.map(|it| it.reason.clone()).into(),
        id.to_string().into(),
    ];
    Ok(execute(tx, text, values).await? == 1)
}

/// Counts a change of what is on record of a supplier, of its awards or its standing; its row is locked.
pub async fn change(tx: &Tx, supplier: &mut Supplier) -> Result<()> {
    let text = "UPDATE supplier SET version = version + 1 WHERE id = ?";
    execute(tx, text, [supplier.id.to_string()]).await?;
    supplier.version += 1;
    Ok(())
}

/// Locks suppliers in the order of their ids, so that nobody else lists them meanwhile. SQLite has one writer anyway.
pub(super) async fn lock_all(tx: &Tx, ids: &[SupplierId]) -> Result<()> {
    super::lock(tx, "supplier", ids).await
}

/// Shares suppliers, in the order of their ids, among those who write their products: until the transaction ends nobody
/// suspends, reinstates or lists one of them anew. A supplier comes before its products, in every transaction. SQLite has
/// one writer anyway.
pub async fn share(tx: &Tx, ids: &[SupplierId]) -> Result<()> {
    if ids.is_empty() || !tx.is_postgres() {
        return Ok(());
    }
    let text =
        format!("SELECT id FROM supplier WHERE {} ORDER BY id FOR SHARE", is_one_of(tx.backend(), "id"));
    tx.connection().query_all_raw(tx.sql(&text, [list_of(ids)])).await?;
    Ok(())
}

/// Shares the suppliers of these products.
pub async fn share_of(tx: &Tx, products: &[ProductId]) -> Result<()> {
    if products.is_empty() || !tx.is_postgres() {
        return Ok(());
    }
    let text = format!(
        "SELECT id FROM supplier WHERE id IN (SELECT supplier_id FROM product WHERE {}) ORDER BY id FOR SHARE",
        is_one_of(tx.backend(), "product.id"),
    );
    tx.connection().query_all_raw(tx.sql(&text, [list_of(products)])).await?;
    Ok(())
}

/// Lets one transaction at a time write products of a supplier, so that references are given once, and shares the
/// supplier; says whether there is such a supplier.
pub async fn begin_writing(tx: &Tx, id: SupplierId) -> Result<bool> {
    if tx.is_postgres() {
        let text = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))";
        tx.connection().query_one_raw(tx.sql(text, [id.to_string()])).await?;
    }
    let words = if tx.is_postgres() { " FOR SHARE" } else { "" };
    let text = format!("SELECT id FROM supplier WHERE id = ?{words}");
    Ok(tx.connection().query_one_raw(tx.sql(&text, [id.to_string()])).await?.is_some())
}

/// The suppliers with these ids, suspended ones too, with badges, rating and metrics; ids of none are left out.
pub async fn load(reader: &impl Reader, ids: &[SupplierId]) -> Result<Vec<SupplierCard>> {
    let suppliers = load_plain(reader, "s.id", ids).await?;
    let mut badges = badges::of_suppliers(reader, ids).await?;
    let ratings = ratings::load(reader, ids).await?;
    let metrics = metrics::load(reader, ids).await?;
    Ok(suppliers
        .into_iter()
        .map(|supplier| SupplierCard {
            badges: badges.remove(&supplier.id).unwrap_or_default(),
            rating: ratings.get(&supplier.id.to_string()).copied().unwrap_or_default(),
            metrics: metrics.get(&supplier.id).copied().unwrap_or_default(),
            unseen: super::digest([supplier.description.as_str()]),
            supplier,
        })
        .collect())
}

/// Locks a supplier, then reads it. Whoever adds to its chain of events, its evidence or its awards, or changes its
/// listing, holds this lock; whoever writes its products shares it ([`share`]).
pub async fn lock(tx: &Tx, id: SupplierId) -> Result<Option<Supplier>> {
    if tx.is_postgres() {
        let statement = tx.sql("SELECT id FROM supplier WHERE id = ? FOR NO KEY UPDATE", [id.to_string()]);
        if tx.connection().query_one_raw(statement).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(load_plain(tx, "s.id", &[id]).await?.pop())
}

/// The suppliers with these ids without what hangs on them, suspended ones too; ids of none are left out.
pub async fn plain(reader: &impl Reader, ids: &[SupplierId]) -> Result<Vec<Supplier>> {
    load_plain(reader, "s.id", ids).await
}

/// The suppliers that these companies are.
pub async fn of_companies(
    reader: &impl Reader,
    companies: &[crate::domain::ids::CompanyId],
) -> Result<Vec<Supplier>> {
    load_plain(reader, "s.company_id", companies).await
}

/// The ids of the suppliers with these external references.
pub async fn by_references(reader: &impl Reader, references: &[&str]) -> Result<HashMap<String, SupplierId>> {
    let suppliers = load_plain(reader, "s.external_reference", references).await?;
    Ok(suppliers
        .into_iter()
        .filter_map(|supplier| supplier.external_reference.map(|reference| (reference, supplier.id)))
        .collect())
}

async fn load_plain(
    reader: &impl Reader,
    column: &str,
    values: &[impl std::fmt::Display],
) -> Result<Vec<Supplier>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let condition = is_one_of(reader.backend(), column);
    let statement = reader.sql(
        &format!(
            "SELECT s.id, s.company_id, c.name, c.country, s.specialisation, s.description, s.established_on, \
             s.external_reference, s.suspended_at, s.suspended_reason, s.imported, s.version, s.created_at \
             FROM supplier s JOIN company c ON c.id = s.company_id WHERE {condition} ORDER BY s.id"
        ),
        [list_of(values)],
    );
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(|row| Supplier::try_from(Row::from_query_result(row, "")?)).collect()
}

/// The descriptions of suppliers, by id; cards do not carry them.
pub async fn descriptions(reader: &impl Reader, ids: &[SupplierId]) -> Result<HashMap<SupplierId, String>> {
    let condition = is_one_of(reader.backend(), "id");
    let text = format!("SELECT id, description FROM supplier WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get("", "id")?;
            Ok((parse("supplier.id", &id)?, row.try_get("", "description")?))
        })
        .collect()
}
