//! The spine: from a placed order to released money, and every way an order ends before.

use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::store::ledger;

use super::world::on_both;

/// The types of an order's events, in their order.
fn told(order: &Value) -> Vec<String> {
    let events = order["timeline"].as_array().cloned().unwrap_or_default();
    events.iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

on_both! {
    async fn an_order_goes_from_placement_to_release(w) {
        let trade = w.trade().await;
        let order = trade.placed(500).await;
        assert_eq!((&order["status"], &order["lines"][0]["unitPrice"]), (&json!("PENDING_SUPPLIER"), &json!("2.00")));
        let order = trade.confirms(&order).await;
        assert_eq!(order["status"], "PENDING_PAYMENT");
        let order = trade.pays(&order).await;
        assert_eq!((&order["status"], &order["escrow"]["held"]["minorUnits"]), (&json!("IN_PRODUCTION"), &json!("100000")));
        let order = trade.dispatches(&order).await;
        assert_eq!(order["status"], "SHIPPED");
        let order = trade.delivers(&order["shipments"][0]["id"]).await;
        assert_eq!((&order["status"], &order["escrow"]["blockedBy"]), (&json!("DELIVERED"), &json!([])));
        let order = trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good()["confirmReceipt"]["order"].clone();
        assert_eq!(order["status"], "COMPLETED");
        assert_eq!(trade.ledger(&order).await, [
            "DEPOSIT 100000 PROVIDER_CLEARING>ESCROW",
            "RELEASE 98000 ESCROW>SUPPLIER_PAYABLE",
            "FEE 2000 ESCROW>FEE_INCOME",
        ]);
        let order = trade.order(&order, "timeline { type sequence hash previousHash } contract { hash document } termsHash").await;
        assert_eq!(told(&order), [
            "ORDER_DRAFTED", "ORDER_PLACED", "ORDER_CONFIRMED", "PAYMENT_SESSION_CREATED", "PAYMENT_RECEIVED",
            "SHIPMENT_DISPATCHED", "DISPATCH_DEADLINE_MET", "SHIPMENT_DELIVERED", "RECEIPT_CONFIRMED", "ESCROW_RELEASED",
        ]);
        let document = order["contract"]["document"].as_str().unwrap();
        assert_eq!(order["contract"]["hash"], surety::domain::contract::sha256_hex(document.as_bytes()));
        assert_eq!(order["contract"]["hash"], order["termsHash"]);
        assert_eq!(ledger::audit(&w.app.db).await.unwrap(), Vec::<String>::new());
    }

    async fn the_clock_confirms_receipt_only_with_proof_and_then_closes(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let order = trade.dispatches(&order).await;
        w.time_passes(Span::days(300)).await;
        let waiting = trade.order(&order, "status").await;
        assert_eq!(waiting["status"], "SHIPPED", "without proof of delivery nothing is released");
        let order = trade.delivers(&order["shipments"][0]["id"]).await;
        // Delivered late by sea: five days after delivery.
        w.time_passes(Span::days(5)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "DELIVERED", "in time is in time");
        w.time_passes(Span::seconds(1)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "COMPLETED");
        w.time_passes(Span::days(30)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "COMPLETED");
        w.time_passes(Span::seconds(1)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "CLOSED");
        let order = trade.order(&order, "timeline { type }").await;
        let told = told(&order);
        for kind in ["DELIVERY_OVERDUE", "RECEIPT_AUTO_CONFIRMED", "ESCROW_RELEASED", "ORDER_CLOSED"] {
            assert_eq!(told.iter().filter(|found| *found == kind).count(), 1, "{kind} in {told:?}");
        }
    }

    async fn nobody_confirms_or_pays_in_time(w) {
        let trade = w.trade().await;
        let (unconfirmed, unpaid) = (trade.placed(100).await, trade.confirmed(100).await);
        w.time_passes(Span::days(30)).await;
        assert_eq!(trade.order(&unconfirmed, "status").await["status"], "PENDING_SUPPLIER");
        w.time_passes(Span::seconds(1)).await;
        assert_eq!(trade.order(&unconfirmed, "status").await["status"], "EXPIRED");
        let terms = json!({ "termsHash": unconfirmed["termsHash"] });
        trade.on(&trade.supplier, "confirmOrder", &unconfirmed, terms).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::days(30)).await;
        assert_eq!(trade.order(&unpaid, "status").await["status"], "EXPIRED");
    }

    async fn the_clock_waits_for_the_provider(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        trade.settles(&payment, json!({ "outcome": "PROCESSING" })).await.good();
        trade.on(&trade.buyer, "cancelOrder", &order, json!({})).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::days(61)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "PENDING_PAYMENT");
        trade.settles(&payment, json!({ "outcome": "FAILED" })).await.good();
        w.time_passes(Span::hours(2)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "EXPIRED");
        // The money comes all the same: set aside, and the order stays as it is.
        let late = trade.settles(&payment, json!({})).await.good();
        assert_eq!(late["settleSandboxPayment"]["order"]["status"], "EXPIRED");
        assert_eq!(trade.ledger(&order).await, [
            "SUSPENSE 20000 PROVIDER_CLEARING>SUSPENSE",
            "SUSPENSE_REFUND 20000 SUSPENSE>REFUND_DUE",
        ]);
    }

    async fn parties_decline_and_cancel_before_payment(w) {
        let trade = w.trade().await;
        let order = trade.placed(100).await;
        let reason = json!({ "reason": "sold out" });
        let declined = trade.on(&trade.supplier, "declineOrder", &order, reason).await.good();
        assert_eq!(declined["declineOrder"]["order"]["status"], "CANCELLED");
        assert_eq!(trade.order(&order, "endReason").await["endReason"], "sold out");
        for (order, party) in [
            (trade.placed(100).await, &trade.buyer),
            (trade.confirmed(100).await, &trade.buyer),
            (trade.confirmed(100).await, &trade.supplier),
        ] {
            let cancelled = trade.on(party, "cancelOrder", &order, json!({})).await.good();
            assert_eq!(cancelled["cancelOrder"]["order"]["status"], "CANCELLED");
        }
        let paid = trade.paid(100).await;
        trade.on(&trade.buyer, "cancelOrder", &paid, json!({})).await.refused("TRANSITION_REFUSED");
    }

    async fn guaranteed_orders_are_payable_at_once(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["kind"] = json!("GUARANTEED");
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        assert_eq!(order["status"], "PENDING_PAYMENT");
        let order = trade.pays(&order).await;
        let order = trade.order(&order, "status dispatchBy deliveryBy contract { version }").await;
        assert_eq!(order["contract"]["version"], 1);
        assert_eq!(order["dispatchBy"], w.now().plus(Span::hours(72)).to_string());
        assert_eq!(order["deliveryBy"], w.now().plus(Span::days(20)).to_string());
    }

    async fn samples_have_their_own_price_and_limit(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(3);
        wish["kind"] = json!("SAMPLE");
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        assert_eq!(order["lines"][0]["total"]["amount"], "15.00");
        let mut wish = trade.wish(4);
        wish["kind"] = json!("SAMPLE");
        trade.places(wish).await.refused("ABOVE_MAXIMUM_QUANTITY");
    }

    async fn a_draft_waits_until_it_is_submitted(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["draft"] = json!(true);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        assert_eq!((&order["status"], &order["version"]), (&json!("DRAFT"), &json!(1)));
        let order = trade.on(&trade.buyer, "submitOrder", &order, json!({})).await.good()["submitOrder"]["order"].clone();
        assert_eq!(order["status"], "PENDING_SUPPLIER");
    }

    async fn deposit_and_balance_are_paid_before_dispatch(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(333);
        wish["depositPercent"] = json!(30);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.confirms(&order).await;
        let order = trade.pays(&order).await;
        assert_eq!((&order["status"], &order["escrow"]["held"]["minorUnits"]), (&json!("IN_PRODUCTION"), &json!("19980")));
        let how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "AIR" });
        trade.on(&trade.supplier, "dispatchShipment", &order, how).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::days(59)).await;
        let order = trade.pays(&order).await;
        assert_eq!(order["escrow"]["held"]["minorUnits"], "66600");
        let dates = trade.order(&order, "dispatchBy").await;
        assert_eq!(dates["dispatchBy"], w.now().plus(Span::hours(72)).to_string(), "a late balance leaves 72 hours");
        assert_eq!(trade.dispatches(&order).await["status"], "SHIPPED");
    }

    async fn partial_shipments_arrive_one_by_one(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let line = &order["lines"][0]["id"];
        let part = |quantity: i64| json!({
            "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "AIR",
            "lines": [{ "orderLineId": line, "quantity": quantity }],
        });
        for wrong in [0, -1, 501] {
            trade.on(&trade.supplier, "dispatchShipment", &order, part(wrong)).await.refused("INVALID_INPUT");
        }
        let order = trade.on(&trade.supplier, "dispatchShipment", &order, part(200)).await.good()["dispatchShipment"]["order"].clone();
        assert_eq!(order["status"], "PARTIALLY_SHIPPED");
        let order = trade.delivers(&order["shipments"][0]["id"]).await;
        assert_eq!(order["status"], "PARTIALLY_SHIPPED");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.refused("TRANSITION_REFUSED");
        let order = trade.on(&trade.supplier, "dispatchShipment", &order, part(300)).await.good()["dispatchShipment"]["order"].clone();
        assert_eq!(order["status"], "SHIPPED");
        let order = trade.delivers(&order["shipments"][1]["id"]).await;
        assert_eq!(order["status"], "DELIVERED");
    }
}

on_both! {
    async fn a_draft_is_the_buyers_alone(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["draft"] = json!(true);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let look = "query($id: ID!) { order(id: $id) { status } orders { totalCount } }";
        let seen = trade.supplier.asks(look, json!({ "id": order["id"] })).await.good();
        assert_eq!((&seen["order"], &seen["orders"]["totalCount"]), (&Value::Null, &json!(0)));
        trade.on(&trade.buyer, "cancelOrder", &order, json!({})).await.good();
        let seen = trade.supplier.asks(look, json!({ "id": order["id"] })).await.good();
        assert_eq!((&seen["order"], &seen["orders"]["totalCount"]), (&Value::Null, &json!(0)));
        let mine = trade.buyer.asks(look, json!({ "id": order["id"] })).await.good();
        assert_eq!((&mine["order"]["status"], &mine["orders"]["totalCount"]), (&json!("CANCELLED"), &json!(1)));
    }

    async fn a_company_that_trades_both_ways_shows_each_app_its_own_side(w) {
        let trade = w.trade().await;
        trade.placed(100).await;
        let company = trade.supplier.company.clone().unwrap();
        let look = "{ orders { totalCount } }";
        let buying = w.app_of(&company, surety::domain::actor::Role::Buyer).await;
        assert_eq!(buying.asks(look, json!({})).await.good()["orders"]["totalCount"], 0);
        assert_eq!(trade.supplier.asks(look, json!({})).await.good()["orders"]["totalCount"], 1);
    }

    async fn a_carrier_delivers_what_it_carries_and_nothing_else(w) {
        let trade = w.trade().await;
        let (mine, other) =
            (w.party("Swift Lines", surety::domain::actor::Role::Carrier).await, w.party("Slow Lines", surety::domain::actor::Role::Carrier).await);
        let order = trade.paid(500).await;
        let line = &order["lines"][0]["id"];
        let part = |carrier: &super::world::Party, quantity: i64| json!({
            "carrier": "by road", "trackingNumber": "T", "mode": "ROAD",
            "carrierId": carrier.company.as_ref().unwrap().id.to_string(),
            "lines": [{ "orderLineId": line, "quantity": quantity }],
        });
        trade.on(&trade.supplier, "dispatchShipment", &order, part(&mine, 200)).await.good();
        let order = trade.on(&trade.supplier, "dispatchShipment", &order, part(&other, 300)).await.good()["dispatchShipment"]["order"].clone();
        let deliver = |shipment: usize| json!({
            "idempotencyKey": trade.key(), "shipmentId": order["shipments"][shipment]["id"], "proofOfDelivery": "POD",
        });
        mine.commands("recordDelivery", deliver(1), "userErrors { code }").await.refused("NOT_FOUND");
        mine.commands("recordDelivery", deliver(0), "userErrors { code }").await.good();
    }

    async fn other_money_under_the_same_name_is_set_aside_too(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(500).await;
        let payment = trade.session(&order).await;
        let amount = |amount: &str| json!({ "amount": { "amount": amount, "currencyCode": "USD" } });
        for (paid, entries) in [("400.00", 1), ("600.00", 2), ("400.00", 2)] {
            trade.settles(&payment, amount(paid)).await.good();
            assert_eq!(trade.ledger(&order).await.len(), entries, "after {paid}");
        }
        assert_eq!(ledger::audit(&w.app.db).await.unwrap(), Vec::<String>::new());
    }
}
