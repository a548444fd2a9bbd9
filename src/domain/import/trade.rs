//! Rows of orders of the past, their lines, and reviews.

use super::cells::{Amount, Cells};
use super::{Fault, FileKind, Item, Row};
use crate::domain::history::Outcome;
use crate::domain::ladder::MAXIMUM_QUANTITY;
use crate::domain::money::Currency;
use crate::domain::time::Timestamp;

/// Incoterms 2020.
const INCOTERMS: [&str; 11] = ["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"];

/// A row of `orders`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// The source's id.
    pub order: String,
    /// The source's id of the buyer.
    pub buyer: Option<String>,
    /// Where the buyer is, ISO 3166-1 alpha-2.
    pub buyer_country: Option<String>,
    /// The source's own word for where it stood.
    pub status: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// When it was placed.
    pub placed_at: Option<Timestamp>,
    /// When all of it was dispatched, unless lines say more.
    pub dispatched_at: Option<Timestamp>,
    /// By when it was promised, unless lines say more.
    pub promised_at: Option<Timestamp>,
    /// When all of it arrived, unless lines say more.
    pub delivered_at: Option<Timestamp>,
    /// The stated sum of its lines.
    pub subtotal: Option<Amount>,
    /// The stated tax.
    pub tax: Option<Amount>,
    /// The stated freight.
    pub freight: Option<Amount>,
    /// The stated total.
    pub total: Option<Amount>,
}

impl Item for OrderRow {
    const FILE: FileKind = FileKind::Orders;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let order = cells.required_reference("order");
        let status = cells.required_text("status", 100);
        let currency = cells.required_currency("currency");
        let buyer = cells.reference("buyer");
        let buyer_country = cells.country("buyer_country");
        let words: Vec<_> = Outcome::ALL.iter().map(|word| word.as_str()).collect();
        let outcome = cells.word("outcome", &words).unwrap_or(Outcome::Open);
        let placed_at = cells.past("placed_at");
        let dispatched_at = cells.past("dispatched_at");
        let promised_at = cells.instant("promised_at");
        let delivered_at = cells.past("delivered_at");
        warn_of_order(&mut cells, dispatched_at, delivered_at);
        let [subtotal, tax, freight, total] =
            ["subtotal", "tax", "freight", "total"].map(|field| cells.amount(field));
        let value = match (order, status, currency) {
            (Some(order), Some(status), Some(currency)) => Some(Self {
                order,
                buyer,
                buyer_country,
                status,
                outcome,
                currency,
                placed_at,
                dispatched_at,
                promised_at,
                delivered_at,
                subtotal,
                tax,
                freight,
                total,
            }),
            _ => None,
        };
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        vec![&self.order]
    }
}

/// A row of `order_lines`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLineRow {
    /// The source's id of the order.
    pub order: String,
    /// The source's id of the line, unique in its order.
    pub line: String,
    /// The source's id of the supplier.
    pub supplier: String,
    /// The source's id of the supplier's product.
    pub product: Option<String>,
    /// How many.
    pub quantity: i64,
    /// The price of one unit.
    pub unit_price: Option<Amount>,
    /// The stated total; otherwise quantity times price.
    pub total: Option<Amount>,
    /// The stated freight.
    pub freight: Option<Amount>,
    /// The source's id of the shipment that it went with.
    pub shipment: Option<String>,
    /// Who bears freight and risk from where on.
    pub incoterm: Option<String>,
    /// The supplier's deadline.
    pub dispatch_by: Option<Timestamp>,
    /// When it was dispatched.
    pub dispatched_at: Option<Timestamp>,
    /// By when it was promised.
    pub promised_at: Option<Timestamp>,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
    /// How many arrived.
    pub received_quantity: Option<i64>,
    /// How many of these were rejected.
    pub rejected_quantity: Option<i64>,
}

impl Item for OrderLineRow {
    const FILE: FileKind = FileKind::OrderLines;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let order = cells.required_reference("order");
        let line = cells.required_reference("line");
        let supplier = cells.required_reference("supplier");
        let product = cells.reference("product");
        let quantity = cells.integer("quantity", 0, MAXIMUM_QUANTITY).unwrap_or(1);
        let unit_price = cells.amount("unit_price");
        let total = cells.amount("total");
        let columns = ["unit_price", "unit_price_minor", "total", "total_minor"];
        if columns.iter().all(|column| row.get(column).is_none()) {
            cells.fault("unit_price", "A line has a unit price, a total, or both.");
        }
        let freight = cells.amount("freight");
        let shipment = cells.reference("shipment");
        let incoterm = cells.text("incoterm", 10);
        if let Some(word) = incoterm.as_ref().filter(|word| !INCOTERMS.contains(&word.as_str())) {
            cells.warn("incoterm", format!("{word} is no term of Incoterms 2020; it is kept as history."));
        }
        let dispatch_by = cells.instant("dispatch_by");
        let dispatched_at = cells.past("dispatched_at");
        let promised_at = cells.instant("promised_at");
        let delivered_at = cells.past("delivered_at");
        warn_of_order(&mut cells, dispatched_at, delivered_at);
        let received_quantity = cells.integer("received_quantity", 0, MAXIMUM_QUANTITY);
        let rejected_quantity = cells.integer("rejected_quantity", 0, MAXIMUM_QUANTITY);
        if rejected_quantity.unwrap_or(0) > received_quantity.unwrap_or(i64::MAX) {
            cells.fault("rejected_quantity", "More was rejected than received.");
        }
        let value = match (order, line, supplier) {
            (Some(order), Some(line), Some(supplier)) => Some(Self {
                order,
                line,
                supplier,
                product,
                quantity,
                unit_price,
                total,
                freight,
                shipment,
                incoterm,
                dispatch_by,
                dispatched_at,
                promised_at,
                delivered_at,
                received_quantity,
                rejected_quantity,
            }),
            _ => None,
        };
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        vec![&self.order, &self.line]
    }
}

fn warn_of_order(cells: &mut Cells<'_>, dispatched_at: Option<Timestamp>, delivered_at: Option<Timestamp>) {
    if let (Some(dispatched), Some(delivered)) = (dispatched_at, delivered_at)
        && delivered < dispatched
    {
        cells.warn("delivered_at", "It arrived before it was dispatched.");
    }
}

/// A row of `reviews`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    /// The source's id; one may stand for several orders.
    pub review: String,
    /// The source's id of the order that it is about.
    pub order: Option<String>,
    /// The source's id of who is reviewed.
    pub supplier: String,
    /// The source's id of the product; none reviews the store.
    pub product: Option<String>,
    /// 1 to 5.
    pub score: i64,
    /// The headline.
    pub title: String,
    /// The text.
    pub text: String,
    /// The supplier's answer, and when.
    pub reply: Option<(String, Timestamp)>,
    /// When it was written; now where that is not known.
    pub created_at: Option<Timestamp>,
}

impl Item for ReviewRow {
    const FILE: FileKind = FileKind::Reviews;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let review = cells.required_reference("review");
        let supplier = cells.required_reference("supplier");
        let score = cells.required_integer("score", 1, 5);
        let order = cells.reference("order");
        let product = cells.reference("product");
        let title = cells.text("title", 300).unwrap_or_default();
        let text = cells.text("text", 10_000).unwrap_or_default();
        let created_at = cells.past("created_at");
        let reply = match (cells.text("reply", 10_000), cells.past("replied_at")) {
            (Some(text), Some(at)) => Some((text, at)),
            (Some(_), None) => {
                // What cannot be its time is named already.
                if row.get("replied_at").is_none() {
                    cells.fault("replied_at", "A reply has its time.");
                }
                None
            }
            (None, _) => None,
        };
        let value = match (review, supplier, score) {
            (Some(review), Some(supplier), Some(score)) => {
                Some(Self { review, order, supplier, product, score, title, text, reply, created_at })
            }
            _ => None,
        };
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        let (order, product) = (self.order.as_deref(), self.product.as_deref());
        vec![&self.review, order.unwrap_or(""), &self.supplier, product.unwrap_or("")]
    }
}

impl ReviewRow {
    /// The id of the stored review: the source's own, with order and product behind it where the row names them,
    /// since one review may stand for several.
    pub fn external_reference(&self) -> String {
        let plain = |text: &str| text.replace('%', "%25").replace('/', "%2F");
        let mut reference = plain(&self.review);
        for part in [self.order.as_deref(), self.product.as_deref()] {
            reference.push('/');
            reference.push_str(&plain(part.unwrap_or("")));
        }
        reference.trim_end_matches('/').to_owned()
    }
}
