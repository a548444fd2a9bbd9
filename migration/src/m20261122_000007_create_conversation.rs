//! What companies say to each other before and beside an order: files, quotes and messages.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, is_postgres, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const TABLES: [&str; 12] = [
    // The content lies in the content store under its SHA-256; the name is never part of a path.
    "CREATE TABLE stored_file (
        id :id PRIMARY KEY,
        company_id :id REFERENCES company (id),
        name :text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        content_type :word NOT NULL,
        byte_size :int NOT NULL CHECK (byte_size > 0),
        sha256 :word NOT NULL CHECK (length(sha256) = 64),
        status :word NOT NULL CHECK (status IN ('PENDING', 'STORED')),
        created_at :time NOT NULL,
        stored_at :time,
        CHECK ((status = 'STORED') = (stored_at IS NOT NULL))
    ) :strict",
    "CREATE INDEX stored_file_company ON stored_file (company_id)",
    // Who else may read a file: the parties of whatever refers to it.
    "CREATE TABLE file_reader (
        file_id :id NOT NULL REFERENCES stored_file (id),
        company_id :id NOT NULL REFERENCES company (id),
        granted_at :time NOT NULL,
        PRIMARY KEY (file_id, company_id)
    ) :strict",
    "CREATE TABLE quote (
        id :id PRIMARY KEY,
        version :int NOT NULL CHECK (version > 0),
        buyer_id :id NOT NULL REFERENCES company (id),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        supplier_company_id :id NOT NULL REFERENCES company (id),
        currency :word NOT NULL CHECK (length(currency) = 3),
        status :word NOT NULL CHECK (status IN ('REQUESTED', 'ANSWERED', 'ACCEPTED', 'ORDERED', 'DECLINED', 'WITHDRAWN')),
        valid_until :time,
        order_id :id UNIQUE REFERENCES orders (id),
        ended_by :word CHECK (ended_by IN ('BUYER', 'SUPPLIER')),
        end_reason :text,
        event_seq :int NOT NULL DEFAULT 0 CHECK (event_seq >= 0),
        event_hash :word NOT NULL DEFAULT '0000000000000000000000000000000000000000000000000000000000000000'
            CHECK (length(event_hash) = 64),
        created_at :time NOT NULL,
        updated_at :time NOT NULL,
        CHECK (buyer_id <> supplier_company_id),
        CHECK ((status IN ('ANSWERED', 'ACCEPTED')) = (valid_until IS NOT NULL)),
        CHECK ((status = 'ORDERED') = (order_id IS NOT NULL)),
        CHECK ((status IN ('DECLINED', 'WITHDRAWN')) = (ended_by IS NOT NULL))
    ) :strict",
    "CREATE INDEX quote_buyer ON quote (buyer_id, created_at DESC, id DESC)",
    "CREATE INDEX quote_supplier ON quote (supplier_company_id, created_at DESC, id DESC)",
    "CREATE TABLE quote_request (
        quote_id :id NOT NULL REFERENCES quote (id),
        round :int NOT NULL CHECK (round > 0),
        document :json NOT NULL,
        requested_at :time NOT NULL,
        PRIMARY KEY (quote_id, round)
    ) :strict",
    "CREATE TABLE quote_answer (
        quote_id :id NOT NULL,
        round :int NOT NULL,
        document :json NOT NULL,
        valid_until :time NOT NULL,
        answered_at :time NOT NULL,
        PRIMARY KEY (quote_id, round),
        FOREIGN KEY (quote_id, round) REFERENCES quote_request (quote_id, round),
        CHECK (valid_until > answered_at)
    ) :strict",
    // Made with the first message; its id follows from the order or the quote.
    "CREATE TABLE thread (
        id :id PRIMARY KEY,
        order_id :id UNIQUE REFERENCES orders (id),
        quote_id :id UNIQUE REFERENCES quote (id),
        buyer_id :id NOT NULL REFERENCES company (id),
        supplier_company_id :id NOT NULL REFERENCES company (id),
        messages :int NOT NULL CHECK (messages >= 0),
        created_at :time NOT NULL,
        CHECK ((order_id IS NULL) <> (quote_id IS NULL))
    ) :strict",
    "CREATE TABLE message (
        id :id PRIMARY KEY,
        thread_id :id NOT NULL REFERENCES thread (id),
        seq :int NOT NULL CHECK (seq > 0),
        sender_id :id NOT NULL REFERENCES company (id),
        sender_role :word NOT NULL CHECK (sender_role IN ('BUYER', 'SUPPLIER')),
        member_id :id REFERENCES member (id),
        body :text NOT NULL,
        attachments :json NOT NULL,
        risk_signals :json NOT NULL,
        sha256 :word NOT NULL CHECK (length(sha256) = 64),
        sent_at :time NOT NULL,
        UNIQUE (thread_id, seq)
    ) :strict",
    "CREATE INDEX message_sender ON message (sender_id)",
    "CREATE INDEX message_risk ON message (sent_at) WHERE risk_signals <> '[]'",
];

const APPEND_ONLY: [&str; 4] = ["file_reader", "quote_request", "quote_answer", "message"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &TABLES).await?;
        for table in APPEND_ONLY {
            append_only(manager, table).await?;
        }
        // Addresses of content are signed with a secret of this database, so that every server of it knows them.
        let secret = if is_postgres(manager) {
            "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"
        } else {
            "lower(hex(randomblob(32)))"
        };
        let key =
            format!("INSERT INTO server_secret (name, value, created_at) VALUES ('content', {secret}, 0)");
        run(manager, &[&key]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DELETE FROM server_secret WHERE name = 'content'"]).await?;
        let tables =
            ["message", "thread", "quote_answer", "quote_request", "quote", "file_reader", "stored_file"];
        drop_tables(manager, &tables).await
    }
}
