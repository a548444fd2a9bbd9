//! What the callers with a token may still spend, shared by all nodes on PostgreSQL. A row is worth nothing once its bucket
//! would be full again: it may be lost with a crash, and deleted at any time.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 1] = [
    // Millionths of a point, below zero where some are owed.
    "CREATE TABLE rate_bucket (payer :word PRIMARY KEY, available :int NOT NULL, as_of :time NOT NULL) :strict",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["rate_bucket"]).await
    }
}
