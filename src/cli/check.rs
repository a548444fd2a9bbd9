//! `surety check`: everything that a start needs, tried one after the other.

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Mode, TlsSettings};
use crate::http::certificate::Standing;
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
        check_certificate(&Tls::open(settings).await?)?;
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

/// Says how long the certificate holds; one that callers refuse ends the check.
fn check_certificate(tls: &Tls) -> anyhow::Result<()> {
    let wrong = |problem| ConfigError { variable: TlsSettings::CERTIFICATE, problem };
    let line = match tls.validity().map(|held| (held.ends(), held.standing(Clock::system().now()))) {
        None => "certificate: fits its key".to_owned(),
        Some((ends, Standing::Holds)) => format!("certificate: fits its key, and holds until {ends}"),
        Some((ends, Standing::EndsSoon)) => {
            format!("certificate: fits its key, but ends soon, at {ends}; renew it")
        }
        Some((_, Standing::NotYet)) => {
            return Err(
                wrong("the certificate does not hold yet; look at the machine's clock".to_owned()).into()
            );
        }
        Some((ends, Standing::Over)) => {
            return Err(wrong(format!("the certificate is over since {ends}; renew it")).into());
        }
    };
    say(&line)?;
    Ok(())
}

/// Opening a SQLite file makes it; a check makes nothing.
fn is_missing_file(url: &str) -> bool {
    url.strip_prefix("sqlite://").is_some_and(|path| {
        let path = path.split('?').next().unwrap_or(path);
        !std::path::Path::new(path).exists()
    })
}
