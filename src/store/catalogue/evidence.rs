//! What comes with a catalogue: audits, certificates, licences, pictures and documents. Records of evidence are read and
//! withdrawn in [`crate::store::trust`].

use std::collections::HashMap;

use entity::{media, product_certificate};
use sea_orm::ConnectionTrait;

use super::{corrupt, execute, insert_all, is_one_of, list_of, parse, rows_of};
use crate::domain::audit::{Audit, Certificate, Licence, Media, MediaDetails, MediaOwner};
use crate::domain::evidence::{Evidence, EvidenceId, Recorded};
use crate::domain::ids::{AuditId, CertificateId, FileId, ProductId, SupplierId};
use crate::domain::time::Timestamp;
use crate::store::risk::{self, Look};
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
    .await?;
    let holders = certificates.iter().map(|certificate| Look::Supplier(certificate.supplier));
    risk::look_at(tx, holders, created_at).await
}

/// Writes new licences.
pub async fn insert_licences(tx: &Tx, licences: &[Licence], created_at: Timestamp) -> Result<()> {
    insert(tx, licences, created_at, |licence| (Evidence::Licence(licence.clone()), licence.supplier))
        .await?;
    let holders = licences.iter().map(|licence| Look::Supplier(licence.supplier));
    risk::look_at(tx, holders, created_at).await
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

/// The certificates with these ids that still count; ids of others are left out.
pub async fn certificates(reader: &impl Reader, ids: &[CertificateId]) -> Result<Vec<Certificate>> {
    let ids: Vec<EvidenceId> = ids.iter().map(|id| EvidenceId::Certificate(*id)).collect();
    let records = trust::evidence::load(reader, &ids).await?;
    let counts = records.into_iter().filter(|known| known.withdrawn.is_none());
    Ok(counts
        .filter_map(|known| match known.evidence {
            Evidence::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect())
}

/// Says which certificates cover which products; each pair once.
pub async fn cover_products(tx: &Tx, pairs: &[(ProductId, CertificateId)]) -> Result<()> {
    let rows = pairs.iter().map(|(product, certificate)| product_certificate::Model {
        product_id: product.to_string(),
        certificate_id: certificate.to_string(),
    });
    insert_all::<product_certificate::Entity>(tx, rows.collect::<Vec<_>>()).await?;
    // Whatever the hour is, they are due.
    let looks = pairs.iter().map(|(product, _)| Look::Product(*product));
    risk::look_at(tx, looks, Timestamp::from_micros(0)).await
}

/// Says which certificates cover products, instead of those that did; refresh their listings afterwards.
pub async fn replace_covers(tx: &Tx, covers: &[(ProductId, &[CertificateId])]) -> Result<()> {
    let condition = is_one_of(tx.backend(), "product_id");
    let text = format!("DELETE FROM product_certificate WHERE {condition}");
    execute(tx, &text, [list_of(covers.iter().map(|(product, _)| product))]).await?;
    let pairs =
        covers.iter().flat_map(|(product, all)| all.iter().map(|certificate| (*product, *certificate)));
    cover_products(tx, &pairs.collect::<Vec<_>>()).await
}

/// The ids of the certificates that cover products, in their order.
pub async fn covers(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<CertificateId>>> {
    let order = "product_id, certificate_id";
    let mut found: HashMap<ProductId, Vec<CertificateId>> = HashMap::new();
    for pair in rows_of::<product_certificate::Entity>(reader, "product_id", ids, order).await? {
        let product = parse("product_certificate.product_id", &pair.product_id)?;
        let certificate = parse("product_certificate.certificate_id", &pair.certificate_id)?;
        found.entry(product).or_default().push(certificate);
    }
    Ok(found)
}

/// The ids of the certificates that cover products and still count, in their order.
pub(super) async fn counting_covers(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Vec<String>>> {
    let condition = is_one_of(reader.backend(), "c.product_id");
    let text = format!(
        "SELECT c.product_id, c.certificate_id FROM product_certificate c \
         LEFT JOIN evidence_record e ON e.id = c.certificate_id \
         WHERE {condition} AND e.withdrawn_at IS NULL ORDER BY c.product_id, c.certificate_id"
    );
    let mut found: HashMap<ProductId, Vec<String>> = HashMap::new();
    for row in reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await? {
        let product = parse("product_certificate.product_id", &row.try_get::<String>("", "product_id")?)?;
        found.entry(product).or_default().push(row.try_get("", "certificate_id")?);
    }
    Ok(found)
}

/// Whether a file is shown in public: with a listed product or supplier.
pub async fn is_public(reader: &impl Reader, file: FileId) -> Result<bool> {
    let text = "SELECT count(*) AS times FROM media m \
                LEFT JOIN product_listing p ON p.product_id = m.product_id \
                LEFT JOIN supplier_listing s ON s.supplier_id = m.supplier_id \
                WHERE m.file_id = ? AND (p.product_id IS NOT NULL OR s.supplier_id IS NOT NULL) \
                AND NOT EXISTS (SELECT 1 FROM evidence_record e WHERE e.id = m.id AND e.withdrawn_at IS NOT NULL)";
    let row = reader.connection().query_one_raw(reader.sql(text, [file.to_string()])).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get::<i64>("", "times")? > 0))
}

/// The products that a certificate covers.
pub async fn covered_products(reader: &impl Reader, id: CertificateId) -> Result<Vec<ProductId>> {
    let rows = rows_of::<product_certificate::Entity>(reader, "certificate_id", &[id], "product_id").await?;
    rows.iter().map(|row| parse("product_certificate.product_id", &row.product_id)).collect()
}

/// Writes new media as they come with a catalogue; those of suppliers are records of evidence, those of audits and
/// products parts of them.
pub async fn insert_media(tx: &Tx, media: &[Media], recorded_at: Timestamp) -> Result<()> {
    let of_supplier = |media: &Media| match media.owner {
        MediaOwner::Supplier(id) => Some(id),
        MediaOwner::Audit(_) | MediaOwner::Product(_) => None,
    };
    let records: Vec<Recorded> = media
        .iter()
        .filter_map(|media| of_supplier(media).map(|supplier| (media, supplier)))
        .map(|(media, supplier)| {
            let evidence = Evidence::Media(media.clone());
            Recorded { evidence, supplier, file: None, recorded_at, withdrawn: None }
        })
        .collect();
    trust::evidence::insert(tx, &records, None).await?;
    put_media(tx, media.iter().filter(|media| of_supplier(media).is_none())).await
}

/// Writes media without heads of evidence: those of products and audits, and those that have theirs.
pub(in crate::store) async fn put_media<'a>(
    tx: &Tx,
    media: impl IntoIterator<Item = &'a Media>,
) -> Result<()> {
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
            file_id: media.details.file.map(|file| file.to_string()),
            alternative_text: media.details.alternative_text.clone(),
            content_type: media.details.content_type.clone(),
            width: media.details.width,
            height: media.details.height,
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
        details: MediaDetails {
            file: row.file_id.map(|id| parse("media.file_id", &id)).transpose()?,
            alternative_text: row.alternative_text,
            content_type: row.content_type,
            width: row.width,
            height: row.height,
        },
    })
}
