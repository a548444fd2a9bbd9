//! Settings of tokens: who signs them, for whom, and how long they last.

use std::path::PathBuf;

use super::{Config, ConfigError, Mode, SANDBOX_ISSUER, number, refuse};
use crate::domain::credential::Environment;
use crate::domain::time::Span;

/// The audience of a production server's tokens unless set otherwise.
pub const DEFAULT_AUDIENCE: &str = "surety";
/// The audience of a sandbox's tokens unless set otherwise: no token for one is good for the other.
pub const SANDBOX_AUDIENCE: &str = "surety-sandbox";

/// How tokens are signed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// `SURETY_TOKEN_MINUTES`: how long the tokens of `/oauth/token` last.
    pub lifetime: Span,
    /// `SURETY_ISSUERS_FILE`: a file that lists further issuers whose tokens are let in.
    pub issuers_file: Option<PathBuf>,
    /// Whether `SURETY_SIGNING_KEYS` is set: production signs with no keys that nobody named.
    names_keys: bool,
    /// Whether `SURETY_AUDIENCE` is set.
    names_audience: bool,
}

pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<TokenSettings, ConfigError> {
    let minutes: i64 = number(&lookup, "SURETY_TOKEN_MINUTES", 60, 15..=60, "number of minutes")?;
    Ok(TokenSettings {
        lifetime: Span::seconds(minutes.saturating_mul(60)),
        issuers_file: lookup("SURETY_ISSUERS_FILE").map(PathBuf::from),
        names_keys: lookup("SURETY_SIGNING_KEYS").is_some(),
        names_audience: lookup("SURETY_AUDIENCE").is_some(),
    })
}

/// Whom tokens are for, where nothing is set.
pub(super) fn default_audience(mode: Mode) -> String {
    match mode {
        Mode::Sandbox => SANDBOX_AUDIENCE.to_owned(),
        Mode::Production => DEFAULT_AUDIENCE.to_owned(),
    }
}

/// Refuses what would let a token in that nobody meant for this server.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    if config.jwks.as_ref().is_some_and(|address| address.starts_with("http://")) {
        return Err(refuse(
            "SURETY_JWKS",
            "keys that come in clear can be forged on the way; write https:// or name a file",
        ));
    }
    if config.mode == Mode::Sandbox {
        if config.jwks.is_some() && config.issuer == SANDBOX_ISSUER {
            return Err(refuse(
                "SURETY_ISSUER",
                "with SURETY_JWKS set, name the issuer that signs with those keys, such as https://id.example.com",
            ));
        }
        return Ok(());
    }
    if config.issuer == SANDBOX_ISSUER {
        return Err(refuse(
            "SURETY_ISSUER",
            "production needs the issuer of your tokens, such as https://id.example.com",
        ));
    }
    match (config.jwks.is_some(), config.tokens.names_keys) {
        (true, true) => Err(refuse(
            "SURETY_SIGNING_KEYS",
            "tokens come from the issuer of SURETY_JWKS or are signed here; leave one of both unset",
        )),
        (false, false) => Err(refuse(
            "SURETY_JWKS",
            "production does not sign with keys that nobody named; name a file or an https:// address with the issuer's key \
             set, or by SURETY_SIGNING_KEYS the file of keys that this server signs with (made by surety keys)",
        )),
        (false, true) if !config.tokens.names_audience => Err(refuse(
            "SURETY_AUDIENCE",
            "who signs tokens says whom they are for; set it to a name of this server, such as https://api.example.com",
        )),
        (true, false) | (false, true) => Ok(()),
    }
}

impl Config {
    /// The kind of server that this is, as tokens and credentials name it.
    pub const fn environment(&self) -> Environment {
        match self.mode {
            Mode::Sandbox => Environment::Sandbox,
            Mode::Production => Environment::Production,
        }
    }
}
