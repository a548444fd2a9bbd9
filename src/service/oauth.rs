//! OAuth 2.0: an app gets a token for its secret (RFC 6749, section 4.4), and takes one back (RFC 7009).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope, ScopeSet};
use crate::domain::audit_log::Author;
use crate::domain::contract::sha256_hex;
use crate::domain::credential::{SECRETS_MAX, is_secret};
use crate::domain::ids::{AppId, AppSecretId, CompanyId, TypedId as _};
use crate::domain::party::role_scopes;
use crate::domain::throttle::Payer;
use crate::domain::time::{Span, Timestamp};
use crate::store::{self, parties};

use super::auth::{self, Grant, Seen};
use super::{Error, Result, audit_log};

/// What the audit log calls what is done here.
const TOKEN: &str = "oauth/token";
const REVOKE: &str = "oauth/revoke";

/// Failed tries of one app from one network within [`TRIES_WINDOW`]; whoever goes on is told to wait.
const TRIES_MAX: u32 = 30;
/// The time over which failed tries are counted.
const TRIES_WINDOW: Span = Span::seconds(60);
/// Apps and networks whose failed tries are counted at once; those of further ones are not.
const TRIES_KEPT: usize = 10_000;
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
    /// Not its secret, once too often from this network; try again after so long.
    TooManyTries(Span),
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

/// Failed tries to prove to be an app, as far as this node saw them: by the app and by whoever asks, so that nobody's tries count
/// against others. They are counted to quieten a program that goes on with a wrong secret; no count is needed to keep anybody from
/// guessing 256 random bits, so a right one is let in whatever was tried before.
#[derive(Debug, Default)]
pub struct Tries(Mutex<Window>);

/// What was tried since an instant.
#[derive(Debug, Default)]
struct Window {
    since: Option<Timestamp>,
    failed: HashMap<(AppId, Payer), u32>,
}

impl Tries {
    /// Notes a failed try; how long no further one should follow, where there were too many.
    fn failed(&self, app: AppId, from: Payer, now: Timestamp) -> Option<Span> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = window.since.filter(|since| now.since(*since) < TRIES_WINDOW);
        if since.is_none() {
            // All at once, so that nobody makes this look through thousands for each try.
            *window = Window { since: Some(now), failed: HashMap::new() };
        }
        let is_full = window.failed.len() >= TRIES_KEPT;
        if is_full && !window.failed.contains_key(&(app, from)) {
            return None;
        }
        let count = window.failed.entry((app, from)).or_insert(0);
        *count = count.saturating_add(1);
        let over = since.unwrap_or(now).plus(TRIES_WINDOW);
        (*count > TRIES_MAX).then(|| now.until(over))
    }
}

/// The app that a client proves to be. Whether there is such an app does not show: the same is done either way.
async fn prove(app: &App, client: Client<'_>, now: Timestamp) -> std::result::Result<AppId, Refused> {
    // What is no id at all is looked up like one that nobody has.
    let id = client.id.parse().unwrap_or(AppId::from_u128(0));
    // What was mistyped, or made by a server of the other kind, does not get to the database.
    let found = if is_secret(client.secret, app.config.environment()) {
        secret_of(app, id, client.secret, now).await?
    } else {
        None
    };
    if let Some(secret) = found {
        app.credentials.used.note_secret(secret, now);
        return Ok(id);
    }
    // A number, and no line of the audit log: whoever knows the id of an app could fill that, with a write for each guess.
    app.telemetry.secrets_refused.add(1);
    tracing::debug!(app = %id, "a secret was refused");
    let from = Payer::of(&Actor::anonymous(false), client.address);
    match app.credentials.tries.failed(id, from, now) {
        Some(wait) => Err(Refused::TooManyTries(wait)),
        None => Err(Refused::InvalidClient),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_apart_and_in_bounds() {
        let (tries, now) = (Tries::default(), Timestamp::from_seconds(1_000));
        let app = AppId::from_u128;
        let network = Payer::of(&Actor::anonymous(false), Some([192, 0, 2, 1].into()));
        for _ in 0..TRIES_MAX {
            assert_eq!(tries.failed(app(1), Payer::Strangers, now), None);
        }
        assert_eq!(tries.failed(app(1), Payer::Strangers, now), Some(TRIES_WINDOW));
        assert_eq!(tries.failed(app(1), network, now), None, "others have tries of their own");
        assert_eq!(tries.failed(app(2), Payer::Strangers, now), None);
        let later = now.plus(Span::seconds(50));
        assert_eq!(tries.failed(app(1), Payer::Strangers, later), Some(Span::seconds(10)));
        for number in 3..30_000 {
            assert_eq!(tries.failed(app(number), Payer::Strangers, later), None);
        }
        assert_eq!(tries.0.lock().unwrap().failed.len(), TRIES_KEPT);
        assert_eq!(
            tries.failed(app(1), Payer::Strangers, later),
            Some(Span::seconds(10)),
            "it is still known"
        );
        assert_eq!(tries.failed(app(1), Payer::Strangers, now.plus(TRIES_WINDOW)), None, "a minute later");
        assert_eq!(tries.0.lock().unwrap().failed.len(), 1);
    }
}
