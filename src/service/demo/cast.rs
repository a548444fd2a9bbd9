//! Who acts in the demo: buyers of every plan, the houses that orders are placed with, and the platform's own apps.

use super::Workshop;
use super::goods::Goods;
use super::makers::Houses;
use crate::domain::actor::{Actor, Role};
use crate::domain::ids::{AppId, CompanyId, SupplierId};
use crate::domain::party::{Company, CompanyDraft, Member, MemberRole, PartnerApp, Plan, role_scopes};
use crate::domain::product::Product;
use crate::service::{Error, Result};
use crate::store::parties;

/// A company with an app that acts for it.
#[derive(Debug, Clone)]
pub struct Player {
    /// The company.
    pub company: CompanyId,
    /// The country that goods go to.
    pub country: String,
    /// Who a token of its app stands for.
    pub actor: Actor,
}

/// A house with what it offers.
#[derive(Debug, Clone)]
pub struct House {
    /// Who a token of its app stands for.
    pub player: Player,
    /// Its products.
    pub products: Vec<Product>,
}

/// Everybody who acts in the demo's orders.
#[derive(Debug, Clone)]
pub struct Cast {
    /// Who buys; the first one is whom the demo's buyer token acts for.
    pub buyers: Vec<Player>,
    /// Who sells; the first one is whom the demo's supplier token acts for.
    pub houses: Vec<House>,
}

/// Buyers: name, country, plan, and a person of each.
const BUYERS: [(&str, &str, Plan, &str); 4] = [
    ("Nordlicht Handel GmbH", "DE", Plan::Enterprise, "Frieda Petersen"),
    ("Maple Row Stores Inc.", "US", Plan::Standard, "Dana Whitlock"),
    ("Aoyama Zakka KK", "JP", Plan::EnterprisePro, "Haruka Mori"),
    ("Comptoir des Halles SARL", "FR", Plan::Standard, "Luc Ferrand"),
];

/// Houses that orders are placed with, by their place in the list of houses.
const SELLERS: usize = 8;

/// Makes buyers and the apps of the companies.
pub(super) async fn of(shop: &Workshop<'_>, houses: &Houses, goods: &Goods) -> Result<Cast> {
    let mut buyers = Vec::new();
    for (name, country, plan, person) in BUYERS {
        let company = company(shop, name, country, plan).await?;
        for (person, role) in [(person, MemberRole::Owner), ("Purchasing desk", MemberRole::Purchaser)] {
            let id = shop.app.ids.make(shop.now);
            let member = Member { id, company: company.id, name: person.to_owned(), role, active: true };
            parties::insert_member(shop.tx, &member, shop.now).await?;
        }
        buyers.push(player(shop, &company, Role::Buyer, None).await?);
    }
    let mut sellers = Vec::new();
    for (company, supplier) in houses.companies.iter().zip(&houses.suppliers).take(SELLERS) {
        let player = player(shop, company, Role::Supplier, Some(supplier.id)).await?;
        let own = goods.products.iter().filter(|product| product.supplier == supplier.id);
        sellers.push(House { player, products: own.cloned().collect() });
    }
    Ok(Cast { buyers, houses: sellers })
}

/// The apps that act for nobody's shop; the operator's comes last.
pub(super) async fn apps(shop: &Workshop<'_>) -> Result<()> {
    let inspector = company(shop, "Meridian Inspection AG", "CH", Plan::Standard).await?;
    player(shop, &inspector, Role::Inspector, None).await?;
    let carrier = company(shop, "Blue Heron Logistics BV", "NL", Plan::Standard).await?;
    player(shop, &carrier, Role::Carrier, None).await?;
    for (role, name) in [
        (Role::Storefront, "Demo storefront"),
        (Role::Warehouse, "Demo returns warehouse"),
        (Role::Operator, "Demo operations desk"),
    ] {
        app(shop, name, role, &[]).await?;
    }
    Ok(())
}

async fn company(shop: &Workshop<'_>, name: &str, country: &str, plan: Plan) -> Result<Company> {
    let draft =
        CompanyDraft { name: name.to_owned(), country: country.to_owned(), plan, external_reference: None };
    let company = Company::new(shop.app.ids.make(shop.now), draft).map_err(Error::Refused)?;
    parties::insert_company(shop.tx, &company, shop.now).await?;
    Ok(company)
}

async fn app(shop: &Workshop<'_>, name: &str, role: Role, companies: &[CompanyId]) -> Result<AppId> {
    let partner = PartnerApp::new(shop.app.ids.make(shop.now), name.to_owned(), role, role_scopes(role))?;
    parties::insert_app(shop.tx, &partner, shop.now).await?;
    for &company in companies {
        parties::link_app(shop.tx, partner.id, company).await?;
    }
    Ok(partner.id)
}

async fn player(
    shop: &Workshop<'_>,
    company: &Company,
    role: Role,
    supplier: Option<SupplierId>,
) -> Result<Player> {
    let app = app(shop, &format!("Connector of {}", company.name), role, &[company.id]).await?;
    let actor = Actor {
        app: Some(app),
        company: Some(company.id),
        member: None,
        supplier,
        role: Some(role),
        scopes: role_scopes(role),
    };
    Ok(Player { company: company.id, country: company.country.clone(), actor })
}
