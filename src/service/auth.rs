//! Who calls: from a bearer token to an [`Actor`].
//!
//! The caller learns nothing about what is wrong with a token: every reason gives one and the same answer. The log
//! has the reason, never the token.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope, ScopeSet};
use crate::domain::audit_log::digest;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, CompanyId, MemberId};
use crate::domain::party::{role_scopes, scopes_to_text};
use crate::domain::time::{Span, Timestamp};
use crate::store::parties::{self, Standing};

use super::{Error, Result};

/// Longer tokens are not even looked at.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How long an app's standing is believed without asking the database again.
const STANDING_AGE: Span = Span::seconds(10);
/// How many standings are remembered.
const STANDINGS_MAX: usize = 10_000;

/// An authenticated caller and until when.
#[derive(Debug, Clone)]
pub struct Session {
    /// The caller.
    pub actor: Arc<Actor>,
    /// When the token ends; none for callers without a token.
    pub expires_at: Option<Timestamp>,
    /// What names the token in the audit log: its own id (`jti`), or the first 16 digits of its SHA-256; none for callers
    /// without one.
    pub token: Option<Arc<str>>,
    /// Whether the app runs trusted documents only; never for callers without a token.
    pub trusted_documents_only: bool,
    /// What the token says; none for callers without one.
    grant: Option<Grant>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
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

/// Checks the `Authorization` header; without one the caller is anonymous.
pub async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Session> {
    let Some(header) = authorization else {
        let actor = Actor::anonymous(app.config.anonymous_catalogue);
        return Ok(Session {
            actor: Arc::new(actor),
            expires_at: None,
            token: None,
            trusted_documents_only: false,
            grant: None,
        });
    };
    let now = app.clock.now();
    match verify(app, header, now).await {
        Ok((grant, expires_at, token)) => {
            Ok(Session { token: Some(token), ..admit(app, grant, expires_at, now).await? })
        }
        Err(reason) => Err(refuse(reason)),
    }
}

/// Whether a caller may still do what it could when its session began: its app, company and person are asked for anew,
/// at most [`STANDING_AGE`] old. A database that does not answer takes nothing away.
pub async fn still_holds(app: &App, session: &Session) -> bool {
    let Some(grant) = session.grant.clone() else { return true };
    match again(app, grant).await {
        Ok(actor) => actor == session.actor,
        Err(Error::Denied(refusal)) if refusal.code == Code::Unauthenticated => false,
        Err(error) => {
            tracing::warn!(?error, "a caller could not be looked at again");
            true
        }
    }
}

/// The caller that a token stood for, as the app, the company and the person are now.
pub(super) async fn again(app: &App, grant: Grant) -> Result<Arc<Actor>> {
    let now = app.clock.now();
    Ok(admit(app, grant, now, now).await?.actor)
}

/// Signs a token with our own key; refused where an outside issuer signs.
pub fn issue_token(app: &App, grant: &Grant, lifetime: Span) -> Result<String> {
    let Some((kid, key)) = app.keys.signer() else {
        let message = "Tokens come from the issuer that this server is configured with.";
        return Err(Error::Denied(Refusal::new(Code::SandboxOnly, message)));
    };
    let now = app.clock.now();
    let claims = SignedClaims {
        iss: &app.config.issuer,
        aud: &app.config.audience,
        iat: now.seconds(),
        claims: Claims {
            sub: grant.app.to_string(),
            exp: u64::try_from(now.plus(lifetime).seconds()).unwrap_or_default(),
            nbf: None,
            jti: None,
            role: grant.role.to_string(),
            scope: Some(scopes_to_text(grant.scopes)),
            scopes: None,
            app: None,
            company: grant.company.map(|id| id.to_string()),
            member: grant.member.map(|id| id.to_string()),
        },
    };
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, &claims, &key).map_err(|error| Error::Internal(error.into()))
}

/// The public half of our own keys, for `/.well-known/jwks.json`; an empty set where an outside issuer signs.
pub fn published_keys(app: &App) -> Value {
    app.keys.published()
}

/// Reads and checks a token up to what it says; the error is a reason for the log.
async fn verify(
    app: &App,
    header: &str,
    now: Timestamp,
) -> std::result::Result<(Grant, Timestamp, Arc<str>), &'static str> {
    let (scheme, token) = header.split_once(' ').ok_or("not a scheme and a token")?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err("another scheme than Bearer");
    }
    let token = token.trim();
    if token.len() > TOKEN_BYTES_MAX {
        return Err("too long");
    }
    let stated = jsonwebtoken::decode_header(token).map_err(|_| "no readable header")?;
    if stated.crit.is_some() {
        return Err("critical extensions that we do not know");
    }
    let kid = stated.kid.ok_or("no kid")?;
    let key = app.keys.find(&kid, now).await.ok_or("unknown key")?;
    if stated.alg != key.algorithm {
        return Err("another algorithm than the key's");
    }
    // Time is compared below, on our own clock and without leeway.
    let mut validation = Validation::new(key.algorithm);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&app.config.issuer]);
    validation.set_audience(&[&app.config.audience]);
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
    Ok((grant(&claims)?, expires_at, name_of(claims.jti.as_deref(), token)))
}

/// What names a token without giving it away: its own id where that is one that a log can hold, else its hash.
fn name_of(id: Option<&str>, token: &str) -> Arc<str> {
    let own = id.filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
    own.map_or_else(|| digest(token).into(), Arc::from)
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

/// Compares what the token says with what the database knows of the app.
async fn admit(app: &App, grant: Grant, expires_at: Timestamp, now: Timestamp) -> Result<Session> {
    let Some(standing) = app.standings.of(app, &grant, now).await? else {
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
    Ok(Session {
        actor: Arc::new(actor),
        expires_at: Some(expires_at),
        trusted_documents_only: standing.app.trusted_documents_only,
        token: None,
        grant: Some(grant),
    })
}

fn refuse(reason: &str) -> Error {
    tracing::debug!(reason, "a token was refused");
    Error::Denied(Refusal::new(Code::Unauthenticated, "The token is not valid here. Get a new one."))
}

type StandingKey = (AppId, Option<CompanyId>, Option<MemberId>);

/// What apps were found to be, remembered for seconds, so that a warmed authentication costs no statement.
#[derive(Debug)]
pub struct Standings(Cache<StandingKey, (Arc<Standing>, Timestamp)>);

impl Default for Standings {
    fn default() -> Self {
        Self(Cache::new(STANDINGS_MAX))
    }
}

impl Standings {
    /// Forgets everything, because an app or a company has changed.
    pub fn forget(&self) {
        self.0.clear();
    }

    async fn of(&self, app: &App, grant: &Grant, now: Timestamp) -> Result<Option<Arc<Standing>>> {
        let key = (grant.app, grant.company, grant.member);
        if let Some((standing, read_at)) = self.0.get(&key)
            && now.since(read_at) < STANDING_AGE
        {
            return Ok(Some(standing));
        }
        let standing =
            parties::standing(&app.db, grant.app, grant.company, grant.member).await?.map(Arc::new);
        if let Some(standing) = &standing {
            self.0.insert(key, (Arc::clone(standing), now));
        }
        Ok(standing)
    }
}
