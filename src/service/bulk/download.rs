//! What a bulk operation wrote, as one file: its parts one after the other, from any byte to any byte.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use super::place_of;
use crate::app::App;
use crate::domain::bulk::{BulkOperation, BulkPart};
use crate::domain::error::Refusal;
use crate::domain::ids::BulkOperationId;
use crate::service::files::token::{self, Purpose};
use crate::service::{Error, Result};
use crate::store;

/// Parts that are looked up at once.
const BATCH: u32 = 64;

/// A file that may be fetched.
#[derive(Debug, Clone)]
pub struct Download {
    /// Whose it is.
    pub id: BulkOperationId,
    /// Its length in bytes.
    pub size: u64,
    /// Its strong entity tag.
    pub tag: String,
    /// What to call it.
    pub name: String,
}

/// The file that an address stands for.
pub async fn open(app: &App, id: &str, token: &str) -> Result<Download> {
    let gone = || Error::Denied(Refusal::not_found("file"));
    let named: BulkOperationId = token::read(app, Purpose::Bulk, token).await?;
    if named.to_string() != id {
        return Err(gone());
    }
    let found = store::bulk::load(&app.db, named).await?;
    let found = found.filter(|found| found.status.has_file()).ok_or_else(gone)?;
    let BulkOperation { id, progress, .. } = &found;
    let partial = if found.sha256.is_some() { "" } else { ".partial" };
    Ok(Download {
        id: *id,
        size: progress.bytes.unsigned_abs(),
        tag: found.tag(),
        name: format!("{id}{partial}.jsonl"),
    })
}

/// What is left to be sent.
struct Rest {
    app: Arc<App>,
    id: BulkOperationId,
    span: Range<u64>,
    known: VecDeque<BulkPart>,
    open: Option<BoxStream<'static, anyhow::Result<Bytes>>>,
}

/// Some bytes of the file as they come; never more than a chunk is in memory.
pub fn content(
    app: Arc<App>,
    file: &Download,
    span: Range<u64>,
) -> BoxStream<'static, anyhow::Result<Bytes>> {
    let rest = Rest { app, id: file.id, span, known: VecDeque::new(), open: None };
    stream::try_unfold(rest, |mut rest| async move { Ok(rest.next().await?.map(|bytes| (bytes, rest))) })
        .boxed()
}

impl Rest {
    async fn next(&mut self) -> anyhow::Result<Option<Bytes>> {
        loop {
            if let Some(stream) = &mut self.open {
                if let Some(bytes) = stream.try_next().await? {
                    self.span.start += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
                self.open = None;
            }
            if self.span.is_empty() {
                return Ok(None);
            }
            let part = self.part().await?;
            let offset = part.offset.unsigned_abs();
            let end = part.bytes.unsigned_abs().min(self.span.end - offset);
            let inside = self.span.start - offset..end;
            let opened = self.app.content.read_part(&place_of(self.id, &part), inside).await;
            self.open = Some(opened.map_err(cause)?);
        }
    }

    /// The part that holds the next byte.
    async fn part(&mut self) -> anyhow::Result<BulkPart> {
        if self.known.is_empty() {
            let start = i64::try_from(self.span.start)?;
            self.known = store::bulk::parts(&self.app.db, self.id, start, BATCH).await?.into();
        }
        let part = self.known.pop_front();
        let holds = |part: &BulkPart| part.offset.unsigned_abs() <= self.span.start;
        part.filter(holds).ok_or_else(|| anyhow::anyhow!("{} was removed meanwhile", self.id))
    }
}

fn cause(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(error) => error,
        Error::Denied(refusal) => refusal.into(),
        Error::Refused(_) => anyhow::anyhow!("a part is refused"),
    }
}
