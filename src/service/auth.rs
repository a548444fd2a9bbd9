//! Who calls: from a bearer token to an [`Actor`].
//!
//! The caller learns nothing about what is wrong with a token: every reason gives one and the same answer. The log
//! has the reason, never the token.

mod policy;
mod revocations;
mod standings;
mod storefront;
mod used;

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope, ScopeSet};
use crate::domain::audit_log::digest;
use crate::domain::contract::hexadecimal;
use crate::domain::credential::{StorefrontKey, TOKEN_ID_MAX};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, CompanyId, MemberId};
use crate::domain::party::{role_scopes, scopes_to_text};
use crate::domain::throttle::Payer;
use crate::domain::time::{Span, Timestamp};

use super::keys::FoundKey;
use super::oauth::Tries;
use super::{Error, Result};

pub use policy::look_at_policy;
pub use revocations::Revocations;
pub use standings::Standings;
pub use storefront::StorefrontKeys;
pub use used::{LastUsed, write_last_used};

/// Longer tokens are not even looked at.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How long an app's standing is believed without asking the database again.
const STANDING_AGE: Span = Span::seconds(10);

/// What a node remembers of credentials.
#[derive(Debug, Default)]
pub struct Credentials {
    /// The tokens that were taken back.
    pub revocations: Revocations,
    /// The storefront keys that were seen.
    pub storefront_keys: StorefrontKeys,
    /// Which secrets and keys were used.
    pub used: LastUsed,
    /// Failed tries to get a token.
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

/// A token that holds, as far as the token itself says.
#[derive(Debug)]
pub(super) struct Seen {
    /// What it says.
    pub grant: Grant,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What it is called by.
    pub token: Arc<str>,
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

/// The claims on the wire. Issuer and audience are compared by the token library.
#[derive(Serialize, Deserialize)]
struct Claims {
    /// The app, unless `app` names it.
    sub: String,
    exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<u64>,
    role: String,
    /// Words with spaces between; `scope` is the word of RFC 9068, `scopes` is read as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// The token's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// The kind of server that it is for, in the tokens that we sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    env: Option<String>,
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

/// Checks the `Authorization` header of a program; without one the caller is anonymous.
pub async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Session> {
    authenticate_from(app, authorization, None).await
}

/// The same of a page of this web origin, where the request names one: a storefront key counts for its origins only.
pub async fn authenticate_from(
    app: &App,
    authorization: Option<&str>,
    origin: Option<&str>,
) -> Result<Session> {
    let Some(header) = authorization else {
        let actor = Arc::new(Actor::anonymous(app.config.anonymous_catalogue));
        return Ok(Session {
            actor,
            expires_at: None,
            token: None,
            trusted_documents_only: false,
            grant: None,
            key: None,
        });
    };
    let now = app.clock.now();
    let token = bearer(header).map_err(refuse)?;
    if let Some(key) = storefront::find(app, token, origin, now).await? {
        let grant = storefront::grant_of(&key);
        let (actor, trusted_documents_only) = admit(app, &grant, now).await?;
        app.credentials.used.note_key(key.id, now);
        let token = Some(key.id.to_string().into());
        let (grant, key) = (Some(grant), Some(key));
        return Ok(Session { actor, expires_at: None, token, trusted_documents_only, grant, key });
    }
    let Seen { grant, expires_at, token } = verify(app, token, now).await.map_err(refuse)?;
    if app.credentials.revocations.has(app, (grant.app, &token), now).await? {
        return Err(refuse("taken back"));
    }
    let (actor, trusted_documents_only) = admit(app, &grant, now).await?;
    let (expires_at, token, grant) = (Some(expires_at), Some(token), Some(grant));
    Ok(Session { actor, expires_at, token, trusted_documents_only, grant, key: None })
}

/// Whether a caller may still do what it could when its session began: its token or key, app, company and person are asked
/// for anew, at most [`STANDING_AGE`] old. A database that does not answer takes nothing away.
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
    Ok(admit(app, grant, now).await?.0)
}

/// The caller that a token stood for, as the app, the company and the person are now.
pub(super) async fn again(app: &App, grant: Grant) -> Result<Arc<Actor>> {
    Ok(admit(app, &grant, app.clock.now()).await?.0)
}

/// Signs a token with our own key; refused where an outside issuer signs.
pub fn issue_token(app: &App, grant: &Grant, lifetime: Span) -> Result<String> {
    let now = app.clock.now();
    let Some((kid, key)) = app.keys.signer(now) else {
        let message = "Tokens come from the issuer that this server is configured with.";
        return Err(Error::Denied(Refusal::new(Code::SandboxOnly, message)));
    };
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
            jti: Some(hexadecimal(&crate::ids::random_bytes::<16>())),
            env: Some(app.config.environment().to_string()),
        },
    };
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, &claims, &key).map_err(|error| Error::Internal(error.into()))
}

/// The public half of our own keys, for `/.well-known/jwks.json`; an empty set where an outside issuer signs.
pub fn published_keys(app: &App) -> Value {
    app.keys.published()
}

/// The token of a header; the error is a reason for the log.
fn bearer(header: &str) -> std::result::Result<&str, &'static str> {
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
pub(super) async fn verify(
    app: &App,
    token: &str,
    now: Timestamp,
) -> std::result::Result<Seen, &'static str> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err("too long");
    }
    let stated = jsonwebtoken::decode_header(token).map_err(|_| "no readable header")?;
    if stated.crit.is_some() {
        return Err("critical extensions that we do not know");
    }
    let kid = stated.kid.ok_or("no kid")?;
    // The token says who signed it, and is checked with that issuer's keys alone.
    let issuer = stated_issuer(token).ok_or("no issuer")?;
    let FoundKey { key, audience } =
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
    if claims.nbf.is_some_and(|from| instant(from).is_ok_and(|from| now < from)) {
        return Err("not valid yet");
    }
    // Issuers of others say nothing of it; what we sign always does.
    if claims.env.as_ref().is_some_and(|env| env != app.config.environment().as_str()) {
        return Err("made for another kind of server");
    }
    Ok(Seen { grant: grant(&claims)?, expires_at, token: token_id(claims.jti.as_deref(), token) })
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
fn grant(claims: &Claims) -> std::result::Result<Grant, &'static str> {
    fn id<T: std::str::FromStr>(text: Option<&String>) -> std::result::Result<Option<T>, &'static str> {
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
