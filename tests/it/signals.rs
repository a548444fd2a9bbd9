//! Red flags: stored when a fact changes or time changes it, ended with their fact, never a reason to block.

use sea_orm::{ConnectionTrait, Value as SqlValue};
use serde_json::{Value, json};
use surety::domain::audit::{Certificate, CertificateKind, Licence};
use surety::domain::category::Category;
use surety::domain::ids::{ProductId, SupplierId};
use surety::domain::product::{Product, ProductStatus};
use surety::domain::review::ReviewSubject;
use surety::domain::time::Span;
use surety::service::risk;
use surety::store::Reader;
use surety::store::catalogue::{evidence, listing, products};

use super::shelf::dollars;
use super::world::{Answer, Party, World, on_both};

const SIGNALS: &str = "riskSignals { code severity observedAt explanation evidence { name value } }";

impl World {
    /// Looks at everything that is due, then reads the signals of an object.
    async fn signals(&self, id: &str) -> Vec<Value> {
        risk::sweep(&self.app).await.unwrap();
        let query = format!(
            "query($id: ID!) {{ node(id: $id) {{ ... on Supplier {{ {SIGNALS} }} ... on Product {{ {SIGNALS} }} }} }}"
        );
        let found = self.execute(&self.anonymous(), &query, json!({ "id": id })).await.good();
        found["node"]["riskSignals"].as_array().cloned().unwrap_or_default()
    }

    /// Their codes without that of a missing track record.
    async fn flags(&self, id: impl std::fmt::Display) -> Vec<String> {
        let signals = self.signals(&id.to_string()).await;
        let codes = signals.iter().map(|signal| signal["code"].as_str().unwrap().to_owned());
        codes.filter(|code| code != "NO_TRACK_RECORD").collect()
    }

    /// Bags of one category at these prices.
    async fn bags(&self, supplier: SupplierId, category: &Category, prices: &[&str]) -> Vec<Product> {
        let bags: Vec<Product> = prices
            .iter()
            .enumerate()
            .map(|(number, price)| Product {
                category: Some(category.id),
                ladder: dollars(&[(1, price)]),
                ..self.product(supplier, &format!("Bag {number}"))
            })
            .collect();
        self.stock(&bags).await;
        bags
    }

    /// Writes a product over its older version.
    async fn reprices(&self, product: &Product, price: &str, status: ProductStatus) -> Product {
        let changed = Product {
            version: product.version + 1,
            ladder: dollars(&[(1, price)]),
            status,
            ..product.clone()
        };
        let tx = self.app.db.begin().await.unwrap();
        assert!(products::replace_product(&tx, &changed).await.unwrap());
        listing::refresh_products(&tx, &[changed.id], self.now()).await.unwrap();
        tx.commit().await.unwrap();
        changed
    }
}

impl Party {
    async fn sets_rule(&self, key: &str, more: Value) -> Answer {
        let mut input = json!({ "idempotencyKey": key });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let query = "mutation($input: SetRiskRuleInput!) { setRiskRule(input: $input) { replayed \
                     riskRule { code enabled threshold windowDays minimum version } userErrors { code field message } } }";
        self.asks(query, json!({ "input": input })).await
    }
}

on_both! {
    async fn prices_are_compared_with_their_category(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let bags = w.category(None, "Bags").await;
        let wares = w.bags(supplier, &bags, &["10", "11", "12", "13", "4"]).await;
        let cheap = &wares[4];
        let signals = w.signals(&cheap.id.to_string()).await;
        assert_eq!((&signals[0]["code"], &signals[0]["severity"]), (&json!("PRICE_FAR_BELOW_MEDIAN"), &json!("MEDIUM")));
        assert_eq!(signals[0]["evidence"], json!([
            { "name": "unitPrice", "value": "4.00" }, { "name": "medianUnitPrice", "value": "11.00" },
            { "name": "currency", "value": "USD" }, { "name": "productsCompared", "value": "5" }]));
        assert_eq!(signals[0]["observedAt"], w.now().to_string());
        assert!(signals[0]["explanation"].as_str().unwrap().contains("sample"));
        assert_eq!(w.flags(wares[0].id).await, Vec::<String>::new());
        // Worse at once; the signal is the same one.
        let since = w.now();
        w.passes(Span::seconds(600));
        let cheap = w.reprices(cheap, "2", ProductStatus::Published).await;
        let signals = w.signals(&cheap.id.to_string()).await;
        assert_eq!((&signals[0]["severity"], &signals[0]["observedAt"]), (&json!("HIGH"), &json!(since.to_string())));
        // It ends with its fact, and with the offer.
        let cheap = w.reprices(&cheap, "9", ProductStatus::Published).await;
        assert_eq!(w.flags(cheap.id).await, Vec::<String>::new());
        let cheap = w.reprices(&cheap, "1", ProductStatus::Published).await;
        assert_eq!(w.flags(cheap.id).await, ["PRICE_FAR_BELOW_MEDIAN"]);
        w.reprices(&cheap, "1", ProductStatus::Withdrawn).await;
        risk::sweep(&w.app).await.unwrap();
        assert_eq!(w.number("SELECT count(*) FROM risk_signal WHERE ended_at IS NULL AND product_id IS NOT NULL").await, 0);
        assert_eq!(w.number("SELECT count(*) FROM risk_signal WHERE ended_at IS NOT NULL AND product_id IS NOT NULL").await, 2);
    }

    async fn others_move_the_median_and_with_it_the_signal(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let bags = w.category(None, "Bags").await;
        let wares = w.bags(supplier, &bags, &["10", "10", "5", "5", "5"]).await;
        assert_eq!(w.flags(wares[2].id).await, Vec::<String>::new());
        w.bags(supplier, &bags, &["20", "20", "20", "20", "20", "20"]).await;
        // Counted at most once an hour.
        assert_eq!(w.flags(wares[2].id).await, Vec::<String>::new());
        w.passes(Span::hours(1));
        assert_eq!(w.flags(wares[2].id).await, ["PRICE_FAR_BELOW_MEDIAN"]);
        assert_eq!(w.flags(wares[0].id).await, Vec::<String>::new(), "10 is half of 20");
        // Another unit or currency is another price.
        let other = Product { unit: "carton".to_owned(), category: Some(bags.id), ladder: dollars(&[(1, "1")]), ..w.product(supplier, "Carton") };
        w.stock(std::slice::from_ref(&other)).await;
        w.passes(Span::hours(1));
        assert_eq!(w.flags(other.id).await, Vec::<String>::new());
    }

    async fn discounts_that_are_too_deep_signal(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let deep = Product { ladder: dollars(&[(1, "10"), (1_000, "2.50")]), ..w.product(supplier, "Bag") };
        w.stock(std::slice::from_ref(&deep)).await;
        assert_eq!(w.flags(deep.id).await, ["DISCOUNT_TOO_DEEP"]);
        w.reprices(&deep, "10", ProductStatus::Published).await;
        assert_eq!(w.flags(deep.id).await, Vec::<String>::new());
    }

    async fn papers_signal_by_the_clock_alone(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let bag = w.product(supplier, "Bag");
        w.stock(std::slice::from_ref(&bag)).await;
        let today = w.now().day();
        let day = |days: i64| surety::domain::time::Day::from_number(today.number() + days);
        let paper = |kind, standard: &str, until: i64| Certificate {
            id: w.app.ids.make(w.now()), supplier, kind, standard: standard.to_owned(), issuer: "TIC".to_owned(),
            number: standard.to_owned(), scope: String::new(), valid_from: day(-100), valid_until: day(until), sha256: None,
        };
        let (managed, made) = (paper(CertificateKind::Management, "ISO 9001", 40), paper(CertificateKind::Product, "CE", 20));
        let licence = Licence { id: w.app.ids.make(w.now()), supplier, issuer: "City".to_owned(), number: "7".to_owned(),
            scope: String::new(), valid_from: day(-100), valid_until: Some(day(50)), sha256: None };
        let tx = w.app.db.begin().await.unwrap();
        evidence::insert_certificates(&tx, &[managed, made.clone()], w.now()).await.unwrap();
        evidence::cover_products(&tx, &[(bag.id, made.id)]).await.unwrap();
        evidence::insert_licences(&tx, &[licence], w.now()).await.unwrap();
        listing::refresh_suppliers(&tx, &[supplier], w.now()).await.unwrap();
        listing::refresh_products(&tx, &[bag.id], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(w.flags(supplier).await, Vec::<String>::new());
        assert_eq!(w.flags(bag.id).await, ["CERTIFICATE_EXPIRING"], "what covers a product warns of it");
        // Nothing is written from here on: only time passes.
        for (days, of_supplier, of_product) in [
            (10, vec!["CERTIFICATE_EXPIRING"], vec!["CERTIFICATE_EXPIRING"]),
            (11, vec!["LICENCE_EXPIRING", "CERTIFICATE_EXPIRING"], vec!["CERTIFICATE_EXPIRED"]),
            (20, vec!["CERTIFICATE_EXPIRED", "LICENCE_EXPIRING"], vec!["CERTIFICATE_EXPIRED"]),
            (10, vec!["LICENCE_EXPIRED", "CERTIFICATE_EXPIRED"], vec!["CERTIFICATE_EXPIRED"]),
            (400, vec![], vec![]),
        ] {
            w.passes(Span::days(days));
            assert_eq!(w.flags(supplier).await, of_supplier, "{days}");
            assert_eq!(w.flags(bag.id).await, of_product, "{days}");
        }
    }

    async fn conduct_signals_and_blocks_nothing(w) {
        let trade = w.trade().await;
        let supplier = trade.supplier.actor.supplier.unwrap();
        let signals = w.signals(&supplier.to_string()).await;
        assert_eq!((&signals[0]["code"], &signals[0]["evidence"][0]["value"]), (&json!("NO_TRACK_RECORD"), &json!("0")));
        let order = trade.placed(100).await;
        let thread = trade.order(&order, "thread { id }").await["thread"]["id"].clone();
        trade.buyer.says("b", &thread, json!({ "body": "May we pay you directly by bank transfer?" })).await.good();
        assert_eq!(w.flags(supplier).await, Vec::<String>::new(), "what buyers say is not the supplier's doing");
        trade.supplier.says("s", &thread, json!({ "body": "Write to sales@mills.com" })).await.good();
        let signals = w.signals(&supplier.to_string()).await;
        assert_eq!((&signals[0]["code"], &signals[0]["severity"]), (&json!("OFF_PLATFORM_REQUEST"), &json!("MEDIUM")));
        trade.supplier.says("t", &thread, json!({ "body": "Pay us directly, please." })).await.good();
        let signals = w.signals(&supplier.to_string()).await;
        assert_eq!(signals[0]["severity"], "HIGH");
        let told = signals[0]["evidence"].to_string();
        assert!(!told.contains("mills.com") && told.contains("\"2\""), "what was said stays between those who talk: {told}");
        for _ in 0..3 {
            trade.received(100).await;
        }
        surety::service::metrics::add_up(&w.app).await.unwrap();
        let codes: Vec<_> = w.signals(&supplier.to_string()).await.iter().map(|signal| signal["code"].clone()).collect();
        assert_eq!(codes, [json!("OFF_PLATFORM_REQUEST")], "a track record ends the other one");
        w.passes(Span::days(91));
        assert_eq!(w.flags(supplier).await, Vec::<String>::new());
    }

    async fn late_suppliers_and_bursts_of_reviews_signal(w) {
        let trade = w.trade().await;
        let supplier = trade.supplier.actor.supplier.unwrap();
        let mut orders = Vec::new();
        for _ in 0..10 {
            orders.push(trade.paid(100).await);
        }
        w.time_passes(Span::days(25)).await;
        for order in &orders {
            trade.dispatches(order).await;
        }
        surety::service::metrics::add_up(&w.app).await.unwrap();
        assert_eq!(w.flags(supplier).await, ["POOR_ON_TIME_RATE"]);
        w.passes(Span::days(366));
        assert_eq!(w.flags(supplier).await, Vec::<String>::new(), "what is older than the window is forgotten");
        let product: ProductId = trade.product;
        w.reviewed(supplier, ReviewSubject::Product(product), &[5; 10]).await;
        assert_eq!(w.flags(product).await, ["REVIEW_BURST"]);
        w.passes(Span::days(7));
        assert_eq!(w.flags(product).await, Vec::<String>::new());
    }

    async fn operators_set_the_rules(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let bags = w.category(None, "Bags").await;
        let wares = w.bags(supplier, &bags, &["10", "10", "10", "10", "6"]).await;
        assert_eq!(w.flags(wares[4].id).await, Vec::<String>::new());
        let operator = w.operator().await;
        let rules = operator.asks("{ riskRules { code enabled meaning threshold windowDays minimum version } }", json!({})).await.good();
        assert_eq!(rules["riskRules"].as_array().unwrap().len(), 10);
        let (seller, before) = (w.seller("mill").await, w.contents().await);
        let code = "PRICE_FAR_BELOW_MEDIAN";
        seller.sets_rule("a", json!({ "code": code, "enabled": false })).await.refused("FORBIDDEN");
        operator.sets_rule("b", json!({ "code": code, "threshold": 100 })).await.refused("INVALID_INPUT");
        operator.sets_rule("c", json!({ "code": code, "windowDays": 7 })).await.refused("INVALID_INPUT");
        operator.sets_rule("d", json!({ "code": code, "expectedVersion": 1 })).await.refused("VERSION_CONFLICT");
        operator.sets_rule("e", json!({ "code": code, "threshold": 70, "validateOnly": true })).await.good();
        w.contents().await.same_as(&before);
        let set = operator.sets_rule("f", json!({ "code": code, "threshold": 70 })).await.good();
        assert_eq!(set["setRiskRule"]["riskRule"], json!({ "code": code, "enabled": true, "threshold": 70, "windowDays": null, "minimum": 5, "version": 1 }));
        assert_eq!(operator.sets_rule("f", json!({ "code": code, "threshold": 70 })).await.good()["setRiskRule"]["replayed"], true);
        assert_eq!(w.flags(wares[4].id).await, [code], "everything is looked at again");
        operator.sets_rule("g", json!({ "code": code, "enabled": false, "expectedVersion": 1 })).await.good();
        let query = format!("query($id: ID!) {{ product(id: $id) {{ {SIGNALS} }} }}");
        let found = w.execute(&w.anonymous(), &query, json!({ "id": wares[4].id.to_string() })).await.good();
        assert_eq!(found["product"]["riskSignals"], json!([]), "switched off, its signals end at once");
        assert_eq!(w.flags(wares[4].id).await, Vec::<String>::new());
    }

    async fn signals_below_a_page_are_a_constant_number_of_statements(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let bags = w.category(None, "Bags").await;
        w.bags(supplier, &bags, &["10"; 12]).await;
        risk::sweep(&w.app).await.unwrap();
        let query = format!("query($first: Int) {{ products(first: $first) {{ nodes {{ {SIGNALS} supplier {{ {SIGNALS} metrics {{ responses }} }} }} }} }}");
        let mut counts = Vec::new();
        for first in [2, 12] {
            w.forget_statements();
            w.execute(&w.anonymous(), &query, json!({ "first": first })).await.good();
            counts.push(w.statements().iter().filter(|text| text.contains("risk_signal") || text.contains("metric_entry")).count());
        }
        assert_eq!(counts, [3, 3], "one for the products, one for the suppliers, one for their metrics");
    }

    async fn one_that_cannot_be_looked_at_stops_nobody(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let deep = Product { ladder: dollars(&[(1, "10"), (1_000, "2.50")]), ..w.product(supplier, "Bag") };
        w.stock(std::slice::from_ref(&deep)).await;
        let text = "INSERT INTO risk_look (subject_id, due_at) VALUES ('nobody', 0)";
        w.app.db.connection().execute_raw(w.app.db.sql(text, [] as [SqlValue; 0])).await.unwrap();
        assert_eq!(w.flags(deep.id).await, ["DISCOUNT_TOO_DEEP"]);
        let aside = format!("SELECT count(*) FROM risk_look WHERE subject_id = 'nobody' AND due_at > {}", w.now().micros());
        assert_eq!(w.number(&aside).await, 1, "it is tried again later");
        w.passes(Span::hours(1));
        w.reprices(&deep, "10", ProductStatus::Published).await;
        assert_eq!(w.flags(deep.id).await, Vec::<String>::new(), "neither then does anybody wait for it");
    }
}
