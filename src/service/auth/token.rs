//! Reading a token: who signed it with what, whether that counts, and what it says.
//!
//! Checking a signature takes longer than most requests. A token that was checked is remembered with what it says, and that holds
//! as long as its issuer has the key that it was checked with. What else it is compared with are settings, which stay as they are
//! while the server runs.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Validation;
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};

use super::Grant;
use super::tries::{Fingerprint, fingerprint};
use crate::app::App;
use crate::domain::actor::{Role, Scope};
use crate::domain::audit_log::digest;
use crate::domain::credential::{TOKEN_ID_MAX, TOKEN_LIFETIME_MAX};
use crate::domain::time::Timestamp;
use crate::service::keys::FoundKey;

/// Longer tokens are not even looked at.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Tokens that are remembered as checked.
const CHECKED_MAX: usize = 10_000;

/// A token that holds, as far as the token itself says.
#[derive(Debug, Clone)]
pub(in crate::service) struct Seen {
    /// What it says.
    pub grant: Grant,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What it is called by.
    pub token: Arc<str>,
    /// What it was signed with.
    pub(super) signed: Signed,
}

/// Who signed a token, with which key: it holds no longer than that key counts.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    issuer: Arc<str>,
    kid: Arc<str>,
    thumbprint: Arc<str>,
}

impl Signed {
    /// Whether that very key still counts under that name.
    pub(super) async fn still_counts(&self, app: &App, now: Timestamp) -> bool {
        let found = app.keys.find(&self.issuer, &self.kid, now).await;
        found.is_some_and(|found| found.key.thumbprint == self.thumbprint)
    }
}

/// Tokens that were checked, by their SHA-256: the tokens themselves are not kept.
#[derive(Debug)]
pub struct CheckedTokens(Cache<Fingerprint, Arc<Seen>>);

impl Default for CheckedTokens {
    fn default() -> Self {
        Self(Cache::new(CHECKED_MAX))
    }
}

/// The claims on the wire. Issuer and audience are compared by the token library.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    /// The app, unless `app` names it.
    pub sub: String,
    pub exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    pub role: String,
    /// Words with spaces between; `scope` is the word of RFC 9068, `scopes` is read as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The token's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The kind of server that it is for, in the tokens that we sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
}

/// The token of a header; the error is a reason for the log.
pub(super) fn bearer(header: &str) -> Result<&str, &'static str> {
    let (scheme, token) = header.split_once(' ').ok_or("not a scheme and a token")?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err("another scheme than Bearer");
    }
    let token = token.trim();
    if token.len() > TOKEN_BYTES_MAX {
        return Err("too long");
    }
    Ok(token)
}

/// Reads and checks a token up to what it says; the error is a reason for the log.
pub(in crate::service) async fn verify(app: &App, token: &str, now: Timestamp) -> Result<Seen, &'static str> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err("too long");
    }
    let (CheckedTokens(remembered), name) = (&app.credentials.checked_tokens, fingerprint(&[token]));
    if let Some(seen) = remembered.get(&name)
        && seen.signed.still_counts(app, now).await
    {
        return if now < seen.expires_at { Ok((*seen).clone()) } else { Err("expired") };
    }
    let seen = check(app, token, now).await?;
    remembered.insert(name, Arc::new(seen.clone()));
    Ok(seen)
}

async fn check(app: &App, token: &str, now: Timestamp) -> Result<Seen, &'static str> {
    let stated = jsonwebtoken::decode_header(token).map_err(|_| "no readable header")?;
    if stated.crit.is_some() {
        return Err("critical extensions that we do not know");
    }
    let kid = stated.kid.ok_or("no kid")?;
    // The token says who signed it, and is checked with that issuer's keys alone.
    let issuer = stated_issuer(token).ok_or("no issuer")?;
    let FoundKey { key, audience, mandate } =
        app.keys.find(&issuer, &kid, now).await.ok_or("unknown issuer or key")?;
    if stated.alg != key.algorithm {
        return Err("another algorithm than the key's");
    }
    // Time is compared below, on our own clock and without leeway.
    let mut validation = Validation::new(key.algorithm);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&issuer]);
    validation.set_audience(&[audience]);
    let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &validation)
        .map_err(|_| "wrong signature, issuer, audience or claims")?
        .claims;
    let instant = |seconds: u64| i64::try_from(seconds).map(Timestamp::from_seconds);
    let expires_at = instant(claims.exp).map_err(|_| "an end beyond time")?;
    if now >= expires_at {
        return Err("expired");
    }
    if now.until(expires_at) > TOKEN_LIFETIME_MAX {
        return Err("it would outlive its revocation");
    }
    // Asked this once: what has begun does not begin again, since our clock never goes back.
    let valid_from = claims.nbf.map(instant).transpose().map_err(|_| "a beginning beyond time")?;
    if valid_from.is_some_and(|from| now < from) {
        return Err("not valid yet");
    }
    // Issuers of others say nothing of it; what we sign always does.
    if claims.env.as_ref().is_some_and(|env| env != app.config.environment().as_str()) {
        return Err("made for another kind of server");
    }
    let grant = grant(&claims)?;
    if !mandate.covers(grant.app, grant.role, grant.company) {
        return Err("an app or company that its issuer does not sign for");
    }
    let signed = Signed { issuer: issuer.into(), kid: kid.into(), thumbprint: Arc::clone(&key.thumbprint) };
    Ok(Seen { grant, expires_at, token: token_id(claims.jti.as_deref(), token), signed })
}

/// Who says that it signed a token, before that is known to be true.
fn stated_issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Stated {
        iss: String,
    }
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok().map(|stated: Stated| stated.iss)
}

/// What a token is called by. One whose id cannot be kept has none.
fn token_id(jti: Option<&str>, token: &str) -> Arc<str> {
    let fits =
        |id: &&str| (1..=TOKEN_ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if let Some(id) = jti.filter(fits) {
        return id.into();
    }
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    digest(signed).into()
}

/// The claims as typed values.
fn grant(claims: &Claims) -> Result<Grant, &'static str> {
    fn id<T: std::str::FromStr>(text: Option<&String>) -> Result<Option<T>, &'static str> {
        text.map(|text| text.parse().map_err(|_| "an id that is none")).transpose()
    }
    let scopes = claims.scope.as_ref().or(claims.scopes.as_ref());
    let granted = Grant {
        app: id(claims.app.as_ref().or(Some(&claims.sub)))?.ok_or("no app")?,
        company: id(claims.company.as_ref())?,
        member: id(claims.member.as_ref())?,
        role: claims.role.parse().map_err(|_| "an unknown role")?,
        // Issuers add scopes that are not ours, such as openid: they grant nothing here.
        scopes: scopes
            .map(|text| text.split_ascii_whitespace().filter_map(|word| word.parse::<Scope>().ok()).collect())
            .unwrap_or_default(),
    };
    let needs_company = matches!(granted.role, Role::Buyer | Role::Supplier | Role::Inspector);
    if needs_company && granted.company.is_none() {
        return Err("no company for a role that acts for one");
    }
    if granted.member.is_some() && granted.company.is_none() {
        return Err("a person without a company");
    }
    Ok(granted)
}
