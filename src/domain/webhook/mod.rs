//! Webhooks: events that are sent to partners' own servers. What an endpoint is, what is owed to it, and what follows from
//! each attempt; docs/WEBHOOKS.md has the figures.

pub mod address;
mod answer;
pub mod breaker;
pub mod schedule;
pub mod share;

use super::actor::{Actor, Role, ScopeSet};
use super::error::{Code, Detail, Refusal};
use super::event::{Event, EventType};
use super::hearing::{Ear, EventFilter};
use super::ids::{AppId, CompanyId, EventId, WebhookDeliveryId, WebhookEndpointId};
use super::time::{Span, Timestamp};
use super::words::words;

pub use answer::{Answered, Consequence, consequence, kept};

/// Endpoints that an app has for a company at most.
pub const ENDPOINTS_MAX: i64 = 20;
/// Bytes of a body at most, as the Standard Webhooks specification recommends.
pub const BODY_BYTES_MAX: usize = 20_000;
/// Bytes of an answer that are kept.
pub const RESPONSE_BYTES_KEPT: usize = 1_024;
/// Deliveries to one endpoint that are under way at once, over all nodes.
pub const IN_FLIGHT_MAX: i64 = 8;
/// How long a secret goes on signing beside its successor.
pub const ROTATION: Span = Span::hours(24);
/// Secrets of an endpoint that sign at once at most.
pub const SECRETS_MAX: usize = 5;
/// How long what is settled can be looked at and sent again.
pub const KEPT_FOR: Span = Span::days(30);
/// Deliveries that one replay makes at most.
pub const REPLAY_MAX: u32 = 1_000;

words! {
    /// Whether events are sent to an endpoint.
    WebhookEndpointState {
        /// They are.
        Enabled => "ENABLED",
        /// They are not.
        Disabled => "DISABLED",
    }
}

words! {
    /// Why nothing is sent to an endpoint.
    WebhookDisabledReason {
        /// Its owner wants it so.
        ByOwner => "BY_OWNER",
        /// It answered 410: it is gone, and so is what was owed to it.
        Gone => "GONE",
        /// Nothing arrived for 120 hours.
        Failing => "FAILING",
        /// Its app may no longer do this for the company.
        AccessRevoked => "ACCESS_REVOKED",
    }
}

words! {
    /// What became of a delivery.
    WebhookDeliveryState {
        /// It is to be sent, or sent again.
        Pending => "PENDING",
        /// The endpoint took it.
        Delivered => "DELIVERED",
        /// Every attempt failed.
        Dead => "DEAD",
        /// The endpoint was gone or deleted.
        Cancelled => "CANCELLED",
    }
}

words! {
    /// Why an attempt failed.
    WebhookAttemptError {
        /// The name of the host leads to an address that nothing is sent to.
        AddressRefused => "ADDRESS_REFUSED",
        /// There was no connection, or it broke.
        NotConnected => "NOT_CONNECTED",
        /// The answer was not there in time, to its end.
        TimedOut => "TIMED_OUT",
        /// The answer was none of 200 to 299.
        Status => "STATUS",
        /// The body would be larger than 20,000 bytes; it is not tried again.
        PayloadTooLarge => "PAYLOAD_TOO_LARGE",
        /// The body could not be made.
        NotRendered => "NOT_RENDERED",
    }
}

/// On whose behalf events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookOwner {
    /// The app.
    pub app: AppId,
    /// The company; none for the platform.
    pub company: Option<CompanyId>,
    /// The app's role.
    pub role: Role,
    /// What its token could do.
    pub scopes: ScopeSet,
}

impl WebhookOwner {
    /// What it hears: the same as when it asks.
    pub fn ear(&self) -> Ear {
        Ear::of(self.role, self.company)
    }

    /// Whether a caller of the same app and company has all rights that these are: what was made with them is nothing new to it.
    pub fn is_covered_by(&self, actor: &Actor) -> bool {
        actor.role == Some(self.role) && actor.scopes.intersect(self.scopes) == self.scopes
    }

    /// Who shares one part of the places.
    pub const fn tenant(&self) -> share::Tenant {
        (self.app, self.company)
    }
}

/// A partner's endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Whose it is.
    pub owner: WebhookOwner,
    /// Where events are sent.
    pub url: String,
    /// Only these types; all where empty.
    pub event_types: Vec<EventType>,
    /// The subscription that bodies are made by; none for the standard body.
    pub document: Option<String>,
    /// Whether the events of one subject are sent one after the other.
    pub ordered: bool,
    /// Whether events are sent.
    pub state: WebhookEndpointState,
    /// Why not.
    pub disabled_reason: Option<WebhookDisabledReason>,
    /// Since when not.
    pub disabled_at: Option<Timestamp>,
    /// How it goes.
    pub health: breaker::Health,
    /// Counts its changes by its owner.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl WebhookEndpoint {
    /// Whether it is this caller's: of the same app for the same company.
    pub fn is_of(&self, actor: &Actor) -> bool {
        actor.app == Some(self.owner.app) && actor.company == self.owner.company
    }

    /// Which events it is sent.
    pub fn filter(&self) -> EventFilter {
        EventFilter { ear: self.owner.ear(), types: self.event_types.clone(), ..EventFilter::default() }
    }

    /// The same, disabled.
    #[must_use]
    pub fn disabled(mut self, reason: WebhookDisabledReason, now: Timestamp) -> Self {
        self.state = WebhookEndpointState::Disabled;
        self.disabled_reason = Some(reason);
        self.disabled_at = Some(now);
        self
    }

    /// The same, enabled, with a new beginning.
    #[must_use]
    pub fn enabled(mut self) -> Self {
        self.state = WebhookEndpointState::Enabled;
        self.disabled_reason = None;
        self.disabled_at = None;
        self.health = breaker::Health::default();
        self
    }

    /// A stale version is refused with both versions.
    pub fn check_version(&self, expected: Option<i64>) -> Result<(), Refusal> {
        match expected {
            Some(expected) if expected != self.version => {
                let message = "The endpoint was changed since you read it. Read it again and decide again.";
                let refusal = Refusal::new(Code::VersionConflict, message).at(&["input", "expectedVersion"]);
                let subject = self.id.to_string();
                let (current, changed_fields) = (self.version, None);
                Err(refusal.with(Detail::Version { subject, expected, current, changed_fields }))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// A secret, as far as it may be shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookSecret {
    /// Which one, from 1.
    pub number: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it signs beside its successor; none for the newest.
    pub signs_until: Option<Timestamp>,
}

/// An event that is owed to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// Whom it is owed to.
    pub endpoint: WebhookEndpointId,
    /// The event's place in the log.
    pub seq: i64,
    /// The event.
    pub event: EventId,
    /// What happened.
    pub event_type: EventType,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What became of it.
    pub state: WebhookDeliveryState,
    /// Attempts so far.
    pub attempt_count: i64,
    /// Attempts since it was asked for, or asked for again: the place in the schedule.
    pub round_count: i64,
    /// When it is sent next; while it is sent, when whoever sends it is given up.
    pub next_at: Timestamp,
    /// Whether it is being sent.
    pub is_leased: bool,
    /// The body as it was first sent: the same for ever after.
    pub body: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
}

impl WebhookDelivery {
    /// What is owed of an event.
    pub fn of(id: WebhookDeliveryId, endpoint: WebhookEndpointId, event: &Event, now: Timestamp) -> Self {
        Self {
            id,
            endpoint,
            seq: event.seq,
            event: event.id,
            event_type: event.kind,
            subject: event.subject.to_string(),
            occurred_at: event.occurred_at,
            state: WebhookDeliveryState::Pending,
            attempt_count: 0,
            round_count: 0,
            next_at: now,
            is_leased: false,
            body: None,
            created_at: now,
            settled_at: None,
        }
    }
}

/// One attempt to send a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAttempt {
    /// The delivery.
    pub delivery: WebhookDeliveryId,
    /// Which one, from 1.
    pub number: i64,
    /// When it began.
    pub attempted_at: Timestamp,
    /// How long it took.
    pub milliseconds: i64,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it failed; none where it did not.
    pub error: Option<WebhookAttemptError>,
    /// The beginning of the answer, at most 1,024 bytes.
    pub response: Option<String>,
}
