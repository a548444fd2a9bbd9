//! Messages of subscriptions are made once for all who ask for the same, and nobody sees by it what is not for them, or what is
//! no longer so.

use serde_json::{Value, json};
use surety::domain::throttle::Payer;
use surety::domain::time::Span;
use surety::service::{events, throttle};

use super::streams::Ear;
use super::trade::Trade;
use super::world::{Party, World, on_both, on_both_with};

/// A thousand points, and ten of them come back in a second.
pub const SETTINGS: &[(&str, &str)] = &[("SURETY_COST_CAPACITY", "1000"), ("SURETY_COST_RESTORE_RATE", "10")];

const OWN: &str = "subscription($after: Cursor, $types: [EventType!]) { stream: events(after: $after, types: $types) { \
    __typename ... on Checkpoint { cursor } ... on Event { id cursor type sequence facts } } }";
const LIVE: &str = "subscription($after: Cursor) { stream: events(after: $after) { __typename ... on Checkpoint { cursor } \
    ... on Event { id type order { id status } } } }";
const CHOSEN: &str = "subscription($more: Boolean!) { stream: events { __typename ... on Checkpoint { cursor } \
    ... on Event { id type @include(if: $more) } } }";

const ACTIONS: &str = "subscription { stream: events { __typename ... on Checkpoint { cursor } ... on Event { id type \
    order { availableActions { action } } } } }";

const ABOUT: &str = "subscription($subject: ID) { stream: events(subject: $subject) { __typename ... on Checkpoint { cursor } \
    ... on Event { id type subjectId } } }";

/// A subscription whose events cost a point, and one more for each time that their order is read.
pub fn with_orders(times: usize) -> String {
    let orders = (0..times).map(|number| format!("o{number}: order {{ id }} ")).collect::<Vec<_>>().concat();
    format!(
        "subscription($after: Cursor) {{ stream: events(after: $after) {{ __typename ... on Checkpoint {{ cursor }} \
         ... on Event {{ id cursor {orders} }} }} }}"
    )
}

fn payer(party: &Party) -> Payer {
    Payer::of(&party.actor, None)
}

/// Points that a party has left, and those that it owes.
async fn points(w: &World, party: &Party) -> (i64, i64) {
    let standing = throttle::standing(&w.app, &payer(party)).await.unwrap();
    (standing.currently_available, standing.owed)
}

/// Takes all points of a party and lets it owe some more, so that a few make a bucket full.
pub async fn owes_nearly_all(w: &World, party: &Party) {
    let (available, _) = points(w, party).await;
    let charged = throttle::charge(&w.app, &payer(party), available).await.unwrap();
    assert!(charged.1.is_some());
    throttle::owe(&w.app, &payer(party), 980, 0).await.unwrap();
    assert_eq!(points(w, party).await, (0, 980));
}

/// How many messages were made so far.
fn made(w: &World) -> u64 {
    w.app.telemetry.frames.count()
}

/// The next message that is no checkpoint.
async fn event(ear: &mut Ear) -> Value {
    loop {
        let message = ear.next().await;
        if message["__typename"] == "Event" {
            return message;
        }
    }
}

/// What a party may do now with an order.
async fn actions(party: &Party, order: &Value) -> Value {
    let query = "query($id: ID!) { order(id: $id) { availableActions { action } } }";
    party.asks(query, json!({ "id": order["id"] })).await.good()["order"]["availableActions"].clone()
}

/// An order whose events have their places, so that who listens from now on does not hear of them.
async fn placed(w: &World, trade: &Trade) -> Value {
    let order = trade.placed(100).await;
    while events::unplaced(&w.app).await.unwrap().0 > 0 {
        tokio::task::yield_now().await;
    }
    order
}

async fn confirmed(trade: &Trade, order: &Value) {
    let order = trade.order(order, super::trade::ORDER).await;
    trade.confirms(&order).await;
}

on_both! {
    async fn a_message_is_made_once_for_all_who_ask_for_the_same(w) {
        w.works();
        let trade = w.trade().await;
        let order = placed(&w, &trade).await;
        let mut ears = Vec::new();
        let (first, cursor) = Ear::open(&w, &trade.buyer, OWN, json!({})).await;
        ears.push(first);
        // Other parties, other cursors and other filters look at the same event.
        for (party, variables) in [
            (&trade.buyer, json!({ "after": cursor })),
            (&trade.buyer, json!({ "types": ["ORDER_CONFIRMED"] })),
            (&trade.supplier, json!({})),
            (&w.operator().await, json!({})),
        ] {
            ears.push(Ear::open(&w, party, OWN, variables).await.0);
        }
        let before = made(&w);
        confirmed(&trade, &order).await;
        let mut told = Vec::new();
        for ear in &mut ears {
            told.push(event(ear).await);
        }
        assert_eq!(told[0]["type"], "ORDER_CONFIRMED");
        assert!(told.iter().all(|message| *message == told[0]), "{told:#?}");
        assert_eq!(made(&w) - before, 1, "{} readers", ears.len());
        // Whoever comes later is shown the same again.
        let (mut late, _) = Ear::open(&w, &trade.supplier, OWN, json!({ "after": cursor })).await;
        assert_eq!(event(&mut late).await, told[0]);
    }

    async fn what_is_read_anew_is_shared_by_equals_and_never_stale(w) {
        w.works();
        let trade = w.trade().await;
        let order = placed(&w, &trade).await;
        let (mut buyer, start) = Ear::open(&w, &trade.buyer, LIVE, json!({})).await;
        let (mut again, _) = Ear::open(&w, &trade.buyer, LIVE, json!({})).await;
        let (mut supplier, _) = Ear::open(&w, &trade.supplier, LIVE, json!({})).await;
        confirmed(&trade, &order).await;
        let told = event(&mut buyer).await;
        assert_eq!((told["type"].as_str(), told["order"]["id"].clone()), (Some("ORDER_CONFIRMED"), order["id"].clone()));
        let status = told["order"]["status"].clone();
        for ear in [&mut again, &mut supplier] {
            let same = event(ear).await;
            assert_eq!((&same["id"], &same["order"]["status"]), (&told["id"], &status));
        }
        // The order goes on; who reads the same event later sees the order as it is then.
        let now = trade.order(&order, super::trade::ORDER).await;
        trade.pays(&now).await;
        event(&mut buyer).await;
        let later = trade.order(&order, "status").await["status"].clone();
        assert_ne!(later, status);
        let (mut late, _) = Ear::open(&w, &trade.buyer, LIVE, json!({ "after": start })).await;
        let shown = event(&mut late).await;
        assert_eq!((&shown["id"], &shown["order"]["status"]), (&told["id"], &later));
    }

    async fn nobody_sees_by_the_frames_of_others_what_is_not_for_them(w) {
        w.works();
        let trade = w.trade().await;
        let order = placed(&w, &trade).await;
        let mut ears = Vec::new();
        for party in [&trade.buyer, &trade.supplier] {
            ears.push(Ear::open(&w, party, ACTIONS, json!({})).await.0);
        }
        confirmed(&trade, &order).await;
        let [buyer, supplier] = [&trade.buyer, &trade.supplier].map(|party| actions(party, &order));
        let expected = [buyer.await, supplier.await];
        assert_ne!(expected[0], expected[1]);
        for (ear, expected) in ears.iter_mut().zip(&expected) {
            assert_eq!(event(ear).await["order"]["availableActions"], *expected);
        }
    }

    async fn variables_that_decide_the_look_keep_frames_apart(w) {
        w.works();
        let trade = w.trade().await;
        let order = placed(&w, &trade).await;
        let (mut more, _) = Ear::open(&w, &trade.buyer, CHOSEN, json!({ "more": true })).await;
        let (mut less, _) = Ear::open(&w, &trade.buyer, CHOSEN, json!({ "more": false })).await;
        confirmed(&trade, &order).await;
        let (more, less) = (event(&mut more).await, event(&mut less).await);
        assert_eq!((more["type"].as_str(), &more["id"]), (Some("ORDER_CONFIRMED"), &less["id"]));
        assert!(less["type"].is_null(), "{less}");
    }
    async fn who_is_refused_spoils_nothing_for_those_who_ask_for_the_same(w) {
        w.works();
        let trade = w.trade().await;
        let order = placed(&w, &trade).await;
        // Both are about different subjects; the one that is not there is refused, the other one is told as if alone.
        let mut refused = Ear::to(&w, &trade.supplier, ABOUT, json!({ "subject": "garbage" })).await;
        let (mut buyer, _) = Ear::open(&w, &trade.buyer, ABOUT, json!({ "subject": order["id"] })).await;
        assert_eq!(refused.refusal().await, "NOT_FOUND");
        confirmed(&trade, &order).await;
        let told = event(&mut buyer).await;
        assert_eq!((&told["type"], &told["subjectId"]), (&json!("ORDER_CONFIRMED"), &order["id"]));
    }
}

on_both_with! {
    super::SETTINGS;

    async fn messages_cost_what_they_hold_beyond_a_handful(w) {
        w.works();
        let trade = w.trade().await;
        let order = placed(&w, &trade).await;
        let mut ears = Vec::new();
        for query in [OWN, &with_orders(9), &with_orders(30), &with_orders(30)] {
            ears.push(Ear::open(&w, &trade.buyer, query, json!({})).await.0);
        }
        assert_eq!(points(&w, &trade.buyer).await, (927, 0), "checkpoints cost nothing beside the subscriptions");
        confirmed(&trade, &order).await;
        let mut told = Vec::new();
        for ear in &mut ears {
            told.push(event(ear).await["id"].clone());
        }
        assert!(told.iter().all(|id| *id == told[0]), "{told:?}");
        // Ten are free of each message; of the two alike each pays for its own.
        assert_eq!(points(&w, &trade.buyer).await, (927 - 2 * 21, 0));
        assert_eq!(points(&w, &trade.supplier).await, (1_000, 0));
    }

    async fn messages_are_told_also_where_no_points_are_left(w) {
        w.works();
        let trade = w.trade().await;
        let order = placed(&w, &trade).await;
        let (mut ear, _) = Ear::open(&w, &trade.buyer, &with_orders(30), json!({})).await;
        let (available, _) = points(&w, &trade.buyer).await;
        assert!(throttle::charge(&w.app, &payer(&trade.buyer), available).await.unwrap().1.is_some());
        confirmed(&trade, &order).await;
        event(&mut ear).await;
        assert_eq!(points(&w, &trade.buyer).await, (0, 21));
        let now = trade.order(&order, super::trade::ORDER).await;
        trade.pays(&now).await;
        event(&mut ear).await;
        event(&mut ear).await;
        assert_eq!(points(&w, &trade.buyer).await, (0, 63));
    }

    async fn a_subscription_ends_where_a_whole_bucket_is_owed_and_goes_on_later(w) {
        w.works();
        let trade = w.trade().await;
        let query = with_orders(30);
        let (mut ear, _) = Ear::open(&w, &trade.buyer, &query, json!({})).await;
        let (mut cheap, _) = Ear::open(&w, &trade.buyer, OWN, json!({})).await;
        owes_nearly_all(&w, &trade.buyer).await;
        trade.placed(100).await;
        // What is told is told; then it says where it stands, and why it ends.
        let mut heard = vec![event(&mut ear).await["id"].clone()];
        let stands = ear.next().await;
        assert_eq!(stands["__typename"], "Checkpoint");
        let ended = ear.message().await;
        assert_eq!((&ended["id"], &ended["type"]), (&json!("1"), &json!("error")));
        assert_eq!(ended["payload"][0]["extensions"], json!({ "code": "THROTTLED", "retryAfter": 104 }));
        // The socket stays, and what costs nothing goes on; what would cost is refused until it is paid.
        let mut all = Vec::new();
        for _ in 0..2 {
            all.push(event(&mut cheap).await["id"].clone());
        }
        let again = json!({ "query": query, "variables": { "after": stands["cursor"] } });
        ear.say(json!({ "id": "2", "type": "subscribe", "payload": again })).await;
        assert_eq!(ear.refusal().await, "THROTTLED");
        w.passes(Span::seconds(104));
        ear.say(json!({ "id": "3", "type": "subscribe", "payload": again })).await;
        heard.push(event(&mut ear).await["id"].clone());
        assert_eq!(heard, all);
    }
}
