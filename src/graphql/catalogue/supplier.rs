//! Suppliers.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::evidence::{Audit, BadgeAward, Certificate, Licence, Media, awards};
use super::product::{Product, ProductConnection};
use super::review::{Rating, ReviewConnection, ReviewFilter, reviews_of, wish};
use super::words::{MetricsPeriod, ReviewSort, Specialisation};
use super::{arguments, paged, shown, small};
use crate::domain;
use crate::domain::page::{Page, Slice};
use crate::domain::supplier::SupplierCard;
use crate::domain::time::Span;
use crate::graphql::company::Company;
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::risk::RiskSignal;
use crate::graphql::scalars::{CountryCode, Date, DateTime, Decimal, Duration};
use crate::service::catalogue::{ListedProduct, SupplierPage, SupplierSelection};
use crate::service::reviews::ReviewsOf;

/// A company that sells.
#[derive(Debug, Clone)]
pub struct Supplier {
    card: Arc<SupplierCard>,
    /// The first page of its products, where the statement that found the supplier brought it along.
    along: Option<Arc<Along>>,
}

/// A page of products that came with their supplier.
#[derive(Debug)]
struct Along {
    page: Page,
    reviews: Option<Page>,
    slice: Slice<ListedProduct>,
}

impl Supplier {
    /// A supplier alone.
    pub fn from_card(card: Arc<SupplierCard>) -> Self {
        Self { card, along: None }
    }

    /// A supplier with what came along by the selection.
    pub(super) fn from_page(found: SupplierPage, selection: SupplierSelection) -> Self {
        let reviews = selection.product_reviews;
        let along = found.products.zip(selection.products);
        Self {
            card: Arc::new(found.card),
            along: along.map(|(slice, page)| Arc::new(Along { page, reviews, slice })),
        }
    }

    fn supplier(&self) -> &domain::supplier::Supplier {
        &self.card.supplier
    }
}

/// A company that sells.
#[Object]
impl Supplier {
    /// Identifies the supplier.
    pub(super) async fn id(&self) -> ID {
        self.supplier().id.to_string().into()
    }

    /// The legal entity.
    async fn company(&self) -> Company {
        let supplier = self.supplier();
        Company::new(supplier.company, &supplier.name, &supplier.country)
    }

    /// The company's legal name.
    async fn name(&self) -> &str {
        &self.supplier().name
    }

    /// The company's country.
    async fn country(&self) -> CountryCode {
        CountryCode(self.supplier().country.clone())
    }

    /// What it is good at; null where that was not found out.
    async fn specialisation(&self) -> Option<Specialisation> {
        self.supplier().specialisation.map(Specialisation::from)
    }

    /// Itself in its own words; may be empty.
    async fn description(&self, ctx: &Context<'_>) -> Result<String> {
        ctx.loaders()?.supplier_description(self.supplier().id).await
    }

    /// The day of its founding; null where unknown.
    async fn established_on(&self) -> Option<Date> {
        self.supplier().established_on.map(Date)
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

    /// The third-party audits, newest first. At most 100.
    async fn audits(&self, ctx: &Context<'_>) -> Result<Vec<Audit>> {
        let found = ctx.loaders()?.audits(self.supplier().id).await?;
        Ok(shown(&found, Audit))
    }

    /// Management and product certificates, those that are valid longest first. At most 100.
    async fn certificates(&self, ctx: &Context<'_>) -> Result<Vec<Certificate>> {
        let found = ctx.loaders()?.certificates(self.supplier().id).await?;
        Ok(shown(&found, Certificate))
    }

    /// Business licences, in the order of their numbers. At most 100.
    async fn licences(&self, ctx: &Context<'_>) -> Result<Vec<Licence>> {
        let found = ctx.loaders()?.licences(self.supplier().id).await?;
        Ok(shown(&found, Licence))
    }

    /// Factory reports, films, panoramas and tours, in order. At most 100.
    async fn media(&self, ctx: &Context<'_>) -> Result<Vec<Media>> {
        let found = ctx.loaders()?.supplier_media(self.supplier().id).await?;
        Ok(shown(&found, Media))
    }

    /// What its orders add up to, exact at the moment of reading.
    async fn metrics(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Over which time; who bought again is only known over all of it.",
            default_with = "MetricsPeriod::AllTime"
        )]
        period: MetricsPeriod,
    ) -> Result<SupplierMetrics> {
        let figures = ctx.loaders()?.metrics((self.supplier().id, period.into())).await?;
        Ok(SupplierMetrics::new(&figures, period == MetricsPeriod::AllTime))
    }

    /// What a buyer should be warned of, worst first; stored when a fact changed, never a reason to block. At most 10.
    async fn risk_signals(&self, ctx: &Context<'_>) -> Result<Vec<RiskSignal>> {
        let found = ctx.loaders()?.supplier_signals(self.supplier().id).await?;
        Ok(found.iter().map(RiskSignal::from).collect())
    }

    /// How buyers rate the store.
    async fn rating(&self) -> Rating {
        Rating::new(self.card.rating, ReviewsOf::Store(self.supplier().id))
    }

    /// The reviews of the store; those of products hang on the products.
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
        let wanted = (ReviewsOf::Store(self.supplier().id), query);
        reviews_of(ctx, wanted, page, self.card.rating.count()).await
    }

    /// Its products, best rank first. To narrow or sort them, search `products` with the filter `supplierId`.
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
    ) -> Result<ProductConnection> {
        let page = arguments(first, after, last, before)?;
        let id = self.supplier().id;
        let (mut slice, reviews) = match self.along.as_deref() {
            Some(along) if along.page == page => (along.slice.clone(), along.reviews.as_ref()),
            _ => (paged(ctx.loaders()?.products((id, page)).await?)?, None),
        };
        if ctx.look_ahead().field("totalCount").exists() {
            slice.total = Some(ctx.loaders()?.product_count(id).await?);
        }
        Ok(ProductConnection(slice.map(|listed| Product::listed(&listed, &self.card, reviews))))
    }

    /// The partner's own id of it.
    async fn external_reference(&self) -> Option<&str> {
        self.supplier().external_reference.as_deref()
    }

    /// Since when it is on record.
    async fn created_at(&self) -> DateTime {
        DateTime(self.supplier().created_at)
    }
}

connection!(SupplierConnection, SupplierEdge, Supplier, "suppliers");

/// What a supplier's orders add up to; counted from orders, never typed in. What each figure counts is said in
/// `docs/REVIEWS-AND-SIGNALS.md`.
#[derive(Debug, Clone, SimpleObject)]
pub struct SupplierMetrics {
    /// Orders placed with it.
    orders_placed: i32,
    /// Orders that completed.
    orders_completed: i32,
    /// Orders that came to nothing: cancelled, expired, or paid back before they completed.
    orders_cancelled: i32,
    /// Orders whose dispatch was judged: all goods left, or the buyer gave up because nothing left in time.
    dispatched: i32,
    /// Of these, after their deadline or never.
    dispatched_late: i32,
    /// Orders that arrived.
    delivered: i32,
    /// Of these, after the promised instant.
    delivered_late: i32,
    /// Orders that the platform had to decide or that a bank charged back; what both sides agreed on is none.
    disputes: i32,
    /// Companies that bought; null over a limited period.
    buyers: Option<i32>,
    /// Of these, those that bought again; null over a limited period.
    returning_buyers: Option<i32>,
    /// Orders, rounds of quotes and conversations that got their first answer.
    responses: i32,
    /// Dispatched in time, in percent with two digits; null without a dispatch.
    on_time_dispatch_percent: Option<Decimal>,
    /// Arrived by the promised day, in percent with two digits; null without a delivery.
    on_time_delivery_percent: Option<Decimal>,
    /// Orders that went to a dispute, in percent with two digits; null without an order.
    dispute_percent: Option<Decimal>,
    /// Buyers that bought again, in percent with two digits; null without a buyer or over a limited period.
    returning_buyer_percent: Option<Decimal>,
    /// The mean time to an answer; null without an answer.
    mean_response_time: Option<Duration>,
}

impl SupplierMetrics {
    fn new(metrics: &domain::supplier::SupplierMetrics, all_time: bool) -> Self {
        Self {
            orders_placed: small(metrics.orders_placed),
            orders_completed: small(metrics.orders_completed),
            orders_cancelled: small(metrics.orders_cancelled),
            dispatched: small(metrics.dispatched),
            dispatched_late: small(metrics.dispatched_late),
            delivered: small(metrics.delivered),
            delivered_late: small(metrics.delivered_late),
            disputes: small(metrics.disputes),
            buyers: all_time.then(|| small(metrics.buyers)),
            returning_buyers: all_time.then(|| small(metrics.returning_buyers)),
            responses: small(metrics.responses),
            on_time_dispatch_percent: metrics.on_time_dispatch_percent().map(Decimal),
            on_time_delivery_percent: metrics.on_time_delivery_percent().map(Decimal),
            dispute_percent: metrics.dispute_percent().map(Decimal),
            returning_buyer_percent: metrics.returning_buyer_percent().map(Decimal),
            mean_response_time: metrics.mean_response_seconds().map(|it| Duration(Span::seconds(it))),
        }
    }
}
