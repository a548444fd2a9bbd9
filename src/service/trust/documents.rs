//! Onboarding: a supplier submits a document, the platform's staff accepts or refuses it.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::evidence::{DocumentStatus, Evidence, Recorded, VerificationDocument};
use crate::domain::ids::{AppId, VerificationDocumentId};
use crate::service::files;
use crate::service::orders::{Envelope, Made};
use crate::service::{Error, Result, require_role};
use crate::store::{self, Tx};

use super::evidence::{
    Document, NUMBER_ON_RECORD, field_of, number_path, recorded, take_document, with_file, write,
};
use super::{Kept, Opened, Request, check_reason, close, open, own_supplier, require_staff, retry};

/// What a supplier submits.
#[derive(Debug, Clone)]
pub struct SubmitDocument {
    /// What the document is said to prove; its supplier is the actor's.
    pub claims: Evidence,
    /// The document.
    pub document: Document,
    /// The refused document that this one answers.
    pub replaces: Option<VerificationDocumentId>,
}

/// What a review comes to.
#[derive(Debug, Clone)]
pub enum Review {
    /// The document becomes a record of evidence.
    Accept,
    /// It is refused, with a reason that the supplier reads.
    Refuse(String),
}

fn app_of(actor: &Actor) -> Result<AppId> {
    actor.app.ok_or_else(|| {
        let message = "Send a valid token in the Authorization header.";
        Error::Denied(Refusal::new(Code::Unauthenticated, message))
    })
}

/// Submits a document for review: the supplier itself only.
pub async fn submit(
    app: &App,
    actor: &Actor,
    wish: &SubmitDocument,
    envelope: &Envelope,
) -> Result<Kept<VerificationDocument>> {
    own_supplier(actor)?;
    require_role(actor, &[Role::Supplier])?;
    files::settle_own(app, actor, &[wish.document.file]).await?;
    retry!(try_submit(app, actor, wish, envelope))
}

async fn try_submit(
    app: &App,
    actor: &Actor,
    wish: &SubmitDocument,
    envelope: &Envelope,
) -> Result<Kept<VerificationDocument>> {
    let supplier = own_supplier(actor)?;
    let mut claims = serde_json::to_value(&wish.claims).map_err(anyhow::Error::from)?;
    if let Some(content) = claims.as_object_mut().and_then(|object| object.values_mut().next()) {
        content.as_object_mut().map(|content| content.remove("id"));
    }
    let input = json!({
        "claims": claims,
        "file": wish.document.file,
        "sha256": wish.document.sha256,
        "replaces": wish.replaces,
    });
    let path = ["input"];
    let request = Request { operation: "submitVerificationDocument", input: &input, supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: known(app, made.subject()?).await?, replayed: true });
        }
    };
    wish.claims.check(field_of(wish.claims.id().kind()), work.now).map_err(Error::Refused)?;
    let file = take_document(&work, actor, &wish.document, &["input", "fileId"]).await?;
    if let Some(refused) = wish.replaces {
        let not_found = || Refusal::not_found("document").at(&["input", "replacesId"]);
        let refused = store::trust::documents::find(&work.claimed.tx, refused).await?;
        let refused = refused.filter(|known| known.supplier == supplier).ok_or_else(not_found)?;
        refused.check_answer(wish.claims.id().kind())?;
    }
    let value = VerificationDocument {
        id: app.ids.make(work.now),
        supplier,
        claims: with_file(&wish.claims, Some(&file)),
        file,
        status: DocumentStatus::Submitted,
        replaces: wish.replaces,
        refusal_reason: None,
        submitted_by: app_of(actor)?,
        submitted_at: work.now,
        reviewed: None,
    };
    match store::trust::documents::insert(&work.claimed.tx, &value).await {
        Err(error)
            if error.broke("verification_document_replaces_id_key", "verification_document.replaces_id") =>
        {
            let message = "Another document answers the refused one already.";
            return Err(Refusal::new(Code::StateConflict, message).at(&["input", "replacesId"]).into());
        }
        other => other?,
    }
    demand_free(&work.claimed.tx, &value).await?;
    let told = EventDraft::new(EventType::VerificationDocumentSubmitted)
        .with("documentId", value.id.to_string())
        .with("kind", value.kind().as_str())
        .with("sha256", value.file.sha256.as_str())
        .with("actor", "SUPPLIER");
    close(app, work, vec![told], &Made::of(value.id)).await?;
    Ok(Kept { value, replayed: false })
}

/// Refuses a number that nobody could accept any more: one that a record counts under, whosever it is, or that the
/// supplier has under review already. What others have under review keeps nobody away: an unproven claim would
/// otherwise shut out whom the number belongs to.
async fn demand_free(tx: &Tx, document: &VerificationDocument) -> Result<()> {
    let Some(number) = document.claims.natural_key() else { return Ok(()) };
    let kind = document.kind();
    let in_use =
        |message: &str| Error::from(Refusal::new(Code::ReferenceInUse, message).at(&number_path(kind)));
    if store::trust::evidence::is_on_record(tx, kind, &number).await? {
        return Err(in_use(NUMBER_ON_RECORD));
    }
    let others = store::trust::documents::claims_beside(tx, document).await?;
    if others.iter().any(|claims| claims.natural_key().as_ref() == Some(&number)) {
        return Err(in_use("You have this number of this issuer under review already."));
    }
    Ok(())
}

async fn known(app: &App, id: VerificationDocumentId) -> Result<VerificationDocument> {
    let found = store::trust::documents::find(&app.db, id).await?;
    Ok(found.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?)
}

/// Accepts a document, which becomes a record of evidence, or refuses it: the platform's staff only, and nobody who
/// belongs to the supplier's company.
pub async fn review(
    app: &App,
    actor: &Actor,
    (id, review): (VerificationDocumentId, &Review),
    envelope: &Envelope,
) -> Result<Kept<VerificationDocument>> {
    require_staff(actor)?;
    if let Review::Refuse(reason) = review {
        check_reason(reason)?;
    }
    retry!(try_review(app, actor, (id, review), envelope))
}

async fn try_review(
    app: &App,
    actor: &Actor,
    (id, review): (VerificationDocumentId, &Review),
    envelope: &Envelope,
) -> Result<Kept<VerificationDocument>> {
    let path = ["input", "verificationDocumentId"];
    let not_found = || Refusal::not_found("document").at(&path);
    let before = store::trust::documents::find(&app.db, id).await?.ok_or_else(not_found)?;
    let reason = match review {
        Review::Accept => None,
        Review::Refuse(reason) => Some(reason.clone()),
    };
    let input = json!({ "document": id, "refusal": reason });
    let operation = "reviewVerificationDocument";
    let request = Request { operation, input: &input, supplier: before.supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: known(app, made.subject()?).await?, replayed: true });
        }
    };
    let tx = &work.claimed.tx;
    // Read again under the lock: another reviewer may have been faster.
    let before = store::trust::documents::find(tx, id).await?.ok_or_else(not_found)?;
    let value = before.review(app_of(actor)?, work.now, reason.clone())?;
    let mut told = Vec::new();
    if value.status == DocumentStatus::Accepted {
        value.claims.check("", work.now).map_err(|refusals| {
            Error::Refused(refusals.into_iter().map(|refusal| refusal.at(&path)).collect())
        })?;
        let record = Recorded {
            evidence: value.claims.clone(),
            supplier: value.supplier,
            file: Some(value.file.clone()),
            recorded_at: work.now,
            withdrawn: None,
        };
        write(tx, &record, actor, &path).await?;
        told.push(recorded(&record).with("documentId", id.to_string()).with("actor", "OPERATOR"));
    }
    store::trust::documents::review(tx, &value).await?;
    let mut draft = EventDraft::new(EventType::VerificationDocumentReviewed)
        .with("documentId", id.to_string())
        .with("kind", value.kind().as_str())
        .with("status", value.status.as_str())
        .with("actor", "OPERATOR");
    if let Some(reason) = reason {
        draft = draft.with("reason", reason);
    }
    told.insert(0, draft);
    close(app, work, told, &Made::of(id)).await?;
    Ok(Kept { value, replayed: false })
}
