//! Refund requests: asked, bargained over, agreed on, taken back, escalated, with every refusal on the way.

use serde_json::{Value, json};
use surety::domain::time::Span;

use super::trade::{ERRORS, ORDER, Trade};
use super::world::{Answer, Party, World, on_both};

/// What every command on a dispute asks back.
const DISPUTE: &str = "id status claimed { minorUnits } disputed { minorUnits } paidBack { minorUnits } \
    offers { version by amount { minorUnits } } refusal { message } answerBy escalatedAt evidenceBy \
    decisions { buyerAmount { minorUnits } supplierAmount { minorUnits } needsConfirmation confirmed appealBy } \
    appeal { by } evidence { by kind reference sha256 }";

/// So many minor units of dollars as the API takes them.
pub fn dollars(minor: i64) -> Value {
    json!({ "amount": format!("{}.{:02}", minor / 100, minor % 100), "currencyCode": "USD" })
}

impl Trade {
    /// The buyer asks for so many minor units back.
    pub async fn claims(&self, order: &Value, minor: i64) -> Answer {
        self.claims_as(&self.buyer, order, dollars(minor), json!({})).await
    }

    /// Somebody asks for an amount back.
    pub async fn claims_as(&self, party: &Party, order: &Value, amount: Value, more: Value) -> Answer {
        let mut input = json!({
            "idempotencyKey": self.key(), "orderId": order["id"], "ground": "DAMAGED", "amount": amount,
            "statement": "Half of them are torn.",
        });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        party.commands("requestRefund", input, &format!("dispute {{ {DISPUTE} }} {ERRORS}")).await
    }

    /// A dispute about so many minor units of an order.
    pub async fn claimed(&self, order: &Value, minor: i64) -> Value {
        self.claims(order, minor).await.good()["requestRefund"]["dispute"].clone()
    }

    /// A command on a dispute.
    pub async fn disputes(&self, party: &Party, mutation: &str, dispute: &Value, more: Value) -> Answer {
        let mut input = json!({ "idempotencyKey": self.key(), "disputeId": dispute["id"] });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        party.commands(mutation, input, &format!("dispute {{ {DISPUTE} }} {ERRORS}")).await
    }

    /// The same, done: the dispute after it.
    pub async fn moves(&self, party: &Party, mutation: &str, dispute: &Value, more: Value) -> Value {
        self.disputes(party, mutation, dispute, more).await.good()[mutation]["dispute"].clone()
    }

    /// A dispute that both sides have shown something in.
    pub async fn heard(&self, order: &Value, minor: i64) -> Value {
        let dispute = self.claimed(order, minor).await;
        let no = json!({ "accept": false, "message": "They left whole." });
        self.moves(&self.supplier, "respondToRefundRequest", &dispute, no).await;
        self.moves(&self.buyer, "escalateDispute", &dispute, json!({})).await;
        for party in [&self.buyer, &self.supplier] {
            let said = json!({ "kind": "STATEMENT", "note": "So it was." });
            self.moves(party, "submitEvidence", &dispute, said).await;
        }
        self.dispute(&self.buyer, &dispute).await
    }

    /// The dispute as somebody sees it.
    pub async fn dispute(&self, party: &Party, dispute: &Value) -> Value {
        let query = format!("query($id: ID!) {{ dispute(id: $id) {{ {DISPUTE} order {{ {ORDER} }} }} }}");
        party.asks(&query, json!({ "id": dispute["id"] })).await.good()["dispute"].clone()
    }

    /// The kinds of an order's open holds.
    pub async fn held(&self, order: &Value) -> Vec<String> {
        let found = self.order(order, "holds { kind }").await;
        let kinds = found["holds"].as_array().cloned().unwrap_or_default();
        kinds.iter().map(|hold| hold["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// The order's status.
    pub async fn status(&self, order: &Value) -> String {
        self.order(order, "status").await["status"].as_str().unwrap().to_owned()
    }

    /// An order for so many, received.
    pub async fn received(&self, quantity: i64) -> Value {
        let order = self.delivered(quantity).await;
        self.on(&self.buyer, "confirmReceipt", &order, json!({})).await.good()["confirmReceipt"]["order"]
            .clone()
    }
}

async fn timer(trade: &Trade, order: &Value, kind: &str) -> Value {
    let found = trade.order(order, "deadlines { kind state dueAt remaining }").await;
    let timers = found["deadlines"].as_array().unwrap();
    timers.iter().find(|timer| timer["kind"] == kind).cloned().unwrap_or_default()
}

async fn running(w: &World, order: &Value) -> i64 {
    let id = order["id"].as_str().unwrap();
    w.number(&format!(
        "SELECT count(*) FROM deadline WHERE order_id = '{id}' AND state IN ('PENDING', 'PAUSED')"
    ))
    .await
}

const DAY: i64 = 86_400;

on_both! {
    async fn a_part_is_agreed_on_and_the_order_goes_on(w) {
        let trade = w.trade().await;
        let order = trade.delivered(500).await;
        let dispute = trade.claimed(&order, 30_000).await;
        assert_eq!((&dispute["status"], &dispute["disputed"]["minorUnits"]), (&json!("NEGOTIATING"), &json!("100000")));
        assert_eq!(trade.held(&order).await, ["REFUND_REQUEST"]);
        assert_eq!(timer(&trade, &order, "AUTO_CONFIRMATION").await["state"], "PAUSED");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.refused("TRANSITION_REFUSED");
        trade.claims(&order, 100).await.refused("TRANSITION_REFUSED");
        let offer = trade.moves(&trade.supplier, "offerRefund", &dispute, json!({ "amount": dollars(10_000), "note": "Sorry." })).await;
        assert_eq!(offer["offers"][1], json!({ "version": 2, "by": "SUPPLIER", "amount": { "minorUnits": "10000" } }));
        assert_eq!(timer(&trade, &order, "REFUND_ANSWER").await["state"], "MET");
        trade.disputes(&trade.supplier, "acceptRefundOffer", &dispute, json!({ "offerVersion": 2 })).await.refused("TRANSITION_REFUSED");
        trade.moves(&trade.buyer, "offerRefund", &dispute, json!({ "amount": dollars(20_000) })).await;
        trade.disputes(&trade.buyer, "acceptRefundOffer", &dispute, json!({ "offerVersion": 3 })).await.refused("TRANSITION_REFUSED");
        trade.disputes(&trade.supplier, "acceptRefundOffer", &dispute, json!({ "offerVersion": 2 })).await.refused("TERMS_MISMATCH");
        trade.disputes(&trade.buyer, "offerRefund", &dispute, json!({ "amount": dollars(30_001) })).await.refused("AMOUNT_OUT_OF_RANGE");
        let agreed = trade.moves(&trade.supplier, "acceptRefundOffer", &dispute, json!({ "offerVersion": 3 })).await;
        assert_eq!((&agreed["status"], &agreed["paidBack"]["minorUnits"]), (&json!("AGREED"), &json!("20000")));
        assert_eq!((trade.status(&order).await.as_str(), trade.held(&order).await.len()), ("DELIVERED", 0));
        let timer = timer(&trade, &order, "AUTO_CONFIRMATION").await;
        assert_eq!(timer["state"], "PENDING");
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        assert_eq!(trade.ledger(&order).await, [
            "DEPOSIT 100000 PROVIDER_CLEARING>ESCROW",
            "REFUND 20000 ESCROW>REFUND_DUE",
            "RELEASE 78400 ESCROW>SUPPLIER_PAYABLE",
            "FEE 1600 ESCROW>FEE_INCOME",
        ]);
        w.money_arrives().await;
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 0);
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn a_claim_of_everything_that_is_accepted_ends_the_order(w) {
        let trade = w.trade().await;
        let order = trade.paid(500).await;
        let dispute = trade.claimed(&order, 100_000).await;
        trade.disputes(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": false })).await.refused("INVALID_INPUT");
        trade.disputes(&trade.buyer, "respondToRefundRequest", &dispute, json!({ "accept": true })).await.refused("FORBIDDEN");
        trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
        assert_eq!(trade.status(&order).await, "REFUNDED");
        assert_eq!((running(&w, &order).await, trade.held(&order).await.len()), (0, 0));
        trade.claims(&order, 1).await.refused("TRANSITION_REFUSED");
        assert_eq!(trade.ledger(&order).await, ["DEPOSIT 100000 PROVIDER_CLEARING>ESCROW", "REFUND 100000 ESCROW>REFUND_DUE"]);
        assert!(!trade.order(&order, "endedAt").await["endedAt"].is_null());
        w.money_holds().await;
    }

    async fn a_deposit_goes_back_before_anything_left(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(500);
        wish["depositPercent"] = json!(30);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = trade.confirms(&order).await;
        let order = trade.pays(&order).await;
        trade.claims(&order, 30_001).await.refused("AMOUNT_OUT_OF_RANGE");
        let dispute = trade.claimed(&order, 30_000).await;
        let offer = trade.moves(&trade.supplier, "offerRefund", &dispute, json!({ "amount": dollars(30_000) })).await;
        trade.moves(&trade.buyer, "acceptRefundOffer", &dispute, json!({ "offerVersion": offer["offers"][1]["version"] })).await;
        assert_eq!(trade.status(&order).await, "REFUNDED");
        w.money_holds().await;
    }

    async fn after_receipt_the_money_comes_from_the_supplier_with_the_fee_given_back(w) {
        let trade = w.trade().await;
        let order = trade.received(500).await;
        let dispute = trade.claimed(&order, 20_000).await;
        assert_eq!(dispute["disputed"]["minorUnits"], "100000");
        trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
        assert_eq!(trade.status(&order).await, "COMPLETED");
        let rest = trade.claimed(&order, 80_000).await;
        trade.claims(&order, 1).await.refused("TRANSITION_REFUSED");
        trade.moves(&trade.supplier, "respondToRefundRequest", &rest, json!({ "accept": true })).await;
        assert_eq!(trade.status(&order).await, "REFUNDED");
        assert_eq!(trade.ledger(&order).await[3..], [
            "REFUND_FROM_SUPPLIER 20000 SUPPLIER_PAYABLE>REFUND_DUE",
            "FEE_RETURNED 400 FEE_INCOME>SUPPLIER_PAYABLE",
            "REFUND_FROM_SUPPLIER 80000 SUPPLIER_PAYABLE>REFUND_DUE",
            "FEE_RETURNED 1600 FEE_INCOME>SUPPLIER_PAYABLE",
        ]);
        w.money_holds().await;
    }

    async fn the_window_ends_at_its_last_instant_and_waits_for_what_is_open(w) {
        let trade = w.trade().await;
        let (order, late) = (trade.received(100).await, trade.received(100).await);
        w.passes(Span::seconds(30 * DAY));
        let dispute = trade.claimed(&order, 100).await;
        w.passes(Span::seconds(1));
        trade.claims(&late, 100).await.refused("DEADLINE_PASSED");
        w.time_passes(Span::ZERO).await;
        assert_eq!((trade.status(&order).await.as_str(), trade.status(&late).await.as_str()), ("COMPLETED", "CLOSED"));
        trade.moves(&trade.buyer, "withdrawDispute", &dispute, json!({})).await;
        w.time_passes(Span::hours(2)).await;
        assert_eq!(trade.status(&order).await, "CLOSED");
        w.log_is_whole().await;
    }

    async fn an_answer_that_does_not_come_lets_the_buyer_escalate_and_then_the_clock(w) {
        let trade = w.trade().await;
        let (order, other) = (trade.paid(100).await, trade.paid(100).await);
        let (dispute, slow) = (trade.claimed(&order, 5_000).await, trade.claimed(&other, 5_000).await);
        w.time_passes(Span::seconds(3 * DAY)).await;
        trade.disputes(&trade.buyer, "escalateDispute", &dispute, json!({})).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::seconds(1)).await;
        let escalated = trade.moves(&trade.buyer, "escalateDispute", &dispute, json!({})).await;
        assert_eq!(escalated["status"], "EVIDENCE");
        assert_eq!(trade.held(&order).await, ["DISPUTE"]);
        trade.disputes(&trade.supplier, "offerRefund", &dispute, json!({ "amount": dollars(1) })).await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::seconds(4 * DAY - 1)).await;
        assert_eq!(trade.dispute(&trade.buyer, &slow).await["status"], "NEGOTIATING");
        w.time_passes(Span::seconds(1)).await;
        assert_eq!(trade.dispute(&trade.buyer, &slow).await["status"], "EVIDENCE");
        assert_eq!(trade.held(&other).await, ["DISPUTE"]);
        assert_eq!(timer(&trade, &other, "REFUND_ANSWER").await["state"], "BREACHED");
        w.log_is_whole().await;
    }

    async fn taken_back_the_order_goes_on_with_at_least_two_days(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let due = timer(&trade, &order, "DISPATCH").await;
        let due = surety::domain::time::Timestamp::parse(due["dueAt"].as_str().unwrap()).unwrap();
        w.passes(Span::seconds(w.now().until(due).as_seconds() - 3_600));
        let dispute = trade.claimed(&order, 100).await;
        let paused = timer(&trade, &order, "DISPATCH").await;
        assert_eq!((&paused["state"], &paused["remaining"]), (&json!("PAUSED"), &json!("PT1H")));
        trade.on(&trade.supplier, "dispatchShipment", &order, json!({ "carrier": "C", "trackingNumber": "1", "mode": "AIR" }))
            .await.refused("TRANSITION_REFUSED");
        w.time_passes(Span::days(2)).await;
        trade.disputes(&trade.supplier, "withdrawDispute", &dispute, json!({})).await.refused("FORBIDDEN");
        let withdrawn = trade.moves(&trade.buyer, "withdrawDispute", &dispute, json!({})).await;
        assert_eq!((&withdrawn["status"], &withdrawn["paidBack"]["minorUnits"]), (&json!("WITHDRAWN"), &json!("0")));
        let resumed = timer(&trade, &order, "DISPATCH").await;
        assert_eq!((&resumed["state"], &resumed["dueAt"]), (&json!("PENDING"), &json!(w.now().plus(Span::hours(48)).to_string())));
        // Three in all, and no more.
        for _ in 0..2 {
            let again = trade.claimed(&order, 100).await;
            trade.moves(&trade.buyer, "withdrawDispute", &again, json!({})).await;
        }
        trade.claims(&order, 100).await.refused("TRANSITION_REFUSED");
    }

    async fn what_is_asked_wrongly_changes_nothing(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let stranger = w.buyer("Southgate").await;
        let before = w.at_rest().await;
        trade.claims(&order, 0).await.refused("AMOUNT_OUT_OF_RANGE");
        trade.claims(&order, 20_001).await.refused("AMOUNT_OUT_OF_RANGE");
        let euros = json!({ "amount": "1.00", "currencyCode": "EUR" });
        trade.claims_as(&trade.buyer, &order, euros, json!({})).await.refused("CURRENCY_MISMATCH");
        trade.claims_as(&trade.buyer, &order, dollars(1), json!({ "statement": " " })).await.refused("INVALID_INPUT");
        trade.claims_as(&trade.supplier, &order, dollars(1), json!({})).await.refused("FORBIDDEN");
        trade.claims_as(&stranger, &order, dollars(1), json!({})).await.refused("NOT_FOUND");
        w.contents().await.same_as(&before);
        let dispute = trade.claimed(&order, 100).await;
        let before = w.at_rest().await;
        trade.disputes(&stranger, "withdrawDispute", &dispute, json!({})).await.refused("NOT_FOUND");
        trade.disputes(&trade.buyer, "appealDecision", &dispute, json!({ "statement": "no" })).await.refused("TRANSITION_REFUSED");
        w.contents().await.same_as(&before);
    }

    async fn each_side_lists_its_own_and_operators_all(w) {
        let trade = w.trade().await;
        let (first, second) = (trade.paid(100).await, trade.paid(100).await);
        let one = trade.claimed(&first, 100).await;
        w.passes(Span::seconds(1));
        let two = trade.claimed(&second, 200).await;
        trade.moves(&trade.buyer, "withdrawDispute", &one, json!({})).await;
        let list = "query($filter: DisputeFilterInput) { disputes(filter: $filter, first: 10) { totalCount nodes { id order { id } } } }";
        let ids = |data: Value| -> Vec<Value> {
            data["disputes"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect()
        };
        let operator = w.operator().await;
        for party in [&trade.buyer, &trade.supplier, &operator] {
            let all = party.asks(list, json!({})).await.good();
            assert_eq!((ids(all.clone()), &all["disputes"]["totalCount"]), (vec![two["id"].clone(), one["id"].clone()], &json!(2)));
            let open = party.asks(list, json!({ "filter": { "statuses": ["NEGOTIATING", "EVIDENCE"] } })).await.good();
            assert_eq!(ids(open), [two["id"].clone()]);
        }
        let stranger = w.buyer("Southgate").await;
        assert!(ids(stranger.asks(list, json!({})).await.good()).is_empty());
        let node = "query($id: ID!) { node(id: $id) { id ... on Dispute { claimed { minorUnits } } } }";
        assert_eq!(trade.buyer.asks(node, json!({ "id": two["id"] })).await.good()["node"]["claimed"]["minorUnits"], "200");
        assert!(stranger.asks(node, json!({ "id": two["id"] })).await.good()["node"].is_null());
        let pages = "query($after: Cursor) { disputes(first: 1, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }";
        let page = trade.buyer.asks(pages, json!({})).await.good();
        assert_eq!(page["disputes"]["pageInfo"]["hasNextPage"], true);
        let next = trade.buyer.asks(pages, json!({ "after": page["disputes"]["pageInfo"]["endCursor"] })).await.good();
        assert_eq!(ids(next), [one["id"].clone()]);
    }

    async fn commands_of_one_document_are_each_answered_with_what_is_there_then(w) {
        let trade = w.trade().await;
        let order = trade.delivered(100).await;
        let dispute = trade.claimed(&order, 100).await;
        let input = |note: &str| json!({ "idempotencyKey": trade.key(), "disputeId": dispute["id"], "kind": "STATEMENT", "note": note });
        let query = "mutation ($a: SubmitEvidenceInput!, $b: SubmitEvidenceInput!) {
            a: submitEvidence(input: $a) { dispute { evidence { note } order { timeline { type } } } userErrors { code } }
            b: submitEvidence(input: $b) { dispute { evidence { note } order { timeline { type } } } userErrors { code } } }";
        let both = trade.buyer.asks(query, json!({ "a": input("torn"), "b": input("wet") })).await.good();
        assert_eq!(both["a"]["dispute"]["evidence"], json!([{ "note": "torn" }]));
        let shown = both["b"]["dispute"]["evidence"].as_array().unwrap();
        assert!(shown.len() == 2 && shown.contains(&json!({ "note": "wet" })), "{shown:?}");
        let told = |which: &str| both[which]["dispute"]["order"]["timeline"].as_array().unwrap().len();
        assert_eq!(told("a") + 1, told("b"));
    }
}
