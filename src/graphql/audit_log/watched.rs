//! The root of the mutations, each field of which leaves a line in the audit log.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container_serial};
use async_graphql::{
    Context, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerResult, Value, Variables,
};

use crate::domain::error::Code;
use crate::graphql::context::ContextExt;
use crate::service::audit_log::Watch;

/// A request's variables as they were sent. The front door fills in the schema's defaults before the executor gets them; what
/// the log says of the input has to be about what the caller sent.
#[derive(Debug, Clone, Default)]
pub struct Sent(pub Variables);

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

/// The arguments with the values of their variables, as they were sent; of what was not sent, as the operation declares it.
fn arguments(ctx: &Context<'_>) -> serde_json::Value {
    let sent = ctx.data_opt::<Sent>();
    let value_of = |name: Name| {
        let sent = sent.and_then(|sent| sent.0.get(&name));
        sent.or_else(|| ctx.query_env.variables.get(&name)).cloned().ok_or(name)
    };
    let given = ctx.item.node.arguments.iter();
    let named = given.filter_map(|(name, value)| {
        // What has no value was not given.
        let value = value.node.clone().into_const_with(value_of).ok()?;
        Some((name.node.to_string(), value.into_json().ok()?))
    });
    serde_json::Value::Object(named.collect())
}

/// Why a field has no answer. What no use case has coded is the executor's word on arguments that do not fit their types.
fn failure(answer: &ServerResult<Option<Value>>) -> Option<Code> {
    let error = answer.as_ref().err()?;
    let word = match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(word)) => word.as_str(),
        Some(_) | None => Code::InvalidInput.as_str(),
    };
    Some(word.parse().unwrap_or(Code::Internal))
}
