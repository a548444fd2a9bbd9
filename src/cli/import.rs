//! `surety import`: history from a folder of plain files, with a progress bar and a report per rejected row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::Config;
use crate::domain::import::{Problem, Severity};
use crate::service::import::{self, FileReport, Progress, Report};

use super::{connect, internal, open, say};

/// Problems that are shown; all of them go into the file that `--report` names.
const SHOWN: u64 = 50;

/// What is to be imported.
#[derive(Debug, Args)]
pub(super) struct Wish {
    /// The folder with the files; docs/IMPORT.md describes them.
    folder: PathBuf,
    /// Write every problem into this file, one JSON object on each line.
    #[arg(long)]
    report: Option<PathBuf>,
}

/// Shows what happens, and keeps the first failure to write the report.
struct Screen {
    bar: ProgressBar,
    report: Option<BufWriter<File>>,
    shown: u64,
    failure: Option<anyhow::Error>,
}

impl Screen {
    fn new(wish: &Wish) -> anyhow::Result<Self> {
        let report = match &wish.report {
            None => None,
            Some(path) => {
                let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
                Some(BufWriter::new(file))
            }
        };
        let style =
            ProgressStyle::with_template("{msg:14} {wide_bar} {bytes:>10} / {total_bytes:10} {eta:>5}")?;
        Ok(Self { bar: ProgressBar::new(0).with_style(style), report, shown: 0, failure: None })
    }

    fn tell(&mut self, progress: &Progress<'_>) {
        match progress {
            Progress::Begun { file, bytes } => {
                self.bar.reset();
                self.bar.set_length(*bytes);
                self.bar.set_message(file.as_str());
            }
            Progress::Advanced { bytes, .. } => self.bar.set_position(*bytes),
            Progress::Found(problem) => {
                if let Err(error) = self.problem(problem) {
                    self.failure.get_or_insert(error);
                }
            }
            Progress::Counting => self.bar.set_message("counting"),
        }
    }

    fn problem(&mut self, problem: &Problem) -> anyhow::Result<()> {
        if let Some(report) = &mut self.report {
            serde_json::to_writer(&mut *report, problem)?;
            report.write_all(b"\n")?;
        }
        self.shown += 1;
        if self.shown <= SHOWN {
            let Problem { file, line, field, reason, severity } = problem;
            let what = match severity {
                Severity::Rejected => "rejected",
                Severity::Warning => "warning",
            };
            let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
            self.bar.suspend(|| writeln!(std::io::stderr(), "{file}:{line}: {what}: {field}{reason}"))?;
        }
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        if self.shown > SHOWN {
            writeln!(std::io::stderr(), "… and {} more; --report keeps them all", self.shown - SHOWN)?;
        }
        if let Some(report) = &mut self.report {
            report.flush()?;
        }
        self.failure.map_or(Ok(()), Err)
    }
}

/// Imports the folder; rows that were rejected make it fail at the end, when all others are in.
pub(super) async fn import(config: Config, wish: &Wish) -> anyhow::Result<()> {
    let db = connect(&config).await?;
    let app = open(config, db).await?;
    let mut screen = Screen::new(wish)?;
    let answer = import::run(&app, &wish.folder, &mut |progress| screen.tell(&progress)).await;
    screen.end()?;
    let report = internal(answer)?;
    summarise(&report)?;
    let rejected: u64 = report.files.iter().map(|file| file.rejected).sum();
    anyhow::ensure!(
        report.is_clean(),
        "{rejected} rows were rejected{}; mend them and import again, the rest is kept",
        if report.files.iter().any(|file| file.unreadable) { ", and a file could not be read" } else { "" }
    );
    Ok(())
}

fn summarise(report: &Report) -> std::io::Result<()> {
    say(&format!(
        "{:24}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "file", "rows", "created", "updated", "same", "rejected", "warnings"
    ))?;
    for FileReport { file, rows, created, updated, unchanged, rejected, warnings, .. } in &report.files {
        say(&format!(
            "{file:24}{rows:>10}{created:>10}{updated:>10}{unchanged:>10}{rejected:>10}{warnings:>10}"
        ))?;
    }
    say(&format!("metrics of {} suppliers counted anew", report.suppliers_recounted))
}
