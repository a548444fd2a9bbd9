//! The schema goes on, and no client of the last release is broken by it: docs/EVOLUTION.md.

use serde_json::{Value, json};
use surety::domain::time::{Day, Span, Timestamp};
use surety::graphql;
use surety::graphql::evolution::{Severity, changes, notices};
use surety::graphql::sdl::sdl;
use surety::service::{auth, deprecations};

use super::server::Server;

/// The schema of the last release.
const RELEASED: &str = include_str!("../released/schema.graphql");

fn today() -> Day {
    surety::clock::Clock::system().now().day()
}

#[test]
fn nothing_breaks_clients_of_the_last_release() {
    let found = changes(RELEASED, &sdl(), today()).unwrap();
    let breaking: Vec<_> = found.iter().filter(|change| change.severity == Severity::Breaking).collect();
    assert!(breaking.is_empty(), "{breaking:#?}");
}

#[test]
fn a_schema_that_is_none_is_said_to_be_none() {
    let told = changes("type {", &sdl(), today()).unwrap_err().to_string();
    assert!(told.starts_with("this is no schema"), "{told}");
}

/// Both days, and six months between them: what partners can plan with.
#[test]
fn every_deprecation_is_announced_fairly() {
    let schema = apollo_compiler::Schema::parse(sdl(), "schema.graphql").unwrap();
    let unfair: Vec<_> = notices(&schema).into_iter().filter(|notice| !notice.is_fair()).collect();
    assert!(unfair.is_empty(), "write \"Since YYYY-MM-DD, removed on YYYY-MM-DD: use …\": {unfair:#?}");
}

/// What a partner is told of what it names.
async fn usage(server: &Server, authorization: &str) -> Value {
    let actor = auth::authenticate(&server.app, Some(authorization)).await.unwrap().actor;
    let query =
        "{ viewer { deprecatedUsage { coordinate useCount reason removalOn firstUsedAt lastUsedAt } } }";
    let request = graphql::with_caller(async_graphql::Request::new(query), &server.app, &actor);
    let answer = graphql::schema().finish().execute(request).await;
    assert!(answer.errors.is_empty(), "{answer:?}");
    answer.data.into_json().unwrap()["viewer"]["deprecatedUsage"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partners_are_told_what_they_name_that_is_deprecated() {
    let server = Server::usual().await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        tokens.push(format!("Bearer {}", server.token(Span::hours(1)).await));
    }
    let asks = async |document: &str, token: Option<&String>| {
        let body = json!({ "query": document }).to_string();
        let request =
            server.client.post(server.url("/graphql")).header("content-type", "application/json").body(body);
        let request =
            token.into_iter().fold(request, |request, token| request.header("authorization", token));
        assert_eq!(request.send().await.unwrap().status(), 200, "{document}");
    };
    assert_eq!(usage(&server, &tokens[0]).await, json!([]));
    asks("{ hello }", Some(&tokens[0])).await;
    asks("{ nested { hello again: hello } }", Some(&tokens[0])).await;
    deprecations::write(&server.app).await.unwrap();
    for (document, token) in
        [("{ hello }", Some(&tokens[0])), ("{ greeting }", Some(&tokens[1])), ("{ hello }", None)]
    {
        asks(document, token).await;
    }
    deprecations::write(&server.app).await.unwrap();
    let told = usage(&server, &tokens[0]).await;
    assert_eq!(
        (told[0]["coordinate"].as_str(), told[0]["useCount"].as_i64()),
        (Some("Query.hello"), Some(3))
    );
    // This schema has no such field: what is gone is still told of.
    assert_eq!(
        (&told[0]["reason"], &told[0]["removalOn"], &told[1]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let instant = |field: &str| Timestamp::parse(told[0][field].as_str().unwrap()).unwrap();
    assert!(instant("firstUsedAt") < instant("lastUsedAt"));
    assert_eq!(usage(&server, &tokens[1]).await, json!([]), "it named none");
    // A request counts once, also where its document and its variables name the same.
    let actor = auth::authenticate(&server.app, Some(&tokens[0])).await.unwrap().actor;
    deprecations::note(&server.app, &actor, ["Query.hello", "Query.hello"].into_iter());
    deprecations::write(&server.app).await.unwrap();
    assert_eq!(usage(&server, &tokens[0]).await[0]["useCount"], 4);
}
