//! Texts in several languages: which one is answered, and that each is found.

use serde_json::{Value, json};

use super::products::mug_with;
use super::world::{World, on_both};

fn cup() -> Value {
    mug_with(&json!({
        "title": "Steel mug", "description": "Holds tea.", "attributes": [{ "name": "colour", "value": "blue" }],
        "translations": [
            { "language": "de", "title": "Stahlbecher", "description": "Für Teegetränke.", "attributes": [{ "name": "Farbe", "value": "himmelblau" }] },
            { "language": "pt-br", "title": "Caneca de aço" },
            { "language": "zh-Hant", "title": "鋼杯" },
        ],
    }))
}

const PRODUCT: &str =
    "query($id: ID!) { product(id: $id) { language title description attributes { value } } }";

impl World {
    /// What a product says to somebody who reads these languages.
    async fn reads_in(&self, accept: Option<&str>, id: &Value) -> Value {
        let mut request = self
            .http
            .post(self.url("/graphql"))
            .json(&json!({ "query": PRODUCT, "variables": { "id": id } }));
        if let Some(accept) = accept {
            request = request.header("accept-language", accept);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(
            answer.headers()["vary"].to_str().unwrap().split(", ").take(2).collect::<Vec<_>>(),
            ["Accept", "Accept-Language"]
        );
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["errors"].is_null(), "{answer:#}");
        answer["data"]["product"].clone()
    }
}

on_both! {
    async fn a_reader_gets_the_language_that_fits_best(w) {
        let seller = w.shop("Acme").await;
        let id = seller.offers(cup()).await["id"].clone();
        let german = json!({ "language": "de", "title": "Stahlbecher", "description": "Für Teegetränke.", "attributes": [{ "value": "himmelblau" }] });
        assert_eq!(w.reads_in(Some("de-AT, en;q=0.5"), &id).await, german);
        for (accept, language, title) in [
            (None, "en", "Steel mug"),
            (Some(""), "en", "Steel mug"),
            (Some("fr"), "en", "Steel mug"),
            (Some("pt-PT"), "pt-BR", "Caneca de aço"),
            (Some("fr, zh-Hant-TW;q=0.1"), "zh-Hant", "鋼杯"),
            (Some("en-GB, de"), "en", "Steel mug"),
            (Some("%%%, de;q=nonsense, de;q=0"), "en", "Steel mug"),
        ] {
            let said = w.reads_in(accept, &id).await;
            assert_eq!((&said["language"], &said["title"]), (&json!(language), &json!(title)), "{accept:?}");
        }
        assert_eq!(w.reads_in(Some("pt"), &id).await["description"], "", "a translation is not mixed with another");
        let query = "query($id: ID!) { product(id: $id) { text(language: \"de-CH\") { language title } texts { language title description } } }";
        let seen = w.execute(&w.anonymous(), query, json!({ "id": id })).await.good()["product"].clone();
        assert_eq!(seen["text"], json!({ "language": "de", "title": "Stahlbecher" }));
        assert_eq!(seen["texts"][0], json!({ "language": "en", "title": "Steel mug", "description": "Holds tea." }));
        assert_eq!(seen["texts"].as_array().unwrap().len(), 4);
        w.execute(&w.anonymous(), "query($id: ID!) { product(id: $id) { text(language: \"no language\") { title } } }", json!({ "id": id })).await.0["errors"].as_array().unwrap();
    }

    async fn every_language_is_searched_and_titles_count_in_each(w) {
        let seller = w.shop("Acme").await;
        let id = seller.offers(cup()).await["id"].clone();
        let mut other = cup();
        other["title"] = json!("Other");
        other["translations"] = json!([{ "language": "de", "title": "Anderes", "description": "Kein Stahlbecher." }]);
        let other = seller.offers(other).await["id"].clone();
        let found = async |query: &str| {
            let text = "query($query: String) { products(query: $query) { nodes { id } } }";
            let data = w.execute(&w.anonymous(), text, json!({ "query": query })).await.good();
            data["products"]["nodes"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect::<Vec<_>>()
        };
        for query in ["steel", "aço", "鋼杯", "himmelblau", "teegetranke"] {
            assert_eq!(found(query).await, std::slice::from_ref(&id), "{query}");
        }
        assert_eq!(found("stahlbecher").await, [id.clone(), other.clone()], "a word in a title comes before one in a text");
        seller.changes(&json!({ "id": id }), json!({ "translations": null })).await.good();
        assert_eq!(found("stahlbecher").await, [other]);
        assert_eq!(w.reads_in(Some("de"), &id).await["title"], "Steel mug");
    }
}
