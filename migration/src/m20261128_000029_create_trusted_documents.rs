//! Documents that apps register, and the apps that run nothing else.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 4] = [
    "CREATE TABLE trusted_document (
        id :id PRIMARY KEY,
        app_id :id NOT NULL REFERENCES partner_app (id),
        hash :word NOT NULL CHECK (length(hash) = 64),
        name :text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        body :text NOT NULL CHECK (length(body) BETWEEN 1 AND 65536),
        registered_at :time NOT NULL,
        retires_at :time,
        last_used_on :int,
        use_count :int NOT NULL CHECK (use_count >= 0),
        UNIQUE (app_id, hash),
        CHECK (last_used_on IS NULL OR use_count > 0)
    ) :strict",
    "CREATE INDEX trusted_document_listed ON trusted_document (app_id, registered_at, id)",
    "CREATE INDEX trusted_document_retired ON trusted_document (retires_at) WHERE retires_at IS NOT NULL",
    "ALTER TABLE partner_app ADD COLUMN trusted_documents_only :bool NOT NULL DEFAULT :false",
];
/// Code of before knows no such scope.
const DOWN: [&str; 3] = [
    "UPDATE partner_app SET scopes = replace(scopes, ' documents:manage', '')",
    "UPDATE partner_app SET scopes = replace(scopes, 'documents:manage', '')",
    "ALTER TABLE partner_app DROP COLUMN trusted_documents_only",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &DOWN).await?;
        drop_tables(manager, &["trusted_document"]).await
    }
}
