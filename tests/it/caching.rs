//! What caches may keep: the public catalogue by GET, as callers without a token read it, and nothing else.

use reqwest::RequestBuilder;
use serde_json::Value;
use surety::domain::product::Product;
use surety::store::catalogue::{listing, products};

use super::server::Answered;
use super::world::{World, on_both};

fn get(w: &World, query: &str) -> RequestBuilder {
    w.http.get(reqwest::Url::parse_with_params(&w.url("/graphql"), [("query", query)]).unwrap())
}

async fn stocked(w: &World) -> Product {
    let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
    let cup = w.product(supplier, "Steel cup");
    w.stock(std::slice::from_ref(&cup)).await;
    cup
}

on_both! {
    async fn the_public_catalogue_is_kept_until_it_changes(w) {
        let cup = stocked(&w).await;
        let query = format!("{{ product(id: \"{}\") {{ id title }} }}", cup.id);
        let answer = Answered::of(get(&w, &query)).await;
        assert_eq!(answer.body["data"]["product"]["title"], "Steel cup");
        let (control, tag) = (answer.header("cache-control").to_owned(), answer.header("etag").to_owned());
        assert_eq!(control, "public, max-age=60");
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() == 66, "a strong tag: {tag}");
        for name in ["Accept", "Accept-Language", "Authorization"] {
            assert!(answer.header("vary").split(", ").any(|varies| varies == name), "{}", answer.header("vary"));
        }
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = Answered::of(get(&w, &query).header("if-none-match", &known)).await;
            assert_eq!((again.status, &again.body), (304, &Value::Null), "{known}");
            for name in ["cache-control", "etag", "vary"] {
                assert_eq!(again.header(name), answer.header(name), "{name}");
            }
        }
        // Another type is another representation.
        let strict = get(&w, &query).header("accept", "application/graphql-response+json");
        let strict = Answered::of(strict.header("if-none-match", &tag)).await;
        assert_eq!(strict.status, 200);
        assert_ne!(strict.header("etag"), tag);

        let renamed = Product { version: 2, title: "Iron cup".to_owned(), ..cup.clone() };
        let tx = w.app.db.begin().await.unwrap();
        assert!(products::replace_product(&tx, &renamed).await.unwrap());
        listing::refresh_products(&tx, &[cup.id], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let fresh = Answered::of(get(&w, &query).header("if-none-match", &tag)).await;
        assert_eq!((fresh.status, &fresh.body["data"]["product"]["title"]), (200, &Value::from("Iron cup")));
        assert_ne!(fresh.header("etag"), tag);
    }

    async fn what_is_fresh_for_less_decides_for_the_whole(w) {
        let cup = stocked(&w).await;
        let reviewed = format!("product(id: \"{}\") {{ id reviews(first: 1) {{ nodes {{ id }} }} }}", cup.id);
        for (fields, age) in [
            ("serverVersion", 60),
            ("__schema { queryType { name } }", 300),
            ("products(first: 5) { nodes { id } }", 30),
            (reviewed.as_str(), 30),
            ("categories(first: 5) { nodes { id } }", 300),
            ("categories(first: 5) { nodes { id } } serverVersion", 60),
        ] {
            let answer = Answered::of(get(&w, &format!("{{ {fields} }}"))).await;
            assert_eq!(answer.header("cache-control"), format!("public, max-age={age}"), "{fields}");
        }
    }

    async fn everything_else_is_kept_by_nobody(w) {
        let cup = stocked(&w).await;
        let public = format!("{{ product(id: \"{}\") {{ id }} }}", cup.id);
        let buyer = w.buyer("Acme").await;
        let bearer = get(&w, &public).bearer_auth(buyer.token());
        let (nobody, mine) = ("no-store", "private, no-store");
        for (request, status, control) in [
            (bearer.try_clone().unwrap(), 200, mine),
            (bearer.header("if-none-match", "*"), 200, mine),
            (get(&w, &public).bearer_auth("nonsense"), 401, mine),
            (get(&w, "{ viewer { role } }"), 200, nobody),
            (get(&w, &format!("{{ node(id: \"{}\") {{ id }} }}", cup.id)), 200, nobody),
            (get(&w, "{ serverVersion orders(first: 1) { nodes { id } } }"), 200, nobody),
            (get(&w, "{ product(id: \"product_1\") { creditBalances } }"), 200, nobody),
            (get(&w, "{"), 200, nobody),
            (get(&w, "mutation { __typename }"), 405, nobody),
            (get(&w, &public).header("accept", "image/png"), 406, nobody),
        ] {
            let answer = Answered::of(request).await;
            assert_eq!((answer.status, answer.header("cache-control")), (status, control), "{:#}", answer.body);
            assert_eq!(answer.header("etag"), "");
            assert!(answer.header("vary").contains("Authorization"));
        }
        let posted = w.http.post(w.url("/graphql")).json(&serde_json::json!({ "query": public }));
        let answer = Answered::of(posted).await;
        assert_eq!((answer.status, answer.header("cache-control"), answer.header("etag")), (200, "", ""));
    }
}
