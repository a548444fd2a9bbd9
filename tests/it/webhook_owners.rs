//! Webhooks as their owners manage them: limits, rights, replays, and what is left of endpoints that ended.

use std::fmt::Write;
use std::sync::Arc;

use serde_json::{Value, json};
use surety::domain::actor::{Actor, Scope};
use surety::domain::time::Span;
use surety::service::{events, webhooks};
use surety::store;

use super::webhook_double::{Mood, Receiver};
use super::webhooks::{Hook, hooked, one_owed};
use super::world::{Answer, Party, World};

/// The same party with a token of these scopes only.
fn narrowed(party: &Party, scopes: &[Scope]) -> Party {
    let scopes = scopes.iter().copied().collect();
    Party { actor: Arc::new(Actor { scopes, ..(*party.actor).clone() }), ..party.clone() }
}

/// The only endpoint's rights, as they are kept.
async fn rights(w: &World) -> String {
    w.rows("SELECT scopes FROM webhook_endpoint").await[0].try_get("", "scopes").unwrap()
}

/// What a party is shown of the deliveries of an endpoint.
async fn shown(party: &Party, hook: &Hook, arguments: &str, fields: &str) -> Answer {
    let query = format!(
        "query($id: ID!) {{ node(id: $id) {{ ... on WebhookEndpoint {{ deliveries{arguments} {{ {fields} }} }} }} }}"
    );
    party.asks(&query, json!({ "id": hook.id })).await
}

/// Sends again what happened; how many deliveries that made.
async fn replays(hook: &Hook, key: &str) -> Value {
    let input =
        json!({ "idempotencyKey": key, "webhookEndpointId": hook.id, "since": "2020-01-01T00:00:00Z" });
    let made = hook.party.hooks("replayWebhookEvents", "deliveryCount", input).await.good();
    made["replayWebhookEvents"]["deliveryCount"].clone()
}

async fn pending(w: &World) -> i64 {
    w.number("SELECT count(*) FROM webhook_delivery WHERE state = 'PENDING'").await
}

hooked! {
    async fn of_two_commands_that_make_the_last_endpoint_one_does(w) {
        let buyer = w.buyer("Acme").await;
        for number in 0..19 {
            buyer.hook(&format!("n{number}"), json!({})).await;
        }
        let receiver = Receiver::start().await;
        let makes = |key: &'static str| {
            let (buyer, url) = (buyer.clone(), receiver.url.clone());
            tokio::spawn(async move {
                let input = json!({ "idempotencyKey": key, "url": url });
                buyer.hooks("createWebhookEndpoint", "secret", input).await.codes()
            })
        };
        let (one, two) = tokio::join!(makes("one"), makes("two"));
        let mut codes = [one.unwrap(), two.unwrap()];
        codes.sort();
        assert_eq!(codes, [vec![], vec!["TOO_MANY_WEBHOOK_ENDPOINTS".to_owned()]]);
        assert_eq!(w.number("SELECT count(*) FROM webhook_endpoint").await, 20);
    }

    async fn who_has_fewer_rights_than_an_endpoint_neither_turns_nor_reads_what_it_is_sent(w) {
        let (_trade, mut hook) = one_owed(&w).await;
        let whole = rights(&w).await;
        hook.receiver.always(Mood::Answers(500));
        w.sends().await;
        hook.party = narrowed(&hook.party, &[Scope::WebhooksManage, Scope::OrdersRead]);
        let elsewhere = Receiver::start().await;
        let document = "subscription { events { ... on Event { subjectVersion } } }";
        for (key, change) in [
            ("url", json!({ "url": elsewhere.url })),
            ("document", json!({ "document": document })),
            ("no document", json!({ "document": null })),
            ("types", json!({ "eventTypes": [] })),
        ] {
            let answer = hook.changes(key, change).await;
            assert_eq!(answer.codes(), ["FORBIDDEN"], "{key}: {answer:?}");
        }
        let answer = shown(&hook.party, &hook, "", "nodes { id body }").await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{answer:?}");
        hook.changes("order", json!({ "ordered": true })).await.good();
        hook.changes("off", json!({ "state": "DISABLED" })).await.good();
        hook.changes("on", json!({ "state": "ENABLED" })).await.good();
        assert_eq!(rights(&w).await, whole);
        assert_eq!(elsewhere.took().len(), 0);
    }

    async fn an_endpoint_has_the_rights_of_whoever_said_where(w) {
        let trade = w.trade().await;
        let strong = trade.buyer.clone();
        let mut hook = narrowed(&strong, &[Scope::WebhooksManage, Scope::OrdersRead]).hook("narrow", json!({})).await;
        let narrow = rights(&w).await;
        assert!(!narrow.contains("orders:write"), "{narrow}");
        hook.party = strong;
        let document = "subscription { events { ... on Event { subjectVersion } } }";
        hook.changes("document", json!({ "document": document, "eventTypes": ["ORDER_PLACED"] })).await.good();
        assert_eq!(rights(&w).await, narrow, "nobody's rights are lent to an address of somebody else");
        hook.changes("url", json!({ "url": hook.receiver.url })).await.good();
        let whole = rights(&w).await;
        assert!(whole != narrow && whole.contains("orders:write"), "{whole}");
    }

    async fn a_new_address_is_healthy(w) {
        let (_trade, hook) = one_owed(&w).await;
        hook.receiver.always(Mood::Answers(500));
        w.sends().await;
        assert!(hook.look().await["failingSince"].is_string());
        hook.changes("same", json!({ "url": hook.receiver.url, "ordered": true })).await.good();
        assert!(hook.look().await["failingSince"].is_string(), "it is the same address");
        let other = Receiver::start().await;
        hook.changes("other", json!({ "url": other.url })).await.good();
        assert_eq!(hook.look().await["failingSince"], Value::Null);
        assert_eq!(w.number("SELECT consecutive_failures FROM webhook_endpoint").await, 0);
    }

    async fn bodies_are_for_those_who_may_read_orders(w) {
        let (_trade, hook) = one_owed(&w).await;
        w.sends().await;
        let party = narrowed(&hook.party, &[Scope::CatalogRead, Scope::WebhooksManage]);
        let answer = shown(&party, &hook, "", "nodes { id body attempts { status } }").await;
        assert_eq!(answer.codes(), ["FORBIDDEN"]);
        let node = &answer.0["data"]["node"]["deliveries"]["nodes"][0];
        assert!(node["id"].is_string() && node["body"].is_null(), "{node}");
        assert_eq!(node["attempts"], json!([{ "status": 200 }]));
        shown(&party, &hook, "", "nodes { id attempts { status } }").await.good();
        let whole = shown(&hook.party, &hook, "", "nodes { body }").await.good();
        assert!(whole["node"]["deliveries"]["nodes"][0]["body"].is_string());
    }

    async fn attempts_are_read_for_all_deliveries_at_once_and_only_when_asked_for(w) {
        let (trade, hook) = one_owed(&w).await;
        for _ in 0..4 {
            trade.placed(100).await;
        }
        w.sends().await;
        let read = async |fields: &str| {
            w.forget_statements();
            let found = shown(&hook.party, &hook, "", fields).await.good();
            assert_eq!(found["node"]["deliveries"]["nodes"].as_array().unwrap().len(), 5);
            w.statements().iter().filter(|text| text.contains("webhook_attempt")).count()
        };
        assert_eq!((read("nodes { id body }").await, read("nodes { id attempts { number } }").await), (0, 1));
        // A state that is named twice is one state; what is counted is what is listed.
        let arguments = "(states: [DELIVERED, DEAD, DELIVERED])";
        let found = shown(&hook.party, &hook, arguments, "totalCount nodes { state }").await.good();
        assert_eq!(found["node"]["deliveries"]["totalCount"], 5);
        let found = shown(&hook.party, &hook, "(states: [PENDING])", "totalCount nodes { state }").await.good();
        assert_eq!(found["node"]["deliveries"], json!({ "totalCount": 0, "nodes": [] }));
    }

    async fn a_replay_counts_what_it_sends(w) {
        let (_trade, hook) = one_owed(&w).await;
        assert_eq!(replays(&hook, "owed").await, 0, "it is to be sent anyway");
        assert_eq!(w.sends().await, 1);
        assert_eq!(replays(&hook, "again").await, 1);
        assert_eq!(w.sends().await, 1);
        // The answer stays what it was, whatever is there to be sent by now.
        assert_eq!(replays(&hook, "owed").await, 0);
        assert_eq!((w.sends().await, hook.receiver.took().len()), (0, 2));
    }

    async fn a_replay_waits_for_whoever_makes_deliveries(w) {
        if !w.app.db.is_postgres() {
            // SQLite has one writer: whoever makes deliveries is waited for.
            return;
        }
        let trade = w.trade().await;
        trade.placed(100).await;
        events::sequence(&w.app).await.unwrap();
        // A node is about to make deliveries of it; it has looked for endpoints, and there was none.
        let tx = w.app.db.begin().await.unwrap();
        store::webhooks::lock_cursor(&tx).await.unwrap();
        let hook = Arc::new(trade.buyer.hook("hook", json!({})).await);
        let head = store::events::head(&w.app.db).await.unwrap().seq;
        let asking = Arc::clone(&hook);
        let replay = tokio::spawn(async move { replays(&asking, "replay").await });
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while w.number(waiting).await == 0 && !replay.is_finished() {
            tokio::task::yield_now().await;
        }
        store::webhooks::advance_cursor(&tx, head).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(replay.await.unwrap(), 2, "what nobody owes to it is left out");
        assert_eq!((w.owes().await, w.sends().await), (0, 2));
    }

    async fn nothing_more_is_owed_to_an_endpoint_that_ended_meanwhile(w) {
        let (_trade, hook) = one_owed(&w).await;
        let id = hook.deliveries().await[0]["id"].as_str().unwrap().parse().unwrap();
        let mut owed = store::webhooks::delivery(&w.app.db, id).await.unwrap().unwrap();
        for (state, written) in [("ENABLED", 1), ("DISABLED", 0)] {
            hook.changes(state, json!({ "state": state })).await.good();
            (owed.id, owed.event) = (w.app.ids.make(w.now()), w.app.ids.make(w.now()));
            let tx = w.app.db.begin().await.unwrap();
            let count = store::webhooks::insert(&tx, std::slice::from_ref(&owed), false).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(count, written, "{state}");
        }
    }

    async fn what_is_left_of_a_deleted_endpoint_is_cancelled_in_batches(w) {
        let (_trade, hook) = one_owed(&w).await;
        let endpoint = hook.id.as_str().unwrap();
        let mut rows = String::new();
        for number in 0..1_200 {
            let comma = if number == 0 { "" } else { ", " };
            write!(rows, "{comma}('delivery_0{number:025}', '{endpoint}', 1, 'event_0{number:025}', 'ORDER_PLACED', 'x', 0, \
                'PENDING', 0, 0, 0, 0)").unwrap();
        }
        w.tampers(&format!("INSERT INTO webhook_delivery (id, endpoint_id, seq, event_id, event_type, subject_id, occurred_at, state, \
            next_at, created_at, attempt_count, round_count) VALUES {rows}")).await;
        let input = json!({ "idempotencyKey": "d", "webhookEndpointId": hook.id });
        hook.party.hooks("deleteWebhookEndpoint", "deletedWebhookEndpointId", input).await.good();
        assert_eq!(pending(&w).await, 201, "one transaction cancels a thousand");
        webhooks::forget(&w.app).await.unwrap();
        assert_eq!(pending(&w).await, 0);
        // Made by a transaction that did not know of the end yet.
        w.tampers("UPDATE webhook_delivery SET state = 'PENDING', settled_at = NULL WHERE id = 'delivery_00000000000000000000000007'").await;
        webhooks::forget(&w.app).await.unwrap();
        assert_eq!((pending(&w).await, w.sends().await), (0, 0));
    }

    async fn an_endpoint_that_was_gone_begins_anew_without_what_was_owed(w) {
        let (trade, hook) = one_owed(&w).await;
        hook.receiver.always(Mood::Answers(410));
        w.sends().await;
        assert_eq!(hook.look().await["disabledReason"], "GONE");
        w.tampers("UPDATE webhook_delivery SET state = 'PENDING', settled_at = NULL").await;
        hook.receiver.always(Mood::Answers(200));
        hook.receiver.took();
        hook.changes("on", json!({ "state": "ENABLED" })).await.good();
        assert_eq!((pending(&w).await, w.sends().await), (0, 0));
        trade.placed(100).await;
        assert_eq!((w.sends().await, hook.receiver.took().len()), (1, 1));
    }

    async fn two_nodes_forget_without_waiting_for_each_other(w) {
        let (_trade, _hook) = one_owed(&w).await;
        w.sends().await;
        let later = w.now().plus(Span::days(31));
        let one = w.app.db.begin().await.unwrap();
        assert_eq!(store::webhooks::forget_settled(&one, later, 10).await.unwrap(), 1);
        if w.app.db.is_postgres() {
            let two = w.app.db.begin().await.unwrap();
            assert_eq!(store::webhooks::forget_settled(&two, later, 10).await.unwrap(), 0);
            two.commit().await.unwrap();
        }
        one.commit().await.unwrap();
        assert_eq!(w.number("SELECT count(*) FROM webhook_attempt").await, 0);
        assert_eq!(w.number("SELECT count(*) FROM webhook_delivery").await, 0);
    }
}
