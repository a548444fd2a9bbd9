//! Granting badges by the rules, taking them away, and saying what is missing.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::badge::{
    BadgeAward, BadgeKind, BadgeSubject, Eligibility, EndedBy, ProductFacts, Revocation, offer_sha256,
    product_eligibility,
};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{BadgeAwardId, ProductId, SupplierId};
use crate::domain::product::Product;
use crate::domain::time::Timestamp;
use crate::domain::trust::TrustPolicy;
use crate::service::catalogue::now as seen_now;
use crate::service::orders::{Envelope, Made};
use crate::service::{Error, Result, require_scope};
use crate::store::catalogue::{badges as awards, listing, products, suppliers};
use crate::store::{self, Reader, Tx};

use super::{
    Kept, Known, OnSupplier, Opened, Request, awarded, check_reason, close, conflict, end, ended,
    first_policy, granted, open, policy, require_staff, retry,
};

/// Why a badge of suppliers is refused for a product, and the other way round.
const NOT_FOR_SUBJECT: &str = "This badge is not for such a subject.";

/// Which badge, for whom.
#[derive(Debug, Clone, Copy)]
pub struct Award {
    /// The supplier or product.
    pub subject: BadgeSubject,
    /// The badge.
    pub kind: BadgeKind,
}

/// Grants a badge whose criteria are all met: the platform's staff only.
pub async fn award(app: &App, actor: &Actor, wish: Award, envelope: &Envelope) -> Result<Kept<BadgeAward>> {
    require_staff(actor)?;
    let for_product = matches!(wish.subject, BadgeSubject::Product(_));
    if for_product != wish.kind.is_for_products() {
        return Err(Refusal::invalid(&["input", "kind"], NOT_FOR_SUBJECT).into());
    }
    if wish.kind == BadgeKind::TradeAssurance {
        let message = "A supplier enrols itself in Trade Assurance by enrolInTradeAssurance.";
        return Err(Refusal::invalid(&["input", "kind"], message).into());
    }
    retry!(try_award(app, actor, wish, envelope))
}

async fn try_award(app: &App, actor: &Actor, wish: Award, envelope: &Envelope) -> Result<Kept<BadgeAward>> {
    let (supplier, path) = match wish.subject {
        BadgeSubject::Supplier(id) => (id, ["input", "supplierId"]),
        BadgeSubject::Product(id) => {
            let path = ["input", "productId"];
            let product =
                product(&app.db, id).await?.ok_or_else(|| Refusal::not_found("product").at(&path))?;
            (product.supplier, path)
        }
    };
    let input = json!({ "subject": wish.subject, "kind": wish.kind });
    let request = Request { operation: "awardBadge", input: &input, supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: known(app, made.subject()?).await?, replayed: true });
        }
    };
    let tx = &work.claimed.tx;
    let policy = policy(app, tx, work.now).await?;
    let (stands, offer, held) = match wish.subject {
        BadgeSubject::Supplier(_) => {
            let known = Known::of(tx, &work.supplier).await?;
            (known.eligibility(wish.kind, &policy, work.now), None, known.awards)
        }
        BadgeSubject::Product(id) => {
            let product = product(tx, id).await?.ok_or_else(|| Refusal::not_found("product").at(&path))?;
            let stands = of_product(tx, wish.kind, &product, &policy, work.now).await?;
            let held = awards::of_products(tx, &[id]).await?.remove(&id).unwrap_or_default();
            (stands, Some(offer_sha256(&product)), held)
        }
    };
    stands.demand(&path)?;
    if held.iter().any(|award| award.kind == wish.kind && award.in_force(work.now)) {
        return Err(conflict(&["input", "kind"], format!("{} is held already.", wish.kind)));
    }
    let value = granted(app, wish.subject, &stands, work.now).check()?;
    awards::grant(tx, &value, offer).await?;
    if let BadgeSubject::Product(id) = wish.subject {
        listing::refresh_products(tx, &[id], work.now).await?;
    }
    let told = vec![awarded(&value, &stands).with("actor", "OPERATOR")];
    close(app, work, told, &Made::of(value.id)).await?;
    Ok(Kept { value, replayed: false })
}

async fn product(reader: &impl Reader, id: ProductId) -> Result<Option<Product>> {
    Ok(products::load(reader, &[id]).await?.pop())
}

async fn known(app: &App, id: BadgeAwardId) -> Result<BadgeAward> {
    let found = awards::find(&app.db, id).await?;
    Ok(found.map(|(award, _)| award).ok_or_else(|| anyhow::anyhow!("{id} is gone"))?)
}

async fn of_product(
    reader: &impl Reader,
    kind: BadgeKind,
    product: &Product,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<Eligibility> {
    let seller = suppliers::load(reader, &[product.supplier]).await?.pop();
    let seller = seller.ok_or_else(|| anyhow::anyhow!("{} is nobody's", product.id))?;
    Ok(product_eligibility(kind, ProductFacts { product, seller: &seller }, policy, now))
}

/// Takes a badge away, with a reason: the platform's staff only.
pub async fn revoke(
    app: &App,
    actor: &Actor,
    (id, reason): (BadgeAwardId, &str),
    envelope: &Envelope,
) -> Result<Kept<BadgeAward>> {
    require_staff(actor)?;
    check_reason(reason)?;
    retry!(try_revoke(app, actor, (id, reason), envelope))
}

async fn try_revoke(
    app: &App,
    actor: &Actor,
    (id, reason): (BadgeAwardId, &str),
    envelope: &Envelope,
) -> Result<Kept<BadgeAward>> {
    let path = ["input", "badgeAwardId"];
    let found = awards::find(&app.db, id).await?;
    let (_, supplier) = found.ok_or_else(|| Refusal::not_found("award").at(&path))?;
    let input = json!({ "award": id, "reason": reason });
    let request = Request { operation: "revokeBadge", input: &input, supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: known(app, made.subject()?).await?, replayed: true });
        }
    };
    let tx = &work.claimed.tx;
    let award = awards::find(tx, id).await?.map(|(award, _)| award);
    let award = award.ok_or_else(|| Refusal::not_found("award").at(&path))?;
    if !award.in_force(work.now) {
        return Err(conflict(&path, "This award has ended already."));
    }
    let revocation = Revocation { at: work.now, reason: reason.to_owned(), by: EndedBy::Platform };
    end(tx, &award, revocation.clone()).await?;
    let mut told = vec![ended(EventType::BadgeRevoked, &award, work.now, reason).with("actor", "OPERATOR")];
    match award.subject {
        BadgeSubject::Product(product) => listing::refresh_products(tx, &[product], work.now).await?,
        BadgeSubject::Supplier(_) if award.kind == BadgeKind::TradeAssurance => {
            told.extend(end_of_products(&work).await?);
        }
        BadgeSubject::Supplier(supplier) if award.kind == BadgeKind::Verified => {
            told.extend(end_verified_pro(tx, supplier, &revocation).await?);
        }
        BadgeSubject::Supplier(_) => {}
    }
    close(app, work, told, &Made::of(id)).await?;
    Ok(Kept { value: BadgeAward { revoked: Some(revocation), ..award }, replayed: false })
}

/// Verified Pro is Verified and more: what takes the one away by hand takes the other with it, for the same reason.
async fn end_verified_pro(tx: &Tx, supplier: SupplierId, revocation: &Revocation) -> Result<Vec<EventDraft>> {
    let held = awards::of_suppliers(tx, &[supplier]).await?.remove(&supplier).unwrap_or_default();
    let in_force = held.iter().filter(|award| award.in_force(revocation.at));
    let mut told = Vec::new();
    for award in in_force.filter(|award| award.kind == BadgeKind::VerifiedPro) {
        end(tx, award, revocation.clone()).await?;
        let draft = ended(EventType::BadgeRevoked, award, revocation.at, &revocation.reason);
        told.push(draft.with("actor", "OPERATOR"));
    }
    Ok(told)
}

/// Ends the awards of the supplier's products, as nothing protects orders of them; one event for each badge. Those of
/// imports and of the demo end, too: whoever granted them, their criteria ask for Trade Assurance.
pub(super) async fn end_of_products(work: &OnSupplier<'_>) -> Result<Vec<EventDraft>> {
    end_products(&work.claimed.tx, work.supplier.id, work.now).await
}

/// The same outside a command.
pub(super) async fn end_products(tx: &Tx, supplier: SupplierId, now: Timestamp) -> Result<Vec<EventDraft>> {
    let reason = "The supplier is not enrolled in Trade Assurance.";
    let revocation = Revocation { at: now, reason: reason.to_owned(), by: EndedBy::Rules };
    let ended = awards::end_of_products(tx, supplier, &revocation).await?;
    let mut ids: Vec<ProductId> = ended.iter().map(|(_, product)| *product).collect();
    ids.sort_unstable();
    ids.dedup();
    listing::refresh_products(tx, &ids, now).await?;
    let mut told = Vec::new();
    for kind in [BadgeKind::Guaranteed, BadgeKind::EasyReturn] {
        let count = ended.iter().filter(|(of, _)| *of == kind).count();
        if count > 0 {
            let draft = EventDraft::new(EventType::BadgeLapsed)
                .with("badge", kind.as_str())
                .with("productCount", count)
                .with("endedAt", now.to_string())
                .with("reason", reason)
                .with("actor", "RULES");
            told.push(draft);
        }
    }
    Ok(told)
}

/// A badge of products has no criteria for a supplier, nor one of suppliers for a product: an answer without criteria
/// would read as one that nothing is missing for.
fn demand_kind(kind: BadgeKind, for_products: bool) -> Result<()> {
    if kind.is_for_products() == for_products {
        return Ok(());
    }
    Err(Error::Denied(Refusal::invalid(&["kind"], NOT_FOR_SUBJECT)))
}

/// How a supplier stands to a badge, for itself and the platform's staff.
pub async fn supplier_standing(
    app: &App,
    actor: &Actor,
    supplier: SupplierId,
    kind: BadgeKind,
) -> Result<Eligibility> {
    demand_own(actor, supplier)?;
    demand_kind(kind, false)?;
    let now = seen_now(app);
    let known = suppliers::plain(&app.db, &[supplier]).await?.pop();
    let known = known.ok_or_else(|| Error::Denied(Refusal::not_found("supplier")))?;
    let policy = store::trust::policies::at(&app.db, now).await?.unwrap_or_else(first_policy);
    Ok(Known::of(&app.db, &known).await?.eligibility(kind, &policy, now))
}

/// How a product stands to a badge, for its supplier and the platform's staff.
pub async fn product_standing(
    app: &App,
    actor: &Actor,
    found: &Product,
    kind: BadgeKind,
) -> Result<Eligibility> {
    demand_own(actor, found.supplier)?;
    demand_kind(kind, true)?;
    let now = seen_now(app);
    let policy = store::trust::policies::at(&app.db, now).await?.unwrap_or_else(first_policy);
    of_product(&app.db, kind, found, &policy, now).await
}

/// What is missing for a badge, and what happened to it, is the supplier's own matter and the platform's.
pub(super) fn demand_own(actor: &Actor, supplier: SupplierId) -> Result<()> {
    require_scope(actor, Scope::CatalogRead)?;
    if actor.is_operator() || actor.supplier == Some(supplier) {
        return Ok(());
    }
    let code = if actor.is_anonymous() { Code::Unauthenticated } else { Code::Forbidden };
    Err(Error::Denied(Refusal::new(code, "Only the supplier itself and the platform see this.")))
}
