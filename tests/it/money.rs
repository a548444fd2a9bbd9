//! The money outside of orders: set-aside payments, payouts, statements, the check of the books.

use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::{payments, verification};

use super::trade::Trade;
use super::world::{Answer, World, on_both};

impl World {
    /// The provider is asked for everything that is owed, and everything arrives.
    pub async fn money_arrives(&self) {
        payments::work_off(&self.app).await.unwrap();
        payments::sandbox::settle_asked(&self.app).await.unwrap();
    }

    /// The balance of all accounts of a kind on their own side, in minor units of a currency.
    pub async fn balance(&self, kind: &str, currency: &str) -> i64 {
        let side = "CASE WHEN normal_side = 'CREDIT' THEN credits - debits ELSE debits - credits END";
        self.number(&format!(
            "SELECT coalesce(sum({side}), 0) FROM account WHERE kind = '{kind}' AND currency = '{currency}'"
        ))
        .await
    }
}

impl Trade {
    /// The supplier asks for a payout.
    pub async fn pays_out(&self, key: &str, amount: &str) -> Answer {
        let input = json!({ "idempotencyKey": key, "amount": { "amount": amount, "currencyCode": "USD" } });
        let query = "mutation ($input: RequestPayoutInput!) { requestPayout(input: $input) { \
                     payout { id status amount { minorUnits } } replayed userErrors { code message } } }";
        self.supplier.asks(query, json!({ "input": input })).await
    }

    async fn suspense(&self, order: &Value) -> Vec<Value> {
        let fields = "suspenseItems { id status reason amount { minorUnits } refund { minorUnits } }";
        self.order(order, fields).await["suspenseItems"].as_array().unwrap().clone()
    }
}

async fn completed(trade: &Trade, quantity: i64) -> Value {
    let order = trade.delivered(quantity).await;
    let done = trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
    done["confirmReceipt"]["order"].clone()
}

on_both! {
    async fn v13_money_after_the_end_goes_back_by_itself(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        w.time_passes(Span::days(61)).await;
        trade.settles(&payment, json!({})).await.good();
        assert_eq!(trade.order(&order, "status").await["status"], "EXPIRED");
        let items = trade.suspense(&order).await;
        assert_eq!((items.len(), &items[0]["status"], &items[0]["reason"]), (1, &json!("REFUNDING"), &json!("LATE")));
        assert_eq!(items[0]["refund"]["minorUnits"], "20000");
        assert_eq!(w.balance("SUSPENSE", "USD").await, 0);
        assert_eq!(w.balance("REFUND_DUE", "USD").await, 20_000);
        w.money_arrives().await;
        assert_eq!(trade.suspense(&order).await[0]["status"], "REFUNDED");
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.clearing("USD").await), (0, 0));
        assert_eq!(trade.order(&order, "status escrow { held { minorUnits } }").await["status"], "EXPIRED");
        // Told again and again: nothing more goes back.
        w.money_arrives().await;
        trade.settles(&payment, json!({})).await.good();
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.clearing("USD").await), (0, 0));
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn v12_a_cent_too_much_is_set_aside_whole_and_assigned(w) {
        let trade = w.trade_with(|product| product.minimum_order_quantity = 1).await;
        let operator = w.operator().await;
        // 3500 at 2.00 dollars are 700,000 minor units.
        let order = trade.confirmed(3_500).await;
        let payment = trade.session(&order).await;
        let sent = json!({ "amount": { "amount": "7000.01", "currencyCode": "USD" } });
        trade.settles(&payment, sent).await.good();
        let seen = trade.order(&order, "status escrow { held { minorUnits } }").await;
        assert_eq!((&seen["status"], &seen["escrow"]["held"]["minorUnits"]), (&json!("PENDING_PAYMENT"), &json!("0")));
        let item = trade.suspense(&order).await[0].clone();
        assert_eq!((&item["status"], &item["reason"]), (&json!("OPEN"), &json!("WRONG_AMOUNT")));
        let assign = "mutation ($input: AssignSuspensePaymentInput!) { assignSuspensePayment(input: $input) { \
                      suspenseItem { status refund { minorUnits } } order { status escrow { held { minorUnits } } } \
                      replayed userErrors { code message } } }";
        let other = trade.confirmed(3_500).await;
        let wrong = json!({ "input": { "idempotencyKey": "a", "suspenseItemId": item["id"], "orderId": other["id"] } });
        operator.asks(assign, wrong).await.refused("INVALID_INPUT");
        let input = json!({ "input": { "idempotencyKey": "b", "suspenseItemId": item["id"], "orderId": order["id"] } });
        let done = operator.asks(assign, input.clone()).await.good()["assignSuspensePayment"].clone();
        assert_eq!(done["suspenseItem"], json!({ "status": "REFUNDING", "refund": { "minorUnits": "1" } }));
        assert_eq!(done["order"], json!({ "status": "IN_PRODUCTION", "escrow": { "held": { "minorUnits": "700000" } } }));
        let again = operator.asks(assign, input).await.good()["assignSuspensePayment"].clone();
        assert_eq!((&again["replayed"], &again["order"]), (&json!(true), &done["order"]));
        let second = json!({ "input": { "idempotencyKey": "c", "suspenseItemId": item["id"], "orderId": order["id"] } });
        operator.asks(assign, second).await.refused("TRANSITION_REFUSED");
        assert_eq!((w.balance("SUSPENSE", "USD").await, w.balance("REFUND_DUE", "USD").await), (0, 1));
        w.money_arrives().await;
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.clearing("USD").await), (0, 700_000));
        assert_eq!(trade.suspense(&order).await[0]["status"], "REFUNDED");
        w.money_holds().await;
    }

    async fn set_aside_money_goes_back_when_an_operator_says_so(w) {
        let trade = w.trade().await;
        let operator = w.operator().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        let sent = json!({ "amount": { "amount": "150.00", "currencyCode": "USD" } });
        trade.settles(&payment, sent).await.good();
        let item = trade.suspense(&order).await[0]["id"].clone();
        let assign = "mutation ($input: AssignSuspensePaymentInput!) { assignSuspensePayment(input: $input) { userErrors { code } } }";
        let too_little = json!({ "input": { "idempotencyKey": "a", "suspenseItemId": item, "orderId": order["id"] } });
        operator.asks(assign, too_little).await.refused("AMOUNT_MISMATCH");
        let refund = "mutation ($input: RefundSuspensePaymentInput!) { refundSuspensePayment(input: $input) { \
                      suspenseItem { status } userErrors { code } } }";
        let input = json!({ "input": { "idempotencyKey": "b", "suspenseItemId": item } });
        let done = operator.asks(refund, input).await.good();
        assert_eq!(done["refundSuspensePayment"]["suspenseItem"]["status"], "REFUNDING");
        w.money_arrives().await;
        let listed = operator.asks("{ suspenseItems(status: REFUNDED) { nodes { status } } }", json!({})).await.good();
        assert_eq!(listed["suspenseItems"]["nodes"], json!([{ "status": "REFUNDED" }]));
        assert_eq!(w.clearing("USD").await, 0);
        assert_eq!(trade.order(&order, "status").await["status"], "PENDING_PAYMENT");
        w.money_holds().await;
    }

    async fn a_payout_takes_what_there_is_and_comes_back_whole(w) {
        let trade = w.trade().await;
        completed(&trade, 100).await;
        // 20,000 less 2 percent.
        trade.pays_out("more", "196.01").await.refused("AMOUNT_OUT_OF_RANGE");
        trade.pays_out("none", "0.00").await.refused("AMOUNT_OUT_OF_RANGE");
        let payout = trade.pays_out("first", "100.00").await.good()["requestPayout"]["payout"].clone();
        assert_eq!((&payout["status"], w.balance("SUPPLIER_PAYABLE", "USD").await), (&json!("REQUESTED"), 9_600));
        let again = trade.pays_out("first", "100.00").await.good()["requestPayout"].clone();
        assert_eq!((&again["replayed"], &again["payout"]["id"]), (&json!(true), &payout["id"]));
        trade.pays_out("first", "100.01").await.refused("IDEMPOTENCY_KEY_REUSED");
        trade.pays_out("second", "96.01").await.refused("AMOUNT_OUT_OF_RANGE");
        let settle = "mutation ($input: SettleSandboxPayoutInput!) { settleSandboxPayout(input: $input) { payout { status } userErrors { code } } }";
        let ends = async |outcome: &str| {
            let input = json!({ "input": { "payoutId": payout["id"], "outcome": outcome } });
            trade.supplier.asks(settle, input).await.good()["settleSandboxPayout"]["payout"]["status"].clone()
        };
        w.money_arrives().await;
        assert_eq!((w.balance("PAYOUT_DUE", "USD").await, w.clearing("USD").await), (0, 10_000));
        assert_eq!(ends("FAILED").await, "PAID", "it had arrived");
        assert_eq!(ends("RETURNED").await, "RETURNED");
        assert_eq!(ends("RETURNED").await, "RETURNED");
        assert_eq!((w.balance("SUPPLIER_PAYABLE", "USD").await, w.clearing("USD").await), (19_600, 20_000));
        let failing = trade.pays_out("third", "196.00").await.good()["requestPayout"]["payout"]["id"].clone();
        let input = json!({ "input": { "payoutId": failing, "outcome": "FAILED" } });
        trade.supplier.asks(settle, input).await.good();
        assert_eq!((w.balance("SUPPLIER_PAYABLE", "USD").await, w.balance("PAYOUT_DUE", "USD").await), (19_600, 0));
        let listed = trade.supplier.asks("{ payouts(first: 1) { totalCount nodes { status } } }", json!({})).await.good();
        assert_eq!(listed["payouts"], json!({ "totalCount": 2, "nodes": [{ "status": "FAILED" }] }));
        let stranger = w.protected_supplier("Another").await;
        let query = "query ($id: ID!) { payout(id: $id) { id } }";
        assert!(stranger.asks(query, json!({ "id": payout["id"] })).await.good()["payout"].is_null());
        w.money_holds().await;
    }

    async fn a_difference_in_the_books_stops_payouts_until_it_is_mended(w) {
        let trade = w.trade().await;
        let order = completed(&trade, 100).await;
        let found = verification::verify(&w.app).await.unwrap();
        assert_eq!((found.orders, found.problems), (1, Vec::new()));
        let id = order["id"].as_str().unwrap();
        let tamper = format!("UPDATE account SET debits = debits - 1 WHERE kind = 'ESCROW' AND subject = '{id}'");
        w.tampers(&tamper).await;
        let found = verification::verify(&w.app).await.unwrap();
        assert!(found.problem_count >= 3, "{found:?}");
        trade.pays_out("blocked", "1.00").await.refused("PAYOUT_BLOCKED");
        let told = trade.order(&order, "timeline { type }").await;
        assert_eq!(told["timeline"].as_array().unwrap().last().unwrap()["type"], "BOOKS_DIFFER");
        let operator = w.operator().await;
        let last = operator.asks("{ lastVerification { problemCount problems } }", json!({})).await.good();
        assert!(last["lastVerification"]["problems"][0].as_str().unwrap().contains("ESCROW"), "{last}");
        w.tampers(&tamper.replace("debits - 1", "debits + 1")).await;
        assert_eq!(verification::verify(&w.app).await.unwrap().problem_count, 0);
        trade.pays_out("free", "1.00").await.good();
        // A chain of hashes that somebody broke is found, too.
        w.tampers(&format!("UPDATE orders SET terms_hash = '{}' WHERE id = '{id}'", "0".repeat(64))).await;
        let found = verification::verify(&w.app).await.unwrap();
        assert!(found.problems.iter().any(|problem| problem.contains("terms")), "{found:?}");
    }

    async fn a_statement_reconciles_to_the_cent(w) {
        let trade = w.trade().await;
        let start = w.now();
        completed(&trade, 100).await;
        w.passes(Span::days(2));
        let middle = w.now();
        trade.pays_out("first", "50.00").await.good();
        completed(&trade, 10).await;
        w.passes(Span::days(1));
        let end = w.now();
        let query = "query ($account: LedgerAccountKind!, $from: DateTime!, $before: DateTime!) { \
                     accountStatement(account: $account, currencyCode: \"USD\", from: $from, before: $before) { \
                     opening { minorUnits } added { minorUnits } taken { minorUnits } closing { minorUnits } entryCount csv } }";
        let read = async |account: &str, from: surety::domain::time::Timestamp, before: surety::domain::time::Timestamp, buys: bool| {
            let variables = json!({ "account": account, "from": from.to_string(), "before": before.to_string() });
            let party = if buys { &trade.buyer } else { &trade.supplier };
            let answer = party.asks(query, variables).await.good()["accountStatement"].clone();
            let minor = |field: &str| answer[field]["minorUnits"].as_str().unwrap().parse::<i64>().unwrap();
            assert_eq!(minor("opening") + minor("added") - minor("taken"), minor("closing"));
            (minor("opening"), minor("closing"), answer["entryCount"].as_i64().unwrap(), answer["csv"].as_str().unwrap().to_owned())
        };
        let (opening, first, entries, csv) = read("SUPPLIER_PAYABLE", start, middle, false).await;
        assert_eq!((opening, first, entries), (0, 19_600, 1));
        let (second, closing, entries, _) = read("SUPPLIER_PAYABLE", middle, end, false).await;
        assert_eq!((second, entries), (first, 2));
        assert_eq!(closing, w.balance("SUPPLIER_PAYABLE", "USD").await);
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines.len(), 4, "{csv}");
        assert!(lines[2].contains(",SUPPLIER_PAYABLE,RELEASE,196.00,196.00,USD"), "{csv}");
        let (_, held, entries, _) = read("ESCROW", start, end, true).await;
        assert_eq!((held, entries), (0, 6), "the buyer sees its escrow come and go");
        let listed = trade.buyer.asks("{ ledgerEntries(first: 100) { totalCount nodes { account change { minorUnits } } } }", json!({})).await.good();
        let sum: i64 = listed["ledgerEntries"]["nodes"].as_array().unwrap().iter()
            .map(|entry| entry["change"]["minorUnits"].as_str().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!((sum, &listed["ledgerEntries"]["totalCount"]), (0, &json!(6)));
        let balances = trade.supplier.asks("{ accountBalances { account balance { minorUnits } } }", json!({})).await.good();
        assert_eq!(balances["accountBalances"][0]["balance"]["minorUnits"], closing.to_string());
    }

    async fn operators_hear_of_the_providers_limit_before_it_comes(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let told = async || {
            let timeline = trade.order(&order, "timeline { type }").await;
            timeline["timeline"].as_array().unwrap().iter().filter(|event| event["type"] == "HOLD_LIMIT_APPROACHING").count()
        };
        w.passes(Span::days(76));
        w.time_passes(Span::ZERO).await;
        assert_eq!(told().await, 0, "the 76th day is in time");
        w.time_passes(Span::seconds(1)).await;
        assert_eq!(told().await, 1);
        let held = trade.order(&order, "escrow { held { minorUnits } }").await;
        assert_eq!(held["escrow"]["held"]["minorUnits"], "20000", "never a release by it");
    }
}
