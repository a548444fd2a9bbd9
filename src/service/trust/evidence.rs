//! Recording evidence, and withdrawing it.

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::{Media, MediaDetails, MediaKind, MediaOwner};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::evidence::{Evidence, EvidenceFile, EvidenceId, EvidenceKind, Recorded, Withdrawal};
use crate::domain::ids::{FileId, ProductId, SupplierId, TypedId};
use crate::domain::time::Timestamp;
use crate::service::files;
use crate::service::orders::{Envelope, Made};
use crate::service::{Error, Result};
use crate::store::catalogue::listing;
use crate::store::{self, Tx};

use super::{Kept, OnSupplier, Opened, Request, check_reason, close, conflict, open, require_staff, retry};

/// A document that was uploaded, with the SHA-256 that the caller knows it by.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// What its content hashes to; another one is refused.
    pub sha256: Option<String>,
}

/// What comes along with a record.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// The document.
    pub document: Option<Document>,
    /// Reports, films, panoramas and tours of an audit: what each is and shows, and the file or the address with its hash.
    pub media: Vec<(MediaKind, String, Source)>,
    /// The products that a certificate covers.
    pub products: Vec<ProductId>,
}

/// Where a film or report is.
#[derive(Debug, Clone)]
pub enum Source {
    /// Uploaded here.
    Uploaded(Document),
    /// Elsewhere, with the SHA-256 of its content where it is known.
    Elsewhere(String, Option<String>),
}

/// An id for a record that is to be made.
pub fn new_id<Id: TypedId>(app: &App) -> Id {
    app.ids.make(app.clock.now())
}

/// Puts a record of evidence on file: the platform's staff only. The rules are asked again about the supplier's badges.
pub async fn record(
    app: &App,
    actor: &Actor,
    (operation, evidence): (&str, &Evidence),
    (supplier, parts): (SupplierId, &Parts),
    envelope: &Envelope,
) -> Result<Kept<Recorded>> {
    require_staff(actor)?;
    settle_files(app, actor, parts).await?;
    retry!(try_record(app, actor, (operation, evidence), (supplier, parts), envelope))
}

/// Looks whether documents that were sent past this server have come.
async fn settle_files(app: &App, actor: &Actor, parts: &Parts) -> Result<()> {
    let uploaded = parts.media.iter().filter_map(|(_, _, source)| match source {
        Source::Uploaded(document) => Some(document.file),
        Source::Elsewhere(..) => None,
    });
    let ids: Vec<FileId> = parts.document.iter().map(|document| document.file).chain(uploaded).collect();
    files::settle(app, actor, &ids).await
}

async fn try_record(
    app: &App,
    actor: &Actor,
    (operation, evidence): (&str, &Evidence),
    (supplier, parts): (SupplierId, &Parts),
    envelope: &Envelope,
) -> Result<Kept<Recorded>> {
    let input = input_of(evidence, parts)?;
    let path = ["input", "supplierId"];
    let request = Request { operation, input: &input, supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: known(app, made.subject()?).await?, replayed: true });
        }
    };
    evidence.check(field_of(evidence.id().kind()), work.now).map_err(Error::Refused)?;
    let file = match &parts.document {
        Some(document) => Some(take_document(&work, actor, document, &["input", "fileId"]).await?),
        None => None,
    };
    let value = Recorded {
        evidence: with_file(evidence, file.as_ref()),
        supplier,
        file,
        recorded_at: work.now,
        withdrawn: None,
    };
    write(&work.claimed.tx, &value, actor, &number_path(evidence.id().kind())).await?;
    write_media(app, &work, actor, evidence, parts).await?;
    cover(&work, evidence, parts).await?;
    let told = vec![recorded(&value).with("actor", "OPERATOR")];
    close(app, work, told, &Made::of(value.evidence.id())).await?;
    Ok(Kept { value, replayed: false })
}

/// The input as it is hashed: without the id, which every try makes anew.
fn input_of(evidence: &Evidence, parts: &Parts) -> Result<Value> {
    let mut said = serde_json::to_value(evidence).map_err(anyhow::Error::from)?;
    if let Some(content) = said.as_object_mut().and_then(|object| object.values_mut().next()) {
        content.as_object_mut().map(|content| content.remove("id"));
    }
    let document = |document: &Document| json!([document.file, document.sha256]);
    let media: Vec<Value> = parts
        .media
        .iter()
        .map(|(kind, title, source)| match source {
            Source::Uploaded(uploaded) => json!([kind, title, document(uploaded)]),
            Source::Elsewhere(url, sha256) => json!([kind, title, url, sha256]),
        })
        .collect();
    Ok(json!({
        "evidence": said,
        "document": parts.document.as_ref().map(document),
        "media": media,
        "products": parts.products,
    }))
}

/// The input field that holds what a record of a kind says.
pub(super) const fn field_of(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Membership => "membership",
        EvidenceKind::AgencyCheck => "agencyCheck",
        EvidenceKind::Audit => "audit",
        EvidenceKind::Certificate => "certificate",
        EvidenceKind::Licence => "licence",
        EvidenceKind::Media => "media",
        EvidenceKind::TrackRecord => "trackRecord",
    }
}

/// The input field with the number that an issuer knows a record of a kind by; of what has no number, the record's own.
pub(super) fn number_path(kind: EvidenceKind) -> Vec<&'static str> {
    let number = match kind {
        EvidenceKind::Membership | EvidenceKind::AgencyCheck => Some("reference"),
        EvidenceKind::Certificate | EvidenceKind::Licence | EvidenceKind::TrackRecord => Some("number"),
        EvidenceKind::Audit | EvidenceKind::Media => None,
    };
    ["input", field_of(kind)].into_iter().chain(number).collect()
}

/// A record that was made before.
async fn known(app: &App, id: EvidenceId) -> Result<Recorded> {
    let found = store::trust::evidence::load(&app.db, &[id]).await?.pop();
    Ok(found.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?)
}

/// A document whose content is there and is what the caller says; its supplier may read it from now on.
pub(super) async fn take_document(
    work: &OnSupplier<'_>,
    actor: &Actor,
    document: &Document,
    path: &[&str],
) -> Result<EvidenceFile> {
    let tx = &work.claimed.tx;
    let found = files::document(tx, actor, document.file, path, &[work.supplier.company], work.now).await?;
    if document.sha256.as_ref().is_some_and(|expected| *expected != found.sha256) {
        let message = format!("The content of this file has the SHA-256 {}.", found.sha256);
        return Err(Refusal::new(Code::ContentMismatch, message).at(path).into());
    }
    Ok(EvidenceFile { id: document.file, sha256: found.sha256 })
}

/// The same record, naming the hash of its document where it has a place for it.
pub(super) fn with_file(evidence: &Evidence, file: Option<&EvidenceFile>) -> Evidence {
    let mut evidence = evidence.clone();
    let Some(file) = file else { return evidence };
    match &mut evidence {
        Evidence::Certificate(known) => known.sha256 = Some(file.sha256.clone()),
        Evidence::Licence(known) => known.sha256 = Some(file.sha256.clone()),
        Evidence::Media(known) => {
            known.sha256 = Some(file.sha256.clone());
            known.url = String::new();
            known.details.file = Some(file.id);
        }
        Evidence::Membership(_)
        | Evidence::AgencyCheck(_)
        | Evidence::Audit(_)
        | Evidence::TrackRecord(_) => {}
    }
    evidence
}

/// Why a number is refused that a record of evidence counts under.
pub(super) const NUMBER_ON_RECORD: &str = "This number of this issuer is on record already.";

/// Writes a record; a number of an issuer that is on record already is refused.
pub(super) async fn write(tx: &Tx, value: &Recorded, actor: &Actor, path: &[&str]) -> Result<()> {
    let written = store::trust::evidence::insert(tx, std::slice::from_ref(value), actor.app).await;
    match written {
        Err(error)
            if error.broke("evidence_record_once", "evidence_record.kind, evidence_record.natural_key") =>
        {
            Err(Refusal::new(Code::ReferenceInUse, NUMBER_ON_RECORD).at(path).into())
        }
        other => Ok(other?),
    }
}

async fn write_media(
    app: &App,
    work: &OnSupplier<'_>,
    actor: &Actor,
    evidence: &Evidence,
    parts: &Parts,
) -> Result<()> {
    let Evidence::Audit(audit) = evidence else { return Ok(()) };
    let mut shown = Vec::with_capacity(parts.media.len());
    for (position, (kind, title, source)) in (0_i64..).zip(&parts.media) {
        let index = position.to_string();
        let path = ["input", "media", index.as_str(), "fileId"];
        let (url, sha256, file) = match source {
            Source::Uploaded(document) => {
                let file = take_document(work, actor, document, &path).await?;
                (String::new(), Some(file.sha256), Some(file.id))
            }
            Source::Elsewhere(url, sha256) => (url.clone(), sha256.clone(), None),
        };
        let (id, owner) = (app.ids.make(work.now), MediaOwner::Audit(audit.id));
        let (kind, title) = (*kind, title.clone());
        let details = MediaDetails { file, ..MediaDetails::default() };
        shown.push(Media { id, owner, kind, title, url, sha256, position, details });
    }
    Ok(store::catalogue::evidence::insert_media(&work.claimed.tx, &shown, work.now).await?)
}

/// Says which of the supplier's products a certificate covers; products of others are as good as absent.
async fn cover(work: &OnSupplier<'_>, evidence: &Evidence, parts: &Parts) -> Result<()> {
    let (Evidence::Certificate(certificate), false) = (evidence, parts.products.is_empty()) else {
        return Ok(());
    };
    let tx = &work.claimed.tx;
    let found = store::catalogue::products::load(tx, &parts.products).await?;
    for (index, id) in parts.products.iter().enumerate() {
        let own = found.iter().any(|product| product.id == *id && product.supplier == work.supplier.id);
        if !own {
            let index = index.to_string();
            return Err(Refusal::not_found("product").at(&["input", "productIds", &index]).into());
        }
    }
    let mut ids = parts.products.clone();
    ids.sort_unstable();
    ids.dedup();
    let pairs: Vec<_> = ids.iter().map(|product| (*product, certificate.id)).collect();
    store::catalogue::evidence::cover_products(tx, &pairs).await?;
    Ok(listing::refresh_products(tx, &ids, work.now).await?)
}

/// What is told of a new record.
pub(super) fn recorded(value: &Recorded) -> EventDraft {
    let kind = match value.evidence.id().kind() {
        EvidenceKind::Membership => EventType::MembershipGranted,
        EvidenceKind::AgencyCheck => EventType::AgencyCheckRecorded,
        EvidenceKind::Audit => EventType::AuditRecorded,
        EvidenceKind::Certificate => EventType::CertificateRegistered,
        EvidenceKind::Licence => EventType::LicenceRegistered,
        EvidenceKind::Media => EventType::MediaRecorded,
        EvidenceKind::TrackRecord => EventType::TrackRecordRecorded,
    };
    let draft = EventDraft::new(kind).with("evidence", vec![value.evidence.id().to_string()]);
    match &value.file {
        Some(file) => draft.with("sha256", file.sha256.as_str()),
        None => draft,
    }
}

/// Withdraws a record with a reason: it stays on record and no badge rests on it any more. The platform's staff only.
pub async fn withdraw(
    app: &App,
    actor: &Actor,
    (id, reason): (EvidenceId, &str),
    envelope: &Envelope,
) -> Result<Kept<Recorded>> {
    require_staff(actor)?;
    check_reason(reason)?;
    retry!(try_withdraw(app, actor, (id, reason), envelope))
}

async fn try_withdraw(
    app: &App,
    actor: &Actor,
    (id, reason): (EvidenceId, &str),
    envelope: &Envelope,
) -> Result<Kept<Recorded>> {
    let path = ["input", "evidenceId"];
    let before = store::trust::evidence::load(&app.db, &[id]).await?.pop();
    let before = before.ok_or_else(|| Refusal::not_found("record of evidence").at(&path))?;
    let input = json!({ "evidence": id, "reason": reason });
    let request =
        Request { operation: "withdrawEvidence", input: &input, supplier: before.supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: known(app, made.subject()?).await?, replayed: true });
        }
    };
    let withdrawal = Withdrawal { at: work.now, reason: reason.to_owned() };
    if !store::trust::evidence::withdraw(&work.claimed.tx, id, &withdrawal).await? {
        return Err(conflict(&path, "This record does not count any more."));
    }
    refresh_covered(&work.claimed.tx, &before, work.now).await?;
    let told = EventDraft::new(EventType::EvidenceWithdrawn)
        .with("evidence", vec![id.to_string()])
        .with("reason", reason)
        .with("actor", "OPERATOR");
    close(app, work, vec![told], &Made::of(id)).await?;
    Ok(Kept { value: Recorded { withdrawn: Some(withdrawal), ..before }, replayed: false })
}

/// The listings of the products that a withdrawn certificate covered.
async fn refresh_covered(tx: &Tx, before: &Recorded, now: Timestamp) -> Result<()> {
    let Evidence::Certificate(certificate) = &before.evidence else { return Ok(()) };
    let products = store::catalogue::evidence::covered_products(tx, certificate.id).await?;
    Ok(listing::refresh_products(tx, &products, now).await?)
}
