//! What an endpoint answered, and what follows from it for the delivery.

use super::{RESPONSE_BYTES_KEPT, WebhookAttemptError, WebhookDelivery, WebhookDeliveryState, schedule};
use crate::domain::time::{Span, Timestamp};

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<WebhookAttemptError>,
    /// The beginning of the answer.
    pub response: Option<String>,
    /// When the endpoint wants it again.
    pub retry_after: Option<Span>,
}

impl Answered {
    /// No answer.
    pub const fn failed(error: WebhookAttemptError) -> Self {
        Self { status: None, error: Some(error), response: None, retry_after: None }
    }

    /// An answer: only 200 to 299 is success, a redirection is not followed.
    pub fn with(status: u16, response: String, retry_after: Option<Span>) -> Self {
        let error = (!(200..300).contains(&status)).then_some(WebhookAttemptError::Status);
        Self { status: Some(status), error, response: Some(response), retry_after }
    }

    /// Whether the endpoint says that it is gone.
    pub const fn is_gone(&self) -> bool {
        matches!(self.status, Some(410))
    }

    /// Whether the endpoint is at fault, so that the breaker counts it.
    pub fn is_the_endpoints(&self) -> bool {
        !matches!(self.error, Some(WebhookAttemptError::PayloadTooLarge | WebhookAttemptError::NotRendered))
    }
}

/// What follows from an attempt for its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// It is settled.
    Settled(WebhookDeliveryState),
    /// It is sent again.
    Again(Timestamp),
    /// It is sent again, with the whole schedule before it.
    Anew(Timestamp),
}

/// What follows from an attempt; `dice` is a random number of any size, for the jitter. `moved` says that the endpoint has
/// another address by now: what the old one refused is owed to the new one at once.
pub fn consequence(
    delivery: &WebhookDelivery,
    answered: &Answered,
    moved: bool,
    dice: u32,
    now: Timestamp,
) -> Consequence {
    match answered.error {
        None => Consequence::Settled(WebhookDeliveryState::Delivered),
        Some(_) if moved && answered.is_the_endpoints() => Consequence::Anew(now),
        Some(_) if answered.is_gone() => Consequence::Settled(WebhookDeliveryState::Cancelled),
        Some(WebhookAttemptError::PayloadTooLarge) => Consequence::Settled(WebhookDeliveryState::Dead),
        Some(_) => match schedule::next(delivery.round_count + 1, answered.retry_after, dice, now) {
            Some(at) => Consequence::Again(at),
            None => Consequence::Settled(WebhookDeliveryState::Dead),
        },
    }
}

/// The first bytes of an answer as text, never more than are kept.
pub fn kept(response: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(response.get(..RESPONSE_BYTES_KEPT).unwrap_or(response))
        .replace('\0', "\u{fffd}");
    while text.len() > RESPONSE_BYTES_KEPT {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::EventType;
    use crate::domain::ids::TypedId;

    #[test]
    fn only_200_to_299_is_success() {
        for (status, succeeds) in
            [(199, false), (200, true), (204, true), (299, true), (301, false), (410, false), (500, false)]
        {
            assert_eq!(Answered::with(status, String::new(), None).error.is_none(), succeeds, "{status}");
        }
    }

    #[test]
    fn what_an_old_address_refused_is_owed_to_the_new_one() {
        let (id, endpoint, event) = (TypedId::from_u128(1), TypedId::from_u128(2), TypedId::from_u128(3));
        let now = Timestamp::from_micros(7);
        let delivery = WebhookDelivery {
            id,
            endpoint,
            seq: 1,
            event,
            event_type: EventType::OrderPlaced,
            subject: String::new(),
            occurred_at: now,
            state: WebhookDeliveryState::Pending,
            attempt_count: 9,
            round_count: 9,
            next_at: now,
            is_leased: true,
            body: None,
            created_at: now,
            settled_at: None,
        };
        let follows = |answered: &Answered, moved| consequence(&delivery, answered, moved, 0, now);
        let gone = Answered::with(410, String::new(), None);
        assert_eq!(follows(&gone, false), Consequence::Settled(WebhookDeliveryState::Cancelled));
        assert_eq!(follows(&gone, true), Consequence::Anew(now));
        let failed = Answered::failed(WebhookAttemptError::TimedOut);
        assert_eq!(follows(&failed, false), Consequence::Settled(WebhookDeliveryState::Dead));
        assert_eq!(follows(&failed, true), Consequence::Anew(now));
        let taken = Answered::with(200, String::new(), None);
        assert_eq!(follows(&taken, true), Consequence::Settled(WebhookDeliveryState::Delivered));
        let large = Answered::failed(WebhookAttemptError::PayloadTooLarge);
        assert_eq!(follows(&large, true), Consequence::Settled(WebhookDeliveryState::Dead));
    }

    #[test]
    fn what_is_kept_of_an_answer_is_bounded_text() {
        assert_eq!(kept(b"ok"), "ok");
        assert_eq!(kept(b"a\0b"), "a\u{fffd}b");
        for byte in [b'a', 0, 0xff, 0xe4] {
            assert!(kept(&vec![byte; 5_000]).len() <= RESPONSE_BYTES_KEPT);
        }
    }
}
