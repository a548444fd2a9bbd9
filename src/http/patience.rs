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
use tokio::time::{Sleep, sleep};

/// The first bytes of an HTTP/2 connection (RFC 9113, 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Whether a connection was cut as its other side did not read; comes with each of its requests.
#[derive(Debug, Clone, Default)]
pub struct Unread(Arc<AtomicBool>);

impl Unread {
    /// Whether it was.
    pub fn is_so(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A stream that fails once nothing was taken for a while. It lies below TLS, where bytes are what the network takes.
#[derive(Debug)]
pub struct Patient {
    stream: TcpStream,
    patience: Duration,
    unread: Unread,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    /// Lets a write wait that long, and says so where it was too long.
    pub const fn new(stream: TcpStream, patience: Duration, unread: Unread) -> Self {
        Self { stream, patience, unread, waiting: None }
    }

    fn watch<T>(&mut self, outcome: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.waiting = None;
            return outcome;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(waiting.as_mut().poll(context));
        self.unread.0.store(true, Ordering::Release);
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
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(outcome, context)
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
}

impl<S> Prompt<S> {
    /// Lets the client be silent that long from now on.
    pub fn new(stream: S, patience: Duration) -> Self {
        Self { stream, matched: 0, waiting: Some(Box::pin(sleep(patience))) }
    }

    /// Takes note of what came: what is not the preface is HTTP/1.1, or the end.
    fn hear(&mut self, bytes: &[u8]) {
        let awaited = HTTP2_PREFACE.get(self.matched..).unwrap_or_default();
        let length = bytes.len().min(awaited.len());
        self.matched = self.matched.saturating_add(length);
        let may_go_on = length > 0 && bytes.get(..length) == awaited.get(..length);
        if !may_go_on || self.matched == HTTP2_PREFACE.len() {
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
    use super::{HTTP2_PREFACE, Prompt};
    use std::time::Duration;

    /// Whether a client that says this, in these pieces, is still waited for.
    fn is_waited_for(pieces: &[&[u8]]) -> bool {
        let mut stream = Prompt::new((), Duration::from_secs(1));
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
