//! `surety schema`: the schema as text, or how it differs from an earlier one.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::clock::Clock;
use crate::graphql::evolution::{Severity, changes};
use crate::graphql::sdl::sdl;

use super::say;

/// What is to be printed.
#[derive(Debug, Args)]
pub(super) struct Wish {
    /// A schema of before, as a file: print every difference instead, and end with exit code 1 where one is breaking.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

/// Prints it.
pub(super) fn print(wish: &Wish) -> anyhow::Result<()> {
    let Some(path) = &wish.against else {
        return Ok(std::io::stdout().write_all(sdl().as_bytes())?);
    };
    let before =
        std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let found = changes(&before, &sdl(), Clock::system().now().day())?;
    for change in &found {
        say(&change.to_string())?;
    }
    let count = |severity| found.iter().filter(|change| change.severity == severity).count();
    let [breaking, dangerous, safe] = [Severity::Breaking, Severity::Dangerous, Severity::Safe].map(count);
    say(&format!("{breaking} breaking, {dangerous} dangerous, {safe} safe"))?;
    anyhow::ensure!(breaking == 0, "the schema breaks clients of {}", path.display());
    Ok(())
}
