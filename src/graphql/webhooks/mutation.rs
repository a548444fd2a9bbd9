//! Managing webhooks.

use async_graphql::{Context, Object, Result};

use super::inputs::{
    CreateWebhookEndpointInput, DeleteWebhookEndpointInput, RedeliverWebhookInput, ReplayWebhookEventsInput,
    RotateWebhookSecretInput, UpdateWebhookEndpointInput,
};
use super::payloads::{
    CreateWebhookEndpointPayload, DeleteWebhookEndpointPayload, Done, RedeliverWebhookPayload,
    ReplayWebhookEventsPayload, RotateWebhookSecretPayload, UpdateWebhookEndpointPayload,
};
use crate::app::App;
use crate::graphql::context::caller;
use crate::service;
use crate::service::webhooks::{self, Changed};

/// The endpoint as it is shown after a command.
async fn done(app: &App, changed: Changed) -> service::Result<Done> {
    let row = webhooks::row(app, changed.endpoint).await?;
    Ok(Done { row, secret: changed.secret, replayed: changed.replayed })
}

/// Managing webhooks.
#[derive(Debug, Default)]
pub struct WebhookMutation;

/// Managing webhooks.
#[Object]
impl WebhookMutation {
    /// Has events sent to a server of yours, signed as the Standard Webhooks specification says; docs/WEBHOOKS.md has the
    /// headers, the bodies and when they are sent again. It is sent what `events` tells you. At most 20 for an app and company.
    /// Scopes: `webhooks:manage`, `orders:read`.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint.")] input: CreateWebhookEndpointInput,
    ) -> Result<CreateWebhookEndpointPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (draft, envelope) = input.read();
            done(app, webhooks::create(app, actor, draft, &envelope).await?).await
        };
        answer.await.try_into()
    }

    /// Changes an endpoint; what is left out stays. Also enables and disables it. Scopes: `webhooks:manage`, `orders:read`.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateWebhookEndpointInput,
    ) -> Result<UpdateWebhookEndpointPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (change, envelope) = input.read()?;
            done(app, webhooks::update(app, actor, change, &envelope).await?).await
        };
        answer.await.try_into()
    }

    /// Deletes an endpoint; what is owed to it is cancelled. Scopes: `webhooks:manage`, `orders:read`.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which endpoint.")] input: DeleteWebhookEndpointInput,
    ) -> Result<DeleteWebhookEndpointPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (id, envelope) = input.read()?;
            webhooks::delete(app, actor, id, &envelope).await
        };
        answer.await.try_into()
    }

    /// Makes a new secret for an endpoint. The one before signs beside it for 24 hours, so that deliveries carry both signatures;
    /// five at most sign at once. Scopes: `webhooks:manage`, `orders:read`.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose secret.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (id, envelope) = input.read()?;
            done(app, webhooks::rotate(app, actor, id, &envelope).await?).await
        };
        answer.await.try_into()
    }

    /// Sends a delivery again, whatever became of it: the same id and body, a fresh timestamp, the whole schedule before it.
    /// Scopes: `webhooks:manage`, `orders:read`.
    async fn redeliver_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which delivery.")] input: RedeliverWebhookInput,
    ) -> Result<RedeliverWebhookPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (id, envelope) = input.read()?;
            webhooks::redeliver(app, actor, id, &envelope).await
        };
        answer.await.try_into()
    }

    /// Sends what happened since an instant or behind a cursor to an endpoint, also what it had before: with the same ids, and the
    /// same bodies where it was sent in the last 30 days. At most 1,000 events at once, of a million places of the log; go on with
    /// `endCursor`.
    /// Scopes: `webhooks:manage`, `orders:read`.
    async fn replay_webhook_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where, to which endpoint.")] input: ReplayWebhookEventsInput,
    ) -> Result<ReplayWebhookEventsPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (replay, envelope) = input.read()?;
            webhooks::replay(app, actor, &replay, &envelope).await
        };
        answer.await.try_into()
    }
}
