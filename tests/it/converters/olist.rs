//! Olist: sellers without names, listings without titles; one line per unit; dispatch deadlines per line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Sheet, Table};

/// Converts the folder `olist`.
pub fn olist(from: &Path, to: &Path) {
    let mut suppliers = Sheet::create(to, "suppliers.csv", &["supplier", "name", "country", "description"]);
    for row in Table::open(from, "suppliers.csv").rows() {
        let id = row.get("supplier_id");
        let place = format!("{} {}", row.get("city"), row.get("state"));
        suppliers.row(&[id, &format!("Seller {}", &id[..8]), row.get("country"), place.trim()]);
    }
    goods(from, to);
    let outcome = |status: &str| match status {
        "delivered" => "COMPLETED",
        "canceled" | "unavailable" => "CANCELLED",
        _ => "OPEN",
    };
    let columns = [
        "order",
        "buyer",
        "status",
        "outcome",
        "currency",
        "placed_at",
        "dispatched_at",
        "promised_at",
        "delivered_at",
    ];
    let mut orders = Sheet::create(to, "orders.csv", &columns);
    for row in Table::open(from, "orders.csv").rows() {
        let status = row.get("status");
        let times = ["purchased_at", "dispatched_at", "promised_delivery_at", "delivered_at"]
            .map(|name| row.get(name));
        let head = [row.get("order_id"), row.get("buyer_id"), status, outcome(status), row.get("currency")];
        orders.row(&[&head[..], &times[..]].concat());
    }
    let columns = [
        "order",
        "line",
        "supplier",
        "product",
        "quantity",
        "unit_price_minor",
        "freight_minor",
        "dispatch_by",
    ];
    let mut lines = Sheet::create(to, "order_lines.csv", &columns);
    let mut sellers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in Table::open(from, "order_lines.csv").rows() {
        let (order, supplier) = (row.get("order_id"), row.get("supplier_id"));
        sellers.entry(order.to_owned()).or_default().insert(supplier.to_owned());
        let rest = ["unit_price_minor", "freight_minor", "dispatch_by"].map(|name| row.get(name));
        let head = [order, row.get("line_no"), supplier, row.get("product_id"), "1"];
        lines.row(&[&head[..], &rest[..]].concat());
    }
    let columns = ["review", "order", "supplier", "score", "title", "text", "created_at"];
    let mut reviews = Sheet::create(to, "reviews.csv", &columns);
    for row in Table::open(from, "reviews.csv").rows() {
        let order = row.get("order_id");
        let said = ["score", "title", "message", "created_at"].map(|name| row.get(name));
        // A review is of an order: it counts for every store that the order was placed with.
        for supplier in sellers.get(order).into_iter().flatten() {
            reviews.row(&[&[row.get("review_id"), order, supplier][..], &said[..]].concat());
        }
    }
}

/// Categories, listings and the observed price as a ladder of one step.
fn goods(from: &Path, to: &Path) {
    let mut categories = Sheet::create(to, "categories.csv", &["category", "name"]);
    let mut products = Sheet::create(
        to,
        "products.csv",
        &["supplier", "product", "category", "title", "currency", "attributes"],
    );
    let mut prices =
        Sheet::create(to, "prices.csv", &["supplier", "product", "min_quantity", "unit_price", "currency"]);
    let mut known = BTreeSet::new();
    for row in Table::open(from, "listings.csv").rows() {
        let (supplier, product, category) =
            (row.get("supplier_id"), row.get("product_id"), row.get("category_pt"));
        if !category.is_empty() && known.insert(category.to_owned()) {
            let english = row.get("category_en");
            categories.row(&[category, if english.is_empty() { category } else { english }]);
        }
        let title = format!("{} {}", row.get("category_en"), &product[..8]);
        let weight = row.get("weight_g");
        let attributes = if weight.is_empty() { String::new() } else { format!("weight = {weight} g") };
        products.row(&[supplier, product, category, title.trim(), row.get("currency"), &attributes]);
        let minor: i64 = row.get("observed_price_max_minor").parse().unwrap();
        let price = format!("{}.{:02}", minor / 100, minor % 100);
        prices.row(&[supplier, product, "1", &price, row.get("currency")]);
    }
}
