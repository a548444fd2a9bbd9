//! Price breaks: listings with quantity breaks finer than a minor unit, some of them rising.

use std::collections::HashMap;
use std::path::Path;

use super::{Sheet, Table};

/// Converts the folder `price_breaks`.
pub fn price_breaks(from: &Path, to: &Path) {
    let mut currencies = HashMap::new();
    let mut suppliers = Sheet::create(to, "suppliers.csv", &["supplier", "name", "description"]);
    for row in Table::open(from, "suppliers.csv").rows() {
        currencies.insert(row.get("supplier_id").to_owned(), row.get("currency").to_owned());
        suppliers.row(&[row.get("supplier_id"), row.get("name"), row.get("description")]);
    }
    // A listing's prices may be in another currency than its supplier's.
    let breaks = Table::open(from, "price_breaks.csv").rows();
    let mut of_listing = HashMap::new();
    for row in &breaks {
        of_listing.insert(row.get("listing_id").to_owned(), row.get("currency").to_owned());
    }
    let columns =
        ["supplier", "product", "title", "description", "attributes", "currency", "order_increment"];
    let mut products = Sheet::create(to, "products.csv", &columns);
    let mut offered_by = HashMap::new();
    for row in Table::open(from, "listings.csv").rows() {
        let (listing, supplier) = (row.get("listing_id"), row.get("supplier_id"));
        offered_by.insert(listing.to_owned(), supplier.to_owned());
        let currency = of_listing.get(listing).unwrap_or(&currencies[supplier]);
        let attributes = format!("sku = {}", row.get("sku"));
        let increment = row.get("order_multiple");
        products.row(&[
            supplier,
            listing,
            row.get("product_name"),
            row.get("description"),
            &attributes,
            currency,
            increment,
        ]);
    }
    let mut prices =
        Sheet::create(to, "prices.csv", &["supplier", "product", "min_quantity", "unit_price", "currency"]);
    for row in &breaks {
        let cells = ["listing_id", "min_qty", "unit_price", "currency"].map(|name| row.get(name));
        prices.row(&[&[offered_by[cells[0]].as_str()][..], &cells[..]].concat());
    }
}
