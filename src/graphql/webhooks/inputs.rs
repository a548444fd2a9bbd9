//! What the commands of webhooks take.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::words::WebhookEndpointState;
use crate::domain::error::Refusal;
use crate::domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::orders::inputs::id;
use crate::graphql::orders::words::EventType;
use crate::graphql::scalars::{Cursor, DateTime};
use crate::service::orders::Envelope;
use crate::service::webhooks::{EndpointChange, EndpointDraft, Replay, Since};

type Refused<T> = Result<T, Refusal>;

fn endpoint_id(given: &ID) -> Refused<WebhookEndpointId> {
    id("webhook endpoint", &["input", "webhookEndpointId"], given)
}

fn envelope(idempotency_key: String, expected_version: Option<i32>, validate_only: bool) -> Envelope {
    Envelope { idempotency_key, expected_version: expected_version.map(i64::from), validate_only }
}

/// What `createWebhookEndpoint` takes.
#[derive(Debug, Clone, InputObject)]
pub struct CreateWebhookEndpointInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Where events are sent: `https://`, the port 443 or 8443, a host of the public internet, no user, at most 2,000 characters.
    url: String,
    /// Only these types, 200 at most; all that you hear unless given.
    #[graphql(validator(max_items = 200))]
    event_types: Option<Vec<EventType>>,
    /// A subscription of `events` without arguments that bodies are made by, such as `subscription { events { ... on Event { id type
    /// subjectId subjectVersion status } } }`; it selects `subjectVersion` and none of `order`, `quote` and `supplier`. Without it bodies
    /// have the standard form (docs/WEBHOOKS.md).
    document: Option<String>,
    /// Whether the events of one subject are sent one after the other: nothing while something earlier waits to be sent again.
    #[graphql(default)]
    ordered: bool,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl CreateWebhookEndpointInput {
    pub(super) fn read(self) -> (EndpointDraft, Envelope) {
        let event_types = self.event_types.unwrap_or_default().into_iter().map(Into::into).collect();
        let draft =
            EndpointDraft { url: self.url, event_types, document: self.document, ordered: self.ordered };
        (draft, envelope(self.idempotency_key, None, self.validate_only))
    }
}

/// What `updateWebhookEndpoint` takes; what is left out stays.
#[derive(Debug, Clone, InputObject)]
pub struct UpdateWebhookEndpointInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// The version that you saw; `VERSION_CONFLICT` where it moved on.
    expected_version: Option<i32>,
    /// Which endpoint.
    webhook_endpoint_id: ID,
    /// Where events are sent.
    url: Option<String>,
    /// Only these types, 200 at most; an empty list for all.
    #[graphql(validator(max_items = 200))]
    event_types: Option<Vec<EventType>>,
    /// The subscription that bodies are made by; null for the standard body. What was sent once keeps its body.
    document: MaybeUndefined<String>,
    /// Whether the events of one subject are sent one after the other.
    ordered: Option<bool>,
    /// `DISABLED` stops sending, and what is owed waits; `ENABLED` sends it. What happens meanwhile is not owed: have it sent by
    /// `replayWebhookEvents`.
    state: Option<WebhookEndpointState>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl UpdateWebhookEndpointInput {
    pub(super) fn read(self) -> Refused<((WebhookEndpointId, EndpointChange), Envelope)> {
        let types = self.event_types.map(|types| types.into_iter().map(Into::into).collect());
        let change = EndpointChange {
            url: self.url,
            event_types: types,
            document: match self.document {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(document) => Some(Some(document)),
            },
            ordered: self.ordered,
            state: self.state.map(Into::into),
        };
        let envelope = envelope(self.idempotency_key, self.expected_version, self.validate_only);
        Ok(((endpoint_id(&self.webhook_endpoint_id)?, change), envelope))
    }
}

/// What `deleteWebhookEndpoint` takes.
#[derive(Debug, Clone, InputObject)]
pub struct DeleteWebhookEndpointInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Which endpoint.
    webhook_endpoint_id: ID,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl DeleteWebhookEndpointInput {
    pub(super) fn read(self) -> Refused<(WebhookEndpointId, Envelope)> {
        let id = endpoint_id(&self.webhook_endpoint_id)?;
        Ok((id, envelope(self.idempotency_key, None, self.validate_only)))
    }
}

/// What `rotateWebhookSecret` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RotateWebhookSecretInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Whose secret.
    webhook_endpoint_id: ID,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl RotateWebhookSecretInput {
    pub(super) fn read(self) -> Refused<(WebhookEndpointId, Envelope)> {
        let id = endpoint_id(&self.webhook_endpoint_id)?;
        Ok((id, envelope(self.idempotency_key, None, self.validate_only)))
    }
}

/// What `redeliverWebhook` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RedeliverWebhookInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Which delivery.
    webhook_delivery_id: ID,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl RedeliverWebhookInput {
    pub(super) fn read(self) -> Refused<(WebhookDeliveryId, Envelope)> {
        let id = id("webhook delivery", &["input", "webhookDeliveryId"], &self.webhook_delivery_id)?;
        Ok((id, envelope(self.idempotency_key, None, self.validate_only)))
    }
}

/// What `replayWebhookEvents` takes; either `since` or `after`.
#[derive(Debug, Clone, InputObject)]
pub struct ReplayWebhookEventsInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// To which endpoint.
    webhook_endpoint_id: ID,
    /// What happened at this instant and later.
    since: Option<DateTime>,
    /// What lies behind this cursor of the log.
    after: Option<Cursor>,
    /// Only these types of those that the endpoint hears, 200 at most; all unless given.
    #[graphql(validator(max_items = 200))]
    event_types: Option<Vec<EventType>>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl ReplayWebhookEventsInput {
    pub(super) fn read(self) -> Refused<(Replay, Envelope)> {
        let since = match (self.since, self.after) {
            (Some(since), None) => Since::Instant(since.0),
            (None, Some(after)) => Since::Cursor(after.0),
            (Some(_), Some(_)) | (None, None) => {
                let message = "Say from where: either `since` or `after`.";
                return Err(Refusal::invalid(&["input", "since"], message));
            }
        };
        let types = self.event_types.unwrap_or_default().into_iter().map(Into::into).collect();
        let replay = Replay { endpoint: endpoint_id(&self.webhook_endpoint_id)?, since, types };
        Ok((replay, envelope(self.idempotency_key, None, self.validate_only)))
    }
}
