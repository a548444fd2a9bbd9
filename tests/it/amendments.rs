//! Amendments: both sides accept the same hash, and the contract gets its next version. Nothing else changes its price.

use serde_json::{Value, json};
use surety::domain::contract::sha256_hex;
use surety::domain::time::Span;

use super::trade::Trade;
use super::world::{Answer, Party, on_both};

const AMENDMENTS: &str = "amendments { id status proposedBy termsHash document total { minorUnits } \
     difference { minorUnits } refunded { minorUnits } contractVersion lines { quantity unitPrice } }";

impl Trade {
    async fn proposes(&self, party: &Party, order: &Value, changes: Value) -> Answer {
        self.on(party, "proposeContractAmendment", order, changes).await
    }

    /// The newest amendment of an order.
    async fn amendment(&self, order: &Value) -> Value {
        let found = self.order(order, AMENDMENTS).await;
        found["amendments"].as_array().unwrap().last().unwrap().clone()
    }

    async fn answers(&self, party: &Party, order: &Value, verb: &str) -> Answer {
        let amendment = self.amendment(order).await;
        let mut more = json!({ "amendmentId": amendment["id"] });
        if verb == "accept" {
            more["termsHash"] = amendment["termsHash"].clone();
        }
        self.on(party, &format!("{verb}ContractAmendment"), order, more).await
    }
}

fn line(order: &Value, quantity: Option<i64>, price: Option<&str>) -> Value {
    json!({ "lines": [{ "orderLineId": order["lines"][0]["id"], "quantity": quantity, "unitPrice": price }] })
}

on_both! {
    async fn a_cheaper_contract_gives_money_back(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        trade.proposes(&trade.supplier, &order, line(&order, None, Some("1.90"))).await.good();
        let amendment = trade.amendment(&order).await;
        assert_eq!((&amendment["proposedBy"], &amendment["difference"]["minorUnits"]), (&json!("SUPPLIER"), &json!("-5000")));
        assert_eq!(amendment["termsHash"], sha256_hex(amendment["document"].as_str().unwrap().as_bytes()));
        trade.answers(&trade.supplier, &order, "accept").await.refused("TRANSITION_REFUSED");
        let wrong = json!({ "amendmentId": amendment["id"], "termsHash": "0".repeat(64) });
        trade.on(&trade.buyer, "acceptContractAmendment", &order, wrong).await.refused("TERMS_MISMATCH");
        trade.answers(&trade.buyer, &order, "accept").await.good();
        trade.answers(&trade.buyer, &order, "accept").await.refused("INVALID_INPUT");
        let fields = "total { minorUnits } termsHash contractProof { version hash previousHash } \
                      first: contract(version: 1) { hash previousHash document total { minorUnits } } \
                      second: contract { hash previousHash document } none: contract(version: 3) { hash }";
        let found = trade.order(&order, fields).await;
        assert_eq!(found["total"]["minorUnits"], "95000");
        assert_eq!((&found["first"]["total"]["minorUnits"], &found["none"]), (&json!("100000"), &Value::Null));
        assert_eq!(found["contractProof"], json!({
            "version": 2, "hash": amendment["termsHash"], "previousHash": found["first"]["hash"],
        }));
        for version in ["first", "second"] {
            let document = found[version]["document"].as_str().unwrap();
            assert_eq!(found[version]["hash"], sha256_hex(document.as_bytes()));
        }
        assert_eq!(trade.ledger(&order).await[..2], [
            "DEPOSIT 100000 PROVIDER_CLEARING>ESCROW", "REFUND 5000 ESCROW>REFUND_DUE",
        ]);
        let order = trade.dispatches(&order).await;
        assert_eq!(order["escrow"]["due"]["minorUnits"], "0", "nothing is still to be paid, and nothing less");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        let ledger = trade.ledger(&order).await;
        assert!(ledger.contains(&"FEE 1900 ESCROW>FEE_INCOME".to_owned()), "{ledger:?}");
        assert_eq!(w.number("SELECT count(*) FROM contract").await, 2);
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_dearer_contract_has_one_more_part_to_pay(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        trade.proposes(&trade.buyer, &order, line(&order, Some(600), None)).await.good();
        trade.answers(&trade.supplier, &order, "accept").await.good();
        let found = trade.order(&order, "dispatchBy instalments { number amount { minorUnits } status requiredBeforeDispatch }").await;
        assert_eq!(found["instalments"][1], json!({
            "number": 2, "amount": { "minorUnits": "20000" }, "status": "DUE", "requiredBeforeDispatch": true,
        }));
        assert_eq!(found["dispatchBy"], Value::Null, "who may not dispatch cannot be late");
        let how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
        trade.on(&trade.supplier, "dispatchShipment", &order, how).await.refused("TRANSITION_REFUSED");
        let order = trade.pays(&order).await;
        assert_eq!(order["escrow"]["held"]["minorUnits"], "120000");
        let order = trade.dispatches(&order).await;
        assert_eq!(order["shipments"][0]["lines"][0]["quantity"], 600);
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        w.money_holds().await;
    }

    async fn before_payment_the_parts_follow_the_price(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(500);
        wish["depositPercent"] = json!(30);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.confirms(&order).await;
        let open = trade.session(&order).await;
        let change = json!({ "freight": { "amount": "100.00", "currencyCode": "USD" } });
        trade.proposes(&trade.supplier, &order, change).await.good();
        trade.answers(&trade.buyer, &order, "accept").await.good();
        let found = trade.order(&order, "instalments { amount { minorUnits } } payments { status }").await;
        assert_eq!(found["instalments"], json!([{ "amount": { "minorUnits": "33000" } }, { "amount": { "minorUnits": "77000" } }]));
        assert_eq!(found["payments"][0]["status"], "EXPIRED");
        // The old session pays the old price: it is set aside.
        trade.settles(&open, json!({})).await.good();
        let order = trade.order(&order, super::trade::ORDER).await;
        assert_eq!(order["status"], "PENDING_PAYMENT");
        let order = trade.pays(&trade.pays(&order).await).await;
        assert_eq!(order["escrow"]["held"]["minorUnits"], "110000");
        w.money_holds().await;
    }

    async fn a_short_shipment_ends_by_an_amendment(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let how = json!({
            "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA",
            "lines": [{ "orderLineId": order["lines"][0]["id"], "quantity": 400 }],
        });
        let order = trade.on(&trade.supplier, "dispatchShipment", &order, how).await.good()["dispatchShipment"]["order"].clone();
        trade.delivers(&order["shipments"][0]["id"]).await;
        trade.proposes(&trade.supplier, &order, line(&order, Some(399), None)).await.refused("INVALID_INPUT");
        trade.proposes(&trade.supplier, &order, line(&order, None, Some("1.00"))).await.refused("INVALID_INPUT");
        trade.proposes(&trade.supplier, &order, line(&order, Some(400), None)).await.good();
        let done = trade.answers(&trade.buyer, &order, "accept").await.good();
        let done = &done["acceptContractAmendment"]["order"];
        assert_eq!((&done["status"], &done["escrow"]["held"]["minorUnits"]), (&json!("DELIVERED"), &json!("80000")));
        w.time_passes(Span::days(60)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "COMPLETED");
        w.money_holds().await;
    }

    async fn proposals_are_declined_withdrawn_and_expire(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let change = line(&order, Some(600), None);
        trade.proposes(&trade.buyer, &order, change.clone()).await.good();
        trade.proposes(&trade.supplier, &order, change.clone()).await.refused("TRANSITION_REFUSED");
        trade.answers(&trade.buyer, &order, "decline").await.refused("TRANSITION_REFUSED");
        trade.answers(&trade.supplier, &order, "withdraw").await.refused("TRANSITION_REFUSED");
        trade.answers(&trade.supplier, &order, "decline").await.good();
        trade.proposes(&trade.buyer, &order, change.clone()).await.good();
        trade.answers(&trade.buyer, &order, "withdraw").await.good();
        trade.proposes(&trade.buyer, &order, change).await.good();
        w.time_passes(Span::days(7)).await;
        assert_eq!(trade.amendment(&order).await["status"], "PROPOSED", "in time is in time");
        w.time_passes(Span::seconds(1)).await;
        trade.answers(&trade.supplier, &order, "accept").await.refused("INVALID_INPUT");
        let found = trade.order(&order, "amendments { status } contract { version }").await;
        let statuses = json!([{ "status": "DECLINED" }, { "status": "WITHDRAWN" }, { "status": "EXPIRED" }]);
        assert_eq!((&found["amendments"], &found["contract"]["version"]), (&statuses, &json!(1)));
    }

    async fn bad_proposals_are_refused(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let euros = json!({ "freight": { "amount": "1.00", "currencyCode": "EUR" } });
        let less = json!({ "freight": { "amount": "-1.00", "currencyCode": "USD" } });
        let unknown = json!({ "lines": [{ "orderLineId": "line_00000000000000000000000000", "quantity": 1 }] });
        let twice = json!({ "lines": [{ "orderLineId": order["lines"][0]["id"] }, { "orderLineId": order["lines"][0]["id"] }] });
        for (change, code) in [
            (json!({}), "INVALID_INPUT"),
            (line(&order, Some(500), Some("2.00")), "INVALID_INPUT"),
            (line(&order, Some(0), None), "INVALID_INPUT"),
            (line(&order, Some(-1), None), "INVALID_INPUT"),
            (line(&order, None, Some("-1.00")), "AMOUNT_OUT_OF_RANGE"),
            (line(&order, None, Some("0.00")), "AMOUNT_OUT_OF_RANGE"),
            (line(&order, None, Some("1000000000000.00")), "AMOUNT_OUT_OF_RANGE"),
            (euros, "CURRENCY_MISMATCH"),
            (less, "INVALID_INPUT"),
            (unknown, "INVALID_INPUT"),
            (twice, "INVALID_INPUT"),
            (json!({ "dispatchWithin": "PT0S" }), "INVALID_INPUT"),
        ] {
            trade.proposes(&trade.supplier, &order, change).await.refused(code);
        }
        let mut wish = trade.wish(100);
        wish["kind"] = json!("GUARANTEED");
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        trade.proposes(&trade.supplier, &order, line(&order, None, Some("3.00"))).await.refused("AMOUNT_OUT_OF_RANGE");
        let stranger = w.buyer("Nosy Stores").await;
        trade.proposes(&stranger, &order, line(&order, None, Some("1.00"))).await.refused("NOT_FOUND");
        assert_eq!(w.number("SELECT count(*) FROM order_region WHERE region = 'AMENDMENT'").await, 0);
    }

    async fn a_sealed_price_does_not_move(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(500).await;
        let fields = "total { minorUnits } termsHash contract { hash document feeBasisPoints claimWindow policyVersion } lines { unitPrice }";
        let before = trade.order(&order, fields).await;
        // The product, its ladder, the plan and the policy change; the order does not.
        let product = trade.product;
        w.tampers(&format!("UPDATE product_price SET unit_price = unit_price * 2 WHERE product_id = '{product}'")).await;
        w.tampers(&format!("UPDATE product SET title = 'Another bag', status = 'WITHDRAWN' WHERE id = '{product}'")).await;
        let buyer = trade.buyer.company.clone().unwrap().id;
        w.tampers(&format!("UPDATE company SET plan = 'ENTERPRISE_PRO' WHERE id = '{buyer}'")).await;
        let figures = w.rows("SELECT figures FROM policy").await[0].try_get::<String>("", "figures").unwrap();
        let dearer = figures.replace("\"fee\":200", "\"fee\":900").replace('\'', "''");
        assert_ne!(figures, dearer);
        w.tampers(&format!(
            "INSERT INTO policy (id, version, valid_from, figures, created_at) \
             SELECT 'policy_00000000000000000000000002', 2, {now}, '{dearer}', {now}",
            now = w.now().micros()
        ))
        .await;
        assert_eq!(trade.order(&order, fields).await, before);
        let order = trade.dispatches(&trade.pays(&order).await).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        assert_eq!(trade.ledger(&order).await[1..], [
            "RELEASE 98000 ESCROW>SUPPLIER_PAYABLE", "FEE 2000 ESCROW>FEE_INCOME",
        ]);
        assert_eq!(trade.order(&order, fields).await, before);
    }

    async fn a_supplier_cannot_raise_the_price_another_way(w) {
        let trade = w.trade().await;
        let order = trade.placed(500).await;
        // Confirming other terms is refused, and so is accepting one's own proposal.
        trade.on(&trade.supplier, "confirmOrder", &order, json!({ "termsHash": "f".repeat(64) })).await.refused("TERMS_MISMATCH");
        let order = trade.pays(&trade.confirms(&order).await).await;
        trade.proposes(&trade.supplier, &order, line(&order, None, Some("9.00"))).await.good();
        trade.answers(&trade.supplier, &order, "accept").await.refused("TRANSITION_REFUSED");
        trade.answers(&trade.buyer, &order, "decline").await.good();
        let found = trade.order(&order, "total { minorUnits } amendments { status difference { minorUnits } }").await;
        assert_eq!(found["total"]["minorUnits"], "100000");
        assert_eq!(found["amendments"], json!([{ "status": "DECLINED", "difference": { "minorUnits": "350000" } }]));
    }
}
