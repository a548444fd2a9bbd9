//! A hold of the platform's own is placed by one operator and lifted by two.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 2] = [
    "ALTER TABLE order_hold ADD COLUMN placed_by :text",
    "ALTER TABLE order_hold ADD COLUMN lift_approved_by :text",
];
const DOWN: [&str; 2] =
    ["ALTER TABLE order_hold DROP COLUMN lift_approved_by", "ALTER TABLE order_hold DROP COLUMN placed_by"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &DOWN).await
    }
}
