//! What protects the buyer of an order, and of one that would be placed.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::regions::AvailableAction;
use super::words::{BlockReason, BuyerPlan, OrderKind, ProtectionKind};
use crate::domain;
use crate::graphql::context::ContextExt;
use crate::graphql::inputs::id;
use crate::graphql::scalars::{CountryCode, DateTime, Duration, Money};
use crate::service::Error;
use crate::service::orders::protections::{Thought, preview};

/// What protects the buyer: applies or not, why, until when, up to how much. Answered by the rules that decide the claim.
#[derive(Debug, Clone, SimpleObject)]
pub struct Protection {
    /// Which protection.
    kind: ProtectionKind,
    /// What it promises, for people.
    promise: &'static str,
    /// Whether the order has it at all.
    applies: bool,
    /// Why it does not apply. At most 10.
    reasons: Vec<BlockReason>,
    /// The last instant to claim it; null while that is not known.
    until: Option<DateTime>,
    /// How long it can be claimed, counted from receipt or from the promised delivery.
    lasts: Option<Duration>,
    /// The most that it pays; null where it pays nothing.
    maximum: Option<Money>,
    /// What ends it early, for people.
    voided_by: &'static str,
    /// The buyer's action that claims it, and what stands in its way now; null where the order's status has none.
    claim: Option<AvailableAction>,
    /// What was paid off the platform, as far as it was recorded, and therefore is not covered; null where nothing was, or
    /// where the protection is not about what was paid.
    voided: Option<Money>,
    /// Why that is not covered, for people; null where nothing is voided.
    voided_because: Option<&'static str>,
    /// How often the supplier tried in vain to have other terms or a higher price than was agreed; of the price lock, for
    /// the parties and operators. Else 0.
    refused_attempt_count: i32,
    /// When it tried last; null where it did not.
    last_refused_at: Option<DateTime>,
}

impl Protection {
    pub(super) fn new(known: domain::order::Protection, order: &domain::order::Order) -> Self {
        Self {
            kind: known.kind.into(),
            promise: known.kind.promise(),
            applies: known.applies,
            reasons: known.reasons.into_iter().map(BlockReason::from).collect(),
            until: known.until.map(DateTime),
            lasts: known.lasts.map(Duration),
            maximum: known.maximum_minor.map(|minor| order.money(minor).into()),
            voided_by: known.kind.voided_by(),
            claim: known.claim.map(AvailableAction::from),
            voided: (known.voided_minor > 0).then(|| order.money(known.voided_minor).into()),
            voided_because: (known.voided_minor > 0).then_some(
                "It was paid off the platform: it is not in escrow, cannot be claimed back, and no mediator decides on it.",
            ),
            refused_attempt_count: i32::try_from(known.refused_attempts).unwrap_or(i32::MAX),
            last_refused_at: known.last_refused_at.map(DateTime),
        }
    }
}

/// What `protectionPreview` takes: an order that you think of.
#[derive(Debug, Clone, InputObject)]
pub struct ProtectionPreviewInput {
    /// Which product.
    product_id: ID,
    /// How many units.
    quantity: i32,
    /// The country where the goods would go.
    destination_country: CountryCode,
    /// The buyer's plan; that of your company unless you name another.
    plan: Option<BuyerPlan>,
    /// How the order would come about.
    #[graphql(default_with = "OrderKind::Standard")]
    kind: OrderKind,
}

/// What would protect an order that you think of.
#[derive(Debug, Clone, SimpleObject)]
pub struct ProtectionPreview {
    /// What the order would cost.
    total: Money,
    /// Each protection as it would stand. At most 10.
    protections: Vec<Protection>,
}

/// Reading protections.
#[derive(Debug, Default)]
pub struct ProtectionQuery;

/// Reading protections.
#[Object]
impl ProtectionQuery {
    /// What would protect an order: the order that would be placed is put together and asked, by the rules that later
    /// decide the claim. What could not be ordered is an error that says why. Scope: `catalog:read`.
    async fn protection_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order that you think of.")] input: ProtectionPreviewInput,
    ) -> Result<ProtectionPreview> {
        let thought = Thought {
            product: id("product", &["input", "productId"], &input.product_id).map_err(Error::from)?,
            quantity: i64::from(input.quantity),
            destination: input.destination_country.0,
            plan: input.plan.map(Into::into),
            kind: input.kind.into(),
        };
        let (order, found) = preview(ctx.app()?, ctx.actor()?, &thought).await?;
        let protections = found.into_iter().map(|known| Protection::new(known, &order)).collect();
        Ok(ProtectionPreview { total: order.money(order.terms.total.0).into(), protections })
    }
}
