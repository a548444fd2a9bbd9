//! What the commands of webhooks answer.

use async_graphql::{ID, Result, SimpleObject};

use super::types::{WebhookDelivery, WebhookEndpoint};
use crate::domain::ids::WebhookEndpointId;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::scalars::Cursor;
use crate::service;
use crate::service::webhooks::{DeliveryRow, EndpointRow};

/// An endpoint after a command, with a new secret where it made one.
pub(super) struct Done {
    pub row: EndpointRow,
    pub secret: Option<String>,
    pub replayed: bool,
}

/// What `createWebhookEndpoint` answers.
#[derive(Clone, SimpleObject)]
pub struct CreateWebhookEndpointPayload {
    /// The endpoint; null where it was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// The secret that deliveries are signed with, `whsec_…`: keep it, it is not shown again.
    secret: Option<String>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl std::fmt::Debug for CreateWebhookEndpointPayload {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreateWebhookEndpointPayload({:?})", self.webhook_endpoint)
    }
}

impl TryFrom<service::Result<Done>> for CreateWebhookEndpointPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Done>) -> Result<Self> {
        let (webhook_endpoint, secret, replayed, user_errors) = parts(answer)?;
        Ok(Self { webhook_endpoint, secret, replayed, user_errors })
    }
}

/// What `updateWebhookEndpoint` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct UpdateWebhookEndpointPayload {
    /// The endpoint; null where it was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Done>> for UpdateWebhookEndpointPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Done>) -> Result<Self> {
        let (webhook_endpoint, _, replayed, user_errors) = parts(answer)?;
        Ok(Self { webhook_endpoint, replayed, user_errors })
    }
}

/// What `rotateWebhookSecret` answers.
#[derive(Clone, SimpleObject)]
pub struct RotateWebhookSecretPayload {
    /// The endpoint; null where it was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// The new secret, `whsec_…`: keep it, it is not shown again.
    secret: Option<String>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl std::fmt::Debug for RotateWebhookSecretPayload {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RotateWebhookSecretPayload({:?})", self.webhook_endpoint)
    }
}

impl TryFrom<service::Result<Done>> for RotateWebhookSecretPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Done>) -> Result<Self> {
        let (webhook_endpoint, secret, replayed, user_errors) = parts(answer)?;
        Ok(Self { webhook_endpoint, secret, replayed, user_errors })
    }
}

type Parts = (Option<WebhookEndpoint>, Option<String>, bool, Vec<UserError>);

fn parts(answer: service::Result<Done>) -> Result<Parts> {
    Ok(match user_errors(answer)? {
        Ok(done) => (Some(WebhookEndpoint(done.row)), done.secret, done.replayed, Vec::new()),
        Err(user_errors) => (None, None, false, user_errors),
    })
}

/// What `deleteWebhookEndpoint` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct DeleteWebhookEndpointPayload {
    /// The id of what was deleted; null where it was refused.
    deleted_webhook_endpoint_id: Option<ID>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<(WebhookEndpointId, bool)>> for DeleteWebhookEndpointPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<(WebhookEndpointId, bool)>) -> Result<Self> {
        let (deleted, replayed, user_errors) = match user_errors(answer)? {
            Ok((id, replayed)) => (Some(id.to_string().into()), replayed, Vec::new()),
            Err(user_errors) => (None, false, user_errors),
        };
        Ok(Self { deleted_webhook_endpoint_id: deleted, replayed, user_errors })
    }
}

/// What `redeliverWebhook` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct RedeliverWebhookPayload {
    /// The delivery; null where it was refused.
    webhook_delivery: Option<WebhookDelivery>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

type Redelivered = (DeliveryRow, bool);

impl TryFrom<service::Result<Redelivered>> for RedeliverWebhookPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Redelivered>) -> Result<Self> {
        let (webhook_delivery, replayed, user_errors) = match user_errors(answer)? {
            Ok((delivery, replayed)) => (Some(delivery.into()), replayed, Vec::new()),
            Err(user_errors) => (None, false, user_errors),
        };
        Ok(Self { webhook_delivery, replayed, user_errors })
    }
}

/// What `replayWebhookEvents` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReplayWebhookEventsPayload {
    /// Deliveries that are sent by it, again or for the first time; what was to be sent anyway does not count. Null where it was
    /// refused.
    delivery_count: Option<i32>,
    /// The place in the log up to which it was looked at: `after` of the next one.
    end_cursor: Option<Cursor>,
    /// Whether there is more behind it: at most 1,000 events are sent again at once, and a million places of the log looked
    /// through.
    has_next_page: bool,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<service::webhooks::Replayed>> for ReplayWebhookEventsPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<service::webhooks::Replayed>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(made) => Self {
                delivery_count: Some(i32::try_from(made.count).unwrap_or(i32::MAX)),
                end_cursor: Some(Cursor(made.end)),
                has_next_page: made.more,
                replayed: made.replayed,
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                delivery_count: None,
                end_cursor: None,
                has_next_page: false,
                replayed: false,
                user_errors,
            },
        })
    }
}
