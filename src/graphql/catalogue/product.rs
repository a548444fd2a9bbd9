//! Products.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::category::Category;
use super::evidence::{BadgeAward, Certificate, Media, awards};
use super::prices::{PriceBreak, PriceLadder, UnitPrice};
use super::review::{Rating, Review, ReviewConnection, ReviewFilter, reviews_of, wish};
use super::supplier::Supplier;
use super::words::{AfterSalesLabel, ProductStatus, ReviewSort};
use super::{arguments, shown, small};
use crate::domain;
use crate::domain::money;
use crate::domain::page::{Page, Slice};
use crate::domain::product::ProductCard;
use crate::domain::review::ReviewQuery;
use crate::domain::supplier::SupplierCard;
use crate::domain::time::Span;
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::risk::RiskSignal;
use crate::graphql::scalars::{DateTime, Duration, Money};
use crate::service::catalogue::ListedProduct;
use crate::service::reviews::ReviewsOf;

/// What a supplier offers.
#[derive(Debug, Clone)]
pub struct Product {
    card: Arc<ProductCard>,
    /// The supplier, where the statement that found the product brought it along.
    supplier: Option<Arc<SupplierCard>>,
    /// The reviews of one page, where the statement that found the product brought them along.
    reviews: Option<Arc<(Page, Slice<Arc<domain::review::Review>>)>>,
}

impl Product {
    /// A product alone.
    pub fn from_card(card: Arc<ProductCard>) -> Self {
        Self { card, supplier: None, reviews: None }
    }

    /// A product with its supplier, where that is at hand.
    pub(super) fn with_supplier(card: ProductCard, supplier: Option<SupplierCard>) -> Self {
        Self { card: Arc::new(card), supplier: supplier.map(Arc::new), reviews: None }
    }

    /// A product of a supplier's list, with the page of reviews that came along.
    pub(super) fn listed(
        listed: &ListedProduct,
        supplier: &Arc<SupplierCard>,
        reviews: Option<&Page>,
    ) -> Self {
        let along = listed.reviews.clone().zip(reviews.cloned());
        Self {
            card: Arc::clone(&listed.card),
            supplier: Some(Arc::clone(supplier)),
            reviews: along.map(|(slice, page)| Arc::new((page, slice))),
        }
    }

    fn product(&self) -> &domain::product::Product {
        &self.card.product
    }
}

/// What a supplier offers.
#[Object]
impl Product {
    /// Identifies the product.
    pub(super) async fn id(&self) -> ID {
        self.product().id.to_string().into()
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.product().title
    }

    /// The description; may be empty.
    async fn description(&self, ctx: &Context<'_>) -> Result<String> {
        ctx.loaders()?.product_description(self.product().id).await
    }

    /// Named properties, in the supplier's order. At most 100.
    async fn attributes(&self) -> Vec<ProductAttribute> {
        let attributes = self.product().attributes.iter();
        attributes.map(|it| ProductAttribute { name: it.name.clone(), value: it.value.clone() }).collect()
    }

    /// What a quantity counts, such as `piece`.
    async fn unit(&self) -> &str {
        &self.product().unit
    }

    /// The least quantity of an order.
    async fn minimum_order_quantity(&self) -> i32 {
        small(self.product().minimum_order_quantity)
    }

    /// Order quantities are multiples of it.
    async fn order_increment(&self) -> i32 {
        small(self.product().order_increment)
    }

    /// The smallest quantity that can be ordered: the first multiple of the increment from the minimum on.
    async fn smallest_orderable_quantity(&self) -> i32 {
        small(self.product().smallest_quantity())
    }

    /// Unit prices by quantity.
    async fn price_ladder(&self) -> PriceLadder {
        PriceLadder::from(&self.product().ladder)
    }

    /// The price of one unit when that many are ordered; null below the first step of the ladder. Whether that many
    /// can be ordered is another question: see `minimumOrderQuantity` and `orderIncrement`.
    async fn unit_price(&self, #[graphql(desc = "How many.")] quantity: i32) -> Option<UnitPrice> {
        let ladder = &self.product().ladder;
        ladder.unit_price(i64::from(quantity)).map(|price| UnitPrice::new(price, ladder.currency()))
    }

    /// The next step of the ladder above that many, where the unit price changes; null on the last step.
    async fn next_break(&self, #[graphql(desc = "How many.")] quantity: i32) -> Option<PriceBreak> {
        let ladder = &self.product().ladder;
        ladder.next_break(i64::from(quantity)).map(|step| PriceBreak::new(step, ladder.currency()))
    }

    /// Times from payment to dispatch by quantity; empty where none is promised. At most 50.
    async fn lead_times(&self) -> Vec<LeadTime> {
        let steps = self.product().lead_times.steps().iter();
        steps
            .map(|step| LeadTime {
                minimum_quantity: small(step.min_quantity),
                dispatch_within: Duration(Span::days(step.days)),
            })
            .collect()
    }

    /// The offer to buy a sample.
    async fn sample_offer(&self) -> Option<SampleOffer> {
        let offer = self.product().sample_offer?;
        Some(SampleOffer {
            price: money::Money::new(offer.price_minor, self.product().ladder.currency()).into(),
            maximum_quantity: small(offer.maximum_quantity),
            dispatch_within: Duration(Span::days(offer.lead_days)),
        })
    }

    /// Guaranteed terms: fixed price with freight, dispatch and delivery by promise; null without them.
    async fn guaranteed_terms(&self) -> Option<GuaranteedTerms> {
        let terms = self.product().guaranteed?;
        Some(GuaranteedTerms {
            freight_included: true,
            dispatch_within: Duration(Span::hours(terms.dispatch_within_hours)),
            delivery_within: Duration(Span::days(terms.delivery_days)),
        })
    }

    /// Whether it carries the Easy Return mark.
    async fn easy_return(&self) -> bool {
        self.product().easy_return
    }

    /// Whether it is made to specification.
    async fn customisable(&self) -> bool {
        self.product().customisable
    }

    /// The service that is promised after the sale; null without one.
    async fn after_sales_service(&self) -> Option<AfterSalesService> {
        let service = self.product().after_sales?;
        let term = Duration(Span::days(service.term_days));
        Some(AfterSalesService { label: service.label.into(), term })
    }

    /// How buyers rate it.
    async fn rating(&self) -> Rating {
        Rating::new(self.card.rating, ReviewsOf::Product(self.product().id))
    }

    /// What a buyer should be warned of, worst first; stored when a fact changed, never a reason to block. At most 10.
    async fn risk_signals(&self, ctx: &Context<'_>) -> Result<Vec<RiskSignal>> {
        let found = ctx.loaders()?.product_signals(self.product().id).await?;
        Ok(found.iter().map(RiskSignal::from).collect())
    }

    /// Its reviews.
    async fn reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which; all where absent.")] filter: Option<ReviewFilter>,
        #[graphql(desc = "In which order; cursors belong to one.", default_with = "ReviewSort::Newest")]
        sort: ReviewSort,
    ) -> Result<ReviewConnection> {
        let (page, query) = (arguments(first, after, last, before)?, wish(filter.as_ref(), sort)?);
        let total = self.card.rating.count();
        match self.reviews.as_deref() {
            Some((along, slice)) if *along == page && query == ReviewQuery::default() => {
                let slice = Slice { total: Some(total), ..slice.clone() };
                Ok(ReviewConnection(slice.map(Review)))
            }
            _ => reviews_of(ctx, (ReviewsOf::Product(self.product().id), query), page, total).await,
        }
    }

    /// Who offers it.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        match &self.supplier {
            Some(card) => Ok(Some(Supplier::from_card(Arc::clone(card)))),
            None => Ok(ctx.loaders()?.supplier(self.product().supplier).await?.map(Supplier::from_card)),
        }
    }

    /// Where it stands in the category tree.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<Category>> {
        match self.product().category {
            Some(id) => Ok(ctx.loaders()?.category(id).await?.map(Category)),
            None => Ok(None),
        }
    }

    /// Pictures and documents, in order. At most 100.
    async fn media(&self) -> Vec<Media> {
        shown(&self.product().media, Media)
    }

    /// The certificates that cover it, those that are valid longest first. At most 100.
    async fn certifications(&self, ctx: &Context<'_>) -> Result<Vec<Certificate>> {
        let found = ctx.loaders()?.product_certificates(self.product().id).await?;
        Ok(shown(&found, Certificate))
    }

    /// Its badges with their evidence, newest first. At most 100.
    #[expect(clippy::unused_async, reason = "resolvers are async, though this one waits for nothing")]
    async fn badges(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that lapsed.", default)] include_lapsed: bool,
    ) -> Result<Vec<BadgeAward>> {
        awards(ctx, &self.card.badges, include_lapsed)
    }

    /// Whether it is offered.
    async fn status(&self) -> ProductStatus {
        self.product().status.into()
    }

    /// The supplier's own id of it.
    async fn external_reference(&self) -> Option<&str> {
        self.product().external_reference.as_deref()
    }

    /// Counts its changes, from 1.
    async fn version(&self) -> i32 {
        small(self.product().version)
    }

    /// Since when it is on record.
    async fn created_at(&self) -> DateTime {
        DateTime(self.product().created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.product().updated_at)
    }
}

connection!(ProductConnection, ProductEdge, Product, "products");

/// A named property of a product.
#[derive(Debug, Clone, SimpleObject)]
pub struct ProductAttribute {
    /// What is said, such as `material`.
    name: String,
    /// What it is, such as `steel`.
    value: String,
}

/// How long a quantity takes to be dispatched.
#[derive(Debug, Clone, SimpleObject)]
pub struct LeadTime {
    /// The step holds from this quantity up to the next step.
    minimum_quantity: i32,
    /// The time from payment to dispatch.
    dispatch_within: Duration,
}

/// An offer to buy a sample before an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct SampleOffer {
    /// The price of one.
    price: Money,
    /// The largest quantity.
    maximum_quantity: i32,
    /// The time from payment to dispatch.
    dispatch_within: Duration,
}

/// The terms of a Guaranteed product.
#[derive(Debug, Clone, SimpleObject)]
pub struct GuaranteedTerms {
    /// Whether the price includes freight; always so.
    freight_included: bool,
    /// The time from payment to dispatch, at most.
    dispatch_within: Duration,
    /// The time from payment to delivery, at most.
    delivery_within: Duration,
}

/// A promised service after the sale.
#[derive(Debug, Clone, SimpleObject)]
pub struct AfterSalesService {
    /// Which service.
    label: AfterSalesLabel,
    /// For how long after receipt.
    term: Duration,
}
