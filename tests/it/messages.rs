//! Messages: said once, numbered, hashed, never changed; read by those who take part.

use sea_orm::{ConnectionTrait, Value as SqlValue};
use serde_json::{Value, json};
use surety::domain::actor::Role;
use surety::domain::contract::sha256_hex;
use surety::domain::event::EventType;
use surety::domain::ids::OrderId;
use surety::store::{self, Reader};

use super::trade::Trade;
use super::world::{Answer, Party, on_both};

const MESSAGE: &str = "id sequence senderRole sender { name } body sentAt sha256 document \
    attachments { sha256 name status } riskSignals { code severity explanation evidence }";

impl Party {
    /// Says something in a thread.
    pub async fn says(&self, key: &str, thread: &Value, more: Value) -> Answer {
        let mut input = json!({ "idempotencyKey": key, "threadId": thread });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let query = format!(
            "mutation($input: SendMessageInput!) {{ sendMessage(input: $input) {{ replayed thread {{ id }} \
             message {{ {MESSAGE} }} userErrors {{ code field message }} }} }}"
        );
        self.asks(&query, json!({ "input": input })).await
    }

    /// The thread as this party sees it.
    pub async fn thread(&self, id: &Value) -> Value {
        let query = format!(
            "query($id: ID!) {{ thread(id: $id) {{ id order {{ id }} quote {{ id }} buyer {{ name }} \
             messages(first: 100) {{ totalCount nodes {{ {MESSAGE} }} }} }} }}"
        );
        self.asks(&query, json!({ "id": id })).await.good()["thread"].clone()
    }
}

impl Trade {
    /// The thread of an order.
    async fn thread(&self, order: &Value) -> Value {
        self.order(order, "thread { id }").await["thread"]["id"].clone()
    }
}

on_both! {
    async fn both_sides_talk_and_staff_reads_along(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let thread = trade.thread(&order).await;
        assert_eq!(trade.buyer.thread(&thread).await["messages"]["totalCount"], 0);
        let file = trade.buyer.uploads("drawing.pdf", b"drawing").await;
        let first = trade.buyer.says("1", &thread, json!({ "body": "Navy, please.", "attachmentIds": [file] })).await.good();
        let first = &first["sendMessage"]["message"];
        trade.supplier.says("1", &thread, json!({ "body": "Fine. Pay us directly and write to sales@mills.com" })).await.good();
        assert_eq!(trade.supplier.file(&file).await["status"], "STORED", "what is attached can be read");
        for party in [&trade.buyer, &trade.supplier, &w.operator().await] {
            let seen = party.thread(&thread).await;
            assert_eq!(seen["order"]["id"], order["id"]);
            assert_eq!((&seen["buyer"]["name"], &seen["messages"]["totalCount"]), (&json!("Northwind Stores"), &json!(2)));
            let nodes = seen["messages"]["nodes"].as_array().unwrap();
            assert_eq!(&nodes[0], first);
            assert_eq!((&nodes[0]["sequence"], &nodes[0]["senderRole"], &nodes[0]["riskSignals"]), (&json!(1), &json!("BUYER"), &json!([])));
            assert_eq!(nodes[0]["attachments"][0]["sha256"], sha256_hex(b"drawing"));
            assert_eq!((&nodes[1]["sequence"], &nodes[1]["sender"]["name"]), (&json!(2), &json!("Harbour Mills")));
            let codes: Vec<_> = nodes[1]["riskSignals"].as_array().unwrap().iter().map(|signal| (signal["code"].as_str().unwrap(), signal["severity"].as_str().unwrap())).collect();
            assert_eq!(codes, [("PAYMENT_OUTSIDE", "HIGH"), ("EMAIL_ADDRESS", "MEDIUM")]);
            assert_eq!(nodes[1]["riskSignals"][1]["evidence"], "sales@mills.com");
            for node in nodes {
                assert_eq!(node["sha256"], sha256_hex(node["document"].as_str().unwrap().as_bytes()));
            }
        }
        let told = trade.order(&order, "version").await;
        let id: OrderId = order["id"].as_str().unwrap().parse().unwrap();
        let events = store::events::of_orders(&w.app.db, &[id], 100).await.unwrap();
        let sent: Vec<_> = events.iter().filter(|event| event.kind == EventType::MessageSent).collect();
        assert_eq!(sent.len(), 2);
        assert_eq!((&sent[0].body["sha256"], &sent[0].body["messageId"]), (&first["sha256"], &first["id"]));
        assert_eq!(told["version"], order["version"], "talking changes nothing of the order");
    }

    async fn enquiries_have_threads_too(w) {
        let trade = w.trade().await;
        let quote = trade.asks_for(500).await;
        let thread = &quote["thread"]["id"];
        trade.supplier.says("1", thread, json!({ "body": "Which colour?" })).await.good();
        trade.buyer.says("1", thread, json!({ "body": "Navy." })).await.good();
        let seen = trade.buyer.thread(thread).await;
        assert_eq!((&seen["quote"]["id"], &seen["messages"]["totalCount"]), (&quote["id"], &json!(2)));
        assert_eq!(w.buyer("stranger").await.thread(thread).await, Value::Null);
        w.buyer("another").await.says("1", thread, json!({ "body": "hello" })).await.refused("NOT_FOUND");
    }

    async fn strangers_and_drafts_have_no_thread(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let thread = trade.thread(&order).await;
        let draft = { let mut wish = trade.wish(100); wish["draft"] = json!(true); trade.places(wish).await.good()["placeOrder"]["order"].clone() };
        let hidden = json!(draft["id"].as_str().unwrap().replace("order_", "thread_"));
        assert_eq!(trade.thread(&draft).await, Value::Null);
        let body = json!({ "body": "hello" });
        let others = [w.buyer("stranger").await, w.seller("other mill").await];
        let before = w.contents().await;
        for party in &others {
            assert_eq!(party.thread(&thread).await, Value::Null);
            party.says("1", &thread, body.clone()).await.refused("NOT_FOUND");
        }
        assert_eq!(trade.supplier.thread(&hidden).await, Value::Null);
        trade.supplier.says("1", &hidden, body.clone()).await.refused("NOT_FOUND");
        trade.buyer.says("1", &hidden, body.clone()).await.refused("TRANSITION_REFUSED");
        w.operator().await.says("1", &thread, body.clone()).await.refused("FORBIDDEN");
        w.party("inspection", Role::Inspector).await.says("1", &thread, body.clone()).await.refused("FORBIDDEN");
        for id in ["thread_01h2xcejqtf2nbrexx3vqjhp41", "thread_x", "order_01h2xcejqtf2nbrexx3vqjhp41"] {
            assert_eq!(trade.buyer.thread(&json!(id)).await, Value::Null);
            trade.buyer.says("1", &json!(id), body.clone()).await.refused("NOT_FOUND");
        }
        let tables = ["company", "partner_app", "partner_app_company", "supplier"];
        w.contents().await.without(&tables).same_as(&before.without(&tables));
    }

    async fn a_message_is_said_once_however_often_it_is_sent(w) {
        let trade = w.trade().await;
        let thread = trade.thread(&trade.placed(100).await).await;
        let body = json!({ "body": "hello" });
        let first = trade.buyer.says("k", &thread, body.clone()).await.good()["sendMessage"].clone();
        let before = w.contents().await;
        let again = trade.buyer.says("k", &thread, body.clone()).await.good()["sendMessage"].clone();
        assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
        assert_eq!(first["message"], again["message"]);
        trade.buyer.says("k", &thread, json!({ "body": "hello!" })).await.refused("IDEMPOTENCY_KEY_REUSED");
        let checked = trade.buyer.says("v", &thread, json!({ "body": "check", "validateOnly": true })).await.good();
        assert_eq!(checked["sendMessage"]["message"]["body"], "check");
        for (wrong, code) in [
            (json!({ "body": "" }), "INVALID_INPUT"),
            (json!({ "body": " \n\t" }), "INVALID_INPUT"),
            (json!({ "body": "x".repeat(10_001) }), "INVALID_INPUT"),
            (json!({ "body": "a\u{0}b" }), "INVALID_INPUT"),
            (json!({ "body": "x", "attachmentIds": ["file_01h2xcejqtf2nbrexx3vqjhp41"] }), "NOT_FOUND"),
        ] {
            trade.buyer.says("w", &thread, wrong).await.refused(code);
        }
        w.contents().await.same_as(&before);
    }

    async fn the_database_refuses_to_change_what_was_said(w) {
        let trade = w.trade().await;
        let thread = trade.thread(&trade.placed(100).await).await;
        trade.buyer.says("k", &thread, json!({ "body": "hello" })).await.good();
        let before = w.contents().await;
        for sql in ["UPDATE message SET body = 'other'", "DELETE FROM message", "UPDATE message SET risk_signals = '[1]'"] {
            let statement = w.app.db.sql(sql, std::iter::empty::<SqlValue>());
            let error = w.app.db.connection().execute_raw(statement).await.unwrap_err().to_string();
            assert!(error.contains("append-only"), "{error}");
        }
        w.contents().await.same_as(&before);
    }

    async fn pages_go_both_ways(w) {
        let trade = w.trade().await;
        let thread = trade.thread(&trade.placed(100).await).await;
        for number in 1..=5 {
            trade.buyer.says(&number.to_string(), &thread, json!({ "body": number.to_string() })).await.good();
        }
        let page = |arguments: String| {
            let query = format!("query($id: ID!) {{ thread(id: $id) {{ messages({arguments}) {{ nodes {{ body }} \
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}");
            let (buyer, thread) = (trade.buyer.clone(), thread.clone());
            async move { buyer.asks(&query, json!({ "id": thread })).await }
        };
        let bodies = |found: &Value| -> String {
            found["thread"]["messages"]["nodes"].as_array().unwrap().iter().map(|node| node["body"].as_str().unwrap()).collect()
        };
        let first = page("first: 2".to_owned()).await.good();
        assert_eq!(bodies(&first), "12");
        let info = &first["thread"]["messages"]["pageInfo"];
        assert_eq!((&info["hasNextPage"], &info["hasPreviousPage"]), (&json!(true), &json!(false)));
        let cursor = info["endCursor"].as_str().unwrap();
        assert_eq!(bodies(&page(format!("first: 2, after: \"{cursor}\"")).await.good()), "34");
        let last = page("last: 2".to_owned()).await.good();
        assert_eq!(bodies(&last), "45");
        let cursor = last["thread"]["messages"]["pageInfo"]["startCursor"].as_str().unwrap();
        assert_eq!(bodies(&page(format!("last: 9, before: \"{cursor}\"")).await.good()), "123");
        page("first: 2, after: \"nonsense\"".to_owned()).await.refused("INVALID_CURSOR");
    }

    async fn threads_below_a_page_are_a_constant_number_of_statements(w) {
        let trade = w.trade().await;
        let file = trade.buyer.uploads("drawing.pdf", b"drawing").await;
        let query = "{ orders { nodes { thread { buyer { name } messages(last: 2) { totalCount nodes { body sender { name } attachments { url } } } } } } }";
        let mut counts = Vec::new();
        for round in 0..2 {
            for number in 0..3 {
                let thread = trade.thread(&trade.placed(100).await).await;
                let key = format!("{round}-{number}");
                trade.buyer.says(&key, &thread, json!({ "body": "see here", "attachmentIds": [file] })).await.good();
            }
            w.forget_statements();
            let found = trade.buyer.asks(query, json!({})).await.good();
            assert_eq!(found["orders"]["nodes"].as_array().unwrap().len(), 3 * (round + 1));
            counts.push(w.statements().len());
        }
        assert!(counts[1] <= counts[0] + 1, "{counts:?} statements for 3 and 6 orders");
    }

    async fn those_who_talk_at_once_are_numbered_without_gaps(w) {
        let trade = w.trade().await;
        let thread = trade.thread(&trade.placed(100).await).await;
        let (one, two) = (
            async { for number in 0..10 { trade.buyer.says(&format!("b{number}"), &thread, json!({ "body": "from the buyer" })).await.good(); } },
            async { for number in 0..10 { trade.supplier.says(&format!("s{number}"), &thread, json!({ "body": "from the supplier" })).await.good(); } },
        );
        tokio::join!(one, two);
        let seen = trade.buyer.thread(&thread).await;
        let numbers: Vec<_> = seen["messages"]["nodes"].as_array().unwrap().iter().map(|node| node["sequence"].as_i64().unwrap()).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    }
}
