//! Files in the schema: announced by `createUpload`, sent by PUT, read at their `url`.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::file::{Attachment, FileStatus as Status, StoredFile, UploadDraft};
use crate::domain::ids::FileId;
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::enums::mirror;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::inputs::command_input;
use crate::graphql::scalars::{DateTime, Url};
use crate::service;
use crate::service::files::{self, Announced};
use crate::service::orders::Envelope;

mirror! {
    /// Whether the content of a file is there.
    FileStatus = "crate::domain::file::FileStatus" {
        /// Announced; the content did not come yet.
        Pending,
        /// The content is there and is what was announced.
        Stored,
    }
}

mirror! {
    /// What a file is for.
    FilePurpose = "crate::domain::file::FilePurpose" {
        /// To be attached to messages, orders and cases; read by their parties.
        Document,
        /// To be shown with a product: JPEG, PNG, WebP or AVIF up to 10 MiB, PDF up to 20 MiB, MP4 up to 200 MiB, and
        /// never more than the server takes. Public once the product is published. Scope: `catalog:write`.
        CatalogueMedia,
    }
}

/// Content that a company uploaded, named by its SHA-256.
#[derive(Debug, Clone)]
pub struct File {
    attachment: Attachment,
    status: Status,
}

impl From<&Attachment> for File {
    /// Documents only ever refer to content that is there.
    fn from(attachment: &Attachment) -> Self {
        Self { attachment: attachment.clone(), status: Status::Stored }
    }
}

impl From<&StoredFile> for File {
    fn from(file: &StoredFile) -> Self {
        Self { attachment: file.attachment(), status: file.status }
    }
}

/// Content that a company uploaded, named by its SHA-256.
#[Object]
impl File {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.attachment.file_id.to_string().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.attachment.name
    }

    /// Its media type, such as `application/pdf`.
    async fn content_type(&self) -> &str {
        &self.attachment.content_type
    }

    /// Its length in bytes.
    async fn byte_size(&self) -> i32 {
        i32::try_from(self.attachment.size).unwrap_or(i32::MAX)
    }

    /// The SHA-256 of its content in lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.attachment.sha256
    }

    /// Whether the content is there.
    async fn status(&self) -> FileStatus {
        self.status.into()
    }

    /// Where the content can be read for 15 minutes, by whoever has the address; null while it did not come, and for those
    /// who see what names the file without being a party of it. Scope: `orders:read`.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
        let id = self.attachment.file_id;
        if self.status == Status::Pending || ctx.loaders()?.file(id).await?.is_none() {
            return Ok(None);
        }
        Ok(Some(Url(files::address(ctx.app()?, id).await?)))
    }
}

/// The files with these ids that the caller may read, for the loader; every key has an answer.
pub(super) async fn nodes_by_id(
    app: &App,
    actor: &Actor,
    ids: &[FileId],
) -> service::Result<HashMap<FileId, Option<File>>> {
    let found = files::by_ids(app, actor, ids).await?;
    Ok(found.into_iter().map(|(id, file)| (id, Some(File::from(&file)))).collect())
}

/// Reading files.
#[derive(Debug, Default)]
pub struct FileQuery;

/// Reading files.
#[Object]
impl FileQuery {
    /// A file that your company uploaded or was sent; null where there is none. Scope: `orders:read`.
    async fn file(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<File>> {
        let found = match id.parse() {
            Ok(id) => files::find(ctx.app()?, ctx.actor()?, id).await?,
            Err(_) => files::none(ctx.actor()?)?,
        };
        Ok(found.as_ref().map(File::from))
    }
}

command_input! {
    /// What `createUpload` takes.
    CreateUploadInput {
        /// What people call the file, 1 to 200 characters without slashes.
        file_name: String,
        /// Its media type, such as `application/pdf`; only types that the server takes.
        content_type: String,
        /// Its length in bytes; more than the server takes is refused.
        byte_size: i32,
        /// The SHA-256 of its content, 64 hexadecimal digits in lower case.
        sha256: String,
        /// What it is for; decides who may read it, and which types are taken.
        #[graphql(default_with = "FilePurpose::Document")]
        purpose: FilePurpose,
    }
}

impl CreateUploadInput {
    fn read(self) -> (UploadDraft, Envelope) {
        let envelope = self.envelope();
        let draft = UploadDraft {
            name: self.file_name,
            content_type: self.content_type,
            size: i64::from(self.byte_size),
            sha256: self.sha256,
            purpose: self.purpose.into(),
        };
        (draft, envelope)
    }
}

/// Where the content of a file is to be sent.
#[derive(Debug, Clone, SimpleObject)]
pub struct UploadTarget {
    /// Always `PUT`.
    method: &'static str,
    /// The address. It is as good as a key: keep it to yourself.
    url: Url,
    /// Headers that have to be sent with it. At most 10.
    headers: Vec<UploadHeader>,
    /// Until when the address can be used.
    expires_at: DateTime,
}

/// A header that has to be sent with the content.
#[derive(Debug, Clone, SimpleObject)]
pub struct UploadHeader {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

impl From<files::UploadTarget> for UploadTarget {
    fn from(target: files::UploadTarget) -> Self {
        Self {
            method: "PUT",
            url: Url(target.url),
            headers: target.headers.into_iter().map(|(name, value)| UploadHeader { name, value }).collect(),
            expires_at: DateTime(target.expires_at),
        }
    }
}

/// What `createUpload` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct CreateUploadPayload {
    /// The file; null where it was refused.
    file: Option<File>,
    /// Where its content is to be sent; null where it is there already.
    upload: Option<UploadTarget>,
    /// Whether this answers an earlier command with the same key; the address is a new one.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Announced>> for CreateUploadPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Announced>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(done) => Self {
                file: Some(File::from(&done.file)),
                upload: done.target.map(UploadTarget::from),
                replayed: done.replayed,
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { file: None, upload: None, replayed: false, user_errors },
        })
    }
}

/// Writing files.
#[derive(Debug, Default)]
pub struct FileMutation;

/// Writing files.
#[Object]
impl FileMutation {
    /// Announces a file by its SHA-256 and says where to send its content; then name the file in a message, order or
    /// product. Scope: `messages:write` or `orders:write`; `catalog:write` for media of the catalogue.
    async fn create_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you will send.")] input: CreateUploadInput,
    ) -> Result<CreateUploadPayload> {
        let answer = async {
            let ((app, actor), (draft, envelope)) = (caller(ctx)?, input.read());
            files::create_upload(app, actor, &draft, &envelope).await
        };
        answer.await.try_into()
    }
}
