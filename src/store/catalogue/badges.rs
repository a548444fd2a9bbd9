//! Badge awards.

use std::collections::HashMap;
use std::hash::Hash;

use entity::badge_award;
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult};

use super::{corrupt, execute, insert_all, instant, is_one_of, list_of, parse, products, rows_of};
use crate::domain::badge::{BadgeAward, BadgeKind, BadgeSubject, EndedBy, Revocation, offer_sha256};
use crate::domain::ids::{BadgeAwardId, ProductId, SupplierId};
use crate::domain::product::{Product, ProductStatus};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx};

/// Writes awards as they are, such as those of history; those of products are about the offers that there are now.
/// Refresh the listings of their subjects afterwards.
pub async fn insert_badges(tx: &Tx, awards: &[BadgeAward]) -> Result<()> {
    let of_product = |award: &BadgeAward| match award.subject {
        BadgeSubject::Product(id) => Some(id),
        BadgeSubject::Supplier(_) => None,
    };
    let ids: Vec<ProductId> = awards.iter().filter_map(of_product).collect();
    let products = products::load(tx, &ids).await?;
    let offers: HashMap<ProductId, String> =
        products.iter().map(|product| (product.id, offer_sha256(product))).collect();
    let offer = |award| of_product(award).and_then(|id| offers.get(&id).cloned());
    let rows = awards.iter().map(|award| row(award, offer(award))).collect::<Result<Vec<_>>>()?;
    insert_all::<badge_award::Entity>(tx, rows).await
}

/// Writes an award that the rules granted: to a product for an offer by its SHA-256.
pub async fn grant(tx: &Tx, award: &BadgeAward, offer: Option<String>) -> Result<()> {
    insert_all::<badge_award::Entity>(tx, [row(award, offer)?]).await
}

fn row(award: &BadgeAward, offer_sha256: Option<String>) -> Result<badge_award::Model> {
    let (supplier_id, product_id) = match award.subject {
        BadgeSubject::Supplier(id) => (Some(id.to_string()), None),
        BadgeSubject::Product(id) => (None, Some(id.to_string())),
    };
    let revoked = award.revoked.as_ref();
    Ok(badge_award::Model {
        id: award.id.to_string(),
        supplier_id,
        product_id,
        kind: award.kind.to_string(),
        issuer: award.issuer.clone(),
        evidence: serde_json::to_string(&award.evidence)
            .map_err(|error| corrupt("badge_award.evidence", error))?,
        granted_at: award.granted_at.micros(),
        expires_at: award.expires_at.map(Timestamp::micros),
        revoked_at: revoked.map(|revoked| revoked.at.micros()),
        revoked_reason: revoked.map(|revoked| revoked.reason.clone()),
        revoked_by: revoked.map(|revoked| revoked.by.to_string()),
        policy_version: award.policy_version,
        offer_sha256,
        // What comes ended, as history does, was told by others.
        end_told: revoked.is_some(),
    })
}

/// Ends an award before its time; says whether it still held. Refresh its subject's listing afterwards. The clock's
/// worker tells the end as an event, unless whoever ends it does and notes it by [`note_told`].
pub async fn revoke(tx: &Tx, id: BadgeAwardId, revocation: &Revocation) -> Result<bool> {
    let text = "UPDATE badge_award SET revoked_at = ?, revoked_reason = ?, revoked_by = ? \
                WHERE id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";
    let values: [sea_orm::Value; 5] = [
        revocation.at.micros().into(),
        revocation.reason.clone().into(),
        revocation.by.to_string().into(),
        id.to_string().into(),
        revocation.at.micros().into(),
    ];
    Ok(execute(tx, text, values).await? == 1)
}

/// Notes that the ends of these awards are told.
pub async fn note_told(tx: &Tx, ids: &[BadgeAwardId]) -> Result<()> {
    let condition = is_one_of(tx.backend(), "id");
    let text = format!("UPDATE badge_award SET end_told = ? WHERE {condition}");
    let values: [sea_orm::Value; 2] = [true.into(), list_of(ids)];
    execute(tx, &text, values).await?;
    Ok(())
}

/// An award by its id, with the supplier that it is about or whose product it is about.
pub async fn find(reader: &impl Reader, id: BadgeAwardId) -> Result<Option<(BadgeAward, SupplierId)>> {
    let text = "SELECT b.*, COALESCE(b.supplier_id, p.supplier_id) AS holder FROM badge_award b \
                LEFT JOIN product p ON p.id = b.product_id WHERE b.id = ?";
    let row = reader.connection().query_one_raw(reader.sql(text, [id.to_string()])).await?;
    row.map(|row| Ok((award_from(badge_award::Model::from_query_result(&row, "")?)?, holder(&row)?)))
        .transpose()
}

/// Suppliers with awards, also of their products, whose end by `now` was not told yet, but for some; at most so many.
pub async fn with_ends(
    reader: &impl Reader,
    now: Timestamp,
    but: &[SupplierId],
    limit: u32,
) -> Result<Vec<SupplierId>> {
    let but_for = is_one_of(reader.backend(), "holder");
    let text = format!(
        "SELECT DISTINCT holder FROM (SELECT COALESCE(b.supplier_id, p.supplier_id) AS holder FROM (\
         SELECT supplier_id, product_id FROM badge_award WHERE expires_at <= ? AND end_told = ? \
         UNION SELECT supplier_id, product_id FROM badge_award WHERE revoked_at <= ? AND end_told = ?) b \
         LEFT JOIN product p ON p.id = b.product_id) x WHERE NOT ({but_for}) LIMIT ?"
    );
    let (now, untold) = (sea_orm::Value::from(now.micros()), sea_orm::Value::from(false));
    let values = [now.clone(), untold.clone(), now, untold, list_of(but), i64::from(limit).into()];
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(holder).collect()
}

/// The awards of a supplier and its products that ended by `now` untold, the earliest end first; at most so many.
pub async fn untold(tx: &Tx, supplier: SupplierId, now: Timestamp, limit: u32) -> Result<Vec<BadgeAward>> {
    let text = "SELECT b.* FROM badge_award b WHERE (b.supplier_id = ? OR b.product_id IN \
                (SELECT id FROM product WHERE supplier_id = ?)) AND b.end_told = ? \
                AND (b.expires_at <= ? OR b.revoked_at <= ?) ORDER BY COALESCE(b.revoked_at, b.expires_at), b.id LIMIT ?";
    let id = supplier.to_string();
    let values: [sea_orm::Value; 6] = [
        id.clone().into(),
        id.into(),
        false.into(),
        now.micros().into(),
        now.micros().into(),
        i64::from(limit).into(),
    ];
    let rows = tx.connection().query_all_raw(tx.sql(text, values)).await?;
    rows.iter().map(|row| award_from(badge_award::Model::from_query_result(row, "")?)).collect()
}

/// Ends the awards of products that were granted for another offer than the one that stands now, or for one that is no
/// longer made. The clock's worker tells it.
pub async fn end_changed_offers(tx: &Tx, products: &[Product], now: Timestamp) -> Result<()> {
    let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    let condition = is_one_of(tx.backend(), "product_id");
    let text = format!(
        "SELECT id, product_id, offer_sha256 FROM badge_award WHERE {condition} AND offer_sha256 IS NOT NULL \
         AND revoked_at IS NULL"
    );
    for row in tx.connection().query_all_raw(tx.sql(&text, [list_of(&ids)])).await? {
        let of: String = row.try_get("", "product_id")?;
        let offer: String = row.try_get("", "offer_sha256")?;
        let stands = products.iter().any(|product| {
            product.id.to_string() == of
                && product.status == ProductStatus::Published
                && offer_sha256(product) == offer
        });
        if !stands {
            let id = parse("badge_award.id", &row.try_get::<String>("", "id")?)?;
            let reason = "The offer changed.".to_owned();
            revoke(tx, id, &Revocation { at: now, reason, by: EndedBy::Rules }).await?;
        }
    }
    Ok(())
}

/// Ends every award of a supplier's products that is in force, however it was granted, as the supplier is not
/// protected; answers their kinds and products. Whoever calls it tells the ends.
pub async fn end_of_products(
    tx: &Tx,
    supplier: SupplierId,
    revocation: &Revocation,
) -> Result<Vec<(BadgeKind, ProductId)>> {
    let text = "UPDATE badge_award SET revoked_at = ?, revoked_reason = ?, revoked_by = ?, end_told = ? \
                WHERE product_id IN (SELECT id FROM product WHERE supplier_id = ?) \
                AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) RETURNING kind, product_id";
    let values: [sea_orm::Value; 6] = [
        revocation.at.micros().into(),
        revocation.reason.clone().into(),
        revocation.by.to_string().into(),
        true.into(),
        supplier.to_string().into(),
        revocation.at.micros().into(),
    ];
    let rows = tx.connection().query_all_raw(tx.sql(text, values)).await?;
    rows.iter()
        .map(|row| {
            Ok((
                parse("badge_award.kind", &row.try_get::<String>("", "kind")?)?,
                parse("badge_award.product_id", &row.try_get::<String>("", "product_id")?)?,
            ))
        })
        .collect()
}

/// Suppliers with an award of a kind in force that the rules granted, behind an id, in the order of their ids.
pub async fn holders(
    reader: &impl Reader,
    kind: BadgeKind,
    (behind, now): (&str, Timestamp),
    limit: u32,
) -> Result<Vec<SupplierId>> {
    let text = "SELECT DISTINCT supplier_id AS holder FROM badge_award WHERE kind = ? AND policy_version IS NOT NULL \
                AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?) AND supplier_id > ? \
                ORDER BY supplier_id LIMIT ?";
    let values: [sea_orm::Value; 4] =
        [kind.to_string().into(), now.micros().into(), behind.to_owned().into(), i64::from(limit).into()];
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter().map(holder).collect()
}

fn holder(row: &QueryResult) -> Result<SupplierId> {
    parse("badge_award.supplier_id", &row.try_get::<String>("", "holder")?)
}

/// Every award of these suppliers, also lapsed and revoked ones, in the order of their grant.
pub async fn of_suppliers(
    reader: &impl Reader,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Vec<BadgeAward>>> {
    of(reader, "supplier_id", ids, supplier_of).await
}

/// Every award of these products, also lapsed and revoked ones, in the order of their grant.
pub async fn of_products(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<BadgeAward>>> {
    of(reader, "product_id", ids, product_of).await
}

/// The awards of these suppliers for those who also look at what ended: those in force at an instant first, then the
/// others, each newest first; of one supplier at most so many.
pub async fn shown_of_suppliers(
    reader: &impl Reader,
    ids: &[SupplierId],
    shown: (Timestamp, i64),
) -> Result<HashMap<SupplierId, Vec<BadgeAward>>> {
    shown_of(reader, "supplier_id", ids, shown, supplier_of).await
}

/// The same of products.
pub async fn shown_of_products(
    reader: &impl Reader,
    ids: &[ProductId],
    shown: (Timestamp, i64),
) -> Result<HashMap<ProductId, Vec<BadgeAward>>> {
    shown_of(reader, "product_id", ids, shown, product_of).await
}

const fn supplier_of(subject: BadgeSubject) -> Option<SupplierId> {
    match subject {
        BadgeSubject::Supplier(id) => Some(id),
        BadgeSubject::Product(_) => None,
    }
}

const fn product_of(subject: BadgeSubject) -> Option<ProductId> {
    match subject {
        BadgeSubject::Product(id) => Some(id),
        BadgeSubject::Supplier(_) => None,
    }
}

async fn shown_of<Id: Eq + Hash + std::fmt::Display>(
    reader: &impl Reader,
    column: &str,
    ids: &[Id],
    (now, limit): (Timestamp, i64),
    subject_id: fn(BadgeSubject) -> Option<Id>,
) -> Result<HashMap<Id, Vec<BadgeAward>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let condition = is_one_of(reader.backend(), column);
    let text = format!(
        "SELECT * FROM (SELECT badge_award.*, row_number() OVER (PARTITION BY {column} ORDER BY CASE \
         WHEN granted_at <= ? AND (expires_at IS NULL OR expires_at > ?) AND (revoked_at IS NULL OR revoked_at > ?) \
         THEN 0 ELSE 1 END, granted_at DESC, id DESC) AS place FROM badge_award WHERE {condition}) x \
         WHERE place <= ? ORDER BY {column}, place"
    );
    let now = sea_orm::Value::from(now.micros());
    let values = [now.clone(), now.clone(), now, list_of(ids), limit.into()];
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let awards = rows.iter().map(|row| award_from(badge_award::Model::from_query_result(row, "")?));
    by_subject(awards, subject_id)
}

async fn of<Id: Eq + Hash + std::fmt::Display>(
    reader: &impl Reader,
    column: &str,
    ids: &[Id],
    subject_id: fn(BadgeSubject) -> Option<Id>,
) -> Result<HashMap<Id, Vec<BadgeAward>>> {
    let rows = rows_of::<badge_award::Entity>(reader, column, ids, "granted_at, id").await?;
    by_subject(rows.into_iter().map(award_from), subject_id)
}

fn by_subject<Id: Eq + Hash>(
    found: impl Iterator<Item = Result<BadgeAward>>,
    subject_id: fn(BadgeSubject) -> Option<Id>,
) -> Result<HashMap<Id, Vec<BadgeAward>>> {
    let mut awards: HashMap<Id, Vec<BadgeAward>> = HashMap::new();
    for award in found {
        let award = award?;
        if let Some(id) = subject_id(award.subject) {
            awards.entry(id).or_default().push(award);
        }
    }
    Ok(awards)
}

fn award_from(row: badge_award::Model) -> Result<BadgeAward> {
    let subject = match (row.supplier_id, row.product_id) {
        (Some(id), None) => BadgeSubject::Supplier(parse("badge_award.supplier_id", &id)?),
        (None, Some(id)) => BadgeSubject::Product(parse("badge_award.product_id", &id)?),
        _ => return Err(corrupt("badge_award", "no or two subjects")),
    };
    let revoked = match (row.revoked_at, row.revoked_reason, row.revoked_by) {
        (Some(at), Some(reason), Some(by)) => {
            Some(Revocation { at: instant(at), reason, by: parse("badge_award.revoked_by", &by)? })
        }
        (None, None, None) => None,
        _ => return Err(corrupt("badge_award.revoked_at", "half a revocation")),
    };
    Ok(BadgeAward {
        id: parse("badge_award.id", &row.id)?,
        subject,
        kind: parse("badge_award.kind", &row.kind)?,
        issuer: row.issuer,
        evidence: serde_json::from_str(&row.evidence)
            .map_err(|error| corrupt("badge_award.evidence", error))?,
        granted_at: instant(row.granted_at),
        expires_at: row.expires_at.map(instant),
        revoked,
        policy_version: row.policy_version,
    })
}
