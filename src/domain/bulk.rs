//! Bulk operations: a query whose whole result is written into a file, part by part.

use serde_json::{Map, Value};

use super::actor::{Actor, Role, ScopeSet};
use super::error::{Code, Refusal};
use super::ids::{AppId, BulkOperationId, CompanyId, MemberId};
use super::language::Preferences;
use super::time::{Span, Timestamp};
use super::words::words;

/// A part is closed once it has so many bytes: what a node holds in memory is this and one page.
pub const PART_BYTES: usize = 4 << 20;
/// A part is closed once it has so many pages, so that progress shows and a lost turn costs little.
pub const PART_PAGES: u32 = 50;
/// A part is closed once it took so long, for the same reason.
pub const PART_TIME: Span = Span::seconds(10);
/// The sizes that a page is tried with: the largest whose cost the door allows is taken.
pub const PAGE_SIZES: [i32; 6] = [100, 50, 20, 10, 5, 1];
/// How often in a row something may fail inside before the operation does.
const ATTEMPTS_MAX: i64 = 5;

words! {
    /// How far a bulk operation is.
    BulkStatus {
        /// Nothing was read yet.
        Created => "CREATED",
        /// Objects are being read and written.
        Running => "RUNNING",
        /// The file is complete.
        Completed => "COMPLETED",
        /// It could not go on; the error says why.
        Failed => "FAILED",
        /// Its owner called it off.
        Cancelled => "CANCELLED",
        /// The file was removed.
        Expired => "EXPIRED",
    }
}

impl BulkStatus {
    /// Whether nothing more is written.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Created | Self::Running => false,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Expired => true,
        }
    }

    /// Whether what was written can be fetched.
    pub const fn has_file(self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Cancelled => true,
            Self::Created | Self::Running | Self::Expired => false,
        }
    }
}

/// What a deployment allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkRules {
    /// Bytes of one file at most.
    pub maximum_bytes: i64,
    /// How long an operation may take from its start.
    pub maximum_time: Span,
    /// How long a file is kept from its end.
    pub kept_for: Span,
    /// What one page may cost.
    pub page_cost: u64,
}

/// On whose behalf pages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkOwner {
    /// The app.
    pub app: AppId,
    /// The company that it acts for.
    pub company: Option<CompanyId>,
    /// The person that the token named.
    pub member: Option<MemberId>,
    /// The role.
    pub role: Role,
    /// What the token could do when it asked; counts only as far as app and role may while pages are read.
    pub scopes: ScopeSet,
}

/// What is exported.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkQuery {
    /// As it was sent.
    pub query: String,
    /// Its variables as they were sent.
    pub variables: Map<String, Value>,
    /// What each page runs.
    pub document: String,
    /// What the caller reads.
    pub languages: Preferences,
}

/// Why it ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkFailure {
    /// As the API says it.
    pub code: Code,
    /// One or two sentences for a person.
    pub message: String,
}

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkProgress {
    /// The cursor behind the last object that was written.
    pub cursor: Option<String>,
    /// Whether that is the end of the list.
    pub read_to_end: bool,
    /// Parts that were written.
    pub parts: i64,
    /// Objects in them.
    pub objects: i64,
    /// Bytes in them.
    pub bytes: i64,
}

/// A query whose whole result is written into a file.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    /// Its id.
    pub id: BulkOperationId,
    /// Whose it is.
    pub owner: BulkOwner,
    /// What is exported.
    pub asked: BulkQuery,
    /// How far it is.
    pub status: BulkStatus,
    /// The same in numbers.
    pub progress: BulkProgress,
    /// The SHA-256 of the whole file, once it is complete.
    pub sha256: Option<String>,
    /// Why it ended early.
    pub failure: Option<BulkFailure>,
    /// Counts who worked on it: what an earlier one still writes is not taken any more.
    pub turn: i64,
    /// How often in a row something failed inside.
    pub attempts: i64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the first page was read.
    pub started_at: Option<Timestamp>,
    /// When it ended, however.
    pub ended_at: Option<Timestamp>,
    /// When the file is removed.
    pub expires_at: Option<Timestamp>,
}

impl BulkOperation {
    /// Whether it is this caller's: of the same app for the same company.
    pub fn is_of(&self, actor: &Actor) -> bool {
        actor.app == Some(self.owner.app) && actor.company == self.owner.company
    }

    /// What tells this file's content from any other's: nothing is written any more once there is one.
    pub fn tag(&self) -> String {
        match &self.sha256 {
            Some(sha256) => format!("\"{sha256}\""),
            None => format!("\"{}-{}\"", self.id, self.progress.bytes),
        }
    }

    /// Whether it may be called off.
    pub fn cancel(&self) -> Result<(), Refusal> {
        if !self.status.is_over() {
            return Ok(());
        }
        let message = format!("The bulk operation is over already: {}.", self.status);
        Err(Refusal::new(Code::StateConflict, message))
    }

    /// Whether it may take in so many more bytes.
    pub fn check_size(&self, rules: &BulkRules, more: usize) -> Result<(), Refusal> {
        let bytes = self.progress.bytes.saturating_add(i64::try_from(more).unwrap_or(i64::MAX));
        if bytes > rules.maximum_bytes {
            let remedy = if self.progress.objects == 0 {
                "Not even the first object fits: select less of it."
            } else {
                "Narrow the query, or export the rest from `endCursor` on."
            };
            let message = format!("A file has at most {} bytes. {remedy}", rules.maximum_bytes);
            return Err(Refusal::new(Code::BulkLimitExceeded, message));
        }
        Ok(())
    }

    /// Whether it may go on at this instant.
    pub fn check_time(&self, rules: &BulkRules, now: Timestamp) -> Result<(), Refusal> {
        if self.started_at.is_some_and(|started| now.since(started) > rules.maximum_time) {
            let message = format!(
                "An export takes at most {} hours. Narrow the query, or export the rest from `endCursor` on.",
                rules.maximum_time.as_seconds() / 3_600
            );
            return Err(Refusal::new(Code::BulkLimitExceeded, message));
        }
        Ok(())
    }

    /// When to try again after something failed inside; none if it failed too often.
    pub fn next_attempt(&self, now: Timestamp) -> Option<Timestamp> {
        let attempts = self.attempts + 1;
        (attempts < ATTEMPTS_MAX).then(|| now.plus(Span::seconds(1 << attempts)))
    }
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkPart {
    /// Its place, from 0.
    pub number: i64,
    /// Who wrote it; makes its name in the content store one that nobody else writes to.
    pub turn: i64,
    /// The bytes before it.
    pub offset: i64,
    /// Its bytes.
    pub bytes: i64,
    /// Its objects.
    pub objects: i64,
    /// Their SHA-256.
    pub sha256: String,
    /// The cursor behind its last object.
    pub cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_only_once_it_is_over() {
        for status in BulkStatus::ALL {
            assert!(!status.has_file() || status.is_over(), "{status}");
        }
    }
}
