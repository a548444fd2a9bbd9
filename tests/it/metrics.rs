//! What suppliers' orders add up to: exact after every act, before and behind the job that adds it up.

use std::sync::Arc;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Value as SqlValue};
use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::metrics;
use surety::store::Reader;

use super::trade::Trade;
use super::world::{World, on_both};

const FIGURES: &str = "ordersPlaced ordersCompleted ordersCancelled dispatched dispatchedLate delivered deliveredLate \
    disputes buyers returningBuyers responses meanResponseTime onTimeDispatchPercent onTimeDeliveryPercent \
    disputePercent returningBuyerPercent";

impl Trade {
    /// The supplier's figures over a period, as a buyer reads them.
    async fn metrics(&self, period: &str) -> Value {
        let query = format!(
            "query($id: ID!) {{ supplier(id: $id) {{ metrics(period: {period}) {{ {FIGURES} }} }} }}"
        );
        let id = self.supplier.actor.supplier.unwrap().to_string();
        self.buyer.asks(&query, json!({ "id": id })).await.good()["supplier"]["metrics"].clone()
    }

    /// Checks some of the figures over all time, before and behind the job, and counts everything again.
    async fn counts(&self, wanted: &Value) {
        for _ in 0..2 {
            let found = self.metrics("ALL_TIME").await;
            for (name, value) in wanted.as_object().unwrap() {
                assert_eq!(&found[name], value, "{name} in {found:#}");
            }
            self.world.adds_up().await;
            metrics::add_up(&self.world.app).await.unwrap();
        }
        self.world.adds_up().await;
    }
}

impl World {
    /// Checks that all metrics and ratings are what their rows add up to.
    pub async fn adds_up(&self) {
        assert_eq!(metrics::check(&self.app).await.unwrap(), Vec::<String>::new());
    }
}

on_both! {
    async fn every_act_is_counted_at_once(w) {
        let trade = w.trade().await;
        trade.counts(&json!({ "ordersPlaced": 0, "onTimeDispatchPercent": null, "buyers": 0 })).await;
        let order = trade.placed(100).await;
        trade.counts(&json!({ "ordersPlaced": 1, "responses": 0, "buyers": 0 })).await;
        w.passes(Span::hours(3));
        let order = trade.confirms(&order).await;
        trade.counts(&json!({ "responses": 1, "meanResponseTime": "PT3H" })).await;
        let order = trade.pays(&order).await;
        trade.counts(&json!({ "buyers": 1, "returningBuyers": 0, "returningBuyerPercent": "0.00" })).await;
        let order = trade.dispatches(&order).await;
        trade.counts(&json!({ "dispatched": 1, "dispatchedLate": 0, "onTimeDispatchPercent": "100.00", "delivered": 0 })).await;
        let order = trade.delivers(&order["shipments"][0]["id"]).await;
        trade.counts(&json!({ "delivered": 1, "deliveredLate": 0, "ordersCompleted": 0 })).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        trade.counts(&json!({ "ordersPlaced": 1, "ordersCompleted": 1, "ordersCancelled": 0, "disputes": 0 })).await;
        w.time_passes(Span::days(40)).await;
        assert_eq!(trade.status(&order).await, "CLOSED");
        trade.counts(&json!({ "ordersCompleted": 1, "delivered": 1 })).await;
        trade.received(100).await;
        trade.counts(&json!({ "ordersCompleted": 2, "buyers": 1, "returningBuyers": 1, "returningBuyerPercent": "100.00" })).await;
    }

    async fn what_comes_to_nothing_is_counted_once_it_was_sent(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["draft"] = json!(true);
        let draft = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        trade.on(&trade.buyer, "cancelOrder", &draft, json!({})).await.good();
        trade.counts(&json!({ "ordersPlaced": 0, "ordersCancelled": 0 })).await;
        let declined = trade.placed(100).await;
        w.passes(Span::hours(1));
        trade.on(&trade.supplier, "declineOrder", &declined, json!({})).await.good();
        trade.counts(&json!({ "ordersPlaced": 1, "ordersCancelled": 1, "responses": 1, "meanResponseTime": "PT1H" })).await;
        let cancelled = trade.placed(100).await;
        trade.on(&trade.buyer, "cancelOrder", &cancelled, json!({})).await.good();
        trade.counts(&json!({ "ordersPlaced": 2, "ordersCancelled": 2, "responses": 1 })).await;
        let expired = trade.placed(100).await;
        w.time_passes(Span::days(31)).await;
        assert_eq!(trade.status(&expired).await, "EXPIRED");
        trade.counts(&json!({ "ordersPlaced": 3, "ordersCancelled": 3, "buyers": 0, "responses": 1 })).await;
    }

    async fn late_and_never_dispatched_count_against_the_rate(w) {
        let trade = w.trade().await;
        let late = trade.paid(100).await;
        let never = trade.paid(100).await;
        w.time_passes(Span::days(25)).await;
        trade.dispatches(&late).await;
        trade.counts(&json!({ "dispatched": 1, "dispatchedLate": 1, "onTimeDispatchPercent": "0.00" })).await;
        w.time_passes(Span::days(30)).await;
        trade.on(&trade.buyer, "cancelForNonDispatch", &never, json!({})).await.good();
        trade.counts(&json!({ "dispatched": 2, "dispatchedLate": 2, "ordersCancelled": 1, "ordersCompleted": 0 })).await;
        let order = trade.order(&late, "shipments { id }").await;
        trade.delivers(&order["shipments"][0]["id"]).await;
        trade.counts(&json!({ "delivered": 1, "deliveredLate": 1, "onTimeDeliveryPercent": "0.00" })).await;
    }

    async fn a_dispute_counts_once_and_an_agreement_does_not(w) {
        let trade = w.trade().await;
        let agreed = trade.delivered(100).await;
        let claim = trade.claimed(&agreed, 1_000).await;
        trade.disputes(&trade.supplier, "respondToRefundRequest", &claim, json!({ "accept": true })).await.good();
        trade.counts(&json!({ "disputes": 0, "disputePercent": "0.00" })).await;
        let order = trade.delivered(100).await;
        trade.heard(&order, 1_000).await;
        trade.counts(&json!({ "disputes": 1, "disputePercent": "50.00" })).await;
    }

    async fn quotes_and_first_answers_count_as_responses(w) {
        let trade = w.trade().await;
        let quote = trade.asks_for(500).await;
        let thread = quote["thread"]["id"].clone();
        trade.supplier.says("s0", &thread, json!({ "body": "We saw it." })).await.good();
        trade.counts(&json!({ "responses": 0 })).await;
        trade.buyer.says("b1", &thread, json!({ "body": "Which colours?" })).await.good();
        w.passes(Span::hours(2));
        trade.supplier.says("s1", &thread, json!({ "body": "Navy." })).await.good();
        trade.counts(&json!({ "responses": 1, "meanResponseTime": "PT2H" })).await;
        trade.buyer.says("b2", &thread, json!({ "body": "Others?" })).await.good();
        w.passes(Span::hours(9));
        trade.supplier.says("s2", &thread, json!({ "body": "No." })).await.good();
        trade.counts(&json!({ "responses": 1, "meanResponseTime": "PT2H" })).await;
        let declined = trade.supplier.quotes("declineQuote", json!({ "idempotencyKey": "no", "quoteId": quote["id"] })).await;
        declined.good();
        // Two hours for the words and eleven for the no.
        trade.counts(&json!({ "responses": 2, "meanResponseTime": "PT6H30M" })).await;
        trade.answered("1.80").await;
        trade.counts(&json!({ "responses": 3 })).await;
    }

    async fn periods_forget_what_is_older(w) {
        let trade = w.trade().await;
        trade.received(100).await;
        for step in 0..2 {
            for (period, placed) in [("LAST_90_DAYS", 1), ("LAST_365_DAYS", 1), ("ALL_TIME", 1)] {
                let found = trade.metrics(period).await;
                assert_eq!((&found["ordersPlaced"], &found["dispatched"]), (&json!(placed), &json!(1)), "{period} {step}");
                let all_time = period == "ALL_TIME";
                assert_eq!(found["buyers"], if all_time { json!(1) } else { Value::Null });
            }
            metrics::add_up(&w.app).await.unwrap();
        }
        w.passes(Span::days(89));
        assert_eq!(trade.metrics("LAST_90_DAYS").await["ordersPlaced"], 1, "the day itself is the 90th");
        w.passes(Span::days(1));
        assert_eq!(trade.metrics("LAST_90_DAYS").await["ordersPlaced"], 0);
        assert_eq!(trade.metrics("LAST_365_DAYS").await["ordersCompleted"], 1);
        w.passes(Span::days(300));
        assert_eq!(trade.metrics("LAST_365_DAYS").await["ordersCompleted"], 0);
        assert_eq!(trade.metrics("ALL_TIME").await["ordersCompleted"], 1);
    }

    async fn what_was_changed_by_hand_is_found(w) {
        let trade = w.trade().await;
        trade.received(100).await;
        metrics::add_up(&w.app).await.unwrap();
        w.adds_up().await;
        for (wrong, right, differences) in [
            ("UPDATE supplier_metrics SET orders_completed = 2", "UPDATE supplier_metrics SET orders_completed = 1", 1),
            ("UPDATE supplier_metrics_day SET dispatched = 5", "UPDATE supplier_metrics_day SET dispatched = 1", 1),
            ("UPDATE supplier_buyer SET orders = 2", "UPDATE supplier_buyer SET orders = 1", 1),
        ] {
            for (sql, differences) in [(wrong, differences), (right, 0)] {
                let statement = w.app.db.sql(sql, [] as [SqlValue; 0]);
                w.app.db.connection().execute_raw(statement).await.unwrap();
                assert_eq!(metrics::check(&w.app).await.unwrap().len(), differences, "{sql}");
            }
        }
    }

    async fn many_orders_of_one_supplier_at_once_lose_no_entry(w) {
        let trade = Arc::new(w.trade().await);
        let orders: Vec<Value> = join_all((0..12).map(|_| trade.confirmed(100))).await;
        let payments: Vec<Value> = join_all(orders.iter().map(|order| trade.session(order))).await;
        let paying = join_all(payments.iter().map(|payment| trade.settles(payment, json!({}))));
        let adding = async {
            for _ in 0..6 {
                metrics::add_up(&w.app).await.unwrap();
            }
        };
        let (paid, ()) = tokio::join!(paying, adding);
        for answer in paid {
            answer.good();
        }
        // Twelve orders of one buyer: it came once, and came again once.
        trade.counts(&json!({ "ordersPlaced": 12, "responses": 12, "buyers": 1, "returningBuyers": 1 })).await;
    }
}
