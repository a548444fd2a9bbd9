//! Publishable storefront keys: good for the catalogue, from the pages that they are meant for, and for nothing else.

use serde_json::{Value, json};
use surety::domain::credential::{Environment, storefront_key_text};
use surety::domain::error::Code;
use surety::domain::time::Span;
use surety::service::Error;
use surety::service::auth::{self, Source};

use super::apps::APP;
use super::server::Answered;
use super::world::{Party, World, on_both};

impl Party {
    /// A storefront with a key for these origins: the app's id, the key's id and the key.
    pub async fn makes_storefront(&self, name: &str, origins: Value) -> (Value, Value, String) {
        let (app, _) = self.makes_app(name, json!({ "role": "STOREFRONT" })).await;
        let input = json!({ "idempotencyKey": format!("{name}-key"), "partnerAppId": app["id"], "allowedOrigins": origins });
        let data = self.keeps("createStorefrontKey", "storefrontKey { id key }", input).await.good();
        let key = &data["createStorefrontKey"]["storefrontKey"];
        (app["id"].clone(), key["id"].clone(), key["key"].as_str().unwrap().to_owned())
    }
}

impl World {
    async fn asks_from(&self, key: &str, origin: Option<&str>, query: &str) -> Answered {
        let request = self.http.post(self.url("/graphql")).bearer_auth(key).json(&json!({ "query": query }));
        let request = match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        };
        Answered::of(request.header("accept", "application/graphql-response+json")).await
    }
}

const CATALOGUE: &str = "{ viewer { role scopes } products { nodes { id } } }";

on_both! {
    async fn a_key_reads_the_catalogue_and_nothing_else(w) {
        let operator = w.operator().await;
        let (app, id, key) = operator.makes_storefront("shop", json!([])).await;
        assert!(key.starts_with("pk_sandbox_"), "{key}");
        let seen = w.asks_from(&key, Some("https://anywhere.example.com"), CATALOGUE).await;
        assert_eq!(seen.body["data"]["viewer"], json!({ "role": "STOREFRONT", "scopes": ["catalog:read"] }));
        // The storefront's own token can more; what stands in a web page cannot.
        let more = w.asks_from(&key, None, "{ webhookEndpoints { nodes { id } } }").await;
        assert_eq!(more.code(), "FORBIDDEN");
        let session = auth::authenticate(&w.app, Some(&format!("Bearer {key}"))).await.unwrap();
        assert_eq!(session.token.as_deref(), id.as_str());
        assert_eq!(session.actor.app.map(|app| app.to_string()).as_deref(), app.as_str());
        w.forget_statements();
        auth::authenticate(&w.app, Some(&format!("Bearer {key}"))).await.unwrap();
        assert_eq!(w.statements(), Vec::<String>::new(), "a warmed key costs no statement");
        auth::write_last_used(&w.app).await.unwrap();
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on PartnerApp {{ {APP} }} }} }}");
        let seen = operator.asks(&query, json!({ "id": app })).await.good();
        assert_eq!(seen["node"]["storefrontKeys"][0]["lastUsedOn"], "2026-05-04");
    }

    async fn a_new_key_is_answered_itself_also_again(w) {
        let operator = w.operator().await;
        let (app, _) = operator.makes_app("shop", json!({ "role": "STOREFRONT" })).await;
        let makes = async |name: &str| {
            let input = json!({ "idempotencyKey": name, "partnerAppId": app["id"] });
            let fields = "storefrontKey { id key allowedOrigins } partnerApp { storefrontKeys { id } }";
            operator.keeps("createStorefrontKey", fields, input).await.good()["createStorefrontKey"].clone()
        };
        let first = makes("one").await["storefrontKey"].clone();
        assert!(first["key"].as_str().unwrap().starts_with("pk_sandbox_"), "{first}");
        let second = makes("two").await["storefrontKey"].clone();
        assert_ne!(first["key"], second["key"]);
        let again = makes("one").await;
        assert_eq!((&again["replayed"], &again["storefrontKey"]), (&json!(true), &first));
        assert_eq!(again["partnerApp"]["storefrontKeys"].as_array().unwrap().len(), 2);
        let input = json!({ "idempotencyKey": "x", "storefrontKeyId": first["id"] });
        operator.keeps("revokeStorefrontKey", "partnerApp { id }", input).await.good();
        assert_eq!(makes("one").await["storefrontKey"], Value::Null, "it is no key any more");
    }

    async fn a_key_counts_for_its_origins(w) {
        let operator = w.operator().await;
        let (_, _, key) = operator.makes_storefront("shop", json!(["https://shop.example.com"])).await;
        for (origin, status) in [
            (None, 200),
            (Some("https://shop.example.com"), 200),
            (Some("https://evil.example"), 401),
            (Some("http://shop.example.com"), 401),
            (Some("null"), 401),
        ] {
            assert_eq!(w.asks_from(&key, origin, CATALOGUE).await.status, status, "{origin:?}");
        }
        let input = json!({ "idempotencyKey": "bad", "partnerAppId": operator.app.id, "allowedOrigins": ["shop.example.com"] });
        operator.keeps("createStorefrontKey", "replayed", input).await.refused("INVALID_INPUT");
        let input = json!({ "idempotencyKey": "role", "partnerAppId": operator.app.id });
        operator.keeps("createStorefrontKey", "replayed", input).await.refused("STATE_CONFLICT");
    }

    async fn a_key_that_is_none_is_refused_like_every_other_token(w) {
        let operator = w.operator().await;
        let (_, _, key) = operator.makes_storefront("shop", json!([])).await;
        let unknown = storefront_key_text(w.app.config.environment(), &[1; 24]);
        let theirs = storefront_key_text(Environment::Production, &[1; 24]);
        w.forget_statements();
        for bad in ["pk_", "pk_sandbox_", &key[..key.len() - 1], &format!("{key}0"), &key.to_uppercase(), &theirs] {
            match auth::authenticate(&w.app, Some(&format!("Bearer {bad}"))).await {
                Err(Error::Denied(refusal)) => assert_eq!(refusal.code, Code::Unauthenticated, "{bad}"),
                other => panic!("{bad}: {other:?}"),
            }
        }
        assert_eq!(w.statements(), Vec::<String>::new(), "what cannot be a key does not get to the database");
        assert!(auth::authenticate(&w.app, Some(&format!("Bearer {unknown}"))).await.is_err());
    }

    async fn what_is_no_key_is_looked_up_once_in_ten_seconds_and_after_each_new_key(w) {
        let operator = w.operator().await;
        let unknown = format!("Bearer {}", storefront_key_text(w.app.config.environment(), &[1; 24]));
        let looked_up = async || {
            w.forget_statements();
            assert!(auth::authenticate(&w.app, Some(&unknown)).await.is_err());
            w.statements().len()
        };
        assert_eq!((looked_up().await, looked_up().await), (1, 0));
        w.passes(Span::seconds(9));
        assert_eq!(looked_up().await, 0);
        w.passes(Span::seconds(1));
        assert_eq!((looked_up().await, looked_up().await), (1, 0));
        operator.makes_storefront("shop", json!([])).await;
        assert_eq!(looked_up().await, 1, "it could be the new one");
    }

    async fn made_up_keys_are_looked_up_a_hundred_times_and_no_more(w) {
        let operator = w.operator().await;
        let (_, _, key) = operator.makes_storefront("shop", json!([])).await;
        let (_, _, unseen) = operator.makes_storefront("other", json!([])).await;
        assert_eq!(w.asks_from(&key, None, CATALOGUE).await.status, 200);
        w.forget_statements();
        let mut looked_at = 0;
        for number in 0..1_000_u64 {
            let mut bytes = [0; 24];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            let answer = w.asks_from(&storefront_key_text(w.app.config.environment(), &bytes), None, CATALOGUE).await;
            match (answer.status, answer.code()) {
                (401, "UNAUTHENTICATED") => looked_at += 1,
                (429, "THROTTLED") => assert_eq!(answer.header("retry-after"), "1"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((looked_at, w.statements().len()), (100, 100), "{:#?}", w.statements().last());
        assert_eq!(w.asks_from(&key, None, CATALOGUE).await.status, 200, "what was let in before goes on");
        assert_eq!(w.asks_from(&unseen, None, CATALOGUE).await.status, 429);
        let elsewhere = Source { origin: None, address: "192.0.2.1".parse().ok() };
        let made_up = storefront_key_text(w.app.config.environment(), &[2; 24]);
        match auth::authenticate_from(&w.app, Some(&format!("Bearer {made_up}")), elsewhere).await {
            Err(auth::Refused::Failed(Error::Denied(refusal))) => assert_eq!(refusal.code, Code::Unauthenticated),
            other => panic!("others have an allowance of their own: {other:?}"),
        }
        w.passes(Span::seconds(1));
        assert_eq!(w.asks_from(&unseen, None, CATALOGUE).await.status, 200);
    }

    async fn a_key_ends_with_its_revocation_and_with_its_app(w) {
        let operator = w.operator().await;
        let (app, id, key) = operator.makes_storefront("shop", json!([])).await;
        let session = auth::authenticate(&w.app, Some(&format!("Bearer {key}"))).await.unwrap();
        let switch = async |name: &str, active: bool| {
            let input = json!({ "idempotencyKey": name, "partnerAppId": app, "active": active });
            operator.keeps("setPartnerAppActive", "partnerApp { active }", input).await.good();
        };
        switch("off", false).await;
        assert_eq!(w.asks_from(&key, None, CATALOGUE).await.status, 401);
        switch("on", true).await;
        assert_eq!(w.asks_from(&key, None, CATALOGUE).await.status, 200);
        assert!(auth::still_holds(&w.app, &session).await);
        let input = json!({ "idempotencyKey": "x", "storefrontKeyId": id });
        let left = operator.keeps("revokeStorefrontKey", &format!("partnerApp {{ {APP} }}"), input).await.good();
        assert_eq!(left["revokeStorefrontKey"]["partnerApp"]["storefrontKeys"], json!([]));
        assert_eq!(w.asks_from(&key, None, CATALOGUE).await.status, 401);
        assert!(!auth::still_holds(&w.app, &session).await);
        w.passes(Span::seconds(60));
        assert_eq!(w.asks_from(&key, None, CATALOGUE).await.status, 401);
    }
}
