//! What was sold and said before: orders of the past, from which metrics are counted, and reviews.

use super::Workshop;
use super::goods::Goods;
use super::makers::{Houses, Standing};
use crate::domain::history::{HistoryLine, HistoryOrder, Outcome};
use crate::domain::import::digest_of;
use crate::domain::product::Product;
use crate::domain::review::{Reply, Review, ReviewSubject, SubScores};
use crate::domain::time::{Span, Timestamp};

const COUNTRIES: [&str; 10] = ["DE", "FR", "US", "GB", "NL", "SE", "JP", "AE", "BR", "AU"];

/// What buyers say, by score.
const WORDS: [(&str, &[&str]); 5] = [
    (
        "Not again",
        &["Half of the cartons were crushed and nobody answered for a week.", "Not what the sample was."],
    ),
    (
        "Below what we hoped for",
        &["The finish differs from carton to carton.", "Two weeks late, with little news."],
    ),
    (
        "Fair for the price",
        &["Good goods, slow papers.", "Packing could be better; the goods are as described."],
    ),
    (
        "Good, with small things",
        &[
            "Colour a shade darker than the chart, otherwise as ordered.",
            "One carton short, sent after at once.",
            "Good work and clear drawings.",
        ],
    ),
    (
        "As agreed",
        &[
            "Everything as on the sample, on the day that was promised.",
            "Third order in a row without a fault.",
            "Tested ten of each carton: all within tolerance.",
            "Clear answers, careful packing, papers complete.",
        ],
    ),
];

const ANSWERS: [&str; 3] = [
    "Thank you; we have told the packing line.",
    "We are sorry. The missing pieces went out by courier the same day.",
    "Thank you for your trust, and see you on the next order.",
];

/// Makes the reviews of every house and of about two thirds of the products.
pub(super) fn reviews(shop: &mut Workshop<'_>, houses: &Houses, goods: &Goods) -> Vec<Review> {
    let mut reviews = Vec::new();
    for (maker, supplier) in houses.each() {
        let better = if maker.standing >= Standing::Verified { 12 } else { 0 };
        for _ in 0..shop.dice.between(4, 16) {
            let number = reviews.len();
            reviews.push(review(shop, supplier.id, ReviewSubject::Store, better, number));
        }
        for product in goods.products.iter().filter(|product| product.supplier == supplier.id) {
            for _ in 0..shop.dice.between(0, 4) {
                let number = reviews.len();
                let subject = ReviewSubject::Product(product.id);
                reviews.push(review(shop, supplier.id, subject, better, number));
            }
        }
    }
    reviews
}

fn review(
    shop: &mut Workshop<'_>,
    supplier: crate::domain::ids::SupplierId,
    subject: ReviewSubject,
    better: i64,
    number: usize,
) -> Review {
    let score = match shop.dice.between(1, 100) + better {
        ..=6 => 1,
        7..=13 => 2,
        14..=26 => 3,
        27..=58 => 4,
        _ => 5,
    };
    let at = shop.now.minus(Span::hours(shop.dice.between(30, 15_000)));
    let index = usize::try_from(score - 1).unwrap_or_default();
    let (title, bodies) = WORDS.get(index).copied().unwrap_or_default();
    let part = |shop: &mut Workshop<'_>| {
        shop.dice.percent(70).then(|| (score + shop.dice.between(-1, 1)).clamp(1, 5))
    };
    let sub_scores =
        SubScores { product_quality: part(shop), supplier_service: part(shop), on_time_dispatch: part(shop) };
    let replied = shop.dice.percent(25);
    Review {
        id: shop.app.ids.make(at),
        supplier,
        subject,
        buyer: None,
        order: None,
        score,
        sub_scores,
        title: title.to_owned(),
        body: shop.dice.word(bodies).to_owned(),
        reply: replied.then(|| Reply {
            text: shop.dice.word(&ANSWERS).to_owned(),
            at: at.plus(Span::hours(shop.dice.between(2, 90))).min(shop.now),
        }),
        attachments: Vec::new(),
        helpful: 0,
        purchase: None,
        hidden_reason: None,
        external_reference: Some(format!("demo:{number}")),
        imported: true,
        created_at: at,
    }
}

/// Makes the orders of the past: about three of each product.
pub(super) fn orders(shop: &mut Workshop<'_>, goods: &Goods) -> (Vec<HistoryOrder>, Vec<HistoryLine>) {
    let (mut orders, mut lines) = (Vec::new(), Vec::new());
    for product in &goods.products {
        for _ in 0..shop.dice.between(1, 5) {
            let reference = format!("demo-{:05}", orders.len() + 1);
            let order = order(shop, product, reference);
            lines.extend(line(shop, product, &order));
            orders.push(order);
        }
    }
    (orders, lines)
}

fn order(shop: &mut Workshop<'_>, product: &Product, reference: String) -> HistoryOrder {
    let placed_at = shop.now.minus(Span::hours(shop.dice.between(4_000, 18_000)));
    let outcome = if shop.dice.percent(94) { Outcome::Completed } else { Outcome::Cancelled };
    let completed = outcome == Outcome::Completed;
    let days = product.lead_times.days(product.minimum_order_quantity).unwrap_or(20);
    // Most leave in time, some days late.
    let slack = if shop.dice.percent(7) { shop.dice.between(1, 9) } else { -shop.dice.between(0, 5) };
    let dispatched_at = placed_at.plus(Span::days((days + slack).max(1)));
    let transit = shop.dice.between(6, 34);
    let delay = if shop.dice.percent(9) { shop.dice.between(1, 8) } else { -shop.dice.between(0, 4) };
    let delivered_at = dispatched_at.plus(Span::days(transit));
    let buyer = shop.dice.between(1, 90);
    HistoryOrder {
        digest: digest_of([reference.as_str()]),
        reference,
        buyer: Some(format!("demo-buyer-{buyer}")),
        buyer_country: Some(shop.dice.word(&COUNTRIES).to_owned()),
        status: if completed { "completed" } else { "cancelled" }.to_owned(),
        outcome,
        currency: product.ladder.currency(),
        placed_at: Some(placed_at),
        dispatched_at: completed.then_some(dispatched_at),
        promised_at: Some(delivered_at.minus(Span::days(delay))),
        delivered_at: completed.then_some(delivered_at),
        subtotal: None,
        tax: None,
        freight: None,
        total: None,
    }
}

/// The order's one line; none where its total could not be kept.
fn line(shop: &mut Workshop<'_>, product: &Product, order: &HistoryOrder) -> Option<HistoryLine> {
    let quantity = product.minimum_order_quantity * shop.dice.between(1, 12);
    let (unit_price, total) = product.ladder.line_total(quantity).ok()?;
    let days = product.lead_times.days(product.minimum_order_quantity).unwrap_or(20);
    let received = order.delivered_at.map(|_| quantity);
    let flawed = if shop.dice.percent(8) { quantity / 50 } else { 0 };
    Some(HistoryLine {
        order: order.reference.clone(),
        reference: "1".to_owned(),
        supplier: product.supplier,
        product: Some(product.id),
        quantity,
        unit_price: Some(unit_price.millionths()),
        total: i64::try_from(unit_price.exact_total(quantity)).ok()?,
        total_minor: total.minor,
        freight_minor: None,
        shipment: None,
        incoterm: Some(shop.dice.word(&["FOB", "EXW", "DAP", "CIF"]).to_owned()),
        dispatch_by: order.placed_at.map(|at: Timestamp| at.plus(Span::days(days))),
        dispatched_at: None,
        promised_at: None,
        delivered_at: None,
        received_quantity: received,
        rejected_quantity: received.map(|_| flawed),
        digest: order.digest.clone(),
    })
}
