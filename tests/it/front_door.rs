//! The front door over real HTTP: each row of the tables in the design page of that name is a case.

use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::http::door::request::Parameters;
use surety::http::door::{Door, Transport};
use surety::http::limits::Limits;

use super::server::{Answered, Server};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

async fn send(server: &Server, accept: Option<&str>, content_type: Option<&str>, body: &str) -> Answered {
    let mut request = server.client.post(server.url("/graphql")).body(body.to_owned());
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    Answered::of(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accept_decides_the_type_of_the_answer() {
    let server = Server::usual().await;
    for (accept, status, content_type) in [
        (None, 200, JSON),
        (Some("*/*"), 200, JSON),
        (Some("application/*"), 200, JSON),
        (Some(JSON), 200, JSON),
        (Some(GRAPHQL_RESPONSE), 200, GRAPHQL_RESPONSE),
        (
            Some("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"),
            200,
            GRAPHQL_RESPONSE,
        ),
        (Some("application/graphql-response+json;q=0.1, application/json;q=0.9"), 200, JSON),
        (Some("image/png"), 406, JSON),
        (Some("application/json;q=0"), 406, JSON),
    ] {
        let answer = send(&server, accept, Some(JSON), r#"{"query":"{ greeting }"}"#).await;
        assert_eq!(answer.status, status, "{accept:?}");
        assert_eq!(answer.header("content-type"), format!("{content_type}; charset=utf-8"), "{accept:?}");
        assert_eq!(answer.header("vary").split(", ").next(), Some("Accept"), "{accept:?}");
        if status == 406 {
            assert_eq!(answer.code(), "NOT_ACCEPTABLE");
        } else {
            assert_eq!(answer.body["data"]["greeting"], "hello world");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_json_bodies_are_read() {
    let server = Server::usual().await;
    let body = r#"{"query":"mutation { bump }"}"#;
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/xml"),
        Some("application/graphql"),
        Some("multipart/form-data; boundary=x"),
        Some("application/json; charset=latin1"),
    ] {
        let answer = send(&server, None, content_type, body).await;
        assert_eq!((answer.status, answer.code()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{content_type:?}");
    }
    for coding in ["gzip", "br", "identity, gzip"] {
        let coded = server.client.post(server.url("/graphql")).header("content-type", JSON);
        let answer = Answered::of(coded.header("content-encoding", coding).body(body)).await;
        assert_eq!((answer.status, answer.code()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{coding}");
        assert_eq!(answer.header("accept-encoding"), "identity", "{coding}");
    }
    assert_eq!(server.bumps.count(), 0, "nothing may have run");
    assert_eq!(send(&server, None, Some("application/json; charset=UTF-8"), body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statuses_follow_what_is_at_fault() {
    let server = Server::usual().await;
    // Body, status under application/graphql-response+json, status under application/json, code.
    for (body, strict, lenient, code) in [
        ("", 400, 400, "BAD_REQUEST"),
        ("nonsense", 400, 400, "BAD_REQUEST"),
        ("{", 400, 400, "BAD_REQUEST"),
        ("null", 400, 400, "BAD_REQUEST"),
        ("{}", 400, 400, "BAD_REQUEST"),
        ("[]", 400, 400, "BAD_REQUEST"),
        (r#"[{"query":"{ greeting }"}]"#, 400, 400, "BAD_REQUEST"),
        (r#"{"qeury":"{ greeting }"}"#, 400, 400, "BAD_REQUEST"),
        (r#"{"query":""}"#, 400, 400, "BAD_REQUEST"),
        (r#"{"query":7}"#, 400, 400, "BAD_REQUEST"),
        (r#"{"query":"{ greeting }","variables":"{}"}"#, 400, 400, "BAD_REQUEST"),
        (r#"{"query":"{ greeting }","variables":[]}"#, 400, 400, "BAD_REQUEST"),
        (r#"{"query":"{ greeting }","extensions":"x"}"#, 400, 400, "BAD_REQUEST"),
        (r#"{"query":"{ greeting }","operationName":1}"#, 400, 400, "BAD_REQUEST"),
        (r#"{"query":"{"}"#, 400, 200, "GRAPHQL_PARSE_FAILED"),
        (r#"{"query":"query Q() { greeting }"}"#, 400, 200, "GRAPHQL_PARSE_FAILED"),
        (r#"{"query":"{ nothing }"}"#, 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        (r#"{"query":"query A { greeting } query B { greeting }"}"#, 400, 200, "BAD_REQUEST"),
        (r#"{"query":"query A { greeting }","operationName":"B"}"#, 400, 200, "BAD_REQUEST"),
        (r#"{"query":"query($n: Int!) { echo(number: $n) }"}"#, 400, 200, "BAD_REQUEST"),
        (
            r#"{"query":"query($n: Int!) { echo(number: $n) }","variables":{"n":"x"}}"#,
            400,
            200,
            "BAD_REQUEST",
        ),
        (
            r#"{"query":"query($n: Int!) { echo(number: $n) }","variables":{"n":19641387965}}"#,
            400,
            200,
            "BAD_REQUEST",
        ),
        (r#"{"query":"subscription { silent }"}"#, 400, 200, "BAD_REQUEST"),
        (
            r#"{"extensions":{"persistedQuery":{"version":2,"sha256Hash":"ab"}}}"#,
            400,
            200,
            "PERSISTED_QUERY_NOT_SUPPORTED",
        ),
        (r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}"#, 400, 400, "BAD_REQUEST"),
        (
            r#"{"documentId":"sha256:ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}"#,
            400,
            200,
            "PERSISTED_QUERY_NOT_FOUND",
        ),
    ] {
        for (accept, status) in [(GRAPHQL_RESPONSE, strict), (JSON, lenient)] {
            let answer = send(&server, Some(accept), Some(JSON), body).await;
            assert_eq!((answer.status, answer.code()), (status, code), "{accept} {body} {:#}", answer.body);
            assert!(answer.body.get("data").is_none(), "no data without execution: {body}");
            assert!(answer.header("content-type").starts_with(accept));
        }
    }
    for (body, data) in [
        (
            r#"{"query":"{ greeting }","variables":null,"operationName":null,"extensions":null}"#,
            json!({"greeting":"hello world"}),
        ),
        (
            r#"{"query":"query A { greeting } query B { echo(number: 2) }","operationName":"B"}"#,
            json!({"echo":2}),
        ),
        (r#"{"query":"query A { greeting }","operationName":""}"#, json!({"greeting":"hello world"})),
        (r#"{"query":"query A { greeting }","operationName":"A"}"#, json!({"greeting":"hello world"})),
        (r#"{"query":"mutation { bump }"}"#, json!({"bump":1})),
    ] {
        let answer = send(&server, Some(GRAPHQL_RESPONSE), Some(JSON), body).await;
        assert_eq!((answer.status, &answer.body["data"]), (200, &data), "{body} {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn get_reads_and_never_writes() {
    let server = Server::usual().await;
    let get = async |pairs: &[(&str, &str)]| {
        let mut url = reqwest::Url::parse(&server.url("/graphql")).unwrap();
        url.query_pairs_mut().extend_pairs(pairs);
        Answered::of(server.client.get(url).header("accept", GRAPHQL_RESPONSE)).await
    };
    let two = "query A { greeting } mutation B { bump }";
    let answer =
        get(&[("query", "{ greeting }"), ("variables", ""), ("extensions", ""), ("operationName", "")]).await;
    assert_eq!((answer.status, &answer.body["data"]["greeting"]), (200, &json!("hello world")));
    let answer = get(&[("query", "query($n: Int!) { echo(number: $n) }"), ("variables", r#"{"n":3}"#)]).await;
    assert_eq!(answer.body["data"]["echo"], 3);
    assert_eq!(get(&[("query", two), ("operationName", "A")]).await.status, 200);
    for pairs in [vec![("query", two), ("operationName", "B")], vec![("query", "mutation { bump }")]] {
        let answer = get(&pairs).await;
        assert_eq!(
            (answer.status, answer.code(), answer.header("allow")),
            (405, "METHOD_NOT_ALLOWED", "POST")
        );
    }
    for pairs in [vec![], vec![("query", "")], vec![("query", "{ greeting }"), ("variables", "[]")]] {
        assert_eq!(get(&pairs).await.status, 400, "{pairs:?}");
    }
    for (query, status, allow) in
        [("{ greeting }", 200, ""), ("{ nothing }", 400, ""), ("mutation { bump }", 405, "POST")]
    {
        let mut url = reqwest::Url::parse(&server.url("/graphql")).unwrap();
        url.query_pairs_mut().append_pair("query", query);
        let answer = server.client.head(url).header("accept", GRAPHQL_RESPONSE).send().await.unwrap();
        let head = Answered {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: json!(null),
        };
        assert_eq!(answer.bytes().await.unwrap().len(), 0, "HEAD says nothing but the head");
        let got = get(&[("query", query)]).await;
        for name in ["content-type", "cache-control", "vary", "allow"] {
            assert_eq!(head.header(name), got.header(name), "{query}: {name}");
        }
        assert_eq!((head.status, head.header("allow"), got.status), (status, allow, status), "{query}");
    }
    assert_eq!(server.bumps.count(), 0, "no mutation may have run");
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE] {
        let answer = Answered::of(server.client.request(method, server.url("/graphql"))).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, POST, OPTIONS"));
    }
    let options = Answered::of(server.client.request(reqwest::Method::OPTIONS, server.url("/graphql"))).await;
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, POST, OPTIONS"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_is_read_by_the_letter() {
    let server = Server::usual().await;
    for (query, variables, wanted) in [
        // Defaults of variables count in directives.
        (
            "query($b: Boolean = true) { greeting @include(if: $b) }",
            json!({}),
            json!({"greeting":"hello world"}),
        ),
        (
            "query($b: Boolean = true) { echo(number: 1) greeting @skip(if: $b) }",
            json!({}),
            json!({"echo":1}),
        ),
        // A variable that is used only in a directive on __typename.
        (
            "query($b: Boolean!) { __typename @include(if: $b) }",
            json!({"b":true}),
            json!({"__typename":"Query"}),
        ),
        // An omitted variable leaves the argument's default.
        ("query($n: String) { greeting(name: $n) }", json!({}), json!({"greeting":"hello world"})),
        ("query($n: String!) { greeting(name: $n) }", json!({"n":"you"}), json!({"greeting":"hello you"})),
        ("query($t: String) { greet(input: {title: $t}) }", json!({}), json!({"greet":"dear you"})),
        (
            "query($t: String, $n: String! = \"me\") { greet(input: {title: $t, name: $n}) }",
            json!({"t":"sir"}),
            json!({"greet":"sir me"}),
        ),
        ("query($i: Greeted!) { greet(input: $i) }", json!({"i":{}}), json!({"greet":"dear you"})),
        // Escapes.
        (r#"{ greeting(name: "\uD83D\uDE00 \u0041 \n") }"#, json!({}), json!({"greeting":"hello 😀 A \n"})),
        (
            "{ greeting(name: \"\"\"\n  block \"quoted\"\n  \"\"\") }",
            json!({}),
            json!({"greeting":"hello block \"quoted\""}),
        ),
        // Exactly one.
        ("{ choose(choice: {left: 1}) }", json!({}), json!({"choose":"1"})),
        ("query($c: Choice!) { choose(choice: $c) }", json!({"c":{"right":"r"}}), json!({"choose":"r"})),
        // Introspection knows it.
        ("{ __type(name: \"Choice\") { isOneOf } }", json!({}), json!({"__type":{"isOneOf":true}})),
        // A single value where a list is meant; merged fields; fragments.
        (
            "{ thing { ...T } thing { maybe } } fragment T on Thing { name }",
            json!({}),
            json!({"thing":{"name":"thing","maybe":null}}),
        ),
    ] {
        let answer = server.post_body(json!({"query": query, "variables": variables}).to_string()).await;
        assert_eq!((answer.status, &answer.body["data"]), (200, &wanted), "{query} {:#}", answer.body);
        assert!(answer.body.get("errors").is_none(), "{query}");
    }
    for (query, code) in [
        ("{ __typename @nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ __typename @include }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ __typename @skip(if: true) @skip(if: true) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ __typename { x } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ thing { a: name a: maybe } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ ...A } fragment A on Query { nested { echo(number: 1) } nested { echo(number: 2) } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("query($n: Int) { echo(number: $n) }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { echo(number: $n) @skip(if: true) }", "BAD_REQUEST"),
        ("{ echo(number: 19641387965) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...on } fragment on on Query { greeting }", "GRAPHQL_PARSE_FAILED"),
        ("{ ...A } fragment A on Query { ...A }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...A }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ greeting } fragment A on Query { greeting }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ greeting(nobody: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ greet(input: {title: \"a\", title: \"b\"}) }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "query($i: Greeted = {title: \"a\", title: \"b\"}) { greet(input: $i) }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("type A { b: Int }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ choose(choice: {left: 1, right: \"r\"}) }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let answer = server.post(query).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{query} {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_few_short_and_say_where() {
    let server = Server::usual().await;
    let many = format!("{{ {} }}", (0..500).map(|n| format!("nothing{n} ")).collect::<Vec<_>>().concat());
    let answer = server.post(&format!("{{ nested {many} }}")).await;
    let errors = answer.body["errors"].as_array().unwrap();
    assert!(errors.len() < 10 && answer.status == 400, "{}", errors.len());
    let long = server.post(&format!("{{ {} }}", "n".repeat(5_000))).await;
    assert!(long.body["errors"][0]["message"].as_str().unwrap().chars().count() <= 301);
    let syntax = server.post(&format!("{{ greeting(name: \"{}", "x".repeat(20_000))).await;
    assert_eq!(syntax.code(), "GRAPHQL_PARSE_FAILED");
    assert!(syntax.body.to_string().len() < 2_000);
    let answer = server.post("{\n  greeting\n  nothing\n}").await;
    assert_eq!(answer.body["errors"][0]["locations"], json!([{"line": 3, "column": 3}]));
    // Places of fields are those of the caller's text, whatever the executor was given.
    let answer =
        server.post("# a comment\n{\n  nested {\n    ...L } }\nfragment L on Query {   l: leak }").await;
    assert_eq!(answer.status, 200);
    let error = &answer.body["errors"][0];
    assert_eq!(error["locations"], json!([{"line": 5, "column": 25}]), "{error:#}");
    assert_eq!((&error["path"], answer.code()), (&json!(["nested", "l"]), "INTERNAL"));
    assert!(!answer.body.to_string().contains("10.0.0.7") && error["extensions"]["incidentId"].is_string());
    let answer = server.post("{ panics }").await;
    assert_eq!((answer.status, answer.code()), (500, "INTERNAL"));
    assert!(!answer.body.to_string().contains("resolver panics"));
    assert_eq!(server.post("{ greeting }").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn costs_are_stated_and_bounded() {
    let server = Server::usual().await;
    let answer = server.post("{ things(first: 10) { nodes { name } } }").await;
    assert_eq!(answer.body["extensions"]["cost"]["requestedQueryCost"], 11);
    let of = json!({"query": "query($n: Int) { things(first: $n) { nodes { name } } }", "variables": {"n": 20_000}});
    let answer = server.post_body(of.to_string()).await;
    assert_eq!((answer.status, answer.code()), (400, "QUERY_TOO_COSTLY"));
    let message = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("`things.nodes`") && message.contains("20001"), "{message}");
    // The same document from the cache, with a smaller page.
    let of =
        json!({"query": "query($n: Int) { things(first: $n) { nodes { name } } }", "variables": {"n": 5}});
    assert_eq!(server.post_body(of.to_string()).await.body["extensions"]["cost"]["requestedQueryCost"], 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_of_other_origins_need_to_be_named() {
    let server = Server::start(Limits::default(), &[("SURETY_CORS_ORIGINS", "https://shop.example")]).await;
    for (origin, allowed) in [("https://shop.example", "https://shop.example"), ("https://evil.example", "")]
    {
        let preflight = server
            .client
            .request(reqwest::Method::OPTIONS, server.url("/graphql"))
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let answer = Answered::of(preflight).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, allowed));
        let get = server.client.get(server.url("/graphql?query=%7Bgreeting%7D")).header("origin", origin);
        assert_eq!(Answered::of(get).await.header("access-control-allow-origin"), allowed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_may_name_their_requests() {
    let server = Server::start(Limits::default(), &[("SURETY_CORS_ORIGINS", "https://shop.example")]).await;
    let post = server.client.post(server.url("/graphql")).header("x-request-id", "shop.7f_3-A");
    let answer = Answered::of(post.json(&json!({"query": "{ greeting }"}))).await;
    assert_eq!((answer.status, answer.header("x-request-id")), (200, "shop.7f_3-A"));
    for id in ["", "a b", "a\tlevel=ERROR", "x".repeat(65).as_str()] {
        let get = server.client.get(server.url("/health/live")).header("x-request-id", id);
        let answer = Answered::of(get).await;
        assert_eq!((answer.status, answer.header("x-request-id").len()), (200, 32), "{id:?}");
    }
    let preflight = server.client.request(reqwest::Method::OPTIONS, server.url("/graphql"));
    let preflight = preflight.header("origin", "https://shop.example");
    let answer = Answered::of(preflight.header("access-control-request-method", "POST")).await;
    let (allowed, exposed) =
        (answer.header("access-control-allow-headers"), answer.header("access-control-expose-headers"));
    for name in ["authorization", "content-type", "last-event-id", "x-request-id"] {
        assert!(allowed.split(", ").any(|allowed| allowed == name), "{name}: {allowed}");
    }
    for name in ["x-request-id", "retry-after"] {
        assert!(exposed.split(", ").any(|exposed| exposed == name), "{name}: {exposed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_paths_answer() {
    let server = Server::usual().await;
    let get = async |path: &str| {
        Answered::of(server.client.get(server.url(path)).header("accept-encoding", "gzip")).await
    };
    for (path, status, content_type) in [
        ("/health/live", 200, "application/json"),
        ("/health/ready", 200, "application/json"),
        ("/.well-known/jwks.json", 200, "application/jwk-set+json"),
        ("/", 200, "text/html; charset=utf-8"),
        ("/assets/start.js", 200, "text/javascript; charset=utf-8"),
        ("/assets/graphiql-3.9.0.css", 200, "text/css; charset=utf-8"),
        ("/assets/../Cargo.toml", 404, "application/json; charset=utf-8"),
        ("/nowhere", 404, "application/json; charset=utf-8"),
        ("/webhooks/payments/sandbox", 405, "application/json; charset=utf-8"),
        ("/graphql/ws", 400, "application/json; charset=utf-8"),
    ] {
        let answer = get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, content_type), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(status < 400 || !answer.code().is_empty(), "{path}");
    }
    assert!(get("/.well-known/jwks.json").await.body["keys"].is_array());
    // The explorer runs its own scripts and no others, speaks to this server, and is framed by nobody.
    let page = get("/").await;
    let policy = page.header("content-security-policy");
    for rule in ["script-src 'self';", "connect-src 'self';", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{rule}: {policy}");
    }
    assert!(!policy.contains("unsafe-eval") && !policy.contains('*'), "{policy}");
    assert_eq!((page.header("x-frame-options"), page.header("referrer-policy")), ("DENY", "no-referrer"));
}

/// Who has no token yet finds bounded room for what it sends, a quarter of it at most.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_and_messages_have_bounded_room() {
    let server = Server::start(Limits { forms_kib: 4, ..Limits::default() }, &[]).await;
    let form = "application/x-www-form-urlencoded";
    for (path, kind) in [("/oauth/token", form), ("/oauth/revoke", form), ("/webhooks/payments/nobody", JSON)]
    {
        let post = async |length: usize| {
            let mut request = server.client.post(server.url(path)).header("content-type", kind);
            for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
                request = request.header(name, "1");
            }
            Answered::of(request.body("x".repeat(length))).await
        };
        for _ in 0..5 {
            let answer = post(1_000).await;
            assert!([401, 404].contains(&answer.status), "{path}: {:#}", answer.body);
        }
        let refused = post(1_100).await;
        assert_eq!((refused.status, refused.code()), (503, "OVERLOADED"), "{path}: {:#}", refused.body);
        assert_eq!(refused.header("retry-after"), "1", "{path}");
    }
}

/// What is no text, leads elsewhere or is said twice names nothing, and is answered as nothing else is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strange_paths_are_nowhere() {
    let server = Server::usual().await;
    let words =
        ["%FF", "%00", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "..%5c..", "%2e%2e%2f", "\u{202e}"];
    for word in words {
        for (method, path) in [
            ("GET", format!("/assets/{word}")),
            ("GET", format!("/files/{word}")),
            ("GET", format!("/media/{word}")),
            ("GET", format!("/bulk/{word}?token={word}")),
            ("GET", format!("/bulk/{word}?token=a&token=b")),
            ("PUT", format!("/uploads/{word}")),
            ("POST", format!("/webhooks/payments/{word}")),
        ] {
            let mut request = server.client.request(method.parse().unwrap(), server.url(&path));
            for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
                request = request.header(name, "1");
            }
            let answer = Answered::of(request).await;
            assert_eq!(
                (answer.status, answer.code()),
                (404, "NOT_FOUND"),
                "{method} {path}: {:#}",
                answer.body
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_of_unknown_providers_are_not_found() {
    let server = Server::usual().await;
    let post = async |headers: &[(&str, &str)], body: String| {
        let mut request = server.client.post(server.url("/webhooks/payments/nobody")).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answered::of(request).await
    };
    let signed = [("webhook-id", "a"), ("webhook-timestamp", "1"), ("webhook-signature", "v1,x")];
    assert_eq!(post(&signed, "{}".to_owned()).await.code(), "NOT_FOUND");
    assert_eq!(post(&signed[..2], "{}".to_owned()).await.status, 400);
    assert_eq!(post(&signed, "x".repeat(70_000)).await.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_looked_at_before_anything_else() {
    let server = Server::usual().await;
    let good = format!("Bearer {}", server.token(Span::hours(1)).await);
    for (authorization, status) in
        [(good.as_str(), 200), ("Bearer forged", 401), ("Basic dTpw", 401), ("", 401), ("Bearer \u{e9}", 401)]
    {
        for accept in [JSON, GRAPHQL_RESPONSE] {
            let request = server.client.post(server.url("/graphql")).header("authorization", authorization);
            let answer =
                Answered::of(request.header("accept", accept).json(&json!({"query": "{ greeting }"}))).await;
            assert_eq!(answer.status, status, "{authorization}");
            if status == 401 {
                assert_eq!(
                    (answer.code(), answer.header("www-authenticate")),
                    ("UNAUTHENTICATED", "Bearer error=\"invalid_token\"")
                );
            }
        }
    }
    let twice = server.client.post(server.url("/graphql")).header("authorization", &good);
    let twice = twice.header("authorization", &good).json(&json!({"query": "{ greeting }"}));
    assert_eq!(Answered::of(twice).await.status, 401);
}

#[test]
fn the_examples_of_graphiql_pass_the_door() {
    let script = include_str!("../../src/http/graphiql/examples.js");
    let array = script.split_once('=').unwrap().1.trim().trim_end_matches(';');
    let tabs: Vec<Value> = serde_json::from_str(array).unwrap();
    assert_eq!(tabs.len(), 7);
    let door = Door::new(&surety::graphql::sdl::sdl(), Limits::default().document).unwrap();
    for tab in tabs {
        let query = tab["query"].as_str().unwrap();
        let variables =
            tab["variables"].as_str().map_or(json!({}), |text| serde_json::from_str(text).unwrap());
        let body = json!({ "query": query, "variables": variables }).to_string();
        let parameters = Parameters::from_body(body.as_bytes(), 1_000).unwrap();
        let transport = if query.contains("subscription ") { Transport::Socket } else { Transport::Post };
        if let Err(refused) = door.admit(&parameters, transport) {
            panic!("{query}\n{:?}", refused.errors);
        }
    }
}
