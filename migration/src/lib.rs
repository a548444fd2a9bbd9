//! The history of the database schema. A migration is never changed once released: history is frozen.
//!
//! Written as SQL for both databases with the few differences spelled as `:words` (see [`dialect`]).

pub mod dialect;
mod m20261122_000001_create_parties;
mod m20261122_000002_create_catalogue;
mod m20261122_000003_create_orders;
mod m20261122_000004_create_events;
mod m20261122_000005_create_order_history;
mod m20261122_000006_create_protections;
mod m20261122_000007_create_conversation;
mod m20261122_000008_name_operators_of_holds;
mod m20261122_000009_create_care;
mod m20261122_000011_create_payouts;
mod m20261123_000010_create_delivery;
mod m20261127_000012_create_safeguards;
mod m20261127_000020_record_exchange_rates;
mod m20261127_000021_create_trust;
mod m20261127_000022_create_reviews_and_signals;
mod m20261127_000023_write_catalogue;
mod m20261127_000024_create_bulk_operations;
mod m20261128_000025_index_deadlines;
mod m20261128_000026_create_webhooks;
mod m20261128_000027_tend_timers_and_webhooks;
mod m20261128_000028_create_rate_buckets;
mod m20261128_000029_create_trusted_documents;
mod m20261128_000030_create_app_secrets;
mod m20261128_000031_create_audit_log;
mod m20261128_000032_count_deprecated_uses;

pub use sea_orm_migration::prelude::*;

/// Runs the migrations in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_parties::Migration),
            Box::new(m20261122_000002_create_catalogue::Migration),
            Box::new(m20261122_000003_create_orders::Migration),
            Box::new(m20261122_000004_create_events::Migration),
            Box::new(m20261122_000005_create_order_history::Migration),
            Box::new(m20261122_000006_create_protections::Migration),
            Box::new(m20261122_000007_create_conversation::Migration),
            Box::new(m20261122_000008_name_operators_of_holds::Migration),
            Box::new(m20261122_000009_create_care::Migration),
            Box::new(m20261123_000010_create_delivery::Migration),
            Box::new(m20261122_000011_create_payouts::Migration),
            Box::new(m20261127_000012_create_safeguards::Migration),
            Box::new(m20261127_000020_record_exchange_rates::Migration),
            Box::new(m20261127_000021_create_trust::Migration),
            Box::new(m20261127_000022_create_reviews_and_signals::Migration),
            Box::new(m20261127_000023_write_catalogue::Migration),
            Box::new(m20261127_000024_create_bulk_operations::Migration),
            Box::new(m20261128_000025_index_deadlines::Migration),
            Box::new(m20261128_000026_create_webhooks::Migration),
            Box::new(m20261128_000027_tend_timers_and_webhooks::Migration),
            Box::new(m20261128_000032_count_deprecated_uses::Migration),
            Box::new(m20261128_000028_create_rate_buckets::Migration),
            Box::new(m20261128_000031_create_audit_log::Migration),
            Box::new(m20261128_000029_create_trusted_documents::Migration),
            Box::new(m20261128_000030_create_app_secrets::Migration),
        ]
    }
}
