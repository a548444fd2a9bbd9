//! Promises of delivery: share by share, more time, loss, late goods, goods that never leave, credit.

use serde_json::{Value, json};
use surety::domain::time::{Span, Timestamp};

use super::shelf::dollars;
use super::trade::Trade;
use super::world::{Answer, Party, World, on_both};

const SECOND: Span = Span::seconds(1);

impl Trade {
    /// So many units of the first line leave by courier.
    async fn sends(&self, order: &Value, quantity: i64) -> Value {
        let how = json!({
            "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "COURIER",
            "lines": [{ "orderLineId": order["lines"][0]["id"], "quantity": quantity }],
        });
        let answer = self.on(&self.supplier, "dispatchShipment", order, how).await.good();
        answer["dispatchShipment"]["order"].clone()
    }

    /// A command on a shipment.
    async fn on_shipment(&self, party: &Party, mutation: &str, shipment: &Value, more: Value) -> Answer {
        let mut input = json!({ "idempotencyKey": self.key(), "shipmentId": shipment });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        party.commands(mutation, input, "userErrors { code message }").await
    }

    /// The buyer confirms a shipment.
    async fn receives(&self, shipment: &Value) -> Answer {
        self.on_shipment(&self.buyer, "confirmShipmentReceipt", shipment, json!({})).await
    }

    /// An order of three equal shipments, released share by share, paid; the first units have not left.
    async fn in_three(&self, quantity: i64, deposit: Option<i64>) -> Value {
        let mut wish = self.wish(quantity);
        wish["releasePolicy"] = json!("PER_SHIPMENT");
        wish["depositPercent"] = json!(deposit);
        let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = self.pays(&self.confirms(&order).await).await;
        if deposit.is_some() { self.pays(&order).await } else { order }
    }

    /// An instant of an order.
    async fn instant(&self, order: &Value, field: &str) -> Timestamp {
        let found = self.order(order, field).await;
        Timestamp::parse(found[field].as_str().unwrap()).unwrap()
    }

    /// A guaranteed order, paid.
    async fn guaranteed(&self, quantity: i64) -> Value {
        let mut wish = self.wish(quantity);
        wish["kind"] = json!("GUARANTEED");
        let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
        self.pays(&order).await
    }

    /// The buyer's credit in cents.
    async fn credit(&self) -> Value {
        let data = self.buyer.asks("{ viewer { creditBalances { minorUnits } } }", json!({})).await.good();
        data["viewer"]["creditBalances"].clone()
    }

    /// The buyer opens a session with credit.
    async fn session_with_credit(&self, order: &Value) -> Answer {
        let input = json!({ "idempotencyKey": self.key(), "orderId": order["id"], "useCredit": true });
        let fields = "payment { id amount { minorUnits } credit { minorUnits } } userErrors { code }";
        self.buyer.commands("createPaymentSession", input, fields).await
    }
}

impl World {
    /// The clock stands at an instant, and everything that is over by then has fired.
    async fn until(&self, instant: Timestamp) {
        self.time_passes(self.now().until(instant)).await;
        assert_eq!(self.now(), instant);
    }

    async fn upgrade(&self, buyer: &Party, plan: &str) {
        let company = buyer.company.clone().unwrap().id;
        self.tampers(&format!("UPDATE company SET plan = '{plan}' WHERE id = '{company}'")).await;
    }
}

on_both! {
    async fn v1_one_release_of_a_deposit_and_a_balance(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(5_000);
        wish["depositPercent"] = json!(30);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&trade.pays(&trade.confirms(&order).await).await).await;
        let order = trade.dispatches(&order).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        assert_eq!(trade.ledger(&order).await, [
            "DEPOSIT 300000 PROVIDER_CLEARING>ESCROW",
            "DEPOSIT 700000 PROVIDER_CLEARING>ESCROW",
            "RELEASE 990000 ESCROW>SUPPLIER_PAYABLE",
            "FEE 10000 ESCROW>FEE_INCOME",
        ]);
        w.money_holds().await;
    }

    async fn v2_three_shares_and_three_fees(w) {
        let trade = w.trade_with(|product| product.ladder = dollars(&[(1, "333.333333")])).await;
        let order = trade.in_three(30, Some(30)).await;
        let order = trade.sends(&order, 10).await;
        let first = order["shipments"][0]["id"].clone();
        let done = trade.receives(&first).await.good()["confirmShipmentReceipt"]["order"].clone();
        assert_eq!((&done["status"], &done["escrow"]["released"]["minorUnits"]), (&json!("PARTIALLY_SHIPPED"), &json!("333334")));
        trade.receives(&first).await.refused("INVALID_INPUT");
        trade.receives(&json!("shipment_00000000000000000000000000")).await.refused("NOT_FOUND");
        let order = trade.sends(&order, 10).await;
        let order = trade.sends(&order, 10).await;
        assert_eq!(order["status"], "SHIPPED");
        trade.on_shipment(&trade.supplier, "confirmShipmentReceipt", &order["shipments"][1]["id"], json!({})).await.refused("FORBIDDEN");
        let done = trade.receives(&order["shipments"][1]["id"]).await.good();
        assert_eq!(done["confirmShipmentReceipt"]["order"]["status"], "SHIPPED");
        let done = trade.receives(&order["shipments"][2]["id"]).await.good();
        let done = &done["confirmShipmentReceipt"]["order"];
        assert_eq!((&done["status"], &done["escrow"]["held"]["minorUnits"]), (&json!("COMPLETED"), &json!("0")));
        let ledger = trade.ledger(&order).await;
        assert_eq!(ledger[2..], [
            "RELEASE 330000 ESCROW>SUPPLIER_PAYABLE", "FEE 3334 ESCROW>FEE_INCOME",
            "RELEASE 330000 ESCROW>SUPPLIER_PAYABLE", "FEE 3333 ESCROW>FEE_INCOME",
            "RELEASE 330000 ESCROW>SUPPLIER_PAYABLE", "FEE 3333 ESCROW>FEE_INCOME",
        ]);
        w.money_holds().await;
    }

    async fn v8_three_shares_of_a_dinar(w) {
        let trade = w.trade_with(|product| product.ladder = super::shelf::priced("KWD", &[(1, "0.033333")])).await;
        let mut order = trade.in_three(30, None).await;
        let mut released = Vec::new();
        for shipment in 0..3 {
            order = trade.sends(&order, 10).await;
            let done = trade.receives(&order["shipments"][shipment]["id"]).await.good();
            released.push(done["confirmShipmentReceipt"]["order"]["escrow"]["released"]["minorUnits"].clone());
            // The fee of a share is rounded up: 7 of 334 fils.
            w.money_holds().await;
        }
        assert_eq!(released, [json!("334"), json!("667"), json!("1000")]);
        w.money_holds().await;
    }

    async fn a_shipment_confirms_itself_only_with_proof(w) {
        let trade = w.trade().await;
        let order = trade.sends(&trade.in_three(300, None).await, 100).await;
        w.time_passes(Span::days(20)).await;
        assert_eq!(trade.order(&order, "escrow { released { minorUnits } }").await["escrow"]["released"]["minorUnits"], "0");
        trade.delivers(&order["shipments"][0]["id"]).await;
        // Delivered late: 48 hours after delivery.
        w.time_passes(Span::hours(48)).await;
        let held = "escrow { released { minorUnits } } shipments { confirmedAt } status";
        assert_eq!(trade.order(&order, held).await["shipments"][0]["confirmedAt"], Value::Null, "in time is in time");
        w.time_passes(SECOND).await;
        let found = trade.order(&order, held).await;
        assert_eq!(found["escrow"]["released"]["minorUnits"], "20000");
        assert_eq!((&found["status"], &found["shipments"][0]["confirmedAt"]), (&json!("PARTIALLY_SHIPPED"), &json!(w.now().to_string())));
        // The rest leaves, arrives, and completes the order by itself.
        let order = trade.dispatches(&order).await;
        trade.delivers(&order["shipments"][1]["id"]).await;
        w.time_passes(Span::days(60)).await;
        let order = trade.order(&order, "id status escrow { held { minorUnits } } timeline { type }").await;
        assert_eq!((&order["status"], &order["escrow"]["held"]["minorUnits"]), (&json!("COMPLETED"), &json!("0")));
        let told = order["timeline"].to_string();
        assert_eq!(told.matches("SHIPMENT_RECEIPT_AUTO_CONFIRMED").count(), 2);
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn receipt_is_extended_once_by_the_buyer(w) {
        let trade = w.trade().await;
        let order = trade.delivered(100).await;
        trade.on(&trade.buyer, "extendReceipt", &trade.paid(100).await, json!({})).await.refused("TRANSITION_REFUSED");
        trade.on(&trade.buyer, "extendReceipt", &order, json!({})).await.good();
        trade.on(&trade.buyer, "extendReceipt", &order, json!({})).await.refused("TRANSITION_REFUSED");
        for _ in 0..2 {
            trade.on(&trade.supplier, "extendReceipt", &order, json!({})).await.good();
        }
        // By sea on the same day: 45 days, and three times 15 on top.
        w.time_passes(Span::days(90)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "DELIVERED");
        trade.on(&trade.supplier, "extendReceipt", &order, json!({ "validateOnly": true })).await.good();
        w.passes(SECOND);
        trade.on(&trade.supplier, "extendReceipt", &order, json!({})).await.refused("DEADLINE_PASSED");
        w.time_passes(Span::ZERO).await;
        assert_eq!(trade.order(&order, "status").await["status"], "COMPLETED");
        w.money_holds().await;
    }

    async fn v3_nothing_left_in_time_and_the_deposit_comes_back(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(5_000);
        (wish["depositPercent"], wish["balanceDue"]) = (json!(30), json!("AFTER_DELIVERY"));
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&trade.confirms(&order).await).await;
        let due = trade.instant(&order, "dispatchBy").await;
        w.until(due.plus(Span::hours(72))).await;
        trade.on(&trade.buyer, "cancelForNonDispatch", &order, json!({})).await.refused("TRANSITION_REFUSED");
        w.until(due.plus(Span::hours(72)).plus(SECOND)).await;
        trade.on(&trade.supplier, "cancelForNonDispatch", &order, json!({})).await.refused("FORBIDDEN");
        let done = trade.on(&trade.buyer, "cancelForNonDispatch", &order, json!({})).await.good();
        assert_eq!(done["cancelForNonDispatch"]["order"]["status"], "REFUNDED");
        assert_eq!(trade.ledger(&order).await[..2], [
            "DEPOSIT 300000 PROVIDER_CLEARING>ESCROW", "REFUND 300000 ESCROW>REFUND_DUE",
        ]);
        assert_eq!(trade.order(&order, "escrow { fee { minorUnits } }").await["escrow"]["fee"]["minorUnits"], "0");
        trade.on(&trade.buyer, "cancelForNonDispatch", &order, json!({})).await.refused("TRANSITION_REFUSED");
        w.money_holds().await;
    }

    async fn goods_that_left_are_not_cancelled(w) {
        let trade = w.trade().await;
        let order = trade.sends(&trade.paid(200).await, 100).await;
        w.time_passes(Span::days(60)).await;
        trade.on(&trade.buyer, "cancelForNonDispatch", &order, json!({})).await.refused("TRANSITION_REFUSED");
    }

    async fn late_dispatch_is_made_good_once(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let due = trade.instant(&order, "dispatchBy").await;
        // Half leaves in time, half two days and a second late: three days begun of 500 dollars at half a percent.
        let order = trade.sends(&order, 250).await;
        w.until(due.plus(Span::days(2)).plus(SECOND)).await;
        let order = trade.sends(&order, 250).await;
        let fields = "id status compensations { cause amount { minorUnits } daysLate paidBySupplier } escrow { held { minorUnits } }";
        let found = trade.order(&order, fields).await;
        assert_eq!(found["compensations"], json!([
            { "cause": "LATE_DISPATCH", "amount": { "minorUnits": "750" }, "daysLate": 3, "paidBySupplier": true },
        ]));
        assert_eq!(found["escrow"]["held"]["minorUnits"], "99250");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        let ledger = trade.ledger(&order).await;
        assert!(ledger.contains(&"COMPENSATION 750 ESCROW>REFUND_DUE".to_owned()), "{ledger:?}");
        assert!(ledger.contains(&"FEE 1985 ESCROW>FEE_INCOME".to_owned()), "{ledger:?}");
        w.money_holds().await;
    }

    async fn late_dispatch_is_capped_and_in_time_is_free(w) {
        let trade = w.trade().await;
        let (late, prompt) = (trade.paid(500).await, trade.paid(500).await);
        let due = trade.instant(&late, "dispatchBy").await;
        w.until(due).await;
        let prompt = trade.dispatches(&prompt).await;
        assert_eq!(trade.order(&prompt, "compensations { cause }").await["compensations"], json!([]));
        w.until(due.plus(Span::days(300))).await;
        let late = trade.dispatches(&late).await;
        let found = trade.order(&late, "compensations { amount { minorUnits } daysLate }").await;
        assert_eq!(found["compensations"], json!([{ "amount": { "minorUnits": "10000" }, "daysLate": 300 }]));
        w.money_holds().await;
    }

    async fn v10_one_credit_for_a_late_guaranteed_delivery(w) {
        let trade = w.trade().await;
        w.upgrade(&trade.buyer, "ENTERPRISE").await;
        let (claimed, automatic) = (trade.guaranteed(1_000).await, trade.guaranteed(100).await);
        let due = trade.instant(&claimed, "deliveryBy").await;
        w.until(due).await;
        trade.on(&trade.buyer, "claimLateDelivery", &claimed, json!({})).await.refused("TRANSITION_REFUSED");
        w.until(due.plus(SECOND)).await;
        trade.on(&trade.supplier, "claimLateDelivery", &claimed, json!({})).await.refused("FORBIDDEN");
        trade.on(&trade.buyer, "claimLateDelivery", &claimed, json!({})).await.good();
        trade.on(&trade.buyer, "claimLateDelivery", &claimed, json!({})).await.refused("TRANSITION_REFUSED");
        assert_eq!(trade.credit().await, json!([{ "minorUnits": "10000" }]), "a tenth of 2,000 dollars is capped");
        w.until(due.plus(Span::days(1))).await;
        assert_eq!(trade.credit().await, json!([{ "minorUnits": "10000" }]), "in time is in time");
        w.until(due.plus(Span::days(1)).plus(SECOND)).await;
        // The other one is credited by the clock, this one not again.
        assert_eq!(trade.credit().await, json!([{ "minorUnits": "12000" }]));
        let found = trade.order(&claimed, "compensations { cause amount { minorUnits } paidBySupplier }").await;
        let credit = json!([{ "cause": "LATE_DELIVERY", "amount": { "minorUnits": "10000" }, "paidBySupplier": false }]);
        assert_eq!(found["compensations"], credit);
        assert!(trade.ledger(&claimed).await.contains(&"COMPENSATION_CREDIT 10000 COMPENSATION_EXPENSE>BUYER_CREDIT".to_owned()));
        trade.on(&trade.buyer, "claimLateDelivery", &automatic, json!({})).await.refused("TRANSITION_REFUSED");
        w.money_holds().await;
    }

    async fn a_late_delivery_is_claimed_within_thirty_days(w) {
        let trade = w.trade().await;
        let (first, second) = (trade.guaranteed(100).await, trade.guaranteed(100).await);
        let due = trade.instant(&first, "deliveryBy").await;
        w.until(due.plus(Span::days(30))).await;
        trade.on(&trade.buyer, "claimLateDelivery", &first, json!({})).await.good();
        w.passes(SECOND);
        trade.on(&trade.buyer, "claimLateDelivery", &second, json!({})).await.refused("DEADLINE_PASSED");
        trade.on(&trade.buyer, "claimLateDelivery", &trade.paid(100).await, json!({})).await.refused("TRANSITION_REFUSED");
        assert_eq!(trade.credit().await, json!([{ "minorUnits": "2000" }]));
    }

    async fn credit_pays_all_or_a_part_and_never_twice(w) {
        let trade = w.trade().await;
        let late = trade.guaranteed(1_000).await;
        w.until(trade.instant(&late, "deliveryBy").await.plus(SECOND)).await;
        trade.on(&trade.buyer, "claimLateDelivery", &late, json!({})).await.good();
        // 25 dollars: all of it is credit, and no provider is asked.
        let small = trade.confirmed(10).await;
        let answer = trade.session_with_credit(&small).await.good()["createPaymentSession"].clone();
        assert_eq!((&answer["payment"], &answer["order"]["status"]), (&Value::Null, &json!("IN_PRODUCTION")));
        assert_eq!(trade.ledger(&small).await, ["CREDIT_SPENT 2500 BUYER_CREDIT>ESCROW"]);
        assert_eq!(trade.credit().await, json!([{ "minorUnits": "7500" }]));
        // 200 dollars twice: both sessions plan the same credit, the money that comes first has it.
        let (first, second) = (trade.confirmed(100).await, trade.confirmed(100).await);
        let mut sessions = Vec::new();
        for order in [&first, &second] {
            let payment = trade.session_with_credit(order).await.good()["createPaymentSession"]["payment"].clone();
            assert_eq!((&payment["amount"]["minorUnits"], &payment["credit"]["minorUnits"]), (&json!("12500"), &json!("7500")));
            sessions.push(payment["id"].clone());
        }
        assert_eq!(trade.credit().await, json!([{ "minorUnits": "7500" }]), "planned is not spent");
        trade.settles(&sessions[1], json!({})).await.good();
        trade.settles(&sessions[0], json!({})).await.good();
        let mut ledger = trade.ledger(&second).await;
        ledger.sort();
        assert_eq!(ledger, [
            "CREDIT_SPENT 7500 BUYER_CREDIT>ESCROW", "DEPOSIT 12500 PROVIDER_CLEARING>ESCROW",
        ]);
        assert_eq!(trade.ledger(&first).await[0], "SUSPENSE 12500 PROVIDER_CLEARING>SUSPENSE");
        assert_eq!(trade.credit().await, json!([]));
        assert_eq!(trade.order(&first, "status").await["status"], "PENDING_PAYMENT");
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn credit_that_paid_comes_back_as_credit(w) {
        let trade = w.trade().await;
        let late = trade.guaranteed(1_000).await;
        w.until(trade.instant(&late, "deliveryBy").await.plus(SECOND)).await;
        trade.on(&trade.buyer, "claimLateDelivery", &late, json!({})).await.good();
        let order = trade.confirmed(100).await;
        let payment = trade.session_with_credit(&order).await.good()["createPaymentSession"]["payment"]["id"].clone();
        trade.settles(&payment, json!({})).await.good();
        w.until(trade.instant(&order, "dispatchBy").await.plus(Span::hours(72)).plus(SECOND)).await;
        trade.on(&trade.buyer, "cancelForNonDispatch", &order, json!({})).await.good();
        assert_eq!(trade.credit().await, json!([{ "minorUnits": "10000" }]));
        let ledger = trade.ledger(&order).await;
        assert!(ledger.contains(&"REFUND 20000 ESCROW>REFUND_DUE".to_owned()), "{ledger:?}");
        assert!(ledger.contains(&"REFUND_TO_CREDIT 10000 REFUND_DUE>BUYER_CREDIT".to_owned()), "{ledger:?}");
        w.money_holds().await;
    }

    async fn a_lost_shipment_can_be_sent_anew(w) {
        let trade = w.trade().await;
        let order = trade.sends(&trade.paid(200).await, 100).await;
        let order = trade.sends(&order, 100).await;
        let (first, second) = (&order["shipments"][0]["id"], &order["shipments"][1]["id"]);
        let reason = json!({ "reason": "washed overboard" });
        trade.on_shipment(&trade.buyer, "reportShipmentLost", first, reason.clone()).await.refused("TRANSITION_REFUSED");
        trade.on_shipment(&trade.supplier, "reportShipmentLost", first, json!({ "reason": " " })).await.refused("INVALID_INPUT");
        let other = w.buyer("Nosy Stores").await;
        trade.on_shipment(&other, "reportShipmentLost", first, reason.clone()).await.refused("NOT_FOUND");
        let done = trade.on_shipment(&trade.supplier, "reportShipmentLost", first, reason.clone()).await.good();
        let lost = &done["reportShipmentLost"]["order"];
        assert_eq!((&lost["status"], &lost["shipments"][0]["status"]), (&json!("PARTIALLY_SHIPPED"), &json!("LOST")));
        trade.on_shipment(&trade.supplier, "reportShipmentLost", first, reason.clone()).await.refused("INVALID_INPUT");
        let none = trade.on_shipment(&trade.supplier, "recordDelivery", first, json!({ "proofOfDelivery": "POD" })).await;
        none.refused("INVALID_INPUT");
        // The buyer may say so once the promised delivery is over.
        w.until(trade.instant(&order, "deliveryBy").await.plus(SECOND)).await;
        let done = trade.on_shipment(&trade.buyer, "reportShipmentLost", second, reason).await.good();
        assert_eq!(done["reportShipmentLost"]["order"]["status"], "READY");
        let order = trade.dispatches(&order).await;
        assert_eq!((&order["status"], &order["shipments"][2]["lines"][0]["quantity"]), (&json!("SHIPPED"), &json!(200)));
        assert_eq!(trade.order(&order, "compensations { cause }").await["compensations"], json!([]), "what was lost had left in time");
        let order = trade.delivers(&order["shipments"][2]["id"]).await;
        assert_eq!(order["status"], "DELIVERED");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        w.money_holds().await;
    }

    async fn an_unpaid_balance_ends_the_order(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(500);
        wish["depositPercent"] = json!(30);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&trade.confirms(&order).await).await;
        w.time_passes(Span::days(60)).await;
        trade.on(&trade.supplier, "cancelForUnpaidBalance", &order, json!({})).await.refused("TRANSITION_REFUSED");
        // The buyer has no dispatch deadline to count from while the balance is missing.
        trade.on(&trade.buyer, "cancelForNonDispatch", &order, json!({})).await.refused("TRANSITION_REFUSED");
        w.time_passes(SECOND).await;
        trade.on(&trade.buyer, "cancelForUnpaidBalance", &order, json!({})).await.refused("FORBIDDEN");
        let done = trade.on(&trade.supplier, "cancelForUnpaidBalance", &order, json!({})).await.good();
        assert_eq!(done["cancelForUnpaidBalance"]["order"]["status"], "REFUNDED");
        assert_eq!(trade.ledger(&order).await[1], "REFUND 30000 ESCROW>REFUND_DUE");
        w.money_holds().await;
    }
}
