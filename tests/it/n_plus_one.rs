//! How many statements a page costs: a constant, whatever its size, and one for the pages that are read most.

use serde_json::{Value, json};
use surety::domain::audit::CertificateKind;
use surety::domain::badge::BadgeKind;
use surety::domain::product::Product;
use surety::domain::review::ReviewSubject;

use super::postgres::say;
use super::world::{World, on_both};

/// Four suppliers with six products each, everything reviewed and certified.
async fn stocked(w: &World) -> Vec<Product> {
    let kitchen = w.category(None, "Kitchen").await;
    let cups = w.category(Some(&kitchen), "Cups").await;
    let mut all = Vec::new();
    for name in ["Acme", "Brico", "Cargo", "Delta"] {
        let supplier =
            w.listed_supplier(name, "DE", None, &[BadgeKind::Verified, BadgeKind::TradeAssurance]).await;
        let wares: Vec<Product> = (0..6)
            .map(|number| Product {
                category: Some(cups.id),
                ..w.product(supplier, &format!("Cup {number}"))
            })
            .collect();
        w.stock(&wares).await;
        w.audit(supplier).await;
        let covered: Vec<_> = wares.iter().map(|product| product.id).collect();
        w.certificate(supplier, CertificateKind::Product, "CE", &covered).await;
        for product in &wares {
            w.reviewed(supplier, ReviewSubject::Product(product.id), &[5, 4, 3, 2]).await;
        }
        w.reviewed(supplier, ReviewSubject::Store, &[5, 1]).await;
        all.extend(wares);
    }
    all
}

/// Tables that only the jobs read which run beside the queries in every world.
const OF_JOBS: [&str; 5] = ["deadline", "log_head", "event_", "sandbox_clock", "provider_"];

/// Runs a query and says how many statements it took.
async fn cost(w: &World, what: &str, query: &str, variables: Value) -> (usize, Value) {
    w.forget_statements();
    let data = w.execute(&w.anonymous(), query, variables).await.good();
    let mut statements = w.statements();
    statements.retain(|text| !OF_JOBS.iter().any(|table| text.contains(table)));
    say(&format!("statements ({:?}): {what}: {}", w.app.db, statements.len()));
    (statements.len(), data)
}

on_both! {
    async fn a_product_with_supplier_and_badges_is_one_statement(w) {
        let wares = stocked(&w).await;
        let query = "query($id: ID!) { product(id: $id) {
            title unitPrice(quantity: 100) { amount } priceLadder { breaks { minimumQuantity unitPrice { amount } } }
            rating { average count } supplier { name country badges { kind issuer expiresAt } } } }";
        let (statements, data) = cost(&w, "product, ladder, supplier, badges", query, json!({ "id": wares[0].id.to_string() })).await;
        assert_eq!(statements, 1);
        assert_eq!(data["product"]["supplier"]["badges"].as_array().unwrap().len(), 2);
        assert_eq!(data["product"]["rating"], json!({ "average": "3.50", "count": 4 }));
        assert_eq!(data["product"]["unitPrice"]["amount"], "2.00");
    }

    async fn a_search_page_is_one_statement(w) {
        stocked(&w).await;
        let page = "nodes { title priceLadder { breaks { unitPrice { amount } } } rating { average count }
            supplier { name badges { kind } } }";
        for (extra, expected) in [("", 1), ("totalCount", 2), ("totalCount facets { kind }", 3)] {
            for first in [5, 20] {
                let query = format!("query($first: Int) {{ products(query: \"cup\", first: $first) {{ {extra} {page} }} }}");
                let (statements, data) = cost(&w, &format!("search page of {first} {extra}"), &query, json!({ "first": first })).await;
                assert_eq!(statements, expected, "{extra}");
                assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), first);
            }
        }
    }

    async fn a_supplier_page_is_one_statement(w) {
        let wares = stocked(&w).await;
        let query = "query($id: ID!) { supplier(id: $id) { name badges { kind } rating { average distribution { score count } }
            products(first: 10) { nodes { title priceLadder { currencyCode } reviews(first: 3) {
                totalCount nodes { score title } pageInfo { hasNextPage } } } } } }";
        let (statements, data) = cost(&w, "supplier, 10 products, 3 reviews each", query, json!({ "id": wares[0].supplier.to_string() })).await;
        assert_eq!(statements, 1);
        let products = data["supplier"]["products"]["nodes"].as_array().unwrap();
        assert_eq!(products.len(), 6);
        for product in products {
            assert_eq!(product["reviews"], json!({ "totalCount": 4, "pageInfo": { "hasNextPage": true }, "nodes": [
                { "score": 2, "title": "2 stars" }, { "score": 3, "title": "3 stars" }, { "score": 4, "title": "4 stars" } ] }));
        }
    }

    async fn the_slow_way_gives_the_same_answer(w) {
        let wares = stocked(&w).await;
        let page = "nodes { id reviews(first: 3) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage } } }";
        let quick = format!("query($id: ID!) {{ supplier(id: $id) {{ products(first: 4) {{ {page} pageInfo {{ endCursor hasNextPage }} }} }} }}");
        let slow = format!("query($id: ID!) {{ supplier(id: $id) {{ other: products(first: 1) {{ nodes {{ id }} }}
            products(first: 4) {{ {page} pageInfo {{ endCursor hasNextPage }} }} }} }}");
        let id = json!({ "id": wares[0].supplier.to_string() });
        let (_, quick) = cost(&w, "supplier page by one statement", &quick, id.clone()).await;
        let (statements, slow) = cost(&w, "supplier page by loaders", &slow, id).await;
        assert_eq!(quick["supplier"]["products"], slow["supplier"]["products"]);
        assert_eq!(statements, 4, "card, two pages of products, one of reviews");
    }

    async fn everything_below_a_page_is_a_constant_number_of_statements(w) {
        stocked(&w).await;
        let query = "query($first: Int) { products(first: $first) { nodes {
            description certifications { standard } category { name parent { name children { totalCount nodes { name } } } }
            reviews(last: 2) { totalCount nodes { score product { id } supplier { name } } }
            supplier { description audits { institution media { kind url } } certificates { number } licences { number } media { url }
                reviews(first: 1) { nodes { score } } products(last: 2) { totalCount nodes { title } } metrics { ordersPlaced } }
        } } }";
        let (few, _) = cost(&w, "everything below 3 products", query, json!({ "first": 3 })).await;
        let (many, _) = cost(&w, "everything below 20 products", query, json!({ "first": 20 })).await;
        // A lookup that is reached by two ways is one batch or two, as its parents happen to arrive; a statement for each
        // row would be hundreds.
        assert!(few <= 26 && many <= 26, "{few} for 3 products, {many} for 20");
    }

    async fn what_ended_below_a_page_is_one_statement_a_kind(w) {
        stocked(&w).await;
        let query = "query($first: Int) { products(first: $first) { nodes {
            badges(includeLapsed: true) { kind revokedReason } certifications(includeWithdrawn: true) { number withdrawnReason }
            supplier { badges(includeLapsed: true) { kind revokedReason } audits(includeWithdrawn: true) { withdrawnReason } }
        } } }";
        for first in [3, 20] {
            let what = format!("what ended below {first} products");
            let (statements, data) = cost(&w, &what, query, json!({ "first": first })).await;
            // The page, the awards of its products, their certificates, the awards of their suppliers, their audits.
            assert_eq!(statements, 5, "{first} products");
            assert_eq!(data["products"]["nodes"][0]["supplier"]["badges"].as_array().unwrap().len(), 2);
        }
    }

    async fn nodes_are_one_statement_a_type(w) {
        let wares = stocked(&w).await;
        let mut ids: Vec<String> = wares.iter().map(|product| product.id.to_string()).collect();
        ids.extend(wares.iter().map(|product| product.supplier.to_string()));
        ids.push(wares[0].category.unwrap().to_string());
        ids.extend(["nonsense", "order_01h2xcejqtf2nbrexx3vqjhp41", "product_x"].map(str::to_owned));
        ids.push(ids[0].replace("product_", "supplier_"));
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let (statements, data) = cost(&w, "53 nodes of three types", query, json!({ "ids": ids })).await;
        assert_eq!(statements, 3);
        let found: Vec<_> = data["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str()).collect();
        let expected: Vec<_> = ids.iter().map(|id| Some(id.as_str())).collect();
        assert_eq!(found[..49], expected[..49]);
        assert_eq!(found[49..], [None, None, None, None]);
        let many: Vec<String> = (0..101).map(|_| ids[0].clone()).collect();
        w.execute(&w.anonymous(), query, json!({ "ids": many })).await.refused("INVALID_INPUT");
    }

    async fn everything_below_orders_is_a_constant_number_of_statements(w) {
        let trade = w.trade().await;
        for _ in 0..8 {
            trade.paid(100).await;
        }
        let query = "query($first: Int) { orders(first: $first) { nodes { number buyer { name } supplier { name } lines { product { title } }
            contract { hash } escrow { held { amount } entries { code } } suspenseItems { id } deadlines { kind } timeline { type }
            disputes { evidence { id } } thread { messages(first: 1) { nodes { body } } } } } }";
        let mut costs = Vec::new();
        for first in [2, 8] {
            w.forget_statements();
            let data = trade.buyer.asks(query, json!({ "first": first })).await.good();
            let nodes = data["orders"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), first);
            assert!(nodes.iter().all(|node| node["timeline"].as_array().unwrap().len() == nodes[0]["timeline"].as_array().unwrap().len()));
            assert_eq!(nodes[0]["escrow"]["entries"], json!([{ "code": "DEPOSIT" }]));
            costs.push(w.statements().len());
        }
        say(&format!("statements ({:?}): everything below 2 and 8 orders: {costs:?}", w.app.db));
        assert_eq!(costs[0], costs[1]);
    }
}
