//! Queries whose whole result is written into a file, part by part.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const TABLES: &[&str] = &[
    // `turn` counts who worked on it: what an earlier one still writes is not taken any more.
    "CREATE TABLE bulk_operation (
        id :id PRIMARY KEY,
        app_id :id NOT NULL REFERENCES partner_app (id),
        company_id :id REFERENCES company (id),
        member_id :id REFERENCES member (id),
        role :word NOT NULL,
        scopes :text NOT NULL,
        languages :text NOT NULL,
        query :text NOT NULL,
        variables :json NOT NULL,
        document :text NOT NULL,
        status :word NOT NULL
            CHECK (status IN ('CREATED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED')),
        end_cursor :text,
        read_to_end :bool NOT NULL,
        part_count :int NOT NULL CHECK (part_count >= 0),
        object_count :int NOT NULL CHECK (object_count >= 0),
        byte_size :int NOT NULL CHECK (byte_size >= 0),
        sha256 :word CHECK (length(sha256) = 64),
        error_code :word,
        error :text,
        turn :int NOT NULL CHECK (turn >= 0),
        attempts :int NOT NULL CHECK (attempts >= 0),
        leased_until :time,
        next_at :time NOT NULL,
        created_at :time NOT NULL,
        started_at :time,
        ended_at :time,
        expires_at :time,
        removed :bool NOT NULL,
        CHECK ((error_code IS NULL) = (error IS NULL)),
        CHECK (status <> 'FAILED' OR error_code IS NOT NULL),
        CHECK (status <> 'COMPLETED' OR (sha256 IS NOT NULL AND read_to_end)),
        CHECK ((status IN ('CREATED', 'RUNNING')) = (ended_at IS NULL)),
        CHECK ((ended_at IS NULL) = (expires_at IS NULL)),
        CHECK (status <> 'RUNNING' OR started_at IS NOT NULL),
        CHECK (leased_until IS NULL OR status = 'RUNNING'),
        CHECK (NOT removed OR status = 'EXPIRED')
    ) :strict",
    // One at a time for each app and company, however many ask at once.
    "CREATE UNIQUE INDEX bulk_operation_running ON bulk_operation (app_id, COALESCE(company_id, '-'))
        WHERE status IN ('CREATED', 'RUNNING')",
    "CREATE INDEX bulk_operation_next ON bulk_operation (next_at, id) WHERE status IN ('CREATED', 'RUNNING')",
    "CREATE INDEX bulk_operation_expires ON bulk_operation (expires_at) WHERE NOT removed",
    "CREATE INDEX bulk_operation_of_app ON bulk_operation (app_id, created_at, id)",
    "CREATE TABLE bulk_part (
        operation_id :id NOT NULL REFERENCES bulk_operation (id),
        number :int NOT NULL CHECK (number >= 0),
        turn :int NOT NULL CHECK (turn >= 1),
        byte_offset :int NOT NULL CHECK (byte_offset >= 0),
        byte_size :int NOT NULL CHECK (byte_size > 0),
        object_count :int NOT NULL CHECK (object_count > 0),
        sha256 :word NOT NULL CHECK (length(sha256) = 64),
        end_cursor :text,
        written_at :time NOT NULL,
        PRIMARY KEY (operation_id, number),
        UNIQUE (operation_id, byte_offset)
    ) :strict",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["bulk_part", "bulk_operation"]).await
    }
}
