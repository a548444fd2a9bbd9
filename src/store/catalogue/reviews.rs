//! Reviews. The ratings that they add up to are in `ratings`; nobody else writes either, so they never drift apart.

use entity::review;
use sea_orm::ConnectionTrait;

use super::{corrupt, day, execute, insert_all, instant, is_one_of, list_of, parse, ratings, rows_of};
use crate::domain::ids::{CompanyId, OrderId, ReviewId, SupplierId};
use crate::domain::review::{Purchase, Reply, Review, ReviewStatus, ReviewSubject, SubScores};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx};

/// Writes new reviews and counts the visible ones into the ratings of their subjects; refresh the subjects' listings
/// afterwards.
pub async fn insert_reviews(tx: &Tx, reviews: &[Review]) -> Result<()> {
    let rows = reviews.iter().map(review_row).collect::<Result<Vec<_>>>()?;
    insert_all::<review::Entity>(tx, rows).await?;
    let counted: Vec<&Review> = reviews.iter().filter(|review| review.is_published()).collect();
    ratings::count(tx, &counted, 1).await
}

/// Hides a visible review, or shows a hidden one again (no reason), and counts it out of or into its subject's rating;
/// says whether anything changed. Refresh the subject's listing afterwards.
pub async fn moderate(tx: &Tx, review: &Review, hidden_reason: Option<&str>) -> Result<bool> {
    let (from, to) = match hidden_reason {
        Some(_) => (ReviewStatus::Published, ReviewStatus::Hidden),
        None => (ReviewStatus::Hidden, ReviewStatus::Published),
    };
    let text = "UPDATE review SET status = ?, hidden_reason = ? WHERE id = ? AND status = ?";
    let values: [sea_orm::Value; 4] = [
        to.as_str().into(),
        hidden_reason.map(str::to_owned).into(),
        review.id.to_string().into(),
        from.as_str().into(),
    ];
    let changed = execute(tx, text, values).await? == 1;
    if changed {
        ratings::count(tx, &[review], if hidden_reason.is_some() { -1 } else { 1 }).await?;
    }
    Ok(changed)
}

/// Adds the supplier's one answer; says whether there was none yet.
pub async fn reply(tx: &Tx, id: ReviewId, reply: &Reply) -> Result<bool> {
    let text = "UPDATE review SET reply = ?, replied_at = ? WHERE id = ? AND reply IS NULL";
    let values: [sea_orm::Value; 3] =
        [reply.text.clone().into(), reply.at.micros().into(), id.to_string().into()];
    Ok(execute(tx, text, values).await? == 1)
}

/// Keeps that an operator hid a review or showed it again, and why.
pub async fn note_moderation(
    tx: &Tx,
    id: ReviewId,
    (status, reason): (ReviewStatus, &str),
    by: &str,
    now: Timestamp,
) -> Result<()> {
    let text = "INSERT INTO review_moderation (review_id, status, reason, moderated_by, moderated_at) \
                VALUES (?, ?, ?, ?, ?)";
    let values: [sea_orm::Value; 5] =
        [id.to_string().into(), status.as_str().into(), reason.into(), by.into(), now.micros().into()];
    execute(tx, text, values).await?;
    Ok(())
}

/// Keeps that a company found a review helpful; says whether it had not said so before.
pub async fn mark_helpful(tx: &Tx, id: ReviewId, company: CompanyId, now: Timestamp) -> Result<bool> {
    let text = "INSERT INTO review_helpful (review_id, company_id, marked_at) VALUES (?, ?, ?) \
                ON CONFLICT (review_id, company_id) DO NOTHING";
    let values: [sea_orm::Value; 3] =
        [id.to_string().into(), company.to_string().into(), now.micros().into()];
    if execute(tx, text, values).await? == 0 {
        return Ok(false);
    }
    execute(tx, "UPDATE review SET helpful = helpful + 1 WHERE id = ?", [id.to_string()]).await?;
    Ok(true)
}

/// Whether this subject was reviewed for this order before.
pub async fn is_reviewed(reader: &impl Reader, order: OrderId, subject: ReviewSubject) -> Result<bool> {
    let (kind, product) = match subject {
        ReviewSubject::Product(product) => ("PRODUCT", product.to_string()),
        ReviewSubject::Store => ("STORE", String::new()),
    };
    let text =
        "SELECT 1 AS found FROM review WHERE order_id = ? AND kind = ? AND COALESCE(product_id, '') = ?";
    let statement = reader.sql(text, [order.to_string(), kind.to_owned(), product]);
    Ok(reader.connection().query_one_raw(statement).await?.is_some())
}

/// The reviews with these ids, hidden ones too; ids of none are left out.
pub async fn load(reader: &impl Reader, ids: &[ReviewId]) -> Result<Vec<Review>> {
    rows_of::<review::Entity>(reader, "id", ids, "id").await?.into_iter().map(review_from).collect()
}

/// Locks a review's row, then reads it.
pub async fn lock(tx: &Tx, id: ReviewId) -> Result<Option<Review>> {
    if tx.is_postgres() {
        let statement = tx.sql("SELECT id FROM review WHERE id = ? FOR NO KEY UPDATE", [id.to_string()]);
        if tx.connection().query_one_raw(statement).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(load(tx, &[id]).await?.pop())
}

/// Which of these external references a supplier's reviews have already.
pub async fn known_references(
    reader: &impl Reader,
    supplier: SupplierId,
    references: &[&str],
) -> Result<Vec<String>> {
    let condition = is_one_of(reader.backend(), "external_reference");
    let text = format!("SELECT external_reference FROM review WHERE supplier_id = ? AND {condition}");
    let statement = reader.sql(&text, [supplier.to_string().into(), list_of(references)]);
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(row.try_get("", "external_reference")?)).collect()
}

fn review_row(review: &Review) -> Result<review::Model> {
    let (kind, product_id) = match review.subject {
        ReviewSubject::Product(product) => ("PRODUCT", Some(product.to_string())),
        ReviewSubject::Store => ("STORE", None),
    };
    let status = if review.is_published() { ReviewStatus::Published } else { ReviewStatus::Hidden };
    let attachments = serde_json::to_string(&review.attachments);
    Ok(review::Model {
        id: review.id.to_string(),
        kind: kind.to_owned(),
        supplier_id: review.supplier.to_string(),
        product_id,
        buyer_company_id: review.buyer.map(|id| id.to_string()),
        order_id: review.order.map(|id| id.to_string()),
        score: review.score,
        product_quality: review.sub_scores.product_quality,
        supplier_service: review.sub_scores.supplier_service,
        on_time_dispatch: review.sub_scores.on_time_dispatch,
        title: review.title.clone(),
        body: review.body.clone(),
        status: status.to_string(),
        hidden_reason: review.hidden_reason.clone(),
        reply: review.reply.as_ref().map(|reply| reply.text.clone()),
        replied_at: review.reply.as_ref().map(|reply| reply.at.micros()),
        external_reference: review.external_reference.clone(),
        imported: review.imported,
        created_at: review.created_at.micros(),
        attachments: attachments.map_err(|error| corrupt("review.attachments", error))?,
        helpful: review.helpful,
        order_number: review.purchase.as_ref().map(|proof| proof.order_number.clone()),
        completed_on: review.purchase.as_ref().map(|proof| proof.completed_on.number()),
        contract_hash: review.purchase.as_ref().map(|proof| proof.contract_hash.clone()),
    })
}

pub(super) fn review_from(row: review::Model) -> Result<Review> {
    let subject = match row.product_id {
        Some(id) => ReviewSubject::Product(parse("review.product_id", &id)?),
        None => ReviewSubject::Store,
    };
    let reply = match (row.reply, row.replied_at) {
        (Some(text), Some(at)) => Some(Reply { text, at: instant(at) }),
        (None, None) => None,
        _ => return Err(corrupt("review.reply", "half a reply")),
    };
    let purchase = match (row.order_number, row.completed_on, row.contract_hash) {
        (Some(order_number), Some(completed_on), Some(contract_hash)) => {
            Some(Purchase { order_number, completed_on: day(completed_on), contract_hash })
        }
        (None, None, None) => None,
        _ => return Err(corrupt("review.contract_hash", "half a proof")),
    };
    Ok(Review {
        id: parse("review.id", &row.id)?,
        supplier: parse("review.supplier_id", &row.supplier_id)?,
        subject,
        buyer: row.buyer_company_id.map(|id| parse("review.buyer_company_id", &id)).transpose()?,
        order: row.order_id.map(|id| parse("review.order_id", &id)).transpose()?,
        score: row.score,
        sub_scores: SubScores {
            product_quality: row.product_quality,
            supplier_service: row.supplier_service,
            on_time_dispatch: row.on_time_dispatch,
        },
        title: row.title,
        body: row.body,
        reply,
        attachments: serde_json::from_str(&row.attachments)
            .map_err(|error| corrupt("review.attachments", error))?,
        helpful: row.helpful,
        purchase,
        hidden_reason: row.hidden_reason,
        external_reference: row.external_reference,
        imported: row.imported,
        created_at: instant(row.created_at),
    })
}
