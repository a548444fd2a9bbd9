//! What the transport of a subscription and its stream tell each other.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use futures_util::stream::BoxStream;
use tokio_util::sync::CancellationToken;

use crate::service::Result;
use crate::service::events::Message;

/// The messages of one subscription, before anything is made of them.
pub type Messages = BoxStream<'static, Result<Message>>;

/// One subscription as its transport carries it; put into the request's data. The resolver hands its messages over to the
/// transport, which lets the executor show each of them once to all who ask for the same.
pub struct Conversation {
    /// Where the reader goes on, whatever its document says: the `Last-Event-ID` of server-sent events.
    pub resumes_behind: Option<String>,
    /// Cancelled when the transport is about to close: the stream tells where it stands, and ends.
    pub closing: CancellationToken,
    /// Cancelled by the stream when its reader lags too far; it ends behind the message that tells where it stands.
    pub lagged: CancellationToken,
    handed_over: Mutex<Option<Messages>>,
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("resumes_behind", &self.resumes_behind).finish_non_exhaustive()
    }
}

impl Conversation {
    /// One that goes on behind a cursor, ends with a token, and cancels another one where it lags.
    pub fn new(
        resumes_behind: Option<String>,
        closing: CancellationToken,
        lagged: CancellationToken,
    ) -> Self {
        Self { resumes_behind, closing, lagged, handed_over: Mutex::default() }
    }

    /// Gives the messages to the transport.
    pub fn hand_over(&self, messages: Messages) {
        *self.handed_over.lock().unwrap_or_else(PoisonError::into_inner) = Some(messages);
    }

    /// The messages, where the resolver has handed them over.
    pub fn take_over(&self) -> Option<Messages> {
        self.handed_over.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
