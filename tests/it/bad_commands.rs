//! Commands on orders that cannot be given: wrong ids, wrong parties, stale versions, bad texts. Nothing changes.

use serde_json::{Value, json};
use surety::domain::time::Span;

use super::trade::Trade;
use super::world::{Party, World, on_both};

/// Every command on an order with input that is good in itself.
fn commands() -> Vec<(&'static str, Value)> {
    let how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
    vec![
        ("submitOrder", json!({})),
        ("confirmOrder", json!({ "termsHash": "0".repeat(64) })),
        ("declineOrder", json!({})),
        ("cancelOrder", json!({})),
        ("createPaymentSession", json!({})),
        ("markReady", json!({})),
        ("dispatchShipment", how),
        ("confirmReceipt", json!({})),
    ]
}

/// Gives a command that has to be refused, for real and with `validateOnly`.
async fn refused(trade: &Trade, party: &Party, command: &str, order: &Value, more: &Value, code: &str) {
    let real = trade.on(party, command, order, more.clone()).await;
    assert!(real.codes().iter().any(|found| found == code), "{command} {more}: not {code}: {:#}", real.0);
    let mut check = more.clone();
    check["validateOnly"] = json!(true);
    let check = trade.on(party, command, order, check).await;
    assert_eq!(check.codes(), real.codes(), "{command} {more}: validateOnly tells something else");
}

/// An order in each status that lasts, with the status.
async fn orders(w: &World, trade: &Trade) -> Vec<Value> {
    let mut wish = trade.wish(100);
    wish["draft"] = json!(true);
    let draft = trade.places(wish).await.good()["placeOrder"]["order"].clone();
    let part = trade.paid(100).await;
    let some = json!({
        "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA",
        "lines": [{ "orderLineId": part["lines"][0]["id"], "quantity": 40 }],
    });
    let part =
        trade.on(&trade.supplier, "dispatchShipment", &part, some).await.good()["dispatchShipment"]["order"]
            .clone();
    let ready = trade.paid(100).await;
    let ready =
        trade.on(&trade.supplier, "markReady", &ready, json!({})).await.good()["markReady"]["order"].clone();
    let cancelled = trade.placed(100).await;
    let cancelled = trade.on(&trade.buyer, "cancelOrder", &cancelled, json!({})).await.good()["cancelOrder"]
        ["order"]
        .clone();
    let done = trade.delivered(100).await;
    let done =
        trade.on(&trade.buyer, "confirmReceipt", &done, json!({})).await.good()["confirmReceipt"]["order"]
            .clone();
    let mut shipped = trade.paid(100).await;
    shipped = trade.dispatches(&shipped).await;
    let expired = trade.placed(100).await;
    w.time_passes(Span::days(31)).await;
    let expired = trade.order(&expired, super::trade::ORDER).await;
    let closed = trade.order(&done, super::trade::ORDER).await;
    let done = trade.delivered(100).await;
    let done =
        trade.on(&trade.buyer, "confirmReceipt", &done, json!({})).await.good()["confirmReceipt"]["order"]
            .clone();
    vec![
        draft,
        trade.placed(100).await,
        trade.confirmed(100).await,
        trade.paid(100).await,
        ready,
        part,
        shipped,
        trade.delivered(100).await,
        done,
        closed,
        cancelled,
        expired,
    ]
}

/// Which statuses a command starts from, as the design says.
fn starts(command: &str) -> &'static [&'static str] {
    match command {
        "submitOrder" => &["DRAFT"],
        "confirmOrder" | "declineOrder" => &["PENDING_SUPPLIER"],
        "cancelOrder" => &["DRAFT", "PENDING_SUPPLIER", "PENDING_PAYMENT"],
        "createPaymentSession" => &["PENDING_PAYMENT"],
        "markReady" => &["IN_PRODUCTION"],
        "dispatchShipment" => &["IN_PRODUCTION", "READY", "PARTIALLY_SHIPPED"],
        _ => &["SHIPPED", "DELIVERED"],
    }
}

/// Who gives a command.
fn giver<'a>(trade: &'a Trade, command: &str) -> (&'a Party, &'a Party) {
    match command {
        "confirmOrder" | "declineOrder" | "markReady" | "dispatchShipment" => (&trade.supplier, &trade.buyer),
        _ => (&trade.buyer, &trade.supplier),
    }
}

/// A refused confirmation of other terms is kept for the buyer to see; nothing else is.
const ATTEMPTS: &[&str] = &["refused_price_change"];

on_both! {
    async fn ids_that_name_nothing_of_the_callers(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let (stranger, rival) = (w.buyer("Southgate").await, w.protected_supplier("Delta Forge").await);
        let before = w.at_rest().await;
        let text = order["id"].as_str().unwrap().to_owned();
        let names = [
            text.to_uppercase(), format!("{text}x"), format!(" {text}"), text.replace("order_", "payment_"), String::new(),
            "order_01kb9m6jvne0s8t9v2c3d4e5f6".to_owned(), "order_".to_owned(), "1".to_owned(), "\u{0}".to_owned(),
            order["lines"][0]["id"].as_str().unwrap().to_owned(), trade.product.to_string(),
        ];
        for (command, more) in commands() {
            let (party, _) = giver(&trade, command);
            for name in &names {
                refused(&trade, party, command, &json!({ "id": name }), &more, "NOT_FOUND").await;
            }
            for other in [&stranger, &rival] {
                let real = trade.on(other, command, &order, more.clone()).await;
                // Who may not give the command at all learns that; nobody learns that the order is there.
                let missing = trade.on(other, command, &json!({ "id": names[5] }), more.clone()).await;
                assert_eq!(real.codes(), missing.codes(), "{command}: the order of others shows");
                assert!(!real.codes().is_empty());
            }
        }
        for shipment in ["shipment_01kb9m6jvne0s8t9v2c3d4e5f6", "", "x", text.as_str()] {
            let input = json!({ "idempotencyKey": trade.key(), "shipmentId": shipment, "proofOfDelivery": "POD" });
            trade.supplier.commands("recordDelivery", input, "userErrors { code }").await.refused("NOT_FOUND");
        }
        for payment in ["payment_01kb9m6jvne0s8t9v2c3d4e5f6", "", text.as_str()] {
            trade.settles(&json!(payment), json!({})).await.refused("NOT_FOUND");
        }
        w.contents().await.same_as(&before);
    }

    async fn deliveries_and_payments_of_others_do_not_exist(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let order = trade.dispatches(&order).await;
        let stranger = w.buyer("Southgate").await;
        let before = w.at_rest().await;
        let (shipment, payment) = (&order["shipments"][0]["id"], &order["payments"][0]["id"]);
        for other in [&stranger, &w.party("carrier", surety::domain::actor::Role::Carrier).await] {
            let before = w.at_rest().await;
            let input = json!({ "idempotencyKey": trade.key(), "shipmentId": shipment, "proofOfDelivery": "POD" });
            other.commands("recordDelivery", input, "userErrors { code }").await.refused("NOT_FOUND");
            w.contents().await.same_as(&before);
        }
        let input = json!({ "paymentId": payment });
        stranger.commands("settleSandboxPayment", input, "userErrors { code }").await.refused("NOT_FOUND");
        let seen = stranger.asks("query($id: ID!) { order(id: $id) { id } orders { nodes { id } } }", json!({ "id": order["id"] })).await.good();
        assert_eq!((&seen["order"], &seen["orders"]["nodes"]), (&Value::Null, &json!([])));
        let same = ["company", "partner_app", "partner_app_company", "member"];
        w.contents().await.without(&same).same_as(&before.without(&same));
    }

    async fn every_command_in_every_status_it_does_not_start_from(w) {
        let trade = w.trade().await;
        let orders = orders(&w, &trade).await;
        let before = w.at_rest().await;
        let mut count = 0;
        for order in &orders {
            let status = order["status"].as_str().unwrap();
            for (command, more) in commands() {
                let (party, other) = giver(&trade, command);
                // A draft is the buyer's alone: to its supplier it does not exist.
                let hidden = |who: &Party| status == "DRAFT" && who.app.id == trade.supplier.app.id;
                if !starts(command).contains(&status) {
                    let code = match (command, status) {
                        ("createPaymentSession", "IN_PRODUCTION" | "READY" | "PARTIALLY_SHIPPED" | "SHIPPED" | "DELIVERED") => "INVALID_INPUT",
                        _ => "TRANSITION_REFUSED",
                    };
                    let code = if hidden(party) { "NOT_FOUND" } else { code };
                    refused(&trade, party, command, order, &more, code).await;
                    count += 1;
                }
                if command != "cancelOrder" {
                    let code = if hidden(other) { "NOT_FOUND" } else { "FORBIDDEN" };
                    refused(&trade, other, command, order, &more, code).await;
                    count += 1;
                }
            }
        }
        w.contents().await.without(ATTEMPTS).same_as(&before.without(ATTEMPTS));
        println!("commands: {count} given to {} orders where they are not due, refused without a change", orders.len());
    }

    async fn stale_versions_name_both(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let before = w.at_rest().await;
        let version = order["version"].as_i64().unwrap();
        for stale in [version - 1, version + 1, 0, -1, i64::from(i32::MAX)] {
            for (command, mut more) in commands() {
                more["expectedVersion"] = json!(stale);
                let (party, _) = giver(&trade, command);
                let answer = trade.on(party, command, &order, more.clone()).await;
                let error = &answer.0["data"][command]["userErrors"][0];
                assert_eq!(error["__typename"], "VersionConflict", "{command}: {:#}", answer.0);
                let versions = (&error["expectedVersion"], &error["currentVersion"]);
                assert_eq!(versions, (&json!(stale), &json!(version)));
                refused(&trade, party, command, &order, &more, "VERSION_CONFLICT").await;
            }
        }
        w.contents().await.same_as(&before);
        trade.on(&trade.buyer, "cancelOrder", &order, json!({ "expectedVersion": version })).await.good();
    }

    async fn texts_that_say_nothing_or_too_much(w) {
        let trade = w.trade().await;
        let placed = trade.placed(100).await;
        let paid = trade.paid(100).await;
        let shipped = trade.dispatches(&trade.paid(100).await).await;
        let before = w.at_rest().await;
        for hash in ["", "x", &"0".repeat(64), &placed["termsHash"].as_str().unwrap().to_uppercase()] {
            refused(&trade, &trade.supplier, "confirmOrder", &placed, &json!({ "termsHash": hash }), "TERMS_MISMATCH").await;
        }
        for reason in ["x".repeat(1_001), "\u{0}".to_owned()] {
            refused(&trade, &trade.buyer, "cancelOrder", &placed, &json!({ "reason": reason }), "INVALID_INPUT").await;
            refused(&trade, &trade.supplier, "declineOrder", &placed, &json!({ "reason": reason }), "INVALID_INPUT").await;
        }
        for (field, bad) in [
            ("carrier", ""), ("carrier", " \t\u{3000}"), ("carrier", &"c".repeat(201)), ("carrier", "a\u{0}"),
            ("trackingNumber", ""), ("trackingNumber", " "), ("trackingNumber", &"t".repeat(201)), ("trackingNumber", "\u{0}"),
        ] {
            let mut how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
            how[field] = json!(bad);
            refused(&trade, &trade.supplier, "dispatchShipment", &paid, &how, "INVALID_INPUT").await;
        }
        let how = |more: Value| {
            let mut how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
            how.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            how
        };
        let line = &paid["lines"][0]["id"];
        for (more, code) in [
            (json!({ "carrierId": "company_01kb9m6jvne0s8t9v2c3d4e5f6" }), "NOT_FOUND"),
            (json!({ "carrierId": paid["id"] }), "NOT_FOUND"),
            (json!({ "lines": [{ "orderLineId": line, "quantity": 0 }] }), "INVALID_INPUT"),
            (json!({ "lines": [{ "orderLineId": line, "quantity": -1 }] }), "INVALID_INPUT"),
            (json!({ "lines": [{ "orderLineId": line, "quantity": 101 }] }), "INVALID_INPUT"),
            (json!({ "lines": [{ "orderLineId": line, "quantity": i32::MAX }] }), "INVALID_INPUT"),
            (json!({ "lines": [{ "orderLineId": line, "quantity": 1 }, { "orderLineId": line, "quantity": 1 }] }), "INVALID_INPUT"),
            (json!({ "lines": [{ "orderLineId": placed["lines"][0]["id"], "quantity": 1 }] }), "INVALID_INPUT"),
            (json!({ "lines": [{ "orderLineId": paid["id"], "quantity": 1 }] }), "NOT_FOUND"),
            (json!({ "lines": [] }), "INVALID_INPUT"),
        ] {
            refused(&trade, &trade.supplier, "dispatchShipment", &paid, &how(more), code).await;
        }
        for proof in ["", "  ", &"p".repeat(501), "\u{0}"] {
            let input = json!({ "idempotencyKey": trade.key(), "shipmentId": shipped["shipments"][0]["id"], "proofOfDelivery": proof });
            trade.supplier.commands("recordDelivery", input, "userErrors { code }").await.refused("INVALID_INPUT");
        }
        for key in [String::new(), "k".repeat(256), "\u{0}".to_owned()] {
            let more = json!({ "idempotencyKey": key });
            refused(&trade, &trade.buyer, "cancelOrder", &placed, &more, "INVALID_INPUT").await;
        }
        for instalment in ["", "x", "instalment_01kb9m6jvne0s8t9v2c3d4e5f6"] {
            let answer = trade.on(&trade.buyer, "createPaymentSession", &trade.order(&paid, "id").await, json!({ "instalmentId": instalment })).await;
            assert!(!answer.codes().is_empty());
        }
        w.contents().await.without(ATTEMPTS).same_as(&before.without(ATTEMPTS));
        // The hash of other terms, and none of the texts that are no hash.
        assert_eq!(w.number("SELECT count(*) FROM refused_price_change").await, 1);
        let key = json!({ "idempotencyKey": "k".repeat(255) });
        trade.on(&trade.buyer, "cancelOrder", &placed, key).await.good();
    }

    async fn a_check_changes_nothing_and_spends_no_key(w) {
        let trade = w.trade().await;
        let before = w.at_rest().await;
        let mut wish = trade.wish(100);
        wish["validateOnly"] = json!(true);
        let would = trade.places(wish.clone()).await.good()["placeOrder"]["order"].clone();
        assert_eq!((&would["status"], &would["lines"][0]["total"]["amount"]), (&json!("PENDING_SUPPLIER"), &json!("200.00")));
        w.contents().await.same_as(&before);
        wish["validateOnly"] = json!(false);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let steps = [
            (&trade.supplier, "confirmOrder", json!({ "termsHash": order["termsHash"] }), "PENDING_PAYMENT"),
            (&trade.buyer, "createPaymentSession", json!({}), "PENDING_PAYMENT"),
            (&trade.supplier, "markReady", json!({}), "READY"),
            (&trade.supplier, "dispatchShipment", json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" }), "SHIPPED"),
            (&trade.buyer, "confirmReceipt", json!({}), "COMPLETED"),
        ];
        for (party, command, mut more, status) in steps {
            if command == "markReady" {
                trade.pays(&order).await;
            }
            let before = w.at_rest().await;
            more["idempotencyKey"] = json!(format!("once-{command}"));
            more["validateOnly"] = json!(true);
            let would = trade.on(party, command, &order, more.clone()).await.good()[command]["order"].clone();
            assert_eq!(would["status"], status, "{command}");
            w.contents().await.same_as(&before);
            more["validateOnly"] = json!(false);
            let done = trade.on(party, command, &order, more).await.good()[command].clone();
            assert_eq!((&done["order"]["status"], &done["replayed"]), (&json!(status), &json!(false)));
            assert_eq!(done["order"]["version"], would["version"], "{command}");
        }
    }
}
