//! Other people's data, imported, adds up to what `facts.json` says.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use sea_orm::ConnectionTrait;
use serde_json::Value;
use surety::domain::history::SupplierHistory;
use surety::domain::ids::{ProductId, SupplierId};
use surety::domain::import::{FileKind, Severity};
use surety::domain::money::UnitPrice;
use surety::domain::product::Product;
use surety::domain::supplier::SupplierCard;
use surety::service::import::{self, Report};
use surety::store::{Reader, catalogue, history, imports};

use super::converters;
use super::world::{World, on_both};

/// Imports a source after its conversion; none where there is no data. The second import changes nothing.
async fn imported(w: &World, source: &str, convert: fn(&Path, &Path)) -> Option<(Value, Report)> {
    let data = converters::shared_data()?;
    let facts = std::fs::read_to_string(data.join("facts.json")).unwrap();
    let facts: Value = serde_json::from_str(&facts).unwrap();
    let folder = w.folder().join(source);
    convert(&data.join(source), &folder);
    let mut seen = 0;
    let report = import::run(&w.app, &folder, &mut |_| seen += 1).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.problems);
    assert!(seen > report.files.len());
    let before = snapshot(w).await;
    let again = import::run(&w.app, &folder, &mut |_| ()).await.unwrap();
    for (first, second) in report.files.iter().zip(&again.files) {
        assert_eq!(second.unchanged, first.rows, "{second:?}");
        assert_eq!((second.created, second.updated, second.rejected), (0, 0, 0));
    }
    assert_eq!(again.suppliers_recounted, 0);
    assert_eq!(snapshot(w).await, before);
    Some((facts[source].clone(), report))
}

const TABLES: [&str; 16] = [
    "company",
    "supplier",
    "supplier_metrics",
    "category",
    "product",
    "product_price",
    "product_lead_time",
    "sample_offer",
    "review",
    "rating",
    "supplier_listing",
    "product_listing",
    "order_history",
    "order_history_line",
    "supplier_history",
    "import_digest",
];

/// Every row of every table that an import writes, as one digest per table.
async fn snapshot(w: &World) -> BTreeMap<&'static str, (usize, String)> {
    let mut found = BTreeMap::new();
    for table in TABLES {
        let text = if w.app.db.is_postgres() {
            format!("SELECT CAST(t.* AS TEXT) AS row FROM {table} t")
        } else {
            let names = sql(w, &format!("SELECT name FROM pragma_table_info('{table}')"), "name").await;
            format!("SELECT json_array({}) AS row FROM {table}", names.join(", "))
        };
        let mut rows = sql(w, &text, "row").await;
        rows.sort_unstable();
        let digest = surety::domain::import::digest_of(rows.iter().map(String::as_str));
        found.insert(table, (rows.len(), digest));
    }
    found
}

async fn sql(w: &World, text: &str, column: &str) -> Vec<String> {
    let statement = w.app.db.sql(text, [] as [sea_orm::Value; 0]);
    let rows = w.app.db.connection().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

async fn number(w: &World, text: &str) -> i64 {
    let text = format!("SELECT CAST(({text}) AS BIGINT) AS number");
    let statement = w.app.db.sql(&text, [] as [sea_orm::Value; 0]);
    let row = w.app.db.connection().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "number").unwrap()
}

/// Checks queries that each give one number against the facts of these names.
async fn numbers(w: &World, facts: &Value, queries: &[(&str, &str)]) {
    for (name, query) in queries {
        assert_eq!(number(w, query).await, facts[*name].as_i64().expect(name), "{name}");
    }
}

/// Checks how many rows of each value there are.
async fn histogram(w: &World, fact: &Value, query: &str) {
    let rows = sql(w, &format!("SELECT CAST(value AS TEXT) || '=' || CAST(count(*) AS TEXT) AS pair FROM ({query}) AS t GROUP BY value"), "pair").await;
    let found: BTreeMap<String, i64> = rows
        .iter()
        .map(|row| {
            row.rsplit_once('=').map(|(value, count)| (value.to_owned(), count.parse().unwrap())).unwrap()
        })
        .collect();
    let wanted: BTreeMap<String, i64> = serde_json::from_value(fact.clone()).unwrap();
    assert_eq!(found, wanted);
}

async fn supplier(w: &World, fact: &Value) -> (SupplierId, SupplierCard, SupplierHistory) {
    let reference = &fact["supplier_id"];
    let reference = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
    let found = imports::suppliers(&w.app.db, &[&reference]).await.unwrap();
    let id = found[&reference].id;
    let card = catalogue::suppliers::load(&w.app.db, &[id]).await.unwrap().remove(0);
    let history = history::of_suppliers(&w.app.db, &[id]).await.unwrap()[&id];
    (id, card, history)
}

async fn product(w: &World, supplier: &str, reference: &str) -> Product {
    let pair = (supplier.to_owned(), reference.to_owned());
    let id: ProductId = imports::products(&w.app.db, std::slice::from_ref(&pair)).await.unwrap()[&pair].id;
    catalogue::products::load(&w.app.db, &[id]).await.unwrap().remove(0)
}

/// `part` of `whole` with that many digits behind the point, rounded half up.
fn decimal(part: i64, whole: i64, digits: u32) -> String {
    let scale = 10_i64.pow(digits);
    let scaled = (part * scale * 2 + whole) / (whole * 2);
    let mut text = format!("{}.{:0width$}", scaled / scale, scaled % scale, width = digits as usize);
    while text.ends_with('0') && !text.ends_with(".0") {
        text.pop();
    }
    text
}

fn row_counts(report: &Report, wanted: &[(FileKind, i64)]) {
    for (kind, rows) in wanted {
        let file = report.of(*kind).unwrap();
        assert_eq!(i64::try_from(file.rows).unwrap(), *rows, "{kind}");
        assert_eq!(file.created, file.rows, "{kind}");
    }
}

fn rows(facts: &Value, name: &str) -> i64 {
    facts["rows"][name].as_i64().expect(name)
}

const LATE: &str = "l.dispatch_by < COALESCE(l.dispatched_at, o.dispatched_at)";
const LINES: &str = "FROM order_history_line l JOIN order_history o ON o.reference = l.order_reference";
const DAY: &str = "86400000000";

on_both! {
    async fn olist(w) {
        let Some((facts, report)) = imported(&w, "olist", converters::olist).await else { return };
        row_counts(&report, &[
            (FileKind::Suppliers, rows(&facts, "suppliers.csv")),
            (FileKind::Products, rows(&facts, "listings.csv")),
            (FileKind::Orders, rows(&facts, "orders.csv")),
            (FileKind::OrderLines, rows(&facts, "order_lines.csv")),
        ]);
        numbers(&w, &facts, &[
            ("sum_unit_price_minor", "SELECT sum(total_minor) FROM order_history_line"),
            ("sum_freight_minor", "SELECT sum(freight_minor) FROM order_history_line"),
            ("sum_order_total_minor", "SELECT sum(total_minor + freight_minor) FROM order_history_line"),
            ("distinct_products", "SELECT count(DISTINCT p.external_reference) FROM order_history_line l JOIN product p ON p.id = l.product_id"),
            ("distinct_buyers_known", "SELECT count(DISTINCT buyer_reference) FROM order_history"),
            ("orders_with_more_than_one_line", "SELECT count(*) FROM (SELECT 1 FROM order_history_line GROUP BY order_reference HAVING count(*) > 1) AS t"),
            ("orders_with_more_than_one_supplier", "SELECT count(*) FROM (SELECT 1 FROM order_history_line GROUP BY order_reference HAVING count(DISTINCT supplier_id) > 1) AS t"),
            ("max_lines_in_one_order", "SELECT max(n) FROM (SELECT count(*) AS n FROM order_history_line GROUP BY order_reference) AS t"),
            ("supplier_order_pairs", "SELECT sum(orders) FROM supplier_history"),
            ("supplier_order_pairs_dispatched", "SELECT sum(orders_dispatched) FROM supplier_history"),
            ("supplier_order_pairs_dispatched_late", "SELECT sum(orders_dispatched_late) FROM supplier_history"),
            ("supplier_order_pairs_dispatched", "SELECT sum(dispatched) FROM supplier_metrics_day"),
            ("supplier_order_pairs_dispatched_late", "SELECT sum(dispatched_late) FROM supplier_metrics_day"),
            ("lines_with_dispatch_time", "SELECT sum(lines_dispatched) FROM supplier_history"),
            ("lines_dispatched_after_dispatch_by", "SELECT sum(lines_dispatched_late) FROM supplier_history"),
            ("orders_with_any_line_dispatched_late", &format!("SELECT count(DISTINCT o.reference) {LINES} WHERE {LATE}")),
            ("orders_delivered", "SELECT count(*) FROM order_history WHERE delivered_at IS NOT NULL"),
            ("orders_delivered_after_promise_timestamp", "SELECT count(*) FROM order_history WHERE delivered_at > promised_at"),
            ("orders_delivered_after_promise_calendar_day", &format!("SELECT count(*) FROM order_history WHERE delivered_at / {DAY} > promised_at / {DAY}")),
            ("quirk_status_delivered_without_delivered_at", "SELECT count(*) FROM order_history WHERE status = 'delivered' AND delivered_at IS NULL"),
            ("quirk_delivered_before_dispatched", "SELECT count(*) FROM order_history WHERE delivered_at < dispatched_at"),
            ("quirk_canceled_but_delivered", "SELECT count(*) FROM order_history WHERE status = 'canceled' AND delivered_at IS NOT NULL"),
            ("suppliers_with_10_or_more_orders", "SELECT count(*) FROM supplier_history WHERE orders >= 10"),
            ("reviews_with_message", "SELECT count(DISTINCT external_reference) FROM review WHERE body <> ''"),
            ("reviews_with_newline_in_message", "SELECT count(DISTINCT external_reference) FROM review WHERE body LIKE '%\n%'"),
        ]).await;
        histogram(&w, &facts["orders_by_status"], "SELECT status AS value FROM order_history").await;
        // The stored reference of a review is its own and its order's: one of several stores counts for each.
        let distinct = "SELECT DISTINCT external_reference, score AS value FROM review";
        histogram(&w, &facts["review_score_histogram"], distinct).await;
        let sum = number(&w, &format!("SELECT sum(value) FROM ({distinct}) AS t")).await;
        assert_eq!(decimal(sum, rows(&facts, "reviews.csv"), 6), facts["reviews_mean_score"].to_string());
        let statuses: BTreeMap<_, _> = history::statuses(&w.app.db).await.unwrap().into_iter().collect();
        assert_eq!(serde_json::to_value(statuses).unwrap(), facts["orders_by_status"]);
        assert_eq!(surety::service::metrics::check(&w.app).await.unwrap(), Vec::<String>::new());
        review_keys(&w, &facts).await;
        for fact in facts["five_suppliers_by_review_count"].as_array().unwrap() {
            let (id, card, past) = supplier(&w, fact).await;
            assert_eq!(past.orders, fact["orders"]);
            assert_eq!(past.orders_dispatched, fact["orders_dispatched"]);
            assert_eq!(past.orders_dispatched_late, fact["orders_dispatched_late"]);
            assert_eq!(card.metrics.orders_placed, past.orders);
            assert_eq!(card.metrics.dispatched, past.orders_dispatched);
            assert_eq!(card.metrics.dispatched_late, past.orders_dispatched_late);
            assert_eq!(card.rating.count(), fact["reviews"]);
            assert_eq!(card.rating.sum(), fact["score_sum"]);
            assert_eq!(decimal(card.rating.sum(), card.rating.count(), 6), fact["mean_score"].to_string());
            let values = history::values(&w.app.db, Some(id)).await.unwrap();
            assert_eq!(values[0].total_minor, fact["revenue_minor"]);
        }
    }

    async fn scms(w) {
        let Some((facts, report)) = imported(&w, "scms", converters::scms).await else { return };
        row_counts(&report, &[
            (FileKind::Suppliers, rows(&facts, "suppliers.csv")),
            (FileKind::Products, rows(&facts, "products.csv")),
            (FileKind::Orders, facts["distinct_orders"].as_i64().unwrap()),
            (FileKind::OrderLines, rows(&facts, "order_lines.csv")),
        ]);
        let late = "FROM order_history_line WHERE delivered_at > promised_at";
        numbers(&w, &facts, &[
            ("distinct_shipments", "SELECT count(DISTINCT shipment_reference) FROM order_history_line"),
            ("orders_with_more_than_one_supplier", "SELECT count(*) FROM (SELECT 1 FROM order_history_line GROUP BY order_reference HAVING count(DISTINCT supplier_id) > 1) AS t"),
            ("sum_line_value_minor", "SELECT sum(total_minor) FROM order_history_line"),
            ("sum_quantity_packs", "SELECT sum(quantity) FROM supplier_history"),
            ("sum_numeric_freight_minor", "SELECT sum(freight_minor) FROM order_history_line"),
            ("lines_with_non_numeric_freight", "SELECT count(*) FROM order_history_line WHERE freight_minor IS NULL"),
            ("lines_delivered_late", "SELECT sum(lines_delivered_late) FROM supplier_history"),
            ("lines_delivered_on_promised_day", "SELECT count(*) FROM order_history_line WHERE delivered_at = promised_at"),
            ("lines_delivered_early", "SELECT count(*) FROM order_history_line WHERE delivered_at < promised_at"),
            ("sum_days_late_over_late_lines", &format!("SELECT sum((delivered_at - promised_at) / {DAY}) {late}")),
            ("max_days_late", &format!("SELECT max((delivered_at - promised_at) / {DAY}) {late}")),
            ("max_days_early", &format!("SELECT max((promised_at - delivered_at) / {DAY}) FROM order_history_line")),
            ("lines_with_zero_price", "SELECT count(*) FROM order_history_line WHERE unit_price = 0"),
            ("buyer_countries", "SELECT count(DISTINCT buyer_country) FROM order_history"),
        ]).await;
        histogram(&w, &facts["lines_by_incoterm"], "SELECT incoterm AS value FROM order_history_line").await;
        let old = report.problems.iter().filter(|problem| problem.field == "incoterm").count();
        assert_eq!(old, 6, "the six lines of DDU carry a warning");
        for fact in facts["five_suppliers_by_lines"].as_array().unwrap() {
            let (id, _, past) = supplier(&w, fact).await;
            assert_eq!(past.lines, fact["lines"]);
            assert_eq!(past.lines_delivered_late, fact["lines_late"]);
            let percent = decimal((past.lines_delivered - past.lines_delivered_late) * 100, past.lines_delivered, 4);
            assert_eq!(percent, fact["on_time_percent"].to_string());
            let values = history::values(&w.app.db, Some(id)).await.unwrap();
            assert_eq!(values[0].total_minor, fact["line_value_minor"]);
        }
    }

    async fn adventureworks(w) {
        let Some((facts, report)) = imported(&w, "adventureworks", converters::adventureworks).await else { return };
        row_counts(&report, &[
            (FileKind::Suppliers, rows(&facts, "suppliers.csv")),
            (FileKind::Products, rows(&facts, "supplier_products.csv")),
            (FileKind::Orders, rows(&facts, "purchase_orders.csv")),
            (FileKind::OrderLines, rows(&facts, "purchase_order_lines.csv")),
        ]);
        for (name, query) in [
            ("sum_subtotal", "SELECT sum(subtotal) FROM order_history"),
            ("sum_tax", "SELECT sum(tax) FROM order_history"),
            ("sum_freight", "SELECT sum(freight) FROM order_history"),
            ("sum_total", "SELECT sum(total) FROM order_history"),
            ("sum_line_total", "SELECT sum(total) FROM order_history_line"),
        ] {
            assert_eq!(millionths(number(&w, query).await), decimals(&facts[name]), "{name}");
        }
        // Rounded once per line, half up: what is kept in minor units differs by less than half a cent a line.
        let values = history::values(&w.app.db, None).await.unwrap();
        assert_eq!(millionths(values[0].total), decimals(&facts["sum_line_total"]));
        assert!((values[0].total_minor * 10_000 - values[0].total).abs() <= values[0].lines * 5_000);
        numbers(&w, &facts, &[
            ("orders_where_subtotal_differs_from_line_sum", "SELECT count(*) FROM order_history o WHERE subtotal <> (SELECT sum(total) FROM order_history_line l WHERE l.order_reference = o.reference)"),
            ("ordered_qty", "SELECT sum(quantity) FROM supplier_history"),
            ("received_qty", "SELECT sum(received_quantity) FROM supplier_history"),
            ("rejected_qty", "SELECT sum(rejected_quantity) FROM supplier_history"),
            ("lines_with_rejections", "SELECT count(*) FROM order_history_line WHERE rejected_quantity > 0"),
            ("lines_short_received", "SELECT count(*) FROM order_history_line WHERE received_quantity < quantity"),
            ("lines_over_received", "SELECT count(*) FROM order_history_line WHERE received_quantity > quantity"),
            ("lines_below_min_order_qty", "SELECT count(*) FROM order_history_line l JOIN product p ON p.id = l.product_id WHERE l.quantity < p.minimum_order_quantity"),
            ("lines_without_supplier_product_row", "SELECT count(*) FROM order_history_line WHERE product_id IS NULL"),
            ("orders_shipped_after_earliest_due", "SELECT sum(orders_dispatched_late) FROM supplier_history"),
            ("inactive_suppliers", "SELECT count(*) FROM supplier WHERE suspended_at IS NOT NULL"),
        ]).await;
        histogram(&w, &facts["orders_by_status"], "SELECT status AS value FROM order_history").await;
        for fact in facts["five_suppliers_by_lines"].as_array().unwrap() {
            let (id, _, past) = supplier(&w, fact).await;
            assert_eq!(past.lines, fact["lines"]);
            assert_eq!(past.received_quantity, fact["received_qty"]);
            assert_eq!(past.rejected_quantity, fact["rejected_qty"]);
            let values = history::values(&w.app.db, Some(id)).await.unwrap();
            assert_eq!(millionths(values[0].total), decimals(&fact["line_total"]));
        }
    }

    async fn price_breaks(w) {
        let Some((facts, report)) = imported(&w, "price_breaks", converters::price_breaks).await else { return };
        row_counts(&report, &[
            (FileKind::Suppliers, rows(&facts, "suppliers.csv")),
            (FileKind::Products, rows(&facts, "listings.csv")),
            (FileKind::Prices, rows(&facts, "price_breaks.csv")),
        ]);
        let odd = |words: &str| {
            let warnings = report.problems.iter().filter(|problem| problem.severity == Severity::Warning);
            i64::try_from(warnings.filter(|problem| problem.reason.contains(words)).count()).unwrap()
        };
        assert_eq!(odd("does not fall"), facts["listings_with_non_decreasing_step"]);
        assert_eq!(odd("no price below"), facts["listings_whose_first_break_is_above_1"]);
        assert_eq!(odd("two prices begin"), facts["listings_with_duplicate_min_qty"]);
        numbers(&w, &facts, &[
            ("listings_with_breaks", "SELECT count(DISTINCT product_id) FROM product_price"),
            ("listings_without_breaks", "SELECT count(*) FROM product p WHERE NOT EXISTS (SELECT 1 FROM product_price r WHERE r.product_id = p.id)"),
            ("max_breaks", "SELECT max(n) FROM (SELECT count(*) AS n FROM product_price GROUP BY product_id) AS t"),
            ("breaks_not_representable_in_minor_units", "SELECT count(*) FROM product_price WHERE unit_price % 10000 <> 0"),
        ]).await;
        let prices = "FROM product_price r JOIN product p ON p.id = r.product_id";
        histogram(&w, &facts["breaks_by_currency"], &format!("SELECT p.currency AS value {prices}")).await;
        for (currency, sum) in facts["sum_of_unit_prices_by_currency"].as_object().unwrap() {
            let query = format!("SELECT sum(r.unit_price) {prices} WHERE p.currency = '{currency}'");
            assert_eq!(millionths(number(&w, &query).await), decimals(sum), "{currency}");
        }
        let suppliers = sql(&w, "SELECT s.external_reference || ' ' || p.external_reference AS pair FROM product p JOIN supplier s ON s.id = p.supplier_id", "pair").await;
        let examples = facts["worked_examples"].as_array().unwrap();
        assert_eq!(examples.len(), 5);
        for example in examples {
            let listing = example["listing_id"].to_string();
            let supplier = suppliers.iter().find_map(|pair| pair.strip_suffix(&format!(" {listing}"))).unwrap();
            let product = product(&w, supplier, &listing).await;
            quotes(&product, example);
            asked(&w, &product, example).await;
        }
    }
}

/// Checks how review ids and orders meet; the stored reference of a review is `review/order`.
async fn review_keys(w: &World, facts: &Value) {
    let references = sql(w, "SELECT DISTINCT external_reference AS reference FROM review", "reference").await;
    let pairs: Vec<(&str, &str)> = references.iter().filter_map(|pair| pair.split_once('/')).collect();
    assert_eq!(i64::try_from(pairs.len()).unwrap(), rows(facts, "reviews.csv"));
    let repeated = |keys: Vec<&str>| {
        let mut times: BTreeMap<&str, i64> = BTreeMap::new();
        for key in keys {
            *times.entry(key).or_default() += 1;
        }
        i64::try_from(times.values().filter(|times| **times > 1).count()).unwrap()
    };
    let on_several = repeated(pairs.iter().map(|(review, _)| *review).collect());
    assert_eq!(on_several, facts["review_ids_used_on_more_than_one_order"]);
    let with_several = repeated(pairs.iter().map(|(_, order)| *order).collect());
    assert_eq!(with_several, facts["orders_with_more_than_one_review"]);
}

/// Checks what the API says about a listing: the same price, and the next step.
async fn asked(w: &World, product: &Product, example: &Value) {
    let storefront = w.storefront().await;
    for (quantity, quote) in example["quotes"].as_object().unwrap() {
        let quantity: i64 = quantity.parse().unwrap();
        let query = "query($id: ID!, $quantity: Int!) { product(id: $id) { unitPrice(quantity: $quantity) { amount } } }";
        let variables = serde_json::json!({ "id": product.id.to_string(), "quantity": quantity });
        let answer = storefront.asks(query, variables).await.good();
        let found = answer["product"]["unitPrice"]["amount"].clone();
        let price = |text: &Value| text.as_str().map(|text| UnitPrice::parse(text).unwrap());
        assert_eq!(price(&found), price(&quote[0]), "{quantity}: {answer}");
    }
}

/// Checks the worked quotes of a listing: unit price, exact and rounded line total, or none.
fn quotes(product: &Product, example: &Value) {
    let breaks: Vec<Value> = product
        .ladder
        .breaks()
        .iter()
        .map(|step| {
            serde_json::json!([
                step.min_quantity.to_string(),
                millionths(step.unit_price.millionths()),
                product.ladder.currency()
            ])
        })
        .collect();
    assert_eq!(Value::Array(breaks), example["breaks"]);
    for (quantity, quote) in example["quotes"].as_object().unwrap() {
        let quantity: i64 = quantity.parse().unwrap();
        let price = product.ladder.unit_price(quantity);
        if quote.is_null() {
            assert_eq!(price, None, "{quantity}");
            assert!(product.ladder.line_total(quantity).is_err());
            continue;
        }
        let price = price.unwrap();
        assert_eq!(millionths(price.millionths()), quote[0]);
        let exact = i64::try_from(price.exact_total(quantity)).unwrap();
        assert_eq!(millionths(exact), quote[1]);
        assert_eq!(product.ladder.currency().code(), quote[2]);
        let total = product.ladder.line_total(quantity).unwrap().1;
        assert_eq!(total.minor, (exact + 5_000) / 10_000);
    }
}

/// Millionths as a decimal with six digits.
fn millionths(amount: i64) -> String {
    let mut text = String::new();
    write!(text, "{}.{:06}", amount / 1_000_000, amount % 1_000_000).unwrap();
    text
}

/// A decimal of the facts with six digits.
fn decimals(fact: &Value) -> String {
    millionths(UnitPrice::parse(fact.as_str().unwrap()).unwrap().millionths())
}
