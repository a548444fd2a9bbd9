//! Records of evidence: written once, withdrawn with a reason, never deleted.

use std::collections::HashMap;

use entity::evidence_record;
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::rows;
use crate::domain::evidence::{Evidence, EvidenceFile, EvidenceId, EvidenceKind, Recorded, Withdrawal};
use crate::domain::ids::{AppId, ProductId, SupplierId};
use crate::domain::time::Timestamp;
use crate::store::catalogue::{execute, insert_all, is_one_of, list_of};
use crate::store::{Error, Reader, Result, Tx, parse};

/// Writes new records. [`Error::Constraint`] where the number of an issuer is on record already.
pub async fn insert(tx: &Tx, records: &[Recorded], by: Option<AppId>) -> Result<()> {
    let heads = records.iter().map(|known| evidence_record::Model {
        id: known.evidence.id().to_string(),
        kind: known.evidence.id().kind().to_string(),
        supplier_id: known.supplier.to_string(),
        file_id: known.file.as_ref().map(|file| file.id.to_string()),
        file_sha256: known.file.as_ref().map(|file| file.sha256.clone()),
        recorded_by: by.map(|app| app.to_string()),
        recorded_at: known.recorded_at.micros(),
        ends_at: known.evidence.ends_at().map(Timestamp::micros),
        // What comes expired, as history does, was told by others.
        end_told: known.evidence.ends_at().is_some_and(|end| end <= known.recorded_at),
        natural_key: known.evidence.natural_key(),
        withdrawn_at: known.withdrawn.as_ref().map(|withdrawn| withdrawn.at.micros()),
        withdrawn_reason: known.withdrawn.as_ref().map(|withdrawn| withdrawn.reason.clone()),
    });
    insert_all::<evidence_record::Entity>(tx, heads.collect::<Vec<_>>()).await?;
    let contents: Vec<(&Evidence, Timestamp)> =
        records.iter().map(|known| (&known.evidence, known.recorded_at)).collect();
    rows::insert(tx, &contents).await
}

/// Withdraws a record that still counts; says whether it did.
pub async fn withdraw(tx: &Tx, id: EvidenceId, withdrawal: &Withdrawal) -> Result<bool> {
    let text = "UPDATE evidence_record SET withdrawn_at = ?, withdrawn_reason = ? WHERE id = ? AND withdrawn_at IS NULL";
    let values: [Value; 3] =
        [withdrawal.at.micros().into(), withdrawal.reason.clone().into(), id.to_string().into()];
    Ok(execute(tx, text, values).await? == 1)
}

/// The records of one kind of these suppliers, withdrawn and expired ones included, in the order of their kind.
pub async fn of_suppliers(
    reader: &impl Reader,
    kind: EvidenceKind,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Vec<Recorded>>> {
    let mut found: HashMap<SupplierId, Vec<Recorded>> = HashMap::new();
    for known in select(reader, kind, "t.supplier_id", ids).await? {
        found.entry(known.supplier).or_default().push(known);
    }
    Ok(found)
}

/// Every record of a supplier that a badge can rest on, withdrawn and expired ones included.
pub async fn of_supplier(reader: &impl Reader, id: SupplierId) -> Result<Vec<Recorded>> {
    let mut found = Vec::new();
    for &kind in EvidenceKind::ALL {
        found.extend(select(reader, kind, "t.supplier_id", &[id]).await?);
    }
    Ok(found)
}

/// The records with these ids; ids of none are left out.
pub async fn load(reader: &impl Reader, ids: &[EvidenceId]) -> Result<Vec<Recorded>> {
    let mut found = Vec::new();
    for &kind in EvidenceKind::ALL {
        let of_kind: Vec<&EvidenceId> = ids.iter().filter(|id| id.kind() == kind).collect();
        found.extend(select(reader, kind, "t.id", &of_kind).await?);
    }
    Ok(found)
}

/// The certificates that cover products, withdrawn and expired ones included, those that are valid longest first.
pub async fn certificates_of_products(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<Recorded>>> {
    let condition = is_one_of(reader.backend(), "p.product_id");
    let text = format!(
        "SELECT p.product_id, {COLUMNS} FROM product_certificate p JOIN certificate t ON t.id = p.certificate_id \
         LEFT JOIN evidence_record e ON e.id = t.id WHERE {condition} \
         ORDER BY t.valid_until DESC, t.id"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    let mut found: HashMap<ProductId, Vec<Recorded>> = HashMap::new();
    for row in &rows {
        let product = parse("product_certificate.product_id", &row.try_get::<String>("", "product_id")?)?;
        found.entry(product).or_default().push(recorded(EvidenceKind::Certificate, row)?);
    }
    Ok(found)
}

/// Whether a record of this kind counts under this issuer and number, whosever it is.
pub async fn is_on_record(reader: &impl Reader, kind: EvidenceKind, natural_key: &str) -> Result<bool> {
    let text = "SELECT id FROM evidence_record WHERE kind = ? AND natural_key = ? AND withdrawn_at IS NULL";
    let values: [Value; 2] = [kind.as_str().into(), natural_key.into()];
    Ok(reader.connection().query_one_raw(reader.sql(text, values)).await?.is_some())
}

/// Suppliers with records whose end was not told yet by `now`, but for some, in no order; at most so many.
pub async fn with_ends(
    reader: &impl Reader,
    now: Timestamp,
    but: &[SupplierId],
    limit: u32,
) -> Result<Vec<SupplierId>> {
    let but_for = is_one_of(reader.backend(), "supplier_id");
    let text = format!(
        "SELECT DISTINCT supplier_id AS id FROM evidence_record WHERE ends_at <= ? AND end_told = ? \
         AND withdrawn_at IS NULL AND NOT ({but_for}) LIMIT ?"
    );
    let values: [Value; 4] = [now.micros().into(), false.into(), list_of(but), i64::from(limit).into()];
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(|row| parse("evidence_record.supplier_id", &row.try_get::<String>("", "id")?)).collect()
}

/// Notes that the ends of a supplier's records up to `now` are told, and answers which were not: id and end.
pub async fn tell_ends(
    tx: &Tx,
    supplier: SupplierId,
    now: Timestamp,
) -> Result<Vec<(EvidenceId, Timestamp)>> {
    let text = "UPDATE evidence_record SET end_told = ? WHERE supplier_id = ? AND ends_at <= ? AND end_told = ? \
                AND withdrawn_at IS NULL RETURNING id, ends_at";
    let values: [Value; 4] = [true.into(), supplier.to_string().into(), now.micros().into(), false.into()];
    let rows = tx.connection().query_all_raw(tx.sql(text, values)).await?;
    let mut found = rows
        .iter()
        .map(|row| {
            let id = parse("evidence_record.id", &row.try_get::<String>("", "id")?)?;
            Ok((id, Timestamp::from_micros(row.try_get("", "ends_at")?)))
        })
        .collect::<Result<Vec<_>>>()?;
    found.sort_unstable_by_key(|(id, end): &(EvidenceId, Timestamp)| (*end, *id));
    Ok(found)
}

/// What is read of a record; pictures of products and of audits are none: its kind's table `t`, and what all records have, `e`.
const COLUMNS: &str = "t.*, e.supplier_id AS holder, e.file_id AS document_id, e.file_sha256, \
                       e.recorded_at, e.withdrawn_at, e.withdrawn_reason";

async fn select(
    reader: &impl Reader,
    kind: EvidenceKind,
    column: &str,
    ids: &[impl std::fmt::Display],
) -> Result<Vec<Recorded>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (table, order) = (rows::table(kind), rows::order(kind));
    let condition = is_one_of(reader.backend(), column);
    let text = format!(
        "SELECT {COLUMNS} FROM {table} t LEFT JOIN evidence_record e ON e.id = t.id WHERE {condition} \
         AND t.supplier_id IS NOT NULL ORDER BY {order}"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter().map(|row| recorded(kind, row)).collect()
}

/// What has no head of its own was always there.
fn recorded(kind: EvidenceKind, row: &QueryResult) -> Result<Recorded> {
    let text = |column: &str| row.try_get::<Option<String>>("", column);
    let evidence = rows::read(kind, row)?;
    let (file, sha256) = (text("document_id")?, text("file_sha256")?);
    let file = match file.zip(sha256) {
        Some((id, sha256)) => Some(EvidenceFile { id: parse("evidence_record.file_id", &id)?, sha256 }),
        None => None,
    };
    let withdrawn_at: Option<i64> = row.try_get("", "withdrawn_at")?;
    let withdrawn = withdrawn_at.zip(text("withdrawn_reason")?);
    let holder = match text("holder")? {
        Some(holder) => holder,
        None => {
            text("supplier_id")?.ok_or_else(|| Error::Corrupt(format!("{} is nobody's", evidence.id())))?
        }
    };
    Ok(Recorded {
        supplier: parse("evidence_record.supplier_id", &holder)?,
        file,
        recorded_at: Timestamp::from_micros(row.try_get::<Option<i64>>("", "recorded_at")?.unwrap_or(0)),
        withdrawn: withdrawn.map(|(at, reason)| Withdrawal { at: Timestamp::from_micros(at), reason }),
        evidence,
    })
}
