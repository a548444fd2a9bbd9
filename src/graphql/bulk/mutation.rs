//! Asking for bulk operations and calling them off.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use serde_json::Map;

use super::BulkOperation;
use crate::domain::language::Preferences;
use crate::graphql::context::caller;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::inputs::{command_input, id};
use crate::graphql::scalars::JsonObject;
use crate::service;
use crate::service::bulk::{self, Asked};

command_input! {
    /// What `runBulkQuery` takes.
    RunBulkQueryInput {
        /// A query of one list that is paged with `first` and `after`, such as `{ products { nodes { id title } } }`. Leave out
        /// `first`; `after` may say where to begin. Lists below its objects need a `first` of their own.
        query: String,
        /// The values of the query's variables.
        variables: Option<JsonObject>,
    }
}

/// What `runBulkQuery` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct RunBulkQueryPayload {
    /// The operation; null where it was refused.
    bulk_operation: Option<BulkOperation>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Asked>> for RunBulkQueryPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Asked>) -> Result<Self> {
        let (bulk_operation, replayed, user_errors) = parts(answer)?;
        Ok(Self { bulk_operation, replayed, user_errors })
    }
}

command_input! {
    /// What `cancelBulkOperation` takes.
    CancelBulkOperationInput {
        /// Which bulk operation; it must not be over yet.
        bulk_operation_id: ID,
    }
}

/// What `cancelBulkOperation` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct CancelBulkOperationPayload {
    /// The operation; null where it was refused.
    bulk_operation: Option<BulkOperation>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Asked>> for CancelBulkOperationPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Asked>) -> Result<Self> {
        let (bulk_operation, replayed, user_errors) = parts(answer)?;
        Ok(Self { bulk_operation, replayed, user_errors })
    }
}

fn parts(answer: service::Result<Asked>) -> Result<(Option<BulkOperation>, bool, Vec<UserError>)> {
    Ok(match user_errors(answer)? {
        Ok(asked) => (Some(BulkOperation(asked.operation)), asked.replayed, Vec::new()),
        Err(user_errors) => (None, false, user_errors),
    })
}

/// Exporting whole lists.
#[derive(Debug, Default)]
pub struct BulkMutation;

/// Exporting whole lists.
#[Object]
impl BulkMutation {
    /// Has the whole result of a query written into a file of lines, one JSON object each, while you do other things; look
    /// at `bulkOperation` for how far it is. The query is read page by page as you would read it: with your permissions, and
    /// in the languages of this request. One at a time for an app and company (`BULK_OPERATION_IN_PROGRESS`). A query that
    /// cannot be read so is refused with every reason, one whose smallest page costs too much as `QUERY_TOO_COSTLY`.
    /// Scope: `bulk:run`, and those that the query's fields need.
    async fn run_bulk_query(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to export.")] input: RunBulkQueryInput,
    ) -> Result<RunBulkQueryPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let languages = ctx.data_opt::<Preferences>().cloned().unwrap_or_default();
            let envelope = input.envelope();
            let variables = input.variables.map_or_else(Map::new, |variables| variables.0);
            bulk::run(app, actor, (input.query, variables), languages, &envelope).await
        };
        answer.await.try_into()
    }

    /// Calls a bulk operation off that is not over (`STATE_CONFLICT` otherwise). What was written until then can be fetched
    /// from `partialUrl`. Scope: `bulk:run`.
    async fn cancel_bulk_operation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which bulk operation.")] input: CancelBulkOperationInput,
    ) -> Result<CancelBulkOperationPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let operation = id("bulk operation", &["input", "bulkOperationId"], &input.bulk_operation_id)?;
            let envelope = input.envelope();
            bulk::cancel(app, actor, operation, &envelope).await
        };
        answer.await.try_into()
    }
}
