//! What protects the buyer: of an order that there is, and of one that would be placed.

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::contract::ReleasePolicy;
use crate::domain::error::Refusal;
use crate::domain::ids::ProductId;
use crate::domain::order::{
    self, BalanceDue, LineRequest, Order, OrderKind, PlaceRequest, Protection, ProtectionKind, SupplierFacts,
};
use crate::domain::party::Plan;
use crate::service::{Error, Result, require_scope};
use crate::store;

use super::envelope::now_in;
use super::now_seen;
use super::place::policy;
use super::price_lock;

/// How the order's protections stand; the price lock with what the supplier tried in vain.
pub async fn of(app: &App, actor: &Actor, order: &Order) -> Result<Vec<Protection>> {
    let mut found = order.protections(now_seen(app));
    let refused = price_lock::refused(app, actor, order).await?;
    for lock in found.iter_mut().filter(|known| known.kind == ProtectionKind::PriceLock) {
        lock.refused_attempts = refused.len();
        lock.last_refused_at = refused.last().map(|known| known.attempted_at);
    }
    Ok(found)
}

/// An order that somebody thinks of.
#[derive(Debug, Clone)]
pub struct Thought {
    /// Which product.
    pub product: ProductId,
    /// How many units.
    pub quantity: i64,
    /// The country where the goods would go.
    pub destination: String,
    /// The buyer's plan; that of the asking company unless another is named.
    pub plan: Option<Plan>,
    /// How the order would come about.
    pub kind: OrderKind,
}

/// The order that would be placed, and what would protect it: the same rules as decide the claim. Nothing is kept.
pub async fn preview(app: &App, actor: &Actor, thought: &Thought) -> Result<(Order, Vec<Protection>)> {
    require_scope(actor, Scope::CatalogRead)?;
    let tx = app.db.begin().await?;
    let now = now_in(app, &tx).await?;
    let offered = store::catalogue::offers::load(&tx, &[thought.product]).await?.pop();
    let missing = || Refusal::not_found("product").at(&["input", "productId"]);
    let (product, supplier) = offered.ok_or_else(missing)?;
    let own_plan = match actor.company {
        Some(company) => store::parties::companies(&tx, &[company]).await?.pop().map(|company| company.plan),
        None => None,
    };
    let request = PlaceRequest {
        id: app.ids.make(now),
        number: "preview".to_owned(),
        instalments: [app.ids.make(now), app.ids.make(now)],
        kind: thought.kind,
        buyer: actor.company.unwrap_or_else(|| app.ids.make(now)),
        plan: thought.plan.or(own_plan).unwrap_or(Plan::Standard),
        supplier: SupplierFacts {
            id: supplier.supplier.id,
            company: supplier.supplier.company,
            country: supplier.supplier.country.clone(),
            protected: supplier.is_protected(now),
        },
        lines: vec![LineRequest {
            id: app.ids.make(now),
            product,
            quantity: thought.quantity,
            expected_unit_price: None,
            specification: None,
            attachments: Vec::new(),
        }],
        currency: None,
        freight: None,
        deposit_percent: None,
        balance_due: BalanceDue::BeforeDispatch,
        incoterm: None,
        destination: thought.destination.clone(),
        release_policy: ReleasePolicy::OnCompletion,
        inspection: false,
        external_reference: None,
        attachments: Vec::new(),
        quoted: None,
        policy: policy(app, &tx, now).await?,
    };
    let placed = order::place(request, now).map_err(Error::Refused)?;
    tx.rollback().await?;
    let protections = placed.order.protections(now);
    Ok((placed.order, protections))
}
