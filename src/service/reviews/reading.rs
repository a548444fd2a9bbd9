//! Reading reviews and what they add up to, for loaders. Reviews are public to whoever may read the catalogue.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::ids::ReviewId;
use crate::domain::metrics::MetricsPeriod;
use crate::domain::page::Page;
use crate::domain::review::{PartRating, Rating, Review, ReviewQuery, ScorePart};
use crate::domain::time::Day;
use crate::service::Result;
use crate::service::catalogue::{Paged, by_page, now, spread};
use crate::store::catalogue::{ratings, review_lists, reviews};

pub use crate::store::catalogue::review_lists::ReviewsOf;

/// Reviews that the caller may see, for loaders.
pub async fn reviews_by_id(
    app: &App,
    actor: &Actor,
    ids: &[ReviewId],
) -> Result<HashMap<ReviewId, Option<Arc<Review>>>> {
    let found = reviews::load(&app.db, ids).await?;
    Ok(found
        .into_iter()
        .filter(|review| super::sees(actor, review))
        .map(|review| (review.id, Some(Arc::new(review))))
        .collect())
}

/// Which reviews of what, in which order.
pub type ReviewsWanted = (ReviewsOf, ReviewQuery);

/// Pages of reviews, for loaders; one statement for all subjects of one kind with the same wish and page.
pub async fn review_pages(
    app: &App,
    keys: &[(ReviewsWanted, Page)],
) -> Result<HashMap<(ReviewsWanted, Page), Paged<Arc<Review>>>> {
    let mut found = HashMap::new();
    for (page, wanted) in by_page(keys) {
        for (query, subjects) in by_query(&wanted) {
            let slices = review_lists::reviews(&app.db, &subjects, query, page).await?;
            let slices = slices
                .map(|slices| slices.into_iter().map(|(subject, slice)| ((subject, query), slice)).collect());
            let keys: Vec<ReviewsWanted> = subjects.into_iter().map(|subject| (subject, query)).collect();
            spread(&mut found, page, &keys, slices);
        }
    }
    Ok(found)
}

/// The subjects of each distinct wish.
fn by_query(wanted: &[ReviewsWanted]) -> HashMap<ReviewQuery, Vec<ReviewsOf>> {
    let mut groups: HashMap<ReviewQuery, Vec<ReviewsOf>> = HashMap::new();
    for (subject, query) in wanted {
        groups.entry(*query).or_default().push(*subject);
    }
    groups
}

/// How many reviews are wanted, for loaders.
pub async fn review_counts(app: &App, keys: &[ReviewsWanted]) -> Result<HashMap<ReviewsWanted, i64>> {
    let mut found = HashMap::new();
    for (query, subjects) in by_query(keys) {
        let counts = review_lists::count(&app.db, &subjects, query).await?;
        found.extend(counts.into_iter().map(|(subject, count)| ((subject, query), count)));
    }
    Ok(found)
}

/// How the parts of the scores of products or stores add up, for loaders.
pub async fn rating_parts(
    app: &App,
    subjects: &[ReviewsOf],
) -> Result<HashMap<ReviewsOf, Arc<Vec<(ScorePart, PartRating)>>>> {
    let mut parts = ratings::parts(&app.db, &ids_of(subjects)).await?;
    let named = subjects.iter().zip(ids_of(subjects));
    Ok(named.filter_map(|(subject, id)| Some((*subject, Arc::new(parts.remove(&id)?)))).collect())
}

/// The ratings of products or stores by the reviews of a period that ends now, for loaders.
pub async fn recent_ratings(
    app: &App,
    keys: &[(ReviewsOf, MetricsPeriod)],
) -> Result<HashMap<(ReviewsOf, MetricsPeriod), Rating>> {
    let mut found = HashMap::new();
    for period in MetricsPeriod::ALL {
        let wanted: Vec<ReviewsOf> =
            keys.iter().filter(|(_, wanted)| wanted == period).map(|(subject, _)| *subject).collect();
        let days = period.days().unwrap_or(i64::from(u32::MAX));
        let first = Day::from_number(now(app).day().number() - days + 1);
        let ids = ids_of(&wanted);
        let counted = ratings::since(&app.db, &ids, first).await?;
        let rated = wanted.iter().zip(&ids);
        found.extend(rated.filter_map(|(subject, id)| Some(((*subject, *period), *counted.get(id)?))));
    }
    Ok(found)
}

fn ids_of(subjects: &[ReviewsOf]) -> Vec<String> {
    let id = |subject: &ReviewsOf| match subject {
        ReviewsOf::Product(id) => id.to_string(),
        ReviewsOf::Store(id) => id.to_string(),
    };
    subjects.iter().map(id).collect()
}
