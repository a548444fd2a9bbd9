//! Exchange rates by day.

use sea_orm::entity::prelude::*;

/// A row of `exchange_rate`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_rate")]
pub struct Model {
    /// Counts the entries; of two for one day the later one holds.
    #[sea_orm(primary_key)]
    pub entry_number: i64,
    /// The currency, in ISO 4217.
    pub currency: String,
    /// The first day on which it holds, in days since 1970.
    pub valid_from: i64,
    /// Hundred-millionths of the currency's unit for one US dollar.
    pub per_dollar: i64,
    /// Who published it.
    pub source: String,
    /// Microseconds since 1970.
    pub recorded_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
