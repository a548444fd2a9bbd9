//! Searching the catalogue: words, filters, orders, pages, facets. The same on both databases.

use serde_json::{Value, json};
use surety::domain::audit::CertificateKind;
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::ids::{CategoryId, ProductId, TypedId};
use surety::domain::ladder::LeadTimes;
use surety::domain::product::{
    AfterSalesLabel, AfterSalesService, Attribute, GuaranteedTerms, Product, ProductStatus, SampleOffer,
};
use surety::domain::review::ReviewSubject;
use surety::domain::supplier::{Specialisation, Suspension};
use surety::domain::time::Span;
use surety::store::catalogue::{badges, listing, products, suppliers};

use super::shelf::{dollars, priced};
use super::world::{Answer, World, on_both};

const SEARCH: &str = "query($query: String, $filter: ProductFilterInput, $sort: ProductSort! = RELEVANCE,
        $first: Int, $after: Cursor, $last: Int, $before: Cursor, $offset: Int) {
    products(query: $query, filter: $filter, sort: $sort, first: $first, after: $after, last: $last,
            before: $before, offset: $offset) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor ranking { score boosts { kind points explanation } } node { id title } }
    }
}";

async fn ask(w: &World, variables: Value) -> Answer {
    w.execute(&w.anonymous(), SEARCH, variables).await
}

/// The titles found, in order.
async fn titles(w: &World, variables: Value) -> Vec<String> {
    let data = ask(w, variables).await.good();
    let edges = data["products"]["edges"].as_array().unwrap();
    assert!(edges.len() as u64 <= data["products"]["totalCount"].as_u64().unwrap());
    edges.iter().map(|edge| edge["node"]["title"].as_str().unwrap().to_owned()).collect()
}

/// Three suppliers and five products that differ in everything that a filter asks about.
async fn stocked(w: &World) -> Vec<Product> {
    let kitchen = w.category(None, "Kitchen").await;
    let cups = w.category(Some(&kitchen), "Cups").await;
    let acme = w
        .listed_supplier(
            "Acme",
            "DE",
            Some(Specialisation::CustomManufacturer),
            &[BadgeKind::Verified, BadgeKind::TradeAssurance],
        )
        .await;
    let porto =
        w.listed_supplier("Porto Têxtil", "PT", Some(Specialisation::BrandHolder), &[BadgeKind::Gold]).await;
    let pro = w.listed_supplier("Prime", "CN", None, &[BadgeKind::VerifiedPro]).await;
    let wares = vec![
        Product {
            category: Some(cups.id),
            attributes: vec![Attribute { name: "material".to_owned(), value: "Edelstahl".to_owned() }],
            sample_offer: Some(SampleOffer { price_minor: 500, maximum_quantity: 3, lead_days: 2 }),
            ..w.product(acme, "Steel cup")
        },
        Product {
            category: Some(kitchen.id),
            minimum_order_quantity: 500,
            ladder: dollars(&[(500, "0.087"), (5_000, "0.05")]),
            lead_times: LeadTimes::new(vec![(1, 30)]).unwrap(),
            ..w.product(acme, "Paper plate")
        },
        Product {
            easy_return: true,
            guaranteed: Some(GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 10 }),
            ladder: priced("EUR", &[(1, "4")]),
            description: "A towel with a cup printed on it.".to_owned(),
            ..w.product(porto, "Crème towel")
        },
        Product {
            category: Some(cups.id),
            ladder: dollars(&[(1, "9")]),
            customisable: true,
            after_sales: Some(AfterSalesService {
                label: AfterSalesLabel::FreeReplacementParts,
                term_days: 365,
            }),
            ..w.product(pro, "Cup of glass")
        },
        Product { status: ProductStatus::Draft, ..w.product(acme, "Secret cup") },
    ];
    w.stock(&wares).await;
    w.certificate(acme, CertificateKind::Management, "ISO 9001", &[]).await;
    w.certificate(acme, CertificateKind::Product, "FDA", &[wares[0].id]).await;
    w.reviewed(porto, ReviewSubject::Product(wares[2].id), &[5, 5, 4]).await;
    wares
}

on_both! {
    async fn words_find_rows_and_never_break(w) {
        stocked(&w).await;
        for (query, expected) in [
            ("cup", vec!["Cup of glass", "Steel cup", "Crème towel"]),
            ("STEEL", vec!["Steel cup"]),
            ("edelst", vec!["Steel cup"]),
            ("creme towel", vec!["Crème towel"]),
            ("cup steel", vec!["Steel cup"]),
            ("kitchen", vec!["Paper plate"]),
            ("acme cup", vec!["Steel cup"]),
            ("secret", vec![]),
            ("nothing of this kind", vec![]),
        ] {
            assert_eq!(titles(&w, json!({ "query": query })).await, expected, "{query}");
        }
        for hostile in ["\"", "'", "a AND", "* -", "NEAR(a b", "cup:*", "a & | ! b", "{x}: y", "\\", "%_", "OR", "\u{0}x"] {
            ask(&w, json!({ "query": hostile })).await.good();
        }
        assert_eq!(titles(&w, json!({ "query": " -- " })).await.len(), 4, "no word is no query");
    }

    async fn filters_narrow(w) {
        let wares = stocked(&w).await;
        // The terms are the supplier's word; the badges are somebody's who looked at them.
        let badged = json!({ "filter": { "badges": ["GOLD", "GUARANTEED", "EASY_RETURN"] } });
        assert_eq!(titles(&w, badged).await, Vec::<String>::new());
        let towel = wares.iter().find(|product| product.title == "Crème towel").unwrap().id;
        let kinds = [BadgeKind::Guaranteed, BadgeKind::EasyReturn];
        let awards = kinds.map(|kind| w.award(BadgeSubject::Product(towel), kind, None));
        let tx = w.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &awards).await.unwrap();
        listing::refresh_products(&tx, &[towel], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let kitchen = json!({ "categoryId": wares[1].category.unwrap().to_string() });
        let usd = |minimum: &str, maximum: &str, quantity: Option<i64>| json!({ "price": {
            "currencyCode": "USD", "minimum": minimum, "maximum": maximum, "quantity": quantity } });
        for (filter, expected) in [
            (json!({ "badges": ["VERIFIED"] }), vec!["Cup of glass", "Paper plate", "Steel cup"]),
            (json!({ "badges": ["VERIFIED_PRO"] }), vec!["Cup of glass"]),
            (json!({ "badges": ["VERIFIED", "TRADE_ASSURANCE"] }), vec!["Paper plate", "Steel cup"]),
            (json!({ "badges": ["GOLD", "GUARANTEED", "EASY_RETURN"] }), vec!["Crème towel"]),
            (json!({ "guaranteed": true }), vec!["Crème towel"]),
            (json!({ "easyReturn": true }), vec!["Crème towel"]),
            (json!({ "sampleAvailable": true }), vec!["Steel cup"]),
            (json!({ "specialisations": ["CUSTOM_MANUFACTURER", "BRAND_HOLDER"] }),
                vec!["Crème towel", "Paper plate", "Steel cup"]),
            (json!({ "countries": ["PT", "CN"] }), vec!["Crème towel", "Cup of glass"]),
            (json!({ "managementCertifications": ["ISO 9001"] }), vec!["Paper plate", "Steel cup"]),
            (json!({ "productCertifications": ["FDA"] }), vec!["Steel cup"]),
            (json!({ "productCertifications": ["FDA"], "certifiedOn": "2030-01-01" }), vec![]),
            (kitchen, vec!["Cup of glass", "Paper plate", "Steel cup"]),
            (json!({ "supplierId": wares[2].supplier.to_string() }), vec!["Crème towel"]),
            (usd("2", "3", None), vec!["Steel cup"]),
            (usd("2", "2", Some(100)), vec!["Steel cup"]),
            (usd("0", "0.06", Some(5_000)), vec!["Paper plate"]),
            (usd("0", "0.06", Some(500)), vec![]),
            (usd("0", "100", Some(10)), vec!["Cup of glass", "Steel cup"]),
            (json!({ "minimumOrderQuantity": { "atMost": 10 } }), vec!["Crème towel", "Cup of glass", "Steel cup"]),
            (json!({ "leadTime": { "daysAtMost": 7 } }), vec!["Crème towel", "Cup of glass", "Steel cup"]),
            (json!({ "minimumOrderQuantity": { "atLeast": 11 } }), vec!["Paper plate"]),
            (json!({ "leadTime": { "daysAtMost": 20, "quantity": 5_000 } }), vec![]),
            (json!({ "leadTime": { "daysAtMost": 21, "quantity": 5_000 } }), vec!["Crème towel", "Cup of glass", "Steel cup"]),
            (json!({ "customisable": true }), vec!["Cup of glass"]),
            (json!({ "customisable": false, "sampleAvailable": false }), vec!["Crème towel", "Paper plate"]),
            (json!({ "afterSalesLabels": ["FREE_REPLACEMENT_PARTS"] }), vec!["Cup of glass"]),
            (json!({ "minimumRating": "4.5" }), vec!["Crème towel"]),
            (json!({ "minimumRating": "4.7" }), vec![]),
        ] {
            let mut found = titles(&w, json!({ "filter": filter })).await;
            found.sort();
            assert_eq!(found, expected, "{filter}");
        }
        for broken in [
            json!({ "categoryId": "supplier_x" }),
            json!({ "minimumRating": "-1" }),
            json!({ "minimumRating": "5.001" }),
            json!({ "countries": ["QQ"] }),
            json!({ "managementCertifications": [" "] }),
            usd("3", "2", None),
            usd("0", "1", Some(0)),
            json!({ "minimumOrderQuantity": { "atLeast": 11, "atMost": 10 } }),
            json!({ "minimumOrderQuantity": { "atLeast": 0 } }),
            json!({ "leadTime": { "daysAtMost": -1 } }),
            json!({ "leadTime": { "daysAtMost": 1, "quantity": -5 } }),
            json!({ "countries": vec!["DE"; 51] }),
        ] {
            ask(&w, json!({ "filter": broken })).await.refused("INVALID_INPUT");
        }
        let nowhere: CategoryId = w.app.ids.make(w.now());
        ask(&w, json!({ "filter": { "categoryId": nowhere.to_string() } })).await.refused("NOT_FOUND");
        for unknown in [json!({ "badges": ["PLATINUM"] }), json!({ "specialisations": [""] }), json!({ "colour": "red" })] {
            let answer = w.graphql("", SEARCH, json!({ "filter": unknown })).await;
            assert!(!answer["errors"].is_null(), "{unknown}");
        }
    }

    async fn sorts_order_by_what_they_say(w) {
        stocked(&w).await;
        for (sort, expected) in [
            ("RELEVANCE", ["Cup of glass", "Crème towel", "Paper plate", "Steel cup"]),
            ("PRICE_LOW_FIRST", ["Paper plate", "Steel cup", "Cup of glass", "Crème towel"]),
            ("PRICE_HIGH_FIRST", ["Cup of glass", "Steel cup", "Paper plate", "Crème towel"]),
            ("RATING", ["Crème towel", "Cup of glass", "Paper plate", "Steel cup"]),
            ("NEWEST", ["Cup of glass", "Crème towel", "Paper plate", "Steel cup"]),
            ("MINIMUM_ORDER_QUANTITY", ["Steel cup", "Crème towel", "Cup of glass", "Paper plate"]),
            ("LEAD_TIME", ["Steel cup", "Crème towel", "Cup of glass", "Paper plate"]),
        ] {
            assert_eq!(titles(&w, json!({ "sort": sort })).await, expected, "{sort}");
        }
    }

    async fn a_boost_is_reported_and_ends_with_its_badge(w) {
        stocked(&w).await;
        let first = |data: Value| data["products"]["edges"][0].clone();
        let boosted = first(ask(&w, json!({ "query": "cup" })).await.good());
        assert_eq!(boosted["node"]["title"], "Cup of glass");
        let boosts = &boosted["ranking"]["boosts"];
        assert_eq!((&boosts[0]["kind"], &boosts[0]["points"]), (&json!("VERIFIED_PRO"), &json!("0.150")));
        assert!(boosts[0]["explanation"].as_str().unwrap().starts_with("The supplier is Verified Pro"));
        assert_eq!(boosted["ranking"]["score"], "1.250");
        w.passes(Span::days(366));
        assert!(titles(&w, json!({ "filter": { "badges": ["VERIFIED_PRO"] } })).await.is_empty());
        let lapsed = listing::lapsed_boosts(&w.app.db, w.now(), 10).await.unwrap();
        assert_eq!(lapsed.len(), 1);
        let tx = w.app.db.begin().await.unwrap();
        listing::refresh_suppliers(&tx, &lapsed, w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let plain = ask(&w, json!({ "query": "cup", "filter": { "countries": ["CN"] } })).await.good();
        assert_eq!(first(plain)["ranking"], json!({ "score": "1.100", "boosts": [] }));
        assert!(listing::lapsed_boosts(&w.app.db, w.now(), 10).await.unwrap().is_empty());
    }

    async fn every_order_pages_without_gap_or_repeat(w) {
        let wares = scattered(&w).await;
        for sort in ["RELEVANCE", "PRICE_LOW_FIRST", "PRICE_HIGH_FIRST", "RATING", "NEWEST",
                "MINIMUM_ORDER_QUANTITY", "LEAD_TIME"] {
            for query in [None, Some("wid")] {
                let all = ids(&ask(&w, json!({ "sort": sort, "query": query, "first": 100 })).await.good());
                assert_eq!(all.len(), wares.len());
                if sort != "RELEVANCE" {
                    assert_eq!(all, modelled(&wares, sort), "{sort}");
                }
                for size in [1, 7, 40] {
                    let forward = walk(&w, sort, query, size, ("first", "after", "endCursor", "hasNextPage")).await;
                    assert_eq!(forward.concat(), all, "{sort} {query:?} forward by {size}");
                    let mut backward =
                        walk(&w, sort, query, size, ("last", "before", "startCursor", "hasPreviousPage")).await;
                    backward.reverse();
                    assert_eq!(backward.concat(), all, "{sort} {query:?} backward by {size}");
                }
                let skipped = ids(&ask(&w, json!({ "sort": sort, "query": query, "first": 5, "offset": 11 })).await.good());
                assert_eq!(skipped, all[11..16], "{sort} offset");
            }
        }
    }

    async fn cursors_of_other_lists_are_refused(w) {
        stocked(&w).await;
        let data = ask(&w, json!({ "first": 1 })).await.good();
        let cursor = data["products"]["pageInfo"]["endCursor"].clone();
        for bad in [json!("garbage"), json!(""), json!("W10"), json!("bnVsbA")] {
            ask(&w, json!({ "after": bad })).await.refused("INVALID_CURSOR");
            ask(&w, json!({ "last": 3, "before": bad })).await.refused("INVALID_CURSOR");
        }
        ask(&w, json!({ "after": cursor, "sort": "NEWEST" })).await.refused("INVALID_CURSOR");
        ask(&w, json!({ "after": cursor, "query": "cup" })).await.refused("INVALID_CURSOR");
        ask(&w, json!({ "first": 1, "last": 1 })).await.refused("INVALID_INPUT");
        ask(&w, json!({ "first": 101 })).await.refused("INVALID_INPUT");
        ask(&w, json!({ "first": -1 })).await.refused("INVALID_INPUT");
        ask(&w, json!({ "after": cursor, "offset": 1 })).await.refused("INVALID_INPUT");
    }

    async fn facets_count_what_their_filter_finds(w) {
        stocked(&w).await;
        let query = "query($filter: ProductFilterInput) { products(filter: $filter, first: 0) {
            totalCount facets { kind values { value label count filter } } } }";
        let mut seen = Vec::new();
        for base in [
            json!({}),
            json!({ "badges": ["VERIFIED"] }),
            json!({ "countries": ["DE", "CN"] }),
            json!({ "countries": ["DE"], "badges": ["VERIFIED", "TRADE_ASSURANCE"], "leadTime": { "daysAtMost": 7 } }),
            json!({ "price": { "currencyCode": "USD", "minimum": "1", "maximum": "9.999999", "convert": true } }),
            json!({ "productCertifications": ["FDA"], "specialisations": ["CUSTOM_MANUFACTURER"] }),
        ] {
            let data = w.execute(&w.anonymous(), query, json!({ "filter": base })).await.good();
            for facet in data["products"]["facets"].as_array().unwrap() {
                seen.push(facet["kind"].as_str().unwrap().to_owned());
                for value in facet["values"].as_array().unwrap() {
                    let narrowed = w.execute(&w.anonymous(), query, json!({ "filter": value["filter"] })).await.good();
                    assert_eq!(narrowed["products"]["totalCount"], value["count"], "{base} {value}");
                }
            }
        }
        for kind in ["BADGE", "SPECIALISATION", "COUNTRY", "CATEGORY", "MANAGEMENT_CERTIFICATION",
                "PRODUCT_CERTIFICATION", "GUARANTEED", "EASY_RETURN", "SAMPLE_AVAILABLE", "RATING", "CUSTOMISABLE",
                "AFTER_SALES", "PRICE", "MINIMUM_ORDER_QUANTITY", "LEAD_TIME"] {
            assert!(seen.iter().any(|found| found == kind), "{kind}");
        }
        let some = "{ products(first: 0) { facets(kinds: [COUNTRY]) { kind values { value count } } } }";
        let data = w.execute(&w.anonymous(), some, json!({})).await.good();
        assert_eq!(data["products"]["facets"], json!([{ "kind": "COUNTRY", "values": [
            { "value": "DE", "count": 2 }, { "value": "CN", "count": 1 }, { "value": "PT", "count": 1 } ] }]));
        let many: Vec<&str> = vec!["COUNTRY"; 100];
        let text = "query ($kinds: [FacetKind!]) { products(first: 0) { facets(kinds: $kinds) { kind } } }";
        w.execute(&w.anonymous(), text, json!({ "kinds": many })).await.refused("INVALID_INPUT");
        let text = "{ suppliers(first: 0) { facets(kinds: [PRICE]) { kind } } }";
        w.execute(&w.anonymous(), text, json!({})).await.refused("INVALID_INPUT");
    }

    async fn suppliers_are_found_too(w) {
        stocked(&w).await;
        let query = "query($query: String, $filter: SupplierFilterInput, $sort: SupplierSort! = RELEVANCE) {
            suppliers(query: $query, filter: $filter, sort: $sort) {
                totalCount nodes { name } edges { ranking { score boosts { kind } } }
                facets { kind values { value count filter } } } }";
        let find = async |variables: Value| {
            let data = w.execute(&w.anonymous(), query, variables).await.good();
            let nodes = data["suppliers"]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(find(json!({})).await, ["Prime", "Porto Têxtil", "Acme"]);
        assert_eq!(find(json!({ "query": "textil" })).await, ["Porto Têxtil"]);
        assert_eq!(find(json!({ "filter": { "badges": ["GOLD"] } })).await, ["Porto Têxtil"]);
        assert_eq!(find(json!({ "filter": { "badges": ["GUARANTEED"] } })).await, Vec::<String>::new());
        assert_eq!(find(json!({ "filter": { "productCertifications": ["FDA"] } })).await, ["Acme"]);
        assert_eq!(find(json!({ "filter": { "countries": ["DE", "PT"] }, "sort": "NEWEST" })).await, ["Porto Têxtil", "Acme"]);
        let data = w.execute(&w.anonymous(), query, json!({})).await.good();
        for facet in data["suppliers"]["facets"].as_array().unwrap() {
            for value in facet["values"].as_array().unwrap() {
                let narrowed = w.execute(&w.anonymous(), query, json!({ "filter": value["filter"] })).await.good();
                assert_eq!(narrowed["suppliers"]["totalCount"], value["count"], "{value}");
            }
        }
    }

    async fn listings_follow_their_tables(w) {
        let wares = stocked(&w).await;
        let acme = wares[0].supplier;
        let tx = w.app.db.begin().await.unwrap();
        let renamed = Product { title: "Tin mug".to_owned(), version: 2, ..wares[0].clone() };
        assert!(products::replace_product(&tx, &renamed).await.unwrap());
        let withdrawn = Product { status: ProductStatus::Withdrawn, version: 2, ..wares[2].clone() };
        assert!(products::replace_product(&tx, &withdrawn).await.unwrap());
        listing::refresh_products(&tx, &[renamed.id, withdrawn.id], w.now()).await.unwrap();
        badges::insert_badges(&tx, &[w.award(BadgeSubject::Supplier(acme), BadgeKind::Gold, None)]).await.unwrap();
        listing::refresh_suppliers(&tx, &[acme], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(titles(&w, json!({ "query": "steel" })).await, Vec::<String>::new());
        assert_eq!(titles(&w, json!({ "query": "mug" })).await, ["Tin mug"]);
        assert_eq!(titles(&w, json!({ "query": "towel" })).await, Vec::<String>::new());
        assert_eq!(titles(&w, json!({ "filter": { "badges": ["GOLD"] } })).await, ["Paper plate", "Tin mug"]);
        suspend(&w, acme, Some(Suspension { at: w.now(), reason: "fraud".to_owned() })).await;
        assert_eq!(titles(&w, json!({})).await, ["Cup of glass"]);
        suspend(&w, acme, None).await;
        assert_eq!(titles(&w, json!({ "query": "mug" })).await, ["Tin mug"]);
    }
}

async fn suspend(w: &World, supplier: surety::domain::ids::SupplierId, suspension: Option<Suspension>) {
    let tx = w.app.db.begin().await.unwrap();
    suppliers::suspend(&tx, supplier, suspension.as_ref()).await.unwrap();
    listing::refresh_suppliers(&tx, &[supplier], w.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Sixty products whose sort keys are so few that most are equal.
async fn scattered(w: &World) -> Vec<Product> {
    let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
    let mut state = 7_u64;
    let mut draw = |choices: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % choices).unwrap()
    };
    let wares: Vec<Product> = (1..=60_u128)
        .map(|number| {
            let least = 1 + draw(3);
            let ladder = match draw(5) {
                0 => dollars(&[]),
                1 => priced("EUR", &[(1, "1.5")]),
                price => dollars(&[(1, &price.to_string())]),
            };
            let days = if draw(4) == 0 { vec![] } else { vec![(1, draw(3))] };
            let title = if draw(2) == 0 { "Widget" } else { "Other widget" };
            Product {
                id: ProductId::from_u128(number << 40),
                minimum_order_quantity: least,
                ladder,
                lead_times: LeadTimes::new(days).unwrap(),
                created_at: w.now().plus(Span::seconds(draw(3))),
                imported: true,
                ..w.product(supplier, title)
            }
        })
        .collect();
    w.stock(&wares).await;
    for product in wares.iter().filter(|product| product.minimum_order_quantity == 2) {
        w.reviewed(supplier, ReviewSubject::Product(product.id), &[4]).await;
    }
    wares
}

/// The ids in the order that a sort promises.
fn modelled(wares: &[Product], sort: &str) -> Vec<String> {
    let mut order: Vec<&Product> = wares.iter().collect();
    let price = |product: &Product| {
        product
            .ladder
            .unit_price(product.minimum_order_quantity)
            .map(surety::domain::money::UnitPrice::millionths)
    };
    // No rate is recorded, so euros cannot be compared.
    let compared = |product: &Product| {
        price(product).filter(|_| product.ladder.currency() == surety::domain::money::Currency::USD)
    };
    let key = |product: &Product| -> (i64, String, i64) {
        let currency = product.ladder.currency().to_string();
        let plain = |number: i64| (number, String::new(), 0);
        match sort {
            "PRICE_LOW_FIRST" => {
                (compared(product).unwrap_or(i64::MAX), currency, price(product).unwrap_or(i64::MAX))
            }
            "PRICE_HIGH_FIRST" => (compared(product).unwrap_or(-1), currency, price(product).unwrap_or(-1)),
            "RATING" => plain(i64::from(product.minimum_order_quantity == 2)),
            "NEWEST" => plain(product.created_at.micros()),
            "MINIMUM_ORDER_QUANTITY" => plain(product.minimum_order_quantity),
            "LEAD_TIME" => plain(product.lead_times.days(product.minimum_order_quantity).unwrap_or(i64::MAX)),
            other => panic!("no model of {other}"),
        }
    };
    order.sort_by_key(|product| (key(product), product.id));
    if ["PRICE_HIGH_FIRST", "RATING", "NEWEST"].contains(&sort) {
        order.reverse();
    }
    order.into_iter().map(|product| product.id.to_string()).collect()
}

fn ids(data: &Value) -> Vec<String> {
    let edges = data["products"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
}

/// The pages of a whole list, read in one direction.
async fn walk(
    w: &World,
    sort: &str,
    query: Option<&str>,
    size: i32,
    (count, from, end, more): (&str, &str, &str, &str),
) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let data = ask(w, json!({ "sort": sort, "query": query, count: size, from: cursor })).await.good();
        pages.push(ids(&data));
        let info = &data["products"]["pageInfo"];
        if info[more] == false {
            return pages;
        }
        cursor = info[end].clone();
    }
}
