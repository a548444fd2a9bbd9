//! `AdventureWorks`: purchase orders with four decimals, minimum order quantities, received and rejected quantities.

use std::collections::HashMap;
use std::path::Path;

use super::{Cells, Sheet, Table};

/// Converts the folder `adventureworks`.
pub fn adventureworks(from: &Path, to: &Path) {
    let mut suppliers =
        Sheet::create(to, "suppliers.csv", &["supplier", "name", "country", "suspended_reason"]);
    for row in Table::open(from, "suppliers.csv").rows() {
        let reason = if row.get("active") == "true" { "" } else { "inactive in the source" };
        suppliers.row(&[row.get("supplier_id"), row.get("name"), "US", reason]);
    }
    goods(from, to);
    let mut orders = Sheet::create(
        to,
        "orders.csv",
        &[
            "order",
            "status",
            "outcome",
            "currency",
            "placed_at",
            "dispatched_at",
            "subtotal",
            "tax",
            "freight",
            "total",
        ],
    );
    let mut suppliers = HashMap::new();
    for row in Table::open(from, "purchase_orders.csv").rows() {
        suppliers.insert(row.get("order_id").to_owned(), row.get("supplier_id").to_owned());
        let outcome = match row.get("status") {
            "complete" => "COMPLETED",
            "rejected" => "CANCELLED",
            _ => "OPEN",
        };
        let rest = ["currency", "ordered_on", "shipped_on", "subtotal", "tax", "freight", "total"]
            .map(|name| row.get(name));
        orders.row(&[&[row.get("order_id"), row.get("status"), outcome][..], &rest[..]].concat());
    }
    let columns = [
        "order",
        "supplier",
        "line",
        "product",
        "quantity",
        "unit_price",
        "total",
        "received_quantity",
        "rejected_quantity",
        "dispatch_by",
        "promised_at",
    ];
    let mut lines = Sheet::create(to, "order_lines.csv", &columns);
    for row in Table::open(from, "purchase_order_lines.csv").rows() {
        let order = row.get("order_id");
        // What is due at the buyer on a day was to be dispatched by that day at the latest.
        let cells = [
            "line_id",
            "product_id",
            "ordered_qty",
            "unit_price",
            "line_total",
            "received_qty",
            "rejected_qty",
            "due_on",
            "due_on",
        ]
        .map(|name| row.get(name));
        lines.row(&[&[order, suppliers[order].as_str()][..], &cells[..]].concat());
    }
}

/// Offers of products, with their price and lead time as ladders of one step.
fn goods(from: &Path, to: &Path) {
    let described: HashMap<String, Cells> = Table::open(from, "products.csv")
        .rows()
        .into_iter()
        .map(|row| (row.get("product_id").to_owned(), row))
        .collect();
    let columns =
        ["supplier", "product", "title", "attributes", "unit", "currency", "minimum_order_quantity"];
    let mut products = Sheet::create(to, "products.csv", &columns);
    let mut prices =
        Sheet::create(to, "prices.csv", &["supplier", "product", "min_quantity", "unit_price", "currency"]);
    let mut lead_times =
        Sheet::create(to, "lead_times.csv", &["supplier", "product", "min_quantity", "days"]);
    for row in Table::open(from, "supplier_products.csv").rows() {
        let [supplier, product, least, price, days, unit, currency] = [
            "supplier_id",
            "product_id",
            "min_order_qty",
            "unit_price",
            "lead_time_days",
            "unit_of_measure",
            "currency",
        ]
        .map(|name| row.get(name));
        let described = &described[product];
        let colour = described.get("color");
        let attributes = if colour.is_empty() { String::new() } else { format!("colour = {colour}") };
        products.row(&[supplier, product, described.get("name"), &attributes, unit, currency, least]);
        prices.row(&[supplier, product, "1", price, currency]);
        lead_times.row(&[supplier, product, "1", days]);
    }
}
