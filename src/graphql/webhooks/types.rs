//! Endpoints, what is owed to them, and what became of each attempt.

use async_graphql::{Context, ID, Object, Result};

use super::words::{WebhookAttemptError, WebhookDeliveryState, WebhookDisabledReason, WebhookEndpointState};
use crate::domain::webhook;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::orders::words::EventType;
use crate::graphql::scalars::{Cursor, DateTime, Url};
use crate::service;
use crate::service::webhooks::{DeliveryRow, EndpointRow};

connection!(WebhookEndpointConnection, WebhookEndpointEdge, WebhookEndpoint, "webhook endpoints");
connection!(WebhookDeliveryConnection, WebhookDeliveryEdge, WebhookDelivery, "webhook deliveries");

/// A server of yours that events are sent to.
#[derive(Debug, Clone)]
pub struct WebhookEndpoint(pub EndpointRow);

/// A server of yours that events are sent to.
#[Object]
impl WebhookEndpoint {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.endpoint.id.to_string().into()
    }

    /// Where events are sent.
    async fn url(&self) -> Url {
        Url(self.0.endpoint.url.clone())
    }

    /// Only these types; all that you hear if there are none. At most 200.
    async fn event_types(&self) -> Vec<EventType> {
        self.0.endpoint.event_types.iter().map(|kind| (*kind).into()).collect()
    }

    /// The subscription that bodies are made by; null for the standard body.
    async fn document(&self) -> Option<&str> {
        self.0.endpoint.document.as_deref()
    }

    /// Whether the events of one subject are sent one after the other.
    async fn ordered(&self) -> bool {
        self.0.endpoint.ordered
    }

    /// Whether events are sent.
    async fn state(&self) -> WebhookEndpointState {
        self.0.endpoint.state.into()
    }

    /// Why nothing is sent to it; null while it is enabled.
    async fn disabled_reason(&self) -> Option<WebhookDisabledReason> {
        self.0.endpoint.disabled_reason.map(Into::into)
    }

    /// Since when nothing is sent to it; null while it is enabled.
    async fn disabled_at(&self) -> Option<DateTime> {
        self.0.endpoint.disabled_at.map(DateTime)
    }

    /// Since when every attempt failed; null where the last one succeeded. After 120 hours the endpoint is disabled.
    async fn failing_since(&self) -> Option<DateTime> {
        self.0.endpoint.health.failing_since.map(DateTime)
    }

    /// Counts your changes: hand it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        i32::try_from(self.0.endpoint.version).unwrap_or(i32::MAX)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.endpoint.created_at)
    }

    /// When you changed it last.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.endpoint.updated_at)
    }

    /// The secrets that sign now, newest first. At most 5. They themselves are shown once, when they are made.
    async fn secrets(&self) -> Vec<WebhookSecret> {
        self.0.secrets.iter().copied().map(WebhookSecret).collect()
    }

    /// What is owed to it and was, newest first; 30 days after it was settled it is forgotten. `totalCount` stops at 100,001.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only in one of these states, 4 at most; all if none are named.",
            validator(max_items = 4)
        )]
        states: Option<Vec<WebhookDeliveryState>>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<Cursor>,
    ) -> Result<WebhookDeliveryConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::from)?;
        let states: Vec<_> = states.unwrap_or_default().into_iter().map(Into::into).collect();
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice =
            service::webhooks::deliveries(ctx.app()?, &self.0.endpoint, &states, &page, count).await?;
        Ok(WebhookDeliveryConnection(slice.map(WebhookDelivery::from)))
    }
}

/// A secret that signs.
#[derive(Debug, Clone)]
pub struct WebhookSecret(webhook::WebhookSecret);

/// A secret that signs.
#[Object]
impl WebhookSecret {
    /// Which of the endpoint's secrets it is, from 1.
    async fn number(&self) -> i32 {
        i32::try_from(self.0.number).unwrap_or(i32::MAX)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Until when it signs beside its successor; null for the newest.
    async fn signs_until(&self) -> Option<DateTime> {
        self.0.signs_until.map(DateTime)
    }
}

/// An event that is owed to an endpoint, and what became of it.
#[derive(Debug, Clone)]
pub struct WebhookDelivery(DeliveryRow);

impl From<DeliveryRow> for WebhookDelivery {
    fn from(row: DeliveryRow) -> Self {
        Self(row)
    }
}

/// An event that is owed to an endpoint, and what became of it.
#[Object]
impl WebhookDelivery {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.delivery.id.to_string().into()
    }

    /// The endpoint's id.
    async fn webhook_endpoint_id(&self) -> ID {
        self.0.delivery.endpoint.to_string().into()
    }

    /// The event's id: the header `webhook-id` of every attempt. Drop what you have seen.
    async fn event_id(&self) -> ID {
        self.0.delivery.event.to_string().into()
    }

    /// What happened.
    async fn event_type(&self) -> EventType {
        self.0.delivery.event_type.into()
    }

    /// What it is about: the id of an order, a quote, a supplier or your company.
    async fn subject_id(&self) -> ID {
        self.0.delivery.subject.clone().into()
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.delivery.occurred_at)
    }

    /// What became of it.
    async fn state(&self) -> WebhookDeliveryState {
        self.0.delivery.state.into()
    }

    /// When it is sent next; null where it is settled or being sent.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        let waits =
            self.0.delivery.state == webhook::WebhookDeliveryState::Pending && !self.0.delivery.is_leased;
        waits.then_some(DateTime(self.0.delivery.next_at))
    }

    /// The body, the same in every attempt; null before the first one. Scopes: `orders:read`, and all others that the endpoint
    /// was set up with, as it was made with these: `@requiresScope` can only name the one that is always among them. With less
    /// it is refused as `FORBIDDEN`.
    async fn body(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
        // An error beside the option, not within it: the executor lets only that one leave the rest of the delivery alone.
        let may = ctx.actor().and_then(|actor| Ok(service::webhooks::must_cover(actor, &self.0.owner)?));
        match may {
            Ok(()) => self.0.delivery.body.as_deref().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.delivery.created_at)
    }

    /// When it was settled.
    async fn settled_at(&self) -> Option<DateTime> {
        self.0.delivery.settled_at.map(DateTime)
    }

    /// The attempts, the first one first. At most the last 100.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<WebhookAttempt>> {
        let attempts = ctx.loaders()?.webhook_attempts(self.0.delivery.id).await?;
        Ok(attempts.iter().cloned().map(WebhookAttempt).collect())
    }
}

/// One attempt to send a delivery.
#[derive(Debug, Clone)]
pub struct WebhookAttempt(webhook::WebhookAttempt);

/// One attempt to send a delivery.
#[Object]
impl WebhookAttempt {
    /// Which of the delivery's attempts it is, from 1.
    async fn number(&self) -> i32 {
        i32::try_from(self.0.number).unwrap_or(i32::MAX)
    }

    /// When it began.
    async fn attempted_at(&self) -> DateTime {
        DateTime(self.0.attempted_at)
    }

    /// How long it took, in milliseconds.
    async fn milliseconds(&self) -> i32 {
        i32::try_from(self.0.milliseconds).unwrap_or(i32::MAX)
    }

    /// The status of the answer; null where there was none.
    async fn status(&self) -> Option<i32> {
        self.0.status.map(i32::from)
    }

    /// Why it failed; null where it succeeded.
    async fn error(&self) -> Option<WebhookAttemptError> {
        self.0.error.map(Into::into)
    }

    /// The beginning of the answer, at most 1,024 bytes.
    async fn response(&self) -> Option<&str> {
        self.0.response.as_deref()
    }
}
