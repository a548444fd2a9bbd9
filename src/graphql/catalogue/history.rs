//! Products as they were: prices in public, versions for those who write them.

use async_graphql::{ID, Object};

use super::prices::PriceLadder;
use super::small;
use super::words::ProductVersionAction;
use crate::graphql::apps::PartnerAppRole;
use crate::graphql::connection::connection;
use crate::graphql::scalars::DateTime;
use crate::service::products::{DatedLadder, Version};

/// A price ladder that a product was listed with.
#[derive(Debug, Clone)]
pub struct PriceRecord(pub DatedLadder);

/// A price ladder that a product was listed with.
#[Object]
impl PriceRecord {
    /// The ladder.
    async fn price_ladder(&self) -> PriceLadder {
        PriceLadder::from(&self.0.ladder)
    }

    /// Since when it was listed with it.
    async fn valid_from(&self) -> DateTime {
        DateTime(self.0.valid_from)
    }

    /// Until when, which is when the next one was listed; null for the last one. A product that is withdrawn keeps its last
    /// ladder here.
    async fn valid_until(&self) -> Option<DateTime> {
        self.0.valid_until.map(DateTime)
    }
}

connection!(PriceRecordConnection, PriceRecordEdge, PriceRecord, "price records");

/// A product as it was written once. Never changes.
#[derive(Debug, Clone)]
pub struct ProductVersion(pub Version);

/// A product as it was written once. Never changes.
#[Object]
impl ProductVersion {
    /// The number that the product's `version` was.
    async fn version(&self) -> i32 {
        small(self.0.number)
    }

    /// What was done.
    async fn action(&self) -> ProductVersionAction {
        self.0.action.into()
    }

    /// The names of the fields of `Product` that differ from the version before; none for the first one and for imports.
    /// At most one of each field.
    async fn changed_fields(&self) -> &[String] {
        &self.0.changed_fields
    }

    /// The app that did it; null for imports.
    async fn app_id(&self) -> Option<ID> {
        let app = self.0.author.as_ref().and_then(|author| author.app);
        app.map(|app| app.to_string().into())
    }

    /// The company that the app acted for; null for imports and for the platform's staff.
    async fn company_id(&self) -> Option<ID> {
        let company = self.0.author.as_ref().and_then(|author| author.company);
        company.map(|company| company.to_string().into())
    }

    /// The role that the app acted in; null for imports, and where a role is on record that this server does not know.
    async fn role(&self) -> Option<PartnerAppRole> {
        self.0.author.as_ref().and_then(|author| author.role).map(PartnerAppRole::from)
    }

    /// The whole product as it was, as canonical JSON (RFC 8785) with the names that the platform keeps it under; prices in
    /// millionths of the major unit.
    async fn document(&self) -> &str {
        &self.0.document
    }

    /// When it was written.
    async fn changed_at(&self) -> DateTime {
        DateTime(self.0.changed_at)
    }
}

connection!(ProductVersionConnection, ProductVersionEdge, ProductVersion, "versions");
