//! What the database holds as a whole, to see that something changed nothing.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use surety::store::Reader;

use super::world::{World, on_both};

/// The rows of every table as texts, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents(BTreeMap<String, Vec<String>>);

impl Contents {
    /// The same without tables whose rows are allowed to come and go, such as the record of keys.
    #[must_use]
    pub fn without(mut self, tables: &[&str]) -> Self {
        self.0.retain(|table, _| !tables.contains(&table.as_str()));
        self
    }

    /// The names of the tables.
    pub fn tables(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Checks that nothing is different, naming the tables and rows that are.
    #[track_caller]
    pub fn same_as(&self, before: &Self) {
        let mut changes = Vec::new();
        for (table, rows) in &self.0 {
            let old = before.0.get(table).cloned().unwrap_or_default();
            changes
                .extend(rows.iter().filter(|row| !old.contains(row)).map(|row| format!("+ {table} {row}")));
            changes
                .extend(old.iter().filter(|row| !rows.contains(row)).map(|row| format!("- {table} {row}")));
        }
        assert!(changes.is_empty(), "the database changed:\n{}", changes.join("\n"));
    }
}

impl World {
    /// Every row of every table but the audit log, which has a line of whatever was tried; `audit_log.rs` looks at that.
    pub async fn contents(&self) -> Contents {
        let db = &self.app.db;
        let listed = if db.is_postgres() {
            "SELECT tablename::text, '' FROM pg_tables WHERE schemaname = 'public'"
        } else {
            "SELECT l.name, group_concat('hex(CAST(\"' || c.name || '\" AS BLOB))') FROM pragma_table_list l, \
             pragma_table_info(l.name) c WHERE l.schema = 'main' AND l.type = 'table' \
             AND l.name NOT LIKE 'sqlite_%' GROUP BY l.name"
        };
        let mut out = BTreeMap::new();
        for (table, columns) in self.pairs(listed).await {
            if table.starts_with("audit_log_") {
                continue;
            }
            let rows = if db.is_postgres() {
                format!("SELECT '', row_to_json(t)::text FROM \"{table}\" t")
            } else {
                let parts: Vec<_> =
                    columns.split(',').map(|column| format!("COALESCE({column}, 'null')")).collect();
                format!("SELECT '', {} FROM \"{table}\"", parts.join(" || ' ' || "))
            };
            let mut rows: Vec<String> = self.pairs(&rows).await.into_iter().map(|(_, row)| row).collect();
            rows.sort_unstable();
            out.insert(table, rows);
        }
        Contents(out)
    }

    async fn pairs(&self, sql: &str) -> Vec<(String, String)> {
        let db = &self.app.db;
        let rows = db.connection().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
        rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect()
    }
}

on_both! {
    async fn contents_see_every_change_and_no_other(w) {
        w.company("acme").await;
        let before = w.contents().await;
        let actor = w.anonymous();
        w.execute(&actor, "{ serverVersion }", json!({})).await.good();
        w.contents().await.same_as(&before);
        w.company("another").await;
        let after = w.contents().await;
        assert_ne!(after, before);
        assert_eq!(after.without(&["company"]), before.without(&["company"]));
    }
}
