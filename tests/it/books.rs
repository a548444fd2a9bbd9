//! The invariants of the design (I1 to I5, I8, I11, I19) asked of the database, whatever the test did before.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult, Statement};
use surety::domain::event::{EventSubject, FIRST_HASH, chain_hash};
use surety::domain::time::Timestamp;
use surety::service::{events, verification};
use surety::store::Reader;

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

    /// Waits for what dead transactions had locked of a table: on PostgreSQL it is free a moment later, and who looks for
    /// work passes by meanwhile.
    pub async fn the_dead_let_go_of(&self, table: &str) {
        if self.app.db.is_postgres() {
            self.rows(&format!("SELECT 1 FROM {table} FOR UPDATE")).await;
        }
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

    /// Checks the money: the program's own check of all books finds nothing, and asked by other words the database says
    /// the same: escrow is what came less what left, no order got more than was due, what ended holds nothing.
    pub async fn money_holds(&self) {
        let found = verification::verify(&self.app).await.unwrap();
        assert_eq!(found.problems, Vec::<String>::new());
        let rows = self
            .rows(
                "SELECT o.id, o.status, \
                 (SELECT CAST(coalesce(sum(CASE WHEN a.id = t.credit_account_id THEN t.amount_minor ELSE -t.amount_minor END), 0) AS BIGINT) \
                  FROM transfer t JOIN account a ON a.kind = 'ESCROW' AND a.subject = o.id \
                  AND (a.id = t.debit_account_id OR a.id = t.credit_account_id)) AS moved, \
                 (SELECT CAST(coalesce(sum(credits - debits), 0) AS BIGINT) FROM account WHERE kind = 'ESCROW' AND subject = o.id) AS held, \
                 (SELECT CAST(coalesce(sum(paid_minor), 0) AS BIGINT) FROM instalment WHERE order_id = o.id) AS instalments, \
                 (SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM transfer WHERE order_id = o.id \
                  AND code IN ('DEPOSIT', 'CREDIT_SPENT', 'SUSPENSE_ASSIGNED')) AS paid, \
                 (SELECT count(*) FROM posting WHERE order_id = o.id AND kind = 'RELEASE') AS releases \
                 FROM orders o",
            )
            .await;
        for row in &rows {
            let number = |column: &str| row.try_get::<i64>("", column).unwrap();
            let (id, status): (String, String) =
                (row.try_get("", "id").unwrap(), row.try_get("", "status").unwrap());
            assert_eq!(number("moved"), number("held"), "I4: {id} {status}");
            assert_eq!(number("paid"), number("instalments"), "{id} {status}: the instalments say otherwise");
            let settled = matches!(status.as_str(), "COMPLETED" | "CLOSED");
            let ended =
                settled || matches!(status.as_str(), "CANCELLED" | "EXPIRED" | "REFUNDED" | "SETTLED");
            assert!(!ended || number("held") == 0, "I8: {id} {status} holds {}", number("held"));
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
        let mut heard = 0;
        let mut chains: BTreeMap<String, (i64, String, i64)> = BTreeMap::new();
        for (row, place) in rows.iter().zip(1_i64..) {
            let number = |column: &str| row.try_get::<i64>("", column).unwrap();
            let text = |column: &str| row.try_get::<String>("", column).unwrap();
            assert_eq!(number("seq"), place, "the log has a gap");
            let name = |column: &str| row.try_get::<Option<String>>("", column).unwrap();
            let subject = match ["order_id", "supplier_id", "quote_id", "company_id"].map(name) {
                [Some(order), None, None, None] => EventSubject::Order(order.parse().unwrap()),
                [None, Some(supplier), None, None] => EventSubject::Supplier(supplier.parse().unwrap()),
                [None, None, Some(quote), None] => EventSubject::Quote(quote.parse().unwrap()),
                [None, None, None, Some(company)] => EventSubject::Company(company.parse().unwrap()),
                other => panic!("event {place} is about {other:?}"),
            };
            let audience: Vec<(String, String)> = serde_json::from_str(&text("audience")).unwrap();
            assert!(!audience.is_empty(), "nobody hears event {place}");
            heard += i64::try_from(audience.len()).unwrap();
            let (seq, hash, version) =
                chains.entry(subject.to_string()).or_insert_with(|| (0, FIRST_HASH.to_owned(), 0));
            *seq += 1;
            assert_eq!(
                (number("subject_seq"), text("prev_hash")),
                (*seq, hash.clone()),
                "the chain of {subject} broke"
            );
            assert!(number("subject_version") >= *version, "{subject} went back");
            let kind = text("type").parse().unwrap();
            let at = Timestamp::from_micros(number("occurred_at"));
            *hash = chain_hash(hash, subject, *seq, kind, at, &text("body"));
            *version = number("subject_version");
            assert_eq!(text("hash"), *hash, "event {seq} of {subject} was changed");
        }
        let count = i64::try_from(rows.len()).unwrap();
        assert_eq!(self.number("SELECT seq FROM log_head WHERE lane = 0").await, count);
        // What a company hears is indexed just as the log says.
        assert_eq!(self.count("event_audience").await, heard);
        for (table, column) in [
            ("orders", "order_id"),
            ("supplier", "supplier_id"),
            ("quote", "quote_id"),
            ("company", "company_id"),
        ] {
            let behind = format!(
                "SELECT count(*) FROM {table} o WHERE o.event_seq <> (SELECT count(*) FROM event_log e WHERE e.{column} = o.id)"
            );
            assert_eq!(self.number(&behind).await, 0, "a row of {table} told more than the log holds");
        }
        count
    }
}
