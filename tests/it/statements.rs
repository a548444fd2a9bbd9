//! Statements: they reconcile whatever order the movements of several orders got their instants in.

use serde_json::{Value, json};
use surety::domain::ledger::{AccountKey, Posting, PostingKind};
use surety::domain::money::{Currency, Money};
use surety::domain::time::{Span, Timestamp};
use surety::store::ledger::{Context, post};

use super::trade::Trade;
use super::world::{World, on_both};

const STATEMENT: &str = "query ($from: DateTime!, $before: DateTime!) { \
    accountStatement(account: SUPPLIER_PAYABLE, currencyCode: \"USD\", from: $from, before: $before) { \
    opening { minorUnits } closing { minorUnits } entryCount csv } }";

impl Trade {
    async fn statement(&self, from: Timestamp, before: Timestamp) -> Value {
        let variables = json!({ "from": from.to_string(), "before": before.to_string() });
        self.supplier.asks(STATEMENT, variables).await.good()["accountStatement"].clone()
    }
}

impl World {
    /// Escrow of a paid order goes to the supplier, booked at an instant.
    async fn releases_at(&self, trade: &Trade, order: &Value, now: Timestamp) {
        let company = trade.supplier.company.clone().unwrap().id;
        let share = Money::new(20_000, Currency::USD);
        let order = order["id"].as_str().unwrap().parse().unwrap();
        let posting = Posting::release(order, (PostingKind::Release, 1), company, share, 0, 0);
        assert!(
            posting
                .transfers
                .iter()
                .any(|known| known.credit == AccountKey::supplier_payable(company, Currency::USD))
        );
        let tx = self.app.db.begin().await.unwrap();
        post(&tx, &[posting], Context { ids: &self.app.ids, now, contract_version: None }).await.unwrap();
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn a_command_that_waited_for_the_account_is_booked_where_it_stands(w) {
        let trade = w.trade().await;
        let (first, second) = (trade.paid(100).await, trade.paid(100).await);
        let start = w.now();
        // Two commands on two orders read the clock under their orders' locks; the later one gets the account first.
        let (early, late) = (start.plus(Span::seconds(1)), start.plus(Span::seconds(2)));
        w.releases_at(&trade, &second, late).await;
        w.releases_at(&trade, &first, early).await;
        let whole = trade.statement(start, start.plus(Span::days(1))).await;
        assert_eq!((&whole["closing"]["minorUnits"], &whole["entryCount"]), (&json!("40000"), &json!(2)));
        let csv = whole["csv"].as_str().unwrap();
        let balances: Vec<_> = csv.lines().skip(2).take(2).map(|line| line.split(',').nth(6).unwrap()).collect();
        assert_eq!(balances, ["200.00", "400.00"], "{csv}");
        // An instant between the two: each part says what was booked in it.
        let before = trade.statement(start, late).await;
        assert_eq!((&before["opening"]["minorUnits"], &before["closing"]["minorUnits"]), (&json!("0"), &json!("20000")));
        let behind = trade.statement(late, start.plus(Span::days(1))).await;
        assert_eq!((&behind["opening"]["minorUnits"], &behind["closing"]["minorUnits"]), (&json!("20000"), &json!("40000")));
    }

    async fn a_payout_that_comes_back_pays_debt_first(w) {
        let trade = w.trade().await;
        let order = trade.received(100).await;
        let payout = trade.pays_out("first", "196.00").await.good()["requestPayout"]["payout"]["id"].clone();
        let dispute = trade.claimed(&order, 20_000).await;
        trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
        // 400 of fee came back; the rest of 20,000 was advanced.
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (19_600, 0));
        let settle = "mutation ($input: SettleSandboxPayoutInput!) { settleSandboxPayout(input: $input) { userErrors { code } } }";
        let input = json!({ "input": { "payoutId": payout, "outcome": "FAILED" } });
        trade.supplier.asks(settle, input).await.good();
        assert_eq!((w.balance("SUPPLIER_DEBT", "USD").await, w.balance("SUPPLIER_PAYABLE", "USD").await), (0, 0));
        assert_eq!(w.balance("PAYOUT_DUE", "USD").await, 0);
        w.money_holds().await;
    }
}
