//! Charge-backs: what a bank takes back, from whom, and what becomes of it when the bank decides.

use serde_json::{Value, json};
use surety::domain::time::Span;

use super::disputes::dollars;
use super::trade::Trade;
use super::world::on_both;

impl Trade {
    /// What was set aside for an order first.
    async fn set_aside(&self, order: &Value) -> Value {
        let fields = "suspenseItems { id status chargebacks { status amount { minorUnits } } }";
        self.order(order, fields).await["suspenseItems"][0].clone()
    }

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

    async fn a_lost_charge_back_gives_the_fee_on_it_back(w) {
        let trade = w.trade().await;
        let order = trade.received(500).await;
        // A part first: the fee on the rest stays.
        let part = |reference: &str, minor| json!({ "providerReference": reference, "amount": dollars(minor) });
        trade.charges_back(&order, "LOST", part("a part", 40_000)).await.good();
        assert_eq!(trade.ledger_since(&order, 3).await, [
            "CHARGEBACK_FROM_SUPPLIER 40000 SUPPLIER_PAYABLE>PROVIDER_CLEARING",
            "FEE_RETURNED 800 FEE_INCOME>SUPPLIER_PAYABLE",
        ]);
        assert_eq!(trade.status(&order).await, "COMPLETED");
        trade.charges_back(&order, "OPENED", part("the rest", 60_000)).await.good();
        assert_eq!(w.balance("FEE_INCOME", "USD").await, 1_200, "nothing comes back before the bank has decided");
        trade.charges_back(&order, "LOST", part("the rest", 60_000)).await.good();
        trade.charges_back(&order, "LOST", part("the rest", 60_000)).await.good();
        assert_eq!(trade.ledger_since(&order, 5).await, [
            "CHARGEBACK_ADVANCED 1200 SUPPLIER_DEBT>PROVIDER_CLEARING",
            "CHARGEBACK_FROM_SUPPLIER 58800 SUPPLIER_PAYABLE>PROVIDER_CLEARING",
            "DEBT_RECOVERED 1200 SUPPLIER_PAYABLE>SUPPLIER_DEBT",
            "FEE_RETURNED 1200 FEE_INCOME>SUPPLIER_PAYABLE",
        ]);
        assert_eq!(trade.status(&order).await, "REFUNDED");
        for account in ["FEE_INCOME", "SUPPLIER_PAYABLE", "SUPPLIER_DEBT", "PROVIDER_CLEARING", "GUARANTEE_LOSS"] {
            assert_eq!(w.balance(account, "USD").await, 0, "{account}");
        }
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn set_aside_money_is_charged_back_out_of_suspense(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        trade.settles(&payment, json!({ "amount": dollars(15_000) })).await.good();
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(15_001) })).await.refused("TRANSITION_REFUSED");
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(15_000) })).await.good();
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(15_000) })).await.good();
        assert_eq!(trade.ledger(&order).await, [
            "SUSPENSE 15000 PROVIDER_CLEARING>SUSPENSE",
            "SUSPENSE_CHARGED_BACK 15000 SUSPENSE>PROVIDER_CLEARING",
        ]);
        let item = trade.set_aside(&order).await;
        assert_eq!((&item["status"], &item["chargebacks"]), (&json!("OPEN"), &json!([{ "status": "OPEN", "amount": { "minorUnits": "15000" } }])));
        let refund = "mutation ($input: RefundSuspensePaymentInput!) { refundSuspensePayment(input: $input) { \
                      suspenseItem { status } userErrors { code } } }";
        let input = |key: &str| json!({ "input": { "idempotencyKey": key, "suspenseItemId": item["id"] } });
        operator.asks(refund, input("a")).await.refused("TRANSITION_REFUSED");
        trade.charges_back(&order, "WON", json!({ "amount": dollars(15_000) })).await.good();
        trade.charges_back(&order, "LOST", json!({ "amount": dollars(15_000) })).await.good();
        assert_eq!((w.balance("SUSPENSE", "USD").await, w.clearing("USD").await), (15_000, 15_000));
        operator.asks(refund, input("b")).await.good();
        w.money_arrives().await;
        assert_eq!((&trade.set_aside(&order).await["status"], w.clearing("USD").await), (&json!("REFUNDED"), 0));
        // What has gone back already is our loss.
        trade.charges_back(&order, "LOST", json!({ "providerReference": "again", "amount": dollars(15_000) })).await.good();
        assert_eq!((w.balance("GUARANTEE_LOSS", "USD").await, w.clearing("USD").await), (15_000, -15_000));
        assert_eq!(trade.order(&order, "status chargebacks { id }").await, json!({ "status": "PENDING_PAYMENT", "chargebacks": [] }));
        trade.pays(&order).await;
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_charge_back_overtakes_the_refund_of_set_aside_money(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        trade.on(&trade.buyer, "cancelOrder", &order, json!({})).await.good();
        trade.settles(&payment, json!({})).await.good();
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 20_000, "it goes back at once");
        trade.charges_back(&order, "OPENED", json!({})).await.good();
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.clearing("USD").await), (0, 0));
        w.money_arrives().await;
        assert_eq!((w.balance("GUARANTEE_LOSS", "USD").await, w.clearing("USD").await), (20_000, -20_000));
        trade.charges_back(&order, "WON", json!({})).await.good();
        assert_eq!((w.balance("GUARANTEE_LOSS", "USD").await, w.clearing("USD").await), (0, 0));
        assert_eq!(trade.status(&order).await, "CANCELLED");
        w.money_holds().await;
    }

    async fn what_was_assigned_is_the_orders_charge_back(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.confirmed(3_500).await;
        let payment = trade.session(&order).await;
        trade.settles(&payment, json!({ "amount": dollars(700_001) })).await.good();
        let assign = "mutation ($input: AssignSuspensePaymentInput!) { assignSuspensePayment(input: $input) { userErrors { code } } }";
        let item = trade.set_aside(&order).await;
        let input = json!({ "input": { "idempotencyKey": "a", "suspenseItemId": item["id"], "orderId": order["id"] } });
        operator.asks(assign, input).await.good();
        // The bank takes back what it had sent as one: the order's part, and the cent that went back.
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(700_001) })).await.good();
        trade.charges_back(&order, "OPENED", json!({ "amount": dollars(700_001) })).await.good();
        assert_eq!(trade.held(&order).await, ["CHARGEBACK"]);
        let taken = trade.order(&order, "chargebacks { status amount { minorUnits } }").await;
        assert_eq!(taken["chargebacks"], json!([{ "status": "OPEN", "amount": { "minorUnits": "700000" } }]));
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.balance("ESCROW", "USD").await, w.clearing("USD").await), (0, 0, 0));
        trade.charges_back(&order, "LOST", json!({ "amount": dollars(700_001) })).await.good();
        assert_eq!(trade.status(&order).await, "REFUNDED");
        assert_eq!(trade.set_aside(&order).await["chargebacks"][0]["status"], "LOST");
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn money_for_no_payment_of_ours_is_known_by_the_providers_name(w) {
        let body = |kind: &str, more: Value| {
            let mut data = json!({ "paymentId": "nonsense", "amountMinor": "700", "currency": "USD" });
            data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            json!({ "type": kind, "data": data }).to_string()
        };
        let came = body("payment.succeeded", json!({ "reference": "u1" }));
        assert!(w.says("m1", &came).await < 300);
        let unnamed = body("chargeback.opened", json!({ "reference": "c1" }));
        let before = w.at_rest().await;
        assert_eq!(w.says("m2", &unnamed).await, 404);
        w.at_rest().await.same_as(&before);
        let named = body("chargeback.lost", json!({ "reference": "c1", "paymentReference": "u1" }));
        for id in ["m3", "m4"] {
            assert!(w.says(id, &named).await < 300);
        }
        assert_eq!((w.balance("SUSPENSE", "USD").await, w.clearing("USD").await), (0, 0));
        let operator = w.operator().await;
        let listed = operator.asks("{ suspenseItems(status: CHARGED_BACK) { nodes { status amount { minorUnits } } } }", json!({})).await.good();
        assert_eq!(listed["suspenseItems"]["nodes"], json!([{ "status": "CHARGED_BACK", "amount": { "minorUnits": "700" } }]));
        w.money_holds().await;
    }
}
