//! Further issuers whose tokens are let in: a file that lists them.

use std::path::Path;

use serde::Deserialize;

use super::issuer::{Issuer, Source};
use super::{KeyError, file_error};
use crate::config::Config;
use crate::domain::time::Timestamp;

/// Further issuers at most.
const ISSUERS_MAX: usize = 20;

/// An issuer as the file names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    issuer: String,
    /// Whom its tokens are for; what `SURETY_AUDIENCE` says where it is left out.
    audience: Option<String>,
    /// A file or an `https://` address; where it is left out the issuer is asked.
    jwks: Option<String>,
}

fn read(path: &Path, config: &Config) -> Result<Vec<Named>, KeyError> {
    let problem = |problem: String| KeyError::File { path: path.to_owned(), problem };
    let bytes = std::fs::read(path).map_err(|error| file_error(path, &error))?;
    let named: Vec<Named> = serde_json::from_slice(&bytes).map_err(|error| {
        problem(format!(
            "{error}; write [{{ \"issuer\": \"https://id.example.com\", \"audience\": \"…\", \"jwks\": \"…\" }}]"
        ))
    })?;
    if named.len() > ISSUERS_MAX {
        return Err(problem(format!("it lists {} issuers, more than {ISSUERS_MAX}", named.len())));
    }
    for (place, known) in named.iter().enumerate() {
        let twice = named.iter().take(place).any(|earlier| earlier.issuer == known.issuer);
        if twice || known.issuer == config.issuer {
            return Err(problem(format!("the issuer {:?} stands there twice, or is ours", known.issuer)));
        }
        if !known.issuer.starts_with("https://") {
            return Err(problem(format!("the issuer {:?} is no https:// address", known.issuer)));
        }
        if known.jwks.as_ref().is_some_and(|jwks| jwks.starts_with("http://")) {
            return Err(problem(format!(
                "keys of {:?} that come in clear can be forged on the way",
                known.issuer
            )));
        }
    }
    Ok(named)
}

/// The further issuers that the configuration names, with the keys of those that answer.
pub(super) async fn load(config: &Config, now: Timestamp) -> Result<Vec<Issuer>, KeyError> {
    let Some(path) = &config.tokens.issuers_file else { return Ok(Vec::new()) };
    let mut issuers = Vec::new();
    for Named { issuer, audience, jwks } in read(path, config)? {
        let source = jwks.map_or_else(|| Source::Discovered(issuer.clone()), |text| Source::named(&text));
        let audience = audience.unwrap_or_else(|| config.audience.clone());
        issuers.push(Issuer::load_if_there((issuer, audience), source, now).await?);
    }
    Ok(issuers)
}
