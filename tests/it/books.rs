//! The invariants of the design (I1 to I5, I8, I11, I19) asked of the database, whatever the test did before.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult, Statement};
use surety::domain::event::{FIRST_HASH, chain_hash};
use surety::domain::time::Timestamp;
use surety::service::events;
use surety::store::{Reader, ledger};

use super::world::World;

impl World {
    /// Which database it runs on.
    pub fn name(&self) -> &'static str {
        if self.app.db.is_postgres() { "PostgreSQL" } else { "SQLite" }
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {table}")).await
    }

    /// The one number that a statement answers.
    pub async fn number(&self, sql: &str) -> i64 {
        self.rows(&format!("SELECT CAST(({sql}) AS BIGINT) AS n")).await[0].try_get("", "n").unwrap()
    }

    /// The rows that a statement answers.
    pub async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let db = &self.app.db;
        db.connection().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap()
    }

    /// Runs a statement that no rule of the program would.
    pub async fn tampers(&self, sql: &str) {
        self.app.db.connection().execute_unprepared(sql).await.unwrap();
    }

    /// What the provider holds for us by the ledger, in minor units.
    pub async fn clearing(&self, currency: &str) -> i64 {
        self.number(&format!(
            "SELECT coalesce(sum(debits - credits), 0) FROM account WHERE kind = 'PROVIDER_CLEARING' AND currency = '{currency}'"
        ))
        .await
    }

    /// Checks the money: the ledger adds up, each order's escrow is what came less what left, nothing left twice, and
    /// what ended holds nothing.
    pub async fn money_holds(&self) {
        assert_eq!(ledger::audit(&self.app.db).await.unwrap(), Vec::<String>::new());
        let side = |kind: &str, codes: &str, side: &str| {
            format!(
                "(SELECT CAST(coalesce(sum(t.amount_minor), 0) AS BIGINT) FROM transfer t JOIN account a ON a.id = t.{side}_account_id \
                 WHERE a.kind = '{kind}' AND t.order_id = o.id AND t.code IN ({codes}))"
            )
        };
        let rows = self
            .rows(&format!(
                "SELECT o.id, o.status, o.total_minor, {} AS paid, {} AS released, {} AS back, \
                 (SELECT CAST(coalesce(sum(credits - debits), 0) AS BIGINT) FROM account WHERE kind = 'ESCROW' AND subject = o.id) AS held, \
                 (SELECT CAST(coalesce(sum(paid_minor), 0) AS BIGINT) FROM instalment WHERE order_id = o.id) AS instalments, \
                 (SELECT count(*) FROM posting WHERE order_id = o.id AND kind = 'RELEASE') AS releases \
                 FROM orders o",
                side("ESCROW", "'DEPOSIT', 'CREDIT_SPENT', 'SUSPENSE_ASSIGNED'", "credit"),
                side("ESCROW", "'RELEASE', 'FEE'", "debit"),
                side("ESCROW", "'REFUND', 'COMPENSATION'", "debit"),
            ))
            .await;
        for row in &rows {
            let number = |column: &str| row.try_get::<i64>("", column).unwrap();
            let (id, status): (String, String) =
                (row.try_get("", "id").unwrap(), row.try_get("", "status").unwrap());
            let (paid, released, held) = (number("paid"), number("released"), number("held"));
            let back = number("back");
            assert_eq!(paid, released + back + held, "I4: {id} {status}");
            assert_eq!(paid, number("instalments"), "{id} {status}: the instalments say otherwise");
            assert!(number("releases") <= 1, "I5: {id} was released {} times", number("releases"));
            let settled = matches!(status.as_str(), "COMPLETED" | "CLOSED");
            assert!(!settled || released + back > 0, "{id} {status}: released {released}");
            let ended =
                settled || matches!(status.as_str(), "CANCELLED" | "EXPIRED" | "REFUNDED" | "SETTLED");
            assert!(!ended || held == 0, "I8: {id} {status} holds {held}");
            assert!(paid - back <= number("total_minor"), "{id} was paid more than its price");
        }
    }

    /// Checks the log: dense, each order's events without a gap and chained by their hashes, every event heard by two
    /// companies, nothing left in the outbox. Answers how many events there are.
    pub async fn log_is_whole(&self) -> i64 {
        events::sequence(&self.app).await.unwrap();
        if self.app.db.is_postgres() {
            assert_eq!(self.count("event_outbox").await, 0);
        }
        let rows = self.rows("SELECT * FROM event_log ORDER BY seq").await;
        let mut chains: BTreeMap<String, (i64, String, i64)> = BTreeMap::new();
        for (row, place) in rows.iter().zip(1_i64..) {
            let number = |column: &str| row.try_get::<i64>("", column).unwrap();
            let text = |column: &str| row.try_get::<String>("", column).unwrap();
            assert_eq!(number("seq"), place, "the log has a gap");
            let order = text("order_id");
            let (seq, hash, version) =
                chains.entry(order.clone()).or_insert_with(|| (0, FIRST_HASH.to_owned(), 0));
            *seq += 1;
            assert_eq!(
                (number("order_seq"), text("prev_hash")),
                (*seq, hash.clone()),
                "the chain of {order} broke"
            );
            assert!(number("order_version") >= *version, "{order} went back");
            let kind = text("type").parse().unwrap();
            let at = Timestamp::from_micros(number("occurred_at"));
            *hash = chain_hash(hash, order.parse().unwrap(), *seq, kind, at, &text("body"));
            *version = number("order_version");
            assert_eq!(text("hash"), *hash, "event {seq} of {order} was changed");
        }
        let count = i64::try_from(rows.len()).unwrap();
        assert_eq!(self.number("SELECT seq FROM log_head WHERE lane = 0").await, count);
        assert_eq!(self.count("event_audience").await, 2 * count);
        let behind = "SELECT count(*) FROM orders o WHERE o.event_seq <> (SELECT count(*) FROM event_log e WHERE e.order_id = o.id)";
        assert_eq!(self.number(behind).await, 0, "an order told more than the log holds");
        count
    }
}
