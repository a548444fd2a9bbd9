//! Timers that fail are put off, the longer the more often they failed. Deliveries are listed by their state, and endpoints
//! that are gone for ever are found where something is still owed to them.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 4] = [
    // How often it was tried in vain since it was set.
    "ALTER TABLE deadline ADD COLUMN failures :int NOT NULL DEFAULT 0 CHECK (failures >= 0)",
    "CREATE INDEX deadline_failing ON deadline (fires_after) WHERE state = 'PENDING' AND failures > 0",
    "CREATE INDEX webhook_delivery_of_state ON webhook_delivery (endpoint_id, state, created_at, id)",
    "CREATE INDEX webhook_endpoint_ended ON webhook_endpoint (id) WHERE deleted_at IS NOT NULL OR disabled_reason = 'GONE'",
];
const DOWN: [&str; 4] = [
    "DROP INDEX webhook_endpoint_ended",
    "DROP INDEX webhook_delivery_of_state",
    "DROP INDEX deadline_failing",
    "ALTER TABLE deadline DROP COLUMN failures",
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
