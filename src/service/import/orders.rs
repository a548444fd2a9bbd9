//! Rows of `orders` and `order_lines`: the past, never live escrow.

use std::collections::HashMap;

use super::batch::{Entry, Pen, Verdict, Writable};
use crate::domain::history::{HistoryLine, HistoryOrder};
use crate::domain::ids::SupplierId;
use crate::domain::import::{Amount, OrderLineRow, OrderRow};
use crate::domain::money::{Currency, UnitPrice};
use crate::store::Result;
use crate::store::history::{self, KnownOrder};
use crate::store::imports::{self, Known, KnownProduct, Pair};

impl Writable for OrderRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let references: Vec<&str> = entries.iter().map(|entry| entry.row().order.as_str()).collect();
        let known = history::orders(pen.tx, &references).await?;
        let mut orders = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for entry in entries {
            let known = known.get(&entry.row().order);
            verdicts.push(match judge(entry, known) {
                Ok(None) => Verdict::unchanged(),
                Ok(Some(order)) => {
                    orders.push(order);
                    Verdict::written(known.is_some())
                }
                Err(verdict) => verdict,
            });
        }
        history::put_orders(pen.tx, &orders).await?;
        Ok(verdicts)
    }
}

/// The order to write; none where nothing changed.
fn judge(
    entry: &Entry<OrderRow>,
    known: Option<&KnownOrder>,
) -> std::result::Result<Option<HistoryOrder>, Verdict> {
    let row = entry.row();
    match known {
        Some(known) if known.digest == entry.digest => return Ok(None),
        Some(known) if known.currency != row.currency => {
            let reason =
                format!("The order is on record in {}; its lines are counted in it.", known.currency);
            return Err(Verdict::rejected("currency", reason));
        }
        _ => {}
    }
    Ok(Some(HistoryOrder {
        reference: row.order.clone(),
        buyer: row.buyer.clone(),
        buyer_country: row.buyer_country.clone(),
        status: row.status.clone(),
        outcome: row.outcome,
        currency: row.currency,
        placed_at: row.placed_at,
        dispatched_at: row.dispatched_at,
        promised_at: row.promised_at,
        delivered_at: row.delivered_at,
        subtotal: millionths("subtotal", row.subtotal, row.currency)?,
        tax: millionths("tax", row.tax, row.currency)?,
        freight: millionths("freight", row.freight, row.currency)?,
        total: millionths("total", row.total, row.currency)?,
        digest: entry.digest.clone(),
    }))
}

fn millionths(
    field: &str,
    amount: Option<Amount>,
    currency: Currency,
) -> std::result::Result<Option<i64>, Verdict> {
    amount.map(|amount| amount.millionths(currency).ok_or_else(|| too_large(field))).transpose()
}

fn too_large(field: &str) -> Verdict {
    Verdict::rejected(field, "The amount is too large to be kept.")
}

/// What a batch of lines refers to.
struct Past {
    orders: HashMap<String, KnownOrder>,
    suppliers: HashMap<String, Known<SupplierId>>,
    products: HashMap<Pair, KnownProduct>,
    lines: HashMap<Pair, String>,
}

impl Past {
    async fn load(pen: &Pen<'_>, entries: &[Entry<OrderLineRow>]) -> Result<Self> {
        let rows = || entries.iter().map(Entry::row);
        let orders: Vec<&str> = rows().map(|row| row.order.as_str()).collect();
        let suppliers: Vec<&str> = rows().map(|row| row.supplier.as_str()).collect();
        let products: Vec<Pair> =
            rows().filter_map(|row| Some((row.supplier.clone(), row.product.clone()?))).collect();
        let lines: Vec<Pair> = rows().map(|row| (row.order.clone(), row.line.clone())).collect();
        Ok(Self {
            orders: history::orders(pen.tx, &orders).await?,
            suppliers: imports::suppliers(pen.tx, &suppliers).await?,
            products: imports::products(pen.tx, &products).await?,
            lines: history::lines(pen.tx, &lines).await?,
        })
    }
}

impl Writable for OrderLineRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let past = Past::load(pen, entries).await?;
        let mut lines = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for entry in entries {
            let known = past.lines.get(&(entry.row().order.clone(), entry.row().line.clone()));
            if known == Some(&entry.digest) {
                verdicts.push(Verdict::unchanged());
                continue;
            }
            verdicts.push(match line(entry, &past) {
                Ok(line) => {
                    lines.push(line);
                    Verdict::written(known.is_some())
                }
                Err(verdict) => verdict,
            });
        }
        history::put_lines(pen.tx, &lines).await?;
        Ok(verdicts)
    }
}

fn line(entry: &Entry<OrderLineRow>, past: &Past) -> std::result::Result<HistoryLine, Verdict> {
    let row = entry.row();
    let order = past.orders.get(&row.order).ok_or_else(|| Verdict::unknown("order", "order", &row.order))?;
    let supplier = past.suppliers.get(&row.supplier);
    let supplier = supplier.ok_or_else(|| Verdict::unknown("supplier", "supplier", &row.supplier))?.id;
    let product = match &row.product {
        Some(reference) => {
            let found = past.products.get(&(row.supplier.clone(), reference.clone()));
            Some(found.ok_or_else(|| Verdict::unknown("product", "product", reference))?.id)
        }
        None => None,
    };
    let currency = order.currency;
    let unit_price = millionths("unit_price", row.unit_price, currency)?;
    let total = match millionths("total", row.total, currency)? {
        Some(total) => total,
        None => exact(unit_price.unwrap_or(0), row.quantity).ok_or_else(|| too_large("quantity"))?,
    };
    let total_minor = Amount::Millionths(total).minor(currency).ok_or_else(|| too_large("total"))?;
    let freight_minor =
        row.freight.map(|freight| freight.minor(currency).ok_or_else(|| too_large("freight")));
    Ok(HistoryLine {
        order: row.order.clone(),
        reference: row.line.clone(),
        supplier,
        product,
        quantity: row.quantity,
        unit_price,
        total,
        total_minor,
        freight_minor: freight_minor.transpose()?,
        shipment: row.shipment.clone(),
        incoterm: row.incoterm.clone(),
        dispatch_by: row.dispatch_by,
        dispatched_at: row.dispatched_at,
        promised_at: row.promised_at,
        delivered_at: row.delivered_at,
        received_quantity: row.received_quantity,
        rejected_quantity: row.rejected_quantity,
        digest: entry.digest.clone(),
    })
}

/// The exact total in millionths, where it can be kept.
fn exact(unit_price: i64, quantity: i64) -> Option<i64> {
    let price = UnitPrice::from_millionths(unit_price).ok()?;
    i64::try_from(price.exact_total(quantity)).ok()
}
