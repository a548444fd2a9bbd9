//! Which deprecated parts of the schema each app still names, so that partners hear of it before these are removed.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 1] = ["CREATE TABLE deprecated_use (\
        app_id :id NOT NULL REFERENCES partner_app (id), \
        coordinate :text NOT NULL, \
        use_count :int NOT NULL CHECK (use_count > 0), \
        first_used_at :time NOT NULL, \
        last_used_at :time NOT NULL, \
        PRIMARY KEY (app_id, coordinate)) :strict"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["deprecated_use"]).await
    }
}
