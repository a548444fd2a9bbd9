//! Verbs of inspections, returns and services, and the stories of inspections.

use serde_json::{Value, json};
use surety::domain::actor::Role;
use surety::domain::ladder::LeadTimes;
use surety::domain::time::{Span, Timestamp};

use super::disputes::dollars;
use super::trade::Trade;
use super::world::{Answer, Party, World, on_both};

/// What is asked of an inspection.
const INSPECTION: &str = "inspections { id status feeStatus fee { minorUnits } inspectOn reportDueAt \
    payments { id status sessionUrl failure } reports { verdict } waiver { statement } }";

impl Trade {
    /// A command on a part of an order, with a fresh key.
    pub async fn gives(
        &self,
        party: &Party,
        mutation: &str,
        (field, id): (&str, &Value),
        more: Value,
    ) -> Answer {
        let mut input = json!({ "idempotencyKey": self.key() });
        input[field] = id.clone();
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        party.commands(mutation, input, "replayed userErrors { code field message }").await
    }

    /// The last inspection of an order.
    async fn inspection(&self, order: &Value) -> Value {
        let found = self.order(order, INSPECTION).await;
        found["inspections"].as_array().unwrap().last().cloned().unwrap_or_default()
    }

    /// The buyer books an inspector for a day.
    pub async fn books(&self, order: &Value, inspector: &Party, day: &str) -> Answer {
        let more = json!({ "inspectorId": inspector.company.as_ref().unwrap().id, "inspectOn": day });
        self.on(&self.buyer, "bookInspection", order, more).await
    }

    /// An inspection that is booked, paid and accepted for a day.
    async fn scheduled(&self, order: &Value, inspector: &Party, day: &str) -> Value {
        self.books(order, inspector, day).await.good();
        let booked = self.inspection(order).await;
        self.settles(&booked["payments"][0]["id"], json!({})).await.good();
        self.gives(inspector, "acceptInspection", ("inspectionId", &booked["id"]), json!({})).await.good();
        self.inspection(order).await
    }

    /// The inspector reports.
    async fn reports(&self, inspector: &Party, inspection: &Value, verdict: &str) -> Answer {
        let media = json!([{ "url": "https://example.com/1.jpg", "sha256": "ab".repeat(32) }]);
        let more = json!({ "verdict": verdict, "findings": "Looked at 80 pieces.", "media": media });
        self.gives(inspector, "submitInspectionReport", ("inspectionId", &inspection["id"]), more).await
    }
}

impl World {
    /// An accredited inspection company that takes 298 dollars.
    pub async fn inspector(&self, name: &str) -> Party {
        let inspector = self.party(name, Role::Inspector).await;
        let operator = self.operator().await;
        let query = "mutation ($input: AccreditInspectorInput!) { accreditInspector(input: $input) { \
                     accreditedInspector { accreditationNumber company { name } fees { minorUnits } } \
                     replayed userErrors { code field message } } }";
        let input = json!({
            "idempotencyKey": name, "inspectorId": inspector.company.as_ref().unwrap().id,
            "accreditationNumber": "ISO/IEC 17020-7", "validUntil": "2126-05-04T12:00:00Z",
            "fees": [{ "amount": "298.00", "currencyCode": "USD" }],
        });
        let kept = operator.asks(query, json!({ "input": input })).await.good();
        assert_eq!(kept["accreditInspector"]["accreditedInspector"]["fees"][0]["minorUnits"], "29800");
        let again = operator.asks(query, json!({ "input": input })).await.good();
        assert_eq!(again["accreditInspector"]["replayed"], true);
        inspector
    }

    /// The time until an instant that an answer names, without its fraction of a second.
    pub fn span_to(&self, instant: &Value) -> Span {
        Timestamp::parse(instant.as_str().unwrap()).unwrap().since(self.now())
    }

    /// A trade in goods that are made in four weeks, and an order of 100 whose contract names an inspection, paid.
    pub async fn to_be_inspected(&self) -> (Trade, Value) {
        let trade =
            self.trade_with(|product| product.lead_times = LeadTimes::new(vec![(1, 28)]).unwrap()).await;
        let mut wish = trade.wish(100);
        wish["inspection"] = json!(true);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.confirms(&order).await;
        let order = trade.pays(&order).await;
        (trade, order)
    }
}

on_both! {
    async fn v14_a_late_report_gives_the_fee_back_and_the_order_goes_on(w) {
        let (trade, order) = w.to_be_inspected().await;
        let inspector = w.inspector("Bureau of Looking").await;
        trade.on(&trade.supplier, "markReady", &order, json!({})).await.refused("TRANSITION_REFUSED");
        let inspection = trade.scheduled(&order, &inspector, "2026-05-13").await;
        assert_eq!((&inspection["status"], &inspection["feeStatus"]), (&json!("SCHEDULED"), &json!("HELD")));
        assert_eq!(w.balance("INSPECTION_ESCROW", "USD").await, 29_800);
        // The end of the day in the supplier's zone, and three days.
        assert_eq!(inspection["reportDueAt"], "2026-05-16T22:59:59.999999Z");
        trade.on(&trade.supplier, "declarePacked", &order, json!({ "packedPercent": 80 })).await.good();
        w.time_passes(w.span_to(&inspection["reportDueAt"])).await;
        let check = json!({ "verdict": "PASS", "findings": "Good.", "validateOnly": true });
        let at = ("inspectionId", &inspection["id"]);
        trade.gives(&inspector, "submitInspectionReport", at, check.clone()).await.good();
        assert_eq!(trade.inspection(&order).await["status"], "SCHEDULED");
        w.passes(Span::seconds(1));
        trade.gives(&inspector, "submitInspectionReport", at, check).await.refused("DEADLINE_PASSED");
        w.time_passes(Span::ZERO).await;
        let late = trade.inspection(&order).await;
        assert_eq!((&late["status"], &late["feeStatus"]), (&json!("BREACHED"), &json!("REFUNDED")));
        assert_eq!((w.balance("INSPECTION_ESCROW", "USD").await, w.balance("REFUND_DUE", "USD").await), (0, 29_800));
        assert_eq!(trade.order(&order, "status").await["status"], "IN_PRODUCTION");
        w.money_arrives().await;
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.clearing("USD").await), (0, 20_000));
        // Another one can be booked while enough working days are left; after that the contract's inspection lapses.
        let until = trade.order(&order, "inspectionBookableUntil").await["inspectionBookableUntil"].clone();
        assert_eq!(until, "2026-05-20T22:59:59.999999Z");
        w.time_passes(w.span_to(&until)).await;
        trade.on(&trade.supplier, "markReady", &order, json!({})).await.refused("TRANSITION_REFUSED");
        w.passes(Span::seconds(1));
        trade.books(&order, &inspector, "2026-06-01").await.refused("DEADLINE_PASSED");
        w.time_passes(Span::ZERO).await;
        trade.on(&trade.supplier, "markReady", &order, json!({})).await.good();
        trade.dispatches(&order).await;
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn goods_that_fail_are_mended_looked_at_again_and_leave(w) {
        let (trade, order) = w.to_be_inspected().await;
        let (inspector, other) = (w.inspector("Bureau of Looking").await, w.inspector("Other Eyes").await);
        let inspection = trade.scheduled(&order, &inspector, "2026-05-13").await;
        // Who inspects sees the order; another inspector does not.
        let query = "query ($id: ID!) { order(id: $id) { status inspections { status } } orders(first: 5) { nodes { id } } }";
        let seen = inspector.asks(query, json!({ "id": order["id"] })).await.good();
        assert_eq!((&seen["order"]["status"], seen["orders"]["nodes"].as_array().unwrap().len()), (&json!("IN_PRODUCTION"), 1));
        let unseen = other.asks(query, json!({ "id": order["id"] })).await.good();
        assert_eq!((&unseen["order"], unseen["orders"]["nodes"].as_array().unwrap().len()), (&Value::Null, 0));
        trade.reports(&other, &inspection, "PASS").await.refused("NOT_FOUND");
        // Nothing is reported but that it cannot be looked at, until the goods are shown.
        trade.reports(&inspector, &inspection, "PASS").await.refused("TRANSITION_REFUSED");
        for percent in [79, 101, -1] {
            let more = json!({ "packedPercent": percent });
            trade.on(&trade.supplier, "declarePacked", &order, more).await.refused("INVALID_INPUT");
        }
        trade.on(&trade.buyer, "declarePacked", &order, json!({ "packedPercent": 80 })).await.refused("FORBIDDEN");
        trade.on(&trade.supplier, "declarePacked", &order, json!({ "packedPercent": 80 })).await.good();
        trade.reports(&inspector, &inspection, "PENDING").await.good();
        assert_eq!(w.balance("INSPECTION_ESCROW", "USD").await, 29_800);
        trade.reports(&inspector, &inspection, "FAIL").await.good();
        assert_eq!((w.balance("INSPECTION_ESCROW", "USD").await, w.balance("INSPECTOR_PAYABLE", "USD").await), (0, 29_800));
        assert_eq!(trade.order(&order, "status").await["status"], "IN_INSPECTION");
        let how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
        trade.on(&trade.supplier, "dispatchShipment", &order, how).await.refused("TRANSITION_REFUSED");
        let at = ("inspectionId", &inspection["id"]);
        let before = w.at_rest().await;
        trade.gives(&trade.supplier, "requestRework", at, json!({ "instructions": "New seams." })).await.refused("FORBIDDEN");
        trade.gives(&trade.buyer, "requestRework", at, json!({ "instructions": " " })).await.refused("INVALID_INPUT");
        trade.gives(&trade.buyer, "cancelInspection", at, json!({})).await.refused("TRANSITION_REFUSED");
        w.contents().await.same_as(&before);
        let due = trade.order(&order, "dispatchBy").await["dispatchBy"].clone();
        trade.gives(&trade.buyer, "requestRework", at, json!({ "instructions": "New seams." })).await.good();
        trade.on(&trade.supplier, "markReady", &order, json!({})).await.refused("TRANSITION_REFUSED");
        trade.on(&trade.supplier, "declarePacked", &order, json!({ "packedPercent": 100 })).await.good();
        trade.reports(&inspector, &inspection, "PASS").await.good();
        let passed = trade.order(&order, "status dispatchBy").await;
        assert_eq!((&passed["status"], &passed["dispatchBy"]), (&json!("READY"), &due));
        trade.dispatches(&order).await;
        assert_eq!(w.balance("INSPECTOR_PAYABLE", "USD").await, 29_800);
        // The node of an inspection is its parties' and its inspector's.
        let query = "query ($id: ID!) { node(id: $id) { id ... on Inspection { status inspector { name } } } }";
        let seen = inspector.asks(query, json!({ "id": inspection["id"] })).await.good();
        assert_eq!(seen["node"]["status"], "PASSED");
        assert!(other.asks(query, json!({ "id": inspection["id"] })).await.good()["node"].is_null());
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_buyer_may_take_goods_that_failed_and_a_missed_inspection_costs_nothing(w) {
        let (trade, order) = w.to_be_inspected().await;
        let inspector = w.inspector("Bureau of Looking").await;
        let missed = trade.scheduled(&order, &inspector, "2026-05-13").await;
        trade.reports(&inspector, &missed, "NOT_PERFORMED").await.good();
        let missed = trade.inspection(&order).await;
        assert_eq!((&missed["status"], &missed["feeStatus"]), (&json!("NOT_PERFORMED"), &json!("REFUNDED")));
        assert_eq!((w.balance("INSPECTION_ESCROW", "USD").await, w.balance("REFUND_DUE", "USD").await), (0, 29_800));
        let inspection = trade.scheduled(&order, &inspector, "2026-05-15").await;
        trade.on(&trade.supplier, "declarePacked", &order, json!({ "packedPercent": 90 })).await.good();
        trade.reports(&inspector, &inspection, "FAIL").await.good();
        let at = ("inspectionId", &inspection["id"]);
        let word = json!({ "statement": "The colour is fine with us." });
        trade.gives(&trade.supplier, "waiveInspection", at, word.clone()).await.refused("FORBIDDEN");
        trade.gives(&trade.buyer, "waiveInspection", at, word).await.good();
        let waived = trade.inspection(&order).await;
        assert_eq!((&waived["status"], &waived["waiver"]["statement"]), (&json!("WAIVED"), &json!("The colour is fine with us.")));
        trade.dispatches(&order).await;
        w.money_holds().await;
    }

    async fn a_booking_has_its_day_its_fee_and_its_time(w) {
        let (trade, order) = w.to_be_inspected().await;
        let (inspector, stranger) = (w.inspector("Bureau of Looking").await, w.party("No Eyes", Role::Inspector).await);
        let before = w.at_rest().await;
        // Too soon, a holiday, a Saturday, behind the dispatch deadline.
        for day in ["2026-05-12", "2026-05-14", "2026-05-16", "2026-06-02"] {
            trade.books(&order, &inspector, day).await.refused("INVALID_INPUT");
        }
        trade.books(&order, &stranger, "2026-05-13").await.refused("NOT_FOUND");
        w.contents().await.without(&["idempotency_key"]).same_as(&before.clone().without(&["idempotency_key"]));
        trade.books(&order, &inspector, "2026-05-13").await.good();
        trade.books(&order, &inspector, "2026-05-13").await.refused("TRANSITION_REFUSED");
        let booked = trade.inspection(&order).await;
        assert!(booked["payments"][0]["sessionUrl"].is_string(), "{booked}");
        let at = ("inspectionId", &booked["id"]);
        trade.gives(&inspector, "acceptInspection", at, json!({})).await.refused("TRANSITION_REFUSED");
        // A cent too much is set aside whole; the fee is still due.
        let sent = json!({ "amount": { "amount": "298.01", "currencyCode": "USD" } });
        trade.settles(&booked["payments"][0]["id"], sent).await.good();
        assert_eq!((w.balance("SUSPENSE", "USD").await, w.balance("INSPECTION_ESCROW", "USD").await), (29_801, 0));
        trade.gives(&trade.buyer, "createInspectionPaymentSession", at, json!({})).await.good();
        let again = trade.inspection(&order).await;
        trade.settles(&again["payments"][1]["id"], json!({})).await.good();
        trade.settles(&again["payments"][1]["id"], json!({})).await.good();
        assert_eq!(w.balance("INSPECTION_ESCROW", "USD").await, 29_800);
        // Nobody accepts: it lapses after two days, a second late, and the fee goes back.
        w.time_passes(Span::hours(48)).await;
        assert_eq!(trade.inspection(&order).await["status"], "PAID");
        w.time_passes(Span::seconds(1)).await;
        let lapsed = trade.inspection(&order).await;
        assert_eq!((&lapsed["status"], &lapsed["feeStatus"]), (&json!("LAPSED"), &json!("REFUNDED")));
        // Called off before its day, whole; on its day no more.
        let third = trade.scheduled(&order, &inspector, "2026-05-18").await;
        let at = ("inspectionId", &third["id"]);
        w.passes(w.span_to(&json!("2026-05-17T22:59:59Z")));
        trade.gives(&trade.buyer, "cancelInspection", at, json!({ "validateOnly": true })).await.good();
        w.passes(Span::seconds(1));
        trade.gives(&trade.buyer, "cancelInspection", at, json!({})).await.refused("TRANSITION_REFUSED");
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_supplier_at_fault_makes_a_failed_inspection_good_once(w) {
        let (trade, order) = w.to_be_inspected().await;
        let (inspector, operator) = (w.inspector("Bureau of Looking").await, w.operator().await);
        let inspection = trade.scheduled(&order, &inspector, "2026-05-13").await;
        trade.on(&trade.supplier, "declarePacked", &order, json!({ "packedPercent": 80 })).await.good();
        trade.reports(&inspector, &inspection, "FAIL").await.good();
        let at = ("inspectionId", &inspection["id"]);
        trade.gives(&trade.buyer, "requestRework", at, json!({ "instructions": "New seams." })).await.good();
        trade.on(&trade.supplier, "declarePacked", &order, json!({ "packedPercent": 100 })).await.good();
        trade.reports(&inspector, &inspection, "PASS").await.good();
        let sent = trade.dispatches(&order).await;
        trade.delivers(&sent["shipments"][0]["id"]).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        let decision = |buyer, supplier, fault| json!({
            "buyerAmount": dollars(buyer), "supplierAmount": dollars(supplier), "reasons": "The seams.",
            "supplierAtFault": fault,
        });
        // Without fault the fee stays where it is.
        let first = trade.heard(&order, 1_000).await;
        trade.moves(&operator, "decideDispute", &first, decision(1_000, 19_000, false)).await;
        w.time_passes(Span::seconds(3 * 86_400 + 1)).await;
        assert_eq!(trade.inspection(&order).await["feeStatus"], "EARNED");
        let dispute = trade.heard(&order, 4_000).await;
        trade.moves(&operator, "decideDispute", &dispute, decision(4_000, 15_000, true)).await;
        let query = "query ($id: ID!) { dispute(id: $id) { decisions { supplierAtFault } } }";
        let read = trade.supplier.asks(query, json!({ "id": dispute["id"] })).await.good();
        assert_eq!(read["dispute"]["decisions"], json!([{ "supplierAtFault": true }]));
        assert_eq!(trade.inspection(&order).await["feeStatus"], "EARNED", "nothing moves before the appeal period is over");
        w.time_passes(Span::seconds(3 * 86_400 + 1)).await;
        assert_eq!(trade.inspection(&order).await["feeStatus"], "REIMBURSED");
        // The order's part goes back first; then the fee, out of the payable as far as it reaches.
        assert_eq!(trade.ledger_since(&order, 7).await, [
            "FEE_RETURNED 80 FEE_INCOME>SUPPLIER_PAYABLE",
            "INSPECTION_REIMBURSED 14700 SUPPLIER_PAYABLE>REFUND_DUE",
            "INSPECTION_REIMBURSED 15100 SUPPLIER_DEBT>REFUND_DUE",
            "REFUND_FROM_SUPPLIER 4000 SUPPLIER_PAYABLE>REFUND_DUE",
        ]);
        // A third decision does not make it good again, and the limit is what was paid for the goods.
        trade.claims(&order, 15_001).await.refused("AMOUNT_OUT_OF_RANGE");
        let again = trade.heard(&order, 15_000).await;
        trade.moves(&operator, "decideDispute", &again, decision(15_000, 0, true)).await;
        w.time_passes(Span::seconds(3 * 86_400 + 1)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "REFUNDED");
        assert_eq!(trade.ledger_since(&order, 11).await, [
            "FEE_RETURNED 300 FEE_INCOME>SUPPLIER_PAYABLE",
            "REFUND_ADVANCED 14700 SUPPLIER_DEBT>REFUND_DUE",
            "REFUND_FROM_SUPPLIER 300 SUPPLIER_PAYABLE>REFUND_DUE",
        ]);
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("INSPECTOR_PAYABLE", "USD").await), (29_800, 29_800));
        // Each goes back by the payment that it came by.
        w.money_arrives().await;
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.clearing("USD").await), (0, 0));
        let back = trade.order(&order, "refunds { cause status amount { minorUnits } }").await;
        let fees: Vec<_> = back["refunds"].as_array().unwrap().iter().filter(|refund| refund["cause"] == "INSPECTION_FEE").collect();
        assert_eq!(fees, [&json!({ "cause": "INSPECTION_FEE", "status": "SUCCEEDED", "amount": { "minorUnits": "29800" } })]);
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn what_a_failed_inspection_cost_comes_out_of_the_release_of_the_decision(w) {
        let (trade, order) = w.to_be_inspected().await;
        let (inspector, operator) = (w.inspector("Bureau of Looking").await, w.operator().await);
        let inspection = trade.scheduled(&order, &inspector, "2026-05-13").await;
        trade.on(&trade.supplier, "declarePacked", &order, json!({ "packedPercent": 80 })).await.good();
        trade.reports(&inspector, &inspection, "FAIL").await.good();
        let dispute = trade.heard(&order, 20_000).await;
        let half = json!({ "split": "HALF", "reasons": "Both.", "supplierAtFault": true });
        trade.moves(&operator, "decideDispute", &dispute, half).await;
        w.time_passes(Span::seconds(3 * 86_400 + 1)).await;
        assert_eq!(trade.order(&order, "status").await["status"], "SETTLED");
        assert_eq!(
            (w.balance("SUPPLIER_PAYABLE", "USD").await, w.balance("SUPPLIER_DEBT", "USD").await, w.balance("ESCROW", "USD").await),
            (0, 20_000, 0),
        );
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 39_800);
        w.money_arrives().await;
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_fee_that_comes_when_the_day_is_over_goes_back(w) {
        let (trade, order) = w.to_be_inspected().await;
        let inspector = w.inspector("Bureau of Looking").await;
        trade.books(&order, &inspector, "2026-05-13").await.good();
        let booked = trade.inspection(&order).await;
        trade.settles(&booked["payments"][0]["id"], json!({ "outcome": "PROCESSING" })).await.good();
        // The provider is still at it when the day, 13 May in Germany, is over.
        w.time_passes(w.span_to(&json!("2026-05-16T23:30:00Z"))).await;
        assert_eq!(trade.inspection(&order).await["status"], "BOOKED");
        trade.settles(&booked["payments"][0]["id"], json!({})).await.good();
        assert_eq!(trade.inspection(&order).await["status"], "PAID");
        let at = ("inspectionId", &booked["id"]);
        trade.gives(&inspector, "acceptInspection", at, json!({})).await.refused("DEADLINE_PASSED");
        assert_eq!(w.balance("INSPECTION_ESCROW", "USD").await, 29_800);
        w.time_passes(Span::seconds(1)).await;
        let lapsed = trade.inspection(&order).await;
        assert_eq!((&lapsed["status"], &lapsed["feeStatus"]), (&json!("LAPSED"), &json!("REFUNDED")));
        w.money_arrives().await;
        assert_eq!((w.balance("INSPECTION_ESCROW", "USD").await, w.clearing("USD").await), (0, 20_000));
        // A day is left to book another one; it can be accepted up to the end of its day.
        trade.books(&order, &inspector, "2026-05-28").await.good();
        w.money_holds().await;
        w.log_is_whole().await;
    }
}
