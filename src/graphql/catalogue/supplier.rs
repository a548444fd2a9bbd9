//! Suppliers.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::evidence::{
    AgencyCheck, Audit, BadgeAward, Certificate, Licence, Media, Membership, TrackRecord, in_force,
};
use super::product::{Product, ProductConnection};
use super::review::{Rating, ReviewConnection, ReviewFilterInput, reviews_of, wish};
use super::words::{BadgeKind, MetricsPeriod, ReviewSort, Specialisation};
use super::{arguments, paged, shown, small};
use crate::domain;
use crate::domain::page::{Page, Slice};
use crate::domain::supplier::SupplierCard;
use crate::domain::time::Span;
use crate::graphql::company::Company;
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::risk::RiskSignal;
use crate::graphql::scalars::{CountryCode, Cursor, Date, DateTime, Decimal, Duration};
use crate::graphql::trust::{
    BadgeEligibility, SupplierAsOf, SupplierEvent, SupplierEventConnection, VerificationDocument,
    VerificationDocumentConnection, counts,
};
use crate::service::catalogue::{ListedProduct, SupplierPage, SupplierSelection};
use crate::service::reviews::ReviewsOf;
use crate::service::trust;

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

    /// The company's country; `ZZ` where it is not known.
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

    /// Its badges in force with their evidence, newest first. At most 100.
    async fn badges(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Also those that ended, however they did: behind those in force, newest first.",
            default
        )]
        include_lapsed: bool,
    ) -> Result<Vec<BadgeAward>> {
        if include_lapsed {
            let found = ctx.loaders()?.supplier_awards(self.supplier().id).await?;
            return Ok(shown(&found, BadgeAward));
        }
        in_force(ctx, &self.card.badges)
    }

    /// The third-party audits, newest first. At most 100: of more, the newest.
    async fn audits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<Audit>> {
        Audit::of_supplier(ctx, self.supplier().id, include_withdrawn).await
    }

    /// Management and product certificates, those that are valid longest first. At most 100: of more, these.
    async fn certificates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<Certificate>> {
        Certificate::of_supplier(ctx, self.supplier().id, include_withdrawn).await
    }

    /// Business licences, the latest beginning first. At most 100: of more, the newest.
    async fn licences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<Licence>> {
        Licence::of_supplier(ctx, self.supplier().id, include_withdrawn).await
    }

    /// Factory reports, films, panoramas and tours, in order, the newest of the same place first. At most 100: of more, these.
    async fn media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<Media>> {
        Media::of_supplier(ctx, self.supplier().id, include_withdrawn).await
    }

    /// Paid memberships, the latest end first. At most 100: of more, these.
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<Membership>> {
        Membership::of_supplier(ctx, self.supplier().id, include_withdrawn).await
    }

    /// Third-party agencies' checks of capacity and credentials, newest first. At most 100: of more, the newest.
    async fn agency_checks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<AgencyCheck>> {
        AgencyCheck::of_supplier(ctx, self.supplier().id, include_withdrawn).await
    }

    /// Client cases, awards, patents, capabilities and experience, the latest day first. At most 100: of more, these.
    async fn track_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<TrackRecord>> {
        TrackRecord::of_supplier(ctx, self.supplier().id, include_withdrawn).await
    }

    /// How it stands to a badge of suppliers: each criterion with the fact behind it, met or not. For itself and the
    /// platform's staff; `FORBIDDEN` for others. Costs 1200: ask for one supplier at a time. Scope: `catalog:read`.
    async fn badge_eligibility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which badge; one of products is refused with `INVALID_INPUT`.")] kind: BadgeKind,
    ) -> Result<BadgeEligibility> {
        let (app, actor) = (ctx.app()?, ctx.actor()?);
        Ok(BadgeEligibility(trust::supplier_standing(app, actor, self.supplier().id, kind.into()).await?))
    }

    /// What a buyer saw of it at a past instant, or at the end of a past day: granted or recorded by then, in force then
    /// and not taken back by then. Give exactly one of `on` and `at`. Costs 800: ask for one supplier at a time.
    async fn as_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A day, in UTC; of today what is to be seen now.")] on: Option<Date>,
        #[graphql(desc = "An instant that is over.")] at: Option<DateTime>,
    ) -> Result<SupplierAsOf> {
        let wanted = (on.map(|day| day.0), at.map(|at| at.0));
        Ok(SupplierAsOf::from(trust::as_of(ctx.app()?, self.supplier().id, wanted).await?))
    }

    /// What happened to its evidence, badges and standing, newest first. For itself and the platform's staff;
    /// `FORBIDDEN` for others. Scope: `catalog:read`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
    ) -> Result<SupplierEventConnection> {
        let (page, count) = (arguments(first, after, last, before)?, counts(ctx));
        let slice = trust::events(ctx.app()?, ctx.actor()?, self.supplier().id, &page, count).await?;
        Ok(SupplierEventConnection(slice.map(SupplierEvent)))
    }

    /// The documents that it submitted for review, newest first. For itself and the platform's staff; `FORBIDDEN` for
    /// others. Scope: `catalog:read`.
    async fn verification_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
    ) -> Result<VerificationDocumentConnection> {
        let (page, count) = (arguments(first, after, last, before)?, counts(ctx));
        let slice = trust::documents_of(ctx.app()?, ctx.actor()?, self.supplier().id, &page, count).await?;
        Ok(VerificationDocumentConnection(slice.map(VerificationDocument)))
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
        let shown = SupplierMetrics::new(&figures, period == MetricsPeriod::AllTime);
        Ok(SupplierMetrics { supplier: Some(self.supplier().id), ..shown })
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
    #[expect(clippy::too_many_arguments, reason = "the arguments of a list")]
    async fn reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "Which; all where absent.")] filter: Option<ReviewFilterInput>,
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
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
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

    /// Counts its changes, from 1.
    async fn version(&self) -> i32 {
        small(self.supplier().version)
    }

    /// Why the platform suspended it: then it is not listed and cannot sell; null while it is not.
    async fn suspended_reason(&self) -> Option<&str> {
        self.supplier().suspended.as_ref().map(|suspended| suspended.reason.as_str())
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
#[graphql(complex)]
pub struct SupplierMetrics {
    /// Whose they are.
    #[graphql(skip)]
    pub(in crate::graphql) supplier: Option<domain::ids::SupplierId>,
    /// Orders placed with it.
    orders_placed: i32,
    /// Orders that completed.
    orders_completed: i32,
    /// Orders that came to nothing: cancelled, expired, or paid back before they completed.
    orders_cancelled: i32,
    /// Orders whose dispatch was judged: all goods left, or the buyer gave up because nothing left in time.
    dispatched: i32,
    /// Orders among `dispatched` that left after their deadline or never.
    dispatched_late: i32,
    /// Orders that arrived.
    delivered: i32,
    /// Orders among `delivered` that arrived after the promised instant.
    delivered_late: i32,
    /// Orders that the platform had to decide or that a bank charged back; what both sides agreed on is none.
    disputes: i32,
    /// Companies that bought; null over a limited period.
    buyers: Option<i32>,
    /// Companies among `buyers` that bought again; null over a limited period.
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
            supplier: None,
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
