//! Reviews and ratings.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::product::Product;
use super::supplier::Supplier;
use super::words::{MetricsPeriod, ReviewKind, ReviewSort, ReviewStatus};
use super::{paged, small};
use crate::domain;
use crate::domain::error::Refusal;
use crate::domain::file::Attachment;
use crate::domain::page::Page;
use crate::domain::review::{ReviewQuery, ReviewSubject, ScorePart};
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::error::top_level;
use crate::graphql::scalars::{Date, DateTime, Decimal, Url};
use crate::service::files;
use crate::service::reviews::{ReviewsOf, ReviewsWanted};

/// What a buyer says about a product or a store.
#[derive(Debug, Clone)]
pub struct Review(pub Arc<domain::review::Review>);

/// What a buyer says about a product or a store.
#[Object]
impl Review {
    /// Identifies the review.
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it is about.
    async fn kind(&self) -> ReviewKind {
        match self.0.subject {
            ReviewSubject::Product(_) => ReviewKind::Product,
            ReviewSubject::Store => ReviewKind::Store,
        }
    }

    /// 1 to 5.
    async fn score(&self) -> i32 {
        small(self.0.score)
    }

    /// The scores of its parts.
    async fn sub_scores(&self) -> ReviewSubScores {
        let scores = self.0.sub_scores;
        ReviewSubScores {
            product_quality: scores.product_quality.map(small),
            supplier_service: scores.supplier_service.map(small),
            on_time_dispatch: scores.on_time_dispatch.map(small),
        }
    }

    /// The headline; may be empty.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The text; may be empty.
    async fn text(&self) -> &str {
        &self.0.body
    }

    /// Files that show it. At most 20.
    async fn media(&self) -> Vec<ReviewMedia> {
        self.0.attachments.iter().cloned().map(ReviewMedia).collect()
    }

    /// How many companies found it helpful.
    async fn helpful_count(&self) -> i32 {
        small(self.0.helpful)
    }

    /// What proves that the reviewer bought; null for imported history.
    async fn verified_purchase(&self) -> Option<VerifiedPurchase> {
        let proof = self.0.purchase.as_ref()?;
        Some(VerifiedPurchase {
            order_number: proof.order_number.clone(),
            completed_on: Date(proof.completed_on),
            contract_hash: proof.contract_hash.clone(),
        })
    }

    /// Whether it is visible. Only its buyer, its supplier and operators ever see a hidden one.
    async fn status(&self) -> ReviewStatus {
        if self.0.is_published() { ReviewStatus::Published } else { ReviewStatus::Hidden }
    }

    /// Why moderation hid it; null while it is visible.
    async fn hidden_reason(&self) -> Option<&str> {
        self.0.hidden_reason.as_deref()
    }

    /// The supplier's one answer.
    async fn reply(&self) -> Option<ReviewReply> {
        let reply = self.0.reply.as_ref()?;
        Some(ReviewReply { text: reply.text.clone(), replied_at: DateTime(reply.at) })
    }

    /// Whether it came with an import, so that no order of this platform stands behind it.
    async fn imported(&self) -> bool {
        self.0.imported
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The product, if it is about one that is still listed.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        let ReviewSubject::Product(id) = self.0.subject else { return Ok(None) };
        Ok(ctx.loaders()?.product(id).await?.map(Product::from_card))
    }

    /// Who is reviewed, if still listed.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        Ok(ctx.loaders()?.supplier(self.0.supplier).await?.map(Supplier::from_card))
    }
}

/// The scores of a review's parts, 1 to 5 each; null where none was given.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct ReviewSubScores {
    /// How good the product is.
    product_quality: Option<i32>,
    /// How good the service was.
    supplier_service: Option<i32>,
    /// How timely the dispatch was.
    on_time_dispatch: Option<i32>,
}

/// What proves a purchase without naming the buyer.
#[derive(Debug, Clone, SimpleObject)]
pub struct VerifiedPurchase {
    /// The order's number with all but its last four characters masked.
    order_number: String,
    /// The day on which receipt was confirmed.
    completed_on: Date,
    /// The SHA-256 of the order's sealed contract: whoever knows the contract can compare it, nobody can read it from here.
    contract_hash: String,
}

/// A file that shows what a review says.
#[derive(Debug, Clone)]
pub struct ReviewMedia(Attachment);

/// A file that shows what a review says.
#[Object]
impl ReviewMedia {
    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its media type, such as `image/jpeg`.
    async fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// Its length in bytes.
    async fn byte_size(&self) -> i32 {
        i32::try_from(self.0.size).unwrap_or(i32::MAX)
    }

    /// The SHA-256 of its content in lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// Where it can be read for 15 minutes.
    async fn url(&self, ctx: &Context<'_>) -> Result<Url> {
        Ok(Url(files::address(ctx.app()?, self.0.file_id).await?))
    }
}

/// A supplier's answer to a review.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReviewReply {
    /// The text.
    text: String,
    /// When it was written.
    replied_at: DateTime,
}

connection!(ReviewConnection, ReviewEdge, Review, "reviews");

/// Which reviews are wanted.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ReviewFilterInput {
    /// Only those with one of these scores, 1 to 5; all where absent.
    #[graphql(validator(max_items = 5))]
    scores: Option<Vec<i32>>,
    /// Only those with a text, or only those without one; both where absent.
    with_text: Option<bool>,
    /// Only those with files, or only those without; both where absent.
    with_media: Option<bool>,
}

/// What is asked for of the list of reviews.
pub(super) fn wish(filter: Option<&ReviewFilterInput>, sort: ReviewSort) -> Result<ReviewQuery> {
    let mut query = ReviewQuery { sort: sort.into(), ..ReviewQuery::default() };
    let Some(filter) = filter else { return Ok(query) };
    (query.with_text, query.with_media) = (filter.with_text, filter.with_media);
    if let Some(scores) = &filter.scores {
        query.scores = [false; 5];
        for score in scores {
            let place = usize::try_from(i64::from(*score) - 1).ok();
            let wanted = place.and_then(|place| query.scores.get_mut(place));
            *wanted
                .ok_or_else(|| top_level(&Refusal::invalid(&["filter", "scores"], "A score is 1 to 5.")))? =
                true;
        }
    }
    Ok(query)
}

/// A page of reviews; without a filter `total` comes from the rating that counts them.
pub(super) async fn reviews_of(
    ctx: &Context<'_>,
    wanted: ReviewsWanted,
    page: Page,
    total: i64,
) -> Result<ReviewConnection> {
    let mut slice = paged(ctx.loaders()?.reviews((wanted, page)).await?)?;
    let all = ReviewQuery { sort: wanted.1.sort, ..ReviewQuery::default() } == wanted.1;
    slice.total = if all {
        Some(total)
    } else if ctx.look_ahead().field("totalCount").exists() {
        Some(ctx.loaders()?.review_count(wanted).await?)
    } else {
        None
    };
    Ok(ReviewConnection(slice.map(Review)))
}

/// How buyers rate a product or a store; counts the visible reviews.
#[derive(Debug, Clone, Copy)]
pub struct Rating {
    rating: domain::review::Rating,
    subject: ReviewsOf,
}

impl Rating {
    /// The rating of a product or store.
    pub(super) const fn new(rating: domain::review::Rating, subject: ReviewsOf) -> Self {
        Self { rating, subject }
    }
}

/// How buyers rate a product or a store; counts the visible reviews.
#[Object]
impl Rating {
    /// The mean score, 1 to 5 with two digits, such as `4.37`; null without a review.
    async fn average(&self) -> Option<Decimal> {
        self.rating.average().map(Decimal)
    }

    /// How many reviews.
    async fn count(&self) -> i32 {
        small(self.rating.count())
    }

    /// How often each score was given, from 5 down to 1. At most 5.
    async fn distribution(&self) -> Vec<RatingShare> {
        let shares = (1..).zip(self.rating.distribution);
        let mut shares: Vec<_> =
            shares.map(|(score, count)| RatingShare { score, count: small(count) }).collect();
        shares.reverse();
        shares
    }

    /// How the parts of the scores were rated, over all time.
    async fn sub_scores(&self, ctx: &Context<'_>) -> Result<RatingSubScores> {
        let parts = ctx.loaders()?.rating_parts(self.subject).await?;
        let of = |wanted| {
            let found = parts.iter().find(|(part, _)| *part == wanted);
            let rating = found.map(|(_, rating)| *rating).unwrap_or_default();
            PartRating { average: rating.average().map(Decimal), count: small(rating.count) }
        };
        Ok(RatingSubScores {
            product_quality: of(ScorePart::ProductQuality),
            supplier_service: of(ScorePart::SupplierService),
            on_time_dispatch: of(ScorePart::OnTimeDispatch),
        })
    }

    /// The rating by the reviews that were written in a period.
    async fn over(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which period.")] period: MetricsPeriod,
    ) -> Result<Self> {
        let rating = ctx.loaders()?.recent_rating((self.subject, period.into())).await?;
        Ok(Self { rating, subject: self.subject })
    }
}

/// How the parts of the scores were rated.
#[derive(Debug, Clone, SimpleObject)]
pub struct RatingSubScores {
    /// How good the product is.
    product_quality: PartRating,
    /// How good the service was.
    supplier_service: PartRating,
    /// How timely the dispatch was.
    on_time_dispatch: PartRating,
}

/// How one part of the scores was rated; a reviewer may leave it out.
#[derive(Debug, Clone, SimpleObject)]
pub struct PartRating {
    /// The mean score, 1 to 5 with two digits; null without a score.
    average: Option<Decimal>,
    /// How many scores.
    count: i32,
}

/// How often a score was given.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct RatingShare {
    /// 1 to 5.
    score: i32,
    /// How often it was given.
    count: i32,
}
