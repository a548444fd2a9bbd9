//! How long a socket or a stream of events may live.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::auth::Session;

use super::Http;

/// The end of a connection, whatever happens on it.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// When.
    pub at: Instant,
    /// Whether the caller's token ends then; otherwise the connection is as old as it may get.
    pub is_tokens: bool,
}

/// When a connection that begins now ends.
pub fn end<E>(http: &Http<E>, session: &Session) -> End {
    let (lifetime, now) = (http.limits.socket.lifetime, Instant::now());
    // Up to a tenth is taken off, so that connections of one moment do not all come back in one moment.
    let aged = now + lifetime.saturating_sub(share_of(lifetime / 10));
    let expires = session.expires_at.map(|expires_at| {
        let left = expires_at.micros().saturating_sub(http.app.clock.now().micros());
        now + Duration::from_micros(u64::try_from(left).unwrap_or_default())
    });
    match expires {
        Some(expires) if expires < aged => End { at: expires, is_tokens: true },
        Some(_) | None => End { at: aged, is_tokens: false },
    }
}

/// A random part of a span, in steps of 1/256.
pub fn share_of(span: Duration) -> Duration {
    let [part] = crate::ids::random_bytes::<1>();
    span * u32::from(part) / 256
}
