//! Orders with their regions (lines, contracts, instalments, payments, shipments, holds) and the ledger.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const ORDERS: [&str; 13] = [
    // ORDER is a word of SQL, hence the plural.
    "CREATE TABLE orders (
        id :id PRIMARY KEY,
        number :word NOT NULL UNIQUE,
        kind :word NOT NULL CHECK (kind IN ('STANDARD', 'SAMPLE', 'GUARANTEED')),
        status :word NOT NULL CHECK (status IN ('DRAFT', 'PENDING_SUPPLIER', 'PENDING_PAYMENT', 'IN_PRODUCTION',
            'IN_INSPECTION', 'READY', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CLOSED',
            'CANCELLED', 'EXPIRED', 'REFUNDED', 'SETTLED')),
        state :json NOT NULL,
        version :int NOT NULL CHECK (version > 0),
        buyer_id :id NOT NULL REFERENCES company (id),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        supplier_company_id :id NOT NULL REFERENCES company (id),
        currency :word NOT NULL CHECK (length(currency) = 3),
        goods_minor :int NOT NULL CHECK (goods_minor >= 0),
        freight_minor :int NOT NULL CHECK (freight_minor >= 0),
        total_minor :int NOT NULL CHECK (total_minor > 0 AND total_minor = goods_minor + freight_minor),
        terms :json NOT NULL,
        terms_hash :word NOT NULL CHECK (length(terms_hash) = 64),
        contract_version :int NOT NULL DEFAULT 0 CHECK (contract_version >= 0),
        external_reference :text,
        event_seq :int NOT NULL DEFAULT 0,
        event_hash :word NOT NULL,
        placed_at :time NOT NULL,
        updated_at :time NOT NULL,
        CHECK (buyer_id <> supplier_company_id),
        UNIQUE (buyer_id, external_reference)
    ) :strict",
    "CREATE INDEX orders_buyer ON orders (buyer_id, placed_at DESC, id DESC)",
    "CREATE INDEX orders_supplier ON orders (supplier_company_id, placed_at DESC, id DESC)",
    "CREATE TABLE order_line (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        seq :int NOT NULL CHECK (seq > 0),
        product_id :id NOT NULL REFERENCES product (id),
        title :text NOT NULL,
        quantity :int NOT NULL CHECK (quantity > 0),
        unit :text NOT NULL,
        unit_price :int NOT NULL CHECK (unit_price >= 0),
        total_minor :int NOT NULL CHECK (total_minor >= 0),
        specification :text,
        UNIQUE (order_id, seq)
    ) :strict",
    "CREATE INDEX order_line_product ON order_line (product_id)",
    "CREATE TABLE contract (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        version :int NOT NULL CHECK (version > 0),
        document :json NOT NULL,
        hash :word NOT NULL CHECK (length(hash) = 64),
        previous_hash :word CHECK (length(previous_hash) = 64),
        policy_version :int NOT NULL REFERENCES policy (version),
        buyer_accepted_at :time NOT NULL,
        supplier_accepted_at :time,
        sealed_at :time NOT NULL,
        UNIQUE (order_id, version)
    ) :strict",
    "CREATE TABLE instalment (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        seq :int NOT NULL CHECK (seq > 0),
        kind :word NOT NULL CHECK (kind IN ('FULL', 'DEPOSIT', 'BALANCE')),
        status :word NOT NULL CHECK (status IN ('DUE', 'PARTLY_PAID', 'PAID')),
        amount_minor :int NOT NULL CHECK (amount_minor > 0),
        paid_minor :int NOT NULL CHECK (paid_minor BETWEEN 0 AND amount_minor),
        required_before_dispatch :bool NOT NULL,
        due_at :time,
        UNIQUE (order_id, seq),
        CHECK ((status = 'PAID') = (paid_minor = amount_minor))
    ) :strict",
    "CREATE TABLE payment (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        instalment_id :id NOT NULL REFERENCES instalment (id),
        provider :word NOT NULL,
        provider_reference :word,
        status :word NOT NULL CHECK (status IN ('CREATED', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'EXPIRED')),
        failure :text,
        amount_minor :int NOT NULL CHECK (amount_minor > 0),
        currency :word NOT NULL,
        session_url :text,
        created_at :time NOT NULL,
        updated_at :time NOT NULL,
        UNIQUE (provider, provider_reference)
    ) :strict",
    "CREATE INDEX payment_order ON payment (order_id)",
    "CREATE TABLE shipment (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        seq :int NOT NULL CHECK (seq > 0),
        status :word NOT NULL CHECK (status IN ('DISPATCHED', 'DELIVERED', 'LOST', 'RETURNED')),
        carrier :text NOT NULL,
        carrier_company_id :id REFERENCES company (id),
        tracking_number :text NOT NULL,
        mode :word NOT NULL CHECK (mode IN ('AIR', 'SEA', 'ROAD', 'RAIL', 'COURIER')),
        dispatched_at :time NOT NULL,
        delivered_at :time,
        proof :text,
        UNIQUE (order_id, seq),
        CHECK (status <> 'DELIVERED' OR (delivered_at IS NOT NULL AND proof IS NOT NULL))
    ) :strict",
    "CREATE TABLE shipment_line (
        shipment_id :id NOT NULL REFERENCES shipment (id),
        order_line_id :id NOT NULL REFERENCES order_line (id),
        quantity :int NOT NULL CHECK (quantity > 0),
        PRIMARY KEY (shipment_id, order_line_id)
    ) :strict",
    "CREATE TABLE order_hold (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        kind :word NOT NULL CHECK (kind IN ('REFUND_REQUEST', 'DISPUTE', 'CHARGEBACK', 'RISK')),
        reason :text NOT NULL,
        placed_at :time NOT NULL,
        lifted_at :time
    ) :strict",
    "CREATE INDEX order_hold_order ON order_hold (order_id)",
];

const LEDGER: [&str; 12] = [
    // In-flight money sits in accounts of its own, so there are no pending columns; the CHECK makes the row the lock.
    "CREATE TABLE account (
        id :id PRIMARY KEY,
        kind :word NOT NULL,
        subject :word NOT NULL,
        currency :word NOT NULL CHECK (length(currency) = 3),
        normal_side :word NOT NULL CHECK (normal_side IN ('DEBIT', 'CREDIT')),
        debits :int NOT NULL DEFAULT 0 CHECK (debits >= 0),
        credits :int NOT NULL DEFAULT 0 CHECK (credits >= 0),
        version :int NOT NULL DEFAULT 0,
        UNIQUE (kind, subject, currency),
        UNIQUE (id, currency),
        CONSTRAINT account_not_overdrawn CHECK (
            (normal_side = 'CREDIT' AND credits >= debits) OR (normal_side = 'DEBIT' AND debits >= credits)
            OR kind = 'PROVIDER_CLEARING')
    ) :strict",
    // The natural key stands against a second release or refund, beside the idempotency key.
    "CREATE TABLE posting (
        id :id PRIMARY KEY,
        order_id :id REFERENCES orders (id),
        subject :word NOT NULL,
        kind :word NOT NULL,
        seq :int NOT NULL CHECK (seq > 0),
        contract_version :int,
        occurred_at :time NOT NULL,
        created_at :time NOT NULL,
        UNIQUE (subject, kind, seq)
    ) :strict",
    "CREATE INDEX posting_order ON posting (order_id)",
    // One row with two sides: an imbalance cannot be written. The key pairs forbid a second currency.
    "CREATE TABLE transfer (
        id :id PRIMARY KEY,
        posting_id :id NOT NULL REFERENCES posting (id),
        order_id :id REFERENCES orders (id),
        code :word NOT NULL,
        currency :word NOT NULL,
        debit_account_id :id NOT NULL,
        credit_account_id :id NOT NULL,
        amount_minor :int NOT NULL CHECK (amount_minor > 0),
        debit_balance_minor :int NOT NULL,
        debit_version :int NOT NULL,
        credit_balance_minor :int NOT NULL,
        credit_version :int NOT NULL,
        created_at :time NOT NULL,
        CHECK (debit_account_id <> credit_account_id),
        FOREIGN KEY (debit_account_id, currency) REFERENCES account (id, currency),
        FOREIGN KEY (credit_account_id, currency) REFERENCES account (id, currency),
        UNIQUE (debit_account_id, debit_version, credit_account_id, credit_version)
    ) :strict",
    "CREATE INDEX transfer_order ON transfer (order_id)",
    "CREATE INDEX transfer_debit ON transfer (debit_account_id)",
    "CREATE INDEX transfer_credit ON transfer (credit_account_id)",
    "CREATE TABLE suspense_item (
        id :id PRIMARY KEY,
        provider :word NOT NULL,
        provider_reference :word NOT NULL,
        payment_id :id REFERENCES payment (id),
        order_id :id REFERENCES orders (id),
        amount_minor :int NOT NULL CHECK (amount_minor > 0),
        currency :word NOT NULL,
        reason :word NOT NULL CHECK (reason IN ('UNKNOWN_PAYMENT', 'WRONG_AMOUNT', 'WRONG_CURRENCY', 'LATE', 'ALREADY_PAID')),
        status :word NOT NULL CHECK (status IN ('OPEN', 'REFUNDED', 'ASSIGNED')),
        created_at :time NOT NULL,
        UNIQUE (provider, provider_reference, amount_minor, currency)
    ) :strict",
    // What a provider sent us, each message once, and what we owe a provider.
    "CREATE TABLE provider_message (
        provider :word NOT NULL,
        message_id :word NOT NULL,
        body_sha256 :word NOT NULL CHECK (length(body_sha256) = 64),
        outcome :word NOT NULL,
        received_at :time NOT NULL,
        PRIMARY KEY (provider, message_id)
    ) :strict",
    "CREATE TABLE provider_request (
        id :id PRIMARY KEY,
        provider :word NOT NULL,
        kind :word NOT NULL CHECK (kind IN ('CREATE_SESSION', 'EXPIRE_SESSION', 'REFUND', 'PAYOUT')),
        subject :word NOT NULL,
        body :json NOT NULL,
        status :word NOT NULL CHECK (status IN ('PENDING', 'DONE', 'FAILED', 'STALLED')),
        attempts :int NOT NULL DEFAULT 0,
        round :int NOT NULL DEFAULT 1 CHECK (round >= 1),
        problem :text,
        next_at :time NOT NULL,
        questions :int NOT NULL DEFAULT 0,
        question_at :time,
        created_at :time NOT NULL,
        UNIQUE (kind, subject)
    ) :strict",
    "CREATE INDEX provider_request_pending ON provider_request (next_at) WHERE status = 'PENDING'",
    "CREATE INDEX provider_request_open ON provider_request (question_at) WHERE question_at IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &ORDERS).await?;
        run(manager, &LEDGER).await?;
        for table in ["contract", "order_line", "shipment_line", "posting", "transfer", "provider_message"] {
            append_only(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "provider_request",
            "provider_message",
            "suspense_item",
            "transfer",
            "posting",
            "account",
            "order_hold",
            "shipment_line",
            "shipment",
            "payment",
            "instalment",
            "contract",
            "order_line",
            "orders",
        ];
        drop_tables(manager, &tables).await
    }
}
