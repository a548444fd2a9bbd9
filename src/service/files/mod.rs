//! Files: announced with their SHA-256, brought by the caller straight to the content store, checked on arrival.

mod bucket;
mod content;
mod parts;
pub(super) mod token;

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::file::{Attachment, FilePurpose, FileStatus, StoredFile, UploadDraft};
use crate::domain::ids::{CompanyId, FileId};
use crate::domain::time::{Span, Timestamp};
use crate::store::{self, Tx};

pub use content::{Content, Served};

use super::orders::{Begun, Claimed, Envelope, Made, may_retry, now_in};
use super::{Error, Result, require_scope};
use token::Purpose;

/// How long an address of content can be used.
pub(super) const ADDRESS_LIFETIME: Span = Span::seconds(900);

/// Bytes on their way in; an error means that the sender broke off.
pub type Incoming<'a> = BoxStream<'a, std::result::Result<Bytes, anyhow::Error>>;

/// Where the content of a file is to be sent.
#[derive(Debug, Clone)]
pub struct UploadTarget {
    /// The address; send by PUT.
    pub url: String,
    /// Headers that have to come with it.
    pub headers: Vec<(String, String)>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A file that was announced.
#[derive(Debug, Clone)]
pub struct Announced {
    /// The file.
    pub file: StoredFile,
    /// Where its content is to be sent; none where it is there.
    pub target: Option<UploadTarget>,
    /// Whether this answers an earlier command with the same key.
    pub replayed: bool,
}

/// Announces a file and says where its content is to be sent.
pub async fn create_upload(
    app: &App,
    actor: &Actor,
    draft: &UploadDraft,
    envelope: &Envelope,
) -> Result<Announced> {
    match draft.purpose {
        FilePurpose::CatalogueMedia => require_scope(actor, Scope::CatalogWrite)?,
        FilePurpose::Document if actor.scopes.contains(Scope::OrdersWrite) => {}
        FilePurpose::Document => require_scope(actor, Scope::MessagesWrite)?,
    }
    draft.check(&app.config.uploads).map_err(Error::Refused)?;
    let mut attempt = 1;
    let (file, replayed) = loop {
        match announce(app, actor, draft, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => break answer?,
        }
    };
    let pending = file.status == FileStatus::Pending && !envelope.validate_only;
    let target = if pending { Some(target(app, &file).await?) } else { None };
    Ok(Announced { file, target, replayed })
}

async fn announce(
    app: &App,
    actor: &Actor,
    draft: &UploadDraft,
    envelope: &Envelope,
) -> Result<(StoredFile, bool)> {
    let input = serde_json::to_value(draft).map_err(anyhow::Error::from)?;
    let claimed = match Claimed::begin(app, actor, envelope, "createUpload", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => {
            let id: FileId = made.subject()?;
            let file = store::files::load(&app.db, &[id]).await?.pop();
            return Ok((file.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?, true));
        }
    };
    let now = now_in(app, &claimed.tx).await?;
    let file = StoredFile {
        id: app.ids.make(now),
        owner: actor.company,
        name: draft.name.clone(),
        content_type: draft.content_type.clone(),
        size: draft.size,
        sha256: draft.sha256.clone(),
        status: FileStatus::Pending,
        created_at: now,
        stored_at: None,
        purpose: draft.purpose,
    };
    store::files::insert(&claimed.tx, &file).await?;
    claimed.finish(app, &Made::of(file.id)).await?;
    Ok((file, false))
}

async fn target(app: &App, file: &StoredFile) -> Result<UploadTarget> {
    let expires_at = app.clock.now().plus(ADDRESS_LIFETIME);
    if let Some((url, headers)) = app.content.presigned(file, ADDRESS_LIFETIME).await? {
        return Ok(UploadTarget { url, headers, expires_at });
    }
    let token = token::make(app, Purpose::Upload, file.id, expires_at).await?;
    let url = format!("{}/uploads/{token}", app.config.public_url);
    let headers = vec![("content-type".to_owned(), file.content_type.clone())];
    Ok(UploadTarget { url, headers, expires_at })
}

/// The file that a token of an upload stands for, and whether its content still has to come.
pub async fn expected(app: &App, token: &str) -> Result<StoredFile> {
    let id = token::read(app, Purpose::Upload, token).await?;
    let file = store::files::load(&app.db, &[id]).await?.pop();
    file.ok_or_else(|| Error::Denied(Refusal::not_found("upload")))
}

/// Takes the content of a file: whole and as announced, or not at all.
pub async fn receive(app: &App, file: &StoredFile, incoming: Incoming<'_>) -> Result<()> {
    if file.status == FileStatus::Stored {
        return Ok(());
    }
    app.content.receive(file, incoming).await?;
    note(app, file.id).await
}

/// Notes that content is there.
async fn note(app: &App, id: FileId) -> Result<()> {
    let mut attempt = 1;
    loop {
        let noted = async {
            let tx = app.db.begin().await?;
            let now = now_in(app, &tx).await?;
            store::files::mark_stored(&tx, id, now).await?;
            Ok(tx.commit().await?)
        };
        match noted.await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

/// The content that a token of a file stands for.
pub async fn serve(app: &App, token: &str) -> Result<(StoredFile, Served)> {
    let id = token::read(app, Purpose::Read, token).await?;
    let file = store::files::load(&app.db, &[id]).await?.pop();
    let gone = || Error::Denied(Refusal::not_found("file"));
    let file = file.filter(|file| file.status == FileStatus::Stored).ok_or_else(gone)?;
    let served = app.content.serve(&file, ADDRESS_LIFETIME).await?;
    Ok((file, served))
}

/// The content of a file that is shown in public, with a listed product or supplier; one that is not is not there.
pub async fn serve_public(app: &App, id: &str) -> Result<(StoredFile, Served)> {
    let gone = || Error::Denied(Refusal::not_found("file"));
    let id: FileId = id.parse().map_err(|_| gone())?;
    if !store::catalogue::evidence::is_public(&app.db, id).await? {
        return Err(gone());
    }
    let file = store::files::load(&app.db, &[id]).await?.pop();
    let file = file.filter(|file| file.status == FileStatus::Stored).ok_or_else(gone)?;
    let served = app.content.serve(&file, ADDRESS_LIFETIME).await?;
    Ok((file, served))
}

/// Where the content of a file that is shown in public can be read; the address stays.
pub fn public_address(app: &App, file: FileId) -> String {
    format!("{}/media/{file}", app.config.public_url)
}

/// Looks whether the content of the actor's own files has come. Never inside a transaction.
pub(super) async fn settle_own(app: &App, actor: &Actor, ids: &[FileId]) -> Result<()> {
    if ids.is_empty() || !app.content.is_bucket() {
        return Ok(());
    }
    let own = owned(&app.db, actor, ids).await?;
    settle_all(app, own).await
}

/// Those of these files that are the actor's own, by their ids.
pub(super) async fn own(tx: &Tx, actor: &Actor, ids: &[FileId]) -> Result<HashMap<FileId, StoredFile>> {
    Ok(owned(tx, actor, ids).await?.into_iter().map(|file| (file.id, file)).collect())
}

async fn owned(reader: &impl store::Reader, actor: &Actor, ids: &[FileId]) -> Result<Vec<StoredFile>> {
    let mut files = store::files::load(reader, ids).await?;
    files.retain(|file| file.owner == actor.company);
    Ok(files)
}

/// Where the content of a file can be read for a while; the file itself was checked to be visible.
pub async fn address(app: &App, file: FileId) -> Result<String> {
    let token = token::make(app, Purpose::Read, file, app.clock.now().plus(ADDRESS_LIFETIME)).await?;
    Ok(format!("{}/files/{token}", app.config.public_url))
}

/// A file that the actor may read; a file of others answers as one that does not exist.
pub async fn find(app: &App, actor: &Actor, id: FileId) -> Result<Option<StoredFile>> {
    Ok(by_ids(app, actor, &[id]).await?.remove(&id))
}

/// The file that a command names, where the actor may read it: a command demands its own scope, and none for reading.
pub(super) async fn named(app: &App, actor: &Actor, id: FileId) -> Result<Option<StoredFile>> {
    Ok(readable(&app.db, actor, &[id]).await?.pop())
}

/// What an id of no file finds: nothing, for those who may ask.
pub fn none(actor: &Actor) -> Result<Option<StoredFile>> {
    require_scope(actor, Scope::OrdersRead).map(|()| None)
}

/// The files with these ids that the actor may read: its company's own, and those that it was sent.
pub async fn by_ids(app: &App, actor: &Actor, ids: &[FileId]) -> Result<HashMap<FileId, StoredFile>> {
    require_scope(actor, Scope::OrdersRead)?;
    let files = readable(&app.db, actor, ids).await?;
    Ok(files.into_iter().map(|file| (file.id, file)).collect())
}

async fn readable(reader: &impl store::Reader, actor: &Actor, ids: &[FileId]) -> Result<Vec<StoredFile>> {
    Ok(match (actor.is_operator(), actor.company) {
        (true, _) => store::files::load(reader, ids).await?,
        (false, Some(company)) => store::files::readable(reader, ids, company).await?,
        (false, None) => Vec::new(),
    })
}

/// Looks whether content that callers send past this server has come, and checks it. Never inside a transaction.
pub(super) async fn settle(app: &App, actor: &Actor, ids: &[FileId]) -> Result<()> {
    if ids.is_empty() || !app.content.is_bucket() {
        return Ok(());
    }
    let files = readable(&app.db, actor, ids).await?;
    settle_all(app, files).await
}

async fn settle_all(app: &App, files: Vec<StoredFile>) -> Result<()> {
    for file in files.iter().filter(|file| file.status == FileStatus::Pending) {
        if app.content.settle(file).await? {
            note(app, file.id).await?;
        }
    }
    Ok(())
}

/// The actor's own files, as [`attach`] answers them: for what everybody reads from then on. What others sent it is not
/// its own to publish.
pub(super) async fn attach_own(
    tx: &Tx,
    actor: &Actor,
    ids: &[FileId],
    field: &[&str],
    parties: &[CompanyId],
    now: Timestamp,
) -> Result<Vec<Attachment>> {
    let own = owned(tx, actor, ids).await?;
    attach_of(tx, own, (ids, field), parties, now).await
}

/// The files that a document of these companies refers to, which all of them may read from now on. Files that the
/// actor may not read are `NOT_FOUND`, files without content are refused; `field` is the input field that names them.
pub(super) async fn attach(
    tx: &Tx,
    actor: &Actor,
    ids: &[FileId],
    field: &[&str],
    parties: &[CompanyId],
    now: Timestamp,
) -> Result<Vec<Attachment>> {
    let files = readable(tx, actor, ids).await?;
    attach_of(tx, files, (ids, field), parties, now).await
}

async fn attach_of(
    tx: &Tx,
    files: Vec<StoredFile>,
    (ids, field): (&[FileId], &[&str]),
    parties: &[CompanyId],
    now: Timestamp,
) -> Result<Vec<Attachment>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut attachments = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let index = index.to_string();
        let path: Vec<&str> = field.iter().copied().chain([index.as_str()]).collect();
        let file = files.iter().find(|file| file.id == *id);
        let file = file.ok_or_else(|| Refusal::not_found("file").at(&path))?;
        file.demand_stored(&path)?;
        attachments.push(file.attachment());
    }
    store::files::grant(tx, ids, parties, now).await?;
    Ok(attachments)
}

/// One document whose content is there, of the actor's own files, and of all files for the platform's staff; these
/// companies may read it from now on, and everybody where a record shows it. `path` is the input field that names it.
pub(super) async fn document(
    tx: &Tx,
    actor: &Actor,
    id: FileId,
    path: &[&str],
    parties: &[CompanyId],
    now: Timestamp,
) -> Result<Attachment> {
    let file = if actor.is_operator() {
        store::files::load(tx, &[id]).await?.pop()
    } else {
        own(tx, actor, &[id]).await?.remove(&id)
    };
    let file = file.ok_or_else(|| Refusal::not_found("file").at(path))?;
    file.demand_stored(path)?;
    store::files::grant(tx, &[id], parties, now).await?;
    Ok(file.attachment())
}

/// Content that is not what was announced.
fn mismatch(message: impl Into<String>) -> Error {
    Error::Denied(Refusal::new(Code::ContentMismatch, message))
}
