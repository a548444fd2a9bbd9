//! What the product is measured by: the same answers from one hand-written statement over the joined tables, sent on
//! as the database gives them; and answers that never change.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sea_orm::sqlx::{self, PgPool, SqlitePool};
use serde::Deserialize;
use serde_json::{Value, json};
use surety::clock::Clock;
use tokio::sync::Mutex;

use super::database::CONNECTIONS;
use super::questions::Question;

/// Answers that were written to files before.
pub fn constant(folder: &Path) -> Router {
    let mut router = Router::new();
    for question in Question::ALL {
        let label = question.label();
        let answer = Bytes::from(std::fs::read(folder.join(label)).unwrap_or_default());
        // The request is read like everybody's.
        let handler = async move |body: Bytes| {
            assert!(!body.is_empty());
            ([(CONTENT_TYPE, "application/json")], answer)
        };
        router = router.route(&format!("/{label}"), post(handler));
    }
    router
}

/// One statement a question; three and a commit for an order.
pub async fn floor(url: &str) -> Router {
    let state = Arc::new(Floor::open(url).await);
    Router::new()
        .route("/Q1", post(product))
        .route("/Q1T", post(product))
        .route("/Q2", post(search))
        .route("/Q3", post(supplier))
        .route("/Q4", post(place_order))
        .with_state(state)
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

struct Floor {
    pool: Pool,
    clock: Clock,
    texts: HashMap<&'static str, &'static str>,
    /// SQLite has one writer.
    writer: Mutex<()>,
    orders: AtomicU64,
    /// Tells the orders of this run from those of others.
    run: u32,
}

/// A value to bind.
enum Bound {
    Text(String),
    Int(i64),
}

macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Bound::Text(text) => query.bind(text),
                Bound::Int(number) => query.bind(number),
            };
        }
        query
    }};
}

impl Floor {
    async fn open(url: &str) -> Self {
        let pool = if url.starts_with("sqlite") {
            // As the product opens it.
            let options = SqliteConnectOptions::from_str(url)
                .unwrap()
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("cache_size", "-65536")
                .pragma("mmap_size", "268435456")
                .pragma("temp_store", "MEMORY");
            let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false);
            Pool::Sqlite(pool.connect_with(options).await.unwrap())
        } else {
            let pool = PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false);
            Pool::Postgres(pool.connect(url).await.unwrap())
        };
        let postgres = matches!(pool, Pool::Postgres(_));
        let texts =
            [("Q1", product_sql()), ("Q2", search_sql()), ("Q3", supplier_sql()), ("Q4", prices_sql())]
                .into_iter()
                .chain(ORDER_SQL.map(|(name, text)| (name, text.to_owned())))
                .map(|(name, text)| (name, &*dialect(&text, postgres).leak()))
                .collect();
        let run = u32::from_le_bytes(surety::ids::random_bytes());
        let (writer, orders) = (Mutex::new(()), AtomicU64::new(0));
        Self { pool, clock: Clock::system(), texts, writer, orders, run }
    }

    /// The one text that a statement answers.
    async fn ask(&self, name: &str, values: Vec<Bound>) -> String {
        let text = self.texts[name];
        match &self.pool {
            Pool::Sqlite(pool) => bound!(sqlx::query_scalar(text), values).fetch_one(pool).await.unwrap(),
            Pool::Postgres(pool) => bound!(sqlx::query_scalar(text), values).fetch_one(pool).await.unwrap(),
        }
    }

    /// All in one transaction, committed.
    async fn write(&self, statements: Vec<(&str, Vec<Bound>)>) {
        match &self.pool {
            Pool::Sqlite(pool) => {
                let _writer = self.writer.lock().await;
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
                for (name, values) in statements {
                    bound!(sqlx::query(self.texts[name]), values).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
            Pool::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                for (name, values) in statements {
                    bound!(sqlx::query(self.texts[name]), values).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
        }
    }

    fn now(&self) -> Bound {
        Bound::Int(self.clock.now().micros())
    }
}

/// Puts one database's words for the marked places.
fn dialect(text: &str, postgres: bool) -> String {
    let words = if postgres {
        [
            ("OBJECT(", "json_build_object("),
            ("LIST(", "json_agg("),
            ("NEST(", "coalesce("),
            (")TSEN", ", '[]'::json)"),
            ("RIGHT2(", "right("),
        ]
    } else {
        [
            ("OBJECT(", "json_object("),
            ("LIST(", "json_group_array("),
            ("NEST(", "json("),
            (")TSEN", ")"),
            ("RIGHT2(", "substr("),
        ]
    };
    let mut text = words.iter().fold(text.to_owned(), |text, (mark, word)| text.replace(mark, word));
    // The last two characters are `right(x, 2)` here and `substr(x, -2)` there.
    text = text.replace("TWO", if postgres { "2" } else { "-2" });
    if postgres { text } else { text.replace('$', "?") }
}

/// A decimal of two digits from hundredths.
fn decimal(hundredths: &str) -> String {
    format!("(({hundredths}) / 100) || '.' || RIGHT2('0' || (({hundredths}) % 100), TWO)")
}

fn rating(row: &str) -> String {
    let average = decimal(&format!("({row}.sum * 200 + {row}.count) / ({row}.count * 2)"));
    format!("OBJECT('average', {average}, 'count', {row}.count)")
}

const IN_FORCE: &str =
    "b.granted_at <= $1 AND b.revoked_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > $1)";
/// What hangs on a product.
const JOINS: &str = "JOIN supplier s ON s.id = p.supplier_id AND s.suspended_at IS NULL \
    JOIN company c ON c.id = s.company_id JOIN rating r ON r.subject_id = p.id";

fn badges() -> String {
    format!(
        "NEST((SELECT LIST(OBJECT('kind', b.kind, 'issuer', b.issuer) \
         ORDER BY b.granted_at DESC, b.id DESC) FROM badge_award b WHERE b.supplier_id = s.id AND {IN_FORCE}))TSEN"
    )
}

fn product_object() -> String {
    format!(
        "OBJECT('id', p.id, 'title', p.title, 'unit', p.unit, 'minimumOrderQuantity', p.minimum_order_quantity, \
         'rating', {}, 'priceLadder', OBJECT('currencyCode', p.currency, 'breaks', \
         NEST((SELECT LIST(OBJECT('minimumQuantity', x.min_quantity, 'unitPrice', OBJECT('amount', {})) \
         ORDER BY x.min_quantity) FROM product_price x WHERE x.product_id = p.id))TSEN), \
         'supplier', OBJECT('id', s.id, 'name', c.name, 'country', c.country, 'badges', {}))",
        rating("r"),
        decimal("x.unit_price / 10000"),
        badges()
    )
}

fn product_sql() -> String {
    format!(
        "SELECT CAST(OBJECT('data', OBJECT('product', {})) AS TEXT) FROM product p {JOINS} \
         WHERE p.id = $2 AND p.status = 'PUBLISHED'",
        product_object()
    )
}

/// The product's own order: the rating, steadied by five scores of the middle, and the boost of Verified Pro.
fn search_sql() -> String {
    let rank = format!(
        "(r.sum + 10 - r.count) * 200 / ((r.count + 5) * 4) + CASE WHEN EXISTS (SELECT 1 FROM badge_award b \
         WHERE b.supplier_id = s.id AND b.kind = 'VERIFIED_PRO' AND {IN_FORCE}) THEN 150 ELSE 0 END"
    );
    format!(
        "SELECT CAST(OBJECT('data', OBJECT('products', OBJECT('nodes', NEST((SELECT LIST({} \
         ORDER BY f.rank DESC, p.id DESC) FROM (SELECT p.id AS id, {rank} AS rank FROM product p {JOINS} \
         WHERE c.country = $2 AND p.status = 'PUBLISHED' AND EXISTS (SELECT 1 FROM badge_award b \
         WHERE b.supplier_id = s.id AND b.kind IN ($3, $4) AND {IN_FORCE}) ORDER BY 2 DESC, 1 DESC LIMIT 20) f \
         JOIN product p ON p.id = f.id {JOINS}))TSEN))) AS TEXT)",
        product_object()
    )
}

fn supplier_sql() -> String {
    format!(
        "SELECT CAST(OBJECT('data', OBJECT('supplier', OBJECT('id', s.id, 'name', c.name, 'country', c.country, \
         'badges', {}, 'rating', {}, 'products', OBJECT('nodes', NEST((SELECT LIST(OBJECT('id', p.id, 'title', p.title, \
         'rating', {}, 'reviews', OBJECT('nodes', NEST((SELECT LIST(OBJECT('id', v.id, 'score', v.score, \
         'title', v.title, 'text', v.body) ORDER BY v.created_at DESC, v.id DESC) FROM (SELECT * FROM review v \
         WHERE v.product_id = p.id AND v.status = 'PUBLISHED' ORDER BY v.created_at DESC, v.id DESC LIMIT 3) v))TSEN)) \
         ORDER BY p.rank DESC, p.id DESC) FROM (SELECT p.id, p.title, r.sum, r.count, \
         (r.sum + 10 - r.count) * 200 / ((r.count + 5) * 4) AS rank FROM product p \
         JOIN rating r ON r.subject_id = p.id WHERE p.supplier_id = s.id AND p.status = 'PUBLISHED' \
         ORDER BY 5 DESC, 1 DESC LIMIT 10) p))TSEN)))) AS TEXT) \
         FROM supplier s JOIN company c ON c.id = s.company_id JOIN rating r ON r.subject_id = s.id \
         WHERE s.id = $2 AND s.suspended_at IS NULL",
        badges(),
        rating("r"),
        rating("p")
    )
}

/// Titles and the steps that hold, in the order of the lines.
fn prices_sql() -> String {
    let line = |place: usize| {
        format!(
            "OBJECT('title', (SELECT title FROM product WHERE id = ${place}), 'price', (SELECT unit_price \
             FROM product_price WHERE product_id = ${place} AND min_quantity <= ${} \
             ORDER BY min_quantity DESC LIMIT 1))",
            place + 1
        )
    };
    format!("SELECT CAST(OBJECT('a', {}, 'b', {}, 'c', {}) AS TEXT)", line(1), line(3), line(5))
}

const ORDER_SQL: [(&str, &str); 3] = [
    (
        "order",
        "INSERT INTO bench_order (id, number, buyer, status, total_minor) VALUES ($1, $2, 'buyer', $3, $4)",
    ),
    (
        "lines",
        "INSERT INTO bench_order_line (order_id, seq, product_id, quantity, unit_price, total_minor) VALUES \
         ($1, 1, $2, $3, $4, $5), ($1, 2, $6, $7, $8, $9), ($1, 3, $10, $11, $12, $13)",
    ),
    ("event", "INSERT INTO bench_event (id, order_id, body) VALUES ($1, $2, $3)"),
];

#[derive(Deserialize)]
struct Asked<V> {
    variables: V,
}

#[derive(Deserialize)]
struct ById {
    id: String,
}

#[derive(Deserialize)]
struct ByFilter {
    filter: Filter,
}

#[derive(Deserialize)]
struct Filter {
    countries: [String; 1],
    badges: [String; 1],
}

#[derive(Deserialize)]
struct Order {
    input: OrderInput,
}

#[derive(Deserialize)]
struct OrderInput {
    lines: [OrderLine; 3],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderLine {
    product_id: String,
    quantity: i64,
}

fn read<'de, V: Deserialize<'de>>(body: &'de Bytes) -> V {
    serde_json::from_slice::<Asked<V>>(body).unwrap().variables
}

fn answer(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

async fn product(State(floor): State<Arc<Floor>>, body: Bytes) -> Response {
    let ById { id } = read(&body);
    answer(floor.ask("Q1", vec![floor.now(), Bound::Text(id)]).await)
}

async fn search(State(floor): State<Arc<Floor>>, body: Bytes) -> Response {
    let ByFilter { filter: Filter { countries: [country], badges: [badge] } } = read(&body);
    let also = if badge == "VERIFIED" { "VERIFIED_PRO".to_owned() } else { badge.clone() };
    let values = vec![floor.now(), Bound::Text(country), Bound::Text(badge), Bound::Text(also)];
    answer(floor.ask("Q2", values).await)
}

async fn supplier(State(floor): State<Arc<Floor>>, body: Bytes) -> Response {
    let ById { id } = read(&body);
    answer(floor.ask("Q3", vec![floor.now(), Bound::Text(id)]).await)
}

async fn place_order(State(floor): State<Arc<Floor>>, body: Bytes) -> Response {
    let Order { input } = read(&body);
    let wanted = input.lines.iter();
    let asked = wanted.flat_map(|line| [Bound::Text(line.product_id.clone()), Bound::Int(line.quantity)]);
    let found: Value = serde_json::from_str(&floor.ask("Q4", asked.collect()).await).unwrap();
    let number = format!("{:08x}-{:08}", floor.run, floor.orders.fetch_add(1, Ordering::Relaxed));
    let id = format!("order_{number}");
    let (mut total, mut shown, mut values) = (0, Vec::new(), vec![Bound::Text(id.clone())]);
    for (line, key) in input.lines.into_iter().zip(["a", "b", "c"]) {
        let price = found[key]["price"].as_i64().unwrap();
        let minor = (price * line.quantity + 5_000) / 10_000;
        total += minor;
        shown.push(json!({
            "id": format!("line_{number}_{key}"), "title": found[key]["title"], "quantity": line.quantity,
            "unitPrice": cents(price / 10_000), "total": { "amount": cents(minor) },
        }));
        values.push(Bound::Text(line.product_id));
        values.extend([line.quantity, price, minor].map(Bound::Int));
    }
    let order = json!({
        "id": id, "number": number, "status": "PENDING_SUPPLIER", "version": 1,
        "total": { "amount": cents(total) }, "lines": shown,
    });
    let head = vec![
        Bound::Text(id.clone()),
        Bound::Text(number.clone()),
        Bound::Text("PENDING_SUPPLIER".to_owned()),
        Bound::Int(total),
    ];
    let event = vec![Bound::Text(format!("event_{number}")), Bound::Text(id), Bound::Text(order.to_string())];
    floor.write(vec![("order", head), ("lines", values), ("event", event)]).await;
    let payload = json!({ "replayed": false, "userErrors": [], "order": order });
    answer(json!({ "data": { "placeOrder": payload } }).to_string())
}

fn cents(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}
