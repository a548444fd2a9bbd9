//! Products.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::category::Category;
use super::evidence::{BadgeAward, Certificate, Media, in_force};
use super::history::{PriceRecord, PriceRecordConnection, ProductVersion, ProductVersionConnection};
use super::prices::{PriceBreak, PriceLadder, UnitPrice};
use super::review::{Rating, Review, ReviewConnection, ReviewFilterInput, reviews_of, wish};
use super::supplier::Supplier;
use super::terms::{
    AfterSalesService, GuaranteedTerms, LeadTime, ProductAttribute, ProductText, SampleOffer, attributes,
};
use super::words::{BadgeKind, ProductStatus, ReviewSort};
use super::{arguments, paged, shown, small};
use crate::domain;
use crate::domain::language::{Preferences, Translation};
use crate::domain::money;
use crate::domain::page::{Page, Slice};
use crate::domain::product::ProductCard;
use crate::domain::review::ReviewQuery;
use crate::domain::supplier::SupplierCard;
use crate::domain::time::Span;
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::error::internal;
use crate::graphql::risk::RiskSignal;
use crate::graphql::scalars::{Cursor, DateTime, Duration, LanguageTag};
use crate::graphql::trust::BadgeEligibility;
use crate::service::catalogue::ListedProduct;
use crate::service::reviews::ReviewsOf;
use crate::service::{products, trust};

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

    /// The translation that fits the request best; none where the product's own texts do.
    fn translation(&self, ctx: &Context<'_>) -> Option<&Translation> {
        let preferences = ctx.data_opt::<Preferences>()?;
        self.product().texts.translation(preferences)
    }

    async fn all_texts(&self, ctx: &Context<'_>) -> Result<Vec<ProductText>> {
        let product = self.product();
        let own = Translation {
            language: product.texts.language.clone(),
            title: product.title.clone(),
            description: ctx.loaders()?.product_description(product.id).await?,
            attributes: product.attributes.clone(),
        };
        let further = ctx.loaders()?.product_translations(product.id).await?;
        Ok(std::iter::once(own).chain(further.iter().cloned()).map(ProductText).collect())
    }
}

/// What a supplier offers.
#[Object]
impl Product {
    /// Identifies the product.
    pub(super) async fn id(&self) -> ID {
        self.product().id.to_string().into()
    }

    /// The title, in the language of the request (see `language`).
    async fn title(&self, ctx: &Context<'_>) -> &str {
        self.translation(ctx).map_or(&self.product().title, |text| &text.title)
    }

    /// The description, in the language of the request; may be empty.
    async fn description(&self, ctx: &Context<'_>) -> Result<String> {
        let id = self.product().id;
        let Some(text) = self.translation(ctx) else { return ctx.loaders()?.product_description(id).await };
        let found = ctx.loaders()?.product_translations(id).await?;
        let full = found.iter().find(|found| found.language == text.language);
        Ok(full.map(|full| full.description.clone()).unwrap_or_default())
    }

    /// Named properties, in the supplier's order and in the language of the request. At most 100.
    async fn attributes(&self, ctx: &Context<'_>) -> Vec<ProductAttribute> {
        let own = self.product().attributes.as_slice();
        attributes(self.translation(ctx).map_or(own, |text| text.attributes.as_slice()))
    }

    /// The language of `title`, `description` and `attributes` in this answer: of those that the product has, the one
    /// that fits the request's `Accept-Language` best (the exact tag, then the tag without its last parts, then the same
    /// language), otherwise the product's own.
    async fn language(&self, ctx: &Context<'_>) -> LanguageTag {
        let texts = &self.product().texts;
        LanguageTag(self.translation(ctx).map_or(&texts.language, |text| &text.language).clone())
    }

    /// What is said of it in a language, whatever the request's: with the same fallback.
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language.")] language: LanguageTag,
    ) -> Result<ProductText> {
        let texts = self.all_texts(ctx).await?;
        let chosen = Preferences::only(language.0);
        let chosen = chosen.choose(&texts.iter().map(|text| &text.0.language)).cloned();
        let own = texts.first().cloned();
        let found = texts.into_iter().find(|text| Some(&text.0.language) == chosen.as_ref()).or(own);
        found.ok_or_else(|| internal(&anyhow::anyhow!("a product without a text")))
    }

    /// What is said of it in each language, the product's own first. At most 21.
    async fn texts(&self, ctx: &Context<'_>) -> Result<Vec<ProductText>> {
        self.all_texts(ctx).await
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
        shown(&self.product().media, Media::plain)
    }

    /// The certificates that cover it, those that are valid longest first. At most 100.
    async fn certifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Also those that were withdrawn.", default)] include_withdrawn: bool,
    ) -> Result<Vec<Certificate>> {
        let found = ctx.loaders()?.product_certificates(self.product().id).await?;
        Ok(Certificate::all(&found, include_withdrawn))
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
            let found = ctx.loaders()?.product_awards(self.product().id).await?;
            return Ok(shown(&found, BadgeAward));
        }
        in_force(ctx, &self.card.badges)
    }

    /// The price ladders that it was listed with, newest first, each with its time; public.
    async fn price_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
    ) -> Result<PriceRecordConnection> {
        let page = arguments(first, after, last, before)?;
        let slice = paged(ctx.loaders()?.price_history((self.product().id, page)).await?)?;
        Ok(PriceRecordConnection(slice.map(PriceRecord)))
    }

    /// The product as it was written, newest first; null for those who may not write it, which takes `catalog:write`.
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
    ) -> Result<Option<ProductVersionConnection>> {
        let page = arguments(first, after, last, before)?;
        if !products::may_write(ctx.actor()?, self.product()) {
            return Ok(None);
        }
        let slice = paged(ctx.loaders()?.product_versions((self.product().id, page)).await?)?;
        Ok(Some(ProductVersionConnection(slice.map(ProductVersion))))
    }

    /// How it stands to a badge of products: each criterion with the fact behind it, met or not. For its supplier and
    /// the platform's staff; `FORBIDDEN` for others. Costs 1200: ask for one product at a time. Scope: `catalog:read`.
    async fn badge_eligibility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which badge; one of suppliers is refused with `INVALID_INPUT`.")] kind: BadgeKind,
    ) -> Result<BadgeEligibility> {
        let (app, actor) = (ctx.app()?, ctx.actor()?);
        Ok(BadgeEligibility(trust::product_standing(app, actor, self.product(), kind.into()).await?))
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
