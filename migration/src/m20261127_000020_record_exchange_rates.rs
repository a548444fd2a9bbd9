//! Exchange rates by day.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 2] = [
    // Of two rates for one day the later entry holds: what was recorded is corrected, never changed.
    "CREATE TABLE exchange_rate (
        entry_number :serial,
        currency :word NOT NULL CHECK (length(currency) = 3 AND currency <> 'USD'),
        valid_from :int NOT NULL,
        per_dollar :int NOT NULL CHECK (per_dollar BETWEEN 1 AND 100000000000000000),
        source :text NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
        recorded_at :time NOT NULL
    ) :strict",
    "CREATE INDEX exchange_rate_day ON exchange_rate (currency, valid_from, entry_number)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await?;
        append_only(manager, "exchange_rate").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["exchange_rate"]).await
    }
}
