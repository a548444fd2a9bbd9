//! Partner apps, their secrets and their storefront keys.

use async_graphql::{Context, ID, Object, Result};

use crate::domain::credential;
use crate::graphql::company::Company;
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::enums::mirror;
use crate::graphql::scalars::{Date, DateTime};
use crate::service::apps::AppRow;

connection!(PartnerAppConnection, PartnerAppEdge, PartnerApp, "partner apps");

mirror! {
    /// The part that an app plays.
    PartnerAppRole = "crate::domain::actor::Role" {
        /// Reads the public catalogue.
        Storefront,
        /// Acts for a buying company.
        Buyer,
        /// Acts for a supplier.
        Supplier,
        /// Acts for an independent inspection company.
        Inspector,
        /// Reports deliveries.
        Carrier,
        /// Receives returns.
        Warehouse,
        /// The platform's staff.
        Operator,
    }
}

/// An API client: a storefront, a mobile app, a connector of an ERP system.
#[derive(Debug, Clone)]
pub struct PartnerApp(pub AppRow);

/// An API client: a storefront, a mobile app, a connector of an ERP system.
#[Object]
impl PartnerApp {
    /// Its id: the `client_id` at `/oauth/token`.
    pub async fn id(&self) -> ID {
        self.0.app.id.to_string().into()
    }

    /// What its maker calls it.
    async fn name(&self) -> &str {
        &self.0.app.name
    }

    /// The role that its tokens have.
    async fn role(&self) -> PartnerAppRole {
        self.0.app.role.into()
    }

    /// What its tokens can do at most, such as `orders:read`. At most 12.
    async fn scopes(&self) -> Vec<&'static str> {
        self.0.app.scopes.iter().map(crate::domain::actor::Scope::as_str).collect()
    }

    /// Whether its tokens are accepted.
    async fn active(&self) -> bool {
        self.0.app.active
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The companies that it acts for. At most the first 100.
    async fn companies(&self, ctx: &Context<'_>) -> Result<Vec<Company>> {
        let loaders = ctx.loaders()?;
        let wanted = self.0.companies.iter().map(|&id| loaders.company(id));
        let found = futures_util::future::try_join_all(wanted).await?;
        Ok(found.into_iter().flatten().map(|company| Company::from(&*company)).collect())
    }

    /// The secrets that count now, newest first. At most 5. They themselves are shown once, when they are made.
    async fn secrets(&self) -> Vec<AppSecret> {
        self.0.secrets.iter().cloned().map(AppSecret).collect()
    }

    /// The publishable keys of a storefront, newest first. At most 20.
    async fn storefront_keys(&self) -> Vec<StorefrontKey> {
        self.0.keys.iter().cloned().map(StorefrontKey).collect()
    }
}

/// A secret that an app gets tokens for.
#[derive(Debug, Clone)]
pub struct AppSecret(pub(super) credential::AppSecret);

/// A secret that an app gets tokens for.
#[Object]
impl AppSecret {
    /// Its id, to revoke it by.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Until when it counts beside its successor; null for the newest.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// The day in UTC on which it got a token last; null where it never did. It is noted within an hour.
    async fn last_used_on(&self) -> Option<Date> {
        self.0.last_used_at.map(|at| Date(at.day()))
    }
}

/// A publishable key: sent as `Authorization: Bearer pk_…` it reads the catalogue as its storefront, and nothing else.
#[derive(Debug, Clone)]
pub struct StorefrontKey(pub(super) credential::StorefrontKey);

/// A publishable key: sent as `Authorization: Bearer pk_…` it reads the catalogue as its storefront, and nothing else.
#[Object]
impl StorefrontKey {
    /// Its id, to revoke it by.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The key itself, `pk_…`; it is no secret.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// The web origins that it counts for; every one where there are none. At most 20.
    async fn allowed_origins(&self) -> Vec<String> {
        self.0.origins.clone()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The day in UTC on which it was used last; null where it never was. It is noted within an hour.
    async fn last_used_on(&self) -> Option<Date> {
        self.0.last_used_at.map(|at| Date(at.day()))
    }
}
