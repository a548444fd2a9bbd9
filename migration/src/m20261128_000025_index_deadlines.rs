//! Deadlines are listed over many orders by their due instants: all of them, and those that are still open, which are
//! few among the settled ones of years.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 2] = [
    "CREATE INDEX deadline_due ON deadline (due_at, id)",
    "CREATE INDEX deadline_open ON deadline (due_at, id) WHERE state IN ('PENDING', 'PAUSED')",
];
const DOWN: [&str; 2] = ["DROP INDEX deadline_open", "DROP INDEX deadline_due"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &DOWN).await
    }
}
