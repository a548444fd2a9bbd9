//! Reviews, and the ratings that they add up to. Only this file writes either, so they never drift apart.

use std::collections::{BTreeMap, HashMap};

use entity::{rating, review};
use sea_orm::ConnectionTrait;

use super::{corrupt, execute, insert_all, instant, is_one_of, list_of, parse, rows_of};
use crate::domain::ids::{ReviewId, SupplierId};
use crate::domain::review::{Rating, Reply, Review, ReviewStatus, ReviewSubject, SubScores};
use crate::store::{Reader, Result, Tx};

/// Writes new reviews and counts the visible ones into the ratings of their subjects; refresh the subjects' listings
/// afterwards.
pub async fn insert_reviews(tx: &Tx, reviews: &[Review]) -> Result<()> {
    insert_all::<review::Entity>(tx, reviews.iter().map(review_row)).await?;
    let mut changes: BTreeMap<String, Rating> = BTreeMap::new();
    for review in reviews.iter().filter(|review| review.is_published()) {
        changes.entry(subject_of(review)).or_default().add(review.score);
    }
    for (subject, change) in changes {
        count(tx, &subject, change, 1).await?;
    }
    Ok(())
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
        let mut change = Rating::default();
        change.add(review.score);
        count(tx, &subject_of(review), change, if hidden_reason.is_some() { -1 } else { 1 }).await?;
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

/// Which product or supplier a review counts for.
fn subject_of(review: &Review) -> String {
    match review.subject {
        ReviewSubject::Product(product) => product.to_string(),
        ReviewSubject::Store => review.supplier.to_string(),
    }
}

async fn count(tx: &Tx, subject: &str, change: Rating, sign: i64) -> Result<()> {
    // A CHECK of the table refuses the values of a row that would be negative, so a subject's first change is made
    // on a row of zeros.
    let zeros = "INSERT INTO rating (subject_id, count, sum, stars1, stars2, stars3, stars4, stars5) \
                 VALUES (?, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT (subject_id) DO NOTHING";
    execute(tx, zeros, [subject]).await?;
    let text = "UPDATE rating SET count = count + ?, sum = sum + ?, stars1 = stars1 + ?, stars2 = stars2 + ?, \
                stars3 = stars3 + ?, stars4 = stars4 + ?, stars5 = stars5 + ? WHERE subject_id = ?";
    let mut values: Vec<sea_orm::Value> = vec![(change.count() * sign).into(), (change.sum() * sign).into()];
    values.extend(change.distribution.map(|times| (times * sign).into()));
    values.push(subject.into());
    execute(tx, text, values).await?;
    Ok(())
}

/// The ratings of products or suppliers by their ids; those without a score are left out.
pub async fn ratings(
    reader: &impl Reader,
    subjects: &[impl std::fmt::Display],
) -> Result<HashMap<String, Rating>> {
    let rows = rows_of::<rating::Entity>(reader, "subject_id", subjects, "subject_id").await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let distribution = [row.stars1, row.stars2, row.stars3, row.stars4, row.stars5];
            (row.subject_id, Rating { distribution })
        })
        .collect())
}

/// The reviews with these ids, hidden ones too; ids of none are left out.
pub async fn load(reader: &impl Reader, ids: &[ReviewId]) -> Result<Vec<Review>> {
    rows_of::<review::Entity>(reader, "id", ids, "id").await?.into_iter().map(review_from).collect()
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

fn review_row(review: &Review) -> review::Model {
    let (kind, product_id) = match review.subject {
        ReviewSubject::Product(product) => ("PRODUCT", Some(product.to_string())),
        ReviewSubject::Store => ("STORE", None),
    };
    let status = if review.is_published() { ReviewStatus::Published } else { ReviewStatus::Hidden };
    review::Model {
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
    }
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
        hidden_reason: row.hidden_reason,
        external_reference: row.external_reference,
        imported: row.imported,
        created_at: instant(row.created_at),
    })
}
