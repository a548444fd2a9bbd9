//! What apps prove themselves with: secrets, publishable storefront keys, and the tokens that were taken back.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const TABLES: &[&str] = &[
    // The secret itself is kept nowhere: SHA-256 of 256 random bits cannot be guessed back.
    "CREATE TABLE app_secret (
        id :id PRIMARY KEY,
        app_id :id NOT NULL REFERENCES partner_app (id),
        hash :word NOT NULL UNIQUE CHECK (length(hash) = 64),
        created_at :time NOT NULL,
        expires_at :time,
        revoked_at :time,
        last_used_at :time
    ) :strict",
    "CREATE INDEX app_secret_of_app ON app_secret (app_id, created_at, id)",
    // Not secret: it stands in the pages of its storefront.
    "CREATE TABLE storefront_key (
        id :id PRIMARY KEY,
        app_id :id NOT NULL REFERENCES partner_app (id),
        key :word NOT NULL UNIQUE,
        origins :json NOT NULL,
        created_at :time NOT NULL,
        revoked_at :time,
        last_used_at :time
    ) :strict",
    "CREATE INDEX storefront_key_of_app ON storefront_key (app_id, created_at, id)",
    // Tokens that ended before their time, until they would have ended by themselves.
    "CREATE TABLE revoked_token (
        app_id :id NOT NULL REFERENCES partner_app (id),
        token :word NOT NULL CHECK (length(token) BETWEEN 1 AND 100),
        revoked_until :time NOT NULL,
        created_at :time NOT NULL,
        PRIMARY KEY (app_id, token)
    ) :strict",
    "CREATE INDEX revoked_token_over ON revoked_token (revoked_until)",
    "CREATE INDEX partner_app_listed ON partner_app (created_at, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX partner_app_listed"]).await?;
        drop_tables(manager, &["revoked_token", "storefront_key", "app_secret"]).await
    }
}
