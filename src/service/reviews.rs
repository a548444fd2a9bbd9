//! Reviews: written by a buyer whose order completed, answered once by the supplier, moderated by the platform's staff.

mod reading;

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{FileId, OrderId, ProductId, ReviewId};
use crate::domain::message;
use crate::domain::order::ActorKind;
use crate::domain::review::{self, Reply, Review, ReviewStatus, ReviewSubject, SubScores};
use crate::domain::time::Timestamp;
use crate::store::catalogue::{listing, reviews};
use crate::store::{self, Tx};

use super::orders::disputes::operator_id;
use super::orders::{Begun, Claimed, Envelope, Made, lock_at, may_retry, now_in, part_of};
use super::{Error, Result, files, require_role, require_scope};

pub use reading::{
    ReviewsOf, ReviewsWanted, rating_parts, recent_ratings, review_counts, review_pages, reviews_by_id,
};

/// What a buyer says.
#[derive(Debug, Clone, Serialize)]
pub struct SubmitReview {
    /// About which order.
    pub order: OrderId,
    /// About which product of it; about the store where none.
    pub product: Option<ProductId>,
    /// 1 to 5.
    pub score: i64,
    /// The scores of its parts.
    pub sub_scores: SubScores,
    /// The headline.
    pub title: String,
    /// The text.
    pub body: String,
    /// Files that show it.
    pub attachments: Vec<FileId>,
}

/// What became of a review.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The review as it is now; with `validate_only` as it would be.
    pub review: Review,
    /// Whether this answers an earlier command with the same key.
    pub replayed: bool,
}

/// What staff decides about a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moderation {
    /// Visible or not.
    pub status: ReviewStatus,
    /// Why; told to the parties where it is hidden.
    pub reason: String,
}

/// A command on reviews: what it does under its key, and how it is done again when the transaction lost.
enum Deed<'a> {
    Submit(&'a SubmitReview),
    Reply(ReviewId, &'a str),
    Moderate(ReviewId, &'a Moderation),
    MarkHelpful(ReviewId),
}

impl Deed<'_> {
    fn operation(&self) -> (&'static str, Value) {
        match self {
            Self::Submit(wish) => ("submitReview", json!(wish)),
            Self::Reply(review, text) => ("replyToReview", json!({ "review": review, "text": text })),
            Self::Moderate(review, wish) => {
                ("moderateReview", json!({ "review": review, "moderation": wish }))
            }
            Self::MarkHelpful(review) => ("markReviewHelpful", json!({ "review": review })),
        }
    }
}

/// Writes a review: one of each product and one of the store for each completed order.
pub async fn submit(app: &App, actor: &Actor, wish: &SubmitReview, envelope: &Envelope) -> Result<Reviewed> {
    require_scope(actor, Scope::ReviewsWrite)?;
    require_role(actor, &[Role::Buyer])?;
    let wrong = |refusal: Refusal| refusal.at(&["input", "attachmentIds"]);
    message::check_attachments(&wish.attachments).map_err(wrong)?;
    files::settle(app, actor, &wish.attachments).await?;
    run(app, actor, &Deed::Submit(wish), envelope).await
}

/// Adds the supplier's one answer.
pub async fn reply(
    app: &App,
    actor: &Actor,
    (review, text): (ReviewId, &str),
    envelope: &Envelope,
) -> Result<Reviewed> {
    require_scope(actor, Scope::ReviewsWrite)?;
    require_role(actor, &[Role::Supplier])?;
    review::check_reply(text)?;
    run(app, actor, &Deed::Reply(review, text), envelope).await
}

/// Hides a review, or shows it again.
pub async fn moderate(
    app: &App,
    actor: &Actor,
    (review, wish): (ReviewId, &Moderation),
    envelope: &Envelope,
) -> Result<Reviewed> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])?;
    let length = wish.reason.trim().chars().count();
    if length == 0 || wish.reason.chars().count() > 1_000 {
        return Err(Refusal::invalid(&["input", "reason"], "A reason has 1 to 1000 characters.").into());
    }
    run(app, actor, &Deed::Moderate(review, wish), envelope).await
}

/// Says that another buyer's review was helpful, once for each company.
pub async fn mark_helpful(
    app: &App,
    actor: &Actor,
    review: ReviewId,
    envelope: &Envelope,
) -> Result<Reviewed> {
    require_scope(actor, Scope::ReviewsWrite)?;
    require_role(actor, &[Role::Buyer])?;
    run(app, actor, &Deed::MarkHelpful(review), envelope).await
}

async fn run(app: &App, actor: &Actor, deed: &Deed<'_>, envelope: &Envelope) -> Result<Reviewed> {
    let mut attempt = 1;
    loop {
        match try_run(app, actor, deed, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_run(app: &App, actor: &Actor, deed: &Deed<'_>, envelope: &Envelope) -> Result<Reviewed> {
    let (operation, input) = deed.operation();
    let claimed = match Claimed::begin(app, actor, envelope, operation, &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => {
            let id: ReviewId = made.subject()?;
            let review = reviews::load(&app.db, &[id]).await?.pop();
            let review = review.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
            return Ok(Reviewed { review, replayed: true });
        }
    };
    let review = match deed {
        Deed::Submit(wish) => write(app, &claimed.tx, actor, wish).await?,
        Deed::Reply(review, text) => answer(app, &claimed.tx, actor, (*review, text)).await?,
        Deed::Moderate(review, wish) => decide(app, &claimed.tx, actor, (*review, wish)).await?,
        Deed::MarkHelpful(review) => mark(app, &claimed.tx, actor, *review).await?,
    };
    claimed.finish(app, &Made::of(review.id)).await?;
    Ok(Reviewed { review, replayed: false })
}

async fn write(app: &App, tx: &Tx, actor: &Actor, wish: &SubmitReview) -> Result<Review> {
    let not_found = || Refusal::not_found("order").at(&["input", "orderId"]);
    // The order's lock: two reviews of one order never meet, and it does not end in between.
    let (order, now) = lock_at(app, tx, wish.order).await?.ok_or_else(not_found)?;
    if part_of(actor, &order) != Some(ActorKind::Buyer) {
        return Err(not_found().into());
    }
    let subject = wish.product.map_or(ReviewSubject::Store, ReviewSubject::Product);
    let purchase = review::admit(&order, subject, now)?;
    if reviews::is_reviewed(tx, order.id, subject).await? {
        return Err(exists().into());
    }
    let review = Review {
        id: app.ids.make(now),
        supplier: order.supplier(),
        subject,
        buyer: Some(order.buyer()),
        order: Some(order.id),
        score: wish.score,
        sub_scores: wish.sub_scores,
        title: wish.title.trim().to_owned(),
        body: wish.body.trim().to_owned(),
        reply: None,
        attachments: Vec::new(),
        helpful: 0,
        purchase: Some(purchase),
        hidden_reason: None,
        external_reference: None,
        imported: false,
        created_at: now,
    };
    let mut review = review.check().map_err(|refusal| {
        let path: Vec<&str> = ["input"].into_iter().chain(refusal.field.iter().map(String::as_str)).collect();
        refusal.clone().at(&path)
    })?;
    let parties = [order.buyer(), order.supplier_company];
    let path = ["input", "attachmentIds"];
    review.attachments = files::attach_own(tx, actor, &wish.attachments, &path, &parties, now).await?;
    reviews::insert_reviews(tx, std::slice::from_ref(&review)).await.map_err(|error| match error {
        // The database has the last word.
        error if error.broke("review_once_per_product", "review.order_id, review.product_id") => {
            exists().into()
        }
        error if error.broke("review_once_per_store", "review.order_id") => exists().into(),
        other => Error::from(other),
    })?;
    refresh(tx, &review, now).await?;
    Ok(review)
}

fn exists() -> Refusal {
    let message = "You have reviewed this for this order. A review is written once.";
    Refusal::new(Code::ReviewExists, message).at(&["input"])
}

/// Brings the listing of what a review is about up to its rating.
async fn refresh(tx: &Tx, review: &Review, now: Timestamp) -> Result<()> {
    match review.subject {
        ReviewSubject::Product(product) => listing::refresh_products(tx, &[product], now).await?,
        ReviewSubject::Store => listing::refresh_suppliers(tx, &[review.supplier], now).await?,
    }
    Ok(())
}

/// Whether an actor sees a review: everybody a visible one; a hidden one those who wrote, got or hid it.
fn sees(actor: &Actor, review: &Review) -> bool {
    review.is_published()
        || actor.is_operator()
        || (actor.company.is_some() && actor.company == review.buyer)
        || actor.supplier == Some(review.supplier)
}

/// A review, locked until the transaction ends.
async fn lock(app: &App, tx: &Tx, actor: &Actor, id: ReviewId) -> Result<(Review, Timestamp)> {
    let review = reviews::lock(tx, id).await?.filter(|review| sees(actor, review));
    let review = review.ok_or_else(|| Refusal::not_found("review").at(&["input", "reviewId"]))?;
    Ok((review, now_in(app, tx).await?))
}

async fn answer(app: &App, tx: &Tx, actor: &Actor, (id, text): (ReviewId, &str)) -> Result<Review> {
    let (review, now) = lock(app, tx, actor, id).await?;
    if actor.supplier != Some(review.supplier) {
        let message = "Only the supplier that is reviewed answers.";
        return Err(Error::Denied(Refusal::new(Code::Forbidden, message)));
    }
    let reply = Reply { text: text.trim().to_owned(), at: now };
    if !reviews::reply(tx, id, &reply).await? {
        let message = "You have answered this review. An answer is written once.";
        return Err(Refusal::new(Code::ReplyExists, message).at(&["input", "reviewId"]).into());
    }
    Ok(Review { reply: Some(reply), ..review })
}

async fn decide(app: &App, tx: &Tx, actor: &Actor, (id, wish): (ReviewId, &Moderation)) -> Result<Review> {
    let (review, now) = lock(app, tx, actor, id).await?;
    let seller = store::catalogue::suppliers::plain(tx, &[review.supplier]).await?.pop();
    let seller = seller.ok_or_else(|| anyhow::anyhow!("{id} is of no supplier"))?;
    for company in [Some(seller.company), review.buyer].into_iter().flatten() {
        super::trust::demand_unrelated(tx, actor, company).await?;
    }
    let hidden_reason = match wish.status {
        ReviewStatus::Hidden => Some(wish.reason.trim()),
        ReviewStatus::Published => None,
    };
    if !reviews::moderate(tx, &review, hidden_reason).await? {
        let message = format!("The review is {} already.", wish.status);
        return Err(Refusal::new(Code::ModerationUnchanged, message).at(&["input", "reviewId"]).into());
    }
    let said = (wish.status, wish.reason.trim());
    reviews::note_moderation(tx, id, said, &operator_id(actor), now).await?;
    refresh(tx, &review, now).await?;
    Ok(Review { hidden_reason: hidden_reason.map(str::to_owned), ..review })
}

async fn mark(app: &App, tx: &Tx, actor: &Actor, id: ReviewId) -> Result<Review> {
    let (review, now) = lock(app, tx, actor, id).await?;
    let refuse = |code, message: &str| Error::from(Refusal::new(code, message).at(&["input", "reviewId"]));
    let Some(company) = actor.company else {
        return Err(Error::Denied(Refusal::new(
            Code::Forbidden,
            "Marks are set for a company; the token names none.",
        )));
    };
    let sellers = store::catalogue::suppliers::of_companies(tx, &[company]).await?;
    if review.buyer == Some(company) || sellers.iter().any(|seller| seller.id == review.supplier) {
        return Err(refuse(
            Code::OwnReview,
            "A company does not mark its own review, nor one of its own store.",
        ));
    }
    if !reviews::mark_helpful(tx, id, company, now).await? {
        return Err(refuse(Code::AlreadyMarked, "Your company has marked this review. A mark is set once."));
    }
    Ok(Review { helpful: review.helpful + 1, ..review })
}
