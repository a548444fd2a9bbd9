//! A connection whose other side must speak, and must take what it asked for: silence, and answers that nobody reads, would
//! hold their memory, and a place among the connections, for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::traffic::Traffic;

/// The first bytes of an HTTP/2 connection (RFC 9113, 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether an answer was given up as the other side did not read; comes with each request.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    /// The whole connection was cut.
    connection: Arc<AtomicBool>,
    /// One of its streams was given up.
    stream: Arc<AtomicBool>,
}

impl Unread {
    /// The same for one of several requests that share a connection.
    #[must_use]
    pub fn of_one_stream(&self) -> Self {
        Self { connection: Arc::clone(&self.connection), stream: Arc::default() }
    }

    /// Whether it was.
    pub fn is_so(&self) -> bool {
        self.connection.load(Ordering::Acquire) || self.stream.load(Ordering::Acquire)
    }

    /// It was, and only this one.
    pub fn note(&self) {
        self.stream.store(true, Ordering::Release);
    }
}

/// How long the other side may still let us wait. What it takes earns it time again, a millisecond for each byte: who takes an
/// answer byte by byte would hold it for days otherwise.
#[derive(Debug)]
struct Credit {
    full: Duration,
    left: Duration,
}

impl Credit {
    /// So many bytes were taken after so long a wait.
    fn settle(&mut self, waited: Duration, bytes: usize) {
        let earned = Duration::from_millis(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.full);
    }
}

/// A stream that fails once nothing was taken for a while, or less than a kilobyte a second for longer. It lies below TLS, where
/// bytes are what the network takes.
#[derive(Debug)]
pub struct Patient {
    stream: TcpStream,
    credit: Credit,
    unread: Unread,
    /// Since when a write waits, and the end of its time.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Patient {
    /// Lets a write wait that long, and says so where it was too long.
    pub const fn new(stream: TcpStream, patience: Duration, unread: Unread) -> Self {
        Self { stream, credit: Credit { full: patience, left: patience }, unread, waiting: None }
    }

    fn watch(
        &mut self,
        outcome: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(taken) = outcome {
            let waited = self.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
            self.credit.settle(waited, taken.as_ref().map_or(0, |bytes| *bytes));
            return Poll::Ready(taken);
        }
        let left = self.credit.left;
        let (_, end) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        ready!(end.as_mut().poll(context));
        self.unread.connection.store(true, Ordering::Release);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other side does not read")))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(outcome, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A stream that fails where its client has not said in time which version of HTTP it speaks: who serves it waits for that
/// without end. It lies above TLS, whose bytes in clear say it.
#[derive(Debug)]
pub struct Prompt<S> {
    stream: S,
    /// Bytes of the preface of HTTP/2 that have come.
    matched: usize,
    /// Runs until the client has said it.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Told where it is HTTP/2.
    traffic: Arc<Traffic>,
}

impl<S> Prompt<S> {
    /// Lets the client be silent that long from now on.
    pub fn new(stream: S, patience: Duration, traffic: Arc<Traffic>) -> Self {
        Self { stream, matched: 0, waiting: Some(Box::pin(sleep(patience))), traffic }
    }

    /// Takes note of what came: what is not the preface is HTTP/1.1, or the end.
    fn hear(&mut self, bytes: &[u8]) {
        let awaited = HTTP2_PREFACE.get(self.matched..).unwrap_or_default();
        let length = bytes.len().min(awaited.len());
        self.matched = self.matched.saturating_add(length);
        let may_go_on = length > 0 && bytes.get(..length) == awaited.get(..length);
        let is_http2 = may_go_on && self.matched == HTTP2_PREFACE.len();
        if is_http2 {
            self.traffic.speaks_http2();
        }
        if !may_go_on || is_http2 {
            self.waiting = None;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prompt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some(waiting) = &mut self.waiting else { return outcome };
        if outcome.is_pending() {
            ready!(waiting.as_mut().poll(context));
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the other side does not speak",
            )));
        }
        self.hear(buffer.filled().get(before..).unwrap_or_default());
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prompt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Credit, HTTP2_PREFACE, Prompt};

    #[test]
    fn who_takes_little_has_little_time() {
        let second = Duration::from_secs(1);
        let after = |waits: &[(u32, usize)]| {
            let mut credit = Credit { full: 30 * second, left: 30 * second };
            for (seconds, bytes) in waits {
                credit.settle(*seconds * second, *bytes);
            }
            credit.left
        };
        assert_eq!(after(&[(0, 1_000_000)]), 30 * second, "nobody saves time up");
        assert_eq!(after(&[(29, 1), (0, 0)]), second + Duration::from_millis(1));
        assert_eq!(after(&[(29, 29_000)]), 30 * second);
        assert_eq!(after(&[(10, 5_000); 3]), 15 * second, "half as fast as it must be");
        assert_eq!(after(&[(10, 10_000); 100]), 30 * second);
        assert_eq!(after(&[(60, 1_000)]), second);
    }

    /// Whether a client that says this, in these pieces, is still waited for.
    fn is_waited_for(pieces: &[&[u8]]) -> bool {
        let mut stream = Prompt::new((), Duration::from_secs(1), Arc::default());
        for piece in pieces {
            stream.hear(piece);
        }
        stream.waiting.is_some()
    }

    #[tokio::test]
    async fn who_has_said_its_version_is_not_waited_for() {
        assert!(is_waited_for(&[]));
        for end in 1..HTTP2_PREFACE.len() {
            let (said, rest) = HTTP2_PREFACE.split_at(end);
            assert!(is_waited_for(&[said]), "{end} bytes");
            assert!(!is_waited_for(&[said, rest]), "{end} bytes and the rest");
            assert!(!is_waited_for(&[said, b"?"]), "{end} bytes and other ones");
            assert!(!is_waited_for(&[said, b""]), "{end} bytes and the end");
        }
        assert!(!is_waited_for(&[HTTP2_PREFACE, b"more"]));
        assert!(!is_waited_for(&[b"GET / HTTP/1.1"]));
    }
}
