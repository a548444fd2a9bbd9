//! The plain layout that history is imported from (`docs/IMPORT.md`): which files, which columns, what a cell may
//! hold. Pure: a row goes in, a typed value or the faults of its fields come out.

mod cells;
pub mod csv;
mod goods;
mod trade;

use std::sync::Arc;

use super::contract::sha256_hex;
use super::time::Timestamp;
use super::words::words;

pub use cells::Amount;
pub use goods::{CategoryRow, LeadTimeRow, PriceRow, ProductRow, SampleRow, SupplierRow};
pub use trade::{OrderLineRow, OrderRow, ReviewRow};

words! {
    /// A file of the layout; the files are read in this order.
    FileKind {
        /// The category tree.
        Categories => "categories",
        /// Who sells.
        Suppliers => "suppliers",
        /// What is offered.
        Products => "products",
        /// The steps of price ladders.
        Prices => "prices",
        /// The steps of lead-time ladders.
        LeadTimes => "lead_times",
        /// Orders of the past.
        Orders => "orders",
        /// Their lines.
        OrderLines => "order_lines",
        /// What buyers said.
        Reviews => "reviews",
    }
}

impl FileKind {
    /// The columns without which no row can be read.
    pub const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Categories => &["category", "name"],
            Self::Suppliers => &["supplier", "name"],
            Self::Products => PRODUCT_COLUMNS,
            Self::Prices => &["supplier", "product", "min_quantity", "unit_price"],
            Self::LeadTimes => &["supplier", "product", "min_quantity", "days"],
            Self::Orders => &["order", "status", "currency"],
            Self::OrderLines => &["order", "line", "supplier"],
            Self::Reviews => &["review", "supplier", "score"],
        }
    }

    /// The columns that may be left out.
    pub const fn optional(self) -> &'static [&'static str] {
        match self {
            Self::Categories => &["parent"],
            Self::Suppliers => &[
                "country",
                "specialisation",
                "description",
                "established_on",
                "suspended_reason",
                "created_at",
            ],
            Self::Products => &[
                "category",
                "description",
                "attributes",
                "unit",
                "minimum_order_quantity",
                "order_increment",
                "status",
                "customisable",
                "easy_return",
                "guaranteed_dispatch_hours",
                "guaranteed_delivery_days",
                "after_sales_label",
                "after_sales_days",
                "sample_price",
                "sample_price_minor",
                "sample_maximum_quantity",
                "sample_lead_days",
                "created_at",
            ],
            Self::Prices => &["currency"],
            Self::LeadTimes => &[],
            Self::Orders => &[
                "buyer",
                "buyer_country",
                "outcome",
                "placed_at",
                "dispatched_at",
                "promised_at",
                "delivered_at",
                "subtotal",
                "subtotal_minor",
                "tax",
                "tax_minor",
                "freight",
                "freight_minor",
                "total",
                "total_minor",
            ],
            Self::OrderLines => ORDER_LINE_COLUMNS,
            Self::Reviews => &["order", "product", "title", "text", "reply", "replied_at", "created_at"],
        }
    }

    /// Whether the layout knows the column.
    pub fn knows(self, column: &str) -> bool {
        self.required().contains(&column) || self.optional().contains(&column)
    }
}

/// What a row of `products` may say.
const PRODUCT_COLUMNS: &[&str] = &["supplier", "product", "title", "currency"];

/// What a row of `order_lines` may say.
const ORDER_LINE_COLUMNS: &[&str] = &[
    "product",
    "quantity",
    "unit_price",
    "unit_price_minor",
    "total",
    "total_minor",
    "freight",
    "freight_minor",
    "shipment",
    "incoterm",
    "dispatch_by",
    "dispatched_at",
    "promised_at",
    "delivered_at",
    "received_quantity",
    "rejected_quantity",
];

/// A row as it was read: the cells that hold something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file that it begins on, from 1.
    pub line: u64,
    cells: Vec<(Arc<str>, String)>,
}

impl Row {
    /// A row of these cells; empty ones count as not there.
    pub fn new(line: u64, cells: impl IntoIterator<Item = (Arc<str>, String)>) -> Self {
        Self { line, cells: cells.into_iter().filter(|(_, text)| !text.is_empty()).collect() }
    }

    /// What a column holds.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.cells.iter().find(|(name, _)| **name == *column).map(|(_, text)| text.as_str())
    }

    /// The columns that hold something.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|(name, _)| &**name)
    }

    /// SHA-256 of what the row says, whatever the order of its columns, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut cells: Vec<_> = self.cells.iter().collect();
        cells.sort_unstable();
        digest_of(cells.into_iter().flat_map(|(name, text)| [&**name, text.as_str()]))
    }
}

/// SHA-256 over texts, each with its length before it, in hexadecimal.
pub fn digest_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut said = Vec::new();
    for text in texts {
        said.extend_from_slice(&(text.len() as u64).to_be_bytes());
        said.extend_from_slice(text.as_bytes());
    }
    sha256_hex(&said)
}

/// What is wrong with one field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column; empty where the row as a whole is at fault.
    pub field: String,
    /// Why, as a sentence.
    pub reason: String,
}

impl Fault {
    /// A fault of a column.
    pub fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: reason.into() }
    }
}

/// What became of the rows behind a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row was not imported.
    Rejected,
    /// The row was imported, and is odd.
    Warning,
}

/// Something that the importer's operator should look at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// The line that the row begins on, from 1.
    pub line: u64,
    /// The column; empty where the row as a whole is meant.
    pub field: String,
    /// Why, as a sentence.
    pub reason: String,
    /// Whether the row was imported.
    pub severity: Severity,
}

/// A value that one row, or a run of rows with the same key, stands for.
pub trait Item: Sized {
    /// The file that it is a row of.
    const FILE: FileKind;

    /// Reads a row at an instant, behind which nothing of the past can lie. Without faults there is a value.
    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>>;

    /// What makes it the same thing when it comes again; unique in its file.
    fn key(&self) -> Vec<&str>;

    /// Whether rows with the same key stand together and are one thing, as the steps of a ladder are.
    fn joins() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, &str)]) -> Row {
        Row::new(7, cells.iter().map(|&(name, text)| (Arc::from(name), text.to_owned())))
    }

    #[test]
    fn a_rows_digest_is_of_what_it_says() {
        let one = row(&[("a", "1"), ("b", "2"), ("c", "")]);
        assert_eq!(one.digest(), row(&[("b", "2"), ("a", "1")]).digest());
        assert_ne!(one.digest(), row(&[("a", "12"), ("b", "")]).digest());
        assert_eq!(one.get("c"), None);
    }

    #[test]
    fn no_column_is_named_twice() {
        for kind in FileKind::ALL {
            let mut names = [kind.required(), kind.optional()].concat();
            names.sort_unstable();
            let before = names.len();
            names.dedup();
            assert_eq!(names.len(), before, "{kind}");
        }
    }
}
