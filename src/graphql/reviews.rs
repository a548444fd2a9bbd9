//! Writing, answering and moderating reviews in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::catalogue::{Review, ReviewStatus};
use super::context::caller;
use super::error::{UserError, user_errors};
use crate::domain::error::Refusal;
use crate::domain::ids::ReviewId;
use crate::domain::review::SubScores;
use crate::graphql::inputs::{command_input, id, ids};
use crate::service;
use crate::service::reviews::{self, Moderation, Reviewed, SubmitReview};

command_input! {
    /// What `submitReview` takes.
    SubmitReviewInput {
        /// The order; it has to be COMPLETED or CLOSED.
        order_id: ID,
        /// The product of the order that is reviewed; the store where absent.
        product_id: Option<ID>,
        /// 1 to 5.
        score: i32,
        /// The scores of its parts.
        sub_scores: Option<ReviewSubScoresInput>,
        /// The headline, at most 300 characters.
        #[graphql(default)]
        title: String,
        /// The text, at most 10000 characters.
        #[graphql(default)]
        text: String,
        /// Files that show it, uploaded before; everybody may see them from then on. At most 20.
        #[graphql(validator(max_items = 20))]
        attachment_ids: Option<Vec<ID>>,
    }
}

/// The scores of a review's parts, 1 to 5 each.
#[derive(Debug, Clone, Copy, Default, InputObject)]
pub struct ReviewSubScoresInput {
    /// How good the product is.
    product_quality: Option<i32>,
    /// How good the service was.
    supplier_service: Option<i32>,
    /// How timely the dispatch was.
    on_time_dispatch: Option<i32>,
}

impl SubmitReviewInput {
    fn wish(&self) -> Result<SubmitReview, Refusal> {
        let parts = self.sub_scores.unwrap_or_default();
        let product = self.product_id.as_ref();
        Ok(SubmitReview {
            order: id("order", &["input", "orderId"], &self.order_id)?,
            product: product.map(|given| id("product", &["input", "productId"], given)).transpose()?,
            score: i64::from(self.score),
            sub_scores: SubScores {
                product_quality: parts.product_quality.map(i64::from),
                supplier_service: parts.supplier_service.map(i64::from),
                on_time_dispatch: parts.on_time_dispatch.map(i64::from),
            },
            title: self.title.clone(),
            body: self.text.clone(),
            attachments: ids("file", &["input", "attachmentIds"], self.attachment_ids.as_deref())?,
        })
    }
}

command_input! {
    /// What `replyToReview` takes.
    ReplyToReviewInput {
        /// The review of your store or product.
        review_id: ID,
        /// The answer, 1 to 10000 characters; it cannot be changed.
        text: String,
    }
}

command_input! {
    /// What `moderateReview` takes.
    ModerateReviewInput {
        /// The review.
        review_id: ID,
        /// HIDDEN hides it and takes it out of all ratings; PUBLISHED shows and counts it again.
        status: ReviewStatus,
        /// Why, 1 to 1000 characters; kept, and told to the parties while it is hidden.
        reason: String,
    }
}

command_input! {
    /// What `markReviewHelpful` takes.
    MarkReviewHelpfulInput {
        /// The review of another company.
        review_id: ID,
    }
}

fn named(given: &ID) -> Result<ReviewId, Refusal> {
    id("review", &["input", "reviewId"], given)
}

/// Declares what a command on reviews answers.
macro_rules! review_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            /// The review after the command; null where it was refused.
            review: Option<Review>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Reviewed>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Reviewed>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(Reviewed { review, replayed }) => {
                        Self { review: Some(Review(Arc::new(review))), replayed, user_errors: Vec::new() }
                    }
                    Err(user_errors) => Self { review: None, replayed: false, user_errors },
                })
            }
        }
    };
}

review_payload! {
    /// What `submitReview` answers.
    SubmitReviewPayload
}
review_payload! {
    /// What `replyToReview` answers.
    ReplyToReviewPayload
}
review_payload! {
    /// What `moderateReview` answers.
    ModerateReviewPayload
}
review_payload! {
    /// What `markReviewHelpful` answers.
    MarkReviewHelpfulPayload
}

/// Writing, answering and moderating reviews.
#[derive(Debug, Default)]
pub struct ReviewMutation;

/// Writing, answering and moderating reviews.
#[Object]
impl ReviewMutation {
    /// Reviews a product of a completed order, or its supplier's store: once each, within the contract's review window (180
    /// days after completion, unless the policy said otherwise). Roles: buyer. Scope: `reviews:write`. Errors:
    /// `ORDER_NOT_COMPLETED`, `PRODUCT_NOT_IN_ORDER`, `REVIEW_EXISTS`, `DEADLINE_PASSED`, `INVALID_INPUT`, `NOT_FOUND`,
    /// `UPLOAD_PENDING`.
    async fn submit_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you say, and about what.")] input: SubmitReviewInput,
    ) -> Result<SubmitReviewPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            reviews::submit(app, actor, &input.wish()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Answers a review of your store or product, once. Roles: supplier. Scope: `reviews:write`. Errors: `REPLY_EXISTS`,
    /// `INVALID_INPUT`, `NOT_FOUND`.
    async fn reply_to_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which review, and your answer.")] input: ReplyToReviewInput,
    ) -> Result<ReplyToReviewPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            reviews::reply(app, actor, (named(&input.review_id)?, &input.text), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Hides a review with a reason, or shows it again. Roles: operator. Scope: `platform:operate`. Errors:
    /// `MODERATION_UNCHANGED`, `INVALID_INPUT`, `NOT_FOUND`.
    async fn moderate_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which review, whether it is visible, and why.")] input: ModerateReviewInput,
    ) -> Result<ModerateReviewPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let wish = Moderation { status: input.status.into(), reason: input.reason.clone() };
            reviews::moderate(app, actor, (named(&input.review_id)?, &wish), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Says that a review of another company was helpful, once for each company. Roles: buyer. Scope: `reviews:write`.
    /// Errors: `OWN_REVIEW`, `ALREADY_MARKED`, `NOT_FOUND`.
    async fn mark_review_helpful(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which review.")] input: MarkReviewHelpfulInput,
    ) -> Result<MarkReviewHelpfulPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            reviews::mark_helpful(app, actor, named(&input.review_id)?, &input.envelope()).await
        };
        answer.await.try_into()
    }
}
