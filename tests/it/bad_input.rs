//! Bad input to orders: each is refused with a code that says what to mend, and nothing is changed by it.

use serde_json::{Value, json};
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::ids::ProductId;
use surety::domain::product::ProductStatus;
use surety::domain::time::Span;
use surety::service::events;
use surety::store::catalogue::{badges, listing};

use super::contents::Contents;
use super::shelf::{dollars, priced};
use super::trade::Trade;
use super::world::{Party, World, on_both};

/// A change of a good input that makes it bad.
type Spoil = Box<dyn Fn(&mut Value)>;

/// An attempt: its name, what it spoils, the code that it is refused with.
type Attempt = (&'static str, Spoil, &'static str);

fn set(path: &'static str, value: Value) -> Spoil {
    Box::new(move |input| *input.pointer_mut(path).unwrap() = value.clone())
}

fn add(field: &'static str, value: Value) -> Spoil {
    Box::new(move |input| input[field] = value.clone())
}

impl World {
    /// The database once everything that runs by itself has come to rest.
    pub async fn at_rest(&self) -> Contents {
        events::sequence(&self.app).await.unwrap();
        self.contents().await
    }

    /// A product of another sort than the trade's.
    pub async fn ware(
        &self,
        seller: &Party,
        change: impl FnOnce(&mut surety::domain::product::Product),
    ) -> ProductId {
        let mut product = self.product(seller.actor.supplier.unwrap(), "Another thing");
        change(&mut product);
        self.stock(std::slice::from_ref(&product)).await;
        product.id
    }
}

/// Sends each spoiled input for real and with `validateOnly`; both are refused alike and change nothing.
async fn refuse_all(trade: &Trade, what: &str, attempts: Vec<Attempt>, good: impl Fn() -> Value) {
    let before = trade.world.at_rest().await;
    let count = attempts.len();
    for (name, spoil, code) in attempts {
        let mut input = good();
        spoil(&mut input);
        let real = trade.places(input.clone()).await;
        assert!(real.codes().iter().any(|found| found == code), "{name}: not {code}: {:#}", real.0);
        input["validateOnly"] = json!(true);
        let check = trade.places(input).await;
        assert_eq!(check.codes(), real.codes(), "{name}: validateOnly tells something else");
        trade.world.contents().await.same_as(&before);
    }
    println!("{what}: {count} inputs, each twice, refused without a change");
}

#[expect(clippy::too_many_lines, reason = "one row for each attempt")]
async fn place_attempts(w: &World, trade: &Trade) -> Vec<Attempt> {
    let other = w.protected_supplier("Delta Forge").await;
    let unprotected = w.seller("Roadside Goods").await;
    let tx = w.app.db.begin().await.unwrap();
    listing::refresh_suppliers(&tx, &[unprotected.actor.supplier.unwrap()], w.now()).await.unwrap();
    tx.commit().await.unwrap();
    let foreign = w.ware(&other, |_| {}).await;
    let unsafe_one = w.ware(&unprotected, |_| {}).await;
    let yen = w.ware(&trade.supplier, |product| product.ladder = priced("JPY", &[(1, "250")])).await;
    let dear = w.ware(&trade.supplier, |product| product.ladder = dollars(&[(1, "9000000000000.00")])).await;
    let hidden = w.ware(&trade.supplier, |product| product.status = ProductStatus::Withdrawn).await;
    let plain = w.ware(&trade.supplier, |_| {}).await;
    let line = |product: ProductId, quantity: i64| json!({ "productId": product, "quantity": quantity });
    let own = trade.product;
    let money = |amount: &str, currency: &str| json!({ "amount": amount, "currencyCode": currency });
    let reference = trade.supplier.company.as_ref().unwrap().id.to_string();
    vec![
        ("zero", set("/lines/0/quantity", json!(0)), "BELOW_MINIMUM_ORDER_QUANTITY"),
        ("negative", set("/lines/0/quantity", json!(-5)), "BELOW_MINIMUM_ORDER_QUANTITY"),
        ("least integer", set("/lines/0/quantity", json!(i32::MIN)), "BELOW_MINIMUM_ORDER_QUANTITY"),
        ("below the minimum", set("/lines/0/quantity", json!(5)), "BELOW_MINIMUM_ORDER_QUANTITY"),
        ("wrong increment", set("/lines/0/quantity", json!(12)), "WRONG_ORDER_INCREMENT"),
        ("overflow", set("/lines", json!([line(dear, i64::from(i32::MAX))])), "AMOUNT_OUT_OF_RANGE"),
        (
            "overflow of a sum",
            set("/lines", json!([line(dear, 10_000), line(dear, 10_000)])),
            "AMOUNT_OUT_OF_RANGE",
        ),
        ("no line", set("/lines", json!([])), "INVALID_INPUT"),
        (
            "unknown product",
            set("/lines/0/productId", json!("product_01kb9m6jvne0s8t9v2c3d4e5f6")),
            "NOT_FOUND",
        ),
        ("garbage for an id", set("/lines/0/productId", json!("'; DROP TABLE orders; --")), "NOT_FOUND"),
        ("an empty id", set("/lines/0/productId", json!("")), "NOT_FOUND"),
        ("an id of another type", set("/lines/0/productId", json!(reference)), "NOT_FOUND"),
        ("withdrawn product", set("/lines", json!([line(hidden, 10)])), "NOT_FOUND"),
        ("two suppliers", set("/lines", json!([line(own, 10), line(foreign, 10)])), "INVALID_INPUT"),
        ("two currencies", set("/lines", json!([line(own, 10), line(yen, 10)])), "CURRENCY_MISMATCH"),
        ("not enrolled", set("/lines", json!([line(unsafe_one, 10)])), "SUPPLIER_NOT_ENROLLED"),
        (
            "another price",
            Box::new(|input| input["lines"][0]["expectedUnitPrice"] = json!("2.49")),
            "AMOUNT_MISMATCH",
        ),
        (
            "a finer price",
            Box::new(|input| input["lines"][0]["expectedUnitPrice"] = json!("2.500001")),
            "AMOUNT_MISMATCH",
        ),
        (
            "too fine a price",
            Box::new(|input| input["lines"][0]["expectedUnitPrice"] = json!("2.5000001")),
            "AMOUNT_OUT_OF_RANGE",
        ),
        ("wrong currency", add("currencyCode", json!("EUR")), "CURRENCY_MISMATCH"),
        ("freight in another currency", add("freight", money("10.00", "EUR")), "CURRENCY_MISMATCH"),
        ("negative freight", add("freight", money("-0.01", "USD")), "INVALID_INPUT"),
        ("freight too fine", add("freight", money("0.001", "USD")), "AMOUNT_OUT_OF_RANGE"),
        ("freight too large", add("freight", money("92233720368547758.07", "USD")), "AMOUNT_OUT_OF_RANGE"),
        ("no deposit", add("depositPercent", json!(0)), "INVALID_INPUT"),
        ("all as deposit", add("depositPercent", json!(100)), "INVALID_INPUT"),
        ("negative deposit", add("depositPercent", json!(-1)), "INVALID_INPUT"),
        ("an empty reference", add("externalReference", json!("")), "INVALID_INPUT"),
        ("a long reference", add("externalReference", json!("x".repeat(101))), "INVALID_INPUT"),
        ("a zero byte in a reference", add("externalReference", json!("a\u{0}b")), "INVALID_INPUT"),
        (
            "a long specification",
            Box::new(|input| input["lines"][0]["specification"] = json!("x".repeat(5_001))),
            "INVALID_INPUT",
        ),
        (
            "a zero byte in a specification",
            Box::new(|input| input["lines"][0]["specification"] = json!("\u{0}")),
            "INVALID_INPUT",
        ),
        ("an empty key", add("idempotencyKey", json!("")), "INVALID_INPUT"),
        ("a long key", add("idempotencyKey", json!("k".repeat(256))), "INVALID_INPUT"),
        ("a zero byte in a key", add("idempotencyKey", json!("a\u{0}")), "INVALID_INPUT"),
        (
            "a sample with deposit",
            Box::new(|input| {
                input["kind"] = json!("SAMPLE");
                input["lines"][0]["quantity"] = json!(1);
                input["depositPercent"] = json!(50);
            }),
            "INVALID_INPUT",
        ),
        (
            "too many samples",
            Box::new(|input| {
                input["kind"] = json!("SAMPLE");
                input["lines"][0]["quantity"] = json!(4);
            }),
            "ABOVE_MAXIMUM_QUANTITY",
        ),
        (
            "no sample",
            Box::new(|input| {
                input["kind"] = json!("SAMPLE");
                input["lines"][0]["quantity"] = json!(0);
            }),
            "BELOW_MINIMUM_ORDER_QUANTITY",
        ),
        (
            "guaranteed with freight",
            Box::new(move |input| {
                input["kind"] = json!("GUARANTEED");
                input["freight"] = json!({ "amount": "1.00", "currencyCode": "USD" });
            }),
            "INVALID_INPUT",
        ),
        (
            "not guaranteed",
            Box::new(move |input| {
                input["kind"] = json!("GUARANTEED");
                input["lines"] = json!([{ "productId": plain, "quantity": 10 }]);
            }),
            "NOT_ORDERABLE",
        ),
    ]
}

on_both! {
    async fn orders_that_cannot_be_placed(w) {
        let trade = w.trade_with(|product| product.order_increment = 5).await;
        let attempts = place_attempts(&w, &trade).await;
        refuse_all(&trade, "placeOrder", attempts, || trade.wish(10)).await;
    }

    async fn a_reference_names_one_order_of_a_buyer(w) {
        let trade = w.trade().await;
        let wish = |reference: &str| {
            let mut wish = trade.wish(10);
            wish["externalReference"] = json!(reference);
            wish
        };
        trade.places(wish("PO-1")).await.good();
        let taken: Vec<Attempt> =
            vec![("a reference in use", add("externalReference", json!("PO-1")), "REFERENCE_IN_USE")];
        refuse_all(&trade, "externalReference", taken, || trade.wish(10)).await;
        trade.places(wish("PO-2")).await.good();
        // Another buyer's references are its own.
        let other = w.buyer("Southgate").await;
        let mut mine = wish("PO-1");
        mine["idempotencyKey"] = json!("mine");
        other.commands("placeOrder", mine, "userErrors { code }").await.good();
    }

    async fn nobody_orders_from_itself_nor_more_than_a_hundred_lines(w) {
        let trade = w.trade().await;
        let company = trade.supplier.company.clone().unwrap();
        let both = w.app_of(&company, surety::domain::actor::Role::Buyer).await;
        let before = w.at_rest().await;
        both.commands("placeOrder", trade.wish(10), "userErrors { code }").await.refused("INVALID_INPUT");
        let mut wish = trade.wish(10);
        let line = wish["lines"][0].clone();
        wish["lines"] = json!(vec![line.clone(); 101]);
        let query = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { userErrors { code } } }";
        let variables = json!({ "input": wish });
        trade.buyer.sends(query, variables.clone()).await.refused("INVALID_INPUT");
        assert!(!trade.buyer.asks(query, variables).await.codes().is_empty());
        // What GraphQL itself refuses never reaches a command.
        for (field, value) in [("quantity", json!(2_147_483_648_i64)), ("quantity", json!(1.5)), ("quantity", json!("10"))] {
            let mut wish = trade.wish(10);
            wish["lines"][0][field] = value;
            let answer = trade.buyer.sends(query, json!({ "input": wish })).await;
            assert_eq!(answer.codes(), ["BAD_REQUEST"], "{:#}", answer.0);
        }
        w.contents().await.same_as(&before);
        let mut wish = trade.wish(10);
        wish["lines"] = json!(vec![line; 100]);
        trade.places(wish).await.good();
    }

    async fn a_supplier_whose_enrolment_ended_is_not_ordered_from(w) {
        let trade = w.trade().await;
        let seller = w.seller("Brief Goods").await;
        let id = seller.actor.supplier.unwrap();
        let award = w.award(BadgeSubject::Supplier(id), BadgeKind::TradeAssurance, Some(Span::days(1)));
        let tx = w.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &[award]).await.unwrap();
        listing::refresh_suppliers(&tx, &[id], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let product = w.ware(&seller, |_| {}).await;
        let wish = |key: &str| json!({
            "idempotencyKey": key, "destinationCountry": "DE",
            "lines": [{ "productId": product, "quantity": 10 }],
        });
        trade.places(wish("in time")).await.good();
        w.passes(Span::days(1));
        w.passes(Span::seconds(1));
        trade.places(wish("too late")).await.refused("SUPPLIER_NOT_ENROLLED");
    }
}

impl World {
    /// Another app of a company, in another role.
    pub async fn app_of(
        &self,
        company: &surety::domain::party::Company,
        role: surety::domain::actor::Role,
    ) -> Party {
        let scopes = surety::domain::party::role_scopes(role);
        let app = surety::service::parties::create_app(&self.app, "another app", role, scopes, &[company.id])
            .await
            .unwrap();
        let actor = surety::domain::actor::Actor {
            app: Some(app.id),
            company: Some(company.id),
            member: None,
            supplier: None,
            role: Some(role),
            scopes,
        };
        Party { world: self.clone(), app, company: Some(company.clone()), actor: std::sync::Arc::new(actor) }
    }
}
