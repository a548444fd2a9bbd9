//! Other people's data into the layout of `docs/IMPORT.md`: each converter reads the files of one source and writes
//! the files of ours. Nothing is repaired on the way.

mod adventureworks;
mod olist;
mod price_breaks;
mod scms;

use std::path::{Path, PathBuf};

pub use adventureworks::adventureworks;
pub use olist::olist;
pub use price_breaks::price_breaks;
pub use scms::scms;

use super::postgres::say;

/// The folder of other people's data, beside the repository; none where it is not there.
pub fn shared_data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = ["../shared/data", "../../shared/data"]
        .map(|path| root.join(path))
        .into_iter()
        .find(|path| path.join("facts.json").is_file());
    if found.is_none() {
        say("facts: did not run (no shared/data beside the repository)");
    }
    found
}

/// A table of a source, row by row.
struct Table {
    reader: csv::Reader<std::fs::File>,
    header: csv::StringRecord,
}

impl Table {
    fn open(folder: &Path, name: &str) -> Self {
        let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
        let header = reader.headers().unwrap().clone();
        Self { reader, header }
    }

    fn rows(mut self) -> Vec<Cells> {
        let rows: Vec<_> = self.reader.records().map(Result::unwrap).collect();
        rows.into_iter().map(|record| Cells { record, header: self.header.clone() }).collect()
    }
}

/// A row of a source.
struct Cells {
    record: csv::StringRecord,
    header: csv::StringRecord,
}

impl Cells {
    #[track_caller]
    fn get(&self, column: &str) -> &str {
        let position = self.header.iter().position(|name| name == column).expect(column);
        self.record.get(position).unwrap()
    }
}

/// A file of the layout being written.
struct Sheet(csv::Writer<std::fs::File>);

impl Sheet {
    fn create(folder: &Path, name: &str, columns: &[&str]) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut writer = csv::Writer::from_path(folder.join(name)).unwrap();
        writer.write_record(columns).unwrap();
        Self(writer)
    }

    fn row(&mut self, cells: &[&str]) {
        self.0.write_record(cells).unwrap();
    }
}
