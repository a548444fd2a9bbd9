//! Suspension by the platform, and enrolment in Trade Assurance by the supplier.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::badge::{BadgeAward, BadgeKind, BadgeSubject, EndedBy, Revocation};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::SupplierId;
use crate::domain::supplier::{SupplierCard, Suspension};
use crate::service::Result;
use crate::service::orders::{Envelope, Made};
use crate::store::catalogue::{badges as awards, suppliers};

use super::badges::end_of_products;
use super::{
    Kept, Known, OnSupplier, Opened, Request, awarded, check_reason, close, conflict, end, ended, granted,
    open, own_supplier, policy, require_staff, retry,
};

/// A supplier with all that its card shows, also while it is suspended.
async fn card(app: &App, id: SupplierId) -> Result<SupplierCard> {
    let found = suppliers::load(&app.db, &[id]).await?.pop();
    Ok(found.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?)
}

/// Takes a supplier off the catalogue, with a reason: the platform's staff only. Its enrolment in Trade Assurance ends;
/// orders that were placed stay protected by their contracts.
pub async fn suspend(
    app: &App,
    actor: &Actor,
    (supplier, reason): (SupplierId, &str),
    envelope: &Envelope,
) -> Result<Kept<SupplierCard>> {
    require_staff(actor)?;
    check_reason(reason)?;
    retry!(try_suspend(app, actor, (supplier, Some(reason)), envelope))
}

/// Lifts a suspension: the platform's staff only. The supplier enrols in Trade Assurance again by itself.
pub async fn reinstate(
    app: &App,
    actor: &Actor,
    supplier: SupplierId,
    envelope: &Envelope,
) -> Result<Kept<SupplierCard>> {
    require_staff(actor)?;
    retry!(try_suspend(app, actor, (supplier, None), envelope))
}

async fn try_suspend(
    app: &App,
    actor: &Actor,
    (supplier, reason): (SupplierId, Option<&str>),
    envelope: &Envelope,
) -> Result<Kept<SupplierCard>> {
    let operation = if reason.is_some() { "suspendSupplier" } else { "reinstateSupplier" };
    let (input, path) = (json!({ "supplier": supplier, "reason": reason }), ["input", "supplierId"]);
    let request = Request { operation, input: &input, supplier, path: &path };
    let mut work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: card(app, made.subject()?).await?, replayed: true });
        }
    };
    if work.supplier.suspended.is_some() == reason.is_some() {
        let state = if reason.is_some() { "suspended already" } else { "not suspended" };
        return Err(conflict(&path, format!("The supplier is {state}.")));
    }
    let suspension = reason.map(|reason| Suspension { at: work.now, reason: reason.to_owned() });
    suppliers::suspend(&work.claimed.tx, supplier, suspension.as_ref()).await?;
    work.supplier.suspended = suspension;
    let told = match reason {
        Some(reason) => {
            let why = format!("The supplier is suspended. {reason}");
            let draft = EventDraft::new(EventType::SupplierSuspended)
                .with("reason", reason)
                .with("actor", "OPERATOR");
            let revocation = Revocation { at: work.now, reason: why, by: EndedBy::Rules };
            let mut told = vec![draft];
            told.extend(end_enrolment(&work, &revocation).await?);
            told.extend(end_of_products(&work).await?);
            told
        }
        None => vec![EventDraft::new(EventType::SupplierReinstated).with("actor", "OPERATOR")],
    };
    close(app, work, told, &Made::of(supplier)).await?;
    Ok(Kept { value: card(app, supplier).await?, replayed: false })
}

/// Ends every enrolment in force. The badges of products, which hang on it, end with it: [`end_of_products`].
async fn end_enrolment(work: &OnSupplier<'_>, revocation: &Revocation) -> Result<Vec<EventDraft>> {
    let tx = &work.claimed.tx;
    let mut told = Vec::new();
    for award in enrolments(work).await? {
        told.push(
            ended(EventType::BadgeLapsed, &award, work.now, &revocation.reason)
                .with("actor", revocation.by.as_str()),
        );
        end(tx, &award, revocation.clone()).await?;
    }
    Ok(told)
}

async fn enrolments(work: &OnSupplier<'_>) -> Result<Vec<BadgeAward>> {
    let id = work.supplier.id;
    let held = awards::of_suppliers(&work.claimed.tx, &[id]).await?.remove(&id).unwrap_or_default();
    let in_force = |award: &BadgeAward| award.kind == BadgeKind::TradeAssurance && award.in_force(work.now);
    Ok(held.into_iter().filter(in_force).collect())
}

/// Enrols the supplier in Trade Assurance, if it is in good standing: the supplier itself only.
pub async fn enrol(app: &App, actor: &Actor, envelope: &Envelope) -> Result<Kept<SupplierCard>> {
    own_supplier(actor)?;
    retry!(try_enrol(app, actor, envelope))
}

async fn try_enrol(app: &App, actor: &Actor, envelope: &Envelope) -> Result<Kept<SupplierCard>> {
    let supplier = own_supplier(actor)?;
    let (input, path) = (json!({}), ["input"]);
    let request = Request { operation: "enrolInTradeAssurance", input: &input, supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: card(app, made.subject()?).await?, replayed: true });
        }
    };
    if !enrolments(&work).await?.is_empty() {
        return Err(conflict(&path, "You are enrolled in Trade Assurance already."));
    }
    let tx = &work.claimed.tx;
    let policy = policy(app, tx, work.now).await?;
    let known = Known::of(tx, &work.supplier).await?;
    let stands = known.eligibility(BadgeKind::TradeAssurance, &policy, work.now);
    stands.demand(&path)?;
    let value = granted(app, BadgeSubject::Supplier(supplier), &stands, work.now);
    awards::grant(tx, &value, None).await?;
    let told = vec![
        EventDraft::new(EventType::TradeAssuranceEnrolled)
            .with("awardId", value.id.to_string())
            .with("actor", "SUPPLIER"),
        awarded(&value, &stands).with("actor", "RULES"),
    ];
    close(app, work, told, &Made::of(supplier)).await?;
    Ok(Kept { value: card(app, supplier).await?, replayed: false })
}

/// Leaves Trade Assurance: the supplier itself only. Orders that were placed stay protected by their contracts; new
/// ones can no longer be placed with it.
pub async fn withdraw_enrolment(
    app: &App,
    actor: &Actor,
    reason: &str,
    envelope: &Envelope,
) -> Result<Kept<SupplierCard>> {
    own_supplier(actor)?;
    check_reason(reason)?;
    retry!(try_withdraw_enrolment(app, actor, reason, envelope))
}

async fn try_withdraw_enrolment(
    app: &App,
    actor: &Actor,
    reason: &str,
    envelope: &Envelope,
) -> Result<Kept<SupplierCard>> {
    let supplier = own_supplier(actor)?;
    let (input, path) = (json!({ "reason": reason }), ["input"]);
    let operation = "withdrawFromTradeAssurance";
    let request = Request { operation, input: &input, supplier, path: &path };
    let work = match open(app, actor, request, envelope).await? {
        Opened::Fresh(work) => *work,
        Opened::Replayed(made) => {
            return Ok(Kept { value: card(app, made.subject()?).await?, replayed: true });
        }
    };
    let revocation = Revocation { at: work.now, reason: reason.to_owned(), by: EndedBy::Supplier };
    let mut told = end_enrolment(&work, &revocation).await?;
    if told.is_empty() {
        return Err(conflict(&path, "You are not enrolled in Trade Assurance."));
    }
    told.extend(end_of_products(&work).await?);
    let draft =
        EventDraft::new(EventType::TradeAssuranceWithdrawn).with("reason", reason).with("actor", "SUPPLIER");
    told.insert(0, draft);
    close(app, work, told, &Made::of(supplier)).await?;
    Ok(Kept { value: card(app, supplier).await?, replayed: false })
}
