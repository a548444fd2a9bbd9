//! The event log, deadlines, idempotency keys, the server's own secrets and the sandbox clock.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, is_postgres, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const COMMON: [&str; 8] = [
    // seq is dense: a reader that gets rows 101 to 180 knows that nothing is missing.
    "CREATE TABLE event_log (
        lane :int NOT NULL DEFAULT 0,
        seq :int NOT NULL CHECK (seq > 0),
        event_id :id NOT NULL UNIQUE,
        order_id :id REFERENCES orders (id),
        supplier_id :id REFERENCES supplier (id),
        quote_id :id,
        company_id :id REFERENCES company (id),
        subject_seq :int NOT NULL CHECK (subject_seq > 0),
        subject_version :int NOT NULL,
        type :word NOT NULL,
        body :json NOT NULL,
        occurred_at :time NOT NULL,
        prev_hash :word NOT NULL,
        hash :word NOT NULL CHECK (length(hash) = 64),
        audience :json NOT NULL,
        PRIMARY KEY (lane, seq),
        UNIQUE (order_id, subject_seq),
        UNIQUE (supplier_id, subject_seq),
        UNIQUE (quote_id, subject_seq),
        UNIQUE (company_id, subject_seq),
        CHECK (CASE WHEN order_id IS NULL THEN 0 ELSE 1 END + CASE WHEN supplier_id IS NULL THEN 0 ELSE 1 END
            + CASE WHEN quote_id IS NULL THEN 0 ELSE 1 END + CASE WHEN company_id IS NULL THEN 0 ELSE 1 END = 1)
    ) :strict",
    // Cursors before the oldest place are refused: what companies heard there is no longer indexed.
    "CREATE TABLE log_head (
        lane :int PRIMARY KEY,
        seq :int NOT NULL CHECK (seq >= 0),
        oldest :int NOT NULL CHECK (oldest BETWEEN 1 AND seq + 1),
        indexed_from :int NOT NULL CHECK (indexed_from BETWEEN 1 AND oldest),
        epoch :word NOT NULL
    ) :strict",
    // One table for all timers: an act is in time until due_at; the clock fires when now > fires_after.
    "CREATE TABLE deadline (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        kind :word NOT NULL CHECK (kind IN ('SUPPLIER_CONFIRMATION', 'PAYMENT', 'BALANCE_PAYMENT', 'DISPATCH_WARNING',
            'DISPATCH_DUE', 'DISPATCH', 'DELIVERY', 'AUTO_CONFIRMATION', 'CLAIM_WINDOW')),
        subject :word NOT NULL,
        due_at :time NOT NULL,
        fires_after :time NOT NULL,
        version :int NOT NULL CHECK (version > 0),
        state :word NOT NULL CHECK (state IN ('PENDING', 'PAUSED', 'MET', 'BREACHED', 'FIRED', 'CANCELLED')),
        remaining_seconds :int,
        settled_at :time,
        UNIQUE (order_id, kind, subject),
        CHECK ((state = 'PAUSED') = (remaining_seconds IS NOT NULL)),
        CHECK ((state IN ('PENDING', 'PAUSED')) = (settled_at IS NULL))
    ) :strict",
    "CREATE INDEX deadline_pending ON deadline (fires_after, id) WHERE state = 'PENDING'",
    // Written in the transaction of the command that it belongs to, kept for ever.
    "CREATE TABLE idempotency_key (
        app_id :id NOT NULL,
        company_id :id NOT NULL,
        key :text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
        operation :word NOT NULL,
        input_sha256 :word NOT NULL CHECK (length(input_sha256) = 64),
        answer :json,
        created_at :time NOT NULL,
        PRIMARY KEY (app_id, company_id, key)
    ) :strict",
    "CREATE TABLE server_secret (
        name :word PRIMARY KEY,
        value :word NOT NULL,
        created_at :time NOT NULL
    ) :strict",
    "CREATE TABLE sandbox_clock (
        id :int PRIMARY KEY CHECK (id = 1),
        offset_seconds :int NOT NULL CHECK (offset_seconds >= 0)
    ) :strict",
    "INSERT INTO sandbox_clock (id, offset_seconds) VALUES (1, 0)",
];

/// What a company hears, in its order: an index of `event_log.audience`. On PostgreSQL in parts of a million places, so that
/// what is no longer told is dropped and not deleted (store/events/retention.rs).
const AUDIENCE: &str = "CREATE TABLE event_audience (
        lane :int NOT NULL DEFAULT 0,
        seq :int NOT NULL,
        company_id :id NOT NULL,
        part :word NOT NULL CHECK (part IN ('BUYER', 'SUPPLIER', 'INSPECTOR', 'MEMBER')),
        PRIMARY KEY (company_id, lane, seq, part),
        FOREIGN KEY (lane, seq) REFERENCES event_log (lane, seq)
    ) :strict";

const PARTS: [&str; 2] = [
    "CREATE TABLE event_audience_0 PARTITION OF event_audience FOR VALUES FROM (0) TO (1000000)",
    // Takes what comes where nobody made the next part in time.
    "CREATE TABLE event_audience_rest PARTITION OF event_audience DEFAULT",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &COMMON).await?;
        let parted = format!("{AUDIENCE} PARTITION BY RANGE (seq)");
        run(manager, &[if is_postgres(manager) { &parted } else { AUDIENCE }]).await?;
        if is_postgres(manager) {
            run(manager, &PARTS).await?;
            // Business transactions append here; any node moves rows into the dense log (store/events/sequence.rs).
            run(
                manager,
                &["CREATE TABLE event_outbox (
                    id :serial,
                    event_id :id NOT NULL UNIQUE,
                    order_id :id,
                    supplier_id :id,
                    quote_id :id,
                    company_id :id,
                    subject_seq :int NOT NULL,
                    subject_version :int NOT NULL,
                    type :word NOT NULL,
                    body :json NOT NULL,
                    occurred_at :time NOT NULL,
                    prev_hash :word NOT NULL,
                    hash :word NOT NULL,
                    audience :json NOT NULL
                )"],
            )
            .await?;
        }
        // Fresh for each database: a cursor of another one is refused, and nobody but its nodes can make one.
        let (epoch, secret) = if is_postgres(manager) {
            (
                "replace(gen_random_uuid()::text, '-', '')",
                "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')",
            )
        } else {
            ("lower(hex(randomblob(16)))", "lower(hex(randomblob(32)))")
        };
        let head = format!(
            "INSERT INTO log_head (lane, seq, oldest, indexed_from, epoch) VALUES (0, 0, 1, 1, {epoch})"
        );
        let key =
            format!("INSERT INTO server_secret (name, value, created_at) VALUES ('cursor', {secret}, 0)");
        run(manager, &[&head, &key]).await?;
        append_only(manager, "event_log").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "event_outbox",
            "sandbox_clock",
            "server_secret",
            "idempotency_key",
            "deadline",
            "log_head",
            "event_audience",
            "event_log",
        ];
        drop_tables(manager, &tables).await
    }
}
