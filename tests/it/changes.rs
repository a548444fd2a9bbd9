//! The feed of changes: a copy that follows it is the catalogue, whatever commits when.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::product::Product;
use surety::domain::supplier::Suspension;
use surety::domain::time::Span;
use surety::service::{changes, restored, trust};
use surety::store::catalogue::{badges, categories, listing, suppliers};
use surety::store::{self, Reader, Tx};

use super::products::{mug, mug_with};
use super::world::{Answer, Party, World, on_both};

const FEED: &str = "query($after: Cursor, $first: Int, $types: [ChangeKind!]) { changes(after: $after, first: $first, types: $types) { \
    headCursor pageInfo { hasNextPage endCursor } \
    nodes { kind operation subjectId fieldsChanged node { __typename id ... on Product { title } ... on Supplier { name } ... on Category { name } } } } }";

impl World {
    async fn feed(&self, after: &Value, first: usize) -> Answer {
        changes::sequence(&self.app).await.unwrap();
        self.execute(&self.anonymous(), FEED, json!({ "after": after, "first": first })).await
    }

    /// Everything behind a cursor in pages of this size, and the cursor behind it.
    async fn follows(&self, after: &Value, size: usize) -> (Vec<Value>, Value) {
        let (mut all, mut after) = (Vec::new(), after.clone());
        loop {
            let page = self.feed(&after, size).await.good()["changes"].clone();
            all.extend(page["nodes"].as_array().unwrap().clone());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                return (all, after);
            }
        }
    }
}

fn told(change: &Value) -> (&str, &str, Vec<&str>) {
    let fields = change["fieldsChanged"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    (change["kind"].as_str().unwrap(), change["operation"].as_str().unwrap(), fields)
}

on_both! {
    async fn a_copy_follows_the_catalogue(w) {
        let cups = w.category(None, "Cups").await;
        let seller = w.shop("Acme").await;
        let supplier = seller.actor.supplier.unwrap();
        let draft = seller.writes(mug()).await;
        let offered = seller.offers(mug_with(&json!({ "title": "Blue mug" }))).await;
        let (all, end) = w.follows(&Value::Null, 1).await;
        let kinds: Vec<_> = all.iter().map(|it| it["node"]["__typename"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["Category", "Supplier", "Product"], "drafts are nobody's business");
        assert_eq!((&all[0]["subjectId"], &all[0]["node"]["name"]), (&json!(cups.id), &json!("Cups")));
        assert!(told(&all[2]).2.contains(&"priceLadder") && told(&all[2]).2.contains(&"description"));
        assert_eq!(w.follows(&end, 10).await.0, Vec::<Value>::new());

        seller.changes(&draft, json!({ "title": "Still a draft" })).await.good();
        seller.changes(&offered, json!({ "title": "Red mug" })).await.good();
        seller.changes(&offered, json!({ "description": "Holds tea.", "categoryId": cups.id })).await.good();
        let (news, middle) = w.follows(&end, 10).await;
        assert_eq!(news.iter().map(told).collect::<Vec<_>>(), [("PRODUCT", "UPSERT", vec!["category", "description", "title"])]);
        assert_eq!((&news[0]["subjectId"], &news[0]["node"]["title"]), (&offered["id"], &json!("Red mug")));
        let tx = w.app.db.begin().await.unwrap();
        categories::rename(&tx, cups.id, "Mugs", w.now()).await.unwrap();
        listing::refresh_products(&tx, &[offered["id"].as_str().unwrap().parse().unwrap()], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let (news, end) = w.follows(&middle, 10).await;
        assert_eq!(news.iter().map(told).collect::<Vec<_>>(), [("CATEGORY", "UPSERT", vec!["name"]), ("PRODUCT", "UPSERT", vec!["category"])]);

        let suspend = async |why: Option<&str>| {
            let suspension = why.map(|reason| Suspension { at: w.now(), reason: reason.to_owned() });
            let tx = w.app.db.begin().await.unwrap();
            suppliers::suspend(&tx, supplier, suspension.as_ref()).await.unwrap();
            listing::refresh_suppliers(&tx, &[supplier], w.now()).await.unwrap();
            tx.commit().await.unwrap();
        };
        suspend(Some("fraud")).await;
        let (news, gone) = w.follows(&end, 10).await;
        assert_eq!(news.iter().map(told).collect::<Vec<_>>(), [("PRODUCT", "TOMBSTONE", vec![]), ("SUPPLIER", "TOMBSTONE", vec![])]);
        assert!(news.iter().all(|it| it["node"].is_null()));
        suspend(None).await;
        let (news, _) = w.follows(&gone, 10).await;
        assert_eq!(news.len(), 2);
        assert!(news.iter().all(|it| told(it).1 == "UPSERT" && told(it).2.len() > 5), "what is back is new");
        let (news, _) = w.follows(&end, 10).await;
        assert!(news.iter().all(|it| told(it).1 == "UPSERT"), "whoever looked away sees it once, as it is: {news:#?}");
        seller.on_product("withdrawProduct", json!({ "productId": offered["id"] })).await.good();
        let (news, _) = w.follows(&middle, 10).await;
        assert_eq!(news.last().map(|it| (told(it).1, &it["subjectId"])), Some(("TOMBSTONE", &offered["id"])));
    }

    async fn a_copy_filled_by_other_means_misses_nothing(w) {
        let seller = w.shop("Acme").await;
        let first = seller.offers(mug()).await;
        let now = w.feed(&Value::Null, 0).await.good()["changes"].clone();
        assert_eq!((&now["nodes"], &now["pageInfo"]["hasNextPage"]), (&json!([]), &json!(true)));
        let second = seller.offers(mug()).await;
        seller.on_product("withdrawProduct", json!({ "productId": first["id"] })).await.good();
        let (news, _) = w.follows(&now["headCursor"], 10).await;
        let seen: Vec<_> = news.iter().map(|it| (it["operation"].as_str().unwrap(), it["subjectId"].clone())).collect();
        assert_eq!(seen, [("UPSERT", second["id"].clone()), ("TOMBSTONE", first["id"].clone())]);
    }

    async fn kinds_are_chosen_and_a_page_is_one_statement(w) {
        let seller = w.shop("Acme").await;
        for number in 0..6 {
            seller.offers(mug_with(&json!({ "title": format!("Mug {number}") }))).await;
        }
        w.feed(&Value::Null, 1).await.good();
        w.forget_statements();
        let variables = json!({ "first": 4, "types": ["PRODUCT"] });
        let page = w.execute(&w.anonymous(), FEED, variables.clone()).await.good()["changes"].clone();
        let statements = w.statements();
        assert_eq!(statements.iter().filter(|text| text.contains("catalogue_change")).count(), 1);
        assert_eq!(statements.iter().filter(|text| text.contains("FROM product_listing") || text.contains("FROM product ")).count(), 0, "{statements:#?}");
        assert_eq!(page["nodes"].as_array().unwrap().len(), 4);
        let mut variables = variables;
        variables["after"] = page["pageInfo"]["endCursor"].clone();
        let rest = w.execute(&w.anonymous(), FEED, variables).await.good()["changes"].clone();
        assert_eq!((rest["nodes"].as_array().unwrap().len(), &rest["pageInfo"]["hasNextPage"]), (2, &json!(false)));
        assert_eq!(w.follows(&rest["pageInfo"]["endCursor"], 10).await.0.len(), 0);
    }

    async fn cursors_that_are_no_good_are_refused_by_name(w) {
        let seller = w.shop("Acme").await;
        let product = seller.offers(mug()).await;
        let (_, end) = w.follows(&Value::Null, 10).await;
        let text = end.as_str().unwrap();
        let mut changed = text.to_owned().into_bytes();
        changed[20] = if changed[20] == b'A' { b'B' } else { b'A' };
        let list = w.execute(&w.anonymous(), "{ products(first: 1) { pageInfo { endCursor } } }", json!({})).await.good();
        for bad in [json!(""), json!("x"), json!("ÿ".repeat(40)), json!(String::from_utf8(changed).unwrap()), json!(&text[..text.len() - 2]), list["products"]["pageInfo"]["endCursor"].clone()] {
            w.feed(&bad, 1).await.refused("INVALID_CURSOR");
        }
        let run = async |sql: &str| { w.app.db.connection().execute_unprepared(sql).await.unwrap(); };
        run("UPDATE change_head SET seq = seq - 1").await;
        w.feed(&end, 1).await.refused("CURSOR_AHEAD");
        run("UPDATE change_head SET seq = seq + 1").await;
        restored::begin_life(&w.app).await.unwrap();
        w.feed(&end, 1).await.refused("CURSOR_EPOCH_CHANGED");
        let (_, end) = w.follows(&Value::Null, 10).await;

        seller.on_product("withdrawProduct", json!({ "productId": product["id"] })).await.good();
        let slow = w.feed(&Value::Null, 1).await.good()["changes"]["pageInfo"]["endCursor"].clone();
        w.passes(Span::days(29));
        changes::forget(&w.app).await.unwrap();
        let told: Vec<_> = w.follows(&end, 10).await.0.iter().map(|it| it["operation"].clone()).collect();
        assert_eq!(told, ["TOMBSTONE"]);
        let late = w.feed(&Value::Null, 1).await.good()["changes"]["pageInfo"]["endCursor"].clone();
        w.passes(Span::days(2));
        changes::forget(&w.app).await.unwrap();
        w.feed(&end, 10).await.refused("CURSOR_EXPIRED");
        w.feed(&slow, 10).await.refused("CURSOR_EXPIRED");
        w.feed(&late, 10).await.good();
        let (all, _) = w.follows(&Value::Null, 10).await;
        assert_eq!(all.len(), 1, "what is gone for long is not told to newcomers: {all:#?}");
        w.feed(&Value::Null, 101).await.refused("INVALID_INPUT");
    }

    async fn a_badge_that_lapses_is_a_change(w) {
        let seller = w.shop("Acme").await;
        let product = w.product(seller.actor.supplier.unwrap(), "Mug");
        w.stock(std::slice::from_ref(&product)).await;
        let award = w.award(BadgeSubject::Product(product.id), BadgeKind::EasyReturn, Some(Span::days(364)));
        let tx = w.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &[award]).await.unwrap();
        listing::refresh_products(&tx, &[product.id], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let (_, end) = w.follows(&Value::Null, 10).await;
        w.passes(Span::days(364));
        w.passes(Span::seconds(1));
        assert_eq!(trust::sweep(&w.app).await.unwrap(), 1);
        let (news, end) = w.follows(&end, 10).await;
        assert_eq!(news.iter().map(told).collect::<Vec<_>>(), [("PRODUCT", "UPSERT", vec!["badges"])]);
        w.passes(Span::days(2));
        assert_eq!(trust::sweep(&w.app).await.unwrap(), 1);
        let (news, end) = w.follows(&end, 10).await;
        assert_eq!(news.iter().map(told).collect::<Vec<_>>(), [("SUPPLIER", "UPSERT", vec!["badges"])]);
        assert_eq!(news[0]["subjectId"], json!(seller.actor.supplier));
        assert_eq!(trust::sweep(&w.app).await.unwrap(), 0);
        assert_eq!(w.follows(&end, 10).await.0.len(), 0, "it is told once");
    }

    async fn a_translation_changes_what_its_readers_see(w) {
        let seller = w.shop("Acme").await;
        let product = seller.offers(mug()).await;
        let (_, end) = w.follows(&Value::Null, 10).await;
        let german = json!({ "translations": [{ "language": "de", "title": "Stahlbecher" }] });
        seller.changes(&product, german).await.good();
        let (news, _) = w.follows(&end, 10).await;
        let fields = vec!["attributes", "description", "language", "texts", "title"];
        assert_eq!(news.iter().map(told).collect::<Vec<_>>(), [("PRODUCT", "UPSERT", fields)]);
    }

    async fn a_removal_that_is_forgotten_between_head_and_page_is_not_passed(w) {
        if !w.app.db.is_postgres() {
            // A page that is being read keeps the one writer of SQLite out of what it sees.
            return;
        }
        let seller = w.shop("Acme").await;
        let product = seller.offers(mug()).await;
        let (_, end) = w.follows(&Value::Null, 10).await;
        seller.on_product("withdrawProduct", json!({ "productId": product["id"] })).await.good();
        changes::sequence(&w.app).await.unwrap();
        w.passes(Span::days(31));
        let tx = w.app.db.begin().await.unwrap();
        tx.connection().execute_unprepared("LOCK TABLE catalogue_change IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let reader = { let (w, end) = (w.clone(), end.clone()); tokio::spawn(async move {
            w.execute(&w.anonymous(), FEED, json!({ "after": end, "first": 10 })).await
        }) };
        w.somebody_waits(&reader).await;
        store::catalogue::changes::forget(&tx, w.now()).await.unwrap();
        tx.commit().await.unwrap();
        reader.await.unwrap().refused("CURSOR_EXPIRED");
    }

    async fn no_commit_is_passed_however_late(w) {
        let shops = join_all((0..8).map(|number| {
            let w = w.clone();
            async move { w.shop(&format!("Shop {number}")).await }
        }));
        let shops = shops.await;
        let (_, start) = w.follows(&Value::Null, 50).await;
        // A transaction that changes a product of somebody else, and commits when all others have.
        let early = w.product(w.shop("Brico").await.actor.supplier.unwrap(), "Early");
        w.stock(std::slice::from_ref(&early)).await;
        let (_, start) = w.follows(&start, 50).await;
        let held = if w.app.db.is_postgres() { Some(changed_and_not_committed(&w, &early).await) } else { None };
        let writers = tokio::spawn(join_all(shops.into_iter().map(writes_five)));
        let (mut copy, mut after) = (BTreeMap::new(), start);
        while !writers.is_finished() {
            apply(&w, &mut copy, &mut after).await;
            if let Some(tx) = &held {
                // Who says nothing for long is ended.
                tx.connection().execute_unprepared("SELECT 1").await.unwrap();
            }
        }
        writers.await.unwrap();
        if let Some(tx) = held {
            apply(&w, &mut copy, &mut after).await;
            assert_eq!(copy.len(), 32, "nobody waits for the one that is late");
            tx.commit().await.unwrap();
            apply(&w, &mut copy, &mut after).await;
            assert_eq!(copy.remove(&early.id.to_string()).as_deref(), Some("Late"), "the late commit is told");
        }
        apply(&w, &mut copy, &mut after).await;
        let mut listed = BTreeMap::new();
        for product in w.execute(&w.anonymous(), "{ products(first: 100) { nodes { id title } } }", json!({})).await.good()["products"]["nodes"].as_array().unwrap() {
            listed.insert(product["id"].as_str().unwrap().to_owned(), product["title"].as_str().unwrap().to_owned());
        }
        listed.remove(&early.id.to_string());
        assert_eq!(copy, listed);
        assert_eq!(listed.len(), 32);
    }

    async fn a_reader_by_drawn_numbers_loses_what_the_feed_tells(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let seller = w.shop("Acme").await;
        let early = w.product(w.shop("Brico").await.actor.supplier.unwrap(), "Early");
        w.stock(std::slice::from_ref(&early)).await;
        let (_, start) = w.follows(&Value::Null, 50).await;
        let drawn = async |after: i64| -> Vec<(i64, String)> {
            let statement = w.app.db.sql("SELECT id, subject_id FROM change_outbox WHERE id > ? ORDER BY id", [after]);
            let rows = w.app.db.connection().query_all_raw(statement).await.unwrap();
            rows.iter().map(|row| (row.try_get("", "id").unwrap(), row.try_get("", "subject_id").unwrap())).collect()
        };
        let tx = changed_and_not_committed(&w, &early).await;
        let quick = seller.offers(mug()).await;
        let seen = drawn(0).await;
        assert_eq!(seen.iter().map(|(_, id)| json!(id)).collect::<Vec<_>>(), [quick["id"].clone()]);
        tx.commit().await.unwrap();
        assert!(drawn(seen[0].0).await.is_empty(), "the naive reader never hears of the late one");
        let (news, _) = w.follows(&start, 1).await;
        let told: Vec<_> = news.iter().map(|change| change["subjectId"].clone()).collect();
        assert_eq!(told, [json!(early.id), quick["id"].clone()]);
    }
}

/// A transaction that changed a listing, and is left open.
async fn changed_and_not_committed(w: &World, product: &Product) -> Tx {
    let tx = w.app.db.begin().await.unwrap();
    let text = "UPDATE product SET title = 'Late', version = version + 1 WHERE id = ?";
    tx.connection().execute_raw(tx.sql(text, [product.id.to_string()])).await.unwrap();
    listing::refresh_products(&tx, &[product.id], w.now()).await.unwrap();
    tx
}

/// Five products, some of them changed, one withdrawn.
async fn writes_five(seller: Party) {
    for number in 0..5 {
        let product = seller.offers(mug_with(&json!({ "title": format!("Mug {number}") }))).await;
        if number % 2 == 1 {
            seller.changes(&product, json!({ "title": format!("Cup {number}") })).await.good();
        }
        if number == 4 {
            seller.on_product("withdrawProduct", json!({ "productId": product["id"] })).await.good();
        }
    }
}

/// Brings a copy of products' titles up to the feed.
async fn apply(w: &World, copy: &mut BTreeMap<String, String>, after: &mut Value) {
    let (news, end) = w.follows(after, 7).await;
    for change in news.iter().filter(|change| change["kind"] == "PRODUCT") {
        let id = change["subjectId"].as_str().unwrap().to_owned();
        match change["node"]["title"].as_str() {
            Some(title) => copy.insert(id, title.to_owned()),
            None => copy.remove(&id),
        };
    }
    *after = end;
}
