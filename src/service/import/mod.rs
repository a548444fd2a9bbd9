//! Importing history: a folder of plain files (`docs/IMPORT.md`) into the catalogue and the orders of the past.
//!
//! Files are streamed, never held whole. Rows are written in batches, one transaction each; within a batch a row is
//! written whole or not at all. Whatever was imported once is known by the source's own ids: to import again skips
//! what says the same, writes over what says something else, and leaves alone what no import wrote.

mod batch;
mod categories;
mod ladders;
mod orders;
mod products;
mod reviews;
mod source;
mod suppliers;

use std::path::Path;

use serde::Serialize;

use crate::app::App;
use crate::domain::error::Refusal;
use crate::domain::import::{
    CategoryRow, Fault, FileKind, LeadTimeRow, OrderLineRow, OrderRow, PriceRow, Problem, ProductRow,
    ReviewRow, Severity, SupplierRow,
};
use crate::domain::time::Timestamp;
use crate::store::{catalogue::listing, history};

use super::Result;
use super::orders::{may_retry, now};

/// Problems that a report keeps; the callback hears of every one.
pub const PROBLEMS_KEPT: usize = 1_000;

/// What happens during an import, for a progress bar and a log of problems.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A file is begun.
    Begun {
        /// Which.
        file: FileKind,
        /// Its size.
        bytes: u64,
    },
    /// A batch was written.
    Advanced {
        /// Of which file.
        file: FileKind,
        /// Bytes read so far.
        bytes: u64,
        /// Rows done so far.
        rows: u64,
    },
    /// A row was rejected or is odd.
    Found(&'a Problem),
    /// All files are read; metrics and listings are being brought up to date.
    Counting,
}

/// What became of one file's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// Rows read.
    pub rows: u64,
    /// Rows of things that were not on record.
    pub created: u64,
    /// Rows of things that said something else before.
    pub updated: u64,
    /// Rows that say what they said at the last import.
    pub unchanged: u64,
    /// Rows that were not imported.
    pub rejected: u64,
    /// Odd things about rows that were imported.
    pub warnings: u64,
    /// Whether the file as a whole could not be read, so that none of its rows was.
    pub unreadable: bool,
}

impl FileReport {
    fn new(file: String) -> Self {
        Self {
            file,
            rows: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
            rejected: 0,
            warnings: 0,
            unreadable: false,
        }
    }
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The files in the order of reading.
    pub files: Vec<FileReport>,
    /// The first problems, at most [`PROBLEMS_KEPT`].
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub problems_left_out: u64,
    /// Suppliers whose metrics changed.
    pub suppliers_recounted: u64,
}

impl Report {
    /// Whether every file was read and every row imported.
    pub fn is_clean(&self) -> bool {
        self.files.iter().all(|file| file.rejected == 0 && !file.unreadable)
    }

    /// What became of a file's rows.
    pub fn of(&self, kind: FileKind) -> Option<&FileReport> {
        self.files.iter().find(|file| file.file.split('.').next() == Some(kind.as_str()))
    }
}

/// One import under way.
struct Run<'a> {
    app: &'a App,
    now: Timestamp,
    progress: &'a mut (dyn FnMut(Progress<'_>) + Send),
    report: Report,
}

impl Run<'_> {
    /// Tells of a problem and keeps it.
    fn found(&mut self, severity: Severity, file: &str, line: u64, fault: Fault) {
        let problem =
            Problem { file: file.to_owned(), line, field: fault.field, reason: fault.reason, severity };
        (self.progress)(Progress::Found(&problem));
        if self.report.problems.len() < PROBLEMS_KEPT {
            self.report.problems.push(problem);
        } else {
            self.report.problems_left_out += 1;
        }
    }
}

/// Imports every file of the layout that the folder holds.
pub async fn run(
    app: &App,
    folder: &Path,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Report> {
    let found = source::discover(folder).await?;
    let report =
        Report { files: Vec::new(), problems: Vec::new(), problems_left_out: 0, suppliers_recounted: 0 };
    let mut run = Run { app, now: now(app).await?, progress, report };
    for name in &found.others {
        let reason = "This is no file of the layout; it was not read.";
        run.found(Severity::Warning, name, 0, Fault::new("", reason));
    }
    if found.files.is_empty() {
        let names: Vec<_> = FileKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let message = format!("The folder holds none of these as .csv or .jsonl: {}.", names.join(", "));
        return Err(Refusal::invalid(&["folder"], message).into());
    }
    for (kind, path) in &found.files {
        read(&mut run, *kind, path).await?;
    }
    if let Some((_, path)) = found.files.iter().find(|(kind, _)| *kind == FileKind::Products) {
        ladders::warn_of_unpriced(&mut run, path).await?;
    }
    (run.progress)(Progress::Counting);
    let mut attempt = 1;
    run.report.suppliers_recounted = loop {
        match count(app, run.now).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => break answer?,
        }
    };
    Ok(run.report)
}

/// Counts the history anew; answers of how many suppliers it changed.
async fn count(app: &App, now: Timestamp) -> Result<u64> {
    let tx = app.db.begin().await?;
    let changed = history::recount(&tx, now).await?;
    for part in changed.chunks(batch::ROWS) {
        listing::refresh_suppliers(&tx, part, now).await?;
    }
    tx.commit().await?;
    Ok(changed.len() as u64)
}

async fn read(run: &mut Run<'_>, kind: FileKind, path: &Path) -> Result<()> {
    match kind {
        FileKind::Categories => batch::import::<CategoryRow>(run, path).await,
        FileKind::Suppliers => batch::import::<SupplierRow>(run, path).await,
        FileKind::Products => batch::import::<ProductRow>(run, path).await,
        FileKind::Prices => batch::import::<PriceRow>(run, path).await,
        FileKind::LeadTimes => batch::import::<LeadTimeRow>(run, path).await,
        FileKind::Orders => batch::import::<OrderRow>(run, path).await,
        FileKind::OrderLines => batch::import::<OrderLineRow>(run, path).await,
        FileKind::Reviews => batch::import::<ReviewRow>(run, path).await,
    }
}
