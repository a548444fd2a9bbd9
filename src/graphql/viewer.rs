//! Who is asking, as the server sees it.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object, Result};

use super::apps::{PartnerApp, PartnerAppRole};
use super::catalogue::Supplier;
use super::company::Company;
use super::context::ContextExt;
use super::deprecated::DeprecatedUse;
use super::estimate::RateLimit;
use super::orders::words::BuyerPlan;
use super::scalars::Money;
use crate::domain::actor::Actor;
use crate::domain::throttle::Payer;
use crate::service::{deprecations, parties, throttle};

/// Who is asking, as the server sees it: what your token stands for.
#[derive(Debug, Clone)]
pub struct Viewer(Arc<Actor>);

/// Who is asking, as the server sees it: what your token stands for.
#[Object]
impl Viewer {
    /// The app that the token is for.
    async fn app_id(&self) -> Option<ID> {
        self.0.app.map(|app| app.to_string().into())
    }

    /// The app that the token is for, with its secrets as far as they are shown.
    async fn app(&self, ctx: &Context<'_>) -> Option<Result<PartnerApp>> {
        let id = self.0.app?;
        let found = async { ctx.loaders()?.partner_app(id).await };
        found.await.map(|found| found.map(|row| PartnerApp((*row).clone()))).transpose()
    }

    /// The role that the token has.
    async fn role(&self) -> Option<PartnerAppRole> {
        self.0.role.map(PartnerAppRole::from)
    }

    /// The company that the app acts for; null for storefronts and the platform.
    async fn company(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        let Some(company) = self.0.company else { return Ok(None) };
        Ok(ctx.loaders()?.company(company).await?.map(|company| Company::from(&*company)))
    }

    /// What your company pays for as a buyer, which decides over its windows and credits; null without a company.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Option<BuyerPlan>> {
        let Some(company) = self.0.company else { return Ok(None) };
        Ok(ctx.loaders()?.company(company).await?.map(|company| company.plan.into()))
    }

    /// The supplier that the company is, for the role of a supplier.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        let Some(supplier) = self.0.supplier else { return Ok(None) };
        Ok(ctx.loaders()?.supplier(supplier).await?.map(Supplier::from_card))
    }

    /// Your company's credit towards later orders, by currency; `createPaymentSession` spends it. Empty without a company.
    /// At most 200 currencies. Scope: `orders:read`.
    async fn credit_balances(&self, ctx: &Context<'_>) -> Result<Vec<Money>> {
        let balances = parties::credit_balances(ctx.app()?, &self.0).await;
        Ok(balances.map_err(|error| Error::from(&error))?.into_iter().map(Money::from).collect())
    }

    /// The deprecated parts of the schema that your app still names, the last named first. Mend these before their day.
    /// At most 200.
    async fn deprecated_usage(&self, ctx: &Context<'_>) -> Result<Vec<DeprecatedUse>> {
        let used = deprecations::used_by(ctx.app()?, &self.0).await;
        Ok(used.map_err(|error| Error::from(&error))?.into_iter().map(DeprecatedUse).collect())
    }

    /// What the app may spend for its company, which all requests, streams and sockets of theirs share; with a publishable key,
    /// what your network address may spend at this storefront. Null where this server does not count.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<Result<RateLimit>> {
        let app = match ctx.app() {
            Ok(app) => app,
            Err(error) => return Some(Err(error)),
        };
        let payer = ctx.data_opt().copied().unwrap_or_else(|| Payer::of(&self.0, None));
        let standing = throttle::standing(app, &payer).await?;
        Some(Ok(standing.into()))
    }

    /// What the token may do, such as `orders:read`. At most 12.
    async fn scopes(&self) -> Vec<&'static str> {
        self.0.scopes.iter().map(crate::domain::actor::Scope::as_str).collect()
    }
}

/// Who is asking.
#[derive(Debug, Default)]
pub struct ViewerQuery;

/// Who is asking.
#[Object]
impl ViewerQuery {
    /// What your token stands for; null without a token.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        let actor = ctx.actor()?;
        Ok((!actor.is_anonymous()).then(|| Viewer(Arc::clone(actor))))
    }
}
