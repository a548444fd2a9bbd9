//! One key, one command: replays, reuse with another input, scopes, and eight at the same time.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use surety::domain::actor::Role;
use surety::domain::time::Span;
use surety::store::ledger;
use tokio::sync::Barrier;

use super::trade::Trade;
use super::world::{Answer, Party, on_both};

/// How many do the same at the same time.
const TOGETHER: usize = 8;

/// Gives one and the same command eight times at once and answers what came back.
async fn together(party: &Party, mutation: &'static str, input: &Value) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(TOGETHER));
    let tasks = (0..TOGETHER).map(|_| {
        let (party, input, barrier) = (party.clone(), input.clone(), Arc::clone(&barrier));
        tokio::spawn(async move {
            barrier.wait().await;
            party.commands(mutation, input, "replayed userErrors { code message }").await
        })
    });
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

/// Exactly one did it; all others replay it or were told to ask again. Answers how many replayed.
fn one_did_it(answers: &[Answer], mutation: &str) -> usize {
    let replayed = |wanted: bool| {
        answers
            .iter()
            .filter(|answer| {
                answer.0["data"][mutation]["replayed"] == json!(wanted) && answer.codes().is_empty()
            })
            .count()
    };
    let waiting = answers.iter().filter(|answer| answer.codes() == ["IDEMPOTENCY_IN_PROGRESS"]).count();
    assert_eq!((replayed(false), replayed(true) + waiting), (1, TOGETHER - 1), "{answers:#?}");
    let orders: std::collections::BTreeSet<_> =
        answers.iter().filter_map(|answer| answer.0["data"][mutation]["order"]["id"].as_str()).collect();
    assert_eq!(orders.len(), 1, "they speak of different orders");
    replayed(true)
}

async fn reused(trade: &Trade, party: &Party, command: &str, order: &Value, more: Value) {
    trade.on(party, command, order, more).await.refused("IDEMPOTENCY_KEY_REUSED");
}

on_both! {
    async fn the_same_again_is_answered_and_not_done_again(w) {
        let trade = w.trade().await;
        let wish = trade.wish(100);
        let first = trade.places(wish.clone()).await.good()["placeOrder"].clone();
        let before = w.at_rest().await;
        for _ in 0..3 {
            let again = trade.places(wish.clone()).await.good()["placeOrder"].clone();
            assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
            assert_eq!(again["order"], first["order"]);
        }
        w.contents().await.same_as(&before);
        let order = trade.pays(&trade.confirms(&first["order"]).await).await;
        let order = trade.dispatches(&order).await;
        let order = trade.delivers(&order["shipments"][0]["id"]).await;
        let key = json!({ "idempotencyKey": "release" });
        let done = trade.on(&trade.buyer, "confirmReceipt", &order, key.clone()).await.good()["confirmReceipt"].clone();
        let before = w.at_rest().await;
        let again = trade.on(&trade.buyer, "confirmReceipt", &order, key).await.good()["confirmReceipt"].clone();
        assert_eq!((&done["replayed"], &again["replayed"], &again["order"]), (&json!(false), &json!(true), &done["order"]));
        w.contents().await.same_as(&before);
        // The answer is kept for ever, whatever became of the order.
        w.time_passes(Span::days(400)).await;
        assert_eq!(trade.places(wish).await.good()["placeOrder"]["replayed"], true);
    }

    async fn a_replay_names_what_the_first_one_made(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let input = json!({ "idempotencyKey": "pay", "orderId": order["id"] });
        let ask = || trade.buyer.commands("createPaymentSession", input.clone(), "replayed payment { id sessionUrl } userErrors { code }");
        let first = ask().await.good()["createPaymentSession"].clone();
        let second = ask().await.good()["createPaymentSession"].clone();
        assert_eq!((&first["payment"], &second["replayed"]), (&second["payment"], &json!(true)));
        assert!(first["payment"]["sessionUrl"].is_string());
        assert_eq!(w.count("payment").await, 1);
        trade.settles(&first["payment"]["id"], json!({})).await.good();
        let input = json!({ "idempotencyKey": "ship", "orderId": order["id"], "carrier": "Blue Funnel", "trackingNumber": "1", "mode": "AIR" });
        let ship = || trade.supplier.commands("dispatchShipment", input.clone(), "replayed shipment { id } userErrors { code }");
        let first = ship().await.good()["dispatchShipment"].clone();
        let second = ship().await.good()["dispatchShipment"].clone();
        assert_eq!((&first["shipment"], &second["replayed"]), (&second["shipment"], &json!(true)));
        assert!(first["shipment"]["id"].is_string());
    }

    async fn a_key_with_anything_else_is_refused(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["idempotencyKey"] = json!("k");
        let order = trade.places(wish.clone()).await.good()["placeOrder"]["order"].clone();
        let other = trade.placed(100).await;
        let before = w.at_rest().await;
        for (path, value) in [("/lines/0/quantity", json!(101)), ("/destinationCountry", json!("FR"))] {
            let mut changed = wish.clone();
            *changed.pointer_mut(path).unwrap() = value;
            trade.places(changed).await.refused("IDEMPOTENCY_KEY_REUSED");
        }
        for (field, value) in [("draft", json!(true)), ("externalReference", json!("PO-1")), ("depositPercent", json!(30)), ("kind", json!("SAMPLE")), ("incoterm", json!("FOB")), ("currencyCode", json!("USD"))] {
            let mut changed = wish.clone();
            changed[field] = value;
            trade.places(changed).await.refused("IDEMPOTENCY_KEY_REUSED");
        }
        let key = json!({ "idempotencyKey": "k" });
        for command in ["cancelOrder", "submitOrder", "createPaymentSession", "confirmReceipt"] {
            reused(&trade, &trade.buyer, command, &order, key.clone()).await;
        }
        w.contents().await.same_as(&before);
        // The same operation on another order, or with another reason, is another input.
        let key = json!({ "idempotencyKey": "c", "reason": "one" });
        trade.on(&trade.buyer, "cancelOrder", &order, key.clone()).await.good();
        reused(&trade, &trade.buyer, "cancelOrder", &other, key).await;
        reused(&trade, &trade.buyer, "cancelOrder", &order, json!({ "idempotencyKey": "c", "reason": "two" })).await;
        reused(&trade, &trade.buyer, "cancelOrder", &order, json!({ "idempotencyKey": "c" })).await;
    }

    async fn keys_of_different_apps_and_companies_never_meet(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["idempotencyKey"] = json!("k");
        let company = trade.buyer.company.clone().unwrap();
        let second = w.app_of(&company, Role::Buyer).await;
        let stranger = w.buyer("Southgate").await;
        let mut orders = std::collections::BTreeSet::new();
        for party in [&trade.buyer, &second, &stranger] {
            let answer = party.commands("placeOrder", wish.clone(), "replayed userErrors { code }").await.good();
            assert_eq!(answer["placeOrder"]["replayed"], false);
            orders.insert(answer["placeOrder"]["order"]["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(orders.len(), 3);
        // One app that acts for two companies: the company is part of the scope.
        let mut actor = (*trade.buyer.actor).clone();
        actor.company = stranger.actor.company;
        let answer = Party { actor: Arc::new(actor), ..trade.buyer.clone() }.commands("placeOrder", wish, "replayed userErrors { code }").await.good();
        assert_eq!(answer["placeOrder"]["replayed"], false);
    }

    async fn a_refused_command_does_not_spend_its_key(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(5);
        trade.places(wish.clone()).await.refused("BELOW_MINIMUM_ORDER_QUANTITY");
        wish["lines"][0]["quantity"] = json!(10);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let key = json!({ "idempotencyKey": "again" });
        trade.on(&trade.buyer, "createPaymentSession", &order, key.clone()).await.refused("TRANSITION_REFUSED");
        let order = trade.confirms(&order).await;
        let paid = trade.on(&trade.buyer, "createPaymentSession", &order, key).await.good();
        assert_eq!(paid["createPaymentSession"]["replayed"], false);
    }

    async fn eight_at_once_with_one_key(w) {
        let trade = w.trade().await;
        let mut replayed = Vec::new();
        for _ in 0..3 {
            let before = w.count("orders").await;
            let answers = together(&trade.buyer, "placeOrder", &trade.wish(100)).await;
            replayed.push(one_did_it(&answers, "placeOrder"));
            assert_eq!(w.count("orders").await, before + 1);
        }
        let order = trade.delivered(500).await;
        let input = json!({ "idempotencyKey": trade.key(), "orderId": order["id"] });
        let answers = together(&trade.buyer, "confirmReceipt", &input).await;
        replayed.push(one_did_it(&answers, "confirmReceipt"));
        assert_eq!(w.number("SELECT CAST(count(*) AS BIGINT) FROM posting WHERE kind = 'RELEASE'").await, 1);
        assert_eq!(ledger::audit(&w.app.db).await.unwrap(), Vec::<String>::new());
        println!("eight at once, four times: one did it each time, {replayed:?} replayed");
    }

    async fn the_clock_of_a_sandbox_is_advanced_once_for_a_key(w) {
        let trade = w.trade().await;
        trade.placed(100).await;
        let advances = async |key: &str, by: &str| {
            let query = "mutation($input: AdvanceSandboxClockInput!) { advanceSandboxClock(input: $input) {
                now firedDeadlineCount replayed userErrors { code } } }";
            let input = json!({ "idempotencyKey": key, "by": by });
            trade.buyer.asks(query, json!({ "input": input })).await
        };
        let begun = w.now();
        let first = advances("a", "P31D").await.good()["advanceSandboxClock"].clone();
        assert_eq!(first["replayed"], false);
        assert!(first["firedDeadlineCount"].as_u64().unwrap() > 0, "the supplier let the order lapse: {first}");
        let again = advances("a", "P31D").await.good()["advanceSandboxClock"].clone();
        assert_eq!(again, json!({ "now": first["now"], "firedDeadlineCount": 0, "replayed": true, "userErrors": [] }));
        advances("a", "P32D").await.refused("IDEMPOTENCY_KEY_REUSED");
        let second = advances("b", "PT1H").await.good()["advanceSandboxClock"].clone();
        assert_eq!(second["now"], begun.plus(Span::days(31)).plus(Span::hours(1)).to_string());
        let late = advances("a", "P31D").await.good()["advanceSandboxClock"].clone();
        assert_eq!((&late["replayed"], &late["now"]), (&json!(true), &second["now"]), "what the clock says by now");
    }

    async fn aliases_in_one_document_are_serial_commands(w) {
        let trade = w.trade().await;
        let order = trade.delivered(500).await;
        let query = "mutation($a: ConfirmReceiptInput!, $b: ConfirmReceiptInput!, $c: ConfirmReceiptInput!) {
            a: confirmReceipt(input: $a) { replayed order { status version } userErrors { code } }
            b: confirmReceipt(input: $b) { replayed order { status version } userErrors { code } }
            c: confirmReceipt(input: $c) { replayed order { status version } userErrors { code } } }";
        let input = |key: &str| json!({ "idempotencyKey": key, "orderId": order["id"] });
        let answer = trade.buyer.asks(query, json!({ "a": input("one"), "b": input("one"), "c": input("two") })).await;
        assert_eq!(answer.codes(), ["TRANSITION_REFUSED"]);
        let data = &answer.0["data"];
        assert_eq!((&data["a"]["replayed"], &data["b"]["replayed"], &data["c"]["order"]), (&json!(false), &json!(true), &Value::Null));
        assert_eq!(data["a"]["order"], data["b"]["order"]);
        assert_eq!(w.number("SELECT CAST(count(*) AS BIGINT) FROM posting WHERE kind = 'RELEASE'").await, 1);
        // What the first alias does is what the second one finds, and a refused one does not stop the next.
        let order = trade.placed(100).await;
        let query = "mutation($a: CancelOrderInput!, $b: CancelOrderInput!, $c: PlaceOrderInput!) {
            a: cancelOrder(input: $a) { userErrors { code } } b: cancelOrder(input: $b) { userErrors { code } }
            c: placeOrder(input: $c) { order { status } userErrors { code } } }";
        let input = |key: &str| json!({ "idempotencyKey": key, "orderId": order["id"], "expectedVersion": order["version"] });
        let answer = trade.buyer.asks(query, json!({ "a": input("x"), "b": input("y"), "c": trade.wish(100) })).await;
        assert_eq!(answer.codes(), ["VERSION_CONFLICT"]);
        assert_eq!(answer.0["data"]["c"]["order"]["status"], "PENDING_SUPPLIER");
    }
}
