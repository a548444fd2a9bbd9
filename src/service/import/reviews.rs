//! Rows of `reviews`: exempt from one per order, as the past is.

use std::collections::{BTreeSet, HashMap};

use super::batch::{Entry, Pen, Verdict, Writable};
use crate::domain::ids::{ProductId, ReviewId, SupplierId};
use crate::domain::import::ReviewRow;
use crate::domain::review::{Reply, Review, ReviewSubject, SubScores};
use crate::store::Result;
use crate::store::catalogue::{listing, reviews};
use crate::store::history::{self, KnownOrder};
use crate::store::imports::{self, Known, KnownProduct, Pair, Part};

/// What a batch of reviews refers to.
struct Past {
    suppliers: HashMap<String, Known<SupplierId>>,
    products: HashMap<Pair, KnownProduct>,
    orders: HashMap<String, KnownOrder>,
    known: HashMap<Pair, Known<ReviewId>>,
}

impl Past {
    async fn load(pen: &Pen<'_>, entries: &[Entry<ReviewRow>]) -> Result<Self> {
        let rows = || entries.iter().map(Entry::row);
        let suppliers: Vec<&str> = rows().map(|row| row.supplier.as_str()).collect();
        let orders: Vec<&str> = rows().filter_map(|row| row.order.as_deref()).collect();
        let products: Vec<Pair> =
            rows().filter_map(|row| Some((row.supplier.clone(), row.product.clone()?))).collect();
        let own: Vec<Pair> = rows().map(|row| (row.supplier.clone(), row.external_reference())).collect();
        Ok(Self {
            suppliers: imports::suppliers(pen.tx, &suppliers).await?,
            products: imports::products(pen.tx, &products).await?,
            orders: history::orders(pen.tx, &orders).await?,
            known: imports::reviews(pen.tx, &own).await?,
        })
    }
}

impl Writable for ReviewRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let past = Past::load(pen, entries).await?;
        let (mut written, mut replaced) = (Vec::new(), Vec::new());
        let mut digests: Vec<(ReviewId, &str)> = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for entry in entries {
            let known = past.known.get(&(entry.row().supplier.clone(), entry.row().external_reference()));
            verdicts.push(match judge(pen, entry, known, &past) {
                Ok(None) => Verdict::unchanged(),
                Ok(Some(review)) => {
                    replaced.extend(known.map(|known| known.id));
                    digests.push((review.id, &entry.digest));
                    written.push(review);
                    Verdict::written(known.is_some())
                }
                Err(verdict) => verdict,
            });
        }
        let hidden = take_back(pen, &replaced).await?;
        for review in &mut written {
            review.hidden_reason = hidden.get(&review.id).cloned();
        }
        reviews::insert_reviews(pen.tx, &written).await?;
        imports::note(pen.tx, Part::Review, &digests).await?;
        refresh(pen, &written).await?;
        Ok(verdicts)
    }
}

/// The review to write; none where nothing changed.
fn judge(
    pen: &Pen<'_>,
    entry: &Entry<ReviewRow>,
    known: Option<&Known<ReviewId>>,
    past: &Past,
) -> std::result::Result<Option<Review>, Verdict> {
    let row = entry.row();
    let supplier = past.suppliers.get(&row.supplier);
    let supplier = supplier.ok_or_else(|| Verdict::unknown("supplier", "supplier", &row.supplier))?.id;
    if let Some(order) = row.order.as_ref().filter(|order| !past.orders.contains_key(*order)) {
        return Err(Verdict::unknown("order", "order", order));
    }
    let subject = match &row.product {
        Some(reference) => {
            let found = past.products.get(&(row.supplier.clone(), reference.clone()));
            ReviewSubject::Product(found.ok_or_else(|| Verdict::unknown("product", "product", reference))?.id)
        }
        None => ReviewSubject::Store,
    };
    let id = match known {
        Some(Known { digest: Some(digest), .. }) if *digest == entry.digest => return Ok(None),
        Some(Known { digest: None, .. }) => return Err(Verdict::not_ours("review", "review")),
        Some(known) => known.id,
        None => pen.app.ids.make(pen.now),
    };
    let review = Review {
        id,
        supplier,
        subject,
        buyer: None,
        order: None,
        score: row.score,
        sub_scores: SubScores::default(),
        title: row.title.clone(),
        body: row.text.clone(),
        reply: row.reply.clone().map(|(text, at)| Reply { text, at }),
        attachments: Vec::new(),
        helpful: 0,
        purchase: None,
        hidden_reason: None,
        external_reference: Some(row.external_reference()),
        imported: true,
        created_at: row.created_at.unwrap_or(pen.now),
    };
    review.check().map(Some).map_err(|refusal| Verdict::rejected("review", refusal.message))
}

/// Takes reviews back, out of their ratings too, that are about to be written anew; answers why those are hidden that
/// moderation hid.
async fn take_back(pen: &Pen<'_>, ids: &[ReviewId]) -> Result<HashMap<ReviewId, String>> {
    let mut hidden = HashMap::new();
    for review in reviews::load(pen.tx, ids).await? {
        if review.is_published() {
            reviews::moderate(pen.tx, &review, Some("replaced by an import")).await?;
        }
        imports::remove_review(pen.tx, review.id).await?;
        hidden.extend(review.hidden_reason.map(|reason| (review.id, reason)));
    }
    Ok(hidden)
}

async fn refresh(pen: &Pen<'_>, written: &[Review]) -> Result<()> {
    let (mut suppliers, mut products) = (BTreeSet::<SupplierId>::new(), BTreeSet::<ProductId>::new());
    for review in written {
        match review.subject {
            ReviewSubject::Store => suppliers.insert(review.supplier),
            ReviewSubject::Product(product) => products.insert(product),
        };
    }
    let suppliers: Vec<_> = suppliers.into_iter().collect();
    listing::refresh_suppliers(pen.tx, &suppliers, pen.now).await?;
    let products: Vec<_> = products.into_iter().collect();
    listing::refresh_products(pen.tx, &products, pen.now).await
}
