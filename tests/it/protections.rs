//! What protects a buyer: the preview, the order and the claim say the same.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::store::Reader;

use super::world::on_both;

const FIELDS: &str = "kind applies reasons until lasts maximum { minorUnits } claim { action blockedBy }";

fn named<'a>(protections: &'a Value, kind: &str) -> &'a Value {
    protections.as_array().unwrap().iter().find(|known| known["kind"] == kind).unwrap()
}

on_both! {
    async fn the_preview_promises_what_the_order_has(w) {
        let trade = w.trade_with(|product| product.easy_return = true).await;
        let query = format!(
            "query ($input: ProtectionPreviewInput!) {{ protectionPreview(input: $input) {{ total {{ minorUnits }} protections {{ {FIELDS} }} }} }}"
        );
        let preview = async |quantity: i64, country: &str, plan: &str| {
            let input = json!({ "productId": trade.product.to_string(), "quantity": quantity, "destinationCountry": country, "plan": plan });
            trade.buyer.asks(&query, json!({ "input": input })).await.good()["protectionPreview"].clone()
        };
        let small = preview(100, "DE", "STANDARD").await;
        assert_eq!(small["total"]["minorUnits"], "20000");
        assert_eq!(named(&small["protections"], "EASY_RETURN")["applies"], true);
        assert_eq!(named(&small["protections"], "MONEY_BACK")["lasts"], "P30D");
        assert_eq!(named(&small["protections"], "MONEY_BACK")["maximum"]["minorUnits"], "20000");
        assert_eq!(named(&preview(100, "DE", "ENTERPRISE").await["protections"], "MONEY_BACK")["lasts"], "P60D");
        // Above the limit, or out of the countries: not applicable, with the reason that would refuse the claim.
        let dear = preview(1_501, "DE", "STANDARD").await;
        assert_eq!(named(&dear["protections"], "EASY_RETURN")["reasons"], json!(["RETURN_TOO_DEAR"]));
        assert_eq!(named(&preview(1_500, "DE", "STANDARD").await["protections"], "EASY_RETURN")["applies"], true);
        assert_eq!(named(&preview(100, "CN", "STANDARD").await["protections"], "EASY_RETURN")["applies"], false);
        assert_eq!(named(&small["protections"], "GUARANTEED")["reasons"], json!(["NOT_IN_CONTRACT"]));
        let order = trade.placed(100).await;
        let placed = trade.order(&order, &format!("protections {{ {FIELDS} }}")).await["protections"].clone();
        for known in small["protections"].as_array().unwrap() {
            let other = named(&placed, known["kind"].as_str().unwrap());
            for field in ["applies", "reasons", "until", "lasts", "maximum"] {
                assert_eq!(known[field], other[field], "{} {field}", known["kind"]);
            }
        }
    }

    async fn what_a_protection_offers_is_what_the_claim_answers(w) {
        let trade = w.trade().await;
        let order = trade.delivered(100).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        let seen = async || trade.order(&order, &format!("claimsUntil protections {{ {FIELDS} }}")).await;
        let open = seen().await;
        let money_back = named(&open["protections"], "MONEY_BACK");
        assert_eq!((&money_back["until"], &money_back["maximum"]["minorUnits"]), (&open["claimsUntil"], &json!("20000")));
        assert_eq!(money_back["claim"], json!({ "action": "REQUEST_REFUND", "blockedBy": [] }));
        let ask = json!({ "ground": "DAMAGED", "amount": { "amount": "1.00", "currencyCode": "USD" }, "statement": "torn", "validateOnly": true });
        w.passes(Span::days(30));
        trade.on(&trade.buyer, "requestRefund", &order, ask.clone()).await.good();
        assert_eq!(named(&seen().await["protections"], "MONEY_BACK")["claim"]["blockedBy"], json!([]));
        w.passes(Span::seconds(1));
        trade.on(&trade.buyer, "requestRefund", &order, ask).await.refused("DEADLINE_PASSED");
        assert_eq!(named(&seen().await["protections"], "MONEY_BACK")["claim"]["blockedBy"], json!(["CLAIMS_OVER"]));
        w.time_passes(Span::ZERO).await;
        assert_eq!(trade.order(&order, "status").await["status"], "CLOSED");
        assert_eq!(named(&seen().await["protections"], "MONEY_BACK")["until"], open["claimsUntil"], "over is over");
    }

    async fn no_credit_is_promised_where_none_is_granted(w) {
        // The policy has a cap of the credit for late deliveries in few currencies; elsewhere there is none to claim.
        let trade = w.trade_with(|product| product.ladder = super::shelf::priced("INR", &[(1, "100.00")])).await;
        let query = "query ($input: ProtectionPreviewInput!) { protectionPreview(input: $input) { protections { kind applies maximum { minorUnits } } } }";
        let input = json!({ "productId": trade.product.to_string(), "quantity": 100, "destinationCountry": "DE", "kind": "GUARANTEED" });
        let preview = trade.buyer.asks(query, json!({ "input": input })).await.good()["protectionPreview"].clone();
        assert_eq!(named(&preview["protections"], "GUARANTEED"), &json!({ "kind": "GUARANTEED", "applies": true, "maximum": { "minorUnits": "0" } }));
    }

    async fn what_a_supplier_tries_in_vain_is_kept(w) {
        let trade = w.trade().await;
        let order = trade.placed(500).await;
        let before = w.at_rest().await;
        let other = json!({ "termsHash": "f".repeat(64), "idempotencyKey": "again" });
        // The same key is one attempt; a check is none; and nothing but the attempt is written.
        let checked = json!({ "termsHash": "f".repeat(64), "validateOnly": true });
        trade.on(&trade.supplier, "confirmOrder", &order, checked).await.refused("TERMS_MISMATCH");
        w.at_rest().await.same_as(&before);
        for _ in 0..2 {
            trade.on(&trade.supplier, "confirmOrder", &order, other.clone()).await.refused("TERMS_MISMATCH");
        }
        w.at_rest().await.without(&["refused_price_change"]).same_as(&before.without(&["refused_price_change"]));
        let order = trade.confirms(&order).await;
        w.passes(Span::hours(1));
        // After the contract is sealed, another hash is an attempt, too.
        trade.on(&trade.supplier, "confirmOrder", &order, json!({ "termsHash": "e".repeat(64) })).await.refused("TRANSITION_REFUSED");
        let order = trade.pays(&order).await;
        let half = json!({
            "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA",
            "lines": [{ "orderLineId": order["lines"][0]["id"], "quantity": 400 }],
        });
        trade.on(&trade.supplier, "dispatchShipment", &order, half).await.good();
        let price = |price: &str| json!({ "lines": [{ "orderLineId": order["lines"][0]["id"], "unitPrice": price }] });
        w.passes(Span::hours(1));
        trade.on(&trade.supplier, "proposeContractAmendment", &order, price("2.50")).await.refused("INVALID_INPUT");
        // A lower price is no attempt to raise it, and neither is what the buyer tries.
        trade.on(&trade.supplier, "proposeContractAmendment", &order, price("1.50")).await.refused("INVALID_INPUT");
        trade.on(&trade.buyer, "proposeContractAmendment", &order, price("2.50")).await.refused("INVALID_INPUT");
        let fields = "version refusedPriceChanges { kind termsHash total { minorUnits } agreedTotal { minorUnits } reason attemptedAt } \
                      protections { kind applies refusedAttemptCount lastRefusedAt } timeline { type }";
        let seen = trade.order(&order, fields).await;
        let changes = seen["refusedPriceChanges"].as_array().unwrap();
        let told: Vec<_> = changes.iter().map(|known| (&known["kind"], &known["termsHash"], &known["total"], &known["agreedTotal"]["minorUnits"])).collect();
        assert_eq!(told, [
            (&json!("OTHER_TERMS"), &json!("f".repeat(64)), &Value::Null, &json!("100000")),
            (&json!("OTHER_TERMS"), &json!("e".repeat(64)), &Value::Null, &json!("100000")),
            (&json!("HIGHER_PRICE"), &Value::Null, &json!({ "minorUnits": "125000" }), &json!("100000")),
        ]);
        let lock = named(&seen["protections"], "PRICE_LOCK");
        assert_eq!((&lock["applies"], &lock["refusedAttemptCount"], &lock["lastRefusedAt"]), (&json!(true), &json!(3), &changes[2]["attemptedAt"]));
        assert_eq!(named(&seen["protections"], "ESCROW")["refusedAttemptCount"], 0);
        w.log_is_whole().await;
        let tampered = w.app.db.connection().execute_unprepared("UPDATE refused_price_change SET reason = ''").await;
        assert!(tampered.is_err(), "an attempt was changed");
    }

    async fn a_guaranteed_price_does_not_rise(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["kind"] = json!("GUARANTEED");
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let version = trade.order(&order, "version").await;
        let dearer = json!({ "freight": { "amount": "5.00", "currencyCode": "USD" } });
        trade.on(&trade.supplier, "proposeContractAmendment", &order, dearer).await.refused("AMOUNT_OUT_OF_RANGE");
        let query = "query ($id: ID!) { order(id: $id) { version refusedPriceChanges { kind total { minorUnits } } } }";
        for party in [&trade.buyer, &trade.supplier, trade.operator().await] {
            let seen = party.asks(query, json!({ "id": order["id"] })).await.good()["order"].clone();
            assert_eq!(seen["version"], version["version"]);
            assert_eq!(seen["refusedPriceChanges"], json!([{ "kind": "HIGHER_PRICE", "total": { "minorUnits": "20500" } }]));
        }
    }
}
