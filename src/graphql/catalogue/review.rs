//! Reviews and ratings.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::product::Product;
use super::supplier::Supplier;
use super::words::ReviewKind;
use super::{paged, small};
use crate::domain;
use crate::domain::page::Page;
use crate::domain::review::ReviewSubject;
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{DateTime, Decimal};
use crate::service::catalogue::ReviewsOf;

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

/// A supplier's answer to a review.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReviewReply {
    /// The text.
    text: String,
    /// When it was written.
    replied_at: DateTime,
}

connection!(ReviewConnection, ReviewEdge, Review, "reviews");

/// A page of reviews, newest first; `total` comes from the rating that counts them.
pub(super) async fn reviews_of(
    ctx: &Context<'_>,
    subject: ReviewsOf,
    page: Page,
    total: i64,
) -> Result<ReviewConnection> {
    let mut slice = paged(ctx.loaders()?.reviews((subject, page)).await?)?;
    slice.total = Some(total);
    Ok(ReviewConnection(slice.map(Review)))
}

/// How buyers rate a product or a store; counts the visible reviews.
#[derive(Debug, Clone, Copy)]
pub struct Rating(pub domain::review::Rating);

/// How buyers rate a product or a store; counts the visible reviews.
#[Object]
impl Rating {
    /// The mean score, 1 to 5 with two digits, such as `4.37`; null without a review.
    async fn average(&self) -> Option<Decimal> {
        self.0.average().map(Decimal)
    }

    /// How many reviews.
    async fn count(&self) -> i32 {
        small(self.0.count())
    }

    /// How often each score was given, from 5 down to 1. At most 5.
    async fn distribution(&self) -> Vec<RatingShare> {
        let shares = (1..).zip(self.0.distribution);
        let mut shares: Vec<_> =
            shares.map(|(score, count)| RatingShare { score, count: small(count) }).collect();
        shares.reverse();
        shares
    }
}

/// How often a score was given.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct RatingShare {
    /// 1 to 5.
    score: i32,
    /// How often it was given.
    count: i32,
}
