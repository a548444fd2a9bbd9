//! Partners' endpoints, what is owed to them, and what became of each attempt.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, is_postgres, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const TABLES: &[&str] = &[
    // Since when it only fails, how often in a row, and until when nothing is sent there: the breaker.
    "CREATE TABLE webhook_endpoint (
        id :id PRIMARY KEY,
        app_id :id NOT NULL REFERENCES partner_app (id),
        company_id :id REFERENCES company (id),
        role :word NOT NULL,
        scopes :text NOT NULL,
        url :text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
        event_types :json NOT NULL,
        document :text,
        ordered :bool NOT NULL,
        state :word NOT NULL CHECK (state IN ('ENABLED', 'DISABLED')),
        disabled_reason :word CHECK (disabled_reason IN ('BY_OWNER', 'GONE', 'FAILING', 'ACCESS_REVOKED')),
        disabled_at :time,
        failing_since :time,
        consecutive_failures :int NOT NULL CHECK (consecutive_failures >= 0),
        open_until :time,
        version :int NOT NULL CHECK (version > 0),
        created_at :time NOT NULL,
        updated_at :time NOT NULL,
        deleted_at :time,
        CHECK ((state = 'DISABLED') = (disabled_reason IS NOT NULL)),
        CHECK ((state = 'DISABLED') = (disabled_at IS NOT NULL)),
        CHECK ((failing_since IS NULL) = (consecutive_failures = 0)),
        CHECK (deleted_at IS NULL OR state = 'DISABLED')
    ) :strict",
    "CREATE INDEX webhook_endpoint_of_app ON webhook_endpoint (app_id, created_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX webhook_endpoint_of_company ON webhook_endpoint (company_id) WHERE state = 'ENABLED'",
    // Sealed with a key that is not in the database, or in a sandbox with the database's own.
    "CREATE TABLE webhook_secret (
        endpoint_id :id NOT NULL REFERENCES webhook_endpoint (id),
        number :int NOT NULL CHECK (number > 0),
        sealed :text NOT NULL,
        created_at :time NOT NULL,
        signs_until :time,
        PRIMARY KEY (endpoint_id, number)
    ) :strict",
    // The place in the log up to which deliveries were made.
    "CREATE TABLE webhook_cursor (
        lane :int PRIMARY KEY,
        seq :int NOT NULL CHECK (seq >= 0)
    ) :strict",
    // One for each endpoint and event, however often it is sent. While a node sends it, it holds a lease, and `next_at` is
    // when the lease ends.
    "CREATE TABLE webhook_delivery (
        id :id PRIMARY KEY,
        endpoint_id :id NOT NULL REFERENCES webhook_endpoint (id),
        seq :int NOT NULL CHECK (seq > 0),
        event_id :id NOT NULL,
        event_type :word NOT NULL,
        subject_id :id NOT NULL,
        occurred_at :time NOT NULL,
        state :word NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'DEAD', 'CANCELLED')),
        attempt_count :int NOT NULL CHECK (attempt_count >= 0),
        round_count :int NOT NULL CHECK (round_count BETWEEN 0 AND attempt_count),
        next_at :time NOT NULL,
        lease :word,
        body :text,
        created_at :time NOT NULL,
        settled_at :time,
        UNIQUE (endpoint_id, event_id),
        CHECK ((state = 'PENDING') = (settled_at IS NULL)),
        CHECK (lease IS NULL OR state = 'PENDING')
    ) :strict",
    "CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at) WHERE state = 'PENDING'",
    "CREATE INDEX webhook_delivery_of_endpoint ON webhook_delivery (endpoint_id, next_at, id) WHERE state = 'PENDING'",
    "CREATE INDEX webhook_delivery_of_subject ON webhook_delivery (endpoint_id, subject_id, seq) WHERE state = 'PENDING'",
    "CREATE INDEX webhook_delivery_leased ON webhook_delivery (endpoint_id) WHERE lease IS NOT NULL",
    "CREATE INDEX webhook_delivery_listed ON webhook_delivery (endpoint_id, created_at, id)",
    "CREATE INDEX webhook_delivery_settled ON webhook_delivery (settled_at) WHERE settled_at IS NOT NULL",
    "CREATE TABLE webhook_attempt (
        delivery_id :id NOT NULL REFERENCES webhook_delivery (id),
        number :int NOT NULL CHECK (number > 0),
        attempted_at :time NOT NULL,
        milliseconds :int NOT NULL CHECK (milliseconds >= 0),
        status :int CHECK (status BETWEEN 100 AND 999),
        error :word CHECK (error IN ('ADDRESS_REFUSED', 'NOT_CONNECTED', 'TIMED_OUT', 'STATUS', 'PAYLOAD_TOO_LARGE',
            'NOT_RENDERED')),
        response :text,
        PRIMARY KEY (delivery_id, number)
    ) :strict",
    "INSERT INTO webhook_cursor (lane, seq) SELECT lane, seq FROM log_head WHERE lane = 0",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        let secret = if is_postgres(manager) {
            "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"
        } else {
            "lower(hex(randomblob(32)))"
        };
        let key =
            format!("INSERT INTO server_secret (name, value, created_at) VALUES ('webhook', {secret}, 0)");
        run(manager, &[&key]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DELETE FROM server_secret WHERE name = 'webhook'"]).await?;
        let tables =
            ["webhook_attempt", "webhook_delivery", "webhook_cursor", "webhook_secret", "webhook_endpoint"];
        drop_tables(manager, &tables).await
    }
}
