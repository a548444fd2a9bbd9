//! Who calls: from a bearer token to an [`Actor`].
//!
//! The caller learns nothing about what is wrong with a token: every reason gives one and the same answer. The log
//! has the reason, never the token.

mod policy;
mod revocations;
mod standings;
mod storefront;
mod token;
mod tries;
mod used;

use std::net::IpAddr;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::domain::actor::{Actor, Role, ScopeSet};
use crate::domain::contract::hexadecimal;
use crate::domain::credential::StorefrontKey;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, CompanyId, MemberId};
use crate::domain::party::{role_scopes, scopes_to_text};
use crate::domain::throttle::Payer;
use crate::domain::time::{Span, Timestamp};

use super::{Error, Result};
use token::{Claims, Signed, bearer};

pub use policy::look_at_policy;
pub use revocations::Revocations;
pub use standings::Standings;
pub use storefront::StorefrontKeys;
pub use token::CheckedTokens;
pub(super) use token::{Seen, verify};
pub(super) use tries::Tried;
pub use tries::Tries;
pub use used::{LastUsed, write_last_used};

/// How long an app's standing is believed without asking the database again.
const STANDING_AGE: Span = Span::seconds(10);

/// What a node remembers of credentials.
#[derive(Debug, Default)]
pub struct Credentials {
    /// The tokens that were checked.
    pub checked_tokens: CheckedTokens,
    /// The tokens that were taken back.
    pub revocations: Revocations,
    /// The storefront keys that were seen.
    pub storefront_keys: StorefrontKeys,
    /// Which secrets and keys were used.
    pub used: LastUsed,
    /// Which were refused too often, and from where.
    pub tries: Tries,
}

/// An authenticated caller and until when.
#[derive(Debug, Clone)]
pub struct Session {
    /// The caller.
    pub actor: Arc<Actor>,
    /// When the token ends; none for callers without a token.
    pub expires_at: Option<Timestamp>,
    /// What the token is called by: its `jti`, else the first 16 hexadecimal digits of the SHA-256 of what is signed of it (so
    /// that another signature of the same is no other token); of a storefront key its id. None for callers without a token.
    pub token: Option<Arc<str>>,
    /// Whether the app runs trusted documents only; never for callers without a token.
    pub trusted_documents_only: bool,
    /// What the token says; none for callers without one.
    grant: Option<Grant>,
    /// The storefront key that was shown in the place of a token.
    key: Option<Arc<StorefrontKey>>,
    /// What the token was signed with; none for callers without one.
    signed: Option<Signed>,
}

impl Session {
    /// Whether a key was shown that everybody may read: it says which storefront, and not who.
    pub const fn is_public(&self) -> bool {
        self.key.is_some()
    }

    /// Who pays for what is asked for, from this network address.
    pub fn payer(&self, address: Option<IpAddr>) -> Payer {
        if self.is_public() { Payer::visitor(&self.actor, address) } else { Payer::of(&self.actor, address) }
    }
}

/// What a token says, beside who signed it for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The app that the token is for.
    pub app: AppId,
    /// The company that it acts for.
    pub company: Option<CompanyId>,
    /// The person.
    pub member: Option<MemberId>,
    /// The role; must be the app's.
    pub role: Role,
    /// What the token may do; counts only as far as app and role may.
    pub scopes: ScopeSet,
}

impl Grant {
    /// Everything that the role can have, for an app and a company.
    pub fn of(app: AppId, role: Role, company: Option<CompanyId>) -> Self {
        Self { app, company, member: None, role, scopes: role_scopes(role) }
    }
}

/// The claims that we sign, with who signs and for whom.
#[derive(Serialize)]
struct SignedClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    #[serde(flatten)]
    claims: Claims,
}

/// Where a request comes from, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Source<'a> {
    /// The web origin of the page that sends it, where it names one: a storefront key counts for its origins only.
    pub origin: Option<&'a str>,
    /// The network address.
    pub address: Option<IpAddr>,
}

/// Why nobody is let in.
#[derive(Debug)]
pub enum Refused {
    /// Too many credentials from this address were refused, so that this one was not looked at; try again after so long.
    TooManyTries(Span),
    /// It was refused itself, or could not be looked at.
    Failed(Error),
}

/// Checks the `Authorization` header of a request that did not come over a network; without one the caller is anonymous.
pub async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Session> {
    match authorization {
        Some(header) => look_at(app, header, None).await,
        None => Ok(anonymous(app)),
    }
}

/// The same of a request from there; an address from which too many were refused is told to wait.
pub async fn authenticate_from(
    app: &App,
    authorization: Option<&str>,
    source: Source<'_>,
) -> std::result::Result<Session, Refused> {
    let Some(header) = authorization else { return Ok(anonymous(app)) };
    // What is no token at all was never accepted.
    let shown = bearer(header).unwrap_or_default();
    let from = source.address.map(Tried::tokens);
    let trial = app.credentials.tries.begin(from, &[shown], app.clock.now()).map_err(|wait| {
        tracing::debug!("a token was not looked at, as too many from its address were refused");
        app.telemetry.strangers_throttled.refused.add(1);
        Refused::TooManyTries(wait)
    })?;
    let looked_at = look_at(app, header, source.origin).await;
    match &looked_at {
        Ok(_) => trial.accepted(),
        Err(Error::Denied(refusal)) if refusal.code == Code::Unauthenticated => trial.refused(),
        Err(Error::Denied(_) | Error::Refused(_) | Error::Internal(_)) => trial.unanswered(),
    }
    looked_at.map_err(Refused::Failed)
}

fn anonymous(app: &App) -> Session {
    Session {
        actor: Arc::new(Actor::anonymous(app.config.anonymous_catalogue)),
        expires_at: None,
        token: None,
        trusted_documents_only: false,
        grant: None,
        key: None,
        signed: None,
    }
}

async fn look_at(app: &App, header: &str, origin: Option<&str>) -> Result<Session> {
    let now = app.clock.now();
    let token = bearer(header).map_err(refuse)?;
    if let Some(key) = storefront::find(app, token, origin, now).await? {
        let grant = storefront::grant_of(&key);
        let (actor, trusted_documents_only) = admit(app, &grant, now).await?;
        app.credentials.used.note_key(key.id, now);
        let token = Some(key.id.to_string().into());
        let (grant, key) = (Some(grant), Some(key));
        return Ok(Session {
            actor,
            expires_at: None,
            token,
            trusted_documents_only,
            grant,
            key,
            signed: None,
        });
    }
    let Seen { grant, expires_at, token, signed } = verify(app, token, now).await.map_err(refuse)?;
    if app.credentials.revocations.has(app, (grant.app, &token), now).await? {
        return Err(refuse("taken back"));
    }
    let (actor, trusted_documents_only) = admit(app, &grant, now).await?;
    let (expires_at, token) = (Some(expires_at), Some(token));
    let (grant, signed) = (Some(grant), Some(signed));
    Ok(Session { actor, expires_at, token, trusted_documents_only, grant, key: None, signed })
}

/// Whether a caller may still do what it could when its session began: its token or key, what that was signed with, app, company
/// and person are asked for anew, at most [`STANDING_AGE`] old. A database that does not answer takes nothing away.
pub async fn still_holds(app: &App, session: &Session) -> bool {
    let Some(grant) = &session.grant else { return true };
    match look_again(app, session, grant).await {
        Ok(actor) => actor == session.actor,
        Err(Error::Denied(refusal)) if refusal.code == Code::Unauthenticated => false,
        Err(error) => {
            tracing::warn!(?error, "a caller could not be looked at again");
            true
        }
    }
}

async fn look_again(app: &App, session: &Session, grant: &Grant) -> Result<Arc<Actor>> {
    let now = app.clock.now();
    if let Some(key) = &session.key {
        if app.credentials.storefront_keys.of(app, &key.key, now).await?.is_none() {
            return Err(refuse("taken back"));
        }
    } else if let Some(token) = &session.token
        && app.credentials.revocations.has(app, (grant.app, token), now).await?
    {
        return Err(refuse("taken back"));
    }
    if let Some(signed) = &session.signed
        && !signed.still_counts(app, now).await
    {
        return Err(refuse("signed with a key that counts no more"));
    }
    Ok(admit(app, grant, now).await?.0)
}

/// The caller that a token stood for, as the app, the company and the person are now.
pub(super) async fn again(app: &App, grant: Grant) -> Result<Arc<Actor>> {
    Ok(admit(app, &grant, app.clock.now()).await?.0)
}

/// Signs a token with our own key; refused where an outside issuer signs.
pub fn issue_token(app: &App, grant: &Grant, lifetime: Span) -> Result<String> {
    Ok(sign(app, grant, lifetime)?.0)
}

/// Signs a token; answers it, and what it is called by.
pub(super) fn sign(app: &App, grant: &Grant, lifetime: Span) -> Result<(String, String)> {
    let now = app.clock.now();
    let Some((kid, key)) = app.keys.signer(now) else {
        let message = "Tokens come from the issuer that this server is configured with.";
        return Err(Error::Denied(Refusal::new(Code::SandboxOnly, message)));
    };
    let id = hexadecimal(&crate::ids::random_bytes::<16>());
    let claims = SignedClaims {
        iss: &app.config.issuer,
        aud: &app.config.audience,
        iat: now.seconds(),
        claims: Claims {
            sub: grant.app.to_string(),
            exp: u64::try_from(now.plus(lifetime).seconds()).unwrap_or_default(),
            nbf: None,
            role: grant.role.to_string(),
            scope: Some(scopes_to_text(grant.scopes)),
            scopes: None,
            app: None,
            company: grant.company.map(|id| id.to_string()),
            member: grant.member.map(|id| id.to_string()),
            jti: Some(id.clone()),
            env: Some(app.config.environment().to_string()),
        },
    };
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    let token =
        jsonwebtoken::encode(&header, &claims, &key).map_err(|error| Error::Internal(error.into()))?;
    Ok((token, id))
}

/// The public half of our own keys, for `/.well-known/jwks.json`; an empty set where an outside issuer signs.
pub async fn published_keys(app: &App) -> Value {
    app.keys.keep_own_fresh(app.clock.now()).await;
    app.keys.published()
}

/// Compares what the token says with what the database knows of the app; also whether that runs trusted documents only.
async fn admit(app: &App, grant: &Grant, now: Timestamp) -> Result<(Arc<Actor>, bool)> {
    let Some(standing) = app.standings.of(app, grant, now).await? else {
        return Err(refuse("no such app"));
    };
    if !standing.app.active {
        return Err(refuse("the app is switched off"));
    }
    if standing.app.role != grant.role {
        return Err(refuse("another role than the app's"));
    }
    if !standing.acts_for_company || !standing.is_member {
        return Err(refuse("a company or person that the app does not act for"));
    }
    let supplier = standing.supplier.filter(|_| grant.role == Role::Supplier);
    if grant.role == Role::Supplier && supplier.is_none() {
        return Err(refuse("the role of a supplier for a company that is none"));
    }
    let scopes = grant.scopes.intersect(standing.app.scopes).intersect(role_scopes(grant.role));
    let actor = Actor {
        app: Some(grant.app),
        company: grant.company,
        member: grant.member,
        supplier,
        role: Some(grant.role),
        scopes,
    };
    Ok((Arc::new(actor), standing.app.trusted_documents_only))
}

fn refuse(reason: &str) -> Error {
    tracing::debug!(reason, "a token was refused");
    Error::Denied(Refusal::new(Code::Unauthenticated, "The token is not valid here. Get a new one."))
}
