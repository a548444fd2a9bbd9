//! What comes with a catalogue: audits, certificates, licences, pictures and documents. Records of evidence are read and
//! withdrawn in [`crate::store::trust`].

use std::collections::HashMap;

use entity::{media, product_certificate};

use super::{corrupt, insert_all, parse, rows_of};
use crate::domain::audit::{Audit, Certificate, Licence, Media, MediaOwner};
use crate::domain::evidence::{Evidence, Recorded};
use crate::domain::ids::{AuditId, CertificateId, ProductId, SupplierId};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx, trust};

/// Writes new audits.
pub async fn insert_audits(tx: &Tx, audits: &[Audit], created_at: Timestamp) -> Result<()> {
    insert(tx, audits, created_at, |audit| (Evidence::Audit(audit.clone()), audit.supplier)).await
}

/// Writes new certificates.
pub async fn insert_certificates(tx: &Tx, certificates: &[Certificate], created_at: Timestamp) -> Result<()> {
    insert(tx, certificates, created_at, |certificate| {
        (Evidence::Certificate(certificate.clone()), certificate.supplier)
    })
    .await
}

/// Writes new licences.
pub async fn insert_licences(tx: &Tx, licences: &[Licence], created_at: Timestamp) -> Result<()> {
    insert(tx, licences, created_at, |licence| (Evidence::Licence(licence.clone()), licence.supplier)).await
}

/// Writes records as they come with a catalogue: without a document of ours.
async fn insert<T>(
    tx: &Tx,
    all: &[T],
    recorded_at: Timestamp,
    read: fn(&T) -> (Evidence, SupplierId),
) -> Result<()> {
    let records: Vec<Recorded> = all
        .iter()
        .map(read)
        .map(|(evidence, supplier)| Recorded { evidence, supplier, file: None, recorded_at, withdrawn: None })
        .collect();
    trust::evidence::insert(tx, &records, None).await
}

/// Says which certificates cover which products; each pair once.
pub async fn cover_products(tx: &Tx, pairs: &[(ProductId, CertificateId)]) -> Result<()> {
    let rows = pairs.iter().map(|(product, certificate)| product_certificate::Model {
        product_id: product.to_string(),
        certificate_id: certificate.to_string(),
    });
    insert_all::<product_certificate::Entity>(tx, rows.collect::<Vec<_>>()).await
}

/// The products that a certificate covers.
pub async fn covered_products(reader: &impl Reader, id: CertificateId) -> Result<Vec<ProductId>> {
    let rows = rows_of::<product_certificate::Entity>(reader, "certificate_id", &[id], "product_id").await?;
    rows.iter().map(|row| parse("product_certificate.product_id", &row.product_id)).collect()
}

/// Writes new media; those of products also come with `products::insert_products`.
pub async fn insert_media<'a>(tx: &Tx, media: impl IntoIterator<Item = &'a Media>) -> Result<()> {
    let rows = media.into_iter().map(|media| {
        let (mut supplier_id, mut audit_id, mut product_id) = (None, None, None);
        match media.owner {
            MediaOwner::Supplier(id) => supplier_id = Some(id.to_string()),
            MediaOwner::Audit(id) => audit_id = Some(id.to_string()),
            MediaOwner::Product(id) => product_id = Some(id.to_string()),
        }
        media::Model {
            id: media.id.to_string(),
            supplier_id,
            audit_id,
            product_id,
            kind: media.kind.to_string(),
            title: media.title.clone(),
            url: media.url.clone(),
            sha256: media.sha256.clone(),
            position: media.position,
        }
    });
    insert_all::<media::Entity>(tx, rows.collect::<Vec<_>>()).await
}

/// The media of audits, in their order.
pub async fn media_of_audits(reader: &impl Reader, ids: &[AuditId]) -> Result<HashMap<AuditId, Vec<Media>>> {
    media_of(reader, "audit_id", ids, |owner| match owner {
        MediaOwner::Audit(id) => Some(id),
        _ => None,
    })
    .await
}

/// The media of products, in their order.
pub async fn media_of_products(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<Media>>> {
    media_of(reader, "product_id", ids, |owner| match owner {
        MediaOwner::Product(id) => Some(id),
        _ => None,
    })
    .await
}

async fn media_of<Id: Eq + std::hash::Hash + std::fmt::Display>(
    reader: &impl Reader,
    column: &str,
    ids: &[Id],
    owner_id: fn(MediaOwner) -> Option<Id>,
) -> Result<HashMap<Id, Vec<Media>>> {
    let mut found: HashMap<Id, Vec<Media>> = HashMap::new();
    for row in rows_of::<media::Entity>(reader, column, ids, "position, id").await? {
        let media = media_from(row)?;
        if let Some(id) = owner_id(media.owner) {
            found.entry(id).or_default().push(media);
        }
    }
    Ok(found)
}

pub(in crate::store) fn media_from(row: media::Model) -> Result<Media> {
    let owner = match (row.supplier_id, row.audit_id, row.product_id) {
        (Some(id), None, None) => MediaOwner::Supplier(parse("media.supplier_id", &id)?),
        (None, Some(id), None) => MediaOwner::Audit(parse("media.audit_id", &id)?),
        (None, None, Some(id)) => MediaOwner::Product(parse("media.product_id", &id)?),
        _ => return Err(corrupt("media", "no or two owners")),
    };
    Ok(Media {
        id: parse("media.id", &row.id)?,
        owner,
        kind: parse("media.kind", &row.kind)?,
        title: row.title,
        url: row.url,
        sha256: row.sha256,
        position: row.position,
    })
}
