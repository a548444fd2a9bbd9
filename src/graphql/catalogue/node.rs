//! Any object by its id: the id's prefix says which table.

use async_graphql::{Context, ID, Interface, Result};
use futures_util::future::try_join_all;

use super::category::Category;
use super::evidence::{AgencyCheck, Audit, Certificate, Evidence, Licence, Media, Membership, TrackRecord};
use super::product::Product;
use super::review::Review;
use super::supplier::Supplier;
use crate::domain::actor::Scope;
use crate::graphql::apps::PartnerApp;
use crate::graphql::audit_log::AuditLogEntry;
use crate::graphql::bulk::BulkOperation;
use crate::graphql::context::ContextExt;
use crate::graphql::documents::TrustedDocument;
use crate::graphql::files::File;
use crate::graphql::ledger::Payout;
use crate::graphql::messages::Thread;
use crate::graphql::orders::{
    AfterSalesRequest, Deadline, Dispute, EasyReturn, Inspection, Order, OrderPart, part_by_id,
};
use crate::graphql::quotes::Quote;
use crate::graphql::trust::VerificationDocument;
use crate::graphql::webhooks::{WebhookDelivery, WebhookEndpoint};
use crate::service::{audit_log, bulk, documents, messages, payouts, trust, webhooks};

/// An object that has an id of its own.
#[derive(Debug, Clone, Interface)]
#[expect(
    clippy::large_enum_variant,
    reason = "a request has at most a hundred of them, and the macro wants them bare"
)]
#[graphql(field(name = "id", ty = "ID", desc = "Identifies the object among all objects."))]
pub enum Node {
    /// A product.
    Product(Product),
    /// A supplier.
    Supplier(Supplier),
    /// A category.
    Category(Category),
    /// A review.
    Review(Review),
    /// An order of the caller's.
    Order(Order),
    /// A timer of an order of the caller's.
    Deadline(Deadline),
    /// An inspection of an order of the caller's.
    Inspection(Inspection),
    /// A return of an order of the caller's.
    EasyReturn(EasyReturn),
    /// A request for a service on an order of the caller's.
    AfterSalesRequest(AfterSalesRequest),
    /// A quote of the caller's.
    Quote(Quote),
    /// A file that the caller may read.
    File(File),
    /// A thread that the caller may read.
    Thread(Thread),
    /// A refund request or dispute of one of the caller's orders.
    Dispute(Dispute),
    /// A bulk operation of the caller's.
    BulkOperation(BulkOperation),
    /// A server of the caller's that events are sent to.
    WebhookEndpoint(WebhookEndpoint),
    /// An event that is owed to one.
    WebhookDelivery(WebhookDelivery),
    /// A document that the caller's app registered.
    TrustedDocument(TrustedDocument),
    /// A payout of the caller's company.
    Payout(Payout),
    /// A document that the caller submitted for review, or for the platform's staff any.
    VerificationDocument(VerificationDocument),
    /// The caller's own app, or for the platform's staff any.
    PartnerApp(PartnerApp),
    /// An entry of the audit log that concerns the caller's company.
    AuditLogEntry(AuditLogEntry),
    /// A paid membership of a supplier.
    Membership(Membership),
    /// A third-party agency's check of a supplier.
    AgencyCheck(AgencyCheck),
    /// A third-party audit of a supplier.
    Audit(Audit),
    /// A certificate of a supplier.
    Certificate(Certificate),
    /// A licence of a supplier.
    Licence(Licence),
    /// A report, film, panorama or tour of a supplier.
    Media(Media),
    /// An entry of a supplier's track record.
    TrackRecord(TrackRecord),
}

impl From<Evidence> for Node {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Membership(known) => Self::Membership(known),
            Evidence::AgencyCheck(known) => Self::AgencyCheck(known),
            Evidence::Audit(known) => Self::Audit(known),
            Evidence::Certificate(known) => Self::Certificate(known),
            Evidence::Licence(known) => Self::Licence(known),
            Evidence::Media(known) => Self::Media(known),
            Evidence::TrackRecord(known) => Self::TrackRecord(known),
        }
    }
}

/// The scope that an object needs whose id begins so; none where no object's does.
fn scope_of(prefix: &str) -> Option<Scope> {
    match prefix {
        "product" | "supplier" | "category" | "review" | "membership" | "check" | "audit" | "cert"
        | "licence" | "media" | "record" => Some(Scope::CatalogRead),
        "order" | "deadline" | "quote" | "file" | "thread" | "dispute" | "inspection" | "return"
        | "aftersales" | "payout" | "auditlogentry" => Some(Scope::OrdersRead),
        "bulk" => Some(Scope::BulkRun),
        "webhook" | "delivery" => Some(Scope::WebhooksManage),
        "trusted" => Some(Scope::DocumentsManage),
        _ => None,
    }
}

/// The object with this id; none if there is none, or none that this caller may see. Without the scope an object answers
/// like one that does not exist: `nodes` asks for many things at once.
pub(in crate::graphql) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let (loaders, scopes) = (ctx.loaders()?, ctx.actor()?.scopes);
    let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
    // An app may always see itself; which scope a document under review needs depends on the role.
    if !["app", "document"].contains(&prefix) && scope_of(prefix).is_none_or(|scope| !scopes.contains(scope))
    {
        return Ok(None);
    }
    Ok(match prefix {
        "product" => match id.parse() {
            Ok(id) => loaders.product(id).await?.map(|card| Node::Product(Product::from_card(card))),
            Err(_) => None,
        },
        "supplier" => match id.parse() {
            Ok(id) => loaders.supplier(id).await?.map(|card| Node::Supplier(Supplier::from_card(card))),
            Err(_) => None,
        },
        "category" => match id.parse() {
            Ok(id) => loaders.category(id).await?.map(|found| Node::Category(Category(found))),
            Err(_) => None,
        },
        "review" => match id.parse() {
            Ok(id) => loaders.review(id).await?.map(|found| Node::Review(Review(found))),
            Err(_) => None,
        },
        "membership" | "check" | "audit" | "cert" | "licence" | "media" | "record" => match id.parse() {
            Ok(id) => loaders.record(id).await?.map(|known| Evidence::from(&*known).into()),
            Err(_) => None,
        },
        "order" => match id.parse() {
            Ok(id) => loaders.order(id).await?.map(Node::Order),
            Err(_) => None,
        },
        "deadline" => match id.parse() {
            Ok(id) => loaders.deadline(id).await?.map(|found| Node::Deadline(Deadline(found))),
            Err(_) => None,
        },
        "quote" => match id.parse() {
            Ok(id) => loaders.quote(id).await?.map(Node::Quote),
            Err(_) => None,
        },
        "file" => match id.parse() {
            Ok(id) => loaders.file(id).await?.map(Node::File),
            Err(_) => None,
        },
        "thread" => thread_by_id(ctx, id).await?,
        "bulk" => match id.parse() {
            Ok(id) => bulk::find(ctx.app()?, ctx.actor()?, id)
                .await?
                .map(|found| Node::BulkOperation(BulkOperation(found))),
            Err(_) => None,
        },
        "app" => app_by_id(ctx, id).await?,
        "webhook" | "delivery" => webhook_by_id(ctx, id).await?,
        "trusted" => trusted_by_id(ctx, id).await?,
        "auditlogentry" => entry_by_id(ctx, id).await?,
        "document" => document_by_id(ctx, id).await?,
        "payout" => match id.parse() {
            Ok(id) => {
                payouts::find(ctx.app()?, ctx.actor()?, id).await?.map(|found| Node::Payout(found.into()))
            }
            Err(_) => None,
        },
        "dispute" => match id.parse() {
            Ok(id) => loaders.dispute(id).await?.map(Node::Dispute),
            Err(_) => None,
        },
        "inspection" | "return" | "aftersales" => {
            part_by_id(ctx.app()?, ctx.actor()?, id).await?.map(|part| match part {
                OrderPart::Inspection(known) => Node::Inspection(known),
                OrderPart::Return(known) => Node::EasyReturn(known),
                OrderPart::AfterSales(known) => Node::AfterSalesRequest(known),
            })
        }
        _ => None,
    })
}

/// A thread that the caller may read.
async fn thread_by_id(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = messages::find(ctx.app()?, ctx.actor()?, id).await?;
    Ok(found.map(|found| Node::Thread(Thread(found))))
}

/// A document that was submitted for review.
async fn document_by_id(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = trust::document(ctx.app()?, ctx.actor()?, id).await?;
    Ok(found.map(|found| Node::VerificationDocument(VerificationDocument(found))))
}

/// A document of the caller's app.
async fn trusted_by_id(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = documents::document(ctx.app()?, ctx.actor()?, id).await?;
    Ok(found.map(|found| Node::TrustedDocument(TrustedDocument(found))))
}

/// An entry of the audit log that the caller may see.
async fn entry_by_id(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = audit_log::entry(ctx.app()?, ctx.actor()?, id).await?;
    Ok(found.map(|found| Node::AuditLogEntry(found.into())))
}

/// The caller's own app, or for the platform's staff any.
async fn app_by_id(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = ctx.loaders()?.partner_app(id).await?;
    Ok(found.map(|row| Node::PartnerApp(PartnerApp((*row).clone()))))
}

/// An endpoint of the caller's, or something that is owed to one.
async fn webhook_by_id(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let (app, actor) = (ctx.app()?, ctx.actor()?);
    if !actor.scopes.contains(Scope::WebhooksManage) {
        return Ok(None);
    }
    if let Ok(id) = id.parse() {
        let found = webhooks::endpoint(app, actor, id).await?;
        return Ok(found.map(|found| Node::WebhookEndpoint(WebhookEndpoint(found))));
    }
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = webhooks::delivery(app, actor, id).await?;
    Ok(found.map(|found| Node::WebhookDelivery(found.into())))
}

/// The objects with these ids, in their order; one statement for each type among them.
pub(super) async fn find_all(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Node>>> {
    try_join_all(ids.iter().map(|id| find(ctx, id))).await
}
