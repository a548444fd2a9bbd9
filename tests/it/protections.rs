//! What protects a buyer: the preview, the order and the claim say the same.

use serde_json::{Value, json};
use surety::domain::time::Span;

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
}
