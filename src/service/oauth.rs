//! OAuth 2.0: an app gets a token for its secret (RFC 6749, section 4.4), and takes one back (RFC 7009).

use std::net::IpAddr;

use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::domain::actor::{Role, Scope, ScopeSet};
use crate::domain::audit_log::Author;
use crate::domain::contract::sha256_hex;
use crate::domain::credential::{SECRETS_MAX, is_secret};
use crate::domain::ids::{AppId, AppSecretId, CompanyId, TypedId as _};
use crate::domain::party::role_scopes;
use crate::domain::time::{Span, Timestamp};
use crate::store::{self, parties};

use super::auth::{self, Grant, Seen, Tried};
use super::{Error, Result, audit_log};

/// What the audit log calls what is done here.
const TOKEN: &str = "oauth/token";
const REVOKE: &str = "oauth/revoke";

/// Stands where an app has no secret, so that it is compared with something; no text has this hash's form.
const NO_HASH: &str = "----------------------------------------------------------------";

/// How an app proves itself.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    /// The app's id.
    pub id: &'a str,
    /// One of its secrets.
    pub secret: &'a str,
    /// The network address that asks, where it is known.
    pub address: Option<IpAddr>,
}

impl std::fmt::Debug for Client<'_> {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({:?})", self.id)
    }
}

/// What the token shall be good for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// Scopes with spaces between; all that the app holds where there are none.
    pub scope: Option<&'a str>,
    /// The company to act for; may be left out by an app that acts for one.
    pub company: Option<&'a str>,
}

/// A token for an app.
pub struct Issued {
    /// The token itself.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Span,
    /// What it may do.
    pub scopes: ScopeSet,
}

impl std::fmt::Debug for Issued {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({:?})", self.scopes)
    }
}

/// Why there is no token; most of them are the words of RFC 6749, section 5.2.
#[derive(Debug)]
pub enum Refused {
    /// No such app, not its secret, or switched off: which one is not told.
    InvalidClient,
    /// Not its secret, once too often from this network; or too many of any apps came from there, and this one was not looked at.
    /// Try again after so long.
    TooManyTries(Span),
    /// The app was given very many tokens within moments; try again after so long.
    TooManyTokens(Span),
    /// A parameter is wrong; the text says how.
    InvalidRequest(&'static str),
    /// A scope that is none, or that the app does not hold.
    InvalidScope,
    /// The app may not do this; the text says why.
    UnauthorizedClient(&'static str),
    /// Tokens come from another issuer.
    NotHere,
    /// Something failed, or was denied as it is everywhere.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// The app that a client proves to be. Whether there is such an app does not show: the same is done either way. No count is
/// needed to keep anybody from guessing 256 random bits. Those of an app quieten a program that goes on with a wrong secret, and a
/// right one is let in whatever was tried for it before; those of a network bound what is asked of the database.
async fn prove(app: &App, client: Client<'_>, now: Timestamp) -> std::result::Result<AppId, Refused> {
    let tries = &app.credentials.tries;
    let trial = tries
        .begin(client.address.map(Tried::secrets), &[client.id, client.secret], now)
        .map_err(Refused::TooManyTries)?;
    // What is no id at all is looked up like one that nobody has.
    let id = client.id.parse().unwrap_or(AppId::from_u128(0));
    // What was mistyped, or made by a server of the other kind, does not get to the database.
    let found = if is_secret(client.secret, app.config.environment()) {
        secret_of(app, id, client.secret, now).await
    } else {
        Ok(None)
    };
    match found {
        Ok(Some(secret)) => {
            trial.accepted();
            app.credentials.used.note_secret(secret, now);
            Ok(id)
        }
        Ok(None) => {
            trial.refused();
            // A number, and no line of the audit log: whoever knows the id of an app could fill that, with a write for each guess.
            app.telemetry.secrets_refused.add(1);
            tracing::debug!(app = %id, "a secret was refused");
            let wait = tries.note(Tried::app(id, client.address), now);
            Err(wait.map_or(Refused::InvalidClient, Refused::TooManyTries))
        }
        Err(error) => {
            trial.unanswered();
            Err(error.into())
        }
    }
}

/// Which secret of an app a text is.
async fn secret_of(app: &App, id: AppId, text: &str, now: Timestamp) -> Result<Option<AppSecretId>> {
    let known = store::apps::hashes_of(&app.db, id, now).await?;
    let shown = sha256_hex(text.as_bytes());
    let mut found: Option<AppSecretId> = None;
    // As many comparisons as an app can have secrets, however many it has.
    for place in 0..SECRETS_MAX {
        let hash = known.get(place).map_or(NO_HASH, |(_, hash)| hash.as_str());
        if bool::from(hash.as_bytes().ct_eq(shown.as_bytes())) {
            found = known.get(place).map(|(id, _)| *id);
        }
    }
    Ok(found)
}

/// A token for an app that shows its secret. Nobody gets one whose line is not in the audit log.
pub async fn token(app: &App, client: Client<'_>, wish: Wish<'_>) -> std::result::Result<Issued, Refused> {
    let now = app.clock.now();
    app.keys.keep_own_fresh(now).await;
    if app.keys.signer(now).is_none() {
        return Err(Refused::NotHere);
    }
    let id = prove(app, client, now).await?;
    let company = match wish.company {
        Some(text) => Some(text.parse::<CompanyId>().map_err(|_| NO_COMPANY)?),
        None => store::apps::only_company(&app.db, id).await?,
    };
    let standing =
        parties::standing(&app.db, id, company, None).await?.filter(|standing| standing.app.active);
    let Some(standing) = standing else { return Err(Refused::InvalidClient) };
    let role = standing.app.role;
    if company.is_none() && matches!(role, Role::Buyer | Role::Supplier | Role::Inspector) {
        return Err(Refused::InvalidRequest("Name the company that the app acts for: company=company_..."));
    }
    if !standing.acts_for_company {
        return Err(NO_COMPANY);
    }
    if role == Role::Supplier && standing.supplier.is_none() {
        return Err(Refused::UnauthorizedClient("The company is no supplier."));
    }
    let held = standing.app.scopes.intersect(role_scopes(role));
    let scopes = wanted(wish.scope, held)?;
    if let Some(wait) = app.credentials.tries.note(Tried::Issued(id), now) {
        return Err(Refused::TooManyTokens(wait));
    }
    let lifetime = app.config.tokens.lifetime;
    let grant = Grant { app: id, company, member: None, role, scopes };
    let (token, token_id) = auth::sign(app, &grant, lifetime)?;
    let author = Author { app: id, company, member: None, role };
    note_issued(app, author, &token_id, wish).await?;
    Ok(Issued { token, lifetime, scopes })
}

async fn note_issued(app: &App, author: Author, token: &str, wish: Wish<'_>) -> Result<()> {
    let mut sent = json!({ "scope": wish.scope, "company": wish.company });
    if let Some(sent) = sent.as_object_mut() {
        sent.retain(|_, value| !value.is_null());
    }
    let tx = app.db.begin().await?;
    audit_log::write_of_token(app, &tx, author, (TOKEN, token), Some(&sent)).await?;
    Ok(tx.commit().await?)
}

/// Of a company that there is not it is said what is said of one that the app does not act for.
const NO_COMPANY: Refused = Refused::UnauthorizedClient("The app does not act for this company.");

/// Exactly the scopes that are asked for; one more than the app holds and there is no token.
fn wanted(scope: Option<&str>, held: ScopeSet) -> std::result::Result<ScopeSet, Refused> {
    let Some(text) = scope else { return Ok(held) };
    let mut wanted = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let scope: Scope = word.parse().map_err(|_| Refused::InvalidScope)?;
        if !held.contains(scope) {
            return Err(Refused::InvalidScope);
        }
        wanted.push(scope);
    }
    if wanted.is_empty() {
        return Err(Refused::InvalidScope);
    }
    Ok(wanted.into_iter().collect())
}

/// Takes a token of the app back before its end. One that does not hold anyway is taken back already (RFC 7009, section 2.2).
pub async fn revoke(app: &App, client: Client<'_>, token: &str) -> std::result::Result<(), Refused> {
    let now = app.clock.now();
    let id = prove(app, client, now).await?;
    let Ok(seen) = auth::verify(app, token, now).await else { return Ok(()) };
    if seen.grant.app != id {
        return Err(Refused::UnauthorizedClient("The token is another app's."));
    }
    if app.credentials.revocations.has(app, (id, &seen.token), now).await? {
        return Ok(());
    }
    Ok(take_back(app, &seen, now).await?)
}

async fn take_back(app: &App, seen: &Seen, now: Timestamp) -> Result<()> {
    let (id, company) = (seen.grant.app, seen.grant.company);
    let tx = app.db.begin().await?;
    store::apps::lock_app(&tx, id).await?;
    super::apps::check_revoked_count(&tx, id, now).await?;
    store::apps::revoke_token(&tx, (id, &seen.token), seen.expires_at, now).await?;
    // A token that is let in nowhere can be taken back, too: the company that it names is told only where the app acts for it.
    if let Some(standing) = parties::standing(&tx, id, company, None).await? {
        let company = company.filter(|_| standing.acts_for_company);
        let author = Author { app: id, company, member: None, role: standing.app.role };
        audit_log::write_of_token(app, &tx, author, (REVOKE, &seen.token), None).await?;
    }
    tx.commit().await?;
    app.credentials.revocations.forget();
    Ok(())
}

/// Forgets tokens that were taken back and have ended by themselves since.
pub async fn forget_ended(app: &App) -> Result<()> {
    let now = app.clock.now();
    // Mostly there is none, and a write would wait for others.
    if !store::apps::has_ended_revoked(&app.db, now).await? {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    store::apps::forget_revoked(&tx, now).await?;
    Ok(tx.commit().await?)
}
