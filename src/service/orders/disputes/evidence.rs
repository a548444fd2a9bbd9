//! Evidence as it comes in: looked up where it is ours, so that what it refers to and its hash belong together.

use super::{Refused, Shown, maybe_said, said};
use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::contract::sha256_hex;
use crate::domain::error::Refusal;
use crate::domain::file::{FileStatus, is_sha256};
use crate::domain::ids::{FileId, MessageId, ThreadId};
use crate::domain::order::{EvidenceDraft, EvidenceKind, Order};
use crate::service::{Result, files};
use crate::store;

/// Evidence with its hash: of what is kept or said here it is on record, of all else the party states it.
pub(super) async fn draft(app: &App, actor: &Actor, order: &Order, shown: Shown) -> Result<EvidenceDraft> {
    let Shown { kind, reference, note, sha256 } = shown;
    maybe_said(note.as_deref(), &["input", "note"])?;
    if let Some(reference) = &reference {
        said(reference, &["input", "reference"], 200)?;
    }
    let refers = || {
        let missing = || Refusal::invalid(&["input", "reference"], "Say what you refer to.");
        reference.clone().ok_or_else(missing)
    };
    let (reference, on_record) = match kind {
        EvidenceKind::Contract => {
            let head = order.contract.as_ref();
            let head = head.ok_or_else(|| Refusal::invalid(&["input", "kind"], "No contract is sealed."))?;
            (Some(format!("{} version {}", order.number, head.version)), Some(head.hash.clone()))
        }
        EvidenceKind::Statement => {
            let text = note.as_ref();
            let text = text.ok_or_else(|| Refusal::invalid(&["input", "note"], "Say it in `note`."))?;
            let hash = sha256_hex(text.as_bytes());
            (reference, Some(hash))
        }
        EvidenceKind::Message => {
            let id = refers()?;
            let hash = message_on_record(app, order, &id, &["input", "reference"]).await?;
            (Some(id), Some(hash))
        }
        EvidenceKind::File => {
            let name = refers()?;
            let hash = file_on_record(app, actor, &name, &["input", "reference"]).await?;
            (Some(name), hash)
        }
        EvidenceKind::InspectionReport => (Some(refers()?), None),
    };
    let sha256 = hash_of(on_record, sha256)?;
    Ok(EvidenceDraft { company: actor.company, kind, reference, note, sha256 })
}

/// The hash on record, or the stated one; both where they are the same.
fn hash_of(on_record: Option<String>, stated: Option<String>) -> Refused<String> {
    let wrong = |message: &str| Err(Refusal::invalid(&["input", "sha256"], message));
    match (on_record, stated) {
        (Some(hash), Some(stated)) if stated != hash => wrong("This is not the SHA-256 that is on record."),
        (Some(hash), _) => Ok(hash),
        (None, Some(stated)) if is_sha256(&stated) => Ok(stated),
        (None, _) => wrong("Give the SHA-256 of the content: 64 characters of lower-case hexadecimal."),
    }
}

/// The hash of a message of the order's thread.
pub(in crate::service::orders) async fn message_on_record(
    app: &App,
    order: &Order,
    reference: &str,
    path: &[&str],
) -> Result<String> {
    let wrong = || Refusal::invalid(path, "No message of this order's thread has this id.");
    let id: MessageId = reference.parse().map_err(|_| wrong())?;
    let found = store::messages::load(&app.db, &[id]).await?.pop();
    let found = found.filter(|message| message.content.thread_id == ThreadId::of_order(order.id));
    Ok(found.map(|message| message.sha256).ok_or_else(wrong)?)
}

/// The hash of an uploaded file; none for a file that is kept elsewhere.
pub(in crate::service::orders) async fn file_on_record(
    app: &App,
    actor: &Actor,
    reference: &str,
    path: &[&str],
) -> Result<Option<String>> {
    let Ok(id) = reference.parse::<FileId>() else { return Ok(None) };
    let wrong = || Refusal::invalid(path, "No file with this id was uploaded by you.");
    files::settle(app, actor, &[id]).await?;
    let found = files::named(app, actor, id).await?;
    let found = found.filter(|file| file.status == FileStatus::Stored);
    Ok(Some(found.map(|file| file.sha256).ok_or_else(wrong)?))
}
