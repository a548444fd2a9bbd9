//! An outside issuer as it lives: it is found, signs, changes its keys, falls silent and comes back; and nothing is let in that
//! it could not, or may not, have signed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::time::Span;
use surety::service::auth;
use tokio::net::TcpListener;
use tokio::sync::{RwLock, watch};

use super::tokens::unsigned;
use super::world::{Party, World, on_both};

/// A key of the issuer.
struct Key {
    kid: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Key {
    /// The one that it has at first.
    fn may() -> Self {
        let private = EncodingKey::from_ec_pem(include_bytes!("keys/es256.pem")).unwrap();
        Self { kid: "may", algorithm: Algorithm::ES256, private }
    }

    /// Its successor, of another kind.
    fn june() -> Self {
        let private = EncodingKey::from_rsa_pem(include_bytes!("keys/rs256.pem")).unwrap();
        Self { kid: "june", algorithm: Algorithm::RS256, private }
    }

    fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.to_owned());
        json!(jwk)
    }

    fn signs(&self, claims: &Value) -> String {
        self.signs_as(self.kid, claims)
    }

    fn signs_as(&self, kid: &str, claims: &Value) -> String {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }
}

/// An issuer that answers on this machine.
struct Issuer {
    name: String,
    published: Mutex<Vec<Value>>,
    /// What it says of how long its keys are good.
    lasting: Option<&'static str>,
    is_down: AtomicBool,
    /// How often somebody came to look for its keys.
    asked: watch::Sender<usize>,
    /// Who holds it keeps everybody waiting for an answer.
    door: RwLock<()>,
}

impl Issuer {
    async fn open(lasting: Option<&'static str>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Arc::new(Self {
            name: format!("http://{}/realms/acme", listener.local_addr().unwrap()),
            published: Mutex::new(vec![Key::may().public()]),
            lasting,
            is_down: AtomicBool::new(false),
            asked: watch::Sender::new(0),
            door: RwLock::new(()),
        });
        let router = Router::new()
            .route("/realms/acme/.well-known/openid-configuration", get(discovery))
            .route("/realms/acme/keys", get(keys))
            .with_state(Arc::clone(&issuer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    async fn until_asked(&self, times: usize) {
        self.asked.subscribe().wait_for(|asked| *asked == times).await.unwrap();
    }

    fn publishes(&self, keys: &[&Key]) {
        *self.published.lock().unwrap() = keys.iter().map(|key| key.public()).collect();
    }

    fn goes(&self, down: bool) {
        self.is_down.store(down, Ordering::Release);
    }

    /// What a good token for a party says.
    fn claims(&self, node: &World, party: &Party) -> Value {
        json!({
            "iss": self.name, "aud": ["surety-sandbox", "others"], "sub": "client-4711", "app": party.app.id,
            "exp": node.now().seconds() + 60, "role": party.app.role.as_str(), "company": party.actor.company,
            "scope": "openid orders:read",
        })
    }
}

async fn discovery(State(issuer): State<Arc<Issuer>>) -> Response {
    issuer.asked.send_modify(|asked| *asked += 1);
    let _open = issuer.door.read().await;
    if issuer.is_down.load(Ordering::Acquire) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(json!({ "issuer": issuer.name, "jwks_uri": format!("{}/keys", issuer.name) })).into_response()
}

async fn keys(State(issuer): State<Arc<Issuer>>) -> Response {
    let set = json!({ "keys": *issuer.published.lock().unwrap() });
    let mut answer = Json(set).into_response();
    if let Some(lasting) = issuer.lasting {
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(lasting));
    }
    answer
}

impl World {
    /// The file that lists one issuer with what it may sign for.
    fn lists(&self, issuer: &Issuer, signs_for: &Value) -> PathBuf {
        let mut listed = json!({ "issuer": issuer.name });
        listed.as_object_mut().unwrap().extend(signs_for.as_object().unwrap().clone());
        let file = self.folder().join("issuers.json");
        std::fs::write(&file, json!([listed]).to_string()).unwrap();
        file
    }

    /// Another node on the same rows that lets the issuer's tokens in.
    async fn trusts(&self, issuer: &Issuer, signs_for: Value) -> Self {
        let file = self.lists(issuer, &signs_for);
        let settings = [("SURETY_ISSUERS_FILE", file.to_str().unwrap())];
        Self::on(self.database(), Clock::manual(self.now()), &settings).await
    }
}

on_both! {
    async fn an_issuer_is_found_and_lets_its_apps_in(w) {
        let (buyer, issuer) = (w.buyer("acme").await, Issuer::open(None).await);
        let node = w.trusts(&issuer, json!({ "apps": [buyer.app.id] })).await;
        assert_eq!(issuer.asked(), 1);
        for _ in 0..2 {
            let token = Key::may().signs(&issuer.claims(&node, &buyer));
            let seen = node.graphql(&token, "{ viewer { appId role scopes company { id } } }", json!({})).await;
            let expected = json!({ "appId": buyer.app.id, "role": "BUYER", "scopes": ["orders:read"],
                "company": { "id": buyer.actor.company } });
            assert_eq!(seen["data"]["viewer"], expected);
        }
        assert!(node.lets_in(&buyer.token()).await, "what we sign ourselves is let in beside it");
        assert_eq!(issuer.asked(), 1, "its keys are kept");
        assert!(!w.lets_in(&Key::may().signs(&issuer.claims(&w, &buyer))).await, "where nobody lists it it is nobody");
    }

    async fn what_an_issuer_cannot_have_signed_is_refused(w) {
        let (buyer, issuer) = (w.buyer("acme").await, Issuer::open(None).await);
        let node = w.trusts(&issuer, json!({ "apps": ["*"] })).await;
        let good = issuer.claims(&node, &buyer);
        assert!(node.lets_in(&Key::may().signs(&good)).await);
        let now = node.now().seconds();
        for (claim, value) in [
            ("aud", json!("surety")),
            ("aud", json!([])),
            ("aud", Value::Null),
            ("sub", Value::Null),
            ("exp", Value::Null),
            ("exp", json!(now)),
            ("exp", json!(now + 367 * 86_400)),
            ("nbf", json!(now + 1)),
            ("nbf", json!(u64::MAX)),
            ("iss", json!(format!("{}/", issuer.name))),
            ("iss", json!(w.app.config.issuer)),
            ("env", json!("production")),
        ] {
            let mut spoilt = good.clone();
            spoilt[claim] = value.clone();
            if value.is_null() {
                spoilt.as_object_mut().unwrap().remove(claim);
            }
            assert!(!node.lets_in(&Key::may().signs(&spoilt)).await, "{claim} = {value}");
        }
        let public = Key::may().public();
        let x = URL_SAFE_NO_PAD.decode(public["x"].as_str().unwrap()).unwrap();
        for secret in [x, public.to_string().into_bytes()] {
            let header = Header { kid: Some("may".to_owned()), ..Header::new(Algorithm::HS256) };
            let token = jsonwebtoken::encode(&header, &good, &EncodingKey::from_secret(&secret)).unwrap();
            assert!(!node.lets_in(&token).await, "HS256 with the public key");
        }
        for alg in ["none", "None", "ES256"] {
            let token = unsigned(&json!({ "alg": alg, "kid": "may", "typ": "JWT" }), &good, "");
            assert!(!node.lets_in(&token).await, "{alg} without a signature");
        }
        assert!(!node.lets_in(&Key::june().signs_as("may", &good)).await, "another key under the name");
        let (kid, own) = node.app.keys.signer(node.now()).unwrap();
        let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
        let ours = jsonwebtoken::encode(&header, &good, &own).unwrap();
        assert!(!node.lets_in(&ours).await, "our key in its name");
        assert_eq!(issuer.asked(), 1, "none of it made us ask again");
    }

    async fn an_issuer_signs_for_nobody_but_whom_it_is_listed_for(w) {
        let (buyer, rival, staff) = (w.buyer("acme").await, w.buyer("rival").await, w.operator().await);
        let second = w.party("second", surety::domain::actor::Role::Buyer).await;
        let issuer = Issuer::open(None).await;
        for (signs_for, let_in) in [
            (json!({ "apps": [buyer.app.id, second.app.id] }), [true, false, true, false]),
            (json!({ "companies": [buyer.actor.company] }), [true, false, false, false]),
            (json!({ "apps": [rival.app.id], "companies": [buyer.actor.company] }), [false; 4]),
            (json!({ "apps": ["*"], "companies": [rival.actor.company] }), [false, true, false, false]),
            (json!({ "apps": ["*"] }), [true; 4]),
        ] {
            let node = w.trusts(&issuer, signs_for.clone()).await;
            let mut found = Vec::new();
            for party in [&buyer, &rival, &second, &staff] {
                let mut claims = issuer.claims(&node, party);
                // A role that acts for no company says none.
                claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
                found.push(node.lets_in(&Key::may().signs(&claims)).await);
            }
            assert_eq!(found, let_in, "{signs_for}");
            node.closes().await;
        }
    }

    async fn an_issuer_changes_its_keys(w) {
        let (buyer, issuer) = (w.buyer("acme").await, Issuer::open(Some("max-age=300")).await);
        let node = w.trusts(&issuer, json!({ "apps": [buyer.app.id] })).await;
        let (may, june) = (Key::may(), Key::june());
        let token = |key: &Key| key.signs(&issuer.claims(&node, &buyer));
        issuer.publishes(&[&may, &june]);
        assert!(!node.lets_in(&token(&june)).await, "it was asked a moment ago");
        assert_eq!(issuer.asked(), 1);
        node.passes(Span::seconds(60));
        assert!(node.lets_in(&token(&june)).await && node.lets_in(&token(&may)).await);
        assert_eq!(issuer.asked(), 2);
        // Keys that nobody has: they make us ask once a minute, however many there are.
        for asked in [2, 3] {
            for number in 0..10 {
                let unknown = may.signs_as(&number.to_string(), &issuer.claims(&node, &buyer));
                assert!(!node.lets_in(&unknown).await);
            }
            assert_eq!(issuer.asked(), asked);
            node.passes(Span::seconds(60));
        }
        issuer.publishes(&[&june]);
        node.passes(Span::seconds(239 - 60));
        assert!(node.lets_in(&token(&may)).await, "it said that its keys are good for five minutes");
        assert_eq!(issuer.asked(), 3);
        node.passes(Span::seconds(61));
        assert!(!node.lets_in(&token(&may)).await, "it has taken the key out");
        assert!(node.lets_in(&token(&june)).await);
        assert_eq!(issuer.asked(), 4);
    }

    async fn an_issuer_falls_silent_and_comes_back(w) {
        let (buyer, issuer) = (w.buyer("acme").await, Issuer::open(Some("max-age=86400")).await);
        let node = w.trusts(&issuer, json!({ "apps": [buyer.app.id] })).await;
        let (may, june) = (Key::may(), Key::june());
        let token = |key: &Key| key.signs(&issuer.claims(&node, &buyer));
        issuer.goes(true);
        node.passes(Span::days(1));
        assert!(node.lets_in(&token(&may)).await, "its last word counts");
        assert_eq!(issuer.asked(), 2);
        node.passes(Span::seconds(59));
        assert!(node.lets_in(&token(&may)).await);
        assert_eq!(issuer.asked(), 2, "it is not asked at every request");
        // It is asked again in a minute, not in a day, and nobody waits for it.
        node.passes(Span::seconds(1));
        assert!(node.lets_in(&token(&may)).await);
        // But for whoever shows an unknown key: that one waits until nobody looks any more.
        assert!(!node.lets_in(&token(&june)).await);
        assert_eq!(issuer.asked(), 3);
        issuer.goes(false);
        issuer.publishes(&[&june]);
        node.passes(Span::seconds(60));
        assert!(node.lets_in(&token(&june)).await);
        assert!(!node.lets_in(&token(&may)).await);
        assert_eq!(issuer.asked(), 4);
        // Of one that is silent for longer than two days nothing counts, nor what was opened with it.
        let session = auth::authenticate(&node.app, Some(&format!("Bearer {}", token(&june)))).await.unwrap();
        issuer.goes(true);
        node.passes(Span::days(2));
        assert!(node.lets_in(&token(&june)).await && auth::still_holds(&node.app, &session).await);
        node.passes(Span::seconds(1));
        assert!(!node.lets_in(&token(&june)).await);
        assert!(!auth::still_holds(&node.app, &session).await);
    }

    async fn an_issuer_that_is_silent_at_the_start_is_waited_for(w) {
        let (buyer, issuer) = (w.buyer("acme").await, Issuer::open(None).await);
        issuer.goes(true);
        let node = w.trusts(&issuer, json!({ "apps": [buyer.app.id] })).await;
        let token = || Key::may().signs(&issuer.claims(&node, &buyer));
        assert!(!node.lets_in(&token()).await);
        assert!(node.lets_in(&buyer.token()).await, "others need not wait");
        issuer.goes(false);
        node.passes(Span::seconds(60));
        assert!(node.lets_in(&token()).await);
    }

    async fn a_caller_that_goes_away_does_not_take_the_look_for_keys_along(w) {
        let (buyer, issuer) = (w.buyer("acme").await, Issuer::open(None).await);
        let node = w.trusts(&issuer, json!({ "apps": [buyer.app.id] })).await;
        issuer.publishes(&[&Key::may(), &Key::june()]);
        node.passes(Span::seconds(60));
        let closed = issuer.door.write().await;
        let (app, header) = (
            Arc::clone(&node.app),
            format!("Bearer {}", Key::may().signs_as("nobody's", &issuer.claims(&node, &buyer))),
        );
        let caller = tokio::spawn(async move { auth::authenticate(&app, Some(&header)).await.is_ok() });
        issuer.until_asked(2).await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        drop(closed);
        let token = Key::june().signs(&issuer.claims(&node, &buyer));
        assert!(node.lets_in(&token).await, "the look went on without who began it");
        assert_eq!(issuer.asked(), 2);
    }
}
