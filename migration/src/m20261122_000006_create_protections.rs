//! The regions of protections beside the order, payouts, evidence, and more kinds of timers.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 8] = [
    // A region is read and written whole with its order; what lists and guards ask for stands in columns of its own.
    "CREATE TABLE order_region (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        region :word NOT NULL CHECK (region IN ('REFUND', 'DISPUTE', 'INSPECTION', 'SERVICE_REQUEST', 'RETURN', 'AMENDMENT',
            'CHARGEBACK', 'COMPENSATION', 'OFF_PLATFORM_PAYMENT')),
        seq :int NOT NULL CHECK (seq > 0),
        status :word NOT NULL,
        body :json NOT NULL,
        opened_at :time NOT NULL,
        updated_at :time NOT NULL,
        UNIQUE (order_id, region, seq)
    ) :strict",
    "CREATE INDEX order_region_status ON order_region (region, status, opened_at, id)",
    // One Easy Return and one late-delivery credit for an order, whoever asks (I22).
    "CREATE UNIQUE INDEX order_region_one_return ON order_region (order_id) WHERE region = 'RETURN' AND status <> 'REJECTED'",
    // What both sides and the inspector submit: never changed, each with the hash of what it shows.
    "CREATE TABLE evidence_item (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        dispute_id :id NOT NULL REFERENCES order_region (id),
        party :word NOT NULL,
        company_id :id REFERENCES company (id),
        kind :word NOT NULL,
        reference :text,
        note :text,
        sha256 :word NOT NULL CHECK (length(sha256) = 64),
        submitted_at :time NOT NULL
    ) :strict",
    "CREATE INDEX evidence_item_dispute ON evidence_item (dispute_id, submitted_at, id)",
    "ALTER TABLE order_hold ADD COLUMN subject :word",
    // The list of kinds grew; a CHECK cannot be changed in SQLite, so the table is made anew.
    "CREATE TABLE deadline_next (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        kind :word NOT NULL CHECK (kind IN ('SUPPLIER_CONFIRMATION', 'PAYMENT', 'BALANCE_PAYMENT', 'DISPATCH_WARNING',
            'DISPATCH_DUE', 'DISPATCH', 'DELIVERY', 'AUTO_CONFIRMATION', 'CLAIM_WINDOW', 'SHIPMENT_CONFIRMATION',
            'LATE_DELIVERY_CREDIT', 'HOLD_LIMIT', 'INSPECTION_BOOKING', 'INSPECTION_PAYMENT', 'INSPECTION_ACCEPTANCE',
            'INSPECTION_REPORT', 'REFUND_ANSWER', 'DISPUTE_ESCALATION', 'EVIDENCE', 'APPEAL', 'RETURN_SHIPMENT',
            'RETURN_RECEIPT', 'SERVICE_ANSWER', 'SERVICE_FULFILMENT', 'AMENDMENT_ANSWER')),
        subject :word NOT NULL,
        due_at :time NOT NULL,
        fires_after :time NOT NULL,
        version :int NOT NULL CHECK (version > 0),
        state :word NOT NULL CHECK (state IN ('PENDING', 'PAUSED', 'MET', 'BREACHED', 'FIRED', 'CANCELLED')),
        remaining_seconds :int CHECK (remaining_seconds >= 0),
        settled_at :time,
        UNIQUE (order_id, kind, subject),
        CHECK ((state = 'PAUSED') = (remaining_seconds IS NOT NULL)),
        CHECK ((state IN ('PENDING', 'PAUSED')) = (settled_at IS NULL))
    ) :strict",
    // One text, so that one connection runs it: another one's picture of the tables could be older.
    "INSERT INTO deadline_next (id, order_id, kind, subject, due_at, fires_after, version, state, remaining_seconds, settled_at)
        SELECT id, order_id, kind, subject, due_at, fires_after, version, state, remaining_seconds, settled_at FROM deadline;
     DROP TABLE deadline;
     ALTER TABLE deadline_next RENAME TO deadline;
     CREATE INDEX deadline_pending ON deadline (fires_after, id) WHERE state = 'PENDING'",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await?;
        append_only(manager, "evidence_item").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The wider table of timers stays: the narrower CHECK could refuse what is in it.
        run(manager, &["ALTER TABLE order_hold DROP COLUMN subject"]).await?;
        drop_tables(manager, &["evidence_item", "order_region"]).await
    }
}
