//! Payments off the platform: recorded by either party for good, covered by nothing, and money of nobody here.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::store::Reader;

use super::disputes::dollars;
use super::world::on_both;

const FIELDS: &str = "version status offPlatformPayments { recordedBy amount { minorUnits } paidAt note messageIds fileIds \
    riskSignals { code severity evidence } } escrow { held { minorUnits } due { minorUnits } } \
    protections { kind applies maximum { minorUnits } voided { minorUnits } voidedBecause }";

fn named<'a>(order: &'a Value, kind: &str) -> &'a Value {
    order["protections"].as_array().unwrap().iter().find(|known| known["kind"] == kind).unwrap()
}

on_both! {
    async fn what_is_paid_off_the_platform_has_no_cover(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let thread = trade.order(&order, "thread { id }").await["thread"]["id"].clone();
        let said = trade.supplier.says(&trade.key(), &thread, json!({ "body": "Thanks, the bank has it." })).await.good();
        let message = said["sendMessage"]["message"]["id"].clone();
        let slip = trade.buyer.uploads("slip.pdf", b"a slip").await;
        let paid_at = trade.order(&order, "placedAt").await["placedAt"].clone();
        let known = json!({
            "amount": dollars(25_000), "paidAt": paid_at, "note": "By bank transfer, as the supplier asked.",
            "messageIds": [message], "fileIds": [slip],
        });
        let books = w.at_rest().await;
        trade.on(&trade.buyer, "recordOffPlatformPayment", &order, known).await.good();
        let money = ["transfer", "posting", "account", "payment", "instalment", "provider_request", "suspense_item"];
        let after = w.at_rest().await;
        for table in money {
            let rest: Vec<&str> = after.tables().into_iter().filter(|name| *name != table).collect();
            after.clone().without(&rest).same_as(&books.clone().without(&rest));
        }
        let query = format!("query ($id: ID!) {{ order(id: $id) {{ {FIELDS} }} }}");
        let [buyers, suppliers, operators] = [
            trade.buyer.asks(&query, json!({ "id": order["id"] })).await.good()["order"].clone(),
            trade.supplier.asks(&query, json!({ "id": order["id"] })).await.good()["order"].clone(),
            trade.operator().await.asks(&query, json!({ "id": order["id"] })).await.good()["order"].clone(),
        ];
        // Whoever recorded it knows; the other party is warned.
        assert_eq!(buyers["offPlatformPayments"][0]["riskSignals"], json!([]));
        for other in [&suppliers, &operators] {
            assert_eq!(other["offPlatformPayments"][0]["riskSignals"], json!([
                { "code": "PAYMENT_OUTSIDE", "severity": "HIGH", "evidence": "By bank transfer, as the supplier asked." },
            ]));
        }
        assert_eq!(trade.supplier.file(&slip).await["id"], slip, "the other side reads what shows it");
        assert_eq!(buyers["offPlatformPayments"][0]["recordedBy"], "BUYER");
        // What was paid through the platform keeps its cover, and no more than that can go back.
        for (kind, voided) in [("ESCROW", true), ("MONEY_BACK", true), ("MEDIATION", true), ("PRICE_LOCK", false)] {
            let row = named(&buyers, kind);
            let wanted = if voided { json!({ "minorUnits": "25000" }) } else { Value::Null };
            assert_eq!((&row["voided"], row["voidedBecause"].is_null()), (&wanted, !voided), "{kind}");
            assert_eq!(row["applies"], true, "{kind}");
        }
        assert_eq!(named(&buyers, "MONEY_BACK")["maximum"]["minorUnits"], "100000");
        assert_eq!(buyers["escrow"], json!({ "held": { "minorUnits": "100000" }, "due": { "minorUnits": "0" } }));
        trade.claims(&order, 100_001).await.refused("AMOUNT_OUT_OF_RANGE");
        let told = trade.order(&order, "timeline { type }").await;
        let told = told["timeline"].as_array().unwrap().iter().filter(|event| event["type"] == "OFF_PLATFORM_PAYMENT_RECORDED");
        assert_eq!(told.count(), 1);
        for change in ["UPDATE order_region SET status = 'x'", "DELETE FROM order_region"] {
            let change = format!("{change} WHERE region = 'OFF_PLATFORM_PAYMENT'");
            assert!(w.app.db.connection().execute_unprepared(&change).await.is_err(), "{change}");
        }
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn it_pays_no_instalment_and_is_recorded_whatever_became_of_the_order(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(500).await;
        let now = trade.order(&order, "placedAt").await["placedAt"].clone();
        let known = |minor: i64, at: &Value| json!({ "amount": dollars(minor), "paidAt": at, "note": "In cash." });
        trade.on(&trade.supplier, "recordOffPlatformPayment", &order, known(100_000, &now)).await.good();
        let how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
        trade.on(&trade.supplier, "dispatchShipment", &order, how).await.refused("TRANSITION_REFUSED");
        let seen = trade.order(&order, FIELDS).await;
        assert_eq!((&seen["status"], &seen["escrow"]["due"]["minorUnits"]), (&json!("PENDING_PAYMENT"), &json!("100000")));
        assert_eq!(seen["offPlatformPayments"][0]["riskSignals"][0]["code"], "PAYMENT_OUTSIDE");
        trade.claims(&order, 1).await.refused("TRANSITION_REFUSED");
        trade.on(&trade.buyer, "cancelOrder", &order, json!({})).await.good();
        let operator = trade.operator().await;
        trade.on(operator, "recordOffPlatformPayment", &order, known(1, &now)).await.good();
        assert_eq!(trade.order(&order, "status").await["status"], "CANCELLED");
        assert_eq!(named(&trade.order(&order, FIELDS).await, "MEDIATION")["voided"]["minorUnits"], "100001");
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_record_that_makes_no_sense_is_refused(w) {
        let trade = w.trade().await;
        let (order, other) = (trade.paid(100).await, trade.paid(100).await);
        let thread = trade.order(&other, "thread { id }").await["thread"]["id"].clone();
        let said = trade.supplier.says(&trade.key(), &thread, json!({ "body": "Elsewhere." })).await.good();
        let slip = trade.buyer.uploads("slip.pdf", b"a slip").await;
        let now = trade.order(&order, "placedAt").await["placedAt"].clone();
        let known = |more: Value| {
            let mut input = json!({ "amount": dollars(100), "paidAt": now, "note": "In cash." });
            input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            input
        };
        let stranger = w.buyer("Nosy Stores").await;
        let before = w.at_rest().await;
        for (more, code) in [
            (json!({ "amount": dollars(0) }), "INVALID_INPUT"),
            (json!({ "amount": { "amount": "1.00", "currencyCode": "EUR" } }), "CURRENCY_MISMATCH"),
            (json!({ "paidAt": "2099-01-01T00:00:00Z" }), "INVALID_INPUT"),
            (json!({ "note": " " }), "INVALID_INPUT"),
            (json!({ "messageIds": [said["sendMessage"]["message"]["id"]] }), "INVALID_INPUT"),
        ] {
            trade.on(&trade.buyer, "recordOffPlatformPayment", &order, known(more)).await.refused(code);
        }
        // Another's file is none.
        let files = known(json!({ "fileIds": [slip] }));
        trade.on(&trade.supplier, "recordOffPlatformPayment", &order, files).await.refused("INVALID_INPUT");
        trade.on(&stranger, "recordOffPlatformPayment", &order, known(json!({}))).await.refused("NOT_FOUND");
        w.at_rest().await.same_as(&before);
        // Told twice it is one; the same again under another key is another payment.
        let input = known(json!({ "idempotencyKey": "once" }));
        trade.on(&trade.buyer, "recordOffPlatformPayment", &order, input.clone()).await.good();
        trade.on(&trade.buyer, "recordOffPlatformPayment", &order, input).await.good();
        w.passes(Span::hours(1));
        assert_eq!(trade.order(&order, FIELDS).await["offPlatformPayments"].as_array().unwrap().len(), 1);
    }
}
