//! Orders of the past, imported: what they add up to, and what each import last wrote.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const TABLES: &[&str] = &[
    // Amounts are millionths of the currency's major unit, as exact as unit prices are.
    "CREATE TABLE order_history (
        reference :word PRIMARY KEY CHECK (length(reference) BETWEEN 1 AND 255),
        buyer_reference :text,
        buyer_country :word CHECK (length(buyer_country) = 2),
        status :text NOT NULL,
        outcome :word NOT NULL CHECK (outcome IN ('OPEN', 'COMPLETED', 'CANCELLED')),
        currency :word NOT NULL CHECK (length(currency) = 3),
        placed_at :time,
        dispatched_at :time,
        promised_at :time,
        delivered_at :time,
        subtotal :int CHECK (subtotal >= 0),
        tax :int CHECK (tax >= 0),
        freight :int CHECK (freight >= 0),
        total :int CHECK (total >= 0),
        digest :word NOT NULL CHECK (length(digest) = 64)
    ) :strict",
    "CREATE TABLE order_history_line (
        order_reference :word NOT NULL REFERENCES order_history (reference),
        reference :word NOT NULL CHECK (length(reference) BETWEEN 1 AND 255),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        product_id :id REFERENCES product (id),
        quantity :int NOT NULL CHECK (quantity >= 0),
        unit_price :int CHECK (unit_price >= 0),
        total :int NOT NULL CHECK (total >= 0),
        total_minor :int NOT NULL CHECK (total_minor >= 0),
        freight_minor :int CHECK (freight_minor >= 0),
        shipment_reference :text,
        incoterm :word,
        dispatch_by :time,
        dispatched_at :time,
        promised_at :time,
        delivered_at :time,
        received_quantity :int CHECK (received_quantity >= 0),
        rejected_quantity :int CHECK (rejected_quantity BETWEEN 0 AND received_quantity),
        digest :word NOT NULL CHECK (length(digest) = 64),
        PRIMARY KEY (order_reference, reference)
    ) :strict",
    "CREATE INDEX order_history_line_supplier ON order_history_line (supplier_id, order_reference)",
    "CREATE INDEX order_history_line_product ON order_history_line (product_id)",
    // What is counted into supplier_metrics already, so that counting again adds only the difference.
    "CREATE TABLE supplier_history (
        supplier_id :id PRIMARY KEY REFERENCES supplier (id),
        orders :int NOT NULL,
        orders_completed :int NOT NULL,
        orders_cancelled :int NOT NULL,
        orders_dispatched :int NOT NULL,
        orders_dispatched_late :int NOT NULL,
        orders_delivered :int NOT NULL,
        orders_delivered_late :int NOT NULL,
        buyers :int NOT NULL,
        returning_buyers :int NOT NULL,
        lines :int NOT NULL,
        lines_dispatched :int NOT NULL,
        lines_dispatched_late :int NOT NULL,
        lines_delivered :int NOT NULL,
        lines_delivered_late :int NOT NULL,
        quantity :int NOT NULL,
        received_quantity :int NOT NULL,
        rejected_quantity :int NOT NULL
    ) :strict",
    // A row that says what it said at the last import is skipped.
    "CREATE TABLE import_digest (
        subject_id :id NOT NULL,
        part :word NOT NULL CHECK (part IN
            ('CATEGORY', 'SUPPLIER', 'PRODUCT', 'PRICES', 'LEAD_TIMES', 'REVIEW')),
        digest :word NOT NULL CHECK (length(digest) = 64),
        PRIMARY KEY (subject_id, part)
    ) :strict",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["import_digest", "supplier_history", "order_history_line", "order_history"])
            .await
    }
}
