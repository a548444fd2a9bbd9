//! A marketplace of our own making, for a sandbox that starts empty.

use crate::app::App;
use crate::domain::actor::Role;
use crate::domain::party::{Company, CompanyDraft, Plan, role_scopes};
use crate::domain::supplier::Supplier;
use crate::store::catalogue::suppliers::insert_suppliers;

use super::{Result, parties};

/// Fills an empty database; one that has an operator's app is left as it is.
pub async fn seed(app: &App) -> Result<()> {
    if parties::app_of_role(app, Role::Operator, None).await?.is_some() {
        return Ok(());
    }
    for (role, name, country) in [
        (Role::Buyer, "Nordlicht Handel GmbH", "DE"),
        (Role::Supplier, "Porto Têxtil Lda", "PT"),
        (Role::Inspector, "Meridian Inspection AG", "CH"),
    ] {
        let draft = CompanyDraft {
            name: name.to_owned(),
            country: country.to_owned(),
            plan: Plan::Standard,
            external_reference: None,
        };
        let company = parties::create_company(app, draft).await?;
        if role == Role::Supplier {
            make_supplier(app, &company).await?;
        }
        parties::create_app(app, name, role, role_scopes(role), &[company.id]).await?;
    }
    // The operator's app comes last: where it is, the seed was finished.
    for role in [Role::Storefront, Role::Carrier, Role::Warehouse, Role::Operator] {
        parties::create_app(app, role.as_str(), role, role_scopes(role), &[]).await?;
    }
    Ok(())
}

/// Makes a company a supplier that nobody has looked at yet.
async fn make_supplier(app: &App, company: &Company) -> Result<()> {
    let now = app.clock.now();
    let supplier = Supplier {
        id: app.ids.make(now),
        company: company.id,
        name: company.name.clone(),
        country: company.country.clone(),
        specialisation: None,
        description: String::new(),
        established_on: None,
        external_reference: None,
        suspended: None,
        imported: false,
        version: 1,
        created_at: now,
    };
    let tx = app.db.begin().await?;
    insert_suppliers(&tx, &[supplier]).await?;
    tx.commit().await?;
    Ok(())
}
