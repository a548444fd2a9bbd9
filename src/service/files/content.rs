//! The content store: a directory or a bucket behind one closed port. Content lies under its own SHA-256.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::bucket::Bucket;
use super::{Incoming, mismatch};
use crate::config::ContentPlace;
use crate::domain::contract::hexadecimal;
use crate::domain::file::{HEAD, StoredFile};
use crate::domain::time::Span;
use crate::service::{Error, Result};

/// Bytes that are gathered before they are written.
const CHUNK: usize = 1_048_576;

/// Where the content of files lies; opened when it is first needed.
pub struct Content {
    place: ContentPlace,
    opened: OnceCell<Opened>,
    /// The secret that addresses are signed with.
    pub(super) secret: OnceCell<String>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({:?})", self.place)
    }
}

enum Opened {
    Directory(LocalFileSystem),
    Bucket(Bucket),
}

/// How content reaches its reader.
pub enum Served {
    /// Through this server.
    Stream(BoxStream<'static, std::result::Result<Bytes, object_store::Error>>),
    /// From the bucket itself, at this address.
    Redirect(String),
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stream(_) => "Stream",
            Self::Redirect(_) => "Redirect",
        })
    }
}

/// Where content of this SHA-256 lies. The digits are checked when a file is announced, and again here: nothing else
/// ever becomes a part of a path.
pub(super) fn place_of(sha256: &str) -> Result<Path> {
    match (crate::domain::file::is_sha256(sha256), sha256.get(..2)) {
        (true, Some(head)) => Ok(Path::from(format!("sha256/{head}/{sha256}"))),
        _ => Err(Error::Internal(anyhow::anyhow!("{sha256:?} is no SHA-256"))),
    }
}

/// A length of time as the library wants it.
pub(super) fn duration(span: Span) -> Duration {
    Duration::from_secs(span.as_seconds().unsigned_abs())
}

/// Counts and hashes bytes until they are more than announced, and keeps the first ones.
pub(super) struct Meter {
    hasher: Sha256,
    head: Vec<u8>,
    size: i64,
    left: i64,
}

impl Meter {
    pub(super) fn new(file: &StoredFile) -> Self {
        Self { hasher: Sha256::new(), head: Vec::new(), size: file.size, left: file.size }
    }

    /// Takes some bytes; refuses the first one too many.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.left = self.left.saturating_sub(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        if self.left < 0 {
            return Err(mismatch(format!("More than the announced {} bytes came.", self.size)));
        }
        self.hasher.update(bytes);
        let wanted = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        Ok(())
    }

    /// Refuses what is not the announced content.
    pub(super) fn finish(self, file: &StoredFile) -> Result<()> {
        if self.left > 0 {
            return Err(mismatch(format!("Only {} of {} bytes came.", self.size - self.left, self.size)));
        }
        if hexadecimal(&self.hasher.finalize()) != file.sha256 {
            return Err(mismatch("The content has another SHA-256 than the announced one."));
        }
        if !file.may_begin_with(&self.head) {
            return Err(mismatch(format!("The content is not what was announced, {}.", file.content_type)));
        }
        Ok(())
    }
}

impl Content {
    /// A store at this place, not opened yet.
    pub fn new(place: ContentPlace) -> Self {
        Self { place, opened: OnceCell::new(), secret: OnceCell::new() }
    }

    /// Whether callers send and fetch content past this server.
    pub fn is_bucket(&self) -> bool {
        matches!(self.place, ContentPlace::Bucket(_))
    }

    async fn opened(&self) -> Result<&Opened> {
        self.opened
            .get_or_try_init(|| async {
                match &self.place {
                    ContentPlace::Directory(path) => {
                        open_directory(path.clone()).await.map(Opened::Directory)
                    }
                    ContentPlace::Bucket(settings) => Bucket::open(settings).map(Opened::Bucket),
                }
            })
            .await
            .map_err(Error::Internal)
    }

    /// The store itself, for content that callers neither bring nor name.
    pub(super) async fn objects(&self) -> Result<&dyn ObjectStore> {
        Ok(match self.opened().await? {
            Opened::Directory(directory) => directory,
            Opened::Bucket(bucket) => bucket.objects(),
        })
    }

    /// Makes sure that the store can be used; the program does so at its start.
    pub async fn open(&self) -> Result<()> {
        self.opened().await.map(|_| ())
    }

    /// Writes content beside its place while it is counted and hashed, syncs it and moves it there in one step; what
    /// is not as announced leaves nothing behind.
    pub(super) async fn receive(&self, file: &StoredFile, mut incoming: Incoming<'_>) -> Result<()> {
        let Opened::Directory(directory) = self.opened().await? else {
            return Err(mismatch("Content goes to the address that createUpload named."));
        };
        let upload = directory.put_multipart(&place_of(&file.sha256)?).await.map_err(anyhow::Error::from)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, CHUNK);
        let mut meter = Meter::new(file);
        let whole = async {
            while let Some(bytes) = incoming.next().await {
                let bytes = bytes.map_err(|_| mismatch("The content broke off before its end."))?;
                meter.take(&bytes)?;
                writer.wait_for_capacity(2).await.map_err(anyhow::Error::from)?;
                writer.put(bytes);
            }
            meter.finish(file)
        };
        if let Err(error) = whole.await {
            writer.abort().await.map_err(anyhow::Error::from)?;
            return Err(error);
        }
        writer.finish().await.map_err(anyhow::Error::from)?;
        Ok(())
    }

    /// The address to send a file's content to with the headers that are signed; none for a directory.
    pub(super) async fn presigned(
        &self,
        file: &StoredFile,
        lifetime: Span,
    ) -> Result<Option<(String, Vec<(String, String)>)>> {
        match self.opened().await? {
            Opened::Directory(_) => Ok(None),
            Opened::Bucket(bucket) => bucket.presigned(file, lifetime).await.map(Some),
        }
    }

    /// Whether content that was sent past this server has come and is as announced; what is not is thrown away.
    pub(super) async fn settle(&self, file: &StoredFile) -> Result<bool> {
        match self.opened().await? {
            Opened::Directory(_) => Ok(false),
            Opened::Bucket(bucket) => bucket.settle(file).await,
        }
    }

    /// The content of a stored file.
    pub(super) async fn serve(&self, file: &StoredFile, lifetime: Span) -> Result<Served> {
        match self.opened().await? {
            Opened::Directory(directory) => {
                let found = directory.get(&place_of(&file.sha256)?).await.map_err(anyhow::Error::from)?;
                Ok(Served::Stream(found.into_stream()))
            }
            Opened::Bucket(bucket) => bucket.address(file, lifetime).await.map(Served::Redirect),
        }
    }
}

/// Opens a directory, making it first; every write is on disk before it is acknowledged, and a folder goes with its last
/// file.
async fn open_directory(path: PathBuf) -> anyhow::Result<LocalFileSystem> {
    tokio::fs::create_dir_all(&path)
        .await
        .map_err(|error| anyhow::anyhow!("the content directory {}: {error}", path.display()))?;
    let opened = tokio::task::spawn_blocking(move || LocalFileSystem::new_with_prefix(path)).await??;
    Ok(opened.with_fsync(true).with_automatic_cleanup(true))
}

/// The same port for a bucket's library object.
pub(super) type Objects = Arc<dyn ObjectStore>;
