//! The audit log: each mutation leaves one line, done and logged are one, and everybody sees what concerns them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role};
use surety::domain::contract::sha256_hex;
use surety::domain::error::Code;
use surety::domain::ids::AuditLogEntryId;
use surety::domain::time::Span;
use surety::faults::Place;
use surety::http::limits::Limits;
use surety::http::{Product, product, serve_executor};
use surety::service;
use surety::service::audit_log::{Watch, note_answer};
use surety::service::auth::{Grant, issue_token};
use surety::store::Reader;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::authority::TABLE;
use super::mischief::Fault;
use super::products::mug_with;
use super::trade::Trade;
use super::world::{Answer, Party, World, on_both};

/// Everything that a line shows.
const LINE: &str = "id occurredAt operation outcome role orderId subjectId isOwn errorCode companyId appId memberId tokenId \
    requestId idempotencyKeyDigest inputSha256";

impl Party {
    /// The lines that this party sees, newest first, and how many there are.
    async fn reads_log(&self, filter: Value) -> (i64, Vec<Value>) {
        let query = format!(
            "query($filter: AuditLogEntryFilterInput) {{ auditLogEntries(first: 100, filter: $filter) {{ \
             totalCount nodes {{ {LINE} }} }} }}"
        );
        let data = self.asks(&query, json!({ "filter": filter })).await.good();
        let lines = data["auditLogEntries"]["nodes"].as_array().unwrap().clone();
        (data["auditLogEntries"]["totalCount"].as_i64().unwrap(), lines)
    }

    /// The operations and outcomes of those lines, oldest first.
    async fn acts(&self, filter: Value) -> Vec<String> {
        let (_, lines) = self.reads_log(filter).await;
        let word = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
        lines
            .iter()
            .rev()
            .map(|line| format!("{} {}", word(line, "operation"), word(line, "outcome")))
            .collect()
    }
}

const CANCEL: &str =
    "mutation($input: CancelOrderInput!) { cancelOrder(input: $input) { userErrors { code } } }";

impl Trade {
    /// The variables of [`CANCEL`] with a fresh key.
    fn cancelling(&self, order: &Value) -> Value {
        json!({ "input": { "idempotencyKey": self.key(), "orderId": order["id"] } })
    }
}

/// Another server of the same application, for as long as the guard lives, which stops what takes longer than a moment.
async fn hurried(w: &World) -> (SocketAddr, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let Product { schema, executor } = product().unwrap();
    let limits = Limits { execution_timeout: Duration::from_secs(10), ..Limits::default() };
    let (app, stop) = (Arc::clone(&w.app), CancellationToken::new());
    let stopping = stop.clone();
    tokio::spawn(async move {
        serve_executor(app, executor.clone(), Arc::clone(schema), listener, stopping, limits).await
    });
    (address, stop.drop_guard())
}

impl World {
    /// Cancels an order, and answers at which place its transaction was about to commit.
    async fn commit_of_cancelling(&self, trade: &Trade, order: &Value) -> usize {
        self.mischief.plan(None);
        trade.buyer.sends(CANCEL, trade.cancelling(order)).await.good();
        let (places, _) = self.mischief.over();
        places.iter().position(|place| *place == Place::BeforeCommit).unwrap()
    }

    /// Everything that is written in the log, as one text.
    async fn written(&self) -> String {
        let db = &self.app.db;
        let columns = [
            "id",
            "app_id",
            "company_id",
            "member_id",
            "role",
            "token",
            "request_id",
            "operation",
            "order_id",
            "subject_id",
            "outcome",
            "error_code",
            "idempotency_key_digest",
            "input_sha256",
        ];
        let columns = columns.map(|column| format!("COALESCE({column}, '')")).join(" || ' ' || ");
        let sql = format!("SELECT {columns} AS line FROM audit_log_entry");
        let rows = db.connection().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get::<String>("", "line").unwrap()).collect::<Vec<_>>().join("\n")
    }
}

/// How an answer ended, as its line has to say it.
fn ended(operation: &str, answer: &Answer) -> (Value, Value) {
    match answer.codes().first() {
        Some(code) => (json!("REFUSED"), json!(code)),
        None if operation.contains("validateOnly: true") => (json!("VALIDATED"), Value::Null),
        None => (json!("DONE"), Value::Null),
    }
}

/// The id that our tokens carry.
fn id_of(token: &str) -> String {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

fn digest(text: &str) -> String {
    sha256_hex(text.as_bytes())[..16].to_owned()
}

on_both! {
    async fn every_mutation_leaves_one_line_with_its_end(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let staff = w.operator().await;
        let callers = [&trade.buyer, &trade.supplier, &staff, &w.storefront().await, &w.buyer("Southgate").await];
        let (mut total, mut told) = (staff.reads_log(json!({})).await.0, 0);
        for row in TABLE.iter().filter(|row| row.field.starts_with("Mutation.")) {
            let name = row.field.trim_start_matches("Mutation.");
            for (index, caller) in callers.iter().enumerate() {
                let nowhere = |kind: &str| format!("{kind}_00000000000000000000000000");
                let variables = json!({
                    "order": order["id"], "product": trade.product, "supplier": trade.supplier.actor.supplier,
                    "quote": nowhere("quote"), "file": nowhere("file"), "thread": nowhere("thread"), "category": nowhere("category"),
                    "shipment": nowhere("shipment"), "payment": nowhere("payment"), "key": format!("{name}-{index}"),
                });
                let answer = w.first_answer(&caller.actor, row.operation, variables).await;
                let (outcome, code) = ended(row.operation, &answer);
                let (now, lines) = staff.reads_log(json!({ "operations": [name], "appId": caller.app.id })).await;
                let line = lines.first().unwrap_or_else(|| panic!("{name} by {index} left no line: {}", answer.0));
                assert_eq!((&line["outcome"], &line["errorCode"]), (&outcome, &code), "{name} by {index}: {}", answer.0);
                assert_eq!(line["operation"], name);
                assert_eq!(line["appId"], json!(caller.app.id));
                // Whoever did it before the table came to it has lines of then.
                assert!(now >= 1);
                total += 1;
                told += 1;
                assert_eq!(staff.reads_log(json!({})).await.0, total, "{name} by {index} left not one line");
            }
            w.first_answer(&w.anonymous(), row.operation, json!({ "order": order["id"], "key": name })).await;
            assert_eq!(staff.reads_log(json!({})).await.0, total, "nobody's {name} left a line");
        }
        println!("audit log: {told} mutations left a line each on {}", w.name());
    }

    async fn what_is_done_and_its_line_are_one(w) {
        let trade = w.trade().await;
        let staff = w.operator().await;
        w.mischief.plan(None);
        trade.places(trade.wish(100)).await.good();
        let (places, _) = w.mischief.over();
        let line = places.iter().position(|place| *place == Place::BeforeWriting("audit log")).unwrap();
        let commit = places.iter().position(|place| *place == Place::BeforeCommit).unwrap();
        let reply = places.iter().position(|place| *place == Place::BeforeReply).unwrap();
        for place in [line, commit] {
            let (known, wish) = (staff.reads_log(json!({})).await.0, trade.wish(100));
            let before = w.contents().await;
            w.mischief.plan(Some((place, Fault::Failure)));
            trade.places(wish.clone()).await.refused("INTERNAL");
            w.mischief.over();
            w.contents().await.same_as(&before);
            let (total, lines) = staff.reads_log(json!({})).await;
            assert_eq!((total, &lines[0]["outcome"], &lines[0]["errorCode"]), (known + 1, &json!("REFUSED"), &json!("INTERNAL")));
            trade.places(wish).await.good();
            let (total, lines) = staff.reads_log(json!({})).await;
            assert_eq!((total, &lines[0]["outcome"]), (known + 2, &json!("DONE")));
        }
        // It was done, although nobody learned of it: one line, and it says so.
        let known = staff.reads_log(json!({})).await.0;
        for place in [commit + 1, reply] {
            w.mischief.plan(Some((place, Fault::Failure)));
            let answer = trade.places(trade.wish(100)).await;
            answer.refused("INTERNAL");
            let message = answer.0["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("send it again with the same idempotency key"), "{message}");
            w.mischief.over();
        }
        let (total, lines) = staff.reads_log(json!({})).await;
        assert_eq!((total, &lines[0]["outcome"], &lines[1]["outcome"]), (known + 2, &json!("DONE"), &json!("DONE")));
        assert_eq!(w.app.telemetry.audit_log_unwritten.count(), 0);
    }

    async fn what_panicked_is_told_as_well(w) {
        let trade = w.trade().await;
        let orders = [trade.placed(100).await, trade.placed(100).await, trade.placed(100).await];
        let commit = w.commit_of_cancelling(&trade, &orders[0]).await;
        let seen = async || trade.buyer.reads_log(json!({ "operations": ["cancelOrder"] })).await;
        for (place, order, end) in [
            (commit, &orders[1], (json!("REFUSED"), json!("INTERNAL"))),
            // It was done, and died before it could say so.
            (commit + 1, &orders[2], (json!("DONE"), Value::Null)),
        ] {
            let known = seen().await.0;
            w.mischief.plan(Some((place, Fault::Crash)));
            trade.buyer.sends(CANCEL, trade.cancelling(order)).await.refused("INTERNAL");
            w.mischief.over();
            let (total, lines) = seen().await;
            assert_eq!(total, known + 1, "{lines:#?}");
            assert_eq!((&lines[0]["outcome"], &lines[0]["errorCode"]), (&end.0, &end.1));
            assert_eq!(lines[0]["orderId"], order["id"]);
        }
        let known = seen().await.0;
        trade.buyer.sends(CANCEL, trade.cancelling(&orders[1])).await.good();
        let (total, lines) = seen().await;
        assert_eq!((total, &lines[0]["outcome"]), (known + 1, &json!("DONE")));
        assert_eq!(w.app.telemetry.audit_log_unwritten.count(), 0);
    }

    async fn what_was_stopped_after_its_time_is_told_as_well(w) {
        let trade = w.trade().await;
        let orders = [trade.placed(100).await, trade.placed(100).await];
        let commit = w.commit_of_cancelling(&trade, &orders[0]).await;
        let (address, _stops) = hurried(&w).await;
        w.mischief.plan(Some((commit, Fault::Delay)));
        let body = json!({ "query": CANCEL, "variables": trade.cancelling(&orders[1]) });
        let request = w.http.post(format!("http://{address}/graphql")).bearer_auth(trade.buyer.token());
        let answer: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
        Answer(answer).refused("OVERLOADED");
        w.mischief.over();
        let (total, lines) = trade.buyer.reads_log(json!({ "operations": ["cancelOrder"] })).await;
        assert_eq!((total, &lines[0]["outcome"], &lines[0]["errorCode"]), (2, &json!("REFUSED"), &json!("OVERLOADED")));
        assert_eq!(lines[0]["orderId"], orders[1]["id"]);
    }

    async fn where_a_token_came_from_and_how_it_ended_is_found_by_its_id(w) {
        let (operator, stranger) = (w.operator().await, w.buyer("Southgate").await);
        let (app, secret, company) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        w.forget_statements();
        let issued = w.token_for(id, &secret, &[("scope", "orders:read orders:write")]).await;
        let written = w.statements().iter().filter(|sql| sql.contains("audit_log_")).count();
        assert_eq!(written, if w.app.db.is_postgres() { 1 } else { 2 });
        let (token, reading) = (issued.good(), w.token_for(id, &secret, &[]).await.good());
        w.graphql(&token, CANCEL, json!({ "input": { "idempotencyKey": "a", "orderId": "order_00000000000000000000000000" } })).await;
        for text in [token.as_str(), token.as_str(), "nonsense"] {
            let answer = w.posts_form("/oauth/revoke", Some((id, secret.as_str())), &[("token", text)]).await;
            assert_eq!(answer.status, 200);
        }
        let query = format!(
            "query($filter: AuditLogEntryFilterInput) {{ auditLogEntries(first: 100, filter: $filter) {{ nodes {{ {LINE} }} }} }}"
        );
        let found = async |filter: Value| {
            let answer = Answer(w.graphql(&reading, &query, json!({ "filter": filter })).await).good();
            answer["auditLogEntries"]["nodes"].as_array().unwrap().clone()
        };
        let lines = found(json!({ "tokenId": id_of(&token) })).await;
        let acts: Vec<_> = lines.iter().map(|line| (line["operation"].as_str().unwrap(), line["outcome"].as_str().unwrap())).collect();
        assert_eq!(acts, [("oauth/revoke", "DONE"), ("cancelOrder", "REFUSED"), ("oauth/token", "DONE")]);
        let come = &lines[2];
        assert_eq!((&come["appId"], &come["companyId"], &come["isOwn"]), (&json!(id), &json!(company), &json!(true)));
        assert_eq!((&come["subjectId"], &come["requestId"]), (&json!(id), &json!(issued.header("x-request-id"))));
        assert_eq!((&come["memberId"], &come["idempotencyKeyDigest"]), (&Value::Null, &Value::Null));
        let sent = serde_json_canonicalizer::to_string(&json!({ "scope": "orders:read orders:write" })).unwrap();
        assert_eq!(come["inputSha256"], json!(sha256_hex(sent.as_bytes())));
        assert_eq!(found(json!({ "appId": id, "operations": ["oauth/token"] })).await.len(), 2);
        assert_eq!(operator.reads_log(json!({ "appId": id })).await.0, 4);
        assert_eq!(stranger.reads_log(json!({})).await, (0, Vec::new()));
        let written = w.written().await;
        assert!(!written.contains(&token) && !written.contains(&secret), "{written}");
    }

    async fn nobody_gets_a_token_whose_line_is_not_written(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let (id, known) = (app["id"].as_str().unwrap(), operator.reads_log(json!({})).await.0);
        w.mischief.plan(Some((0, Fault::Failure)));
        let answer = w.token_for(id, &secret, &[]).await;
        w.mischief.over();
        assert_eq!((answer.status, &answer.body["access_token"]), (500, &Value::Null), "{}", answer.body);
        assert_eq!(operator.reads_log(json!({})).await.0, known);
        w.token_for(id, &secret, &[]).await.good();
        assert_eq!(operator.reads_log(json!({})).await.0, known + 1);
    }

    async fn who_gets_no_token_writes_nothing(w) {
        let operator = w.operator().await;
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let (_, others_secret, _) = operator.makes_buyer(&w, "other").await;
        let id = app["id"].as_str().unwrap();
        let token = w.token_for(id, &secret, &[]).await.good();
        let known = operator.reads_log(json!({})).await.0;
        for wrong in ["wrong", others_secret.as_str()] {
            assert_eq!(w.token_for(id, wrong, &[]).await.status, 401);
            let answer = w.posts_form("/oauth/revoke", Some((id, wrong)), &[("token", token.as_str())]).await;
            assert_eq!(answer.status, 401);
        }
        assert_eq!(w.token_for(id, &secret, &[("scope", "platform:operate")]).await.status, 400);
        assert_eq!(operator.reads_log(json!({})).await.0, known);
        assert_eq!(w.app.telemetry.secrets_refused.count(), 4, "they are a number");
    }

    async fn a_token_that_names_another_company_tells_that_nothing(w) {
        let (operator, stranger) = (w.operator().await, w.buyer("Southgate").await);
        let (app, secret, _) = operator.makes_buyer(&w, "acme").await;
        let id = app["id"].as_str().unwrap();
        // Such as an issuer of others could sign one.
        let grant = Grant::of(id.parse().unwrap(), Role::Buyer, stranger.actor.company);
        let token = issue_token(&w.app, &grant, Span::hours(1)).unwrap();
        let answer = w.posts_form("/oauth/revoke", Some((id, secret.as_str())), &[("token", token.as_str())]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(stranger.reads_log(json!({})).await, (0, Vec::new()));
        let (total, lines) = operator.reads_log(json!({ "tokenId": id_of(&token) })).await;
        assert_eq!((total, &lines[0]["operation"], &lines[0]["companyId"]), (1, &json!("oauth/revoke"), &Value::Null));
    }

    async fn the_same_again_is_told_as_such(w) {
        let trade = w.trade().await;
        let wish = trade.wish(100);
        let order = trade.places(wish.clone()).await.good()["placeOrder"]["order"].clone();
        trade.places(wish.clone()).await.good();
        let mut other = wish.clone();
        other["destinationCountry"] = json!("FR");
        trade.places(other).await.refused("IDEMPOTENCY_KEY_REUSED");
        let (total, lines) = trade.buyer.reads_log(json!({ "operations": ["placeOrder"] })).await;
        let ends: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
        assert_eq!((total, ends), (3, vec!["REFUSED", "REPLAYED", "DONE"]));
        let (refused, again, done) = (&lines[0], &lines[1], &lines[2]);
        assert_eq!((&again["orderId"], &again["subjectId"]), (&order["id"], &order["id"]));
        assert_eq!(again["inputSha256"], done["inputSha256"]);
        assert_ne!(refused["inputSha256"], done["inputSha256"]);
        assert_eq!(refused["errorCode"], "IDEMPOTENCY_KEY_REUSED");
        let key = json!(digest(wish["idempotencyKey"].as_str().unwrap()));
        assert!(lines.iter().all(|line| line["idempotencyKeyDigest"] == key));
    }

    async fn a_clock_that_was_advanced_without_an_answer_is_told_as_done(w) {
        let trade = w.trade().await;
        trade.placed(100).await;
        let moved = w.now().plus(Span::days(31)).to_string();
        let advances = async || {
            let query = "mutation { advanceSandboxClock(input: { idempotencyKey: \"clock\", by: \"P31D\" }) {
                now firedDeadlineCount replayed userErrors { code } } }";
            trade.buyer.asks(query, json!({})).await
        };
        w.mischief.plan_every(Place::AfterCommit, Fault::Failure);
        advances().await.refused("INTERNAL");
        w.mischief.over();
        let again = advances().await.good()["advanceSandboxClock"].clone();
        assert_eq!((&again["replayed"], &again["now"]), (&json!(true), &json!(moved)));
        assert!(again["firedDeadlineCount"].as_u64().unwrap() > 0, "what was still over fires: {again}");
        let (_, lines) = trade.buyer.reads_log(json!({ "operations": ["advanceSandboxClock"] })).await;
        let ends: Vec<_> = lines.iter().map(|line| (&line["outcome"], &line["errorCode"])).collect();
        assert_eq!(ends, [(&json!("REPLAYED"), &Value::Null), (&json!("DONE"), &Value::Null)]);
    }

    async fn the_sender_can_work_the_hash_out(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let input = json!({ "idempotencyKey": "sent", "orderId": order["id"], "reason": null });
        // As a whole, in parts, and with a default of the operation's own: over HTTP, where the door fills in the schema's.
        for (query, variables) in [
            ("mutation($input: CancelOrderInput!) { cancelOrder(input: $input) { userErrors { code } } }", json!({ "input": input })),
            (
                "mutation($order: ID!, $key: String!, $reason: String) { \
                 cancelOrder(input: { orderId: $order, idempotencyKey: $key, reason: $reason }) { userErrors { code } } }",
                json!({ "order": order["id"], "key": "sent", "reason": null }),
            ),
            (
                "mutation($order: ID!, $key: String! = \"sent\") { \
                 cancelOrder(input: { orderId: $order, reason: null, idempotencyKey: $key }) { userErrors { code } } }",
                json!({ "order": order["id"] }),
            ),
        ] {
            trade.buyer.sends(query, variables).await.good();
        }
        let (total, lines) = trade.buyer.reads_log(json!({ "operations": ["cancelOrder"] })).await;
        let ends: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
        assert_eq!((total, ends), (3, vec!["REPLAYED", "REPLAYED", "DONE"]));
        let sent = serde_json_canonicalizer::to_string(&json!({ "input": input })).unwrap();
        for line in lines {
            assert_eq!(line["inputSha256"], json!(sha256_hex(sent.as_bytes())), "{line:#}");
        }
    }

    async fn what_a_caller_writes_tells_nobody(w) {
        let (writer, other) = (w.shop("Acme").await, w.shop("Brico").await);
        let query = "mutation($input: ImportProductsInput!) { importProducts(input: $input) { rejectedCount userErrors { code } } }";
        for (key, id) in [("one", json!(other.actor.supplier)), ("two", json!(other.actor.company))] {
            let input = json!({ "idempotencyKey": key, "products": [mug_with(&json!({ "externalReference": id }))] });
            let data = writer.asks(query, json!({ "input": input })).await.good();
            assert_eq!(data["importProducts"]["rejectedCount"], 0, "{data:#}");
        }
        let imports = json!({ "operations": ["importProducts"] });
        assert_eq!(writer.acts(imports.clone()).await, ["importProducts DONE", "importProducts DONE"]);
        assert_eq!(other.acts(imports).await, Vec::<String>::new());
        // What staff name is believed: they act on it.
        let staff = w.operator().await;
        let input = json!({ "idempotencyKey": "three", "supplierId": other.actor.supplier, "products": [mug_with(&json!({ "externalReference": "A" }))] });
        staff.asks(query, json!({ "input": input })).await.good();
        assert_eq!(other.acts(json!({})).await, ["importProducts DONE"]);
    }

    async fn an_import_that_applied_nothing_was_not_done(w) {
        let writer = w.shop("Acme").await;
        let query = "mutation($input: ImportProductsInput!) { importProducts(input: $input) { rejectedCount userErrors { code } } }";
        let rows = json!([mug_with(&json!({ "externalReference": "A" })), { "externalReference": "B" }]);
        for (key, policy) in [("all", "ALL_OR_NOTHING"), ("some", "SKIP_INVALID")] {
            let input = json!({ "idempotencyKey": key, "errorPolicy": policy, "products": rows });
            let data = writer.asks(query, json!({ "input": input })).await.good();
            assert_eq!(data["importProducts"]["rejectedCount"], 1, "{data:#}");
        }
        let (_, lines) = writer.reads_log(json!({})).await;
        assert_eq!((&lines[0]["outcome"], &lines[0]["errorCode"]), (&json!("DONE"), &Value::Null));
        assert_eq!((&lines[1]["outcome"], &lines[1]["errorCode"]), (&json!("REFUSED"), &json!("INVALID_INPUT")));
    }

    async fn staff_stay_staff_whichever_company_their_token_names(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let staff = w.operator().await;
        let as_buyer = Arc::new(Actor { company: trade.buyer.actor.company, ..(*staff.actor).clone() });
        let holds = |mutation: &str, more: Value| {
            let mut capital = mutation.to_owned();
            capital[..1].make_ascii_uppercase();
            let query = format!("mutation($input: {capital}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
            let mut input = json!({ "idempotencyKey": trade.key(), "orderId": order["id"] });
            input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            (query, json!({ "input": input }))
        };
        let known = trade.buyer.reads_log(json!({})).await.0;
        let (query, variables) = holds("liftRiskHold", json!({}));
        assert!(!w.execute(&as_buyer, &query, variables).await.codes().is_empty(), "there is no hold");
        let (place, hold) = holds("placeRiskHold", json!({ "reason": "odd" }));
        w.execute(&as_buyer, &place, hold).await.good();
        let (query, variables) = holds("liftRiskHold", json!({}));
        w.execute(&as_buyer, &query, variables).await.good();
        // What they tried, and what another one may have to confirm, is the platform's alone.
        let (total, lines) = trade.buyer.reads_log(json!({})).await;
        assert_eq!((total, &lines[0]["operation"], &lines[0]["role"]), (known + 1, &json!("placeRiskHold"), &json!("OPERATOR")));
        for field in ["companyId", "appId", "memberId", "tokenId", "requestId", "idempotencyKeyDigest", "inputSha256"] {
            assert_eq!(lines[0][field], Value::Null, "{field}");
        }
        assert_eq!(lines[0]["isOwn"], false);
        assert_eq!(trade.buyer.reads_log(json!({ "appId": staff.app.id })).await, (0, Vec::new()));
        assert_eq!(staff.acts(json!({ "appId": staff.app.id })).await, ["liftRiskHold REFUSED", "placeRiskHold DONE", "liftRiskHold DONE"]);
    }

    async fn what_staff_do_to_an_app_is_told_to_its_company(w) {
        let (buyer, other, staff) = (w.buyer("acme").await, w.buyer("Southgate").await, w.operator().await);
        let input = json!({ "idempotencyKey": "rotate", "partnerAppId": buyer.app.id });
        staff.keeps("rotateAppSecret", "secret", input).await.good();
        let (total, lines) = buyer.reads_log(json!({})).await;
        assert_eq!((total, &lines[0]["operation"], &lines[0]["subjectId"]), (1, &json!("rotateAppSecret"), &json!(buyer.app.id)));
        assert_eq!((&lines[0]["isOwn"], &lines[0]["tokenId"]), (&json!(false), &Value::Null));
        assert_eq!(other.reads_log(json!({})).await, (0, Vec::new()));
    }

    async fn a_key_that_everybody_may_read_leaves_no_line(w) {
        let staff = w.operator().await;
        let (_, _, key) = staff.makes_storefront("shop", json!([])).await;
        let known = staff.reads_log(json!({})).await.0;
        let query = "mutation { retireTrustedDocuments(input: { idempotencyKey: \"a\", trustedDocumentIds: [] }) { userErrors { code } } }";
        for (token, lines) in [(key, 0), (w.storefront().await.token(), 1)] {
            let answer = Answer(w.graphql(&token, query, json!({})).await);
            assert!(!answer.codes().is_empty(), "{:#}", answer.0);
            assert_eq!(staff.reads_log(json!({})).await.0, known + lines, "{:#}", answer.0);
        }
    }

    async fn what_failed_by_load_is_logged_as_the_caller_heard_it(w) {
        let buyer = w.buyer("acme").await;
        for (failure, code) in [(Code::Overloaded, "OVERLOADED"), (Code::Internal, "INTERNAL")] {
            let watch = Watch::begin(&w.app, &buyer.actor, "placeOrder", &json!({})).unwrap();
            let failed = Err::<(), _>(service::Error::Internal(anyhow::anyhow!("the database is away")));
            watch.scope(async { note_answer(&failed) }).await;
            watch.end(&w.app, Some(failure)).await;
            let (_, lines) = buyer.reads_log(json!({ "outcome": "REFUSED" })).await;
            assert_eq!(lines.iter().filter(|line| line["errorCode"] == code).count(), 1, "{lines:#?}");
        }
    }

    async fn an_entry_is_found_by_its_id_by_whom_it_concerns(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let (stranger, staff) = (w.buyer("Southgate").await, w.operator().await);
        let (_, lines) = trade.supplier.reads_log(json!({ "subjectId": order["id"], "operations": ["confirmOrder"] })).await;
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on AuditLogEntry {{ {LINE} }} }} }}");
        let asks = async |party: &Party| party.asks(&query, json!({ "id": lines[0]["id"] })).await.good()["node"].clone();
        assert_eq!(asks(&trade.supplier).await, lines[0]);
        assert_eq!(asks(&staff).await["appId"], json!(trade.supplier.app.id));
        let told = asks(&trade.buyer).await;
        assert_eq!((&told["operation"], &told["isOwn"], &told["appId"]), (&json!("confirmOrder"), &json!(false), &Value::Null));
        assert_eq!(asks(&stranger).await, Value::Null);
        assert_eq!(asks(&w.storefront().await).await, Value::Null);
    }

    async fn a_word_of_another_release_takes_no_page_down(w) {
        let (buyer, staff) = (w.buyer("acme").await, w.operator().await);
        let (app, company) = (buyer.app.id, buyer.actor.company.unwrap());
        let now = w.now();
        let mut ids = Vec::new();
        for (role, code) in [("buyer", "OUT_OF_INK"), ("herald", "FORBIDDEN")] {
            let id: AuditLogEntryId = w.app.ids.make(now);
            for sql in [
                format!("INSERT INTO audit_log_entry (id, occurred_at, app_id, company_id, role, operation, outcome, error_code) \
                    VALUES ('{id}', {}, '{app}', '{company}', '{role}', 'placeOrder', 'REFUSED', '{code}')", now.micros()),
                format!("INSERT INTO audit_log_concern (company_id, occurred_at, entry_id) VALUES ('{company}', {}, '{id}')", now.micros()),
            ] {
                w.app.db.connection().execute_unprepared(&sql).await.unwrap();
            }
            ids.push(json!(id));
        }
        let shown = async |party: &Party| {
            let (total, lines) = party.reads_log(json!({ "outcome": "REFUSED" })).await;
            assert_eq!((total, lines.len()), (2, 2), "{lines:#?}");
            ids.iter().map(|id| lines.iter().find(|line| line["id"] == *id).unwrap().clone()).collect::<Vec<_>>()
        };
        let of = |line: &Value| [line["role"].clone(), line["errorCode"].clone(), line["isOwn"].clone(), line["appId"].clone()];
        let seen = shown(&buyer).await;
        assert_eq!(of(&seen[0]), [json!("BUYER"), Value::Null, json!(true), json!(app)]);
        // It may have been staff: the company sees the act, and nothing of who did it.
        assert_eq!(of(&seen[1]), [Value::Null, json!("FORBIDDEN"), json!(false), Value::Null]);
        assert_eq!(of(&shown(&staff).await[1]), [Value::Null, json!("FORBIDDEN"), json!(true), json!(app)]);
        let query = "query($id: ID!) { node(id: $id) { ... on AuditLogEntry { outcome errorCode operation } } }";
        let found = buyer.asks(query, json!({ "id": ids[0] })).await.good();
        assert_eq!(found["node"], json!({ "outcome": "REFUSED", "errorCode": null, "operation": "placeOrder" }));
    }

    async fn a_command_pays_for_its_line_once(w) {
        let trade = w.trade().await;
        w.forget_statements();
        trade.places(trade.wish(100)).await.good();
        let lines = w.statements().iter().filter(|sql| sql.contains("audit_log_")).count();
        assert_eq!(lines, if w.app.db.is_postgres() { 1 } else { 2 });
    }

    async fn each_sees_what_concerns_them_and_of_others_only_the_act(w) {
        let trade = w.trade().await;
        let (stranger, staff) = (w.buyer("Southgate").await, w.operator().await);
        let order = trade.confirmed(100).await;
        trade.on(&trade.supplier, "declineOrder", &order, json!({})).await.refused("TRANSITION_REFUSED");
        let about = json!({ "subjectId": order["id"] });
        assert_eq!(trade.buyer.acts(about.clone()).await, ["placeOrder DONE", "confirmOrder DONE"]);
        let of_supplier = ["placeOrder DONE", "confirmOrder DONE", "declineOrder REFUSED"];
        assert_eq!(trade.supplier.acts(about.clone()).await, of_supplier);
        assert_eq!(staff.acts(about.clone()).await, of_supplier);
        assert_eq!(stranger.reads_log(json!({})).await, (0, Vec::new()));
        let (_, lines) = trade.buyer.reads_log(json!({ "operations": ["confirmOrder"] })).await;
        let told = ["id", "occurredAt", "operation", "outcome", "role", "orderId", "subjectId", "isOwn"];
        let line = lines[0].as_object().unwrap();
        for (field, value) in line {
            assert_eq!(told.contains(&field.as_str()), !value.is_null(), "{field} of the other side: {value}");
        }
        assert_eq!((&line["isOwn"], &line["role"], &line["orderId"]), (&json!(false), &json!("SUPPLIER"), &order["id"]));
        // By the other side's app its acts are not found.
        let by_app = json!({ "appId": trade.supplier.app.id });
        assert_eq!(trade.buyer.reads_log(by_app.clone()).await, (0, Vec::new()));
        assert_eq!(trade.supplier.acts(by_app).await, ["confirmOrder DONE", "declineOrder REFUSED"]);
        let (_, own) = trade.supplier.reads_log(json!({ "outcome": "REFUSED" })).await;
        assert_eq!((&own[0]["isOwn"], &own[0]["errorCode"]), (&json!(true), &json!("TRANSITION_REFUSED")));
        assert_eq!((&own[0]["companyId"], &own[0]["appId"]), (&json!(trade.supplier.actor.company), &json!(trade.supplier.app.id)));
    }

    async fn a_draft_is_not_told_and_a_quote_is(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["draft"] = json!(true);
        let draft = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        trade.on(&trade.buyer, "cancelOrder", &draft, json!({})).await.good();
        assert_eq!(trade.supplier.reads_log(json!({})).await, (0, Vec::new()));
        assert_eq!(trade.buyer.acts(json!({})).await, ["placeOrder DONE", "cancelOrder DONE"]);
        trade.asks_for(500).await;
        assert_eq!(trade.supplier.acts(json!({})).await, ["requestQuote DONE"]);
    }

    async fn a_line_names_the_token_and_the_request(w) {
        let buyer = w.buyer("acme").await;
        let token = buyer.token();
        let query = "mutation($file: CreateUploadInput!) { createUpload(input: $file) { file { id } userErrors { code } } }";
        let file = json!({
            "idempotencyKey": "file", "fileName": "a.pdf", "contentType": "application/pdf", "byteSize": 1, "sha256": "0".repeat(64),
        });
        let body = json!({ "query": query, "variables": { "file": file } });
        let sent = w.http.post(w.url("/graphql")).bearer_auth(&token).json(&body).send().await.unwrap();
        let request = sent.headers()["x-request-id"].to_str().unwrap().to_owned();
        let answer: Value = sent.json().await.unwrap();
        assert!(answer["data"]["createUpload"]["file"]["id"].is_string(), "{answer:#}");
        let (total, lines) = buyer.reads_log(json!({})).await;
        assert_eq!(total, 1);
        assert_eq!((&lines[0]["tokenId"], &lines[0]["requestId"]), (&json!(id_of(&token)), &json!(request)));
        assert_eq!(lines[0]["subjectId"], answer["data"]["createUpload"]["file"]["id"]);
        assert!(!w.written().await.contains(&token));
        // What a token did that got lost is found by it, and by nobody else.
        for (token, found) in [(id_of(&token), 1), (digest(&token), 0)] {
            assert_eq!(buyer.reads_log(json!({ "tokenId": token })).await.0, found, "{token}");
        }
        assert_eq!(w.buyer("Southgate").await.reads_log(json!({ "tokenId": id_of(&token) })).await.0, 0);
        assert_eq!(w.operator().await.reads_log(json!({ "tokenId": id_of(&token) })).await.0, 1);
    }

    async fn a_line_holds_nothing_of_what_was_said(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let thread = order["id"].as_str().unwrap().replace("order_", "thread_");
        let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { userErrors { code } } }";
        for thread in [thread.as_str(), "jane.doe@example.com"] {
            let input = json!({ "idempotencyKey": format!("jane.doe {thread}"), "threadId": thread, "body": "Ask jane.doe, +49 30 1234" });
            trade.buyer.asks(query, json!({ "input": input })).await;
        }
        let reason = json!({ "reason": "jane.doe said so" });
        trade.on(&trade.supplier, "declineOrder", &order, reason).await;
        assert_eq!(trade.buyer.acts(json!({ "operations": ["sendMessage"] })).await, ["sendMessage DONE", "sendMessage REFUSED"]);
        assert_eq!(trade.supplier.acts(json!({ "operations": ["sendMessage"] })).await, ["sendMessage DONE"]);
        let written = w.written().await;
        assert!(!written.contains("jane") && !written.contains("1234"), "{written}");
    }
}
