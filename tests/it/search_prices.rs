//! Prices in several currencies side by side, words that were mistyped, and paging where many keys are equal.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::domain::badge::BadgeKind;
use surety::domain::ids::{ProductId, TypedId};
use surety::domain::product::Product;
use surety::domain::supplier::SupplierMetrics;
use surety::domain::time::{Day, Span};
use surety::service::search;
use surety::store::Reader;
use surety::store::catalogue::{comparable, listing, metrics};

use super::shelf::priced;
use super::world::{Answer, World, on_both};

const SEARCH: &str = "query($query: String, $filter: ProductFilterInput, $sort: ProductSort! = RELEVANCE) {
    products(query: $query, filter: $filter, sort: $sort) {
        totalCount correctedQuery typoTolerant nodes { title }
        priceComparison { exchangeRates { currencyCode perDollar } withoutRateCount } } }";

async fn ask(w: &World, variables: Value) -> Answer {
    w.execute(&w.anonymous(), SEARCH, variables).await
}

fn titles(answer: &Value) -> Vec<&str> {
    let nodes = answer["products"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["title"].as_str().unwrap()).collect()
}

/// A product for each title, currency and price.
async fn priced_shop(w: &World) -> Vec<Product> {
    let acme = w.listed_supplier("Acme", "DE", None, &[]).await;
    let goods = [
        ("dollars", "USD", "10"),
        ("euros", "EUR", "9.5"),
        ("yen", "JPY", "1400"),
        ("francs", "CHF", "1"),
        ("none", "EUR", ""),
    ];
    let mut wares: Vec<Product> = Vec::new();
    for ((title, code, price), number) in goods.into_iter().zip(1_u128..) {
        let steps = [(1, price)];
        let ladder = priced(code, if price.is_empty() { &[] } else { &steps });
        let id = ProductId::from_u128(number << 30);
        wares.push(Product { id, ladder, imported: true, ..w.product(acme, title) });
    }
    w.stock(&wares).await;
    wares
}

on_both! {
    async fn prices_are_compared_by_the_rates_of_today(w) {
        let wares = priced_shop(&w).await;
        let order = async |sort: &str| {
            let data = ask(&w, json!({ "sort": sort })).await.good();
            titles(&data).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        // Without rates only dollars compare; the others follow by currency and price, the one without a price last.
        assert_eq!(order("PRICE_LOW_FIRST").await, ["dollars", "francs", "euros", "none", "yen"]);
        let operator = w.operator().await;
        w.rates(&operator, &[("EUR", "0.92"), ("JPY", "149.5")]).await.good();
        assert_eq!(order("PRICE_LOW_FIRST").await, ["yen", "dollars", "euros", "francs", "none"]);
        assert_eq!(order("PRICE_HIGH_FIRST").await, ["euros", "dollars", "yen", "none", "francs"]);
        let data = ask(&w, json!({ "sort": "PRICE_LOW_FIRST" })).await.good();
        let comparison = &data["products"]["priceComparison"];
        assert_eq!(comparison["withoutRateCount"], 1, "francs have no rate; what has no price is not counted");
        assert_eq!(comparison["exchangeRates"], json!([
            { "currencyCode": "EUR", "perDollar": "0.92" }, { "currencyCode": "JPY", "perDollar": "149.5" } ]));
        let within = |code: &str, minimum: &str, maximum: &str, convert: bool| json!({ "filter": { "price": {
            "currencyCode": code, "minimum": minimum, "maximum": maximum, "convert": convert } }, "sort": "PRICE_LOW_FIRST" });
        for (filter, expected) in [
            (within("USD", "9", "11", true), vec!["yen", "dollars", "euros"]),
            (within("USD", "9", "11", false), vec!["dollars"]),
            (within("EUR", "9.5", "9.5", true), vec!["euros"]),
            (within("EUR", "9.2", "9.2", true), vec!["dollars"]),
            (within("JPY", "1400", "1495", true), vec!["yen", "dollars"]),
        ] {
            let data = ask(&w, filter.clone()).await.good();
            assert_eq!(titles(&data), expected, "{filter}");
            let converts = filter["filter"]["price"]["convert"] == true;
            assert_eq!(data["products"]["priceComparison"]["withoutRateCount"], i32::from(converts));
        }
        ask(&w, within("CHF", "1", "2", true)).await.refused("CURRENCY_MISMATCH");
        w.passes(Span::days(1));
        w.rates(&operator, &[("JPY", "120"), ("CHF", "0.01")]).await.good();
        assert_eq!(order("PRICE_LOW_FIRST").await, ["dollars", "euros", "yen", "francs", "none"]);
        let at_a_quantity = json!({ "filter": { "price": {
            "currencyCode": "USD", "quantity": 5, "minimum": "11.6", "maximum": "11.7", "convert": true } } });
        assert_eq!(titles(&ask(&w, at_a_quantity).await.good()), ["yen"], "1,400 yen at 120 to the dollar");
        // A listing that is made anew is compared by the rate of today, too.
        let tx = w.app.db.begin().await.unwrap();
        listing::refresh_products(&tx, &wares.iter().map(|ware| ware.id).collect::<Vec<_>>(), w.now()).await.unwrap();
        assert_eq!(comparable::compare_anew(&tx, w.now().day(), 10).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(order("PRICE_LOW_FIRST").await, ["dollars", "euros", "yen", "francs", "none"]);
    }

    async fn large_catalogues_are_compared_in_batches(w) {
        priced_shop(&w).await;
        let operator = w.operator().await;
        w.rates(&operator, &[("EUR", "0.92")]).await.good();
        let behind = w.app.db.sql("UPDATE product_listing SET exchange_rate_number = 0, comparable_unit_price = 5", std::iter::empty::<sea_orm::Value>());
        w.app.db.connection().execute_raw(behind).await.unwrap();
        let tx = w.app.db.begin().await.unwrap();
        assert_eq!(comparable::compare_anew(&tx, w.now().day(), 1).await.unwrap(), 1);
        assert_eq!(comparable::compare_anew(&tx, w.now().day(), 1).await.unwrap(), 1);
        assert_eq!(comparable::compare_anew(&tx, w.now().day(), 1).await.unwrap(), 0);
        tx.commit().await.unwrap();
        search::compare_prices(&w.app).await.unwrap();
    }

    async fn a_mistyped_word_gives_way_to_a_near_one(w) {
        let acme = w.listed_supplier("Acme Ceramics", "DE", None, &[]).await;
        let wares: Vec<Product> = ["Ceramic teapot", "Steel kettle", "Steel cup m8x20"]
            .iter().map(|title| w.product(acme, title)).collect();
        w.stock(&wares).await;
        let tolerant = w.app.db.is_postgres();
        let found = async |query: &str| {
            let data = ask(&w, json!({ "query": query })).await.good();
            assert_eq!(data["products"]["typoTolerant"], tolerant);
            let titles: Vec<String> = titles(&data).into_iter().map(str::to_owned).collect();
            assert_eq!(data["products"]["totalCount"], titles.len(), "{query}");
            (titles, data["products"]["correctedQuery"].clone())
        };
        for (query, corrected, expected) in [
            ("cermaic tepot", "ceramic teapot", vec!["Ceramic teapot"]),
            ("stell kettle", "steel kettle", vec!["Steel kettle"]),
            ("\"steel ketle\"", "\"steel kettle\"", vec!["Steel kettle"]),
        ] {
            let expected: (Vec<String>, Value) = if tolerant { (expected.into_iter().map(str::to_owned).collect(), json!(corrected)) } else { (vec![], Value::Null) };
            assert_eq!(found(query).await, expected, "{query}");
        }
        // Words that are somewhere stay; part numbers and what is near nothing are never guessed.
        for query in ["ceramic kettle", "m8x21", "steel xylophone", "zz"] {
            assert_eq!(found(query).await, (Vec::<String>::new(), Value::Null), "{query}");
        }
        let exact = ["Ceramic teapot", "Steel cup m8x20", "Steel kettle"].map(str::to_owned).to_vec();
        assert_eq!(found("ceramic").await, (exact, Value::Null), "the supplier's name counts less than a title");
        if tolerant {
            // Pages go on where the corrected search is.
            let text = "query ($after: Cursor) { products(query: \"stell\", first: 1, after: $after) { correctedQuery
                nodes { title } pageInfo { endCursor hasNextPage } } }";
            let first = w.execute(&w.anonymous(), text, json!({})).await.good();
            let cursor = &first["products"]["pageInfo"]["endCursor"];
            let second = w.execute(&w.anonymous(), text, json!({ "after": cursor })).await.good();
            assert_eq!(second["products"]["correctedQuery"], "steel");
            assert_ne!(second["products"]["nodes"], first["products"]["nodes"]);
            let data = w.execute(&w.anonymous(), "{ suppliers(query: \"ceramisc\") { correctedQuery nodes { name } } }", json!({})).await.good();
            assert_eq!(data["suppliers"], json!({ "correctedQuery": "ceramics", "nodes": [{ "name": "Acme Ceramics" }] }));
            // Where the extension could not be made there is no such index.
            w.app.db.connection().execute_unprepared("DROP INDEX search_word_near").await.unwrap();
            let data = ask(&w, json!({ "query": "stell" })).await.good();
            assert_eq!((&data["products"]["typoTolerant"], &data["products"]["correctedQuery"]), (&json!(false), &Value::Null));
        }
    }

    async fn suppliers_are_narrowed_and_sorted_by_their_service(w) {
        let kitchen = w.category(None, "Kitchen").await;
        let mut made = Vec::new();
        for (name, dispatched, late, seconds, founded) in [
            ("Quick", 100, 1, 3_600, Some("2010-05-05")), ("Slow", 100, 20, 90_000, Some("2016-05-04")), ("New", 0, 0, 0, None),
        ] {
            let id = w.listed_supplier(name, "DE", None, &[BadgeKind::Gold]).await;
            made.push(id);
            if let Some(day) = founded {
                let set = w.app.db.sql("UPDATE supplier SET established_on = ? WHERE id = ?",
                    [sea_orm::Value::from(Day::parse(day).unwrap().number()), id.to_string().into()]);
                w.app.db.connection().execute_raw(set).await.unwrap();
            }
            let tx = w.app.db.begin().await.unwrap();
            for number in 0..dispatched {
                let is_first = number == 0;
                let change = SupplierMetrics {
                    dispatched: 1,
                    dispatched_late: i64::from(number < late),
                    responses: i64::from(is_first),
                    response_seconds: if is_first { seconds } else { 0 },
                    ..SupplierMetrics::default()
                };
                metrics::note(&tx, id, &format!("{name} {number}"), (change, None), w.now()).await.unwrap();
            }
            metrics::add_pending(&tx, 100, w.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        w.stock(&[Product { category: Some(kitchen.id), customisable: true, ..w.product(made[1], "Plate") }, w.product(made[0], "Knife")]).await;
        let text = "query ($filter: SupplierFilterInput, $sort: SupplierSort! = ESTABLISHED, $first: Int, $after: Cursor, $offset: Int) {
            suppliers(filter: $filter, sort: $sort, first: $first, after: $after, offset: $offset) { nodes { name } pageInfo { endCursor } } }";
        let names = async |variables: Value| {
            let data = w.execute(&w.anonymous(), text, variables).await.good();
            let nodes = data["suppliers"]["nodes"].as_array().unwrap().clone();
            (nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), data["suppliers"]["pageInfo"]["endCursor"].clone())
        };
        for (filter, expected) in [
            (json!({ "onTimeDispatchPercentAtLeast": "99" }), vec!["Quick"]),
            (json!({ "onTimeDispatchPercentAtLeast": "99.01" }), vec![]),
            (json!({ "onTimeDispatchPercentAtLeast": "0" }), vec!["Quick", "Slow"]),
            (json!({ "responseTimeAtMost": "PT1H" }), vec!["Quick"]),
            (json!({ "yearsEstablishedAtLeast": 10 }), vec!["Quick", "Slow"]),
            (json!({ "yearsEstablishedAtLeast": 11 }), vec!["Quick"]),
            (json!({ "yearsEstablishedAtLeast": 16 }), vec![]),
            (json!({ "categoryId": kitchen.id.to_string() }), vec!["Slow"]),
            (json!({ "categoryId": kitchen.id.to_string(), "customisable": false }), vec![]),
            (json!({ "customisable": false }), vec!["Quick"]),
            (json!({ "badges": ["GOLD"], "countries": ["DE"] }), vec!["Quick", "Slow", "New"]),
        ] {
            assert_eq!(names(json!({ "filter": filter })).await.0, expected, "{filter}");
        }
        for broken in [json!({ "onTimeDispatchPercentAtLeast": "101" }), json!({ "yearsEstablishedAtLeast": -1 }), json!({ "responseTimeAtMost": "-PT1S" })] {
            w.execute(&w.anonymous(), text, json!({ "filter": broken })).await.refused("INVALID_INPUT");
        }
        for (sort, expected) in [("ON_TIME_DISPATCH", ["Quick", "Slow", "New"]), ("RESPONSE_TIME", ["Quick", "Slow", "New"]), ("ESTABLISHED", ["Quick", "Slow", "New"])] {
            assert_eq!(names(json!({ "sort": sort })).await.0, expected, "{sort}");
        }
        // All keys of this order are equal: cursors and offsets still give each supplier once.
        let all = names(json!({ "sort": "RELEVANCE" })).await.0;
        let (mut paged, mut cursor) = (Vec::new(), Value::Null);
        for offset in 0..3 {
            let (page, end) = names(json!({ "sort": "RELEVANCE", "first": 1, "after": cursor })).await;
            assert_eq!(names(json!({ "sort": "RELEVANCE", "first": 1, "offset": offset })).await.0, page);
            paged.extend(page);
            cursor = end;
        }
        assert_eq!(paged, all);
    }
}
