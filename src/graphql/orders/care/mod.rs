//! Inspections, Easy Return and after-sales service in the schema.

mod inputs;
mod inspections;
mod mutation;
mod payloads;
mod types;
mod words;

use async_graphql::{Context, Object, Result};

use crate::graphql::context::ContextExt;
use crate::service::{self, care};

pub use inspections::InspectionMutation;
pub use mutation::CareMutation;
pub use types::{AccreditedInspector, AfterSalesRequest, EasyReturn, Inspection};

/// Inspectors that can be booked.
#[derive(Debug, Default)]
pub struct CareQuery;

/// Inspectors that can be booked.
#[Object]
impl CareQuery {
    /// The inspection companies that can be booked now. At most 500. Scope: `orders:read`.
    async fn accredited_inspectors(&self, ctx: &Context<'_>) -> Result<Vec<AccreditedInspector>> {
        service::require_scope(ctx.actor()?, crate::domain::actor::Scope::OrdersRead)?;
        let found = care::inspectors(ctx.app()?).await?;
        Ok(found.into_iter().take(500).map(AccreditedInspector::from).collect())
    }
}
