//! Documents that suppliers submit for review.

use entity::verification_document;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryResult, Value};

use crate::domain::evidence::{DocumentStatus, Evidence, EvidenceFile, EvidenceKind, VerificationDocument};
use crate::domain::ids::{SupplierId, VerificationDocumentId};
use crate::domain::page::{Page, Slice};
use crate::domain::time::Timestamp;
use crate::store::catalogue::execute;
use crate::store::keyset::{Key, List, page};
use crate::store::{Error, Reader, Result, Tx, parse};

/// Which documents.
#[derive(Debug, Clone, Default)]
pub struct DocumentFilter {
    /// Only of this supplier.
    pub supplier: Option<SupplierId>,
    /// Only in one of these statuses; in any where empty.
    pub statuses: Vec<DocumentStatus>,
    /// Only of these kinds; of any where empty.
    pub kinds: Vec<EvidenceKind>,
}

/// Writes a new document. [`Error::Constraint`] where another one answers the refused one already.
pub async fn insert(tx: &Tx, document: &VerificationDocument) -> Result<()> {
    let claims =
        serde_json::to_string(&document.claims).map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = verification_document::Model {
        id: document.id.to_string(),
        supplier_id: document.supplier.to_string(),
        kind: document.kind().to_string(),
        file_id: document.file.id.to_string(),
        file_sha256: document.file.sha256.clone(),
        claims,
        status: document.status.to_string(),
        replaces_id: document.replaces.map(|id| id.to_string()),
        evidence_id: None,
        refusal_reason: document.refusal_reason.clone(),
        submitted_by: document.submitted_by.to_string(),
        submitted_at: document.submitted_at.micros(),
        reviewed_by: None,
        reviewed_at: None,
    };
    verification_document::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Writes what a review made of a document; its record of evidence, if it became one, is written already.
pub async fn review(tx: &Tx, document: &VerificationDocument) -> Result<()> {
    let evidence = (document.status == DocumentStatus::Accepted).then(|| document.claims.id().to_string());
    let text = "UPDATE verification_document SET status = ?, evidence_id = ?, refusal_reason = ?, reviewed_by = ?, \
                reviewed_at = ? WHERE id = ? AND status = 'SUBMITTED'";
    let values: [Value; 6] = [
        document.status.to_string().into(),
        evidence.into(),
        document.refusal_reason.clone().into(),
        document.reviewed.map(|(by, _)| by.to_string()).into(),
        document.reviewed.map(|(_, at)| at.micros()).into(),
        document.id.to_string().into(),
    ];
    if execute(tx, text, values).await? == 1 { Ok(()) } else { Err(Error::Retry) }
}

/// A document by its id.
pub async fn find(reader: &impl Reader, id: VerificationDocumentId) -> Result<Option<VerificationDocument>> {
    let text = "SELECT * FROM verification_document WHERE id = ?";
    let row = reader.connection().query_one_raw(reader.sql(text, [id.to_string()])).await?;
    row.as_ref().map(read).transpose()
}

/// What the documents of the same supplier and kind claim that wait for a review beside this one.
pub async fn claims_beside(reader: &impl Reader, document: &VerificationDocument) -> Result<Vec<Evidence>> {
    let text = "SELECT claims FROM verification_document WHERE supplier_id = ? AND kind = ? \
                AND status = 'SUBMITTED' AND id <> ?";
    let values = [document.supplier.to_string(), document.kind().to_string(), document.id.to_string()];
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter().map(|row| claims_from(&row.try_get::<String>("", "claims")?)).collect()
}

fn claims_from(text: &str) -> Result<Evidence> {
    serde_json::from_str(text)
        .map_err(|error| Error::Corrupt(format!("verification_document.claims: {error}")))
}

/// A page of documents, newest first, and their number where it is asked for.
pub async fn list(
    reader: &impl Reader,
    filter: &DocumentFilter,
    (wanted, after, before): (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&VerificationDocument) -> String,
) -> Result<Slice<VerificationDocument>> {
    let mut list = List::new("*", "verification_document", "submitted_at", "id");
    if let Some(supplier) = filter.supplier {
        list.narrow("supplier_id = ?", [supplier.to_string().into()]);
    }
    let marks = |count: usize| vec!["?"; count].join(", ");
    if !filter.statuses.is_empty() {
        let values: Vec<Value> = filter.statuses.iter().map(|word| word.as_str().into()).collect();
        list.narrow(format!("status IN ({})", marks(values.len())), values);
    }
    if !filter.kinds.is_empty() {
        let values: Vec<Value> = filter.kinds.iter().map(|word| word.as_str().into()).collect();
        list.narrow(format!("kind IN ({})", marks(values.len())), values);
    }
    page(reader, &list, (wanted, after, before), count, read, cursor).await
}

fn read(row: &QueryResult) -> Result<VerificationDocument> {
    let row = verification_document::Model::from_query_result(row, "")?;
    let reviewed = match row.reviewed_by.zip(row.reviewed_at) {
        Some((by, at)) => {
            Some((parse("verification_document.reviewed_by", &by)?, Timestamp::from_micros(at)))
        }
        None => None,
    };
    Ok(VerificationDocument {
        id: parse("verification_document.id", &row.id)?,
        supplier: parse("verification_document.supplier_id", &row.supplier_id)?,
        file: EvidenceFile {
            id: parse("verification_document.file_id", &row.file_id)?,
            sha256: row.file_sha256,
        },
        claims: claims_from(&row.claims)?,
        status: parse("verification_document.status", &row.status)?,
        replaces: row.replaces_id.map(|id| parse("verification_document.replaces_id", &id)).transpose()?,
        refusal_reason: row.refusal_reason,
        submitted_by: parse("verification_document.submitted_by", &row.submitted_by)?,
        submitted_at: Timestamp::from_micros(row.submitted_at),
        reviewed,
    })
}
