//! Stories of Easy Return: its limits by the contract, its ways with money, its times.

use serde_json::{Value, json};
use surety::domain::actor::Role;
use surety::domain::time::Span;

use super::trade::Trade;
use super::world::{Party, World, on_both};

const RETURNS: &str =
    "status returns { id status shipBy refunded { minorUnits } freeShipping } holds { kind }";

impl World {
    /// A trade in goods with the Easy Return mark, and the warehouse of its country.
    async fn returnable(&self) -> (Trade, Party) {
        let trade = self.trade_with(|product| product.easy_return = true).await;
        (trade, self.warehouse().await)
    }

    /// The warehouse that receives returns in Germany.
    pub async fn warehouse(&self) -> Party {
        let warehouse = self.party("Hafen Lager", Role::Warehouse).await;
        let query = "mutation ($input: OpenReturnWarehouseInput!) { openReturnWarehouse(input: $input) { \
                     returnWarehouse { countryCode address warehouse { id } } replayed userErrors { code message } } }";
        let input = json!({
            "idempotencyKey": "warehouse", "countryCode": "DE", "address": "Hafenstr. 1, Hamburg",
            "warehouseId": warehouse.company.as_ref().unwrap().id,
        });
        let opened = self.operator().await.asks(query, json!({ "input": input })).await.good();
        let expected = json!({ "countryCode": "DE", "address": input["address"], "warehouse": { "id": input["warehouseId"] } });
        assert_eq!(opened["openReturnWarehouse"]["returnWarehouse"], expected);
        warehouse
    }
}

impl Trade {
    /// An order for so many with carriage, delivered.
    async fn delivered_with(&self, quantity: i64, freight: Option<&str>) -> Value {
        let mut wish = self.wish(quantity);
        if let Some(freight) = freight {
            wish["freight"] = json!({ "amount": freight, "currencyCode": "USD" });
        }
        let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = self.confirms(&order).await;
        let order = self.pays(&order).await;
        let order = self.dispatches(&order).await;
        self.delivers(&order["shipments"][0]["id"]).await
    }

    async fn takes_back(&self, order: &Value) {
        self.on(&self.buyer, "confirmReceipt", order, json!({})).await.good();
    }

    fn reason() -> Value {
        json!({ "ground": "DEFECTIVE", "description": "The seams open." })
    }

    /// The buyer asks for a return and ships the goods; the return's id.
    async fn sends_back(&self, order: &Value) -> Value {
        self.on(&self.buyer, "requestEasyReturn", order, Self::reason()).await.good();
        let id = self.order(order, RETURNS).await["returns"][0]["id"].clone();
        let how = json!({ "carrier": "Post", "trackingNumber": "P-1" });
        self.gives(&self.buyer, "shipReturn", ("easyReturnId", &id), how).await.good();
        id
    }
}

on_both! {
    async fn v5_and_v6_a_return_after_the_release_is_advanced_and_recovered(w) {
        let (trade, warehouse) = w.returnable().await;
        let order = trade.delivered_with(1_450, None).await;
        trade.takes_back(&order).await;
        assert_eq!((w.balance("SUPPLIER_PAYABLE", "USD").await, w.balance("FEE_INCOME", "USD").await), (284_200, 5_800));
        trade.pays_out("withdrawn", "2000.00").await.good();
        w.money_arrives().await;
        let id = trade.sends_back(&order).await;
        assert_eq!(trade.order(&order, RETURNS).await["holds"][0]["kind"], "REFUND_REQUEST");
        trade.gives(&warehouse, "receiveReturn", ("easyReturnId", &id), json!({ "accepted": true })).await.good();
        let after = trade.order(&order, RETURNS).await;
        assert_eq!((&after["status"], &after["returns"][0]["status"]), (&json!("REFUNDED"), &json!("REFUNDED")));
        assert_eq!(after["returns"][0]["refunded"]["minorUnits"], "290000");
        assert_eq!(after["holds"], json!([]));
        assert_eq!((w.balance("FEE_INCOME", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (0, 0));
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("REFUND_DUE", "USD").await), (200_000, 290_000));
        w.money_arrives().await;
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 0);
        // V6: 1,530.61 less two percent is 1,500.00 net.
        let next = trade.delivered_with(765, Some("0.61")).await;
        trade.takes_back(&next).await;
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (50_000, 0));
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn v9_the_limit_is_inclusive_to_the_cent(w) {
        let (trade, _) = w.returnable().await;
        let (within, beyond) = (trade.delivered_with(1_475, Some("50.00")).await, trade.delivered_with(1_475, Some("50.01")).await);
        let stranger = w.buyer("Stranger").await;
        let before = w.at_rest().await;
        trade.on(&trade.buyer, "requestEasyReturn", &beyond, Trade::reason()).await.refused("TRANSITION_REFUSED");
        trade.on(&trade.supplier, "requestEasyReturn", &within, Trade::reason()).await.refused("FORBIDDEN");
        trade.on(&stranger, "requestEasyReturn", &within, Trade::reason()).await.refused("NOT_FOUND");
        let empty = json!({ "ground": "DAMAGED", "description": " " });
        trade.on(&trade.buyer, "requestEasyReturn", &within, empty).await.refused("INVALID_INPUT");
        w.contents().await.same_as(&before);
        trade.on(&trade.buyer, "requestEasyReturn", &within, Trade::reason()).await.good();
        trade.on(&trade.buyer, "requestEasyReturn", &within, Trade::reason()).await.refused("TRANSITION_REFUSED");
        trade.on(&trade.buyer, "confirmReceipt", &within, json!({})).await.refused("TRANSITION_REFUSED");
    }

    async fn a_return_before_the_release_takes_escrow_whole(w) {
        let (trade, warehouse) = w.returnable().await;
        let order = trade.delivered_with(100, None).await;
        let id = trade.sends_back(&order).await;
        let at = ("easyReturnId", &id);
        let other = w.party("Other Shed", Role::Warehouse).await;
        trade.gives(&other, "receiveReturn", at, json!({ "accepted": true })).await.refused("NOT_FOUND");
        trade.gives(&trade.buyer, "receiveReturn", at, json!({ "accepted": true })).await.refused("FORBIDDEN");
        trade.gives(&warehouse, "receiveReturn", at, json!({ "accepted": false })).await.refused("INVALID_INPUT");
        let both = json!({ "accepted": true, "rejectionReason": "Used." });
        trade.gives(&warehouse, "receiveReturn", at, both).await.refused("INVALID_INPUT");
        // The warehouse that is late is told of; nothing moves by itself.
        w.time_passes(Span::days(31)).await;
        assert_eq!(trade.order(&order, RETURNS).await["returns"][0]["status"], "SHIPPED");
        trade.gives(&warehouse, "receiveReturn", at, json!({ "accepted": true })).await.good();
        assert_eq!(trade.order(&order, "status").await["status"], "REFUNDED");
        assert_eq!(trade.ledger(&order).await, ["DEPOSIT 20000 PROVIDER_CLEARING>ESCROW", "REFUND 20000 ESCROW>REFUND_DUE"]);
        assert_eq!((w.balance("ESCROW", "USD").await, w.balance("FEE_INCOME", "USD").await), (0, 0));
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn times_and_refusals_of_a_return(w) {
        let (trade, warehouse) = w.returnable().await;
        // Thirty days after receipt to the second.
        let late = trade.delivered_with(100, None).await;
        trade.takes_back(&late).await;
        w.passes(Span::days(30));
        let mut check = Trade::reason();
        check["validateOnly"] = json!(true);
        trade.on(&trade.buyer, "requestEasyReturn", &late, check.clone()).await.good();
        w.passes(Span::seconds(1));
        trade.on(&trade.buyer, "requestEasyReturn", &late, check).await.refused("DEADLINE_PASSED");
        // Ten days to ship, to the second; then the order goes on where it was.
        let slow = trade.delivered_with(100, None).await;
        trade.on(&trade.buyer, "requestEasyReturn", &slow, Trade::reason()).await.good();
        let id = trade.order(&slow, RETURNS).await["returns"][0]["id"].clone();
        let how = json!({ "carrier": "Post", "trackingNumber": "P-1", "validateOnly": true });
        w.time_passes(Span::days(10)).await;
        trade.gives(&trade.buyer, "shipReturn", ("easyReturnId", &id), how.clone()).await.good();
        w.passes(Span::seconds(1));
        trade.gives(&trade.buyer, "shipReturn", ("easyReturnId", &id), how).await.refused("DEADLINE_PASSED");
        w.time_passes(Span::ZERO).await;
        let over = trade.order(&slow, RETURNS).await;
        assert_eq!((&over["returns"][0]["status"], &over["holds"]), (&json!("EXPIRED"), &json!([])));
        trade.takes_back(&slow).await;
        trade.on(&trade.buyer, "requestEasyReturn", &slow, Trade::reason()).await.refused("TRANSITION_REFUSED");
        // What the warehouse refuses stays the buyer's.
        let used = trade.delivered_with(100, None).await;
        let id = trade.sends_back(&used).await;
        let no = json!({ "accepted": false, "rejectionReason": "Used for weeks." });
        trade.gives(&warehouse, "receiveReturn", ("easyReturnId", &id), no).await.good();
        let refused = trade.order(&used, RETURNS).await;
        assert_eq!((&refused["status"], &refused["returns"][0]["status"]), (&json!("DELIVERED"), &json!("REJECTED")));
        trade.takes_back(&used).await;
        w.money_holds().await;
    }

    async fn what_the_contract_does_not_mark_or_serve_is_not_returned(w) {
        let trade = w.trade().await;
        let plain = trade.delivered_with(100, None).await;
        trade.on(&trade.buyer, "requestEasyReturn", &plain, Trade::reason()).await.refused("TRANSITION_REFUSED");
        // Guaranteed orders return free of charge; without a warehouse in the country nothing does.
        let mut wish = trade.wish(100);
        wish["kind"] = json!("GUARANTEED");
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.pays(&order).await;
        let order = trade.dispatches(&order).await;
        let order = trade.delivers(&order["shipments"][0]["id"]).await;
        trade.on(&trade.buyer, "requestEasyReturn", &order, Trade::reason()).await.refused("TRANSITION_REFUSED");
        assert_eq!(trade.order(&order, RETURNS).await["returns"], json!([]));
    }
}
