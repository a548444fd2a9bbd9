//! Content that this server makes itself, in parts under names of its own.

use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStoreExt, PutPayload};

use super::content::Content;
use crate::service::Result;

/// Bytes from the first to before the last.
pub type Span = Range<u64>;

impl Content {
    /// Writes a part whole or not at all; one of this name that is there already is written over.
    pub(in crate::service) async fn put_part(&self, name: &str, bytes: Bytes) -> Result<()> {
        let written = self.objects().await?.put(&Path::from(name), PutPayload::from_bytes(bytes)).await;
        written.map_err(anyhow::Error::from)?;
        Ok(())
    }

    /// Some bytes of a part as they come; never more than a chunk is in memory.
    pub(in crate::service) async fn read_part(
        &self,
        name: &str,
        span: Span,
    ) -> Result<BoxStream<'static, anyhow::Result<Bytes>>> {
        let options = GetOptions { range: Some(GetRange::Bounded(span)), ..GetOptions::default() };
        let found = self.objects().await?.get_opts(&Path::from(name), options).await;
        Ok(found.map_err(anyhow::Error::from)?.into_stream().map_err(anyhow::Error::from).boxed())
    }

    /// Removes everything in a folder, also what nobody remembers writing.
    pub(in crate::service) async fn remove_folder(&self, name: &str) -> Result<()> {
        let objects = self.objects().await?;
        let folder = Path::from(name);
        let mut found = objects.list(Some(&folder));
        while let Some(object) = found.try_next().await.map_err(anyhow::Error::from)? {
            match objects.delete(&object.location).await {
                // Another node was quicker.
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(anyhow::Error::from(error).into()),
            }
        }
        Ok(())
    }
}
