//! Companies and apps: made by the platform's staff, and switched on and off.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, ScopeSet};
use crate::domain::credential::COMPANIES_MAX;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, CompanyId};
use crate::domain::party::{Company, CompanyDraft, PartnerApp, role_scopes, scopes_to_text};
use crate::service::care::Kept;
use crate::service::orders::{Begun, Claimed, Envelope, Made, retrying};
use crate::service::{Error, Result};
use crate::store::{self, Tx};

use super::read::row;
use super::{Changed, credentials, require_scopes_of, require_staff};

/// A new app as the platform wants it.
#[derive(Debug, Clone)]
pub struct AppDraft {
    /// What it is called.
    pub name: String,
    /// The role that its tokens have.
    pub role: Role,
    /// What its tokens can do at most; all that the role can where none.
    pub scopes: Option<ScopeSet>,
    /// The companies that it acts for.
    pub companies: Vec<CompanyId>,
}

/// Registers a company.
pub async fn create_company(
    app: &App,
    actor: &Actor,
    draft: CompanyDraft,
    envelope: &Envelope,
) -> Result<Kept<Company>> {
    require_staff(actor)?;
    let input = json!({ "name": draft.name, "country": draft.country, "plan": draft.plan,
        "externalReference": draft.external_reference });
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "createCompany", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => {
                let found = store::parties::companies(&app.db, &[made.subject()?]).await?.pop();
                let value = found.ok_or_else(|| Refusal::not_found("company"))?;
                return Ok(Kept { value, replayed: true });
            }
        };
        let now = app.clock.now();
        let company = Company::new(app.ids.make(now), draft.clone()).map_err(Error::Refused)?;
        if let Some(reference) = &company.external_reference
            && let Some(other) = store::parties::company_by_reference(&claimed.tx, reference).await?
        {
            let message = format!("The external reference {reference:?} belongs to {}.", other.id);
            return Err(Refusal::new(Code::ReferenceInUse, message)
                .at(&["input", "externalReference"])
                .into());
        }
        let inserted = store::parties::insert_company(&claimed.tx, &company, now).await;
        inserted.map_err(|error| match error {
            // Another command took the reference meanwhile: the next look finds whose it is.
            store::Error::Constraint(_) => store::Error::Retry,
            other => other,
        })?;
        claimed.finish(app, &Made::of(company.id)).await?;
        Ok(Kept { value: company, replayed: false })
    })
    .await
}

/// Names every field of a new app that does not fit.
fn check(draft: &AppDraft) -> Result<()> {
    let mut refusals = Vec::new();
    let most = role_scopes(draft.role);
    if let Some(wider) = draft.scopes.and_then(|scopes| scopes.iter().find(|scope| !most.contains(*scope))) {
        let message = format!("The role {} cannot have the scope {wider}.", draft.role);
        refusals.push(Refusal::invalid(&["input", "scopes"], message));
    }
    if draft.companies.len() > COMPANIES_MAX {
        let message = format!("An app is made with {COMPANIES_MAX} companies at most.");
        refusals.push(Refusal::invalid(&["input", "companyIds"], message));
    }
    let acts_for_one = matches!(draft.role, Role::Buyer | Role::Supplier | Role::Inspector);
    if acts_for_one && draft.companies.is_empty() {
        let message = format!("An app of the role {} acts for a company: name one.", draft.role);
        refusals.push(Refusal::invalid(&["input", "companyIds"], message));
    }
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

async fn link(tx: &Tx, partner: AppId, companies: &[CompanyId]) -> Result<()> {
    let known = store::parties::companies(tx, companies).await?;
    if let Some(place) = companies.iter().position(|id| !known.iter().any(|company| company.id == *id)) {
        let place = place.to_string();
        return Err(Refusal::not_found("company").at(&["input", "companyIds", &place]).into());
    }
    for &company in companies {
        store::parties::link_app(tx, partner, company).await?;
    }
    Ok(())
}

/// Registers an app with its first secret.
pub async fn create(app: &App, actor: &Actor, draft: AppDraft, envelope: &Envelope) -> Result<Changed> {
    require_staff(actor)?;
    let mut companies = draft.companies.clone();
    companies.sort_unstable();
    companies.dedup();
    let draft = AppDraft { companies, ..draft };
    check(&draft)?;
    let scopes = draft.scopes.unwrap_or_else(|| role_scopes(draft.role));
    require_scopes_of(actor, draft.role, scopes)?;
    let input = json!({ "name": draft.name, "role": draft.role.as_str(), "companyIds": draft.companies,
        "scopes": draft.scopes.map(scopes_to_text) });
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "createPartnerApp", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        let now = app.clock.now();
        let partner = PartnerApp::new(app.ids.make(now), draft.name.clone(), draft.role, scopes)?;
        store::parties::insert_app(&claimed.tx, &partner, now).await?;
        link(&claimed.tx, partner.id, &draft.companies).await?;
        let secret = credentials::make_secret(app, &claimed.tx, partner.id, now).await?;
        finish(app, claimed, (partner.id, secret), envelope).await
    })
    .await
}

/// What a command makes for an app beside changing it.
#[derive(Default)]
pub(super) struct New {
    /// A secret or key, by its id.
    pub(super) part: Option<String>,
    /// The text of a secret.
    pub(super) secret: Option<String>,
}

/// Ends a command: the app as it is after it, with what it made. The app comes first in what is kept of it, as the audit log
/// tells its companies.
pub(super) async fn finish(
    app: &App,
    claimed: Claimed<'_>,
    (partner, new): (AppId, New),
    envelope: &Envelope,
) -> Result<Changed> {
    let row = row(&claimed.tx, partner, app.clock.now()).await?;
    let row = row.ok_or_else(|| anyhow::anyhow!("{partner} is gone"))?;
    let New { part, secret } = new;
    let made = match &part {
        Some(part) => Made::of(format!("{partner} {part}")),
        None => Made::of(partner),
    };
    claimed.finish(app, &made).await?;
    // What was only checked is not kept, so nobody could ever prove anything by it.
    let secret = secret.filter(|_| !envelope.validate_only);
    Ok(Changed { row, part, secret, replayed: false })
}

/// The answer to a key that was answered before. Its secret is not in it: only the hash was kept.
pub(super) async fn replay(app: &App, made: &Made) -> Result<Changed> {
    let kept: String = made.subject()?;
    let (partner, part) = match kept.split_once(' ') {
        Some((partner, part)) => (partner, Some(part.to_owned())),
        None => (kept.as_str(), None),
    };
    let partner: AppId =
        partner.parse().map_err(|_| anyhow::anyhow!("a command on an app answered without it"))?;
    let row = row(&app.db, partner, app.clock.now()).await?;
    let row = row.ok_or_else(|| Refusal::not_found("app"))?;
    Ok(Changed { row, part, secret: None, replayed: true })
}

/// Locks an app.
pub(super) async fn lock(tx: &Tx, id: AppId) -> Result<PartnerApp> {
    let found = store::apps::lock_app(tx, id).await?;
    let refusal = || Refusal::not_found("app").at(&["input", "partnerAppId"]);
    Ok(found.map(|(partner, _)| partner).ok_or_else(refusal)?)
}

/// Switches an app on or off. Its tokens are refused at once by this server, and within seconds by others.
pub async fn set_active(
    app: &App,
    actor: &Actor,
    (id, active): (AppId, bool),
    envelope: &Envelope,
) -> Result<Changed> {
    require_staff(actor)?;
    let input = json!({ "id": id, "active": active });
    let changed = retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "setPartnerAppActive", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        lock(&claimed.tx, id).await?;
        if !active && actor.app == Some(id) {
            let message = "An app does not switch itself off: nobody could switch it on again with it.";
            return Err(Refusal::new(Code::StateConflict, message).into());
        }
        store::parties::set_app_active(&claimed.tx, id, active).await?;
        finish(app, claimed, (id, New::default()), envelope).await
    })
    .await?;
    app.standings.forget();
    Ok(changed)
}
