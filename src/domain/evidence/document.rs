//! Documents that suppliers submit for review: what is accepted becomes a record of evidence.

use super::{Evidence, EvidenceFile, EvidenceKind};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, SupplierId, VerificationDocumentId};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// How far a document got.
    DocumentStatus {
        /// It waits for a review.
        Submitted => "SUBMITTED",
        /// It became a record of evidence.
        Accepted => "ACCEPTED",
        /// It was refused, with a reason; another one may answer it.
        Refused => "REFUSED",
    }
}

/// A document that a supplier submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationDocument {
    /// Its id.
    pub id: VerificationDocumentId,
    /// Who submitted it.
    pub supplier: SupplierId,
    /// The document.
    pub file: EvidenceFile,
    /// What it is said to prove: the record that it becomes by acceptance.
    pub claims: Evidence,
    /// How far it got.
    pub status: DocumentStatus,
    /// The refused document that it answers.
    pub replaces: Option<VerificationDocumentId>,
    /// Why it was refused.
    pub refusal_reason: Option<String>,
    /// The app that submitted it.
    pub submitted_by: AppId,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// Which app reviewed it, and when.
    pub reviewed: Option<(AppId, Timestamp)>,
}

impl VerificationDocument {
    /// What it is said to be.
    pub const fn kind(&self) -> EvidenceKind {
        self.claims.id().kind()
    }

    /// The same after a review; a document is reviewed once.
    pub fn review(self, by: AppId, at: Timestamp, refusal_reason: Option<String>) -> Result<Self, Refusal> {
        if self.status != DocumentStatus::Submitted {
            let message = format!("The document is {} already.", self.status);
            return Err(Refusal::new(Code::StateConflict, message).at(&["input", "verificationDocumentId"]));
        }
        let status =
            if refusal_reason.is_some() { DocumentStatus::Refused } else { DocumentStatus::Accepted };
        Ok(Self { status, refusal_reason, reviewed: Some((by, at)), ..self })
    }

    /// Whether another one of the same supplier and kind may answer it.
    pub fn check_answer(&self, kind: EvidenceKind) -> Result<(), Refusal> {
        let path = ["input", "replacesId"];
        if self.status != DocumentStatus::Refused {
            let message =
                format!("Only a refused document is answered by another one; this one is {}.", self.status);
            return Err(Refusal::new(Code::StateConflict, message).at(&path));
        }
        if self.kind() != kind {
            let message = format!("The refused document is a {}, not a {kind}.", self.kind());
            return Err(Refusal::invalid(&path, message));
        }
        Ok(())
    }
}
