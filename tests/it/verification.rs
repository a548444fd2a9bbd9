//! The check of all books: what somebody changed behind the program's back is found, and what is right is no difference.

use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::verification;

use super::trade::Trade;
use super::world::{World, on_both};

impl World {
    /// Lets rows of an append-only table be changed, as somebody with the database's password can.
    async fn unlocks(&self, table: &str) {
        if self.app.db.is_postgres() {
            self.tampers(&format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await;
            return;
        }
        let text = format!("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'");
        for row in self.rows(&text).await {
            let name: String = row.try_get("", "name").unwrap();
            self.tampers(&format!("DROP TRIGGER {name}")).await;
        }
    }

    /// What the check finds.
    async fn differences(&self) -> Vec<String> {
        verification::verify(&self.app).await.unwrap().problems
    }

    /// The check finds something that is said so.
    #[track_caller]
    fn tells(found: &[String], what: &str) {
        assert!(found.iter().any(|problem| problem.contains(what)), "nothing of {what:?}: {found:?}");
    }
}

async fn received(trade: &Trade) -> Value {
    trade.received(100).await
}

on_both! {
    async fn the_last_events_cannot_be_cut_off(w) {
        let trade = w.trade().await;
        let order = received(&trade).await;
        assert_eq!(w.differences().await, Vec::<String>::new());
        w.unlocks("event_log").await;
        w.unlocks("event_audience").await;
        let id = order["id"].as_str().unwrap();
        let last = w.number(&format!("SELECT max(seq) FROM event_log WHERE order_id = '{id}'")).await;
        w.tampers(&format!("DELETE FROM event_audience WHERE seq = {last}")).await;
        w.tampers(&format!("DELETE FROM event_log WHERE seq = {last}")).await;
        World::tells(&w.differences().await, "the chain of events ends");
    }

    async fn a_contract_cannot_be_lost_or_put_in_place_of_another(w) {
        let trade = w.trade().await;
        let (order, other) = (received(&trade).await, received(&trade).await);
        let (id, other) = (order["id"].as_str().unwrap(), other["id"].as_str().unwrap());
        w.unlocks("contract").await;
        for column in ["document", "hash"] {
            let from = format!("(SELECT {column} FROM contract WHERE order_id = '{other}')");
            w.tampers(&format!("UPDATE contract SET {column} = {from} WHERE order_id = '{id}'")).await;
        }
        World::tells(&w.differences().await, "its terms are not those of its contract");
        w.tampers(&format!("DELETE FROM contract WHERE order_id = '{id}'")).await;
        World::tells(&w.differences().await, "its contract is gone");
    }

    async fn what_is_still_to_be_paid_cannot_be_lowered(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let id = order["id"].as_str().unwrap();
        w.tampers(&format!("UPDATE instalment SET amount_minor = 1 WHERE order_id = '{id}'")).await;
        World::tells(&w.differences().await, "instalments ask for 1, the terms for 20000");
    }

    async fn money_cannot_be_moved_to_somebody_else_whole(w) {
        let trade = w.trade().await;
        received(&trade).await;
        received(&trade).await;
        let thief = w.company("Thief").await.id;
        w.unlocks("transfer").await;
        // One movement and both balances, so that every sum is right.
        let take = "SELECT max(credit_version) FROM transfer WHERE code = 'RELEASE'";
        let version = w.number(take).await;
        w.tampers(&format!(
            "INSERT INTO account (id, kind, subject, currency, normal_side, debits, credits, version) \
             SELECT '{thief}', kind, '{thief}', currency, normal_side, 0, 19600, 1 FROM account WHERE kind = 'SUPPLIER_PAYABLE'"
        ))
        .await;
        w.tampers(&format!("UPDATE transfer SET credit_account_id = '{thief}' WHERE code = 'RELEASE' AND credit_version = {version}")).await;
        w.tampers(&format!("UPDATE account SET credits = credits - 19600, version = version - 1 WHERE kind = 'SUPPLIER_PAYABLE' AND subject <> '{thief}'")).await;
        World::tells(&w.differences().await, "does not follow the one before it");
    }

    async fn payouts_and_set_aside_money_are_in_their_accounts(w) {
        let trade = w.trade().await;
        received(&trade).await;
        let late = trade.confirmed(100).await;
        let payment = trade.session(&late).await;
        w.time_passes(Span::days(61)).await;
        trade.settles(&payment, json!({})).await.good();
        trade.pays_out("first", "100.00").await.good();
        assert_eq!(w.differences().await, Vec::<String>::new());
        w.money_arrives().await;
        assert_eq!(w.differences().await, Vec::<String>::new());
        for (done, undone) in [
            ("UPDATE payout SET amount_minor = 10001", "UPDATE payout SET amount_minor = 10000"),
            (
                "UPDATE payout SET status = 'SUBMITTED', settled_at = NULL",
                "UPDATE payout SET status = 'PAID', settled_at = requested_at",
            ),
            ("UPDATE suspense_item SET status = 'REFUNDING'", "UPDATE suspense_item SET status = 'REFUNDED'"),
            ("UPDATE suspense_item SET status = 'OPEN'", "UPDATE suspense_item SET status = 'REFUNDED'"),
        ] {
            w.tampers(done).await;
            World::tells(&w.differences().await, "the ledger does not hold what was set aside for it");
            w.tampers(undone).await;
            assert_eq!(w.differences().await, Vec::<String>::new(), "{undone}");
        }
        w.tampers("DELETE FROM payout").await;
        World::tells(&w.differences().await, "the ledger does not hold what was set aside for it");
    }
}
