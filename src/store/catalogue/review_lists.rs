//! Pages of reviews, for many products and stores at once: filtered and sorted as a reader asks.

use std::collections::HashMap;
use std::sync::Arc;

use entity::review;
use sea_orm::{ConnectionTrait, DbBackend};
use serde::Deserialize;

use super::lists::{Json, decode, direction, json, listed};
use super::query::{Bounds, Order, Sql};
use super::reviews::review_from;
use super::{list_of, subjects};
use crate::domain::cursor::{self, Key};
use crate::domain::error::Refusal;
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::page::{Page, Slice};
use crate::domain::review::{Review, ReviewQuery, ReviewSort};
use crate::store::{Reader, Result};

/// Whose reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewsOf {
    /// Of a product.
    Product(ProductId),
    /// Of a supplier's store.
    Store(SupplierId),
}

/// The keys of the list, all from the largest down, and their columns; the newest first among equals.
fn order(query: ReviewQuery) -> (Order, &'static str) {
    let (first, columns) = match query.sort {
        ReviewSort::Newest => (None, "r.created_at, r.id"),
        ReviewSort::MostHelpful => (Some("helpful"), "r.helpful, r.created_at, r.id"),
        ReviewSort::HighestScore => (Some("score"), "r.score, r.created_at, r.id"),
        // From the largest down, too: six less the score.
        ReviewSort::LowestScore => (Some("lowest"), "6 - r.score, r.created_at, r.id"),
    };
    let list = first.map_or_else(|| "reviews".to_owned(), |name| format!("reviews-{name}"));
    let mut keys = vec![(Sql::default(), Key::Int(0))];
    if first.is_some() {
        keys.push((Sql::default(), Key::Int(0)));
    }
    (Order { list, keys, descending: true }, columns)
}

/// The keys of a review in its list.
fn keys(query: ReviewQuery, row: &ReviewJson) -> Vec<Key> {
    let first = match query.sort {
        ReviewSort::Newest => None,
        ReviewSort::MostHelpful => Some(row.helpful),
        ReviewSort::HighestScore => Some(row.score),
        ReviewSort::LowestScore => Some(6 - row.score),
    };
    let rest = [Key::Int(row.created_at), Key::Text(row.id.clone())];
    first.map(Key::Int).into_iter().chain(rest).collect()
}

/// What is asked of a review, each term beginning with ` AND `.
fn conditions(query: ReviewQuery) -> String {
    let mut terms = Vec::new();
    if query.scores.contains(&false) {
        let wanted = (1..).zip(query.scores).filter(|(_, wanted)| *wanted);
        let mut list: Vec<String> = wanted.map(|(score, _): (i64, bool)| score.to_string()).collect();
        if list.is_empty() {
            // No score is 0: nothing is found where none is wanted.
            list.push("0".to_owned());
        }
        terms.push(format!(" AND r.score IN ({})", list.join(", ")));
    }
    for (wanted, column, none) in [(query.with_text, "body", "''"), (query.with_media, "attachments", "'[]'")]
    {
        if let Some(wanted) = wanted {
            let comparison = if wanted { "<>" } else { "=" };
            terms.push(format!(" AND r.{column} {comparison} {none}"));
        }
    }
    terms.concat()
}

const COLUMNS: [&str; 20] = [
    "id",
    "kind",
    "supplier_id",
    "product_id",
    "buyer_company_id",
    "order_id",
    "score",
    "product_quality",
    "supplier_service",
    "on_time_dispatch",
    "title",
    "body",
    "reply",
    "replied_at",
    "created_at",
    "attachments",
    "helpful",
    "order_number",
    "completed_on",
    "contract_hash",
];

/// A scalar subquery: the page of the visible reviews that meet `condition`, as a JSON array in their order.
pub(super) fn reviews_json(
    backend: DbBackend,
    condition: &str,
    query: ReviewQuery,
    bounds: &Bounds,
    page: &Page,
) -> Sql {
    let Json { list, object, .. } = json(backend);
    let pairs: Vec<String> = COLUMNS.iter().map(|name| format!("'{name}', r.{name}")).collect();
    let imported = "'imported', CASE WHEN r.imported THEN 1 ELSE 0 END";
    let word = direction(page.direction);
    let (order, columns) = order(query);
    let sorted: Vec<String> = columns.split(", ").map(|column| format!("{column} {word}")).collect();
    let sorted = sorted.join(", ");
    let mut sql = Sql::new(format!(
        "(SELECT {list}({object}({}, {imported}) ORDER BY {sorted}) \
         FROM (SELECT * FROM review r WHERE r.status = 'PUBLISHED' AND {condition}{}",
        pairs.join(", "),
        conditions(query)
    ));
    sql.append(order.between(bounds, columns));
    sql.bind(&format!(" ORDER BY {sorted} LIMIT ?) r)"), [i64::from(page.size) + 1]);
    sql
}

/// The subjects of one kind with the condition that joins reviews to them.
type Kind = (HashMap<String, ReviewsOf>, &'static str);

fn by_kind(wanted: &[ReviewsOf]) -> [Kind; 2] {
    let (mut products, mut stores) = (HashMap::new(), HashMap::new());
    for subject in wanted {
        match subject {
            ReviewsOf::Product(id) => products.insert(id.to_string(), *subject),
            ReviewsOf::Store(id) => stores.insert(id.to_string(), *subject),
        };
    }
    [(products, "r.product_id = x.subject"), (stores, "r.supplier_id = x.subject AND r.kind = 'STORE'")]
}

/// The same page of the reviews of many subjects, in one statement for each kind of them. The inner refusal is a bad
/// cursor's.
pub async fn reviews(
    reader: &impl Reader,
    wanted: &[ReviewsOf],
    query: ReviewQuery,
    page: &Page,
) -> Result<std::result::Result<HashMap<ReviewsOf, Slice<Arc<Review>>>, Refusal>> {
    let bounds = match order(query).0.bounds(page) {
        Ok(bounds) => bounds,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut found = HashMap::new();
    for (wanted, condition) in by_kind(wanted) {
        if wanted.is_empty() {
            continue;
        }
        let list = reviews_json(reader.backend(), condition, query, &bounds, page);
        for (subject, text) in listed(reader, wanted.keys(), list).await? {
            if let Some(subject) = wanted.get(&subject) {
                found.insert(*subject, reviews_slice(decode::<Vec<ReviewJson>>(&text)?, query, page)?);
            }
        }
    }
    Ok(Ok(found))
}

/// How many visible reviews of each subject a reader asks for; subjects without one are left out.
pub async fn count(
    reader: &impl Reader,
    wanted: &[ReviewsOf],
    query: ReviewQuery,
) -> Result<HashMap<ReviewsOf, i64>> {
    let mut found = HashMap::new();
    for (wanted, condition) in by_kind(wanted) {
        if wanted.is_empty() {
            continue;
        }
        let text = format!(
            "SELECT x.subject AS id, count(*) AS times FROM {} JOIN review r ON {condition} \
             WHERE r.status = 'PUBLISHED'{} GROUP BY x.subject",
            subjects(reader.backend()),
            conditions(query)
        );
        let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(wanted.keys())])).await?;
        for row in &rows {
            if let Some(subject) = wanted.get(&row.try_get::<String>("", "id")?) {
                found.insert(*subject, row.try_get("", "times")?);
            }
        }
    }
    Ok(found)
}

/// Reads the list that [`reviews_json`] made.
pub(super) fn reviews_slice(
    rows: Vec<ReviewJson>,
    query: ReviewQuery,
    page: &Page,
) -> Result<Slice<Arc<Review>>> {
    let list = order(query).0.list;
    let rows = rows
        .into_iter()
        .map(|row| {
            let keys = keys(query, &row);
            Ok((cursor::encode(&list, &keys), Arc::new(review_from(row.into())?)))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Slice::from_peeked(rows, page))
}

/// A visible review as [`reviews_json`] writes it.
#[derive(Debug, Deserialize)]
pub(super) struct ReviewJson {
    id: String,
    kind: String,
    supplier_id: String,
    product_id: Option<String>,
    buyer_company_id: Option<String>,
    order_id: Option<String>,
    score: i64,
    product_quality: Option<i64>,
    supplier_service: Option<i64>,
    on_time_dispatch: Option<i64>,
    title: String,
    body: String,
    reply: Option<String>,
    replied_at: Option<i64>,
    created_at: i64,
    imported: i64,
    attachments: String,
    helpful: i64,
    order_number: Option<String>,
    completed_on: Option<i64>,
    contract_hash: Option<String>,
}

impl From<ReviewJson> for review::Model {
    fn from(row: ReviewJson) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            supplier_id: row.supplier_id,
            product_id: row.product_id,
            buyer_company_id: row.buyer_company_id,
            order_id: row.order_id,
            score: row.score,
            product_quality: row.product_quality,
            supplier_service: row.supplier_service,
            on_time_dispatch: row.on_time_dispatch,
            title: row.title,
            body: row.body,
            status: "PUBLISHED".to_owned(),
            hidden_reason: None,
            reply: row.reply,
            replied_at: row.replied_at,
            external_reference: None,
            imported: row.imported != 0,
            created_at: row.created_at,
            attachments: row.attachments,
            helpful: row.helpful,
            order_number: row.order_number,
            completed_on: row.completed_on,
            contract_hash: row.contract_hash,
        }
    }
}
