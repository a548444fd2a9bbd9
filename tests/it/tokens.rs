//! Tokens: what is accepted, and that everything else gets one plain answer.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use surety::domain::actor::{Role, Scope, ScopeSet};
use surety::domain::error::Code;
use surety::domain::time::Span;
use surety::service::auth::{self, Grant, Session};
use surety::service::{Error, keys::Keys, parties};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::database::Backend;
use super::server::Answered;
use super::world::{Party, World, on_both, on_both_with};

const BEHIND_A_PROXY: &[(&str, &str)] = &[("SURETY_TRUSTED_PROXY", "true")];

async fn authenticate(w: &World, token: &str) -> Result<Session, Error> {
    auth::authenticate(&w.app, Some(&format!("Bearer {token}"))).await
}

/// Checks that a header is refused, with the same words as every other.
async fn refused_header(w: &World, header: &str, case: &str) {
    match auth::authenticate(&w.app, Some(header)).await {
        Err(Error::Denied(refusal)) => {
            assert_eq!(refusal.code, Code::Unauthenticated, "{case}");
            assert_eq!(refusal.message, "The token is not valid here. Get a new one.", "{case}");
        }
        other => panic!("{case}: {other:?}"),
    }
}

async fn refused(w: &World, token: &str, case: &str) {
    refused_header(w, &format!("Bearer {token}"), case).await;
}

/// The claims of a good token of a party, to be spoilt.
fn claims(party: &Party) -> Value {
    let payload = party.token().split('.').nth(1).unwrap().to_owned();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Signs claims with the world's own key.
fn sign(w: &World, claims: &Value) -> String {
    let (kid, key) = w.app.keys.signer(w.now()).unwrap();
    jsonwebtoken::encode(&Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) }, claims, &key).unwrap()
}

/// A token with this in the place of its signature.
pub fn unsigned(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

impl World {
    /// What somebody at this address is answered who shows a token.
    async fn shown(&self, token: &str, address: &str) -> Answered {
        let request = self.http.post(self.url("/graphql")).header("x-forwarded-for", address);
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let request = request.header("accept", "application/graphql-response+json");
        Answered::of(request.json(&json!({ "query": "{ serverVersion }" }))).await
    }

    /// The same of a stream of events.
    async fn streamed(&self, token: &str, address: &str) -> Answered {
        let request = self.http.get(self.url("/graphql/stream")).header("x-forwarded-for", address);
        Answered::of(request.bearer_auth(token)).await
    }

    /// The code with which a socket is closed that somebody at this address opens with a token; none where it is acknowledged.
    async fn socket_closes(&self, token: &str, address: &str) -> Option<u16> {
        let mut request = format!("ws://{}/graphql/ws", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        request.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
        let (mut socket, _) = connect_async(request).await.unwrap();
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(Message::text(init.to_string())).await.unwrap();
        loop {
            let frame =
                timeout(Duration::from_secs(10), socket.next()).await.expect("the server says nothing");
            match frame.expect("the socket ended").unwrap() {
                Message::Text(_) => return None,
                Message::Close(frame) => return Some(frame.expect("a code").code.into()),
                _ => {}
            }
        }
    }
}

on_both_with! {
    super::BEHIND_A_PROXY;

    async fn a_network_that_sends_bad_tokens_is_told_to_wait(w) {
        let buyer = w.buyer("acme").await;
        let (known, unseen) = (buyer.token(), buyer.token());
        let (kid, _) = w.app.keys.signer(w.now()).unwrap();
        let forged = unsigned(&json!({ "alg": "EdDSA", "kid": kid }), &claims(&buyer), "AAAA");
        let here = "2001:db8:1:2::1";
        assert_eq!(w.shown(&known, here).await.status, 200);
        w.forget_statements();
        let mut looked_at = 0;
        for number in 0..1_000 {
            // Whoever has a network chooses its addresses in it.
            let address = format!("2001:db8:1:2::{number:x}");
            let answer = w.shown(if number % 2 == 0 { &forged } else { "nonsense" }, &address).await;
            match (answer.status, answer.code()) {
                (401, "UNAUTHENTICATED") => looked_at += 1,
                (429, "THROTTLED") => assert_eq!(answer.header("retry-after"), "1"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(looked_at, 100);
        assert_eq!(w.statements(), Vec::<String>::new());
        assert!(w.app.telemetry.strangers_throttled.refused.count() >= 900);
        let waits = w.shown(&unseen, here).await;
        assert_eq!((waits.status, waits.code(), waits.header("retry-after")), (429, "THROTTLED", "1"));
        assert_eq!(waits.body["errors"][0]["extensions"]["retryAfter"], 1);
        assert_eq!(w.shown(&known, here).await.status, 200, "what was let in before goes on");
        assert_eq!(w.shown("", here).await.status, 200, "and who shows nothing");
        assert_eq!(w.shown("nonsense", "2001:db8:1:3::1").await.status, 401, "others have an allowance of their own");
        w.passes(Span::seconds(1));
        assert_eq!(w.shown(&unseen, here).await.status, 200);
        for _ in 0..5 {
            assert_eq!(w.shown("nonsense", here).await.status, 401, "five come back in a second");
        }
        assert_eq!(w.shown("nonsense", here).await.status, 429);
        // A token that ended counts like every other that is refused.
        w.passes(Span::hours(1));
        for _ in 0..100 {
            assert_eq!(w.shown(&known, here).await.status, 401);
        }
        assert_eq!(w.shown(&known, here).await.status, 429);
    }

    async fn bad_tokens_are_counted_at_every_door(w) {
        let buyer = w.buyer("acme").await;
        let (here, token) = ("192.0.2.1", buyer.token());
        for _ in 0..30 {
            assert_eq!(w.shown("nonsense", here).await.status, 401);
            assert_eq!(w.streamed("nonsense", here).await.status, 401);
            assert_eq!(w.socket_closes("nonsense", here).await, Some(4_403));
        }
        for _ in 0..10 {
            assert_eq!(w.shown("nonsense", here).await.status, 401);
        }
        let streamed = w.streamed(&token, here).await;
        assert_eq!((streamed.status, streamed.code(), streamed.header("retry-after")), (429, "THROTTLED", "1"));
        assert_eq!(w.shown(&token, here).await.status, 429);
        assert_eq!(w.socket_closes(&token, here).await, Some(1_013), "clients come back after it");
        assert_eq!(w.socket_closes(&token, "192.0.2.2").await, None);
        assert_eq!(w.socket_closes(&token, here).await, None, "it was let in elsewhere");
        for _ in 0..150 {
            assert_eq!(w.shown("nonsense", "unknown").await.status, 401, "whose address is not known is not bounded");
        }
    }
}

on_both! {
    async fn a_good_token_says_who_calls(w) {
        let buyer = w.buyer("acme").await;
        let session = authenticate(&w, &buyer.token()).await.unwrap();
        assert_eq!(session.actor, buyer.actor);
        assert_eq!(session.expires_at, Some(w.now().plus(Span::hours(1))));
        let anonymous = auth::authenticate(&w.app, None).await.unwrap();
        assert!(anonymous.actor.is_anonymous() && anonymous.actor.scopes.contains(Scope::CatalogRead));
        w.forget_statements();
        let again = auth::authenticate(&w.app, Some(&format!("bearer {}", buyer.token()))).await.unwrap();
        assert_eq!(again.actor, buyer.actor);
        assert_eq!(w.statements(), Vec::<String>::new(), "a warmed authentication costs no statement");
    }

    async fn time_is_our_clock_without_leeway(w) {
        let buyer = w.buyer("acme").await;
        let token = buyer.token();
        w.passes(Span::seconds(3_599));
        assert!(authenticate(&w, &token).await.is_ok());
        w.passes(Span::seconds(1));
        refused(&w, &token, "expired").await;
        let mut early = claims(&buyer);
        early["nbf"] = json!(w.now().seconds() + 1);
        let early = sign(&w, &early);
        refused(&w, &early, "not valid yet").await;
        w.passes(Span::seconds(1));
        assert!(authenticate(&w, &early).await.is_ok());
    }

    async fn spoilt_claims_are_refused(w) {
        let (buyer, other) = (w.buyer("acme").await, w.company("other").await);
        let good = claims(&buyer);
        assert!(authenticate(&w, &sign(&w, &good)).await.is_ok());
        for (claim, value) in [
            ("aud", json!("somebody else")),
            ("aud", Value::Null),
            ("iss", json!("https://evil.example")),
            ("iss", Value::Null),
            ("exp", Value::Null),
            ("exp", json!(w.now().seconds())),
            ("exp", json!(-1)),
            ("exp", json!("tomorrow")),
            ("exp", json!(u64::MAX)),
            ("sub", Value::Null),
            ("sub", json!("app_00000000000000000000000000")),
            ("sub", json!(other.id)),
            ("role", json!("emperor")),
            ("role", json!("operator")),
            ("role", Value::Null),
            ("company", Value::Null),
            ("company", json!(other.id)),
            ("company", json!("company_00000000000000000000000000")),
            ("company", json!("acme")),
            ("member", json!("member_00000000000000000000000000")),
            ("env", json!("production")),
            ("env", json!("")),
        ] {
            let mut spoilt = good.clone();
            spoilt[claim] = value.clone();
            if value.is_null() {
                spoilt.as_object_mut().unwrap().remove(claim);
            }
            refused(&w, &sign(&w, &spoilt), &format!("{claim} = {value}")).await;
        }
    }

    async fn forged_tokens_are_refused(w) {
        let buyer = w.buyer("acme").await;
        let (good, token) = (claims(&buyer), buyer.token());
        // It is remembered, and helps none of those that resemble it.
        assert!(authenticate(&w, &token).await.is_ok());
        let (kid, _) = w.app.keys.signer(w.now()).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        for alg in ["none", "None", "NONE"] {
            let header = json!({ "alg": alg, "kid": kid, "typ": "JWT" });
            refused(&w, &unsigned(&header, &good, ""), alg).await;
            refused(&w, &unsigned(&header, &good, parts[2]), alg).await;
        }
        // The public key as the secret of a symmetric signature.
        let published = auth::published_keys(&w.app).await;
        let public = published["keys"][0]["x"].as_str().unwrap();
        for secret in [URL_SAFE_NO_PAD.decode(public).unwrap(), public.as_bytes().to_vec()] {
            let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
            let token = jsonwebtoken::encode(&header, &good, &EncodingKey::from_secret(&secret)).unwrap();
            refused(&w, &token, "HS256 with the public key").await;
        }
        // Another server's key under our key's name.
        let stranger = World::with(Backend::Sqlite, &[]).await.unwrap();
        let (_, key) = stranger.app.keys.signer(stranger.now()).unwrap();
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        refused(&w, &jsonwebtoken::encode(&header, &good, &key).unwrap(), "wrong key").await;
        // Another payload, header or signature under the old signature.
        let mut rich = good.clone();
        rich["role"] = json!("operator");
        let header = json!({ "alg": "EdDSA", "kid": kid, "typ": "JWT" });
        refused(&w, &unsigned(&header, &rich, parts[2]), "tampered").await;
        refused(&w, &format!("{}.{}.{}", parts[0], parts[1], parts[2].to_lowercase()), "signature").await;
        refused(&w, &format!("{}.{}.", parts[0], parts[1]), "no signature").await;
        let (_, key) = w.app.keys.signer(w.now()).unwrap();
        let bare = Header::new(Algorithm::EdDSA);
        refused(&w, &jsonwebtoken::encode(&bare, &good, &key).unwrap(), "no kid").await;
        let critical = Header { crit: Some(vec!["x".to_owned()]), kid: Some(kid), ..bare };
        refused(&w, &jsonwebtoken::encode(&critical, &good, &key).unwrap(), "crit").await;
        for header in ["", "Bearer", "Bearer ", "Bearer a.b", "Bearer a.b.c.d", "Basic YTpi", "Bearer 🦀.x.y"] {
            refused_header(&w, header, header).await;
        }
        refused(&w, &"x".repeat(1 << 20), "long").await;
    }

    async fn a_token_holds_no_more_than_app_and_role(w) {
        let company = w.company("acme").await;
        let few: ScopeSet = [Scope::CatalogRead, Scope::OrdersRead].into_iter().collect();
        let app = parties::create_app(&w.app, "reader", Role::Buyer, few, &[company.id]).await.unwrap();
        let mut grant = Grant::of(app.id, Role::Buyer, Some(company.id));
        grant.scopes = Scope::ALL.into_iter().collect();
        let token = auth::issue_token(&w.app, &grant, Span::hours(1)).unwrap();
        assert_eq!(authenticate(&w, &token).await.unwrap().actor.scopes, few);
        grant.scopes = [Scope::OrdersRead, Scope::PlatformOperate].into_iter().collect();
        let token = auth::issue_token(&w.app, &grant, Span::hours(1)).unwrap();
        let scopes = authenticate(&w, &token).await.unwrap().actor.scopes;
        assert_eq!(scopes, [Scope::OrdersRead].into_iter().collect());
        let mut foreign = json!({});
        let party = w.buyer("other").await;
        foreign.clone_from(&claims(&party));
        foreign["scope"] = json!("openid profile catalog:read");
        let scopes = authenticate(&w, &sign(&w, &foreign)).await.unwrap().actor.scopes;
        assert_eq!(scopes, [Scope::CatalogRead].into_iter().collect());
    }

    async fn a_supplier_is_known_by_its_company(w) {
        let supplier = w.seller("brico").await;
        assert!(supplier.actor.supplier.is_some());
        assert_eq!(authenticate(&w, &supplier.token()).await.unwrap().actor, supplier.actor);
        let pretender = w.party("acme", Role::Supplier).await;
        refused(&w, &pretender.token(), "a company that is no supplier").await;
    }

    async fn an_app_that_is_switched_off_is_refused_at_once(w) {
        let buyer = w.buyer("acme").await;
        assert!(authenticate(&w, &buyer.token()).await.is_ok());
        parties::set_app_active(&w.app, buyer.app.id, false).await.unwrap();
        refused(&w, &buyer.token(), "switched off").await;
        parties::set_app_active(&w.app, buyer.app.id, true).await.unwrap();
        assert!(authenticate(&w, &buyer.token()).await.is_ok());
    }
}

/// Changes the file of the server's own keys, as its owner does.
pub fn edit_key_file(w: &World, edit: impl FnOnce(&mut Value)) {
    let file = &w.app.config.signing_keys;
    let mut content = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    edit(&mut content);
    std::fs::write(file, content.to_string()).unwrap();
}

#[tokio::test]
async fn keys_rotate_and_removed_keys_are_refused() {
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let buyer = w.buyer("acme").await;
    let old = buyer.token();
    w.app.keys.rotate(w.now()).await.unwrap();
    let new = buyer.token();
    assert_ne!(old.split('.').next(), new.split('.').next(), "another key signs");
    assert!(authenticate(&w, &old).await.is_ok(), "the old key still counts");
    assert!(authenticate(&w, &new).await.is_ok());
    assert_eq!(auth::published_keys(&w.app).await["keys"].as_array().unwrap().len(), 2);

    // The owner of the file removes the old key; the running server notices by itself.
    edit_key_file(&w, |content| {
        content["keys"].as_array_mut().unwrap().remove(0);
    });
    w.passes(Span::seconds(600));
    refused(&w, &old, "removed key").await;
    assert!(authenticate(&w, &new).await.is_ok());
}

#[tokio::test]
async fn a_token_that_was_checked_is_checked_again_with_new_keys() {
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let buyer = w.buyer("acme").await;
    let old = buyer.token();
    w.app.keys.rotate(w.now()).await.unwrap();
    let new = buyer.token();
    for token in [&old, &new, &old, &new] {
        assert!(authenticate(&w, token).await.is_ok());
    }
    let session = authenticate(&w, &old).await.unwrap();
    // The two keys get each other's name: no token has the signature any more that it says it has.
    edit_key_file(&w, |content| {
        let keys = &mut content["keys"];
        let first = keys[0]["kid"].take();
        keys[0]["kid"] = keys[1]["kid"].take();
        keys[1]["kid"] = first;
    });
    assert!(authenticate(&w, &old).await.is_ok(), "the keys are read anew within ten minutes");
    w.passes(Span::seconds(600));
    for token in [&old, &new] {
        refused(&w, token, "another key under the name").await;
    }
    assert!(!auth::still_holds(&w.app, &session).await, "what was opened with it ends");
    assert!(authenticate(&w, &buyer.token()).await.is_ok());
}

#[tokio::test]
async fn a_key_made_elsewhere_is_found_once_a_minute() {
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let buyer = w.buyer("acme").await;
    let elsewhere = Keys::load(&w.app.config, w.now()).await.unwrap();
    elsewhere.rotate(w.now()).await.unwrap();
    let (kid, key) = elsewhere.signer(w.now()).unwrap();
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    let token = jsonwebtoken::encode(&header, &claims(&buyer), &key).unwrap();
    refused(&w, &token, "looked a moment ago").await;
    w.passes(Span::seconds(60));
    assert!(authenticate(&w, &token).await.is_ok());
}

#[tokio::test]
async fn an_outside_issuer_signs_with_its_own_algorithms() {
    let folder = tempfile::tempdir().unwrap();
    let rsa = EncodingKey::from_rsa_pem(include_bytes!("keys/rs256.pem")).unwrap();
    let elliptic = EncodingKey::from_ec_pem(include_bytes!("keys/es256.pem")).unwrap();
    let public = |key: &EncodingKey, algorithm: Algorithm, kid: &str| {
        let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        jwk
    };
    let set = json!({ "keys": [
        public(&rsa, Algorithm::RS256, "r"),
        public(&elliptic, Algorithm::ES256, "e"),
    ]});
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, set.to_string()).unwrap();
    let settings = [("SURETY_JWKS", file.to_str().unwrap()), ("SURETY_ISSUER", "https://id.example.com")];
    let w = World::with(Backend::Sqlite, &settings).await.unwrap();
    let app = w.buyer("acme").await;
    let good = json!({
        "iss": "https://id.example.com", "aud": ["surety-sandbox", "others"], "sub": "client-4711", "app": app.app.id,
        "exp": w.now().seconds() + 60, "role": "buyer", "company": app.actor.company, "scopes": "orders:read",
    });
    let token = |algorithm: Algorithm, kid: &str, key: &EncodingKey| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &good, key).unwrap()
    };
    for good in [token(Algorithm::RS256, "r", &rsa), token(Algorithm::ES256, "e", &elliptic)] {
        assert!(authenticate(&w, &good).await.unwrap().actor.scopes.contains(Scope::OrdersRead));
    }
    for (case, bad) in [
        ("another hash", token(Algorithm::RS512, "r", &rsa)),
        ("another padding", token(Algorithm::PS256, "r", &rsa)),
        ("another key's name", token(Algorithm::RS256, "e", &rsa)),
        ("an unknown key", token(Algorithm::RS256, "x", &rsa)),
    ] {
        refused(&w, &bad, case).await;
    }
    assert_eq!(auth::published_keys(&w.app).await, json!({ "keys": [] }));
    match auth::issue_token(&w.app, &app.grant(), Span::hours(1)) {
        Err(Error::Denied(refusal)) => assert_eq!(refusal.code, Code::SandboxOnly),
        other => panic!("{other:?}"),
    }
}

/// Public halves of the tests' keys as a key set in a file.
fn key_file(folder: &std::path::Path, name: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some("k".to_owned());
    let file = folder.join(name);
    std::fs::write(&file, json!({ "keys": [jwk] }).to_string()).unwrap();
    file.display().to_string()
}

#[tokio::test]
async fn each_of_several_issuers_has_its_own_keys_and_audience() {
    let folder = tempfile::tempdir().unwrap();
    let rsa = EncodingKey::from_rsa_pem(include_bytes!("keys/rs256.pem")).unwrap();
    let elliptic = EncodingKey::from_ec_pem(include_bytes!("keys/es256.pem")).unwrap();
    let (one, two) = ("https://one.example.com", "https://two.example.com");
    // Both call their key the same: the name alone says nothing.
    let list = json!([
        { "issuer": one, "apps": ["*"], "jwks": key_file(folder.path(), "one.json", &rsa, Algorithm::RS256) },
        { "issuer": two, "apps": ["*"], "audience": "theirs", "jwks": key_file(folder.path(), "two.json", &elliptic, Algorithm::ES256) },
    ]);
    let file = folder.path().join("issuers.json");
    std::fs::write(&file, list.to_string()).unwrap();
    let settings = [("SURETY_ISSUERS_FILE", file.to_str().unwrap())];
    let w = World::with(Backend::Sqlite, &settings).await.unwrap();
    let buyer = w.buyer("acme").await;
    assert!(authenticate(&w, &buyer.token()).await.is_ok(), "our own tokens are let in beside theirs");
    let token = |issuer: &str, audience: &str, (algorithm, key): (Algorithm, &EncodingKey)| {
        let header = Header { kid: Some("k".to_owned()), ..Header::new(algorithm) };
        let claims = json!({
            "iss": issuer, "aud": audience, "sub": buyer.app.id, "exp": w.now().seconds() + 60, "role": "buyer",
            "company": buyer.actor.company, "scope": "orders:read", "jti": "4711",
        });
        jsonwebtoken::encode(&header, &claims, key).unwrap()
    };
    let (of_one, of_two) = ((Algorithm::RS256, &rsa), (Algorithm::ES256, &elliptic));
    for good in [token(one, "surety-sandbox", of_one), token(two, "theirs", of_two)] {
        let session = authenticate(&w, &good).await.unwrap();
        assert_eq!(session.token.as_deref(), Some("4711"));
    }
    for (case, bad) in [
        ("the key of another issuer", token(one, "surety-sandbox", of_two)),
        ("the audience of another issuer", token(two, "surety-sandbox", of_two)),
        ("the name of another issuer", token(two, "theirs", of_one)),
        ("our name", token(&w.app.config.issuer, "surety-sandbox", of_one)),
        ("nobody's name", token("https://three.example.com", "theirs", of_two)),
    ] {
        refused(&w, &bad, case).await;
    }
    for (bad, says) in [
        (json!([{ "issuer": one }, { "issuer": one }]), "twice"),
        (json!([{ "issuer": w.app.config.issuer }]), "ours"),
        (json!([{ "issuer": "http://one.example.com" }]), "no https://"),
        (json!([{ "issuer": one, "jwks": "http://one.example.com/keys" }]), "in clear"),
        (json!([{ "issuer": one, "keys": "x" }]), "unknown field"),
        (json!([{ "issuer": one, "apps": ["*"], "jwks": "nowhere.json" }]), "nowhere.json"),
        (json!([{ "issuer": one, "jwks": "one.json" }]), "says nothing of what it signs for"),
        (json!([{ "issuer": one, "apps": ["acme"] }]), "no id of ours"),
        (json!([{ "issuer": one, "apps": ["*", "*"] }]), "no id of ours"),
        (json!([{ "issuer": one, "companies": ["*"] }]), "no id of ours"),
        (json!([{ "issuer": one, "apps": ["*"], "companies": [buyer.app.id] }]), "no id of ours"),
    ] {
        std::fs::write(&file, bad.to_string()).unwrap();
        let error = Keys::load(&w.app.config, w.now()).await.unwrap_err().to_string();
        assert!(error.contains(says), "{bad}: {error}");
    }
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_stops_the_start() {
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let mut config = w.app.config.clone();
    config.jwks = Some("https://127.0.0.1:1/jwks.json".to_owned());
    let error = Keys::load(&config, w.now()).await.unwrap_err().to_string();
    assert!(error.starts_with("https://127.0.0.1:1/jwks.json: "), "{error}");
    config.jwks = Some(w.folder().join("nowhere.json").display().to_string());
    let error = Keys::load(&config, w.now()).await.unwrap_err().to_string();
    assert!(error.contains("nowhere.json: "), "{error}");
    config.jwks = Some(config.signing_keys.display().to_string());
    let error = Keys::load(&config, w.now()).await.unwrap_err().to_string();
    assert!(error.contains("private key"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn private_keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let file = &w.app.config.signing_keys;
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = Keys::load(&w.app.config, w.now()).await.unwrap_err().to_string();
    assert!(error.contains("chmod 600"), "{error}");
    std::fs::remove_file(file).unwrap();
    std::fs::write(file, "{}").unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let error = Keys::load(&w.app.config, w.now()).await.unwrap_err().to_string();
    assert!(error.contains("remove it to make new keys"), "{error}");
}
