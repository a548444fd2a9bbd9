//! Receipt and loss of shipments, credit that is spent with a payment, and what an order has once.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 6] = [
    "ALTER TABLE payment ADD COLUMN credit_minor :int NOT NULL DEFAULT 0 CHECK (credit_minor >= 0)",
    "ALTER TABLE shipment ADD COLUMN confirmed_at :time",
    "ALTER TABLE shipment ADD COLUMN lost_at :time",
    "ALTER TABLE shipment ADD COLUMN loss_reason :text",
    // One compensation for late dispatch and one credit for late delivery for an order, whoever asks (I22, I23).
    "CREATE UNIQUE INDEX order_region_one_compensation ON order_region (order_id, status)
        WHERE region = 'COMPENSATION' AND status IN ('LATE_DISPATCH', 'LATE_DELIVERY')",
    "CREATE UNIQUE INDEX order_region_one_amendment ON order_region (order_id)
        WHERE region = 'AMENDMENT' AND status = 'PROPOSED'",
];

const DOWN: [&str; 6] = [
    "DROP INDEX order_region_one_amendment",
    "DROP INDEX order_region_one_compensation",
    "ALTER TABLE shipment DROP COLUMN loss_reason",
    "ALTER TABLE shipment DROP COLUMN lost_at",
    "ALTER TABLE shipment DROP COLUMN confirmed_at",
    "ALTER TABLE payment DROP COLUMN credit_minor",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &DOWN).await
    }
}
