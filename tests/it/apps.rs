//! Companies and partner apps, as the platform's staff keeps them, and as an app sees itself.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::actor::{Actor, Scope};
use surety::domain::ids::CompanyId;
use surety::domain::time::Span;
use surety::service::auth;

use super::world::{Answer, Party, World, on_both};

/// What is asked of an app.
pub const APP: &str = "id name role scopes active createdAt companies { id name } \
    secrets { id createdAt expiresAt lastUsedOn } storefrontKeys { id key allowedOrigins lastUsedOn }";

impl Party {
    /// A command on companies or apps with this input.
    pub async fn keeps(&self, mutation: &str, fields: &str, input: Value) -> Answer {
        let mut capital = mutation.to_owned();
        capital[..1].make_ascii_uppercase();
        let query = format!(
            "mutation($input: {capital}Input!) {{ {mutation}(input: $input) {{ replayed {fields} \
             userErrors {{ code field message }} }} }}"
        );
        self.asks(&query, json!({ "input": input })).await
    }

    /// An app that this operator makes, with its first secret.
    pub async fn makes_app(&self, key: &str, more: Value) -> (Value, String) {
        let mut input = json!({ "idempotencyKey": key, "name": key });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let data =
            self.keeps("createPartnerApp", &format!("secret partnerApp {{ {APP} }}"), input).await.good();
        let made = &data["createPartnerApp"];
        (made["partnerApp"].clone(), made["secret"].as_str().unwrap().to_owned())
    }

    /// A buyer's app for a company of its own.
    pub async fn makes_buyer(&self, w: &World, name: &str) -> (Value, String, CompanyId) {
        let company = w.company(name).await.id;
        let (app, secret) = self.makes_app(name, json!({ "role": "BUYER", "companyIds": [company] })).await;
        (app, secret, company)
    }
}

on_both! {
    async fn a_company_and_its_app_are_made_once(w) {
        let operator = w.operator().await;
        let input = json!({ "idempotencyKey": "c", "name": "Acme", "country": "DE", "plan": "ENTERPRISE", "externalReference": "crm-1" });
        let fields = "company { id name country }";
        let made = operator.keeps("createCompany", fields, input.clone()).await.good()["createCompany"].clone();
        assert_eq!((&made["company"]["name"], &made["replayed"]), (&json!("Acme"), &json!(false)));
        let again = operator.keeps("createCompany", fields, input.clone()).await.good()["createCompany"].clone();
        assert_eq!((&again["company"], &again["replayed"]), (&made["company"], &json!(true)));
        let mut other = input.clone();
        other["idempotencyKey"] = json!("c2");
        operator.keeps("createCompany", fields, other).await.refused("REFERENCE_IN_USE");
        let bad = json!({ "idempotencyKey": "c3", "name": " ", "country": "DE" });
        operator.keeps("createCompany", fields, bad).await.refused("INVALID_INPUT");

        let company = &made["company"]["id"];
        let input = json!({ "idempotencyKey": "a", "name": "erp", "role": "BUYER", "companyIds": [company], "scopes": ["orders:read", "catalog:read"] });
        let fields = format!("secret partnerApp {{ {APP} }}");
        let made = operator.keeps("createPartnerApp", &fields, input.clone()).await.good()["createPartnerApp"].clone();
        let app = &made["partnerApp"];
        assert!(made["secret"].as_str().unwrap().starts_with("surety_secret_sandbox_"));
        assert_eq!(app["scopes"], json!(["catalog:read", "orders:read"]));
        assert_eq!((&app["companies"][0]["name"], &app["role"], &app["active"]), (&json!("Acme"), &json!("BUYER"), &json!(true)));
        assert_eq!(app["secrets"].as_array().unwrap().len(), 1);
        // Nobody keeps the secret, so nobody can show it again.
        let again = operator.keeps("createPartnerApp", &fields, input).await.good()["createPartnerApp"].clone();
        assert_eq!((&again["partnerApp"], &again["secret"], &again["replayed"]), (app, &Value::Null, &json!(true)));
        let secret = made["secret"].as_str().unwrap();
        let in_digits = secret.bytes().fold(String::new(), |digits, byte| format!("{digits}{byte:02X}"));
        let kept = format!("{:?}", w.contents().await);
        assert!(!kept.contains(secret) && !kept.contains(&in_digits), "the secret lies in the database");
    }

    async fn of_many_companies_with_one_reference_one_is_made(w) {
        let operator = w.operator().await;
        let inputs: Vec<_> = (0..6).map(|number| json!({ "idempotencyKey": number.to_string(), "name": "Acme", "country": "DE",
            "externalReference": "crm-1" })).collect();
        let answers = join_all(inputs.into_iter().map(|input| operator.keeps("createCompany", "company { id }", input))).await;
        let refused: Vec<_> = answers.iter().filter(|answer| !answer.codes().is_empty()).collect();
        assert_eq!(refused.len(), 5);
        for answer in refused {
            assert_eq!(answer.codes(), ["REFERENCE_IN_USE"]);
        }
    }

    async fn an_app_that_could_not_be_is_not_made(w) {
        let operator = w.operator().await;
        let company = w.company("acme").await.id;
        let before = w.contents().await;
        for (number, (more, code)) in [
            (json!({ "role": "BUYER" }), "INVALID_INPUT"),
            (json!({ "role": "BUYER", "companyIds": [company], "scopes": ["platform:operate"] }), "INVALID_INPUT"),
            (json!({ "role": "BUYER", "companyIds": [company], "scopes": ["openid"] }), "INVALID_INPUT"),
            (json!({ "role": "BUYER", "companyIds": ["company_00000000000000000000000000"] }), "NOT_FOUND"),
            (json!({ "role": "STOREFRONT", "name": "" }), "INVALID_INPUT"),
            (json!({ "role": "STOREFRONT", "idempotencyKey": "" }), "INVALID_INPUT"),
        ].into_iter().enumerate() {
            let mut input = json!({ "idempotencyKey": number.to_string(), "name": "app" });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            operator.keeps("createPartnerApp", "secret", input).await.refused(code);
            w.contents().await.same_as(&before);
        }
        let checked = json!({ "idempotencyKey": "v", "name": "app", "role": "STOREFRONT", "validateOnly": true });
        let answer = operator.keeps("createPartnerApp", "secret partnerApp { id }", checked).await.good();
        assert_eq!(answer["createPartnerApp"]["secret"], Value::Null, "what is not kept is not shown");
        w.contents().await.same_as(&before);
    }

    async fn an_app_sees_itself_and_no_other(w) {
        let operator = w.operator().await;
        let (app, _, _) = operator.makes_buyer(&w, "acme").await;
        let stranger = w.buyer("other").await;
        let query = format!("query($id: ID!) {{ viewer {{ app {{ {APP} }} }} node(id: $id) {{ id }} }}");
        let seen = stranger.asks(&query, json!({ "id": app["id"] })).await.good();
        assert_eq!(seen["viewer"]["app"]["id"], json!(stranger.app.id));
        assert_eq!(seen["node"], Value::Null);
        let own = stranger.asks(&query, json!({ "id": stranger.app.id })).await.good();
        assert_eq!(own["node"]["id"], json!(stranger.app.id));
        assert_eq!(operator.asks(&query, json!({ "id": app["id"] })).await.good()["node"]["id"], app["id"]);
        stranger.asks("{ partnerApps { nodes { id } } }", json!({})).await.refused("FORBIDDEN");
    }

    async fn apps_are_listed_page_by_page(w) {
        let operator = w.operator().await;
        for name in ["a", "b", "c"] {
            w.passes(Span::seconds(1));
            operator.makes_app(name, json!({ "role": "STOREFRONT" })).await;
        }
        let query = "query($after: Cursor, $first: Int) { partnerApps(first: $first, after: $after) { totalCount \
                     nodes { name secrets { id } } pageInfo { hasNextPage endCursor } } }";
        let page = operator.asks(query, json!({ "first": 2 })).await.good()["partnerApps"].clone();
        assert_eq!(page["totalCount"], 4);
        let names = |page: &Value| page["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&page), ["c", "b"]);
        let rest = operator.asks(query, json!({ "first": 2, "after": page["pageInfo"]["endCursor"] })).await.good()["partnerApps"].clone();
        assert_eq!(names(&rest), ["a", "operator"]);
        assert_eq!(rest["pageInfo"]["hasNextPage"], false);
        w.forget_statements();
        operator.asks("{ partnerApps(first: 1) { nodes { secrets { id } } } }", json!({})).await.good();
        let one = w.statements().len();
        w.forget_statements();
        operator.asks("{ partnerApps(first: 100) { nodes { secrets { id } } } }", json!({})).await.good();
        assert_eq!(w.statements().len(), one, "a longer page takes no more statements");
    }

    async fn secrets_are_rotated_revoked_and_few(w) {
        let operator = w.operator().await;
        let (app, first) = operator.makes_app("shop", json!({ "role": "STOREFRONT" })).await;
        let fields = format!("secret appSecret {{ id }} partnerApp {{ {APP} }}");
        let rotate = async |key: &str, keep_for: Value| {
            let input = json!({ "idempotencyKey": key, "partnerAppId": app["id"], "keepFor": keep_for });
            operator.keeps("rotateAppSecret", &fields, input).await
        };
        let rotated = rotate("r1", Value::Null).await.good()["rotateAppSecret"].clone();
        assert_ne!(rotated["secret"].as_str().unwrap(), first);
        let secrets = rotated["partnerApp"]["secrets"].as_array().unwrap().clone();
        assert_eq!(secrets.len(), 2);
        assert_eq!(secrets[0]["expiresAt"], Value::Null);
        assert_eq!(rotated["appSecret"], json!({ "id": secrets[0]["id"] }));
        let again = rotate("r1", Value::Null).await.good()["rotateAppSecret"].clone();
        assert_eq!((&again["replayed"], &again["secret"], &again["appSecret"]), (&json!(true), &Value::Null, &rotated["appSecret"]));
        assert_eq!(secrets[1]["expiresAt"], json!(w.now().plus(Span::days(1)).to_string()), "a day unless said otherwise");
        for key in ["r2", "r3", "r4"] {
            rotate(key, json!("P2D")).await.good();
        }
        rotate("r5", json!("P1D")).await.refused("STATE_CONFLICT");
        rotate("r6", json!("P31D")).await.refused("INVALID_INPUT");
        let all = rotate("r7", json!("PT0S")).await.good()["rotateAppSecret"]["partnerApp"]["secrets"].clone();
        assert_eq!(all.as_array().unwrap().len(), 1, "at once means at once");
        let input = json!({ "idempotencyKey": "x", "appSecretId": all[0]["id"] });
        let left = operator.keeps("revokeAppSecret", &format!("partnerApp {{ {APP} }}"), input).await.good();
        assert_eq!(left["revokeAppSecret"]["partnerApp"]["secrets"], json!([]));
    }

    async fn what_was_used_is_noted_once_an_hour(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        let noted = async || {
            auth::write_last_used(&w.app).await.unwrap();
            let seen = operator.asks(&format!("query($id: ID!) {{ node(id: $id) {{ ... on PartnerApp {{ {APP} }} }} }}"), json!({ "id": id })).await.good();
            seen["node"]["secrets"][0]["lastUsedOn"].clone()
        };
        assert_eq!(noted().await, Value::Null);
        w.token_for(id, &secret, &[]).await.good();
        assert_eq!(noted().await, "2026-05-04");
        w.passes(Span::seconds(600));
        w.token_for(id, &secret, &[]).await.good();
        w.forget_statements();
        auth::write_last_used(&w.app).await.unwrap();
        assert_eq!(w.statements(), Vec::<String>::new(), "it is written at most once an hour");
        w.passes(Span::days(1));
        w.token_for(id, &secret, &[]).await.good();
        assert_eq!(noted().await, "2026-05-05");
    }

    async fn a_use_is_noted_by_the_day_on_which_it_was(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        let other = World::on(w.database(), Clock::manual(w.now()), &[]).await;
        let noted = async || {
            let seen = operator.asks(&format!("query($id: ID!) {{ node(id: $id) {{ ... on PartnerApp {{ {APP} }} }} }}"), json!({ "id": id })).await.good();
            seen["node"]["secrets"][0]["lastUsedOn"].clone()
        };
        // Used at half past eleven at night, written after midnight.
        w.passes(Span::seconds(11 * 3_600 + 1_800));
        w.token_for(id, &secret, &[]).await.good();
        w.passes(Span::seconds(1_900));
        auth::write_last_used(&w.app).await.unwrap();
        assert_eq!(noted().await, "2026-05-04");
        // Another node used it on the next day, within the hour.
        other.passes(Span::seconds(12 * 3_600 + 60));
        other.token_for(id, &secret, &[]).await.good();
        auth::write_last_used(&other.app).await.unwrap();
        assert_eq!(noted().await, "2026-05-05");
        other.closes().await;
    }

    async fn staff_makes_nobody_mightier_than_itself(w) {
        let operator = w.operator().await;
        let narrow = Actor { scopes: [Scope::PlatformOperate].into_iter().collect(), ..(*operator.actor).clone() };
        let narrow = Party { actor: Arc::new(narrow), ..operator.clone() };
        let before = w.contents().await;
        let input = json!({ "idempotencyKey": "all", "name": "staff", "role": "OPERATOR" });
        narrow.keeps("createPartnerApp", "secret", input).await.refused("FORBIDDEN");
        let input = json!({ "idempotencyKey": "own", "partnerAppId": operator.app.id });
        narrow.keeps("rotateAppSecret", "secret", input).await.refused("FORBIDDEN");
        w.contents().await.same_as(&before);
        // One that can no more than itself, and whatever partners' apps can.
        narrow.makes_app("few", json!({ "role": "OPERATOR", "scopes": ["platform:operate"] })).await;
        let (buyer, _, _) = narrow.makes_buyer(&w, "acme").await;
        let input = json!({ "idempotencyKey": "theirs", "partnerAppId": buyer["id"] });
        narrow.keeps("rotateAppSecret", "secret", input).await.good();
        // Who holds every scope may give every scope, each by its name.
        let all: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        let (made, _) = operator.makes_app("all", json!({ "role": "OPERATOR", "scopes": all })).await;
        assert_eq!(made["scopes"], json!(all));
    }
}
