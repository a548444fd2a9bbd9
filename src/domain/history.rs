//! Orders of the past, imported: what metrics, reviews and searches are counted from. Never live escrow.

use serde::{Deserialize, Serialize};

use super::ids::{ProductId, SupplierId};
use super::money::Currency;
use super::time::Timestamp;
use super::words::words;

words! {
    /// How an order of the past came out.
    Outcome {
        /// Nothing is known of its end.
        Open => "OPEN",
        /// It was delivered or otherwise done.
        Completed => "COMPLETED",
        /// It came to nothing.
        Cancelled => "CANCELLED",
    }
}

/// An order of the past. Amounts are as stated, in millionths of the currency's major unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryOrder {
    /// The source's id.
    pub reference: String,
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
    /// When it was dispatched, unless its lines say more.
    pub dispatched_at: Option<Timestamp>,
    /// By when it was promised, unless its lines say more.
    pub promised_at: Option<Timestamp>,
    /// When it arrived, unless its lines say more.
    pub delivered_at: Option<Timestamp>,
    /// The stated sum of its lines.
    pub subtotal: Option<i64>,
    /// The stated tax.
    pub tax: Option<i64>,
    /// The stated freight.
    pub freight: Option<i64>,
    /// The stated total.
    pub total: Option<i64>,
    /// SHA-256 of the row that it was read from.
    pub digest: String,
}

/// A line of an order of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// The source's id of the order.
    pub order: String,
    /// The source's id of the line, unique in its order.
    pub reference: String,
    /// Who sold.
    pub supplier: SupplierId,
    /// What, where it is on record.
    pub product: Option<ProductId>,
    /// How many.
    pub quantity: i64,
    /// The price of one, in millionths of the major unit, where the source has one.
    pub unit_price: Option<i64>,
    /// The exact total in millionths of the major unit.
    pub total: i64,
    /// The total in minor units, rounded once, half up.
    pub total_minor: i64,
    /// The stated freight in minor units.
    pub freight_minor: Option<i64>,
    /// The source's id of the shipment.
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
    /// SHA-256 of the row that it was read from.
    pub digest: String,
}

/// What a supplier's orders of the past add up to. Late is: dispatched behind the line's deadline, arrived on a later
/// day than the promised one. Orders with several suppliers count once for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SupplierHistory {
    /// Orders with a line of it.
    pub orders: i64,
    /// Of these, completed.
    pub orders_completed: i64,
    /// Of these, cancelled.
    pub orders_cancelled: i64,
    /// Of these, dispatched.
    pub orders_dispatched: i64,
    /// Of these, with a line that was dispatched late.
    pub orders_dispatched_late: i64,
    /// Orders that arrived.
    pub orders_delivered: i64,
    /// Of these, with a line that arrived late.
    pub orders_delivered_late: i64,
    /// Known buyers.
    pub buyers: i64,
    /// Of these, those with several orders.
    pub returning_buyers: i64,
    /// Lines.
    pub lines: i64,
    /// Lines dispatched.
    pub lines_dispatched: i64,
    /// Of these, late.
    pub lines_dispatched_late: i64,
    /// Lines that arrived.
    pub lines_delivered: i64,
    /// Of these, late.
    pub lines_delivered_late: i64,
    /// Units ordered.
    pub quantity: i64,
    /// Units received, where that was written down.
    pub received_quantity: i64,
    /// Units rejected, where that was written down.
    pub rejected_quantity: i64,
}

/// What many lines add up to in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryValue {
    /// The currency.
    pub currency: Currency,
    /// Lines.
    pub lines: i64,
    /// The exact total in millionths of the major unit.
    pub total: i64,
    /// The sum of the lines' rounded totals, in minor units.
    pub total_minor: i64,
    /// The sum of the lines' stated freight, in minor units.
    pub freight_minor: i64,
}
