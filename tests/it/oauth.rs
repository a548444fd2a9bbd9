//! Tokens by OAuth 2.0: an app shows its secret and gets exactly what it may have, and everybody else gets nothing.

use std::sync::Arc;

use serde_json::{Value, json};
use surety::app::App;
use surety::clock::Clock;
use surety::config::Mode;
use surety::domain::actor::Role;
use surety::domain::ids::{AppId, TypedId as _};
use surety::domain::time::Span;
use surety::http::limits::Limits;
use surety::service::auth::{self, Grant};
use surety::service::keys::{self, Keys};
use surety::service::parties;
use url::form_urlencoded::Serializer;

use super::database::Backend;
use super::server::{Answered, Server};
use super::tokens::edit_key_file;
use super::world::{World, on_both};

impl Answered {
    /// The token of an answer that has one.
    #[track_caller]
    pub fn good(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body["access_token"].as_str().expect("a token").to_owned()
    }

    /// Checks the words of a refusal.
    #[track_caller]
    fn refused(&self, status: u16, error: &str, case: &str) {
        assert_eq!(
            (self.status, self.body["error"].as_str()),
            (status, Some(error)),
            "{case}: {}",
            self.body
        );
        assert_eq!(self.header("cache-control"), "no-store", "{case}");
        assert_eq!(!self.header("www-authenticate").is_empty(), status == 401, "{case}");
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl World {
    /// Posts a form, with HTTP Basic where a name and a password are given.
    pub async fn posts_form(
        &self,
        path: &str,
        basic: Option<(&str, &str)>,
        pairs: &[(&str, &str)],
    ) -> Answered {
        let request =
            self.http.post(self.url(path)).header("content-type", "application/x-www-form-urlencoded");
        let request = match basic {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        };
        Answered::of(request.body(encoded(pairs))).await
    }

    /// Asks for a token by HTTP Basic, with further parameters.
    pub async fn token_for(&self, id: &str, secret: &str, more: &[(&str, &str)]) -> Answered {
        let pairs = [more, &[("grant_type", "client_credentials")]].concat();
        self.posts_form("/oauth/token", Some((id, secret)), &pairs).await
    }

    /// Whether the server lets a token in.
    pub async fn lets_in(&self, token: &str) -> bool {
        let answer = self.graphql(token, "{ viewer { role } }", json!({})).await;
        answer["data"]["viewer"]["role"].is_string()
    }
}

on_both! {
    async fn an_app_gets_a_token_for_its_secret_and_acts_with_it(w) {
        let operator = w.operator().await;
        let (app, secret, company) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        let by_header = w.token_for(id, &secret, &[]).await;
        let in_form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret.as_str())];
        let by_form = w.posts_form("/oauth/token", None, &in_form).await;
        for answer in [&by_header, &by_form] {
            assert_eq!((&answer.body["token_type"], &answer.body["expires_in"]), (&json!("Bearer"), &json!(3_600)));
            assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
            assert!(answer.body["scope"].as_str().unwrap().contains("orders:read"));
            let seen = w.graphql(&answer.good(), "{ viewer { appId role company { id } } orders { nodes { id } } }", json!({})).await;
            assert_eq!(seen["data"]["viewer"], json!({ "appId": id, "role": "BUYER", "company": { "id": company } }));
        }
        assert_ne!(by_header.good(), by_form.good(), "each token is one of its own");
        w.passes(Span::seconds(3_599));
        assert!(w.lets_in(&by_header.good()).await);
        w.passes(Span::seconds(1));
        assert!(!w.lets_in(&by_header.good()).await, "it lasts as long as was said");
    }

    async fn what_is_wrong_is_refused_in_the_words_of_the_standard(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let (_, others_secret, others_company) = operator.makes_buyer(&w, "other").await;
        let id = app["id"].as_str().unwrap();
        let nobody = "app_00000000000000000000000001";
        let others_company = others_company.to_string();
        let grant = ("grant_type", "client_credentials");
        let before = w.contents().await;
        for (case, basic, pairs, status, error) in [
            ("no client", None, vec![grant], 401, "invalid_client"),
            ("no secret", None, vec![grant, ("client_id", id)], 401, "invalid_client"),
            ("wrong secret", Some((id, others_secret.as_str())), vec![grant], 401, "invalid_client"),
            ("no such app", Some((nobody, secret.as_str())), vec![grant], 401, "invalid_client"),
            ("no id", Some(("acme", secret.as_str())), vec![grant], 401, "invalid_client"),
            ("both places", Some((id, secret.as_str())), vec![grant, ("client_secret", secret.as_str())], 400, "invalid_request"),
            ("no grant", Some((id, secret.as_str())), vec![], 400, "invalid_request"),
            ("twice", Some((id, secret.as_str())), vec![grant, grant], 400, "invalid_request"),
            ("password", Some((id, secret.as_str())), vec![("grant_type", "password")], 400, "unsupported_grant_type"),
            ("wider scope", Some((id, secret.as_str())), vec![grant, ("scope", "orders:read platform:operate")], 400, "invalid_scope"),
            ("no scope", Some((id, secret.as_str())), vec![grant, ("scope", "openid")], 400, "invalid_scope"),
            ("spaces", Some((id, secret.as_str())), vec![grant, ("scope", " ")], 400, "invalid_scope"),
            ("other company", Some((id, secret.as_str())), vec![grant, ("company", others_company.as_str())], 400, "unauthorized_client"),
            ("no company", Some((id, secret.as_str())), vec![grant, ("company", "acme")], 400, "unauthorized_client"),
        ] {
            w.posts_form("/oauth/token", basic, &pairs).await.refused(status, error, case);
        }
        let json = w.http.post(w.url("/oauth/token")).json(&json!({ "grant_type": "client_credentials" }));
        Answered::of(json).await.refused(415, "invalid_request", "JSON");
        let padding = "x".repeat(20_000);
        let long = [grant, ("x", padding.as_str())];
        w.posts_form("/oauth/token", Some((id, secret.as_str())), &long).await.refused(413, "invalid_request", "long");
        w.contents().await.same_as(&before);
        w.token_for(id, &secret, &[]).await.good();
    }

    async fn a_token_has_exactly_the_scopes_that_were_asked_for(w) {
        let operator = w.operator().await;
        let company = w.company("acme").await.id;
        let more = json!({ "role": "BUYER", "companyIds": [company], "scopes": ["catalog:read", "orders:read", "orders:write"] });
        let (app, secret) = operator.makes_app("erp", more).await;
        let id = app["id"].as_str().unwrap();
        let scopes = async |wish: &[(&str, &str)]| {
            let answer = w.token_for(id, &secret, wish).await;
            let seen = w.graphql(&answer.good(), "{ viewer { scopes } }", json!({})).await;
            (answer.body["scope"].clone(), seen["data"]["viewer"]["scopes"].clone())
        };
        let all = (json!("catalog:read orders:read orders:write"), json!(["catalog:read", "orders:read", "orders:write"]));
        assert_eq!(scopes(&[]).await, all);
        assert_eq!(scopes(&[("scope", "")]).await, all, "an empty parameter is none");
        assert_eq!(scopes(&[("scope", "orders:read")]).await, (json!("orders:read"), json!(["orders:read"])));
        w.token_for(id, &secret, &[("scope", "escrow:write")]).await.refused(400, "invalid_scope", "of the role, not of the app");
    }

    async fn an_app_of_several_companies_names_the_one_that_it_acts_for(w) {
        let operator = w.operator().await;
        let (one, two) = (w.company("one").await.id.to_string(), w.company("two").await.id.to_string());
        let (app, secret) = operator.makes_app("erp", json!({ "role": "BUYER", "companyIds": [one, two] })).await;
        let id = app["id"].as_str().unwrap();
        w.token_for(id, &secret, &[]).await.refused(400, "invalid_request", "which one?");
        for company in [&one, &two] {
            let token = w.token_for(id, &secret, &[("company", company.as_str())]).await.good();
            let seen = w.graphql(&token, "{ viewer { company { id } } }", json!({})).await;
            assert_eq!(seen["data"]["viewer"]["company"]["id"], json!(company));
        }
    }

    async fn an_earlier_secret_goes_on_for_its_time_and_no_longer(w) {
        let operator = w.operator().await;
        let (app, first, _) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        let input = json!({ "idempotencyKey": "r", "partnerAppId": id, "keepFor": "PT1H" });
        let rotated = operator.keeps("rotateAppSecret", "secret", input).await.good();
        let second = rotated["rotateAppSecret"]["secret"].as_str().unwrap();
        let old = w.token_for(id, &first, &[]).await.good();
        w.token_for(id, second, &[]).await.good();
        w.passes(Span::seconds(3_599));
        w.token_for(id, &first, &[]).await.good();
        assert!(w.lets_in(&old).await);
        w.passes(Span::seconds(1));
        w.token_for(id, &first, &[]).await.refused(401, "invalid_client", "the earlier secret");
        w.token_for(id, second, &[]).await.good();
        let input = json!({ "idempotencyKey": "now", "partnerAppId": id, "keepFor": "PT0S" });
        operator.keeps("rotateAppSecret", "secret", input).await.good();
        w.token_for(id, second, &[]).await.refused(401, "invalid_client", "at once");
    }

    async fn an_app_that_is_switched_off_gets_nothing_and_is_let_in_nowhere(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        let token = w.token_for(id, &secret, &[]).await.good();
        let switch = async |key: &str, active: bool| {
            let input = json!({ "idempotencyKey": key, "partnerAppId": id, "active": active });
            operator.keeps("setPartnerAppActive", "partnerApp { active }", input).await.good();
        };
        switch("off", false).await;
        w.token_for(id, &secret, &[]).await.refused(401, "invalid_client", "switched off");
        assert!(!w.lets_in(&token).await);
        switch("on", true).await;
        w.token_for(id, &secret, &[]).await.good();
        assert!(w.lets_in(&token).await);
        let own = json!({ "idempotencyKey": "self", "partnerAppId": operator.app.id, "active": false });
        operator.keeps("setPartnerAppActive", "partnerApp { active }", own).await.refused("STATE_CONFLICT");
    }

    async fn whoever_goes_on_with_a_wrong_secret_keeps_nobody_from_a_token(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let (other, others_secret, _) = operator.makes_buyer(&w, "other").await;
        let (id, other) = (app["id"].as_str().unwrap(), other["id"].as_str().unwrap());
        w.forget_statements();
        for _ in 0..30 {
            w.token_for(id, "wrong", &[]).await.refused(401, "invalid_client", "wrong");
        }
        assert_eq!(w.statements(), Vec::<String>::new(), "what cannot be a secret does not get to the database");
        for wrong in ["wrong", others_secret.as_str()] {
            let waits = w.token_for(id, wrong, &[]).await;
            waits.refused(429, "temporarily_unavailable", "too many");
            assert_eq!(waits.header("retry-after"), "2");
        }
        w.token_for(id, &secret, &[]).await.good();
        w.token_for(other, &others_secret, &[]).await.good();
        w.token_for(other, "wrong", &[]).await.refused(401, "invalid_client", "of an app that nobody tried");
        // Whoever else tries has tries of its own.
        let elsewhere = Some("192.0.2.1".parse().unwrap());
        let client = surety::service::oauth::Client { id, secret: "wrong", address: elsewhere };
        let answer = surety::service::oauth::token(&w.app, client, surety::service::oauth::Wish::default()).await;
        assert!(matches!(answer, Err(surety::service::oauth::Refused::InvalidClient)));
        w.passes(Span::seconds(2));
        w.token_for(id, "wrong", &[]).await.refused(401, "invalid_client", "two seconds later");
        w.token_for(id, "wrong", &[]).await.refused(429, "temporarily_unavailable", "one every two seconds");
    }

    async fn an_app_is_given_three_hundred_tokens_at_once_and_then_two_each_second(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let (other, others_secret, _) = operator.makes_buyer(&w, "other").await;
        let (id, other) = (app["id"].as_str().unwrap(), other["id"].as_str().unwrap());
        for _ in 0..300 {
            w.token_for(id, &secret, &[]).await.good();
        }
        let waits = w.token_for(id, &secret, &[]).await;
        waits.refused(429, "temporarily_unavailable", "too many");
        assert_eq!(waits.header("retry-after"), "1");
        w.token_for(other, &others_secret, &[]).await.good();
        w.passes(Span::seconds(1));
        w.token_for(id, &secret, &[]).await.good();
        w.token_for(id, &secret, &[]).await.good();
        w.token_for(id, &secret, &[]).await.refused(429, "temporarily_unavailable", "two each second");
    }

    async fn made_up_secrets_are_looked_up_a_hundred_times_and_no_more(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let (unseen, unseen_secret, _) = operator.makes_buyer(&w, "other").await;
        let (id, unseen) = (app["id"].as_str().unwrap(), unseen["id"].as_str().unwrap());
        let token = w.token_for(id, &secret, &[]).await.good();
        w.forget_statements();
        for number in 1..=300 {
            let nobody = AppId::from_u128(number).to_string();
            let answer = w.token_for(&nobody, &secret, &[]).await;
            if number <= 100 {
                answer.refused(401, "invalid_client", "looked up");
            } else {
                answer.refused(429, "temporarily_unavailable", "not looked up");
                assert_eq!(answer.header("retry-after"), "1");
            }
        }
        assert_eq!(w.statements().len(), 100, "{:#?}", w.statements().last());
        w.token_for(id, &secret, &[]).await.good();
        w.token_for(unseen, &unseen_secret, &[]).await.refused(429, "temporarily_unavailable", "never seen here");
        let shown = [("token", token.as_str())];
        let revokes = w.posts_form("/oauth/revoke", Some((unseen, unseen_secret.as_str())), &shown).await;
        revokes.refused(429, "temporarily_unavailable", "the same allowance");
        assert!(w.lets_in(&token).await, "tokens have one of their own");
        let elsewhere = "192.0.2.1".parse().ok();
        let client = surety::service::oauth::Client { id: unseen, secret: "wrong", address: elsewhere };
        let answer = surety::service::oauth::token(&w.app, client, surety::service::oauth::Wish::default()).await;
        assert!(matches!(answer, Err(surety::service::oauth::Refused::InvalidClient)), "others are looked up");
        w.passes(Span::seconds(1));
        w.token_for(unseen, &unseen_secret, &[]).await.good();
    }

    async fn what_is_said_of_a_refusal_has_only_the_letters_that_it_may_have(w) {
        let operator = w.operator().await;
        let (one, two) = (w.company("one").await.id, w.company("two").await.id);
        let (app, secret) = operator.makes_app("erp", json!({ "role": "BUYER", "companyIds": [one, two] })).await;
        let basic = (app["id"].as_str().unwrap(), secret.as_str());
        for answer in [
            w.token_for(basic.0, basic.1, &[]).await,
            w.token_for(basic.0, basic.1, &[("scope", "é")]).await,
            w.posts_form("/oauth/revoke", Some(basic), &[]).await,
            w.posts_form("/oauth/token", None, &[]).await,
        ] {
            let text = answer.body["error_description"].as_str().unwrap();
            let fits = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
            assert!(!text.is_empty() && text.bytes().all(fits), "{text}");
        }
    }

    async fn a_token_is_taken_back_by_its_app_alone(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let (other, others_secret, _) = operator.makes_buyer(&w, "other").await;
        let (id, other) = (app["id"].as_str().unwrap(), other["id"].as_str().unwrap());
        let (token, sibling) = (w.token_for(id, &secret, &[]).await.good(), w.token_for(id, &secret, &[]).await.good());
        let session = auth::authenticate(&w.app, Some(&format!("Bearer {token}"))).await.unwrap();
        w.posts_form("/oauth/revoke", Some((other, others_secret.as_str())), &[("token", token.as_str())]).await
            .refused(400, "unauthorized_client", "of another");
        w.posts_form("/oauth/revoke", Some((id, "wrong")), &[("token", token.as_str())]).await.refused(401, "invalid_client", "wrong");
        w.posts_form("/oauth/revoke", Some((id, secret.as_str())), &[]).await.refused(400, "invalid_request", "none");
        assert!(w.lets_in(&token).await && auth::still_holds(&w.app, &session).await);
        for _ in 0..2 {
            let answer = w.posts_form("/oauth/revoke", Some((id, secret.as_str())), &[("token", token.as_str())]).await;
            assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        }
        assert_eq!(w.posts_form("/oauth/revoke", Some((id, secret.as_str())), &[("token", "nonsense")]).await.status, 200);
        w.lets_in(&sibling).await;
        w.forget_statements();
        w.posts_form("/oauth/revoke", Some((id, secret.as_str())), &[("token", token.as_str())]).await;
        assert_eq!(w.statements().len(), 1, "once more only looks at the secret: {:#?}", w.statements());
        assert!(!w.lets_in(&token).await, "it is taken back");
        assert!(!auth::still_holds(&w.app, &session).await, "what was opened with it ends");
        assert!(w.lets_in(&sibling).await, "its siblings go on");
        // By the platform, by the id that the token carries.
        let session = auth::authenticate(&w.app, Some(&format!("Bearer {sibling}"))).await.unwrap();
        let input = json!({ "idempotencyKey": "t", "partnerAppId": id, "tokenId": session.token.as_deref() });
        operator.keeps("revokeToken", "partnerApp { id }", input).await.good();
        assert!(!w.lets_in(&sibling).await);
        // Once it would have ended by itself, nobody needs to remember it.
        w.passes(Span::hours(2));
        surety::service::oauth::forget_ended(&w.app).await.unwrap();
        let left = surety::store::apps::revoked(&w.app.db, w.now()).await.unwrap();
        assert_eq!(left.len(), 1, "when a token ends that is known by its id only is not known");
    }

    async fn other_nodes_hear_of_a_token_that_was_taken_back_within_ten_seconds(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        let token = w.token_for(id, &secret, &[]).await.good();
        let keys = Keys::load(&w.app.config, w.now()).await.unwrap();
        let other = App::new(w.app.db.clone(), Clock::manual(w.now()), w.app.config.clone(), keys);
        let lets_in = async || auth::authenticate(&other, Some(&format!("Bearer {token}"))).await.is_ok();
        assert!(lets_in().await);
        w.posts_form("/oauth/revoke", Some((id, secret.as_str())), &[("token", token.as_str())]).await;
        other.clock.advance(Span::seconds(9));
        assert!(lets_in().await, "it was asked nine seconds ago");
        other.clock.advance(Span::seconds(1));
        assert!(!lets_in().await);
    }

    async fn a_sandbox_and_production_let_none_of_each_others_tokens_in(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let token = w.token_for(app["id"].as_str().unwrap(), &secret, &[]).await.good();
        // The same database, issuer, audience and keys: the worst that a mistake in the settings could do.
        let mut config = w.app.config.clone();
        config.mode = Mode::Production;
        let keys = Keys::load(&config, w.now()).await.unwrap();
        let production = App::new(w.app.db.clone(), Clock::manual(w.now()), config, keys);
        assert!(auth::authenticate(&production, Some(&format!("Bearer {token}"))).await.is_err());
        let grant = operator.grant();
        let theirs = auth::issue_token(&production, &grant, Span::hours(1)).unwrap();
        assert!(auth::authenticate(&production, Some(&format!("Bearer {theirs}"))).await.is_ok());
        assert!(!w.lets_in(&theirs).await);
        let client = surety::service::oauth::Client { id: app["id"].as_str().unwrap(), secret: &secret, address: None };
        let answer = surety::service::oauth::token(&production, client, surety::service::oauth::Wish::default()).await;
        assert!(answer.is_err(), "a sandbox's secret is none of production");
    }
}

/// Another node on the same rows and files, whose clock stands where the world's does.
async fn node(w: &World) -> Arc<App> {
    let keys = Keys::load(&w.app.config, w.now()).await.unwrap();
    App::new(w.app.db.clone(), Clock::manual(w.now()), w.app.config.clone(), keys)
}

#[tokio::test]
async fn keys_roll_over_without_a_refused_request() {
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let company = w.company("acme").await;
    let scopes = surety::domain::party::role_scopes(Role::Buyer);
    let app = parties::create_app(&w.app, "erp", Role::Buyer, scopes, &[company.id]).await.unwrap();
    let grant = Grant::of(app.id, Role::Buyer, Some(company.id));
    let nodes = [node(&w).await, node(&w).await, node(&w).await];
    let mut kids = std::collections::BTreeSet::new();
    let mut kept: Vec<String> = Vec::new();
    for minute in 0..40 {
        let (signs_from, at) = (nodes[0].clock.now().plus(Span::seconds(900)), nodes[0].clock.now());
        if minute == 5 {
            assert_eq!(keys::announce(&w.app.config.signing_keys, at).unwrap().1, signs_from);
        }
        for signer in &nodes {
            let token = auth::issue_token(signer, &grant, Span::hours(1)).unwrap();
            kids.insert(jsonwebtoken::decode_header(&token).unwrap().kid);
            for checker in &nodes {
                let looked = auth::authenticate(checker, Some(&format!("Bearer {token}"))).await;
                assert!(looked.is_ok(), "minute {minute}: {looked:?}");
            }
            kept.push(token);
        }
        for node in &nodes {
            node.clock.advance(Span::seconds(60));
        }
    }
    assert_eq!(kids.len(), 2, "the new key took over");
    // What the old key signed is good to its end.
    let now = nodes[0].clock.now();
    for token in kept.iter().rev().take(90) {
        let looked = auth::authenticate(&nodes[1], Some(&format!("Bearer {token}"))).await.unwrap();
        assert!(looked.expires_at.unwrap() > now);
    }
}

#[tokio::test]
async fn a_node_that_was_quiet_signs_with_the_key_whose_turn_it_is() {
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let operator = w.operator().await;
    let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
    let id = app["id"].as_str().unwrap();
    let first = w.token_for(id, &secret, &[]).await.good();
    let session = auth::authenticate(&w.app, Some(&format!("Bearer {first}"))).await.unwrap();
    // The roll-over of the book, while nobody shows this node a token.
    let (kid, signs_from) = keys::announce(&w.app.config.signing_keys, w.now()).unwrap();
    w.passes(w.now().until(signs_from));
    let published = w.http.get(w.url("/.well-known/jwks.json")).send().await.unwrap();
    let published: Value = published.json().await.unwrap();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2, "it publishes the new key");
    w.passes(Span::hours(1));
    edit_key_file(&w, |content| {
        content["keys"].as_array_mut().unwrap().remove(0);
        content["current"] = json!(kid);
        content.as_object_mut().unwrap().remove("next");
    });
    let token = w.token_for(id, &secret, &[]).await.good();
    assert_eq!(jsonwebtoken::decode_header(&token).unwrap().kid, kid);
    let other = node(&w).await;
    assert!(
        auth::authenticate(&other, Some(&format!("Bearer {token}"))).await.is_ok(),
        "others know the key"
    );
    assert!(!auth::still_holds(&w.app, &session).await, "what was opened with the old key ends with it");
    let session = auth::authenticate(&w.app, Some(&format!("Bearer {token}"))).await.unwrap();
    assert!(auth::still_holds(&w.app, &session).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_without_tokens_keeps_nobody_from_getting_one() {
    let server = Server::start(Limits { executions: 1, ..Limits::default() }, &[]).await;
    let hanging = server.client.post(server.url("/graphql")).json(&json!({ "query": "{ never }" })).send();
    let hanging = tokio::spawn(hanging);
    server.bumps.hangs.notified().await;
    assert_eq!(server.post("{ greeting }").await.status, 503);
    let form = encoded(&[("grant_type", "client_credentials")]);
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let request = server.client.post(server.url("/oauth/token")).header(kind.0, kind.1).body(form);
    Answered::of(request).await.refused(401, "invalid_client", "nobody, but looked at");
    hanging.abort();
}

#[tokio::test]
async fn production_does_not_make_keys_that_other_nodes_do_not_have() {
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let mut config = w.app.config.clone();
    config.mode = Mode::Production;
    config.signing_keys = w.folder().join("production.json");
    assert!(Keys::load(&config, w.now()).await.is_err());
    assert!(!config.signing_keys.exists());
    let (kid, _) = keys::announce(&config.signing_keys, w.now()).unwrap();
    assert_eq!(kid, None, "the first key signs at once");
    assert!(Keys::load(&config, w.now()).await.unwrap().signer(w.now()).is_some());
}

#[tokio::test]
async fn where_another_issuer_signs_there_is_no_token_here() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x }] });
    std::fs::write(&file, set.to_string()).unwrap();
    let settings = [("SURETY_JWKS", file.to_str().unwrap()), ("SURETY_ISSUER", "https://id.example.com")];
    let w = World::with(Backend::Sqlite, &settings).await.unwrap();
    let operator = w.operator().await;
    let (app, secret) = operator.makes_app("shop", json!({ "role": "STOREFRONT" })).await;
    let answer = w.token_for(app["id"].as_str().unwrap(), &secret, &[]).await;
    answer.refused(400, "unsupported_grant_type", "an outside issuer");
    assert_eq!(answer.body["access_token"], Value::Null);
}
