//! Stories of service after the sale: given, refused, forgotten and made good.

use serde_json::{Value, json};
use surety::domain::product::{AfterSalesLabel, AfterSalesService};
use surety::domain::time::Span;

use super::trade::Trade;
use super::world::{World, on_both};

const REQUESTS: &str =
    "status afterSalesRequests { id status label failure dueAt compensation { minorUnits } }";

impl World {
    /// A trade in goods with a year of spare parts, and an order of 100 that was received.
    async fn serviced(&self) -> (Trade, Value) {
        let service = AfterSalesService { label: AfterSalesLabel::FreeReplacementParts, term_days: 365 };
        let trade = self.trade_with(|product| product.after_sales = Some(service)).await;
        let order = trade.delivered(100).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        (trade, order)
    }
}

impl Trade {
    fn wanted(order: &Value) -> Value {
        json!({ "orderLineId": order["lines"][0]["id"], "description": "The buckle broke." })
    }

    /// The buyer asks for the service of the first line; the request's id.
    async fn asks_for_service(&self, order: &Value) -> Value {
        self.on(&self.buyer, "requestAfterSalesService", order, Self::wanted(order)).await.good();
        self.request(order).await["id"].clone()
    }

    async fn request(&self, order: &Value) -> Value {
        let found = self.order(order, REQUESTS).await;
        found["afterSalesRequests"].as_array().unwrap().last().cloned().unwrap_or_default()
    }
}

on_both! {
    async fn a_service_that_is_forgotten_is_made_good_after_the_order_closed(w) {
        let (trade, order) = w.serviced().await;
        w.time_passes(Span::days(31)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "CLOSED");
        let id = trade.asks_for_service(&order).await;
        let at = ("afterSalesRequestId", &id);
        trade.gives(&trade.supplier, "respondToAfterSales", at, json!({ "answer": "ACCEPT" })).await.good();
        w.time_passes(Span::days(15)).await;
        assert_eq!(trade.request(&order).await["status"], "ACCEPTED");
        w.passes(Span::seconds(1));
        let done = json!({ "answer": "FULFIL", "note": "Photo 7" });
        trade.gives(&trade.supplier, "respondToAfterSales", at, done).await.refused("DEADLINE_PASSED");
        w.time_passes(Span::ZERO).await;
        let failed = trade.request(&order).await;
        assert_eq!((&failed["status"], &failed["failure"]), (&json!("FAILED"), &json!("NOT_FULFILLED")));
        w.time_passes(Span::days(3)).await;
        assert_eq!(trade.request(&order).await["status"], "FAILED");
        w.time_passes(Span::seconds(1)).await;
        let good = trade.request(&order).await;
        assert_eq!((&good["status"], &good["compensation"]["minorUnits"]), (&json!("COMPENSATED"), &json!("2000")));
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (2_000, 17_600));
        // On its way, and no difference in the books.
        w.money_holds().await;
        w.money_arrives().await;
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 0);
        trade.on(&trade.buyer, "requestAfterSalesService", &order, Trade::wanted(&order)).await.refused("TRANSITION_REFUSED");
        assert_eq!(trade.order(&order, "status").await["status"], "CLOSED");
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_service_is_given_objected_to_and_disputed(w) {
        let (trade, order) = w.serviced().await;
        let id = trade.asks_for_service(&order).await;
        let at = ("afterSalesRequestId", &id);
        let stranger = w.buyer("Stranger").await;
        let before = w.at_rest().await;
        trade.on(&trade.buyer, "requestAfterSalesService", &order, Trade::wanted(&order)).await.refused("TRANSITION_REFUSED");
        trade.gives(&trade.buyer, "respondToAfterSales", at, json!({ "answer": "ACCEPT" })).await.refused("FORBIDDEN");
        trade.gives(&trade.supplier, "resolveAfterSales", at, json!({ "outcome": "CONFIRM" })).await.refused("FORBIDDEN");
        trade.gives(&trade.supplier, "respondToAfterSales", at, json!({ "answer": "REFUSE" })).await.refused("INVALID_INPUT");
        trade.gives(&trade.buyer, "resolveAfterSales", at, json!({ "outcome": "CONFIRM" })).await.refused("TRANSITION_REFUSED");
        trade.gives(&stranger, "resolveAfterSales", at, json!({ "outcome": "WITHDRAW" })).await.refused("NOT_FOUND");
        w.contents().await.same_as(&before);
        let done = json!({ "answer": "FULFIL", "note": "Photo 7" });
        trade.gives(&trade.supplier, "respondToAfterSales", at, done.clone()).await.good();
        let no = json!({ "outcome": "REJECT", "objection": "It is the wrong buckle." });
        trade.gives(&trade.buyer, "resolveAfterSales", at, no).await.good();
        trade.gives(&trade.buyer, "resolveAfterSales", at, json!({ "outcome": "DISPUTE" })).await.good();
        assert_eq!(trade.request(&order).await["status"], "DISPUTED");
        // Another time the buyer says nothing, and the service counts as given.
        let id = trade.asks_for_service(&order).await;
        trade.gives(&trade.supplier, "respondToAfterSales", ("afterSalesRequestId", &id), done).await.good();
        w.time_passes(Span::days(3)).await;
        assert_eq!(trade.request(&order).await["status"], "FULFILLED");
        w.time_passes(Span::seconds(1)).await;
        assert_eq!(trade.request(&order).await["status"], "CONFIRMED");
        // And once the supplier refuses, and the buyer takes the compensation at once.
        let id = trade.asks_for_service(&order).await;
        let at = ("afterSalesRequestId", &id);
        trade.gives(&trade.supplier, "respondToAfterSales", at, json!({ "answer": "REFUSE", "note": "No parts left." })).await.good();
        trade.gives(&trade.buyer, "resolveAfterSales", at, json!({ "outcome": "COMPENSATE" })).await.good();
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 2_000);
        assert_eq!(w.balance("FEE_INCOME", "USD").await, 400);
        w.money_holds().await;
    }

    async fn a_service_has_its_term_and_its_line(w) {
        let (trade, order) = w.serviced().await;
        let unknown = json!({ "orderLineId": "line_00000000000000000000000000", "description": "?" });
        trade.on(&trade.buyer, "requestAfterSalesService", &order, unknown).await.refused("TRANSITION_REFUSED");
        w.passes(Span::days(365));
        let mut check = Trade::wanted(&order);
        check["validateOnly"] = json!(true);
        trade.on(&trade.buyer, "requestAfterSalesService", &order, check.clone()).await.good();
        w.passes(Span::seconds(1));
        trade.on(&trade.buyer, "requestAfterSalesService", &order, check).await.refused("DEADLINE_PASSED");
    }
}
