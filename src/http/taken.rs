//! Answers over HTTP/2 that must be taken. The other side opens the window of each stream itself: while it keeps one shut, the
//! connection as a whole lives, and an answer would wait in memory without end. One that is not taken is given up; the others on
//! the same connection go on.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use super::patience::Unread;
use crate::telemetry::Entered;

/// Bytes that are handed on at once: a stream whose window is shut holds no more than these.
const PIECE: usize = 16_384;

/// An answer in pieces, and who watches whether they are taken.
struct Taken {
    shared: Arc<Shared>,
    _watch: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Shared(Mutex<State>);

#[derive(Debug)]
struct State {
    /// The answer; none once it was given up.
    body: Option<Body>,
    /// What came of it and was not handed on.
    rest: Bytes,
    /// Since when the other side has something to take; none while it waits for us.
    offered_at: Option<Instant>,
    /// Counts as a request of its connection until it is given up.
    under_way: Option<Entered>,
}

/// The same answer, given up once nothing of it was taken for so long; `unread` is told so.
pub fn taken(body: Body, patience: Duration, unread: Unread, under_way: Entered) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let state = State { body: Some(body), rest: Bytes::new(), offered_at: None, under_way: Some(under_way) };
    let shared = Arc::new(Shared(Mutex::new(state)));
    let watch = tokio::spawn(watch(Arc::downgrade(&shared), patience, unread));
    Body::new(Taken { shared, _watch: AbortOnDropHandle::new(watch) })
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the answer was offered for that long; it is given up then.
    fn gives_up(&self, now: Instant, patience: Duration, unread: &Unread) -> bool {
        let mut state = self.state();
        if state.offered_at.is_none_or(|offered_at| now < offered_at + patience) {
            return false;
        }
        unread.note();
        let given_up = (state.body.take(), std::mem::take(&mut state.rest), state.under_way.take());
        // The answer may hold more than memory: nobody waits with the lock until that is let go.
        drop(state);
        drop(given_up);
        true
    }
}

/// Gives an answer up once it was not taken for that long. It holds nothing of one that has ended.
async fn watch(shared: Weak<Shared>, patience: Duration, unread: Unread) {
    let mut until = Instant::now() + patience;
    loop {
        sleep_until(until).await;
        let Some(shared) = shared.upgrade() else { return };
        let now = Instant::now();
        if shared.gives_up(now, patience, &unread) {
            return;
        }
        until = shared.state().offered_at.unwrap_or(now) + patience;
    }
}

impl State {
    /// The next piece of what came. A part of a large one is copied: it would hold the whole.
    fn piece(&mut self) -> Bytes {
        self.offered_at = Some(Instant::now());
        if self.rest.len() <= PIECE {
            return std::mem::take(&mut self.rest);
        }
        let piece = Bytes::copy_from_slice(self.rest.get(..PIECE).unwrap_or_default());
        self.rest.advance(piece.len());
        piece
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut state = self.shared.state();
        // Whoever asks has taken what it was given before.
        state.offered_at = None;
        if !state.rest.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(state.piece()))));
        }
        let Some(body) = &mut state.body else {
            return Poll::Ready(Some(Err(axum::Error::new("the other side did not read"))));
        };
        let frame = match ready!(Pin::new(body).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            ended => return Poll::Ready(ended),
        };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(data) => {
                state.rest = data;
                Frame::data(state.piece())
            }
            Err(trailers) => trailers,
        })))
    }

    fn is_end_stream(&self) -> bool {
        let state = self.shared.state();
        state.rest.is_empty() && state.body.as_ref().is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let state = self.shared.state();
        match &state.body {
            Some(body) if state.rest.is_empty() => body.size_hint(),
            Some(_) | None => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::telemetry::Gauge;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn an_answer_comes_whole_and_in_pieces() {
        let (unread, gauge) = (Unread::default(), Gauge::default());
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(3 * PIECE + 1).collect();
        let mut body = taken(Body::from(content.clone()), PATIENCE, unread.clone(), gauge.enter());
        assert_eq!(body.size_hint().exact(), Some(content.len() as u64));
        let mut came = Vec::new();
        while let Some(frame) = body.frame().await {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(!piece.is_empty() && piece.len() <= PIECE);
            came.extend_from_slice(&piece);
        }
        assert_eq!(came, content);
        assert!(body.is_end_stream() && !unread.is_so());
        assert_eq!(gauge.count(), 1);
        drop(body);
        assert_eq!(gauge.count(), 0);
    }

    #[tokio::test]
    async fn what_is_not_taken_is_given_up() {
        let (unread, gauge) = (Unread::default(), Gauge::default());
        let state = State {
            body: Some(Body::from(vec![7; 2 * PIECE])),
            rest: Bytes::new(),
            offered_at: None,
            under_way: Some(gauge.enter()),
        };
        let shared = Arc::new(Shared(Mutex::new(state)));
        let watch = AbortOnDropHandle::new(tokio::spawn(std::future::ready(())));
        let mut body = Taken { shared: Arc::clone(&shared), _watch: watch };
        let much_later = Instant::now() + 4 * PATIENCE;
        assert!(!shared.gives_up(much_later, PATIENCE, &unread), "nobody is impatient with who waits for us");
        assert!(body.frame().await.unwrap().is_ok());
        assert!(!shared.gives_up(Instant::now(), PATIENCE, &unread));
        assert!(!unread.is_so());
        assert!(shared.gives_up(much_later, PATIENCE, &unread));
        assert!(unread.is_so());
        assert_eq!(gauge.count(), 0);
        assert!(
            body.frame().await.unwrap().is_err(),
            "the stream is reset, and not ended as if it were whole"
        );
    }
}
