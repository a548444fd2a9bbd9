//! Payouts, checks of the books, and what becomes of money that fits nothing.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 5] = [
    "CREATE TABLE payout (
        id :id PRIMARY KEY,
        company_id :id NOT NULL REFERENCES company (id),
        account :word NOT NULL CHECK (account IN ('SUPPLIER_PAYABLE', 'INSPECTOR_PAYABLE')),
        amount_minor :int NOT NULL CHECK (amount_minor > 0),
        currency :word NOT NULL CHECK (length(currency) = 3),
        provider :word NOT NULL,
        status :word NOT NULL CHECK (status IN ('REQUESTED', 'SUBMITTED', 'PAID', 'FAILED', 'RETURNED')),
        failure :text,
        requested_at :time NOT NULL,
        settled_at :time,
        CHECK ((status IN ('REQUESTED', 'SUBMITTED')) = (settled_at IS NULL))
    ) :strict",
    "CREATE INDEX payout_company ON payout (company_id, requested_at DESC, id DESC)",
    "CREATE INDEX payout_submitted ON payout (requested_at) WHERE status = 'SUBMITTED'",
    "CREATE TABLE verification (
        id :id PRIMARY KEY,
        accounts :int NOT NULL,
        orders :int NOT NULL,
        events :int NOT NULL,
        problems :json NOT NULL,
        problem_count :int NOT NULL CHECK (problem_count >= 0),
        verified_at :time NOT NULL
    ) :strict",
    // More statuses than before; a CHECK cannot be changed in SQLite, so the table is made anew, by one connection.
    "CREATE TABLE suspense_item_next (
        id :id PRIMARY KEY,
        provider :word NOT NULL,
        provider_reference :word NOT NULL,
        payment_id :id REFERENCES payment (id),
        order_id :id REFERENCES orders (id),
        amount_minor :int NOT NULL CHECK (amount_minor > 0),
        currency :word NOT NULL,
        reason :word NOT NULL CHECK (reason IN ('UNKNOWN_PAYMENT', 'WRONG_AMOUNT', 'WRONG_CURRENCY', 'LATE', 'ALREADY_PAID')),
        status :word NOT NULL CHECK (status IN ('OPEN', 'REFUNDING', 'REFUND_FAILED', 'REFUNDED', 'ASSIGNED', 'CHARGED_BACK')),
        refund_minor :int CHECK (refund_minor BETWEEN 0 AND amount_minor),
        failure :text,
        assigned_minor :int NOT NULL DEFAULT 0 CHECK (assigned_minor BETWEEN 0 AND amount_minor),
        chargebacks :json NOT NULL DEFAULT '[]',
        created_at :time NOT NULL,
        UNIQUE (provider, provider_reference, amount_minor, currency)
    ) :strict;
     INSERT INTO suspense_item_next (id, provider, provider_reference, payment_id, order_id, amount_minor, currency, reason, status, created_at)
        SELECT id, provider, provider_reference, payment_id, order_id, amount_minor, currency, reason, status, created_at FROM suspense_item;
     DROP TABLE suspense_item;
     ALTER TABLE suspense_item_next RENAME TO suspense_item;
     CREATE INDEX suspense_item_open ON suspense_item (created_at, id) WHERE status <> 'REFUNDED';
     CREATE INDEX suspense_item_order ON suspense_item (order_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await?;
        append_only(manager, "verification").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The wider table of suspense stays: the narrower CHECK could refuse what is in it.
        drop_tables(manager, &["verification", "payout"]).await
    }
}
