//! Streams of events as a partner hears them: over a real socket, across breaks, by cursor, and by the clock.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use surety::domain::time::{Span, Timestamp};
use surety::service::{events, restored};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::trade::Trade;
use super::world::{Party, World, on_both};

const STATUS: &str = "subscription($order: ID, $after: Cursor) { stream: orderStatusChanged(orderId: $order, after: $after) { \
    __typename ... on Checkpoint { cursor } ... on OrderStatusEvent { id cursor type sequence orderId orderVersion status actor \
    occurredAt order { id version } } } }";
const DISPATCH: &str = "subscription($order: ID, $lead: [Duration!], $after: Cursor) { stream: dispatchDeadline(orderId: $order, \
    leadTimes: $lead, after: $after) { __typename ... on Checkpoint { cursor } ... on DispatchDeadlineEvent { id cursor phase \
    leadTime dueAt occurredAt orderId inTime firedAt firedLate } } }";

/// A subscriber on its own socket.
pub struct Ear(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Ear {
    /// Connects as this party; whether it is let in is still to be heard.
    pub async fn connect(w: &World, party: &Party) -> Self {
        let mut request = format!("ws://{}/graphql/ws", w.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let mut ear = Self(connect_async(request).await.unwrap().0);
        let authorization = format!("Bearer {}", party.token());
        ear.say(json!({ "type": "connection_init", "payload": { "Authorization": authorization } })).await;
        ear
    }

    /// Whether the socket was acknowledged; otherwise it is closed.
    pub async fn is_let_in(&mut self) -> bool {
        loop {
            let frame =
                timeout(Duration::from_secs(10), self.0.next()).await.expect("the server says nothing");
            match frame.expect("the socket ended").unwrap() {
                Message::Text(text) => return text.contains("connection_ack"),
                Message::Close(_) => return false,
                _ => {}
            }
        }
    }

    /// Connects as this party and subscribes.
    pub async fn to(w: &World, party: &Party, query: &str, variables: Value) -> Self {
        let mut ear = Self::connect(w, party).await;
        assert!(ear.is_let_in().await);
        ear.say(
            json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": variables } }),
        )
        .await;
        ear
    }

    /// The same, past the first message, which is a checkpoint; answers its cursor too.
    pub async fn open(w: &World, party: &Party, query: &str, variables: Value) -> (Self, Value) {
        let mut ear = Self::to(w, party, query, variables).await;
        let first = ear.next().await;
        assert_eq!(first["__typename"], "Checkpoint", "the first message is {first}");
        (ear, first["cursor"].clone())
    }

    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// What the server says next, whatever it is.
    pub async fn message(&mut self) -> Value {
        loop {
            let frame =
                timeout(Duration::from_secs(10), self.0.next()).await.expect("the server says nothing");
            match frame.expect("the socket ended").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// What the stream tells next.
    pub async fn next(&mut self) -> Value {
        let message = self.message().await;
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"]["errors"].is_null(), "{message:#}");
        message["payload"]["data"]["stream"].clone()
    }

    /// So many events; a checkpoint in between is a mistake, since nobody was silent.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut out = Vec::new();
        while out.len() < count {
            let event = self.next().await;
            assert_ne!(event["__typename"], "Checkpoint");
            out.push(event);
        }
        out
    }

    /// The code with which the socket is closed, whatever is still said before.
    pub async fn ending(&mut self) -> u16 {
        loop {
            let frame =
                timeout(Duration::from_secs(10), self.0.next()).await.expect("the server says nothing");
            if let Message::Close(frame) = frame.expect("the socket ended").unwrap() {
                return frame.unwrap().code.into();
            }
        }
    }

    /// The code with which the subscription is refused.
    pub async fn refusal(&mut self) -> String {
        let message = self.message().await;
        let error = if message["type"] == "error" {
            &message["payload"][0]
        } else {
            &message["payload"]["errors"][0]
        };
        error["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{message:#}")).to_owned()
    }
}

/// Takes an order from confirmation to release, one command for each call; how many status events each one tells.
async fn go_on(trade: &Trade, order: &Value, at: usize) -> usize {
    let order = trade.order(order, super::trade::ORDER).await;
    match at {
        0 => trade.confirms(&order).await,
        1 => trade.pays(&order).await,
        2 => trade.dispatches(&order).await,
        3 => trade.delivers(&order["shipments"][0]["id"]).await,
        _ => trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good(),
    };
    [1, 2, 1, 1, 2][at]
}

/// The order's story as the log has it, without dispatch deadlines: ids and sequences.
async fn story(trade: &Trade, order: &Value) -> Vec<(Value, Value)> {
    let told =
        trade.order(order, "timeline { id type sequence }").await["timeline"].as_array().cloned().unwrap();
    let kept = told.iter().filter(|event| !event["type"].as_str().unwrap().starts_with("DISPATCH_DEADLINE"));
    kept.map(|event| (event["id"].clone(), event["sequence"].clone())).collect()
}

fn ids(events: &[Value]) -> Vec<(Value, Value)> {
    events.iter().map(|event| (event["id"].clone(), event["sequence"].clone())).collect()
}

fn phases(events: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    events
        .iter()
        .map(|event| format!("{} {}", text(&event["phase"]), text(&event["leadTime"])).trim().to_owned())
        .collect()
}

on_both! {
    async fn a_story_is_heard_whole_and_in_order(w) {
        w.works();
        let trade = w.trade().await;
        let (mut buyer, _) = Ear::open(&w, &trade.buyer, STATUS, json!({})).await;
        let (mut supplier, _) = Ear::open(&w, &trade.supplier, STATUS, json!({})).await;
        let order = trade.placed(100).await;
        let mut heard = buyer.events(2).await;
        let (mut operator, _) = Ear::open(&w, &w.operator().await, STATUS, json!({ "order": order["id"] })).await;
        for at in 0..5 {
            let count = go_on(&trade, &order, at).await;
            heard.extend(buyer.events(count).await);
        }
        let whole = story(&trade, &order).await;
        assert_eq!(ids(&heard), whole);
        // What the buyer did before it sent the order is not the supplier's to hear.
        assert_eq!(ids(&supplier.events(whole.len() - 1).await), whole[1..]);
        // The operator came later and hears what is told from then on.
        assert_eq!(ids(&operator.events(7).await), whole[2..]);
        let versions: Vec<i64> = heard.iter().map(|event| event["orderVersion"].as_i64().unwrap()).collect();
        assert!(versions.is_sorted());
        assert!(heard.iter().all(|event| event["orderId"] == order["id"] && event["order"]["id"] == order["id"]));
        assert_eq!(heard.last().unwrap()["status"], "COMPLETED");
        w.log_is_whole().await;
    }

    async fn across_breaks_nothing_is_lost_and_nothing_doubled(w) {
        w.works();
        let trade = w.trade().await;
        let mut breaks = 0;
        for from_checkpoint in [true, false] {
            let (ear, mut cursor) = Ear::open(&w, &trade.buyer, STATUS, json!({})).await;
            drop(ear);
            let order = trade.placed(100).await;
            let mut heard = Vec::new();
            let mut waiting = 2;
            for at in 0..=5 {
                let (mut ear, again) = Ear::open(&w, &trade.buyer, STATUS, json!({ "after": cursor })).await;
                // What happened while nobody listened comes first; one event more happens while it is read.
                let part = if at < 5 { go_on(&trade, &order, at).await } else { 0 };
                let now = ear.events(waiting).await;
                cursor = if from_checkpoint && now.is_empty() { again } else { now.last().unwrap()["cursor"].clone() };
                heard.extend(now);
                drop(ear);
                breaks += 1;
                waiting = part;
            }
            assert_eq!(ids(&heard), story(&trade, &order).await);
        }
        // From the very beginning's cursor everything of both orders comes again, with the same ids.
        println!("streams: {breaks} breaks on {}, nothing lost, nothing doubled", w.name());
    }

    async fn nobody_hears_of_the_orders_of_others(w) {
        w.works();
        let trade = w.trade().await;
        let stranger = w.buyer("Southgate").await;
        let rival = w.protected_supplier("Delta Forge").await;
        let (mut ear, start) = Ear::open(&w, &stranger, STATUS, json!({})).await;
        let (mut other, _) = Ear::open(&w, &rival, STATUS, json!({})).await;
        let order = trade.placed(100).await;
        for at in 0..5 {
            go_on(&trade, &order, at).await;
        }
        for query in [STATUS, DISPATCH] {
            for party in [&stranger, &rival, &w.party("carrier", surety::domain::actor::Role::Carrier).await] {
                let code = Ear::to(&w, party, query, json!({ "order": order["id"] })).await.refusal().await;
                assert_eq!(code, "NOT_FOUND");
            }
            for order in ["", "x", "order_01kb9m6jvne0s8t9v2c3d4e5f6"] {
                assert_eq!(Ear::to(&w, &trade.buyer, query, json!({ "order": order })).await.refusal().await, "NOT_FOUND");
            }
        }
        // The first that they hear is their own.
        let product = w.ware(&rival, |_| {}).await;
        let wish = json!({ "idempotencyKey": "own", "destinationCountry": "DE", "lines": [{ "productId": product, "quantity": 10 }] });
        let own = stranger.commands("placeOrder", wish, "userErrors { code }").await.good()["placeOrder"]["order"]["id"].clone();
        for (ear, heard) in [(&mut ear, 2), (&mut other, 1)] {
            for _ in 0..heard {
                let mut event = ear.next().await;
                while event["__typename"] == "Checkpoint" {
                    event = ear.next().await;
                }
                assert_eq!(event["orderId"], own);
            }
        }
        // A cursor carries no right: behind the very same place each hears its own.
        let (mut ear, _) = Ear::open(&w, &trade.buyer, STATUS, json!({ "after": start })).await;
        assert!(ear.events(9).await.iter().all(|event| event["orderId"] == order["id"]));
    }

    async fn cursors_that_are_not_of_this_log(w) {
        w.works();
        let trade = w.trade().await;
        trade.placed(100).await;
        events::sequence(&w.app).await.unwrap();
        let (_, good) = Ear::open(&w, &trade.buyer, STATUS, json!({})).await;
        let good = good.as_str().unwrap().to_owned();
        let mut turned = good.clone().into_bytes();
        turned[20] = if turned[20] == b'A' { b'B' } else { b'A' };
        let turned = String::from_utf8(turned).unwrap();
        let list = trade.buyer.asks("{ orders { edges { cursor } } }", json!({})).await.good()["orders"]["edges"][0]["cursor"].clone();
        let garbage = [
            json!(""), json!("0"), json!("x".repeat(500)), json!("\u{0}"), json!(turned), json!(good[1..]), json!(format!("{good}A")), list,
        ];
        for cursor in &garbage {
            for query in [STATUS, DISPATCH] {
                let code = Ear::to(&w, &trade.buyer, query, json!({ "after": cursor })).await.refusal().await;
                assert_eq!(code, "INVALID_CURSOR", "{cursor}");
            }
        }
        w.tampers("UPDATE log_head SET seq = 0").await;
        let code = Ear::to(&w, &trade.buyer, STATUS, json!({ "after": good })).await.refusal().await;
        assert_eq!(code, "CURSOR_AHEAD");
        w.tampers("UPDATE log_head SET seq = 2").await;
        restored::begin_life(&w.app).await.unwrap();
        let code = Ear::to(&w, &trade.buyer, STATUS, json!({ "after": good })).await.refusal().await;
        assert_eq!(code, "CURSOR_EPOCH_CHANGED");
    }

    async fn dispatch_deadlines_are_told_at_their_instants(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let due = Timestamp::parse(trade.order(&order, "dispatchBy").await["dispatchBy"].as_str().unwrap()).unwrap();
        events::sequence(&w.app).await.unwrap();
        let (mut all, start) = Ear::open(&w, &trade.buyer, DISPATCH, json!({ "order": order["id"] })).await;
        let (mut day, _) = Ear::open(&w, &trade.supplier, DISPATCH, json!({ "lead": ["PT24H"] })).await;
        let mut fired = Vec::new();
        for (before, name) in [(Span::days(2), "P2D"), (Span::hours(24), "PT24H"), (Span::hours(6), "PT6H"), (Span::ZERO, "due")] {
            let at = due.minus(before);
            let early = w.time_passes(at.minus(Span::seconds(1)).since(w.now())).await;
            let sharp = w.time_passes(Span::seconds(1)).await;
            fired.push((name, early, sharp));
        }
        // In time is in time: at the due instant itself nothing is breached.
        let after = w.time_passes(Span::seconds(1)).await;
        assert_eq!((fired, after), (vec![("P2D", 0, 1), ("PT24H", 0, 1), ("PT6H", 0, 1), ("due", 0, 1)], 1));
        assert_eq!(w.time_passes(Span::hours(1)).await, 0);
        events::sequence(&w.app).await.unwrap();
        let heard = all.events(5).await;
        assert_eq!(phases(&heard), ["APPROACHING P2D", "APPROACHING PT24H", "APPROACHING PT6H", "DUE", "BREACHED"]);
        let instants: Vec<_> = [Span::days(2), Span::hours(24), Span::hours(6), Span::ZERO].map(|before| due.minus(before)).into();
        for (event, at) in heard.iter().zip(instants.iter().copied().chain([due.plus(Span::seconds(1))])) {
            assert_eq!((&event["occurredAt"], &event["dueAt"]), (&json!(at.to_string()), &json!(due.to_string())));
        }
        let fired = heard.iter().all(|event| event["firedAt"] == event["occurredAt"] && event["firedLate"] == json!(false));
        assert!(fired && heard[4]["inTime"] == json!(false) && heard[3]["inTime"].is_null(), "{heard:#?}");
        assert_eq!(phases(&day.events(3).await), ["APPROACHING PT24H", "DUE", "BREACHED"]);
        // Dispatched after all: the breach is not told twice; who listens again from the start hears the same.
        trade.dispatches(&order).await;
        events::sequence(&w.app).await.unwrap();
        let next = trade.paid(100).await;
        trade.dispatches(&next).await;
        events::sequence(&w.app).await.unwrap();
        let (mut again, _) = Ear::open(&w, &trade.buyer, DISPATCH, json!({ "after": start })).await;
        let again = again.events(6).await;
        assert_eq!((ids(&again[..5]), phases(&again[5..])), (ids(&heard), vec!["MET".to_owned()]));
        assert_eq!(again[5]["orderId"], next["id"]);
        for bad in [json!(["PT5H"]), json!(["P2D", "P3D"]), json!(["PT0S"])] {
            let code = Ear::to(&w, &trade.buyer, DISPATCH, json!({ "lead": bad })).await.refusal().await;
            assert_eq!(code, "INVALID_INPUT", "{bad}");
        }
        w.log_is_whole().await;
    }

    async fn dispatch_at_the_due_instant_is_in_time_and_a_second_later_is_not(w) {
        let trade = w.trade().await;
        let (sharp, late) = (trade.paid(100).await, trade.paid(100).await);
        events::sequence(&w.app).await.unwrap();
        let (mut ear, _) = Ear::open(&w, &trade.buyer, DISPATCH, json!({})).await;
        // The clock has not acted at all: what counts is the instant of the command.
        w.passes(Span::days(7));
        trade.dispatches(&sharp).await;
        w.passes(Span::seconds(1));
        trade.dispatches(&late).await;
        assert_eq!(w.time_passes(Span::hours(1)).await, 0, "a dispatched order has no dispatch timer");
        events::sequence(&w.app).await.unwrap();
        let heard = ear.events(2).await;
        assert_eq!(phases(&heard), ["MET", "BREACHED"]);
        assert_eq!(heard.iter().map(|event| (&event["inTime"], &event["firedAt"])).collect::<Vec<_>>(), [(&json!(true), &Value::Null), (&json!(false), &Value::Null)]);
        assert_eq!((&heard[0]["orderId"], &heard[1]["orderId"]), (&sharp["id"], &late["id"]));
    }

    async fn a_timer_that_fails_holds_up_nobody_else(w) {
        let trade = w.trade().await;
        let broken = trade.placed(100).await;
        w.passes(Span::hours(1));
        let sound = trade.placed(100).await;
        let id = broken["id"].as_str().unwrap();
        w.tampers(&format!("UPDATE orders SET state = '{{\"status\":\"NONSENSE\"}}' WHERE id = '{id}'")).await;
        assert_eq!(w.time_passes(Span::days(31)).await, 1);
        assert_eq!(trade.order(&sound, "status").await["status"], "EXPIRED");
        assert_eq!(w.number(&format!("SELECT count(*) FROM deadline WHERE order_id = '{id}' AND state = 'PENDING'")).await, 1);
    }
}
