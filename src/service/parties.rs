//! Companies and partner apps: made by demo data, the import and tests; read by loaders.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope, ScopeSet};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, CompanyId, MemberId};
use crate::domain::ledger::AccountKind;
use crate::domain::money::Money;
use crate::domain::party::{Company, CompanyDraft, Member, MemberRole, PartnerApp};
use crate::store::ledger;
use crate::store::parties as store;

use super::{Error, Result};

/// Makes a company. A reference that another company has is refused.
pub async fn create_company(app: &App, draft: CompanyDraft) -> Result<Company> {
    let now = app.clock.now();
    let company = Company::new(app.ids.make(now), draft).map_err(Error::Refused)?;
    let tx = app.db.begin().await?;
    if let Some(reference) = &company.external_reference
        && let Some(other) = store::company_by_reference(&tx, reference).await?
    {
        return Err(Refusal::new(
            Code::ReferenceInUse,
            format!("The external reference {reference:?} belongs to {}.", other.id),
        )
        .at(&["input", "externalReference"])
        .into());
    }
    store::insert_company(&tx, &company, now).await?;
    tx.commit().await?;
    Ok(company)
}

/// Makes a person of a company.
pub async fn create_member(app: &App, company: CompanyId, name: &str, role: MemberRole) -> Result<Member> {
    let now = app.clock.now();
    let member = Member { id: app.ids.make(now), company, name: name.to_owned(), role, active: true };
    let tx = app.db.begin().await?;
    store::insert_member(&tx, &member, now).await?;
    tx.commit().await?;
    Ok(member)
}

/// Makes an app that acts for these companies, with the scopes that its role can have.
pub async fn create_app(
    app: &App,
    name: &str,
    role: Role,
    scopes: ScopeSet,
    companies: &[CompanyId],
) -> Result<PartnerApp> {
    let now = app.clock.now();
    let partner = PartnerApp::new(app.ids.make(now), name.to_owned(), role, scopes)?;
    let tx = app.db.begin().await?;
    store::insert_app(&tx, &partner, now).await?;
    for &company in companies {
        store::link_app(&tx, partner.id, company).await?;
    }
    tx.commit().await?;
    Ok(partner)
}

/// Switches an app on or off. Tokens of one that is off are refused at once by this server, and within seconds by
/// others on the same database.
pub async fn set_app_active(app: &App, partner: AppId, active: bool) -> Result<()> {
    let tx = app.db.begin().await?;
    if !store::set_app_active(&tx, partner, active).await? {
        return Err(Refusal::not_found("app").into());
    }
    tx.commit().await?;
    app.standings.forget();
    Ok(())
}

/// The companies with these ids, in no order. A company's name and country are public.
pub async fn companies(app: &App, ids: &[CompanyId]) -> Result<Vec<Company>> {
    Ok(store::companies(&app.db, ids).await?)
}

/// The companies with these ids, for loaders.
pub async fn companies_by_id(
    app: &App,
    ids: &[CompanyId],
) -> Result<HashMap<CompanyId, Option<Arc<Company>>>> {
    let found = companies(app, ids).await?;
    Ok(found.into_iter().map(|company| (company.id, Some(Arc::new(company)))).collect())
}

/// A person of a company.
pub async fn member(app: &App, id: MemberId) -> Result<Option<Member>> {
    Ok(store::member(&app.db, id).await?)
}

/// The oldest active app of a role, and a company that it acts for: what the sandbox signs tokens for.
pub async fn app_of_role(
    app: &App,
    role: Role,
    company: Option<CompanyId>,
) -> Result<Option<(AppId, Option<CompanyId>)>> {
    Ok(store::app_of_role(&app.db, role, company).await?)
}

/// The credit that the actor's company has towards later orders, by currency; what is zero is left out.
pub async fn credit_balances(app: &App, actor: &Actor) -> Result<Vec<Money>> {
    super::require_scope(actor, Scope::OrdersRead)?;
    let Some(company) = actor.company else { return Ok(Vec::new()) };
    Ok(ledger::balances(&app.db, AccountKind::BuyerCredit, &company.to_string()).await?)
}

/// The company that an operator of the command line means: by id, by external reference, or by its exact name.
pub async fn company_by_any(app: &App, text: &str) -> Result<Option<CompanyId>> {
    if let Ok(id) = text.parse() {
        return Ok(Some(id));
    }
    let found = match store::company_by_reference(&app.db, text).await? {
        Some(company) => Some(company),
        None => store::company_by_name(&app.db, text).await?,
    };
    Ok(found.map(|company| company.id))
}
