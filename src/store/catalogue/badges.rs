//! Badge awards.

use std::collections::HashMap;
use std::hash::Hash;

use entity::badge_award;

use super::{corrupt, execute, insert_all, instant, parse, rows_of};
use crate::domain::badge::{BadgeAward, BadgeSubject, Revocation};
use crate::domain::ids::{BadgeAwardId, ProductId, SupplierId};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx};

/// Writes new awards; refresh the listings of their subjects afterwards.
pub async fn insert_badges(tx: &Tx, awards: &[BadgeAward]) -> Result<()> {
    let rows = awards.iter().map(|award| {
        let (supplier_id, product_id) = match award.subject {
            BadgeSubject::Supplier(id) => (Some(id.to_string()), None),
            BadgeSubject::Product(id) => (None, Some(id.to_string())),
        };
        badge_award::Model {
            id: award.id.to_string(),
            supplier_id,
            product_id,
            kind: award.kind.to_string(),
            issuer: award.issuer.clone(),
            evidence: award.evidence.clone(),
            granted_at: award.granted_at.micros(),
            expires_at: award.expires_at.map(Timestamp::micros),
            revoked_at: award.revoked.as_ref().map(|revoked| revoked.at.micros()),
            revoked_reason: award.revoked.as_ref().map(|revoked| revoked.reason.clone()),
        }
    });
    insert_all::<badge_award::Entity>(tx, rows).await
}

/// Ends an award before its time; says whether it still held. Refresh its subject's listing afterwards.
pub async fn revoke(tx: &Tx, id: BadgeAwardId, revocation: &Revocation) -> Result<bool> {
    let text =
        "UPDATE badge_award SET revoked_at = ?, revoked_reason = ? WHERE id = ? AND revoked_at IS NULL";
    let values: [sea_orm::Value; 3] =
        [revocation.at.micros().into(), revocation.reason.clone().into(), id.to_string().into()];
    Ok(execute(tx, text, values).await? == 1)
}

/// Every award of these suppliers, also lapsed and revoked ones, in the order of their grant.
pub async fn of_suppliers(
    reader: &impl Reader,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Vec<BadgeAward>>> {
    of(reader, "supplier_id", ids, |subject| match subject {
        BadgeSubject::Supplier(id) => Some(id),
        BadgeSubject::Product(_) => None,
    })
    .await
}

/// Every award of these products, also lapsed and revoked ones, in the order of their grant.
pub async fn of_products(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<BadgeAward>>> {
    of(reader, "product_id", ids, |subject| match subject {
        BadgeSubject::Product(id) => Some(id),
        BadgeSubject::Supplier(_) => None,
    })
    .await
}

async fn of<Id: Eq + Hash + std::fmt::Display>(
    reader: &impl Reader,
    column: &str,
    ids: &[Id],
    subject_id: fn(BadgeSubject) -> Option<Id>,
) -> Result<HashMap<Id, Vec<BadgeAward>>> {
    let mut awards: HashMap<Id, Vec<BadgeAward>> = HashMap::new();
    for row in rows_of::<badge_award::Entity>(reader, column, ids, "granted_at, id").await? {
        let award = award_from(row)?;
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
    let revoked = match (row.revoked_at, row.revoked_reason) {
        (Some(at), Some(reason)) => Some(Revocation { at: instant(at), reason }),
        (None, None) => None,
        _ => return Err(corrupt("badge_award.revoked_at", "half a revocation")),
    };
    Ok(BadgeAward {
        id: parse("badge_award.id", &row.id)?,
        subject,
        kind: parse("badge_award.kind", &row.kind)?,
        issuer: row.issuer,
        evidence: row.evidence,
        granted_at: instant(row.granted_at),
        expires_at: row.expires_at.map(instant),
        revoked,
    })
}
