//! What holds between the parts of a product, and between those who write it and its supplier at once.

use serde_json::{Value, json};
use surety::domain::product::{Product, ProductStatus};
use surety::domain::supplier::Suspension;
use surety::store::catalogue::{listing, suppliers};
use surety::store::{Reader, Tx};
use tokio::task::JoinHandle;

use super::products::{blamed, mug, mug_with};
use super::world::{World, on_both};

impl World {
    /// Goes on once a transaction waits for another one's lock, or the task ended without one.
    pub async fn somebody_waits<T>(&self, task: &JoinHandle<T>) {
        self.somebody_waits_unless(|| task.is_finished()).await;
    }

    /// Goes on once a transaction waits for another one's lock, or none will.
    pub async fn somebody_waits_unless(&self, ended: impl Fn() -> bool) {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while !ended() && self.number(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
    }
}

fn in_currency(code: &str, price: &str) -> Value {
    json!({ "currencyCode": code, "breaks": [{ "minimumQuantity": 100, "unitPrice": price }] })
}

fn sample(code: &str) -> Value {
    json!({ "price": { "amount": "4.00", "currencyCode": code }, "maximumQuantity": 2, "leadDays": 3 })
}

/// Suspends a supplier or lifts that, and leaves the transaction open.
async fn suspends(w: &World, product: &Product, why: Option<&str>) -> Tx {
    let suspension = why.map(|reason| Suspension { at: w.now(), reason: reason.to_owned() });
    let tx = w.app.db.begin().await.unwrap();
    suppliers::suspend(&tx, product.supplier, suspension.as_ref()).await.unwrap();
    listing::refresh_suppliers(&tx, &[product.supplier], w.now()).await.unwrap();
    tx
}

/// Publishes a product, and leaves the transaction open.
async fn publishes(w: &World, product: &Product) -> Tx {
    let tx = w.app.db.begin().await.unwrap();
    suppliers::begin_writing(&tx, product.supplier).await.unwrap();
    let text = "UPDATE product SET status = 'PUBLISHED', version = version + 1 WHERE id = ?";
    sea_orm::ConnectionTrait::execute_raw(tx.connection(), tx.sql(text, [product.id.to_string()]))
        .await
        .unwrap();
    listing::refresh_products(&tx, &[product.id], w.now()).await.unwrap();
    tx
}

on_both! {
    async fn samples_are_priced_as_the_product_is(w) {
        let seller = w.shop("Acme").await;
        let fields = json!({ "sampleOffer": sample("USD") });
        let product = seller.offers(mug_with(&fields)).await;
        let before = w.contents().await;
        let answer = seller.changes(&product, json!({ "priceLadder": in_currency("JPY", "450") })).await;
        assert_eq!(blamed(&answer), [("CURRENCY_MISMATCH".to_owned(), "input.product.sampleOffer".to_owned())]);
        w.contents().await.same_as(&before);
        seller.changes(&product, json!({ "priceLadder": in_currency("USD", "3") })).await.good();
        seller.changes(&product, json!({ "priceLadder": in_currency("EUR", "3"), "sampleOffer": sample("EUR") })).await.good();
        seller.changes(&product, json!({ "priceLadder": in_currency("JPY", "450"), "sampleOffer": null })).await.good();
        seller.changes(&product, json!({ "priceLadder": in_currency("KWD", "1") })).await.good();
    }

    async fn a_sample_is_held_against_the_currency_that_is_said(w) {
        let seller = w.shop("Acme").await;
        let wrong = mug_with(&json!({ "priceLadder": in_currency("EUR", "0"), "sampleOffer": sample("EUR") }));
        let answer = seller.on_product("createProduct", json!({ "product": wrong })).await;
        assert_eq!(blamed(&answer), [("INVALID_INPUT".to_owned(), "input.product.priceLadder.breaks.0.unitPrice".to_owned())]);
        let mut none = mug_with(&json!({ "sampleOffer": sample("EUR") }));
        none.as_object_mut().unwrap().remove("priceLadder");
        let answer = seller.on_product("createProduct", json!({ "product": none })).await;
        assert_eq!(blamed(&answer), [("INVALID_INPUT".to_owned(), "input.product.priceLadder".to_owned())]);
    }

    async fn what_is_published_while_its_supplier_returns_is_listed(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let seller = w.shop("Acme").await;
        let listed = async |product: &Product| {
            let query = "query($id: ID!) { product(id: $id) { status } }";
            w.execute(&w.anonymous(), query, json!({ "id": product.id })).await.good()["product"].clone()
        };
        let draft = || Product { status: ProductStatus::Draft, minimum_order_quantity: 1, ..w.product(seller.actor.supplier.unwrap(), "Mug") };
        let (first, second) = (draft(), draft());
        w.stock(&[first.clone(), second.clone()]).await;
        suspends(&w, &first, Some("fraud")).await.commit().await.unwrap();
        // The product first: who reinstates waits, and sees it.
        let tx = publishes(&w, &first).await;
        let other = { let (w, first) = (w.clone(), first.clone()); tokio::spawn(async move { suspends(&w, &first, None).await.commit().await.unwrap() }) };
        w.somebody_waits(&other).await;
        tx.commit().await.unwrap();
        other.await.unwrap();
        assert_eq!(listed(&first).await, json!({ "status": "PUBLISHED" }));
        // The supplier first: who publishes waits, and sees its listing.
        suspends(&w, &first, Some("fraud")).await.commit().await.unwrap();
        let tx = suspends(&w, &first, None).await;
        let other = { let (seller, id) = (seller.clone(), second.id); tokio::spawn(async move { seller.on_product("publishProduct", json!({ "productId": id })).await.good() }) };
        w.somebody_waits(&other).await;
        tx.commit().await.unwrap();
        other.await.unwrap();
        assert_eq!(listed(&second).await, json!({ "status": "PUBLISHED" }));
    }

    async fn a_supplier_is_locked_before_its_products(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let seller = w.shop("Acme").await;
        let product = seller.offers(mug()).await;
        let id = product["id"].as_str().unwrap().parse().unwrap();
        // Staff that holds the supplier comes to the product while its seller is at it.
        let tx = w.app.db.begin().await.unwrap();
        suppliers::lock(&tx, seller.actor.supplier.unwrap()).await.unwrap().unwrap();
        let other = { let (seller, product) = (seller.clone(), product.clone()); tokio::spawn(async move { seller.changes(&product, json!({ "title": "Cup" })).await.good() }) };
        w.somebody_waits(&other).await;
        listing::refresh_products(&tx, &[id], w.now()).await.unwrap();
        listing::refresh_suppliers(&tx, &[seller.actor.supplier.unwrap()], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(other.await.unwrap()["updateProduct"]["product"]["title"], "Cup");
        assert_eq!(w.number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").await, 0);
    }
}
