//! One log, read in several ways with the same cursors.

use futures_util::StreamExt;
use serde_json::{Value, json};
use surety::domain::ids::{OrderId, TypedId};
use surety::domain::time::Span;
use surety::service::events::{self, Message, Wanted};
use surety::service::{auth, parties};
use surety::store::events::retention;
use tokio_util::sync::CancellationToken;

use super::streams::Ear;
use super::world::{Answer, Party, on_both};

const EVENT: &str = "id cursor type occurredAt sequence subjectId subjectVersion status previousStatus actor reason \
    amount { amount currencyCode } facts order { id } quote { id } supplier { id }";

impl Party {
    /// A page of the log as this party reads it.
    pub async fn log(&self, variables: Value) -> Answer {
        let query = format!(
            "query($after: Cursor, $types: [EventType!], $subject: ID, $first: Int) {{ \
             events(after: $after, types: $types, subject: $subject, first: $first) {{ \
             nodes {{ {EVENT} }} edges {{ cursor }} headCursor pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        self.asks(&query, variables).await
    }

    /// The whole log as this party reads it, page by page.
    async fn whole_log(&self, first: i64, after: Value) -> (Vec<Value>, Value) {
        let (mut all, mut at) = (Vec::new(), after);
        loop {
            let page = self.log(json!({ "after": at, "first": first })).await.good()["events"].clone();
            all.extend(page["nodes"].as_array().cloned().unwrap());
            at = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                assert_ne!(at, Value::Null);
                return (all, at);
            }
        }
    }
}

fn listening() -> String {
    format!(
        "subscription($after: Cursor, $types: [EventType!], $subject: ID) {{ \
         stream: events(after: $after, types: $types, subject: $subject) {{ __typename ... on Checkpoint {{ cursor }} \
         ... on Event {{ {EVENT} }} }} }}"
    )
}

const MESSAGES: &str = "subscription($thread: ID, $after: Cursor) { stream: messageReceived(threadId: $thread, after: $after) { \
    __typename ... on Checkpoint { cursor } ... on MessageReceivedEvent { id cursor threadId message { body sender { name } } } } }";

fn without_cursor(events: &[Value]) -> Vec<Value> {
    let mut events = events.to_vec();
    for event in &mut events {
        // A cursor is sealed anew each time that it is shown.
        event["cursor"] = Value::Null;
        // Only a stream needs to say that it is no checkpoint.
        event.as_object_mut().unwrap().remove("__typename");
    }
    events
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

on_both! {
    async fn whoever_asks_and_whoever_listens_is_told_the_same(w) {
        w.works();
        let trade = w.trade().await;
        let start = trade.buyer.log(json!({ "first": 0 })).await.good()["events"]["headCursor"].clone();
        let (mut ear, _) = Ear::open(&w, &trade.buyer, &listening(), json!({})).await;
        let order = trade.delivered(100).await;
        let thread = trade.order(&order, "thread { id }").await["thread"]["id"].clone();
        trade.supplier.says("1", &thread, json!({ "body": "They are on their way." })).await.good();
        let mut heard = Vec::new();
        while heard.last().is_none_or(|last: &Value| last["type"] != "MESSAGE_SENT") {
            heard.extend(ear.events(1).await);
        }
        let (asked, end) = trade.buyer.whole_log(3, start.clone()).await;
        assert_eq!(without_cursor(&asked), without_cursor(&heard));
        assert!(types(&asked).starts_with(&["ORDER_DRAFTED", "ORDER_PLACED", "ORDER_CONFIRMED"]), "{:?}", types(&asked));
        let placed = &asked[1];
        assert_eq!((&placed["subjectId"], &placed["order"]["id"], &placed["sequence"]), (&order["id"], &order["id"], &json!(2)));
        assert_eq!((&placed["quote"], &placed["supplier"]), (&Value::Null, &Value::Null));
        assert!(asked.iter().any(|event| event["amount"]["currencyCode"] == "USD"), "{asked:#?}");
        // From the middle of what was heard: the rest, in either way.
        let middle = &heard[3]["cursor"];
        let (rest, _) = trade.buyer.whole_log(100, middle.clone()).await;
        assert_eq!(without_cursor(&rest), without_cursor(&heard[4..]));
        let (mut again, _) = Ear::open(&w, &trade.buyer, &listening(), json!({ "after": asked[3]["cursor"] })).await;
        assert_eq!(without_cursor(&again.events(rest.len()).await), without_cursor(&rest));
        // Whoever goes on from the end hears what comes next, and nothing twice.
        let (mut next, _) = Ear::open(&w, &trade.buyer, &listening(), json!({ "after": end })).await;
        trade.buyer.says("2", &thread, json!({ "body": "Good." })).await.good();
        let told = next.events(1).await;
        assert_eq!((&told[0]["type"], &told[0]["facts"]["threadId"]), (&json!("MESSAGE_SENT"), &thread));
        // Types and subject narrow both.
        let narrow = json!({ "types": ["MESSAGE_SENT"], "subject": order["id"], "first": 100 });
        let page = trade.buyer.log(narrow.clone()).await.good()["events"]["nodes"].as_array().cloned().unwrap();
        assert_eq!(types(&page), ["MESSAGE_SENT", "MESSAGE_SENT"]);
        let mut after_start = narrow;
        after_start["after"] = start;
        after_start.as_object_mut().unwrap().remove("first");
        let (mut narrowed, _) = Ear::open(&w, &trade.buyer, &listening(), after_start).await;
        assert_eq!(without_cursor(&narrowed.events(2).await), without_cursor(&page));
        w.log_is_whole().await;
    }

    async fn a_draft_that_is_given_up_is_never_told_to_the_supplier(w) {
        w.works();
        let trade = w.trade().await;
        let (mut ear, _) = Ear::open(&w, &trade.supplier, &listening(), json!({})).await;
        let mut wish = trade.wish(100);
        wish["draft"] = json!(true);
        let given_up = trade.places(wish.clone()).await.good()["placeOrder"]["order"].clone();
        trade.on(&trade.buyer, "cancelOrder", &given_up, json!({})).await.good();
        wish["idempotencyKey"] = json!("another");
        let sent = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        trade.on(&trade.buyer, "submitOrder", &sent, json!({})).await.good();
        let heard = ear.events(1).await;
        assert_eq!((&heard[0]["type"], &heard[0]["subjectId"]), (&json!("ORDER_PLACED"), &sent["id"]));
        let (asked, _) = trade.supplier.whole_log(100, Value::Null).await;
        let of_orders: Vec<_> = asked.iter().filter(|event| event["order"] != Value::Null).cloned().collect();
        assert_eq!(without_cursor(&of_orders), without_cursor(&heard), "what is read later is what was told");
        let (mine, _) = trade.buyer.whole_log(1, Value::Null).await;
        assert_eq!(types(&mine), ["ORDER_DRAFTED", "ORDER_CANCELLED", "ORDER_DRAFTED", "ORDER_PLACED"]);
    }

    async fn what_is_written_about_orders_and_quotes_is_heard_by_both_sides(w) {
        w.works();
        let trade = w.trade().await;
        let (mut buyer, start) = Ear::open(&w, &trade.buyer, MESSAGES, json!({})).await;
        let (mut supplier, _) = Ear::open(&w, &trade.supplier, MESSAGES, json!({})).await;
        let order = trade.placed(100).await;
        let of_order = trade.order(&order, "thread { id }").await["thread"]["id"].clone();
        let quote = trade.asks_for(500).await;
        let of_quote = quote["thread"]["id"].clone();
        trade.buyer.says("1", &of_order, json!({ "body": "About the order." })).await.good();
        trade.supplier.says("2", &of_quote, json!({ "body": "About the quote." })).await.good();
        let words = |events: &[Value]| -> Vec<(Value, Value)> {
            events.iter().map(|event| (event["threadId"].clone(), event["message"]["body"].clone())).collect()
        };
        let expected = vec![(of_order.clone(), json!("About the order.")), (of_quote.clone(), json!("About the quote."))];
        assert_eq!(words(&buyer.events(2).await), expected);
        assert_eq!(words(&supplier.events(2).await), expected);
        let (mut one, _) = Ear::open(&w, &trade.buyer, MESSAGES, json!({ "thread": of_quote, "after": start })).await;
        assert_eq!(words(&one.events(1).await), expected[1..]);
        let log = trade.supplier.log(json!({ "subject": quote["id"] })).await.good()["events"]["nodes"].clone();
        assert_eq!((&log[0]["type"], &log[0]["quote"]["id"], &log[0]["sequence"]), (&json!("MESSAGE_SENT"), &quote["id"], &json!(1)));
        // Nobody else hears of it, or that there is such a thread.
        let stranger = w.buyer("Southgate").await;
        assert_eq!(stranger.whole_log(100, Value::Null).await.0, Vec::<Value>::new());
        for thread in [&of_order, &of_quote] {
            let code = Ear::to(&w, &stranger, MESSAGES, json!({ "thread": thread })).await.refusal().await;
            assert_eq!(code, "NOT_FOUND");
        }
        w.log_is_whole().await;
    }

    async fn a_supplier_hears_of_itself_and_buyers_do_not(w) {
        w.works();
        let standing = w.standing("Harbour Mills").await;
        standing.gold(100).await;
        events::sequence(&w.app).await.unwrap();
        let (log, _) = standing.seller.whole_log(100, Value::Null).await;
        assert!(types(&log).contains(&"BADGE_AWARDED"), "{:?}", types(&log));
        assert!(log.iter().all(|event| event["subjectId"] == json!(standing.id().to_string())));
        assert!(log.iter().all(|event| event["supplier"]["id"] == event["subjectId"] && event["order"] == Value::Null));
        let buyer = w.buyer("Northwind Stores").await;
        assert_eq!(buyer.whole_log(100, Value::Null).await.0, Vec::<Value>::new());
        let (everything, _) = w.operator().await.whole_log(2, Value::Null).await;
        assert_eq!(without_cursor(&everything), without_cursor(&log));
    }

    async fn an_export_holds_the_log_and_its_end_is_where_listening_begins(w) {
        let trade = w.trade().await;
        let order = trade.delivered(100).await;
        events::sequence(&w.app).await.unwrap();
        let (log, _) = trade.buyer.whole_log(100, Value::Null).await;
        let (_, lines) = trade.buyer.whole("log", "{ events { nodes { id cursor } } }").await;
        let exported: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids = |events: &[Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&exported), ids(&log));
        w.works();
        let (mut ear, _) = Ear::open(&w, &trade.buyer, &listening(), json!({ "after": exported.last().unwrap()["cursor"] })).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        assert_eq!(ear.events(1).await[0]["subjectId"], order["id"]);
    }

    async fn a_stream_that_is_closed_amid_what_it_tells_says_where_it_stands(w) {
        let trade = w.trade().await;
        let start = trade.buyer.log(json!({ "first": 0 })).await.good()["events"]["headCursor"].clone();
        trade.delivered(100).await;
        events::sequence(&w.app).await.unwrap();
        let closing = CancellationToken::new();
        let after = start.as_str().map(str::to_owned);
        let stream = events::subscribe(&w.app, &trade.buyer.actor, Wanted::default(), after, closing.clone(), closing.child_token()).await.unwrap();
        let mut stream = std::pin::pin!(stream);
        let mut told = Vec::new();
        for _ in 0..3 {
            told.push(stream.next().await.unwrap().unwrap());
        }
        closing.cancel();
        let last = stream.next().await.unwrap().unwrap();
        assert!(matches!(last, Message::Checkpoint { .. }), "{last:?}");
        assert!(stream.next().await.is_none());
        let (rest, _) = trade.buyer.whole_log(100, json!(last.cursor())).await;
        let (behind_told, _) = trade.buyer.whole_log(100, json!(told[2].cursor())).await;
        assert!(!rest.is_empty());
        assert_eq!(without_cursor(&rest), without_cursor(&behind_told), "nothing is skipped and nothing comes twice");
    }

    async fn rights_that_are_taken_away_end_a_session(w) {
        let buyer = w.buyer("Northwind Stores").await;
        let header = format!("Bearer {}", buyer.token());
        let session = auth::authenticate(&w.app, Some(&header)).await.unwrap();
        let anonymous = auth::authenticate(&w.app, None).await.unwrap();
        w.passes(Span::seconds(11));
        assert!(auth::still_holds(&w.app, &session).await);
        parties::set_app_active(&w.app, buyer.app.id, false).await.unwrap();
        w.passes(Span::seconds(11));
        assert!(!auth::still_holds(&w.app, &session).await);
        assert!(auth::still_holds(&w.app, &anonymous).await);
    }

    async fn what_is_old_is_refused_and_forgotten_and_stays_in_the_timeline(w) {
        let trade = w.trade().await;
        let old = trade.delivered(100).await;
        events::sequence(&w.app).await.unwrap();
        let start = trade.buyer.log(json!({ "first": 1 })).await.good()["events"]["edges"][0]["cursor"].clone();
        let index = "SELECT count(*) FROM event_audience";
        let before = w.number(index).await;
        w.passes(Span::days(29));
        events::retain(&w.app).await.unwrap();
        assert_eq!(w.number(index).await, before);
        trade.buyer.log(json!({ "after": start })).await.good();
        w.passes(Span::days(2));
        let new = trade.placed(100).await;
        events::sequence(&w.app).await.unwrap();
        events::retain(&w.app).await.unwrap();
        events::retain(&w.app).await.unwrap();
        trade.buyer.log(json!({ "after": start })).await.refused("CURSOR_EXPIRED");
        let (log, _) = trade.buyer.whole_log(2, Value::Null).await;
        assert!(!log.is_empty() && log.iter().all(|event| event["subjectId"] == new["id"]), "{log:#?}");
        let kept = w.number(index).await;
        // PostgreSQL drops whole parts of the index, and this one is not over.
        assert_eq!(kept < before, !w.app.db.is_postgres(), "{kept} of {before}");
        assert!(trade.order(&old, "timeline { id }").await["timeline"].as_array().unwrap().len() > 5);
    }

    async fn parts_of_the_index_come_and_go_with_the_log(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let trade = w.trade().await;
        trade.placed(100).await;
        events::sequence(&w.app).await.unwrap();
        let parts = "SELECT count(*) FROM pg_class WHERE relname LIKE 'event\\_audience\\_%' AND relkind = 'r'";
        events::retain(&w.app).await.unwrap();
        assert_eq!(w.number(parts).await, 3, "the first, the next, the rest");
        w.tampers("UPDATE log_head SET seq = 2500000").await;
        trade.placed(100).await;
        events::sequence(&w.app).await.unwrap();
        assert_eq!(w.number("SELECT count(*) FROM event_audience_rest").await, 3, "nobody made the part in time");
        w.tampers("UPDATE log_head SET oldest = 2000001").await;
        let tx = w.app.db.begin().await.unwrap();
        retention::forget(&tx, 10).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(w.number(parts).await, 1, "all parts before the oldest place are gone");
        assert_eq!(w.number("SELECT count(*) FROM event_audience").await, 3);
        events::retain(&w.app).await.unwrap();
        assert_eq!(w.number(parts).await, 2, "the next part is made, the one that the rest began is not");
        assert_eq!(trade.buyer.log(json!({})).await.good()["events"]["nodes"].as_array().unwrap().len(), 2);
    }

    async fn what_cannot_be_read_is_refused_by_name(w) {
        w.works();
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let stranger = w.buyer("Southgate").await;
        let none = OrderId::from_u128(1).to_string();
        for subject in ["x", "", none.as_str(), order["id"].as_str().unwrap(), "product_01h2xcejqtf2nbrexx3vqjhp41"] {
            stranger.log(json!({ "subject": subject })).await.refused("NOT_FOUND");
        }
        let own = stranger.company.clone().unwrap().id.to_string();
        let others = trade.buyer.company.clone().unwrap().id.to_string();
        stranger.log(json!({ "subject": own })).await.good();
        stranger.log(json!({ "subject": others })).await.refused("NOT_FOUND");
        for first in [-1, 101] {
            stranger.log(json!({ "first": first })).await.refused("INVALID_INPUT");
        }
        // A cursor of another list is none of this one, and the other way round.
        let feed = w.storefront().await.asks("{ changes { headCursor } }", json!({})).await.good();
        trade.buyer.log(json!({ "after": feed["changes"]["headCursor"] })).await.refused("INVALID_CURSOR");
        // The end of the log stays where it is from here on.
        events::sequence(&w.app).await.unwrap();
        let head = trade.buyer.log(json!({})).await.good()["events"]["headCursor"].clone();
        let query = "query($after: Cursor) { changes(after: $after) { headCursor } }";
        w.storefront().await.asks(query, json!({ "after": head })).await.refused("INVALID_CURSOR");
        // Storefronts have no orders, strangers no token.
        w.execute(&w.anonymous(), "{ events { headCursor } }", json!({})).await.refused("UNAUTHENTICATED");
        w.storefront().await.log(json!({})).await.refused("FORBIDDEN");
        // What is no longer told is refused, and never skipped.
        let old = trade.buyer.log(json!({ "first": 1 })).await.good()["events"]["edges"][0]["cursor"].clone();
        w.tampers("UPDATE log_head SET oldest = seq + 1").await;
        trade.buyer.log(json!({ "after": old })).await.refused("CURSOR_EXPIRED");
        assert_eq!(Ear::to(&w, &trade.buyer, &listening(), json!({ "after": old })).await.refusal().await, "CURSOR_EXPIRED");
        trade.buyer.log(json!({ "after": head })).await.good();
        assert_eq!(trade.buyer.log(json!({})).await.good()["events"]["nodes"], json!([]));
    }
}
