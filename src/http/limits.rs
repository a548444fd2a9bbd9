//! Every bound of the HTTP transport in one place. Each is a promise to the other callers.

use std::time::Duration;

use crate::domain::throttle::Payer;

/// What one server lets callers use at once.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections, those that became sockets among them; further ones wait in the listener's queue.
    pub connections: usize,
    /// Of these from one network address, where no trusted proxy stands before the server; further ones are closed at once. Of
    /// IPv6 a network of 64 bits is one address.
    pub connections_per_address: usize,
    /// Open sockets; further upgrades are answered 503.
    pub sockets: usize,
    /// Requests that execute at once, half of them at most of one app and company; further ones are answered 503. The server
    /// sets it by the number of its connections to the database (`executions.rs`).
    pub executions: usize,
    /// Kibibytes of request bodies held at once, half of them at most of one app and company; further bodies are answered 503.
    pub bodies_kib: u32,
    /// Time for the handshake of TLS, for the first bytes, and for the headers of a request; each has as much.
    pub header_timeout: Duration,
    /// Time that an HTTP/2 connection may be without a request; it is asked to end then, and cut after as much again.
    pub idle_timeout: Duration,
    /// Time between two looks at the files of the server's certificate and key.
    pub certificate_interval: Duration,
    /// Bytes of one request body; larger ones are answered 413.
    pub body_bytes: usize,
    /// JSON values in one request body, counted before it is read into memory.
    pub json_values: usize,
    /// Time for a body to arrive; slower ones are answered 408.
    pub body_timeout: Duration,
    /// Uploads at once, half of them at most of one company's files; further ones are answered 503.
    pub uploads: usize,
    /// Time for the content of a file to arrive; slower ones are answered 408.
    pub upload_timeout: Duration,
    /// Time for some bytes of an answer to be taken; the connection is cut afterwards, of HTTP/2 the stream. Who takes less than a
    /// kilobyte a second uses it up as well.
    pub write_timeout: Duration,
    /// Time for one operation; it is dropped afterwards and answered 503.
    pub execution_timeout: Duration,
    /// Time for open requests and sockets to end when the server stops.
    pub drain: Duration,
    /// Weight of the texts that came with a hash, in bytes, over all tenants.
    pub persisted_bytes: u64,
    /// Kibibytes of forms for tokens and of payment providers' messages held at once, a quarter of them at most of one network
    /// address; further bytes are answered 503.
    pub forms_kib: u32,
    /// Weight of the frames of subscriptions that are kept for others who want them, in bytes.
    pub frames_bytes: u64,
    /// Bounds of one document.
    pub document: DocumentLimits,
    /// Bounds of one WebSocket.
    pub socket: SocketLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            connections_per_address: 1_024,
            sockets: 4_096,
            executions: 512,
            bodies_kib: 65_536,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(1),
            certificate_interval: Duration::from_secs(30),
            body_bytes: 1_048_576,
            json_values: 50_000,
            body_timeout: Duration::from_secs(10),
            uploads: 64,
            upload_timeout: Duration::from_mins(10),
            write_timeout: Duration::from_secs(30),
            execution_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(28),
            persisted_bytes: 16_777_216,
            forms_kib: 16_384,
            frames_bytes: 33_554_432,
            document: DocumentLimits::default(),
            socket: SocketLimits::default(),
        }
    }
}

/// What one GraphQL document may be. Counts are of the document with its fragments expanded, unless said otherwise.
#[derive(Debug, Clone)]
pub struct DocumentLimits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Tokens of the text; white space between two of them counts as one more.
    pub tokens: usize,
    /// Nesting of selections, values and types in the text.
    pub recursion: usize,
    /// Operations and fragments in the text.
    pub definitions: usize,
    /// Fields, spreads and inline fragments of all operations together.
    pub nodes: u64,
    /// Nesting of fields.
    pub depth: u64,
    /// Fields with an alias.
    pub aliases: u64,
    /// Applied directives.
    pub directives: u64,
    /// Fields at the root of one operation.
    pub root_fields: u64,
    /// Static cost of the chosen operation (`cost.rs`).
    pub cost: u64,
    /// Values in the largest answer that the chosen operation can have.
    pub values: u64,
    /// Weight of the documents that are kept ready, in bytes.
    pub cache_bytes: u64,
    /// Whether callers may ask for the schema by `__schema` and `__type`.
    pub introspection: bool,
    /// Whether refusals suggest what may have been meant.
    pub suggestions: bool,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            bytes: 65_536,
            tokens: 8_000,
            recursion: 50,
            definitions: 64,
            nodes: 3_000,
            depth: 20,
            aliases: 100,
            directives: 100,
            root_fields: 30,
            cost: 10_000,
            values: 100_000,
            cache_bytes: 33_554_432,
            introspection: true,
            suggestions: true,
        }
    }
}

/// What one socket may do.
#[derive(Debug, Clone)]
pub struct SocketLimits {
    /// Sockets and streams at once of an app for one company; 4429 or status 429 above it.
    pub per_tenant: usize,
    /// The same of callers without a token from one network address.
    pub per_address: usize,
    /// Bytes of one message; the connection ends at a larger one.
    pub message_bytes: usize,
    /// Time from the upgrade to `connection_init`; 4408 afterwards.
    pub init_timeout: Duration,
    /// Time between two pings of ours; without a sign of life over two of them the connection ends. The caller's rights are
    /// looked at as often.
    pub ping_interval: Duration,
    /// Time between two comments on a stream of server-sent events, so that proxies keep the connection. The caller's rights are
    /// looked at as often.
    pub comment_interval: Duration,
    /// Time for one frame to be taken by the other side; 1013 afterwards.
    pub write_timeout: Duration,
    /// Subscriptions at once; a further one is answered by `error`.
    pub subscriptions: usize,
    /// Frames a second that may come in, averaged; 1008 above it.
    pub messages_per_second: u32,
    /// Frames that may come in at once.
    pub message_burst: u32,
    /// Time after which a socket must be opened anew, so that its caller is looked at again.
    pub lifetime: Duration,
    /// Time over which the sockets are closed when the server stops, so that they do not all come back at once.
    pub drain_spread: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            per_tenant: 10,
            per_address: 50,
            message_bytes: 65_536,
            init_timeout: Duration::from_secs(5),
            ping_interval: Duration::from_secs(20),
            comment_interval: Duration::from_secs(15),
            write_timeout: Duration::from_secs(15),
            subscriptions: 50,
            messages_per_second: 20,
            message_burst: 120,
            lifetime: Duration::from_hours(1),
            drain_spread: Duration::from_secs(20),
        }
    }
}

impl SocketLimits {
    /// Sockets and streams that this caller may have at once.
    pub const fn at_once(&self, caller: &Payer) -> usize {
        if caller.is_known() { self.per_tenant } else { self.per_address }
    }
}
