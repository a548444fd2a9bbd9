//! The work itself, in turns: a node takes the operation that waits longest, writes one part of its file and gives it
//! back. A node that dies is not waited for: its turn ends with its lease, and the next one begins behind the last
//! part that was noted.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};

use super::{BulkPage, now_of, place_of};
use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::bulk::{
    BulkFailure, BulkOperation, BulkPart, BulkProgress, PAGE_SIZES, PART_BYTES, PART_PAGES, PART_TIME,
};
use crate::domain::contract::{hexadecimal, sha256_hex};
use crate::domain::error::{Code, Refusal};
use crate::domain::time::{Span, Timestamp};
use crate::faults::Place;
use crate::service::auth::{self, Grant};
use crate::service::{Error, Result, require_scope};
use crate::store;
use crate::store::bulk::End;

/// How long a node may be silent before another one takes the operation over.
const LEASE: Span = Span::seconds(60);
/// How old a lease is renewed.
const RENEWED_AFTER: Span = Span::seconds(20);
/// Parts that are looked up at once.
const BATCH: u32 = 64;

/// Takes one turn of one operation; whether any waited.
pub async fn work_once(app: &Arc<App>) -> Result<bool> {
    if !store::bulk::any_waits(&app.db, app.clock.now()).await? {
        return Ok(false);
    }
    let tx = app.db.begin().await?;
    let now = now_of(app, &tx).await?;
    let taken = store::bulk::take(&tx, now, now.plus(LEASE)).await?;
    tx.commit().await?;
    let Some(operation) = taken else { return Ok(false) };
    let mut turn = Turn { app, operation: &operation, begun_at: now, renewed_at: now };
    let answer = turn.work().await;
    turn.settle(answer).await?;
    Ok(true)
}

/// A node's hold on an operation.
struct Turn<'a> {
    app: &'a Arc<App>,
    operation: &'a BulkOperation,
    begun_at: Timestamp,
    renewed_at: Timestamp,
}

/// Pages that are not written yet.
struct Draft {
    lines: Vec<u8>,
    objects: i64,
    pages: u32,
    cursor: Option<String>,
    read_to_end: bool,
}

impl Turn<'_> {
    async fn work(&mut self) -> Result<()> {
        if self.operation.progress.read_to_end {
            return self.complete().await;
        }
        match self.gather().await? {
            Some(draft) => self.keep(draft).await,
            None => Ok(()),
        }
    }

    /// Reads pages until there are enough for a part; none where the operation is no longer this turn's. What was read
    /// before a limit is reached is a part, too: the next turn finds that nothing more fits.
    async fn gather(&mut self) -> Result<Option<Draft>> {
        let mut draft = Draft {
            lines: Vec::new(),
            objects: 0,
            pages: 0,
            cursor: self.operation.progress.cursor.clone(),
            read_to_end: false,
        };
        loop {
            if !self.still_held().await? {
                return Ok(None);
            }
            let page = match self.page(&draft).await {
                Err(Error::Denied(refusal))
                    if refusal.code == Code::BulkLimitExceeded && draft.objects > 0 =>
                {
                    return Ok(Some(draft));
                }
                answer => answer?,
            };
            let now = self.app.clock.now();
            draft.lines.extend_from_slice(&page.lines);
            draft.objects += page.objects;
            draft.pages += 1;
            draft.read_to_end = !page.more;
            draft.cursor = page.end.or(draft.cursor);
            let full = draft.lines.len() >= PART_BYTES || draft.pages >= PART_PAGES;
            if full || draft.read_to_end || now.since(self.begun_at) >= PART_TIME {
                return Ok(Some(draft));
            }
            // Callers that wait come first.
            tokio::task::yield_now().await;
        }
    }

    /// The page behind a draft, within the limits. Of one that is too large for what the file has room for as many objects
    /// as fit are read, so that the file ends with the last whole line that it can hold.
    async fn page(&self, draft: &Draft) -> Result<BulkPage> {
        let (rules, asked, cursor) = (&self.app.config.bulk, &self.operation.asked, draft.cursor.as_deref());
        self.operation.check_time(rules, self.app.clock.now()).map_err(Error::Denied)?;
        let actor = self.actor().await?;
        let mut size: Option<i32> = None;
        loop {
            let page = self.app.pages.read(self.app, &actor, asked, cursor, size).await?;
            if page.more && (page.end.is_none() || page.end == draft.cursor) {
                return Err(anyhow::anyhow!("a page says that more follow, and not where").into());
            }
            let bytes = draft.lines.len() + page.lines.len();
            let Err(refusal) = self.operation.check_size(rules, bytes) else { return Ok(page) };
            // What is there is written first: a smaller page is worth its reading only at the very end.
            // An operation from before this server knew smaller pages answers them as large as ever: each is tried once.
            let smaller = PAGE_SIZES
                .into_iter()
                .find(|next| i64::from(*next) < page.objects && size.is_none_or(|tried| *next < tried));
            match smaller.filter(|_| draft.objects == 0) {
                Some(smaller) => size = Some(smaller),
                None => return Err(Error::Denied(refusal)),
            }
        }
    }

    /// The caller as the app, the company and the person are now: asked before each page.
    async fn actor(&self) -> Result<Arc<Actor>> {
        let owner = self.operation.owner;
        let grant = Grant {
            app: owner.app,
            company: owner.company,
            member: owner.member,
            role: owner.role,
            scopes: owner.scopes,
        };
        match auth::again(self.app, grant).await {
            Ok(actor) => require_scope(&actor, Scope::BulkRun).map(|()| actor),
            Err(Error::Denied(refusal)) if refusal.code == Code::Unauthenticated => {
                let message = "The app may no longer act for this company.";
                Err(Error::Denied(Refusal::new(refusal.code, message)))
            }
            Err(other) => Err(other),
        }
    }

    /// Whether nobody called the operation off or took it over; the lease is renewed from time to time.
    async fn still_held(&mut self) -> Result<bool> {
        let now = self.app.clock.now();
        if now.since(self.renewed_at) < RENEWED_AFTER {
            return Ok(store::bulk::is_held(&self.app.db, self.operation).await?);
        }
        let tx = self.app.db.begin().await?;
        let until = now_of(self.app, &tx).await?.plus(LEASE);
        let held = store::bulk::hold(&tx, self.operation, until).await?;
        tx.commit().await?;
        self.renewed_at = now;
        Ok(held)
    }

    /// Writes the part, then notes it. Whoever dies in between leaves content that no row names: the pages are read
    /// again, and it goes with the folder.
    async fn keep(&self, draft: Draft) -> Result<()> {
        let (before, faults) = (&self.operation.progress, self.app.faults());
        let part = (draft.objects > 0).then(|| BulkPart {
            number: before.parts,
            turn: self.operation.turn,
            offset: before.bytes,
            bytes: i64::try_from(draft.lines.len()).unwrap_or(i64::MAX),
            objects: draft.objects,
            sha256: sha256_hex(&draft.lines),
            cursor: draft.cursor.clone(),
        });
        let progress = BulkProgress {
            cursor: draft.cursor,
            read_to_end: draft.read_to_end,
            parts: before.parts + i64::from(part.is_some()),
            objects: before.objects + draft.objects,
            bytes: before.bytes + part.as_ref().map_or(0, |part| part.bytes),
        };
        faults.at(Place::BeforeWriting("part")).await?;
        if let Some(part) = &part {
            let name = place_of(self.operation.id, part);
            self.app.content.put_part(&name, Bytes::from(draft.lines)).await?;
        }
        faults.at(Place::BeforeWriting("part's row")).await?;
        let tx = self.app.db.begin().await?;
        let now = now_of(self.app, &tx).await?;
        if store::bulk::advance(&tx, self.operation, &progress, part.as_ref(), now).await? {
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        Ok(())
    }

    /// Reads the whole file once more: each part has to be what its row says, and the hash of all is the file's.
    async fn complete(&mut self) -> Result<()> {
        let (mut whole, mut read) = (Sha256::new(), 0);
        loop {
            let parts = store::bulk::parts(&self.app.db, self.operation.id, read, BATCH).await?;
            if parts.is_empty() {
                break;
            }
            for part in parts {
                if !self.still_held().await? {
                    return Ok(());
                }
                self.read_again(&part, &mut whole).await?;
                read = part.offset + part.bytes;
            }
        }
        if read != self.operation.progress.bytes {
            return Err(anyhow::anyhow!("{} lacks a part behind byte {read}", self.operation.id).into());
        }
        self.end(&End::Completed(&hexadecimal(&whole.finalize()))).await
    }

    async fn read_again(&self, part: &BulkPart, whole: &mut Sha256) -> Result<()> {
        let name = place_of(self.operation.id, part);
        let mut stream = self.app.content.read_part(&name, 0..part.bytes.unsigned_abs()).await?;
        let mut alone = Sha256::new();
        while let Some(bytes) = stream.try_next().await? {
            alone.update(&bytes);
            whole.update(&bytes);
            tokio::task::yield_now().await;
        }
        if hexadecimal(&alone.finalize()) == part.sha256 {
            return Ok(());
        }
        Err(anyhow::anyhow!("{name} is not what was written").into())
    }

    async fn end(&self, end: &End<'_>) -> Result<()> {
        let tx = self.app.db.begin().await?;
        let now = now_of(self.app, &tx).await?;
        let times = (now, now.plus(self.app.config.bulk.kept_for));
        store::bulk::end(&tx, self.operation, end, times).await?;
        Ok(tx.commit().await?)
    }

    /// What the caller is at fault for ends the operation; what may pass is tried again some times.
    async fn settle(&self, answer: Result<()>) -> Result<()> {
        let (refusal, cause) = match answer {
            Ok(()) => return Ok(()),
            Err(Error::Denied(refusal)) => (refusal, None),
            Err(Error::Refused(refusals)) => match refusals.into_iter().next() {
                Some(refusal) => (refusal, None),
                None => return Ok(()),
            },
            Err(Error::Internal(error)) => {
                let message = "Something failed inside, several times. Ask support, or run it again.";
                (Refusal::new(Code::Internal, message), Some(error))
            }
        };
        let may_pass = matches!(refusal.code, Code::Internal | Code::Overloaded);
        let id = self.operation.id.to_string();
        if may_pass {
            tracing::warn!(id, code = %refusal.code, reason = refusal.message, ?cause, "a bulk operation failed inside");
        } else {
            // The caller's own affair, and told to the caller: the words may be its own.
            tracing::info!(id, code = %refusal.code, "a bulk operation was stopped");
        }
        let tx = self.app.db.begin().await?;
        let now = now_of(self.app, &tx).await?;
        if let Some(later) = self.operation.next_attempt(now).filter(|_| may_pass) {
            store::bulk::put_off(&tx, self.operation, later).await?;
            return Ok(tx.commit().await?);
        }
        tx.rollback().await?;
        let failure = BulkFailure { code: refusal.code, message: refusal.message };
        self.end(&End::Failed(&failure)).await
    }
}
