//! Charge-backs: what a bank takes back, from whom, and what becomes of it when the bank decides.

use serde_json::{Value, json};
use surety::domain::time::Span;

use super::disputes::dollars;
use super::trade::Trade;
use super::world::on_both;

impl Trade {
    /// The sandbox's provider tells of a charge-back of an order's first payment.
    async fn charges_back(&self, order: &Value, verdict: &str, more: Value) -> super::world::Answer {
        let payment = self.order(order, "payments { id }").await["payments"][0]["id"].clone();
        let mut input = json!({ "paymentId": payment, "verdict": verdict });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.buyer.commands("reportSandboxChargeback", input, "userErrors { code message }").await
    }
}

on_both! {
    async fn v11_a_refund_and_then_a_charge_back_of_everything(w) {
        let trade = w.trade().await;
        let order = trade.delivered(5_000).await;
        let dispute = trade.claimed(&order, 400_000).await;
        trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
        trade.charges_back(&order, "OPENED", json!({})).await.good();
        assert_eq!(trade.held(&order).await, ["CHARGEBACK"]);
        // Told twice it is one.
        trade.charges_back(&order, "OPENED", json!({})).await.good();
        assert_eq!(trade.ledger(&order).await[2..], [
            "CHARGEBACK_LOSS 400000 GUARANTEE_LOSS>PROVIDER_CLEARING",
            "CHARGEBACK_HELD 600000 ESCROW>PROVIDER_CLEARING",
        ]);
        trade.claims(&order, 1).await.refused("AMOUNT_OUT_OF_RANGE");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.refused("TRANSITION_REFUSED");
        trade.charges_back(&order, "LOST", json!({})).await.good();
        assert_eq!((trade.status(&order).await.as_str(), trade.held(&order).await.len()), ("REFUNDED", 0));
        trade.claims(&order, 1).await.refused("TRANSITION_REFUSED");
        assert_eq!((w.balance("GUARANTEE_LOSS", "USD").await, w.balance("ESCROW", "USD").await), (400_000, 0));
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_refund_goes_by_the_payment_that_the_bank_left(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(500);
        wish["depositPercent"] = json!(30);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&trade.pays(&trade.confirms(&order).await).await).await;
        trade.charges_back(&order, "LOST", json!({})).await.good();
        let dispute = trade.claimed(&order, 70_000).await;
        trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
        let found = trade.order(&order, "status payments { id } refunds { paymentId amount { minorUnits } }").await;
        assert_eq!(found["status"], "REFUNDED");
        // Not 30000 of a deposit that the bank has taken back already.
        assert_eq!(found["refunds"], json!([{ "paymentId": found["payments"][1]["id"], "amount": { "minorUnits": "70000" } }]));
        w.money_arrives().await;
        assert_eq!((w.clearing("USD").await, w.balance("REFUND_DUE", "USD").await, w.balance("BUYER_CREDIT", "USD").await), (0, 0, 0));
        w.money_holds().await;
    }

    async fn money_that_a_bank_gives_back_pays_debt_first(w) {
        let trade = w.trade().await;
        let order = trade.received(500).await;
        let other = trade.received(100).await;
        trade.charges_back(&order, "OPENED", json!({})).await.good();
        let dispute = trade.claimed(&other, 20_000).await;
        trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (2_000, 0));
        trade.charges_back(&order, "WON", json!({})).await.good();
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (0, 98_000));
        w.money_holds().await;
    }

    async fn a_charge_back_that_is_won_leaves_everything_as_it_was(w) {
        let trade = w.trade().await;
        let order = trade.delivered(500).await;
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(30_000) })).await.good();
        assert_eq!(trade.order(&order, "escrow { held { minorUnits } }").await["escrow"]["held"]["minorUnits"], "70000");
        trade.charges_back(&order, "WON", json!({})).await.good();
        trade.charges_back(&order, "LOST", json!({})).await.good();
        let after = trade.order(&order, "status holds { kind } chargebacks { status amount { minorUnits } } escrow { held { minorUnits } }").await;
        assert_eq!(after, json!({
            "status": "DELIVERED", "holds": [], "escrow": { "held": { "minorUnits": "100000" } },
            "chargebacks": [{ "status": "WON", "amount": { "minorUnits": "30000" } }],
        }));
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        assert_eq!(w.clearing("USD").await, 100_000);
        w.money_holds().await;
    }

    async fn after_the_release_it_is_the_suppliers(w) {
        let trade = w.trade().await;
        let order = trade.received(500).await;
        trade.charges_back(&order, "OPENED", json!({})).await.good();
        assert_eq!(trade.ledger(&order).await[3..], [
            "CHARGEBACK_FROM_SUPPLIER 98000 SUPPLIER_PAYABLE>PROVIDER_CLEARING",
            "CHARGEBACK_ADVANCED 2000 SUPPLIER_DEBT>PROVIDER_CLEARING",
        ]);
        // The next release pays the debt back; what is won then is all the supplier's.
        trade.received(500).await;
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (0, 96_000));
        trade.charges_back(&order, "WON", json!({})).await.good();
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (0, 196_000));
        assert_eq!(trade.status(&order).await, "COMPLETED");
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_decision_is_made_anew_when_the_bank_took_a_part(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.delivered(500).await;
        let dispute = trade.heard(&order, 100_000).await;
        let half = json!({ "split": "HALF", "reasons": "Both." });
        trade.moves(&operator, "decideDispute", &dispute, half.clone()).await;
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(40_000) })).await.good();
        w.time_passes(Span::seconds(3 * 86_400 + 1)).await;
        assert_eq!(trade.dispute(&trade.buyer, &dispute).await["status"], "DECIDED", "the bank's hold stops it");
        trade.charges_back(&order, "LOST", json!({})).await.good();
        w.time_passes(Span::hours(2)).await;
        let again = trade.dispute(&trade.buyer, &dispute).await;
        assert_eq!((&again["status"], &again["disputed"]["minorUnits"]), (&json!("EVIDENCE"), &json!("60000")));
        trade.moves(&operator, "decideDispute", &dispute, half).await;
        w.time_passes(Span::seconds(3 * 86_400 + 1)).await;
        assert_eq!(trade.status(&order).await, "SETTLED");
        assert_eq!(trade.ledger(&order).await[1..], [
            "CHARGEBACK_HELD 40000 ESCROW>PROVIDER_CLEARING",
            "RELEASE 29400 ESCROW>SUPPLIER_PAYABLE",
            "FEE 600 ESCROW>FEE_INCOME",
            "REFUND 30000 ESCROW>REFUND_DUE",
        ]);
        w.money_holds().await;
    }

    async fn a_lost_charge_back_of_everything_ends_an_open_dispute(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let dispute = trade.claimed(&order, 10_000).await;
        // The verdict may come before the news.
        trade.charges_back(&order, "LOST", json!({})).await.good();
        assert_eq!(trade.status(&order).await, "REFUNDED");
        assert_eq!(trade.dispute(&trade.buyer, &dispute).await["status"], "SUPERSEDED");
        trade.charges_back(&order, "OPENED", json!({})).await.good();
        assert_eq!(trade.ledger(&order).await.len(), 2);
        let order = trade.paid(100).await;
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(20_001) })).await.refused("INVALID_INPUT");
        trade.charges_back(&order, "OPENED", json!({ "amount": json!({ "amount": "1.00", "currencyCode": "EUR" }) })).await.refused("INVALID_INPUT");
        assert_eq!(trade.ledger(&order).await.len(), 1);
        w.money_holds().await;
        w.log_is_whole().await;
    }
}
