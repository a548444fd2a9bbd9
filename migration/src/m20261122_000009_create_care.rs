//! Accredited inspectors, whose inspections and payments belong to which order, and the warehouses that receive returns.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 5] = [
    "CREATE TABLE accredited_inspector (
        company_id :id PRIMARY KEY REFERENCES company (id),
        accreditation_number :text NOT NULL CHECK (length(accreditation_number) BETWEEN 1 AND 100),
        fees :json NOT NULL,
        valid_until :time NOT NULL,
        created_at :time NOT NULL,
        updated_at :time NOT NULL
    ) :strict",
    // An inspection lives in its order's region; here is who inspects, for lists.
    "CREATE TABLE order_inspection (
        inspection_id :id PRIMARY KEY REFERENCES order_region (id),
        order_id :id NOT NULL REFERENCES orders (id),
        inspector_id :id NOT NULL REFERENCES company (id)
    ) :strict",
    "CREATE INDEX order_inspection_inspector ON order_inspection (inspector_id, order_id)",
    // The payment of a fee lives in its inspection; here is whose it is, for the provider's messages.
    "CREATE TABLE inspection_payment (
        payment_id :id PRIMARY KEY,
        inspection_id :id NOT NULL REFERENCES order_region (id),
        order_id :id NOT NULL REFERENCES orders (id)
    ) :strict",
    "CREATE TABLE return_warehouse (
        country :word PRIMARY KEY CHECK (length(country) = 2),
        company_id :id NOT NULL REFERENCES company (id),
        address :text NOT NULL CHECK (length(address) BETWEEN 1 AND 500),
        updated_at :time NOT NULL
    ) :strict",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &["return_warehouse", "inspection_payment", "order_inspection", "accredited_inspector"],
        )
        .await
    }
}
