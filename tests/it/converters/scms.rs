//! SCMS: lines with their order and shipment numbers, promised and actual days of delivery, old Incoterms.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Sheet, Table};

/// Converts the folder `scms`.
pub fn scms(from: &Path, to: &Path) {
    let mut suppliers = Sheet::create(to, "suppliers.csv", &["supplier", "name", "description"]);
    for row in Table::open(from, "suppliers.csv").rows() {
        suppliers.row(&[row.get("supplier_id"), row.get("supplier_name"), row.get("manufacturing_sites")]);
    }
    let columns = ["supplier", "product", "category", "title", "unit", "currency"];
    let mut products = Sheet::create(to, "products.csv", &columns);
    let mut categories = Sheet::create(to, "categories.csv", &["category", "parent", "name"]);
    let mut known = BTreeSet::new();
    for row in Table::open(from, "products.csv").rows() {
        let (group, class) = (row.get("product_group"), row.get("sub_class"));
        let below = format!("{group}/{class}");
        if known.insert(group.to_owned()) {
            categories.row(&[group, "", group]);
        }
        if known.insert(below.clone()) {
            categories.row(&[&below, group, class]);
        }
        let head = ["supplier_id", "product_key"].map(|name| row.get(name));
        products.row(&[head[0], head[1], &below, row.get("item"), "pack", row.get("currency")]);
    }
    let mut orders = Sheet::create(
        to,
        "orders.csv",
        &["order", "buyer", "buyer_country", "status", "outcome", "currency", "placed_at"],
    );
    let columns = [
        "order",
        "line",
        "supplier",
        "product",
        "quantity",
        "total_minor",
        "unit_price_minor",
        "freight_minor",
        "shipment",
        "incoterm",
        "promised_at",
        "delivered_at",
    ];
    let mut lines = Sheet::create(to, "order_lines.csv", &columns);
    let mut known = BTreeSet::new();
    for row in Table::open(from, "order_lines.csv").rows() {
        let order = row.get("order_no");
        if known.insert(order.to_owned()) {
            let buyer = [row.get("project_code"), row.get("buyer_country_iso2")];
            orders.row(&[
                order,
                buyer[0],
                buyer[1],
                "delivered",
                "COMPLETED",
                row.get("currency"),
                row.get("po_sent_on"),
            ]);
        }
        let cells = [
            "line_id",
            "supplier_id",
            "product_key",
            "quantity_packs",
            "line_value_minor",
            "pack_price_minor",
            "freight_minor",
            "shipment_no",
            "incoterm_raw",
            "promised_delivery_on",
            "delivered_on",
        ]
        .map(|name| row.get(name));
        lines.row(&[&[order][..], &cells[..]].concat());
    }
}
