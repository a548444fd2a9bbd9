//! Disputes before the platform: evidence, decisions, appeals, second operators, and the exact split of the money.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::domain::contract::sha256_hex;
use surety::domain::time::Span;
use surety::store::Reader;

use super::disputes::dollars;
use super::shelf::priced;
use super::trade::Trade;
use super::world::{Party, on_both};

const DAY: i64 = 86_400;

fn parts(buyer: i64, supplier: i64) -> Value {
    json!({ "buyerAmount": dollars(buyer), "supplierAmount": dollars(supplier), "reasons": "So it is." })
}

async fn decide(trade: &Trade, operator: &Party, dispute: &Value, division: Value) -> Value {
    trade.moves(operator, "decideDispute", dispute, division).await
}

on_both! {
    async fn v4_a_decision_splits_a_million(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.delivered(5_000).await;
        let dispute = trade.heard(&order, 1_000_000).await;
        assert_eq!(dispute["disputed"]["minorUnits"], "1000000");
        for (buyer, supplier) in [(400_001, 600_000), (400_001, 599_998), (0, 0)] {
            trade.disputes(&operator, "decideDispute", &dispute, parts(buyer, supplier)).await.refused("AMOUNT_MISMATCH");
        }
        trade.disputes(&trade.buyer, "decideDispute", &dispute, parts(1_000_000, 0)).await.refused("FORBIDDEN");
        let decided = decide(&trade, &operator, &dispute, parts(400_001, 599_999)).await;
        assert_eq!((&decided["status"], &decided["decisions"][0]["needsConfirmation"]), (&json!("DECIDED"), &json!(false)));
        trade.disputes(&trade.buyer, "withdrawDispute", &dispute, json!({})).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::seconds(3 * DAY)).await;
        assert_eq!(trade.ledger(&order).await.len(), 1, "nothing moves before the appeal period is over");
        trade.disputes(&trade.buyer, "appealDecision", &dispute, json!({ "statement": "no", "validateOnly": true })).await.good();
        w.passes(Span::seconds(1));
        trade.disputes(&trade.buyer, "appealDecision", &dispute, json!({ "statement": "no" })).await.refused("DEADLINE_PASSED");
        w.time_passes(Span::ZERO).await;
        assert_eq!((trade.status(&order).await.as_str(), trade.held(&order).await.len()), ("SETTLED", 0));
        assert_eq!(trade.ledger(&order).await, [
            "DEPOSIT 1000000 PROVIDER_CLEARING>ESCROW",
            "RELEASE 589999 ESCROW>SUPPLIER_PAYABLE",
            "FEE 10000 ESCROW>FEE_INCOME",
            "REFUND 400001 ESCROW>REFUND_DUE",
        ]);
        let ended = trade.dispute(&trade.supplier, &dispute).await;
        assert_eq!((&ended["status"], &ended["paidBack"]["minorUnits"]), (&json!("EXECUTED"), &json!("400001")));
        w.money_arrives().await;
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn v7_half_of_an_odd_sum_of_yen(w) {
        let trade = w.trade_with(|product| {
            product.ladder = priced("JPY", &[(10, "100000.1")]);
            product.guaranteed = None;
        }).await;
        let operator = w.operator().await;
        let order = trade.delivered(10).await;
        let yen = json!({ "amount": "1000001", "currencyCode": "JPY" });
        let dispute = trade.claims_as(&trade.buyer, &order, yen, json!({})).await.good()["requestRefund"]["dispute"].clone();
        w.time_passes(Span::seconds(7 * DAY + 1)).await;
        let half = json!({ "split": "HALF", "reasons": "Both." });
        trade.disputes(&operator, "decideDispute", &dispute, half.clone()).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::seconds(5 * DAY + 1)).await;
        let decided = decide(&trade, &operator, &dispute, half).await;
        let decision = &decided["decisions"][0];
        assert_eq!((&decision["buyerAmount"]["minorUnits"], &decision["supplierAmount"]["minorUnits"]), (&json!("500000"), &json!("500001")));
        w.time_passes(Span::seconds(3 * DAY + 1)).await;
        assert_eq!(trade.status(&order).await, "SETTLED");
        assert!(trade.ledger(&order).await.contains(&"REFUND 500000 ESCROW>REFUND_DUE".to_owned()));
        w.money_holds().await;
    }

    async fn evidence_is_kept_with_its_hash_until_its_last_instant(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let dispute = trade.claimed(&order, 10_000).await;
        let hash = "a".repeat(64);
        let photo = json!({ "kind": "FILE", "reference": "photo-1.jpg", "sha256": hash, "note": "A torn one." });
        trade.moves(&trade.buyer, "submitEvidence", &dispute, photo.clone()).await;
        w.time_passes(Span::seconds(7 * DAY + 1)).await;
        trade.moves(&trade.supplier, "submitEvidence", &dispute, json!({ "kind": "CONTRACT" })).await;
        for bad in [
            json!({ "kind": "FILE", "reference": "x" }),
            json!({ "kind": "FILE", "reference": "x", "sha256": "A".repeat(64) }),
            json!({ "kind": "MESSAGE", "sha256": hash }),
            json!({ "kind": "STATEMENT" }),
        ] {
            trade.disputes(&trade.buyer, "submitEvidence", &dispute, bad).await.refused("INVALID_INPUT");
        }
        w.time_passes(Span::seconds(5 * DAY)).await;
        let said = json!({ "kind": "STATEMENT", "note": "So it was." });
        let shown = trade.moves(&trade.buyer, "submitEvidence", &dispute, said.clone()).await;
        w.time_passes(Span::seconds(1)).await;
        trade.disputes(&trade.buyer, "submitEvidence", &dispute, said).await.refused("DEADLINE_PASSED");
        let terms = trade.order(&order, "termsHash number").await;
        let version = format!("{} version 1", terms["number"].as_str().unwrap());
        assert_eq!(shown["evidence"], json!([
            { "by": "BUYER", "kind": "FILE", "reference": "photo-1.jpg", "sha256": hash },
            { "by": "SUPPLIER", "kind": "CONTRACT", "reference": version, "sha256": terms["termsHash"] },
            { "by": "BUYER", "kind": "STATEMENT", "reference": null, "sha256": sha256_hex(b"So it was.") },
        ]));
        let tampered = w.app.db.connection().execute_unprepared("UPDATE evidence_item SET note = 'x'").await;
        assert!(tampered.is_err(), "evidence was changed");
    }

    async fn what_was_said_and_uploaded_is_shown_by_its_own_hash(w) {
        let trade = w.trade().await;
        let (order, other) = (trade.paid(100).await, trade.paid(100).await);
        let dispute = trade.claimed(&order, 10_000).await;
        let mut said = Vec::new();
        for order in [&order, &other] {
            let thread = trade.order(order, "thread { id }").await["thread"]["id"].clone();
            let key = trade.key();
            let sent = trade.supplier.says(&key, &thread, json!({ "body": "They are torn." })).await.good();
            said.push(sent["sendMessage"]["message"].clone());
        }
        let message = |said: &Value| json!({ "kind": "MESSAGE", "reference": said["id"] });
        trade.disputes(&trade.buyer, "submitEvidence", &dispute, message(&said[1])).await.refused("INVALID_INPUT");
        trade.moves(&trade.buyer, "submitEvidence", &dispute, message(&said[0])).await;
        w.passes(Span::seconds(1));
        let photo = trade.buyer.uploads("torn.pdf", b"a torn one").await;
        let shown = json!({ "kind": "FILE", "reference": photo });
        trade.disputes(&trade.supplier, "submitEvidence", &dispute, shown.clone()).await.refused("INVALID_INPUT");
        let mut wrong = shown.clone();
        wrong["sha256"] = json!("a".repeat(64));
        trade.disputes(&trade.buyer, "submitEvidence", &dispute, wrong).await.refused("INVALID_INPUT");
        let shown = trade.moves(&trade.buyer, "submitEvidence", &dispute, shown).await;
        assert_eq!(shown["evidence"][0]["sha256"], said[0]["sha256"]);
        assert_eq!(shown["evidence"][1]["sha256"], sha256_hex(b"a torn one"));
        assert_eq!(trade.supplier.file(&photo).await["id"], photo, "the other side reads it");
    }

    async fn a_large_sum_waits_for_a_second_operator(w) {
        let trade = w.trade().await;
        let (first, second) = (w.operator().await, w.operator().await);
        let order = trade.delivered(6_000).await;
        let dispute = trade.heard(&order, 1_200_000).await;
        let decided = decide(&trade, &first, &dispute, parts(1_200_000, 0)).await;
        assert_eq!(decided["decisions"][0]["needsConfirmation"], true);
        trade.disputes(&first, "confirmDecision", &dispute, json!({})).await.refused("FORBIDDEN");
        w.time_passes(Span::seconds(3 * DAY + 1)).await;
        assert_eq!(trade.status(&order).await, "DELIVERED", "nobody confirmed");
        trade.disputes(&first, "confirmDecision", &dispute, json!({})).await.refused("FORBIDDEN");
        trade.moves(&second, "confirmDecision", &dispute, json!({})).await;
        trade.disputes(&second, "confirmDecision", &dispute, json!({})).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::seconds(1)).await;
        assert_eq!(trade.status(&order).await, "REFUNDED");
        assert_eq!(trade.ledger(&order).await[1..], ["REFUND 1200000 ESCROW>REFUND_DUE"]);
        w.money_holds().await;
    }

    async fn an_appeal_is_decided_by_another_operator_and_then_final(w) {
        let trade = w.trade().await;
        let (first, second) = (w.operator().await, w.operator().await);
        let order = trade.delivered(500).await;
        let dispute = trade.heard(&order, 100_000).await;
        decide(&trade, &first, &dispute, parts(100_000, 0)).await;
        let appealed = trade.moves(&trade.supplier, "appealDecision", &dispute, json!({ "statement": "They left whole." })).await;
        assert_eq!((&appealed["status"], &appealed["appeal"]["by"]), (&json!("APPEALED"), &json!("SUPPLIER")));
        w.time_passes(Span::days(10)).await;
        assert_eq!(trade.status(&order).await, "DELIVERED", "an appeal stops the first decision");
        trade.disputes(&first, "decideDispute", &dispute, parts(100_000, 0)).await.refused("FORBIDDEN");
        let decided = decide(&trade, &second, &dispute, parts(0, 100_000)).await;
        assert!(decided["decisions"][1]["appealBy"].is_null());
        trade.disputes(&trade.buyer, "appealDecision", &dispute, json!({ "statement": "no" })).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::seconds(1)).await;
        // Nothing to the buyer, and the goods are there: the money is released and the claim window begins.
        assert_eq!(trade.status(&order).await, "COMPLETED");
        assert_eq!(trade.ledger(&order).await[1..], ["RELEASE 98000 ESCROW>SUPPLIER_PAYABLE", "FEE 2000 ESCROW>FEE_INCOME"]);
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn nothing_to_the_buyer_lets_an_order_in_production_go_on(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.paid(500).await;
        let dispute = trade.heard(&order, 100_000).await;
        decide(&trade, &operator, &dispute, parts(0, 100_000)).await;
        w.time_passes(Span::seconds(3 * DAY + 1)).await;
        assert_eq!((trade.status(&order).await.as_str(), trade.held(&order).await.len()), ("IN_PRODUCTION", 0));
        assert_eq!(trade.ledger(&order).await.len(), 1);
        let order = trade.dispatches(&order).await;
        trade.delivers(&order["shipments"][0]["id"]).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        w.money_holds().await;
    }

    async fn after_receipt_a_decision_takes_from_the_supplier(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.received(500).await;
        let dispute = trade.heard(&order, 50_000).await;
        decide(&trade, &operator, &dispute, parts(50_000, 50_000)).await;
        w.time_passes(Span::seconds(3 * DAY + 1)).await;
        assert_eq!(trade.status(&order).await, "COMPLETED");
        assert_eq!(trade.ledger(&order).await[3..], [
            "REFUND_FROM_SUPPLIER 50000 SUPPLIER_PAYABLE>REFUND_DUE",
            "FEE_RETURNED 1000 FEE_INCOME>SUPPLIER_PAYABLE",
        ]);
        let again = trade.heard(&order, 50_000).await;
        decide(&trade, &operator, &again, parts(50_000, 0)).await;
        w.time_passes(Span::seconds(3 * DAY + 1)).await;
        assert_eq!(trade.status(&order).await, "REFUNDED");
        w.money_holds().await;
    }

    async fn a_guaranteed_order_goes_to_the_platform_at_once(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["kind"] = json!("GUARANTEED");
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&order).await;
        let dispute = trade.claimed(&order, 100).await;
        assert_eq!(dispute["status"], "EVIDENCE");
        assert_eq!(trade.held(&order).await, ["DISPUTE"]);
        trade.disputes(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await.refused("TRANSITION_REFUSED");
    }

    async fn two_operators_lift_a_risk_hold(w) {
        let trade = w.trade().await;
        let (first, second) = (w.operator().await, w.operator().await);
        let order = trade.delivered(100).await;
        let odd = json!({ "reason": "Odd payment." });
        trade.on(&trade.buyer, "placeRiskHold", &order, odd.clone()).await.refused("FORBIDDEN");
        trade.on(&first, "placeRiskHold", &order, odd.clone()).await.good();
        trade.on(&second, "placeRiskHold", &order, odd).await.refused("TRANSITION_REFUSED");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::days(90)).await;
        assert_eq!(trade.status(&order).await, "DELIVERED", "the clock releases nothing on hold");
        trade.on(&first, "liftRiskHold", &order, json!({})).await.good();
        assert_eq!(trade.held(&order).await, ["RISK"]);
        trade.on(&first, "liftRiskHold", &order, json!({})).await.refused("FORBIDDEN");
        trade.on(&second, "liftRiskHold", &order, json!({})).await.good();
        assert!(trade.held(&order).await.is_empty());
        trade.on(&second, "liftRiskHold", &order, json!({})).await.refused("TRANSITION_REFUSED");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        w.log_is_whole().await;
    }

    async fn an_order_that_a_decision_ends_has_no_timer_left(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.received(500).await;
        w.time_passes(Span::days(29)).await;
        let dispute = trade.heard(&order, 100_000).await;
        decide(&trade, &operator, &dispute, parts(100_000, 0)).await;
        // The claim window is over before the decision is carried out: its timer waits for the open case.
        w.time_passes(Span::days(2)).await;
        assert_eq!(trade.status(&order).await, "COMPLETED");
        w.time_passes(Span::seconds(DAY + 1)).await;
        assert_eq!(trade.status(&order).await, "REFUNDED");
        let running = "SELECT kind FROM deadline WHERE state IN ('PENDING', 'PAUSED')";
        let left: Vec<String> =
            w.rows(running).await.iter().map(|row| row.try_get("", "kind").unwrap()).collect();
        assert!(left.is_empty(), "{left:?}");
        w.money_holds().await;
        w.log_is_whole().await;
    }
}
