//! What the commands of webhooks take.

use async_graphql::{ID, MaybeUndefined};

use super::words::WebhookEndpointState;
use crate::domain::error::Refusal;
use crate::domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::inputs::{Refused, command_input, id};
use crate::graphql::orders::words::EventType;
use crate::graphql::scalars::{Cursor, DateTime};
use crate::service::orders::Envelope;
use crate::service::webhooks::{EndpointChange, EndpointDraft, Replay, Since};

fn endpoint_id(given: &ID) -> Refused<WebhookEndpointId> {
    id("webhook endpoint", &["input", "webhookEndpointId"], given)
}

command_input! {
    /// What `createWebhookEndpoint` takes.
    CreateWebhookEndpointInput {
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
    }
}

impl CreateWebhookEndpointInput {
    pub(super) fn read(self) -> (EndpointDraft, Envelope) {
        let envelope = self.envelope();
        let event_types = self.event_types.unwrap_or_default().into_iter().map(Into::into).collect();
        let draft =
            EndpointDraft { url: self.url, event_types, document: self.document, ordered: self.ordered };
        (draft, envelope)
    }
}

command_input! {
    /// What `updateWebhookEndpoint` takes; what is left out stays.
    UpdateWebhookEndpointInput on webhook_endpoint {
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
    }
}

impl UpdateWebhookEndpointInput {
    pub(super) fn read(self) -> Refused<((WebhookEndpointId, EndpointChange), Envelope)> {
        let (endpoint, envelope) = (self.webhook_endpoint()?, self.envelope());
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
        Ok(((endpoint, change), envelope))
    }
}

command_input! {
    /// What `deleteWebhookEndpoint` takes.
    DeleteWebhookEndpointInput {
        /// Which endpoint.
        webhook_endpoint_id: ID,
    }
}

impl DeleteWebhookEndpointInput {
    pub(super) fn read(self) -> Refused<(WebhookEndpointId, Envelope)> {
        let envelope = self.envelope();
        let id = endpoint_id(&self.webhook_endpoint_id)?;
        Ok((id, envelope))
    }
}

command_input! {
    /// What `rotateWebhookSecret` takes.
    RotateWebhookSecretInput {
        /// Whose secret.
        webhook_endpoint_id: ID,
    }
}

impl RotateWebhookSecretInput {
    pub(super) fn read(self) -> Refused<(WebhookEndpointId, Envelope)> {
        let envelope = self.envelope();
        let id = endpoint_id(&self.webhook_endpoint_id)?;
        Ok((id, envelope))
    }
}

command_input! {
    /// What `redeliverWebhook` takes.
    RedeliverWebhookInput {
        /// Which delivery.
        webhook_delivery_id: ID,
    }
}

impl RedeliverWebhookInput {
    pub(super) fn read(self) -> Refused<(WebhookDeliveryId, Envelope)> {
        let envelope = self.envelope();
        let id = id("webhook delivery", &["input", "webhookDeliveryId"], &self.webhook_delivery_id)?;
        Ok((id, envelope))
    }
}

command_input! {
    /// What `replayWebhookEvents` takes; either `since` or `after`.
    ReplayWebhookEventsInput {
        /// To which endpoint.
        webhook_endpoint_id: ID,
        /// What happened at this instant and later.
        since: Option<DateTime>,
        /// What lies behind this cursor of the log.
        after: Option<Cursor>,
        /// Only these types of those that the endpoint hears, 200 at most; all unless given.
        #[graphql(validator(max_items = 200))]
        event_types: Option<Vec<EventType>>,
    }
}

impl ReplayWebhookEventsInput {
    pub(super) fn read(self) -> Refused<(Replay, Envelope)> {
        let envelope = self.envelope();
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
        Ok((replay, envelope))
    }
}
