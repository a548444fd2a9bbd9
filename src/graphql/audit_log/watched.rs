//! The root of the mutations, each field of which leaves a line in the audit log.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container_serial};
use async_graphql::{Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value};

use crate::domain::error::Code;
use crate::graphql::context::ContextExt;
use crate::service::audit_log::Watch;

/// The same object, each of whose fields is watched while it is resolved: the one place that sees every mutation with its name,
/// its arguments and its end, and that costs queries nothing.
#[derive(Debug, Default)]
pub struct Watched<T>(T);

impl<T: ObjectType> OutputType for Watched<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container_serial(ctx, self).await
    }
}

impl<T: ObjectType> ContainerType for Watched<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let resolved = Box::pin(self.0.resolve_field(ctx));
        let (Ok(app), Ok(actor)) = (ctx.app(), ctx.actor()) else { return resolved.await };
        let Some(watch) = Watch::begin(app, actor, ctx.field().name(), &arguments(ctx)) else {
            return resolved.await;
        };
        let answer = Box::pin(watch.scope(resolved)).await;
        Box::pin(watch.end(app, failure(&answer))).await;
        answer
    }
}

impl<T: ObjectType> ObjectType for Watched<T> {}

/// The arguments with the values of their variables; nothing where they have none, which the resolver is about to refuse.
fn arguments(ctx: &Context<'_>) -> serde_json::Value {
    let given = ctx.field().arguments().unwrap_or_default();
    let named =
        given.into_iter().filter_map(|(name, value)| Some((name.to_string(), value.into_json().ok()?)));
    serde_json::Value::Object(named.collect())
}

/// Why a field has no answer. What no use case has coded is the executor's word on arguments that do not fit their types.
fn failure(answer: &ServerResult<Option<Value>>) -> Option<Code> {
    let error = answer.as_ref().err()?;
    let word = match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(word)) => word.as_str(),
        Some(_) | None => Code::InvalidInput.as_str(),
    };
    Some(Code::ALL.iter().copied().find(|code| code.as_str() == word).unwrap_or(Code::Internal))
}
