//! Further issuers whose tokens are let in: a file that lists them.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;

use super::issuer::{Issuer, Profile, Source};
use super::{KeyError, file_error, remote};
use crate::config::Config;
use crate::domain::credential::Mandate;
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
    /// The ids of the apps that it signs for; `*` alone for every one.
    apps: Option<Vec<String>>,
    /// The ids of the companies that it signs for.
    companies: Option<Vec<String>>,
}

impl Named {
    /// What it may sign for. Nobody is trusted with everything by leaving something out.
    fn mandate(&self) -> Result<Mandate, String> {
        let every_app = self.apps.as_deref().is_some_and(|apps| apps == ["*"]);
        let apps = self.apps.as_deref().filter(|_| !every_app).map(ids).transpose()?;
        let companies = self.companies.as_deref().map(ids).transpose()?;
        if !every_app && apps.is_none() && companies.is_none() {
            return Err(format!(
                "the issuer {:?} says nothing of what it signs for; list the ids of \"apps\" or \"companies\", or write \
                 \"apps\": [\"*\"] where it may sign for every app, the platform's own included",
                self.issuer
            ));
        }
        Ok(Mandate { apps, companies })
    }
}

fn ids<T: FromStr>(words: &[String]) -> Result<Vec<T>, String> {
    words.iter().map(|word| word.parse().map_err(|_| format!("{word:?} is no id of ours"))).collect()
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
        if !remote::is_safe(&known.issuer, config.is_sandbox()) {
            return Err(problem(format!("the issuer {:?} is no https:// address", known.issuer)));
        }
        let in_clear =
            |jwks: &String| jwks.starts_with("http://") && !remote::is_safe(jwks, config.is_sandbox());
        if known.jwks.as_ref().is_some_and(in_clear) {
            return Err(problem(format!(
                "keys of {:?} that come in clear can be forged on the way",
                known.issuer
            )));
        }
    }
    Ok(named)
}

/// The further issuers that the configuration names, with the keys of those that answer.
pub(super) async fn load(config: &Config, now: Timestamp) -> Result<Vec<Arc<Issuer>>, KeyError> {
    let Some(path) = &config.tokens.issuers_file else { return Ok(Vec::new()) };
    let mut issuers = Vec::new();
    for named in read(path, config)? {
        let mandate = named.mandate();
        let mandate = mandate.map_err(|problem| KeyError::File { path: path.clone(), problem })?;
        let Named { issuer, audience, jwks, .. } = named;
        let source = jwks.map_or_else(|| Source::Discovered(issuer.clone()), |text| Source::named(&text));
        let audience = audience.unwrap_or_else(|| config.audience.clone());
        let profile = Profile { name: issuer, audience, mandate };
        issuers.push(Issuer::load_if_there(profile, source, now).await?);
    }
    Ok(issuers)
}
