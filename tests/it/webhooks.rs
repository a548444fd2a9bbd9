//! Webhooks: everything that happened arrives, signed, at those whom it concerns, whatever their servers do.

use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::{events, parties, webhooks};

use super::trade::Trade;
use super::webhook_double::{Mood, Receiver, Sent};
use super::world::{Answer, Party, World, on_both_with};

const ENDPOINT: &str = "id url eventTypes document ordered state disabledReason disabledAt failingSince version \
    secrets { number signsUntil }";
const DELIVERIES: &str = "deliveries(first: 100) { totalCount nodes { id eventId eventType subjectId state nextAttemptAt \
    settledAt body attempts { number attemptedAt status error response } } }";

/// Stories in which receivers are on this machine. What answers at all has the time that it takes.
macro_rules! hooked {
    ($($stories:tt)*) => {
        $crate::world::on_both_with! {
            &[("SURETY_WEBHOOK_LOCAL", "true"), ("SURETY_WEBHOOK_TIMEOUT", "30000")];
            $($stories)*
        }
    };
}
pub(crate) use hooked;

/// An endpoint of a party.
pub struct Hook {
    /// Whose it is.
    pub party: Party,
    /// Who is sent to.
    pub receiver: Receiver,
    /// Its id.
    pub id: Value,
    /// What it is signed with.
    pub secret: String,
}

impl Party {
    /// A command of webhooks with this input.
    pub async fn hooks(&self, mutation: &str, fields: &str, input: Value) -> Answer {
        let mut capital = mutation.to_owned();
        capital[..1].make_ascii_uppercase();
        let query = format!(
            "mutation($input: {capital}Input!) {{ {mutation}(input: $input) {{ replayed {fields} \
             userErrors {{ code field message }} }} }}"
        );
        self.asks(&query, json!({ "input": input })).await
    }

    /// An endpoint that hears everything, with some of it changed.
    pub async fn hook(&self, key: &str, more: Value) -> Hook {
        self.hook_at(Receiver::start().await, key, more).await
    }

    /// The same at a receiver that is there.
    pub async fn hook_at(&self, receiver: Receiver, key: &str, more: Value) -> Hook {
        let mut input = json!({ "idempotencyKey": key, "url": receiver.url });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let fields = format!("secret webhookEndpoint {{ {ENDPOINT} }}");
        let data = self.hooks("createWebhookEndpoint", &fields, input).await.good();
        let made = &data["createWebhookEndpoint"];
        let id = made["webhookEndpoint"]["id"].clone();
        let secret = made["secret"].as_str().unwrap().to_owned();
        Hook { party: self.clone(), receiver, id, secret }
    }
}

impl Hook {
    /// The endpoint with its deliveries, oldest first.
    pub async fn look(&self) -> Value {
        let query = format!(
            "query($id: ID!) {{ node(id: $id) {{ ... on WebhookEndpoint {{ {ENDPOINT} {DELIVERIES} }} }} }}"
        );
        let mut found = self.party.asks(&query, json!({ "id": self.id })).await.good()["node"].clone();
        found["deliveries"]["nodes"].as_array_mut().unwrap().reverse();
        found
    }

    /// Its deliveries, oldest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        self.look().await["deliveries"]["nodes"].as_array().unwrap().clone()
    }

    /// Its owner changes it.
    pub async fn changes(&self, key: &str, more: Value) -> Answer {
        let mut input = json!({ "idempotencyKey": key, "webhookEndpointId": self.id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.party.hooks("updateWebhookEndpoint", &format!("webhookEndpoint {{ {ENDPOINT} }}"), input).await
    }

    async fn redelivers(&self, key: &str, delivery: &Value) {
        let input = json!({ "idempotencyKey": key, "webhookDeliveryId": delivery });
        let answer = self.party.hooks("redeliverWebhook", "webhookDelivery { id state }", input).await.good();
        assert_eq!(answer["redeliverWebhook"]["webhookDelivery"]["state"], "PENDING");
    }
}

impl World {
    /// Writes what is owed; how many deliveries that made.
    pub async fn owes(&self) -> usize {
        events::sequence(&self.app).await.unwrap();
        webhooks::dispatch(&self.app).await.unwrap()
    }

    /// Writes what is owed and sends everything that is due, round by round; how many attempts that were.
    pub async fn sends(&self) -> usize {
        self.owes().await;
        let mut all = 0;
        loop {
            match webhooks::deliver_due(&self.app).await.unwrap() {
                0 => return all,
                count => all += count,
            }
        }
    }
}

fn types(sent: &[Sent]) -> Vec<String> {
    sent.iter().map(|sent| sent.json()["type"].as_str().unwrap().to_owned()).collect()
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words
}

fn column<'a>(deliveries: &'a [Value], name: &str) -> Vec<&'a Value> {
    deliveries.iter().map(|delivery| &delivery[name]).collect()
}

/// A buyer with an endpoint that is owed one event.
pub async fn one_owed(w: &World) -> (Trade, Hook) {
    let trade = w.trade().await;
    let hook = trade.buyer.hook("hook", json!({ "eventTypes": ["ORDER_PLACED"] })).await;
    trade.placed(100).await;
    assert_eq!(w.owes().await, 1);
    (trade, hook)
}

on_both_with! {
    &[("SURETY_WEBHOOK_LOCAL", "true"), ("SURETY_WEBHOOK_TIMEOUT", "2000")];

    async fn every_way_to_fail_is_told_and_bounded(w) {
        let (_trade, hook) = one_owed(&w).await;
        let moods = [
            (Mood::Says(302, "location", "/elsewhere"), Some(302), "STATUS"),
            (Mood::Hangs, None, "TIMED_OUT"),
            (Mood::Stalls, None, "TIMED_OUT"),
            (Mood::Breaks, None, "NOT_CONNECTED"),
        ];
        for (place, (mood, status, error)) in moods.into_iter().enumerate() {
            hook.receiver.will(&[mood]);
            assert_eq!(w.sends().await, 1, "{mood:?}");
            let delivery = hook.deliveries().await.remove(0);
            let attempt = &delivery["attempts"][place];
            assert_eq!((&attempt["status"], &attempt["error"]), (&json!(status), &json!(error)), "{mood:?}");
            w.passes(Span::hours(3));
        }
        hook.receiver.will(&[Mood::Floods]);
        w.passes(Span::hours(10));
        assert_eq!(w.sends().await, 1);
        let delivered = hook.deliveries().await.remove(0);
        assert_eq!(delivered["state"], "DELIVERED", "no more is read than is kept: {delivered:#}");
        assert_eq!(delivered["attempts"][4]["response"].as_str().unwrap().len(), 1_024);
    }
}

hooked! {
    async fn everyone_is_sent_what_concerns_them_once_and_signed(w) {
        let trade = w.trade().await;
        let buyer = trade.buyer.hook("b", json!({})).await;
        let supplier = trade.supplier.hook("s", json!({})).await;
        let stranger = w.buyer("Nobody").await.hook("n", json!({})).await;
        let order = trade.confirmed(100).await;
        assert_eq!(w.sends().await, 5);
        assert_eq!(w.sends().await, 0, "an event is owed once");
        let sent = buyer.receiver.took();
        assert_eq!(sorted(types(&sent)), ["ORDER_CONFIRMED", "ORDER_DRAFTED", "ORDER_PLACED"]);
        assert_eq!(sorted(types(&supplier.receiver.took())), ["ORDER_CONFIRMED", "ORDER_PLACED"]);
        assert_eq!(stranger.receiver.took().len(), 0);
        let log = trade.buyer.log(json!({ "first": 100 })).await.good()["events"].clone();
        for sent in &sent {
            assert!(sent.is_signed_by(&buyer.secret) && !sent.is_signed_by(&supplier.secret));
            assert_eq!(sent.timestamp, w.now().seconds().to_string());
            let body = sent.json();
            let told = log["nodes"].as_array().unwrap().iter().find(|told| told["id"] == body["id"]).unwrap();
            assert_eq!((&body["id"], &body["occurredAt"]), (&json!(sent.id), &told["occurredAt"]));
            assert_eq!(body["data"]["orderId"], order["id"]);
            assert_eq!(body["data"]["orderVersion"], told["subjectVersion"]);
            for (name, fact) in told["facts"].as_object().unwrap() {
                assert_eq!(&body["data"][name], fact, "{name}");
            }
            // The cursor is the log's: what follows is read behind it.
            trade.buyer.log(json!({ "after": body["cursor"], "first": 1 })).await.good();
        }
        let seen = buyer.look().await;
        assert!(column(&buyer.deliveries().await, "state").iter().all(|state| **state == "DELIVERED"));
        assert_eq!((&seen["state"], &seen["failingSince"]), (&json!("ENABLED"), &Value::Null));
        for other in [&trade.supplier, &stranger.party] {
            let query = "query($id: ID!) { node(id: $id) { id } }";
            let found = other.asks(query, json!({ "id": buyer.id })).await.good();
            assert_eq!(found["node"], Value::Null);
            let delivery = &buyer.deliveries().await[0]["id"];
            assert_eq!(other.asks(query, json!({ "id": delivery })).await.good()["node"], Value::Null);
        }
    }

    async fn what_fails_is_sent_again_by_the_schedule_and_at_last_by_hand(w) {
        let (_trade, hook) = one_owed(&w).await;
        hook.receiver.always(Mood::Answers(500));
        assert_eq!(w.sends().await, 1);
        for wait in [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] {
            w.passes(Span::seconds(wait * 79 / 100));
            assert_eq!(w.sends().await, 0, "too early: {wait}");
            w.passes(Span::seconds(wait * 43 / 100 + 1));
            assert_eq!(w.sends().await, 1, "not sent after {wait}");
        }
        let dead = hook.deliveries().await.remove(0);
        assert_eq!((&dead["state"], &dead["nextAttemptAt"]), (&json!("DEAD"), &Value::Null));
        let attempts = dead["attempts"].as_array().unwrap();
        assert_eq!(attempts.len(), 10);
        assert_eq!((&attempts[9]["number"], &attempts[9]["status"], &attempts[9]["error"], &attempts[9]["response"]),
            (&json!(10), &json!(500), &json!("STATUS"), &json!("taken")));
        w.passes(Span::hours(1));
        hook.receiver.always(Mood::Answers(204));
        assert_eq!(w.sends().await, 0, "dead is dead");
        let before = hook.receiver.took();
        hook.redelivers("again", &dead["id"]).await;
        assert_eq!(w.sends().await, 1);
        let again = hook.receiver.took().remove(0);
        assert_eq!((&again.id, &again.body), (&before[0].id, &before[0].body));
        assert!(again.timestamp > before[9].timestamp && again.is_signed_by(&hook.secret));
        let delivered = hook.deliveries().await.remove(0);
        assert_eq!((&delivered["state"], delivered["attempts"].as_array().unwrap().len()), (&json!("DELIVERED"), 11));
    }

    async fn an_endpoint_may_ask_for_a_pause_within_bounds(w) {
        let (_trade, hook) = one_owed(&w).await;
        hook.receiver.will(&[Mood::Says(429, "retry-after", "10"), Mood::Says(503, "retry-after", "86400")]);
        for bounds in [(9, 1), (599, 1)] {
            assert_eq!(w.sends().await, 1);
            w.passes(Span::seconds(bounds.0));
            assert_eq!(w.sends().await, 0);
            w.passes(Span::seconds(bounds.1));
        }
        assert_eq!(w.sends().await, 1);
    }

    async fn one_that_is_gone_is_left_in_peace(w) {
        let (trade, hook) = one_owed(&w).await;
        trade.placed(100).await;
        w.owes().await;
        hook.receiver.always(Mood::Answers(410));
        w.sends().await;
        let seen = hook.look().await;
        assert_eq!((&seen["state"], &seen["disabledReason"]), (&json!("DISABLED"), &json!("GONE")));
        assert!(column(&hook.deliveries().await, "state").iter().all(|state| **state == "CANCELLED"));
        events::sequence(&w.app).await.unwrap();
        let told = trade.buyer.log(json!({ "types": ["WEBHOOK_ENDPOINT_DISABLED"] })).await.good();
        let told = &told["events"]["nodes"];
        assert_eq!(told.as_array().unwrap().len(), 1);
        assert_eq!((&told[0]["reason"], &told[0]["facts"]["webhookEndpointId"]), (&json!("GONE"), &hook.id));
        hook.redelivers_refused(&hook.deliveries().await[0]["id"]).await;
        trade.placed(100).await;
        assert_eq!(w.owes().await, 0, "nothing is owed to a disabled endpoint");
    }

    async fn an_outage_uses_up_no_more_than_one_delivery_at_a_time(w) {
        let trade = w.trade().await;
        let hook = trade.buyer.hook("hook", json!({ "eventTypes": ["ORDER_PLACED"] })).await;
        for _ in 0..12 {
            trade.placed(100).await;
        }
        hook.receiver.always(Mood::Answers(500));
        assert_eq!(w.owes().await, 12);
        assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 8, "eight at once");
        assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 0, "the breaker is open");
        w.passes(Span::seconds(6));
        assert_eq!(w.sends().await, 1, "a look");
        w.passes(Span::seconds(29));
        assert_eq!(w.sends().await, 0);
        hook.receiver.always(Mood::Answers(200));
        w.passes(Span::seconds(1));
        assert!(w.sends().await >= 11, "it is back, and what was not due later is sent");
        let untouched = hook.deliveries().await;
        let at_once = untouched.iter().filter(|delivery| delivery["attempts"].as_array().unwrap().len() == 1).count();
        assert!(at_once >= 3, "what waited burnt no attempts");
        assert_eq!(hook.look().await["failingSince"], Value::Null);
    }

    async fn five_days_of_failures_disable_an_endpoint(w) {
        let (trade, hook) = one_owed(&w).await;
        hook.receiver.always(Mood::Answers(503));
        w.sends().await;
        assert_eq!(hook.look().await["failingSince"], json!(w.now().to_string()));
        w.passes(Span::hours(120));
        w.sends().await;
        let seen = hook.look().await;
        assert_eq!((&seen["state"], &seen["disabledReason"]), (&json!("DISABLED"), &json!("FAILING")));
        w.passes(Span::hours(24));
        assert_eq!(w.sends().await, 0, "what is owed waits");
        hook.receiver.always(Mood::Answers(200));
        let answer = hook.changes("on", json!({ "state": "ENABLED" })).await.good();
        assert_eq!(answer["updateWebhookEndpoint"]["webhookEndpoint"]["failingSince"], Value::Null);
        assert_eq!(w.sends().await, 1);
        let told = trade.buyer.log(json!({ "types": ["WEBHOOK_ENDPOINT_DISABLED"] })).await.good();
        assert_eq!(told["events"]["nodes"][0]["reason"], "FAILING");
    }

    async fn where_order_counts_nothing_overtakes(w) {
        let trade = w.trade().await;
        let ordered = trade.buyer.hook("o", json!({ "ordered": true })).await;
        let parallel = trade.buyer.hook("p", json!({})).await;
        trade.placed(100).await;
        w.owes().await;
        ordered.receiver.will(&[Mood::Answers(500)]);
        parallel.receiver.will(&[Mood::Answers(500)]);
        w.sends().await;
        assert_eq!(types(&ordered.receiver.took()), ["ORDER_DRAFTED"]);
        assert_eq!(parallel.receiver.took().len(), 2, "the other one does not wait");
        let other = trade.placed(100).await;
        w.sends().await;
        let took = ordered.receiver.took();
        assert_eq!(types(&took), ["ORDER_DRAFTED", "ORDER_PLACED"], "another order does not wait");
        assert!(took.iter().all(|sent| sent.json()["data"]["orderId"] == other["id"]));
        w.passes(Span::seconds(10));
        w.sends().await;
        assert_eq!(types(&ordered.receiver.took()), ["ORDER_DRAFTED", "ORDER_PLACED"]);
    }

    async fn a_secret_gives_way_to_the_next_in_a_day(w) {
        let (trade, hook) = one_owed(&w).await;
        let input = json!({ "idempotencyKey": "turn", "webhookEndpointId": hook.id });
        let fields = "secret webhookEndpoint { version secrets { number signsUntil } }";
        let made = hook.party.hooks("rotateWebhookSecret", fields, input.clone()).await.good();
        let made = &made["rotateWebhookSecret"];
        let secret = made["secret"].as_str().unwrap().to_owned();
        assert_ne!(secret, hook.secret);
        assert_eq!(made["webhookEndpoint"]["secrets"].as_array().unwrap().len(), 2);
        let again = hook.party.hooks("rotateWebhookSecret", fields, input).await.good();
        assert_eq!(again["rotateWebhookSecret"]["replayed"], true);
        assert_eq!(again["rotateWebhookSecret"]["secret"], json!(secret), "the first answer may have been lost");
        w.sends().await;
        let sent = hook.receiver.took().remove(0);
        assert_eq!(sent.signatures.split(' ').count(), 2);
        assert!(sent.is_signed_by(&hook.secret) && sent.is_signed_by(&secret));
        w.passes(Span::hours(24));
        trade.placed(100).await;
        w.sends().await;
        let sent = hook.receiver.took().remove(0);
        assert!(!sent.is_signed_by(&hook.secret) && sent.is_signed_by(&secret));
        assert_eq!(hook.look().await["secrets"], json!([{ "number": 2, "signsUntil": null }]));
    }

    async fn what_happened_is_sent_again_from_a_place_on(w) {
        let trade = w.trade().await;
        trade.placed(100).await;
        w.owes().await;
        let hook = trade.buyer.hook("hook", json!({})).await;
        let log = trade.buyer.log(json!({ "first": 1 })).await.good()["events"].clone();
        w.passes(Span::hours(1));
        let later = w.now();
        trade.placed(100).await;
        w.sends().await;
        let first = hook.receiver.took();
        assert_eq!(first.len(), 2, "what happened before is not owed");
        let replay = async |key: &str, more: Value| {
            let mut input = json!({ "idempotencyKey": key, "webhookEndpointId": hook.id });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let answer = hook.party.hooks("replayWebhookEvents", "deliveryCount endCursor hasNextPage", input).await;
            let made = answer.good()["replayWebhookEvents"].clone();
            assert_eq!(made["hasNextPage"], false);
            trade.buyer.log(json!({ "after": made["endCursor"] })).await.good();
            w.sends().await;
            (made["deliveryCount"].clone(), hook.receiver.took())
        };
        let (count, sent) = replay("1", json!({ "after": log["edges"][0]["cursor"] })).await;
        assert_eq!((count, sent.len()), (json!(3), 3), "behind the first event");
        for again in first {
            assert!(sent.iter().any(|sent| (&sent.id, &sent.body) == (&again.id, &again.body)), "the same body");
        }
        let (count, sent) = replay("2", json!({ "since": later.to_string() })).await;
        assert_eq!((count, sent.len()), (json!(2), 2), "since an instant");
        let (count, sent) = replay("3", json!({ "since": "2020-01-01T00:00:00Z", "eventTypes": ["ORDER_PLACED"] })).await;
        assert_eq!((count, types(&sent)), (json!(2), vec!["ORDER_PLACED".to_owned(); 2]));
        let input = json!({ "idempotencyKey": "4", "webhookEndpointId": hook.id });
        hook.party.hooks("replayWebhookEvents", "deliveryCount", input).await.refused("INVALID_INPUT");
    }

    async fn a_black_hole_delays_nobody(w) {
        let trade = w.trade().await;
        let hole = trade.buyer.hook("hole", json!({})).await;
        let healthy = trade.buyer.hook("healthy", json!({})).await;
        hole.receiver.always(Mood::Hangs);
        w.works();
        for placed in 1..=10 {
            trade.placed(100).await;
            healthy.receiver.until(placed * 2).await;
        }
        assert!(healthy.receiver.took().iter().all(|sent| sent.is_signed_by(&healthy.secret)));
    }

    async fn who_dies_while_sending_leaves_it_to_the_next(w) {
        let (_trade, hook) = one_owed(&w).await;
        hook.receiver.will(&[Mood::Hangs]);
        let mut sending = webhooks::Sending::default();
        assert_eq!(sending.begin_due(&w.app).await.unwrap(), 1);
        hook.receiver.until(1).await;
        drop(sending);
        assert_eq!(w.sends().await, 0, "the lease holds");
        assert_eq!(hook.deliveries().await[0]["nextAttemptAt"], Value::Null);
        w.passes(Span::seconds(46));
        assert_eq!(w.sends().await, 1);
        let took = hook.receiver.took();
        assert_eq!((took.len(), &took[0].body, &took[0].id), (2, &took[1].body, &took[1].id));
    }

    async fn an_app_that_lost_its_rights_is_sent_nothing(w) {
        let (trade, hook) = one_owed(&w).await;
        parties::set_app_active(&w.app, trade.buyer.app.id, false).await.unwrap();
        assert_eq!(webhooks::deliver_due(&w.app).await.unwrap(), 1);
        assert_eq!(hook.receiver.took().len(), 0);
        let seen = hook.look().await;
        assert_eq!((&seen["state"], &seen["disabledReason"]), (&json!("DISABLED"), &json!("ACCESS_REVOKED")));
        assert_eq!(hook.deliveries().await[0]["attempts"], json!([]));
        parties::set_app_active(&w.app, trade.buyer.app.id, true).await.unwrap();
        hook.changes("on", json!({ "state": "ENABLED" })).await.good();
        assert_eq!(w.sends().await, 1);
    }

    async fn a_body_is_what_the_endpoints_own_document_makes_of_the_event(w) {
        let trade = w.trade().await;
        let document = "subscription { events { __typename ... on Event { id type order: subjectId version: subjectVersion \
            subjectVersion status amount { amount } } } }";
        let hook = trade.buyer.hook("hook", json!({ "document": document, "eventTypes": ["ORDER_PLACED"] })).await;
        let order = trade.placed(100).await;
        w.sends().await;
        let sent = hook.receiver.took().remove(0);
        assert!(sent.is_signed_by(&hook.secret));
        let body = sent.json();
        let event = &body["data"]["events"];
        assert_eq!((&event["__typename"], &event["id"]), (&json!("Event"), &json!(sent.id)));
        assert_eq!((&event["type"], &event["order"]), (&json!("ORDER_PLACED"), &order["id"]));
        assert_eq!(event["version"], event["subjectVersion"]);
        for (document, word) in [
            ("{ viewer { role } }", "BAD_REQUEST"),
            ("subscription { events { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { events {", "GRAPHQL_PARSE_FAILED"),
            ("subscription { events { ... on Event { id } } }", "INVALID_INPUT"),
            ("subscription { events { ... on Event { subjectVersion order { id } } } }", "INVALID_INPUT"),
            ("subscription { events { ...F } } fragment F on Event { subjectVersion quote { id } }", "INVALID_INPUT"),
            ("subscription { events(types: [ORDER_PLACED]) { ... on Event { subjectVersion } } }", "INVALID_INPUT"),
            ("subscription { orderStatusChanged { __typename } }", "INVALID_INPUT"),
        ] {
            let answer = hook.changes(document, json!({ "document": document })).await;
            let codes = answer.codes();
            assert!(codes.iter().any(|code| code == word) || (word == "BAD_REQUEST" && !codes.is_empty()),
                "{document}: {:#}", answer.0);
        }
        hook.changes("standard", json!({ "document": null })).await.good();
        assert_eq!(hook.look().await["document"], Value::Null);
    }

    async fn endpoints_are_changed_and_deleted_by_their_owner(w) {
        let (trade, hook) = one_owed(&w).await;
        hook.changes("v", json!({ "expectedVersion": 7, "ordered": true })).await.refused("VERSION_CONFLICT");
        let answer = hook.changes("c", json!({ "expectedVersion": 1, "ordered": true, "state": "DISABLED" })).await;
        let after = &answer.good()["updateWebhookEndpoint"]["webhookEndpoint"];
        assert_eq!((&after["version"], &after["ordered"], &after["disabledReason"]), (&json!(2), &json!(true), &json!("BY_OWNER")));
        assert_eq!(w.sends().await, 0);
        let input = json!({ "idempotencyKey": "d", "webhookEndpointId": hook.id });
        trade.supplier.hooks("deleteWebhookEndpoint", "deletedWebhookEndpointId", input.clone()).await.refused("NOT_FOUND");
        for replayed in [false, true] {
            let gone = hook.party.hooks("deleteWebhookEndpoint", "deletedWebhookEndpointId", input.clone()).await.good();
            assert_eq!(gone["deleteWebhookEndpoint"]["deletedWebhookEndpointId"], hook.id);
            assert_eq!(gone["deleteWebhookEndpoint"]["replayed"], replayed);
        }
        let list = "{ webhookEndpoints { totalCount nodes { id } } }";
        assert_eq!(hook.party.asks(list, json!({})).await.good()["webhookEndpoints"]["totalCount"], 0);
        hook.changes("e", json!({ "state": "ENABLED" })).await.refused("NOT_FOUND");
        for number in 0..20 {
            hook.party.hook(&format!("n{number}"), json!({})).await;
        }
        let input = json!({ "idempotencyKey": "more", "url": hook.receiver.url });
        hook.party.hooks("createWebhookEndpoint", "secret", input).await.refused("TOO_MANY_WEBHOOK_ENDPOINTS");
        let page = hook.party.asks("{ webhookEndpoints(first: 15) { totalCount nodes { id secrets { number } } pageInfo { hasNextPage } } }",
            json!({})).await.good();
        assert_eq!((&page["webhookEndpoints"]["totalCount"], &page["webhookEndpoints"]["pageInfo"]["hasNextPage"]), (&json!(20), &json!(true)));
    }

    async fn what_was_settled_is_forgotten_after_a_month(w) {
        let (_trade, hook) = one_owed(&w).await;
        w.sends().await;
        w.passes(Span::days(30));
        webhooks::forget(&w.app).await.unwrap();
        assert_eq!(hook.deliveries().await.len(), 1);
        w.passes(Span::seconds(1));
        webhooks::forget(&w.app).await.unwrap();
        assert_eq!(hook.deliveries().await.len(), 0);
    }
}

impl Hook {
    /// Sending a delivery again is refused while the endpoint is disabled.
    async fn redelivers_refused(&self, delivery: &Value) {
        let input = json!({ "idempotencyKey": "refused", "webhookDeliveryId": delivery });
        self.party.hooks("redeliverWebhook", "webhookDelivery { id }", input).await.refused("STATE_CONFLICT");
    }
}
