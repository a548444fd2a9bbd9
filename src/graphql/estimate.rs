//! What operations cost and what callers may spend, in the schema.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::context::ContextExt;
use super::scalars::JsonObject;
use crate::service::costs::{self, Estimate};
use crate::service::throttle::Standing;

/// Asking what an operation would cost.
#[derive(Debug, Default)]
pub struct CostQuery;

/// Asking what an operation would cost.
#[Object]
impl CostQuery {
    /// What an operation would cost, without running it: a query, a mutation or a subscription, by the schema and the sizes of
    /// the pages that it asks for. A document that would be refused is refused with the same code; one that is too costly is
    /// not, see `fits`. No scope: it says nothing but what the schema says.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn cost_estimate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The GraphQL document, with 65,536 bytes at most.")] document: String,
        #[graphql(desc = "The values of its variables, which decide over the sizes of pages.")]
        variables: Option<JsonObject>,
        #[graphql(desc = "Which of its operations, where there are several.")] operation_name: Option<String>,
    ) -> Result<CostEstimate> {
        let variables = variables.map(|given| given.0).unwrap_or_default();
        let estimate = costs::estimate(ctx.app()?, &document, operation_name.as_deref(), &variables)?;
        Ok(estimate.into())
    }
}

/// What an operation would cost.
#[derive(Debug, Clone, SimpleObject)]
pub struct CostEstimate {
    /// Its cost in points, reckoned before it runs: what is taken for it, and what it costs at most. 2147483647 stands for
    /// that and more.
    requested_query_cost: i32,
    /// The cost in points that one request may have.
    maximum_query_cost: i32,
    /// The response path of the field that makes most of the cost, such as `products.nodes.reviews`.
    costliest_field: String,
    /// Whether one request may ask for it: neither its cost nor the number of values in its largest answer is too large.
    fits: bool,
}

impl From<Estimate> for CostEstimate {
    fn from(estimate: Estimate) -> Self {
        let small = |points: u64| i32::try_from(points).unwrap_or(i32::MAX);
        Self {
            requested_query_cost: small(estimate.requested),
            maximum_query_cost: small(estimate.maximum),
            costliest_field: estimate.costliest,
            fits: estimate.fits,
        }
    }
}

/// What a caller may spend, in points of cost.
#[derive(Debug, Clone, SimpleObject)]
pub struct RateLimit {
    /// Points when nothing was spent for a while.
    maximum_available: i32,
    /// Points that are left, while this request runs: what it costs at most is taken already, and what it does not cost is
    /// given back. As far as the node knows that answers; others may have spent some in the last seconds.
    currently_available: i32,
    /// Points that come back in a second.
    restore_rate: i32,
}

impl From<Standing> for RateLimit {
    fn from(standing: Standing) -> Self {
        let small = |points: i64| i32::try_from(points).unwrap_or(i32::MAX);
        Self {
            maximum_available: small(standing.maximum_available),
            currently_available: small(standing.currently_available),
            restore_rate: small(standing.restore_rate),
        }
    }
}
