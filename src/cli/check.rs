//! `surety check`: everything that a start needs, tried one after the other.

use crate::clock::Clock;
use crate::config::{Config, Mode};
use crate::http::tls::Tls;
use crate::service::keys::Keys;

use super::{connect_durably, say};

/// Reports each part; the first that fails ends the check.
pub(super) async fn check(config: &Config) -> anyhow::Result<()> {
    let mode = match config.mode {
        Mode::Sandbox => "sandbox",
        Mode::Production => "production",
    };
    say(&format!("settings: fine, {mode} mode"))?;
    if let Some(settings) = &config.tls {
        Tls::open(settings).await?;
        say("certificate: fits its key")?;
    }
    if config.is_sandbox() && config.jwks.is_none() && !config.signing_keys.exists() {
        say("keys: none yet, made at the first start")?;
    } else {
        Keys::load(config, Clock::system().now()).await?;
        say("keys: fine")?;
    }
    if is_missing_file(&config.database_url) {
        say("database: none yet, made at the first start")?;
        return Ok(());
    }
    // Opening checks the settings that durability needs.
    let db = connect_durably(config).await?;
    say(if db.is_postgres() {
        "database: PostgreSQL answers"
    } else {
        "database: SQLite is open and durable"
    })?;
    let pending = db.pending_migrations().await?;
    for name in &pending {
        say(&format!("migrations: {name} has not run"))?;
    }
    anyhow::ensure!(
        pending.is_empty() || config.is_sandbox(),
        "the database lacks migrations; run surety migrate"
    );
    say(if pending.is_empty() {
        "migrations: all done"
    } else {
        "migrations: the sandbox applies them at its start"
    })?;
    Ok(())
}

/// Opening a SQLite file makes it; a check makes nothing.
fn is_missing_file(url: &str) -> bool {
    url.strip_prefix("sqlite://").is_some_and(|path| {
        let path = path.split('?').next().unwrap_or(path);
        !std::path::Path::new(path).exists()
    })
}
