//! What the transport of a subscription and its stream tell each other.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// One subscription as its transport carries it; put into the request's data.
#[derive(Debug, Default)]
pub struct Conversation {
    /// Where the reader goes on, whatever its document says: the `Last-Event-ID` of server-sent events.
    pub resumes_behind: Option<String>,
    /// Cancelled when the transport is about to close: the stream tells where it stands, and ends.
    pub closing: CancellationToken,
    /// Cancelled by the stream when its reader lags too far; it ends behind the message that tells where it stands.
    pub lagged: CancellationToken,
    told: Mutex<Option<String>>,
}

impl Conversation {
    /// One that goes on behind a cursor, ends with a token, and cancels another one where it lags.
    pub fn new(
        resumes_behind: Option<String>,
        closing: CancellationToken,
        lagged: CancellationToken,
    ) -> Self {
        Self { resumes_behind, closing, lagged, told: Mutex::default() }
    }

    /// Notes the cursor of the message that the stream tells now.
    pub fn note(&self, cursor: &str) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(cursor.to_owned());
    }

    /// The cursor of the last message that was told.
    pub fn told(&self) -> Option<String> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
