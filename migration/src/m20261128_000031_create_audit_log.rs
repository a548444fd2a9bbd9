//! The audit log: who did what with which token. Never the input itself, no name, no secret: ids, words and hashes.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 5] = [
    // Ids are no foreign keys: a log outlives what it speaks of, and a refused command may name what is not there.
    "CREATE TABLE audit_log_entry (
        id :id PRIMARY KEY,
        occurred_at :time NOT NULL,
        app_id :id NOT NULL,
        company_id :id,
        member_id :id,
        role :word NOT NULL,
        token :word CHECK (length(token) BETWEEN 1 AND 128),
        request_id :word,
        operation :word NOT NULL CHECK (length(operation) BETWEEN 1 AND 100),
        order_id :id,
        subject_id :id,
        outcome :word NOT NULL CHECK (outcome IN ('DONE', 'REPLAYED', 'VALIDATED', 'REFUSED')),
        error_code :word,
        idempotency_key_digest :word CHECK (length(idempotency_key_digest) = 16),
        input_sha256 :word CHECK (length(input_sha256) = 64),
        CHECK ((outcome = 'REFUSED') = (error_code IS NOT NULL))
    ) :strict",
    "CREATE INDEX audit_log_entry_at ON audit_log_entry (occurred_at, id)",
    "CREATE INDEX audit_log_entry_of_order ON audit_log_entry (order_id, occurred_at) WHERE order_id IS NOT NULL",
    "CREATE INDEX audit_log_entry_about ON audit_log_entry (subject_id, occurred_at) WHERE subject_id IS NOT NULL",
    // Whom an entry concerns: who acted, and whose affairs were changed.
    "CREATE TABLE audit_log_concern (
        company_id :id NOT NULL,
        occurred_at :time NOT NULL,
        entry_id :id NOT NULL REFERENCES audit_log_entry (id),
        PRIMARY KEY (company_id, occurred_at, entry_id)
    ) :strict",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await?;
        append_only(manager, "audit_log_entry").await?;
        append_only(manager, "audit_log_concern").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_log_concern", "audit_log_entry"]).await
    }
}
