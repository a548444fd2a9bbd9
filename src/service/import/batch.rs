//! One file: rows into items, items into batches, each batch one transaction.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

use super::source::{self, Unread};
use super::{FileReport, Progress, Run};
use crate::app::App;
use crate::domain::import::{Fault, Item, Severity, digest_of};
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::store::{Error as StoreError, Result as StoreResult, Tx};

/// Items that one transaction writes.
pub(super) const ROWS: usize = 500;

/// How often a batch that lost against other transactions is tried again.
const ATTEMPTS: u32 = 5;

/// An item with the rows that it was made of.
pub(super) struct Entry<T> {
    /// The rows: one, or those of a ladder.
    pub(super) rows: Vec<T>,
    /// SHA-256 of the rows.
    pub(super) digest: String,
    lines: Vec<u64>,
    warnings: Vec<(u64, Fault)>,
}

impl<T> Entry<T> {
    /// The row, or the first one of a ladder.
    pub(super) fn row(&self) -> &T {
        &self.rows[0]
    }
}

/// What is odd about an item that was written or is on record, each with the place among the item's rows of the one at
/// fault.
pub(super) type Odd = Vec<(usize, Fault)>;

/// What became of an item.
pub(super) enum Verdict {
    /// It was not on record.
    Created(Odd),
    /// It said something else before.
    Updated(Odd),
    /// It says what it said before, and is as odd as it was.
    Unchanged(Odd),
    /// It was not written.
    Rejected(Fault),
}

impl Verdict {
    /// Created or updated, without anything odd.
    pub(super) fn written(known: bool) -> Self {
        Self::written_with(known, Vec::new())
    }

    pub(super) fn written_with(known: bool, odd: Odd) -> Self {
        if known { Self::Updated(odd) } else { Self::Created(odd) }
    }

    /// On record as it is, without anything odd.
    pub(super) fn unchanged() -> Self {
        Self::Unchanged(Vec::new())
    }

    pub(super) fn rejected(field: &str, reason: impl Into<String>) -> Self {
        Self::Rejected(Fault::new(field, reason))
    }

    /// No such thing is on record, and none stands in the files read before.
    pub(super) fn unknown(field: &str, what: &str, reference: &str) -> Self {
        Self::rejected(field, format!("There is no {what} {reference:?}; import it first."))
    }

    /// The reference belongs to something that no import wrote, which is left alone.
    pub(super) fn not_ours(field: &str, what: &str) -> Self {
        let reason =
            format!("A {what} with this id is on record that was not imported; it is left as it is.");
        Self::rejected(field, reason)
    }
}

/// What is written with: the application, the transaction, the present instant.
pub(super) struct Pen<'a> {
    pub(super) app: &'a App,
    pub(super) tx: &'a Tx,
    pub(super) now: Timestamp,
}

/// An item that can be written in batches.
pub(super) trait Writable: Item {
    /// Writes the items; answers what became of each, in their order. Whatever a constraint of the database refuses
    /// is tried again in smaller batches, down to the row at fault.
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> StoreResult<Vec<Verdict>>;
}

/// Imports a file.
pub(super) async fn import<T: Writable>(run: &mut Run<'_>, path: &Path) -> Result<()> {
    let size = tokio::fs::metadata(path).await.context("reading a file's size")?.len();
    (run.progress)(Progress::Begun { file: T::FILE, bytes: size });
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut file = Pending::<T> {
        report: FileReport::new(name),
        entries: Vec::with_capacity(ROWS),
        digests: Vec::new(),
        seen: HashMap::new(),
    };
    let mut pieces = source::open(path, T::FILE);
    while let Some(piece) = pieces.recv().await {
        let piece = piece?;
        for row in piece.rows {
            match row {
                Ok(row) => {
                    file.report.rows += 1;
                    match T::read(&row, run.now) {
                        Ok((item, warnings)) => file.add(run, item, row.line, row.digest(), warnings),
                        Err(faults) => file.reject(run, row.line, faults),
                    }
                }
                Err(unread) => file.unread(run, unread),
            }
            if file.entries.len() > ROWS {
                file.flush(run, ROWS).await?;
            }
        }
        (run.progress)(Progress::Advanced { file: T::FILE, bytes: piece.bytes, rows: file.report.rows });
    }
    let left = file.entries.len();
    file.flush(run, left).await?;
    run.report.files.push(file.report);
    Ok(())
}

/// What was read of a file and is not yet written.
struct Pending<T> {
    report: FileReport,
    entries: Vec<Entry<T>>,
    /// The digests of the rows of the last entry.
    digests: Vec<String>,
    /// On which line each key stood first; keys as short digests, so that large files fit.
    seen: HashMap<u128, u64>,
}

impl<T: Writable> Pending<T> {
    fn add(&mut self, run: &mut Run<'_>, item: T, line: u64, digest: String, warnings: Vec<Fault>) {
        let warnings = warnings.into_iter().map(|fault| (line, fault));
        if let Some(last) = self.entries.last_mut()
            && T::joins()
            && last.row().key() == item.key()
        {
            self.digests.push(digest);
            last.digest = digest_of(self.digests.iter().map(String::as_str));
            last.rows.push(item);
            last.lines.push(line);
            last.warnings.extend(warnings);
            return;
        }
        let key = short(&digest_of(item.key()));
        if let Some(first) = self.seen.get(&key) {
            let reason = if T::joins() {
                format!("Rows of one product stand together; others of it begin on line {first}.")
            } else {
                format!("The same key stands on line {first} already.")
            };
            self.reject(run, line, vec![Fault::new(T::FILE.required()[0], reason)]);
            return;
        }
        self.seen.insert(key, line);
        self.digests = vec![digest.clone()];
        self.entries.push(Entry {
            rows: vec![item],
            digest,
            lines: vec![line],
            warnings: warnings.collect(),
        });
    }

    fn reject(&mut self, run: &mut Run<'_>, line: u64, faults: Vec<Fault>) {
        self.report.rejected += 1;
        for fault in faults {
            run.found(Severity::Rejected, &self.report.file, line, fault);
        }
    }

    fn unread(&mut self, run: &mut Run<'_>, unread: Unread) {
        match unread {
            Unread::Row(line, fault) => {
                self.report.rows += 1;
                self.reject(run, line, vec![fault]);
            }
            Unread::File(fault) => {
                self.report.unreadable = true;
                run.found(Severity::Rejected, &self.report.file, 1, fault);
            }
            Unread::Ignored(line, fault) => {
                self.report.warnings += 1;
                run.found(Severity::Warning, &self.report.file, line, fault);
            }
        }
    }

    /// Writes the first entries, in as few transactions as constraints allow.
    async fn flush(&mut self, run: &mut Run<'_>, count: usize) -> Result<()> {
        let entries: Vec<Entry<T>> = self.entries.drain(..count).collect();
        let mut work: Vec<&[Entry<T>]> = vec![&entries];
        let mut lost = 0;
        while let Some(part) = work.pop() {
            if part.is_empty() {
                continue;
            }
            match commit(run.app, run.now, part).await {
                Ok(verdicts) => self.count(run, part, verdicts),
                Err(StoreError::Constraint(reason)) if part.len() == 1 => {
                    let fault = Fault::new("", format!("The database refused the row: {reason}."));
                    self.count(run, part, vec![Verdict::Rejected(fault)]);
                }
                Err(StoreError::Constraint(_)) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    work.extend([second, first]);
                }
                Err(StoreError::Retry) if lost < ATTEMPTS => {
                    lost += 1;
                    work.push(part);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn count(&mut self, run: &mut Run<'_>, entries: &[Entry<T>], verdicts: Vec<Verdict>) {
        for (entry, verdict) in entries.iter().zip(verdicts) {
            let rows = entry.lines.len() as u64;
            let odd = match verdict {
                Verdict::Created(odd) => {
                    self.report.created += rows;
                    odd
                }
                Verdict::Updated(odd) => {
                    self.report.updated += rows;
                    odd
                }
                Verdict::Unchanged(odd) => {
                    self.report.unchanged += rows;
                    odd
                }
                Verdict::Rejected(fault) => {
                    self.report.rejected += rows;
                    for &line in &entry.lines {
                        run.found(Severity::Rejected, &self.report.file, line, fault.clone());
                    }
                    continue;
                }
            };
            let at_its_row =
                |(place, fault): (usize, Fault)| (entry.lines.get(place).copied().unwrap_or_default(), fault);
            let own = entry.warnings.iter().cloned();
            let mut warnings: Vec<(u64, Fault)> = own.chain(odd.into_iter().map(at_its_row)).collect();
            warnings.sort_by_key(|(line, _)| *line);
            for (line, fault) in warnings {
                self.report.warnings += 1;
                run.found(Severity::Warning, &self.report.file, line, fault);
            }
        }
    }
}

async fn commit<T: Writable>(app: &App, now: Timestamp, entries: &[Entry<T>]) -> StoreResult<Vec<Verdict>> {
    let tx = app.db.begin().await?;
    let verdicts = T::write(&Pen { app, tx: &tx, now }, entries).await?;
    tx.commit().await?;
    Ok(verdicts)
}

/// The first 128 bits of a hexadecimal digest.
fn short(digest: &str) -> u128 {
    digest.get(..32).and_then(|text| u128::from_str_radix(text, 16).ok()).unwrap_or_default()
}
