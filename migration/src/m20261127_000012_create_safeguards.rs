//! Attempts to raise an agreed price, which were refused; payments off the platform, whose records never change.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, append_only_rows, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 2] = [
    "CREATE TABLE refused_price_change (
        id :id PRIMARY KEY,
        order_id :id NOT NULL REFERENCES orders (id),
        company_id :id NOT NULL REFERENCES company (id),
        app_id :id NOT NULL REFERENCES partner_app (id),
        idempotency_key :text NOT NULL,
        kind :word NOT NULL CHECK (kind IN ('OTHER_TERMS', 'HIGHER_PRICE')),
        terms_hash :text,
        total_minor :int,
        agreed_hash :word NOT NULL CHECK (length(agreed_hash) = 64),
        agreed_minor :int NOT NULL,
        reason :text NOT NULL,
        attempted_at :time NOT NULL,
        UNIQUE (order_id, company_id, app_id, idempotency_key)
    ) :strict",
    "CREATE INDEX refused_price_change_order ON refused_price_change (order_id, attempted_at, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await?;
        append_only(manager, "refused_price_change").await?;
        append_only_rows(manager, "order_region", "region", "OFF_PLATFORM_PAYMENT").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["refused_price_change"]).await
    }
}
