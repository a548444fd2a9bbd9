//! Orders that would wait for ever, and what a hold takes from nobody.

use serde_json::{Value, json};
use surety::domain::ladder::LeadTimes;
use surety::domain::time::{Span, Timestamp};

use super::trade::Trade;
use super::world::{World, on_both};

const SECOND: Span = Span::seconds(1);

impl Trade {
    /// A timer of an order: its state and due instant.
    async fn timer(&self, order: &Value, kind: &str) -> (String, Timestamp) {
        let found = self.order(order, "deadlines { kind state dueAt }").await;
        let timers = found["deadlines"].as_array().unwrap();
        let timer = timers.iter().find(|timer| timer["kind"] == kind).unwrap();
        let due = Timestamp::parse(timer["dueAt"].as_str().unwrap()).unwrap();
        (timer["state"].as_str().unwrap().to_owned(), due)
    }

    /// An operator freezes an order, or two let it go.
    async fn freezes(&self, order: &Value) {
        self.on(self.operator().await, "placeRiskHold", order, json!({ "reason": "odd" })).await.good();
    }

    async fn lets_go(&self, order: &Value) {
        self.on(self.operator().await, "liftRiskHold", order, json!({})).await.good();
        let second = self.world.operator().await;
        self.on(&second, "liftRiskHold", order, json!({})).await.good();
    }
}

impl World {
    async fn upgrades(&self, trade: &Trade) {
        let id = trade.buyer.company.clone().unwrap().id;
        self.tampers(&format!("UPDATE company SET plan = 'ENTERPRISE' WHERE id = '{id}'")).await;
    }
}

on_both! {
    async fn goods_that_arrived_and_are_not_paid_for_end_with_what_came(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(500);
        (wish["depositPercent"], wish["balanceDue"]) = (json!(30), json!("AFTER_DELIVERY"));
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&trade.confirms(&order).await).await;
        let order = trade.dispatches(&order).await;
        trade.delivers(&order["shipments"][0]["id"]).await;
        w.time_passes(Span::days(60)).await;
        trade.on(&trade.supplier, "cancelForUnpaidBalance", &order, json!({})).await.refused("TRANSITION_REFUSED");
        w.time_passes(SECOND).await;
        // A buyer that objects is heard first.
        let dispute = trade.claimed(&order, 100).await;
        trade.on(&trade.supplier, "cancelForUnpaidBalance", &order, json!({})).await.refused("TRANSITION_REFUSED");
        trade.moves(&trade.buyer, "withdrawDispute", &dispute, json!({})).await;
        trade.on(&trade.buyer, "cancelForUnpaidBalance", &order, json!({})).await.refused("FORBIDDEN");
        let done = trade.on(&trade.supplier, "cancelForUnpaidBalance", &order, json!({})).await.good();
        assert_eq!(done["cancelForUnpaidBalance"]["order"]["status"], "SETTLED");
        assert_eq!(trade.ledger(&order).await[1..], [
            "RELEASE 29400 ESCROW>SUPPLIER_PAYABLE",
            "FEE 600 ESCROW>FEE_INCOME",
        ]);
        w.time_passes(Span::days(200)).await;
        assert_eq!(w.number("SELECT count(*) FROM deadline WHERE state IN ('PENDING', 'PAUSED')").await, 0);
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_hold_moves_the_automatic_credit_with_the_promise(w) {
        let trade = w.trade().await;
        w.upgrades(&trade).await;
        let mut wish = trade.wish(100);
        wish["kind"] = json!("GUARANTEED");
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.dispatches(&trade.pays(&order).await).await;
        let (_, promised) = trade.timer(&order, "DELIVERY").await;
        w.time_passes(w.now().until(promised.minus(Span::hours(1)))).await;
        trade.freezes(&order).await;
        w.time_passes(Span::days(3)).await;
        trade.lets_go(&order).await;
        let (_, promised) = trade.timer(&order, "DELIVERY").await;
        assert_eq!(promised, w.now().plus(Span::hours(48)));
        assert_eq!(trade.timer(&order, "LATE_DELIVERY_CREDIT").await.1, promised.plus(Span::days(1)));
    }

    async fn a_hold_takes_no_inspection_from_the_buyer(w) {
        let trade = w.trade_with(|product| product.lead_times = LeadTimes::new(vec![(1, 28)]).unwrap()).await;
        let mut wish = trade.wish(100);
        wish["inspection"] = json!(true);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&trade.confirms(&order).await).await;
        let (_, bookable) = trade.timer(&order, "INSPECTION_BOOKING").await;
        w.time_passes(w.now().until(bookable.minus(Span::days(1)))).await;
        trade.freezes(&order).await;
        w.time_passes(Span::days(10)).await;
        assert_eq!(trade.timer(&order, "INSPECTION_BOOKING").await.0, "PENDING", "nobody can book while it is frozen");
        trade.lets_go(&order).await;
        w.time_passes(Span::hours(2)).await;
        let (state, later) = trade.timer(&order, "INSPECTION_BOOKING").await;
        assert_eq!(state, "PENDING");
        assert!(later >= bookable.plus(Span::days(7)), "{later}");
        trade.on(&trade.supplier, "markReady", &order, json!({})).await.refused("TRANSITION_REFUSED");
    }
}
