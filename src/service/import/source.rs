//! Files into rows: found in a folder, read piece by piece on a thread of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::domain::error::Refusal;
use crate::domain::import::csv::{self, Next};
use crate::domain::import::{Fault, FileKind, Row};
use crate::service::{Error, Result};

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// Rows that are handed over at once.
const ROWS: usize = 250;

/// What a folder holds.
pub(super) struct Found {
    /// Files of the layout in the order of reading.
    pub(super) files: Vec<(FileKind, PathBuf)>,
    /// Names that look like files of a layout and are none of this one.
    pub(super) others: Vec<String>,
}

/// Finds the files of the layout; one that is there in both forms is refused.
pub(super) async fn discover(folder: &Path) -> Result<Found> {
    let refuse = |message: String| Error::from(Refusal::invalid(&["folder"], message));
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(refuse(format!("{} is no folder.", folder.display())));
        }
        Err(error) => return Err(anyhow::Error::from(error).context("reading the folder").into()),
    };
    let mut by_kind: BTreeMap<FileKind, PathBuf> = BTreeMap::new();
    let mut others = Vec::new();
    while let Some(entry) = entries.next_entry().await.context("reading the folder")? {
        let path = entry.path();
        let form = path.extension().and_then(|form| form.to_str());
        if !matches!(form, Some("csv" | "jsonl")) {
            continue;
        }
        let kind = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        let Some(kind) = kind else {
            others.push(entry.file_name().to_string_lossy().into_owned());
            continue;
        };
        if by_kind.insert(kind, path).is_some() {
            return Err(refuse(format!("The folder holds {kind} as .csv and as .jsonl; keep one.")));
        }
    }
    others.sort_unstable();
    Ok(Found { files: by_kind.into_iter().collect(), others })
}

/// A line that no row was made of, or something odd about the file.
pub(super) enum Unread {
    /// The row that begins on this line cannot be read.
    Row(u64, Fault),
    /// No row of the file can be read.
    File(Fault),
    /// What stands on this line is not needed.
    Ignored(u64, Fault),
}

/// What was made of a line.
type Line = std::result::Result<Row, Unread>;

/// Some rows of a file.
pub(super) struct Piece {
    /// In the order of the file.
    pub(super) rows: Vec<Line>,
    /// Bytes of the file up to their end.
    pub(super) bytes: u64,
}

/// Reads a file on a thread of its own, a few pieces ahead of whoever takes them.
pub(super) fn open(path: &Path, kind: FileKind) -> mpsc::Receiver<anyhow::Result<Piece>> {
    let (sender, receiver) = mpsc::channel(2);
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut reader = Reader { sender, rows: Vec::with_capacity(ROWS), bytes: 0 };
        let jsonl = path.extension().is_some_and(|form| form == "jsonl");
        let read = File::open(&path)
            .map_err(anyhow::Error::from)
            .and_then(|file| if jsonl { reader.jsonl(file, kind) } else { reader.csv(file, kind) });
        let last = match read {
            Ok(()) => Ok(Piece { rows: std::mem::take(&mut reader.rows), bytes: reader.bytes }),
            Err(error) => Err(error.context(format!("reading {}", path.display()))),
        };
        // Whoever hung up has an error of its own to report.
        let _hung_up = reader.sender.blocking_send(last);
    });
    receiver
}

/// A file being read.
struct Reader {
    sender: mpsc::Sender<anyhow::Result<Piece>>,
    rows: Vec<Line>,
    bytes: u64,
}

impl Reader {
    fn put(&mut self, row: Line) -> anyhow::Result<()> {
        self.rows.push(row);
        if self.rows.len() == ROWS {
            let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(ROWS));
            self.sender.blocking_send(Ok(Piece { rows, bytes: self.bytes })).context("the import ended")?;
        }
        Ok(())
    }

    fn csv(&mut self, file: File, kind: FileKind) -> anyhow::Result<()> {
        let mut text = Text::new(file);
        let mut columns: Option<Vec<Option<Arc<str>>>> = None;
        let mut line = 1;
        while text.more()? {
            let begun = line;
            let read = match csv::next(text.rest(), text.ended) {
                Next::More => {
                    text.wanted = true;
                    continue;
                }
                Next::Broken(reason) => {
                    line += 1;
                    self.bytes += text.skip_line()?;
                    Err(reason)
                }
                Next::Row { fields, length } => {
                    line += count_lines(&text.rest()[..length]);
                    self.bytes += length as u64;
                    text.take(length);
                    Ok(fields)
                }
            };
            match (&columns, read) {
                (_, Err(reason)) => {
                    let fault = Fault::new("", format!("The row is not CSV: {reason}."));
                    self.put(Err(Unread::Row(begun, fault)))?;
                }
                (Some(columns), Ok(fields)) if fields.len() > 1 || !fields.concat().is_empty() => {
                    self.put(row_of(begun, columns, fields))?;
                }
                (Some(_), Ok(_)) => {}
                (None, Ok(fields)) => match self.header(&fields, kind, begun)? {
                    Some(header) => columns = Some(header),
                    None => return Ok(()),
                },
            }
        }
        if line == 1 {
            self.put(Err(Unread::Ignored(0, Fault::new("", "The file is empty."))))?;
        }
        Ok(())
    }

    /// Reads the names of the columns; none where the file cannot be read by them.
    fn header(
        &mut self,
        fields: &[Vec<u8>],
        kind: FileKind,
        line: u64,
    ) -> anyhow::Result<Option<Vec<Option<Arc<str>>>>> {
        let names: Vec<String> =
            fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect();
        let mut faults = Vec::new();
        for required in kind.required() {
            if !names.iter().any(|name| name == required) {
                faults.push(Fault::new(required, "The file lacks this column; none of its rows was read."));
            }
        }
        for (position, name) in names.iter().enumerate() {
            if names[..position].contains(name) {
                faults.push(Fault::new(name, "The file has this column twice; none of its rows was read."));
            }
        }
        if !faults.is_empty() {
            for fault in faults {
                self.put(Err(Unread::File(fault)))?;
            }
            return Ok(None);
        }
        for name in names.iter().filter(|name| !kind.knows(name)) {
            self.put(Err(unknown_column(line, name)))?;
        }
        Ok(Some(names.iter().map(|name| kind.knows(name).then(|| Arc::from(name.as_str()))).collect()))
    }

    fn jsonl(&mut self, file: File, kind: FileKind) -> anyhow::Result<()> {
        let mut text = Text::new(file);
        let mut line = 0;
        let (mut unknown, mut told) = (Vec::new(), BTreeSet::new());
        while text.more()? {
            let length = match csv::line_length(text.rest()) {
                Some(length) => length,
                None if text.ended => text.rest().len(),
                None if text.rest().len() > csv::ROW_BYTES_MAX => {
                    line += 1;
                    self.bytes += text.skip_line()?;
                    self.put(Err(unread(line, "", "The line has more than a mebibyte.")))?;
                    continue;
                }
                None => {
                    text.wanted = true;
                    continue;
                }
            };
            line += 1;
            let row = object(line, text.rest()[..length].trim_ascii(), kind, |name| {
                if !told.contains(&name) {
                    unknown.push(name);
                }
            });
            self.bytes += length as u64;
            text.take(length);
            for name in unknown.drain(..) {
                self.put(Err(unknown_column(line, &name)))?;
                told.insert(name);
            }
            if let Some(row) = row {
                self.put(row)?;
            }
        }
        if line == 0 {
            self.put(Err(Unread::Ignored(0, Fault::new("", "The file is empty."))))?;
        }
        Ok(())
    }
}

fn unknown_column(line: u64, name: &str) -> Unread {
    Unread::Ignored(line, Fault::new(name, "The layout has no such column; it was not read."))
}

fn unread(line: u64, field: &str, reason: impl Into<String>) -> Unread {
    Unread::Row(line, Fault::new(field, reason))
}

/// One object of a JSONL file, its numbers as they are written; none for an empty line.
fn object(line: u64, text: &[u8], kind: FileKind, mut unknown: impl FnMut(String)) -> Option<Line> {
    if text.is_empty() {
        return None;
    }
    let fields: BTreeMap<String, &RawValue> = match serde_json::from_slice(text) {
        Ok(fields) => fields,
        Err(error) => {
            return Some(Err(unread(line, "", format!("The line is no JSON object: {error}."))));
        }
    };
    let mut cells: Vec<(Arc<str>, String)> = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        if !kind.knows(&name) {
            unknown(name);
            continue;
        }
        let text = value.get();
        let cell = match text.as_bytes().first() {
            Some(b'"') => match serde_json::from_str(text) {
                Ok(cell) => cell,
                Err(error) => return Some(Err(unread(line, &name, format!("{error}.")))),
            },
            Some(b'{' | b'[') => {
                return Some(Err(unread(line, &name, "A value is a text, a number, true, false or null.")));
            }
            _ if text == "null" => String::new(),
            _ => text.to_owned(),
        };
        cells.push((Arc::from(name), cell));
    }
    Some(Ok(Row::new(line, cells)))
}

fn row_of(line: u64, columns: &[Option<Arc<str>>], fields: Vec<Vec<u8>>) -> Line {
    if fields.len() != columns.len() {
        let reason = format!("The row has {} fields, the header {}.", fields.len(), columns.len());
        return Err(unread(line, "", reason));
    }
    let mut cells = Vec::with_capacity(columns.len());
    for (column, field) in columns.iter().zip(fields) {
        let Some(column) = column else { continue };
        match String::from_utf8(field) {
            Ok(text) => cells.push((Arc::clone(column), text)),
            Err(_) => return Err(unread(line, column, "The text is not UTF-8.")),
        }
    }
    Ok(Row::new(line, cells))
}

fn count_lines(text: &[u8]) -> u64 {
    text.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}

/// A window on a file that moves forward.
struct Text {
    file: File,
    window: Vec<u8>,
    start: usize,
    /// Whether what is there is too little.
    wanted: bool,
    ended: bool,
}

impl Text {
    fn new(file: File) -> Self {
        Self { file, window: Vec::new(), start: 0, wanted: true, ended: false }
    }

    /// What is there and was not taken yet.
    fn rest(&self) -> &[u8] {
        &self.window[self.start..]
    }

    fn take(&mut self, length: usize) {
        self.start += length;
    }

    /// Leaves the rest of the line behind, however long it is; answers its bytes.
    fn skip_line(&mut self) -> std::io::Result<u64> {
        let mut skipped = 0;
        loop {
            let length = csv::line_length(self.rest());
            let left = length.unwrap_or(self.rest().len());
            skipped += left as u64;
            self.take(left);
            if length.is_some() || !self.more()? {
                return Ok(skipped);
            }
        }
    }

    /// Reads on where that is wanted; whether anything is left.
    fn more(&mut self) -> std::io::Result<bool> {
        if (self.wanted || self.start == self.window.len()) && !self.ended {
            let at_begin = self.window.is_empty();
            self.window.drain(..self.start);
            self.start = 0;
            let before = self.window.len();
            let got = self.file.by_ref().take(PIECE as u64).read_to_end(&mut self.window)?;
            self.ended = got == 0;
            if at_begin && before == 0 && self.window.starts_with(b"\xef\xbb\xbf") {
                // Some programs begin UTF-8 with a byte order mark.
                self.start = 3;
            }
            self.wanted = false;
        }
        Ok(self.start < self.window.len() || !self.ended)
    }
}
