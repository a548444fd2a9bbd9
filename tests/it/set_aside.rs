//! Set-aside money on its ways: a refund that fails is asked for again, an assignment takes nothing from what came before.

use serde_json::{Value, json};
use surety::service::payments;

use super::trade::Trade;
use super::world::{Answer, World, on_both};

const REFUND: &str = "mutation ($input: RefundSuspensePaymentInput!) { refundSuspensePayment(input: $input) { \
                      suspenseItem { status failure } userErrors { code message } } }";
const ASSIGN: &str = "mutation ($input: AssignSuspensePaymentInput!) { assignSuspensePayment(input: $input) { \
                      suspenseItem { status } order { status } userErrors { code message } } }";

impl Trade {
    async fn item(&self, order: &Value) -> Value {
        let found = self.order(order, "suspenseItems { id status failure }").await;
        found["suspenseItems"][0].clone()
    }

    async fn says_of_item(&self, query: &str, key: &str, mut input: Value) -> Answer {
        input["idempotencyKey"] = json!(key);
        self.operator().await.asks(query, json!({ "input": input })).await
    }
}

impl World {
    /// The provider tells how a refund ended.
    async fn refund_ends(&self, id: &str, kind: &str, refund: &Value) {
        let body =
            json!({ "type": kind, "data": { "refundId": refund, "reason": "closed account" } }).to_string();
        let at = self.now().seconds().to_string();
        let secret = &self.app.webhook_secrets[0];
        let signature = payments::signature::sign(secret, id, &at, body.as_bytes()).unwrap();
        let headers = payments::SignedHeaders { id: id.to_owned(), timestamp: at, signature };
        payments::receive(&self.app, "sandbox", &headers, body.as_bytes()).await.unwrap();
    }
}

on_both! {
    async fn a_refund_of_set_aside_money_that_failed_is_asked_for_again(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        let sent = json!({ "amount": { "amount": "150.00", "currencyCode": "USD" } });
        trade.settles(&payment, sent).await.good();
        let item = trade.item(&order).await["id"].clone();
        let which = json!({ "suspenseItemId": item });
        trade.says_of_item(REFUND, "a", which.clone()).await.good();
        payments::work_off(&w.app).await.unwrap();
        trade.says_of_item(REFUND, "b", which.clone()).await.refused("TRANSITION_REFUSED");
        w.refund_ends("1", "refund.failed", &item).await;
        assert_eq!(trade.item(&order).await["status"], "REFUND_FAILED");
        w.money_arrives().await;
        assert_eq!(w.clearing("USD").await, 15_000, "nobody was asked");
        w.money_holds().await;
        let assign = json!({ "suspenseItemId": item, "orderId": order["id"] });
        trade.says_of_item(ASSIGN, "c", assign).await.refused("TRANSITION_REFUSED");
        let again = trade.says_of_item(REFUND, "d", which).await.good();
        assert_eq!(again["refundSuspensePayment"]["suspenseItem"]["status"], "REFUNDING");
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 15_000, "owed once");
        w.money_arrives().await;
        assert_eq!((w.clearing("USD").await, w.balance("REFUND_DUE", "USD").await), (0, 0));
        assert_eq!(trade.item(&order).await, json!({ "id": item, "status": "REFUNDED", "failure": null }));
        w.money_holds().await;
    }

    async fn assigned_money_leaves_the_payment_that_came_by_the_same_session(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(500);
        wish["depositPercent"] = json!(30);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.confirms(&order).await;
        // The buyer sends the balance by the session of the deposit, then the deposit.
        let payment = trade.session(&order).await;
        for (minor, reference) in [(70_000, "balance"), (30_000, "deposit")] {
            let body = json!({ "type": "payment.succeeded", "data": {
                "paymentId": payment, "reference": reference, "amountMinor": minor.to_string(), "currency": "USD",
            }}).to_string();
            let at = w.now().seconds().to_string();
            let signature = payments::signature::sign(&w.app.webhook_secrets[0], reference, &at, body.as_bytes()).unwrap();
            let headers = payments::SignedHeaders { id: reference.to_owned(), timestamp: at, signature };
            payments::receive(&w.app, "sandbox", &headers, body.as_bytes()).await.unwrap();
        }
        let item = trade.item(&order).await["id"].clone();
        let which = json!({ "suspenseItemId": item, "orderId": order["id"] });
        trade.says_of_item(ASSIGN, "a", which).await.good();
        let paid = trade.order(&order, "payments { status amount { minorUnits } }").await;
        assert_eq!(paid["payments"], json!([
            { "status": "SUCCEEDED", "amount": { "minorUnits": "30000" } },
            { "status": "SUCCEEDED", "amount": { "minorUnits": "70000" } },
        ]));
        // Everything goes back as money, nothing as credit.
        let dispute = trade.claimed(&order, 100_000).await;
        trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
        w.money_arrives().await;
        assert_eq!((w.clearing("USD").await, w.balance("BUYER_CREDIT", "USD").await), (0, 0));
        w.money_holds().await;
    }
}
