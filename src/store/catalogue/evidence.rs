//! Audits, certificates, licences and media.

use std::collections::HashMap;

use entity::{audit, certificate, licence, media, product_certificate};

use super::{corrupt, day, insert_all, instant, parse, rows_of};
use crate::domain::audit::{Audit, AuditScope, Certificate, Licence, Media, MediaOwner};
use crate::domain::ids::{AuditId, CertificateId, ProductId, SupplierId};
use crate::domain::time::{Day, Timestamp};
use crate::store::risk::{self, Look};
use crate::store::{Reader, Result, Tx};

/// Writes new audits.
pub async fn insert_audits(tx: &Tx, audits: &[Audit], created_at: Timestamp) -> Result<()> {
    let rows = audits.iter().map(|audit| audit::Model {
        id: audit.id.to_string(),
        supplier_id: audit.supplier.to_string(),
        institution: audit.institution.clone(),
        auditor: audit.auditor.clone(),
        online: audit.online,
        onsite: audit.onsite,
        company_profile: audit.scope.company_profile,
        production_capacity: audit.scope.production_capacity,
        production_process: audit.scope.production_process,
        management_controls: audit.scope.management_controls,
        passed: audit.passed,
        reported_on: audit.reported_on.number(),
        valid_until: audit.valid_until.number(),
        created_at: created_at.micros(),
    });
    insert_all::<audit::Entity>(tx, rows).await
}

/// Writes new certificates.
pub async fn insert_certificates(tx: &Tx, certificates: &[Certificate], created_at: Timestamp) -> Result<()> {
    let rows = certificates.iter().map(|certificate| certificate::Model {
        id: certificate.id.to_string(),
        supplier_id: certificate.supplier.to_string(),
        kind: certificate.kind.to_string(),
        standard: certificate.standard.clone(),
        issuer: certificate.issuer.clone(),
        number: certificate.number.clone(),
        scope: certificate.scope.clone(),
        valid_from: certificate.valid_from.number(),
        valid_until: certificate.valid_until.number(),
        sha256: certificate.sha256.clone(),
        created_at: created_at.micros(),
    });
    insert_all::<certificate::Entity>(tx, rows).await?;
    let holders = certificates.iter().map(|certificate| Look::Supplier(certificate.supplier));
    risk::look_at(tx, holders, created_at).await
}

/// Says which certificates cover which products; each pair once.
pub async fn cover_products(tx: &Tx, pairs: &[(ProductId, CertificateId)]) -> Result<()> {
    let rows = pairs.iter().map(|(product, certificate)| product_certificate::Model {
        product_id: product.to_string(),
        certificate_id: certificate.to_string(),
    });
    insert_all::<product_certificate::Entity>(tx, rows).await?;
    // Whatever the hour is, they are due.
    risk::look_at(tx, pairs.iter().map(|(product, _)| Look::Product(*product)), instant(0)).await
}

/// Writes new licences.
pub async fn insert_licences(tx: &Tx, licences: &[Licence], created_at: Timestamp) -> Result<()> {
    let rows = licences.iter().map(|licence| licence::Model {
        id: licence.id.to_string(),
        supplier_id: licence.supplier.to_string(),
        issuer: licence.issuer.clone(),
        number: licence.number.clone(),
        scope: licence.scope.clone(),
        valid_from: licence.valid_from.number(),
        valid_until: licence.valid_until.map(Day::number),
        sha256: licence.sha256.clone(),
        created_at: created_at.micros(),
    });
    insert_all::<licence::Entity>(tx, rows).await?;
    let holders = licences.iter().map(|licence| Look::Supplier(licence.supplier));
    risk::look_at(tx, holders, created_at).await
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
    insert_all::<media::Entity>(tx, rows).await
}

/// The audits of suppliers, newest first.
pub async fn audits_of(reader: &impl Reader, ids: &[SupplierId]) -> Result<HashMap<SupplierId, Vec<Audit>>> {
    let rows = rows_of::<audit::Entity>(reader, "supplier_id", ids, "reported_on DESC, id DESC").await?;
    grouped(rows, audit_from, |audit| audit.supplier)
}

/// The certificates of suppliers, those that are valid longest first.
pub async fn certificates_of(
    reader: &impl Reader,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Vec<Certificate>>> {
    let rows = rows_of::<certificate::Entity>(reader, "supplier_id", ids, "valid_until DESC, id").await?;
    grouped(rows, certificate_from, |certificate| certificate.supplier)
}

/// The certificates that cover products, those that are valid longest first.
pub async fn certificates_of_products(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<Certificate>>> {
    let pairs = rows_of::<product_certificate::Entity>(reader, "product_id", ids, "product_id").await?;
    let mut wanted: Vec<&str> = pairs.iter().map(|pair| pair.certificate_id.as_str()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rows = rows_of::<certificate::Entity>(reader, "id", &wanted, "valid_until DESC, id").await?;
    let mut covered: HashMap<&str, Vec<ProductId>> = HashMap::new();
    for pair in &pairs {
        let product = parse("product_certificate.product_id", &pair.product_id)?;
        covered.entry(&pair.certificate_id).or_default().push(product);
    }
    let mut found: HashMap<ProductId, Vec<Certificate>> = HashMap::new();
    for row in rows {
        let products = covered.remove(row.id.as_str()).unwrap_or_default();
        let certificate = certificate_from(row)?;
        for product in products {
            found.entry(product).or_default().push(certificate.clone());
        }
    }
    Ok(found)
}

/// The licences of suppliers, in the order of their numbers.
pub async fn licences_of(
    reader: &impl Reader,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Vec<Licence>>> {
    let rows = rows_of::<licence::Entity>(reader, "supplier_id", ids, "number, id").await?;
    grouped(rows, licence_from, |licence| licence.supplier)
}

/// The media of suppliers, in their order.
pub async fn media_of_suppliers(
    reader: &impl Reader,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Vec<Media>>> {
    media_of(reader, "supplier_id", ids, |owner| match owner {
        MediaOwner::Supplier(id) => Some(id),
        _ => None,
    })
    .await
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

fn grouped<Row, T>(
    rows: Vec<Row>,
    read: fn(Row) -> Result<T>,
    key: fn(&T) -> SupplierId,
) -> Result<HashMap<SupplierId, Vec<T>>> {
    let mut found: HashMap<SupplierId, Vec<T>> = HashMap::new();
    for row in rows {
        let value = read(row)?;
        found.entry(key(&value)).or_default().push(value);
    }
    Ok(found)
}

fn audit_from(row: audit::Model) -> Result<Audit> {
    Ok(Audit {
        id: parse("audit.id", &row.id)?,
        supplier: parse("audit.supplier_id", &row.supplier_id)?,
        institution: row.institution,
        auditor: row.auditor,
        online: row.online,
        onsite: row.onsite,
        scope: AuditScope {
            company_profile: row.company_profile,
            production_capacity: row.production_capacity,
            production_process: row.production_process,
            management_controls: row.management_controls,
        },
        passed: row.passed,
        reported_on: day(row.reported_on),
        valid_until: day(row.valid_until),
    })
}

fn certificate_from(row: certificate::Model) -> Result<Certificate> {
    Ok(Certificate {
        id: parse("certificate.id", &row.id)?,
        supplier: parse("certificate.supplier_id", &row.supplier_id)?,
        kind: parse("certificate.kind", &row.kind)?,
        standard: row.standard,
        issuer: row.issuer,
        number: row.number,
        scope: row.scope,
        valid_from: day(row.valid_from),
        valid_until: day(row.valid_until),
        sha256: row.sha256,
    })
}

fn licence_from(row: licence::Model) -> Result<Licence> {
    Ok(Licence {
        id: parse("licence.id", &row.id)?,
        supplier: parse("licence.supplier_id", &row.supplier_id)?,
        issuer: row.issuer,
        number: row.number,
        scope: row.scope,
        valid_from: day(row.valid_from),
        valid_until: row.valid_until.map(day),
        sha256: row.sha256,
    })
}

fn media_from(row: media::Model) -> Result<Media> {
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
