//! The server over TLS: who is answered, who is not waited for, and what it proves itself with.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use surety::config::TlsSettings;
use surety::domain::time::Span;
use surety::http::limits::Limits;
use surety::http::tls::Tls;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_util::sync::CancellationToken;
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

use super::configuration::surety;
use super::database::Backend;
use super::http2::{answered, posted, speaks};
use super::server::{Answered, Server};
use super::world::World;

/// A certificate and its key, for `localhost` until 2126.
type Pair = [&'static [u8]; 2];

/// Vouches for the others.
const AUTHORITY: &[u8] = include_bytes!("keys/authority.crt.pem");
const SERVED: Pair = [include_bytes!("keys/served.crt.pem"), include_bytes!("keys/served.key.pem")];
const RENEWED: Pair = [include_bytes!("keys/renewed.crt.pem"), include_bytes!("keys/renewed.key.pem")];
const PATIENCE: Duration = Duration::from_secs(10);
const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// The two files that a server reads.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    _folder: TempDir,
}

impl Files {
    fn of(content: Pair) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Self {
            certificate: folder.path().join("server.crt"),
            key: folder.path().join("server.key"),
            _folder: folder,
        };
        files.hold(content);
        files
    }

    fn hold(&self, [certificate, key]: Pair) {
        std::fs::write(&self.certificate, certificate).unwrap();
        std::fs::write(&self.key, key).unwrap();
    }

    fn settings(&self) -> [(&'static str, &str); 2] {
        [
            (TlsSettings::CERTIFICATE, self.certificate.to_str().unwrap()),
            (TlsSettings::KEY, self.key.to_str().unwrap()),
        ]
    }

    async fn serve(&self, limits: Limits) -> Server {
        Server::start(limits, &self.settings()).await
    }

    async fn open(&self) -> Tls {
        let settings = TlsSettings { certificate: self.certificate.clone(), key: self.key.clone() };
        Tls::open(&settings).await.unwrap()
    }
}

/// The certificate itself, as a handshake shows it.
fn shown_of([certificate, _]: Pair) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(certificate).unwrap()
}

/// A client that trusts the authority and nobody else.
fn client(versions: &[&'static SupportedProtocolVersion], protocols: &[&str]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(AUTHORITY).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

async fn connect(server: &Server, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    connect_by(server, BOTH, protocols).await
}

async fn connect_by(
    server: &Server,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    client(versions, protocols).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// Asks over a connection of its own, as ALPN had it.
async fn asked(stream: TlsStream<TcpStream>) -> Answered {
    let http2 = stream.get_ref().1.alpn_protocol().is_some_and(|protocol| protocol == b"h2");
    let request = |address: &str| posted(address, "application/json", "{ greeting }");
    if http2 {
        let mut sender = speaks(stream).await;
        return answered(sender.send_request(request("https://localhost/graphql")).await).await;
    }
    let stream = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut request = request("/graphql");
    request.headers_mut().insert("host", "localhost".parse().unwrap());
    answered(sender.send_request(request).await).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_is_answered_over_https() {
    let files = Files::of(SERVED);
    let server = files.serve(Limits::default()).await;
    for (versions, offered, agreed) in [
        (BOTH, ["http/1.1"].as_slice(), Some("http/1.1")),
        (BOTH, &["h2"], Some("h2")),
        (BOTH, &["http/1.1", "h2"], Some("h2")),
        (BOTH, &[], None),
        (&[&TLS12], &["h2"], Some("h2")),
        (&[&TLS12], &["http/1.1"], Some("http/1.1")),
        (&[&TLS13], &["http/1.1"], Some("http/1.1")),
    ] {
        let stream = connect_by(&server, versions, offered).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed.map(str::as_bytes), "{offered:?}");
        let answer = asked(stream).await;
        assert_eq!((answer.status, &answer.body["data"]["greeting"]), (200, &json!("hello world")));
        assert_eq!(answer.header("strict-transport-security"), "max-age=300", "a sandbox is forgotten soon");
    }
    assert!(connect(&server, &["spdy/3"]).await.is_err(), "nothing else is spoken");
    let clear = server.client.get(server.url("/health/live")).send().await;
    assert!(clear.is_err(), "nobody is answered in clear");
    assert_eq!(Server::usual().await.post("{ greeting }").await.header("strict-transport-security"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_opens_over_https() {
    let files = Files::of(SERVED);
    let server = files.serve(Limits::default()).await;
    let mut request = "wss://localhost/graphql/ws".into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let stream = connect(&server, &["http/1.1"]).await.unwrap();
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    socket.send(Message::text(json!({ "type": "connection_init" }).to_string())).await.unwrap();
    let heard = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    let heard: Value = serde_json::from_str(&heard.into_text().unwrap()).unwrap();
    assert_eq!(heard, json!({ "type": "connection_ack" }));
}

/// A server with one place for a connection, and little patience with those who hold it.
async fn impatient(files: &Files) -> Server {
    let limits = Limits { connections: 1, header_timeout: Duration::from_secs(1), ..Limits::default() };
    files.serve(limits).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_finish_the_handshake_takes_nobodys_place() {
    let files = Files::of(SERVED);
    let server = impatient(&files).await;
    // Nothing, the head of a record, and the beginning of a greeting of 512 bytes.
    for said in [b"".as_slice(), &[22, 3, 1], &[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]] {
        let mut silent = TcpStream::connect(server.address).await.unwrap();
        silent.write_all(said).await.unwrap();
        let other = async { asked(connect(&server, &["http/1.1"]).await.unwrap()).await };
        let other = timeout(PATIENCE, other).await.expect("the place is still taken");
        assert_eq!(other.status, 200);
        let mut told = Vec::new();
        let ended = timeout(PATIENCE, silent.read_to_end(&mut told)).await.expect("it is still open");
        assert!(ended.is_err() || told.is_empty(), "{said:?}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_under_tls_takes_nobodys_place() {
    let files = Files::of(SERVED);
    let server = impatient(&files).await;
    for (protocol, said) in [
        ("http/1.1", ""),
        ("http/1.1", "GET /graphql HTTP/1.1\r\nhost:"),
        // Kept alive, and then nothing.
        ("http/1.1", "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("h2", ""),
        ("h2", "PRI * HT"),
    ] {
        let mut silent = connect(&server, &[protocol]).await.unwrap();
        silent.write_all(said.as_bytes()).await.unwrap();
        silent.flush().await.unwrap();
        let other = async { asked(connect(&server, &["h2"]).await.unwrap()).await };
        let other = timeout(PATIENCE, other).await.expect("the place is still taken");
        assert_eq!(other.status, 200, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_reads_is_cut_under_tls_too() {
    let files = Files::of(SERVED);
    let limits = Limits { write_timeout: Duration::from_millis(300), ..Limits::default() };
    let server = files.serve(limits).await;
    let body = json!({ "query": "subscription { endless { number padding } }" }).to_string();
    let head = format!(
        "POST /graphql/stream HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let mut slow = connect(&server, &["http/1.1"]).await.unwrap();
    slow.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut first = [0; 12];
    timeout(PATIENCE, slow.read_exact(&mut first)).await.unwrap().unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let counts = &server.app.telemetry;
    let ends = async {
        while counts.streams.count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, ends).await.expect("the stream is still open");
    assert_eq!(counts.slow_consumers.count(), 1);
    drop(slow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_served_without_a_new_start() {
    let files = Files::of(SERVED);
    let limits = Limits { certificate_interval: Duration::from_millis(10), ..Limits::default() };
    let server = files.serve(limits).await;
    let shown = async || {
        let stream = connect(&server, &["http/1.1"]).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    assert_eq!(shown().await, shown_of(SERVED));
    let open = connect(&server, &["http/1.1"]).await.unwrap();
    files.hold(RENEWED);
    let renewed = async { while shown().await != shown_of(RENEWED) {} };
    timeout(PATIENCE, renewed).await.expect("the old one is still served");
    assert_eq!(asked(open).await.status, 200, "connections from before go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewed_files_that_do_not_fit_leave_the_old_ones_in_use() {
    let files = Files::of(SERVED);
    let tls = files.open().await;
    let shown = async || {
        let (ours, theirs) = tokio::io::duplex(65_536);
        let connector = client(BOTH, &["http/1.1"]);
        let connected = connector.connect(ServerName::try_from("localhost").unwrap(), theirs);
        let (accepted, connected) = tokio::join!(tls.accept(ours), connected);
        accepted.unwrap();
        connected.unwrap().get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    assert_eq!(tls.look().await, Ok(false));
    for (content, blamed) in [
        ([RENEWED[0], SERVED[1]], "SURETY_TLS_KEY"),
        ([SERVED[0], RENEWED[1]], "SURETY_TLS_KEY"),
        ([b"".as_slice(), RENEWED[1]], "SURETY_TLS_CERTIFICATE"),
        ([RENEWED[0], b"".as_slice()], "SURETY_TLS_KEY"),
    ] {
        files.hold(content);
        assert_eq!(tls.look().await.map_err(|problem| problem.variable), Err(blamed));
        assert_eq!(shown().await, shown_of(SERVED));
    }
    std::fs::remove_file(&files.key).unwrap();
    assert_eq!(tls.look().await.map_err(|problem| problem.variable), Err("SURETY_TLS_KEY"));
    assert_eq!(shown().await, shown_of(SERVED));
    files.hold(RENEWED);
    assert_eq!(tls.look().await, Ok(true));
    assert_eq!(shown().await, shown_of(RENEWED));
    assert_eq!(tls.look().await, Ok(false));
}

/// What this thread writes into the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Listens as long as the guard lives.
    fn listen(&self) -> (DefaultGuard, Dispatch) {
        // With a second one, tracing asks both whether a line is of interest. Of one alone it asks whichever thread comes first to
        // the line, and that may be another story's, which listens to nothing.
        let other = Dispatch::new(NoSubscriber::new());
        let log = self.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
        (tracing::subscriber::set_default(lines), other)
    }

    /// The lines that say this, each with its level before it.
    fn lines(&self, said: &str) -> Vec<String> {
        let written = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        written.lines().filter(|line| line.contains(said)).map(str::to_owned).collect()
    }

    /// Waits for so many lines of a level that say this.
    async fn has(&self, count: usize, level: &str, said: &str) {
        let heard = async {
            while self.lines(said).len() < count {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, heard).await.unwrap_or_else(|_| panic!("the log does not say: {said}"));
        assert!(self.lines(said).iter().all(|line| line.contains(level)), "{:?}", self.lines(said));
        assert_eq!(self.lines(said).len(), count, "{:?}", self.lines(said));
    }
}

// On one thread, whose log it reads: the looks of the task under test go on while this waits.
#[tokio::test]
async fn the_log_tells_of_a_certificate_that_ends_or_does_not_fit() {
    const SOON: &str = "the certificate ends soon";
    let log = Log::default();
    let _listening = log.listen();
    let w = World::with(Backend::Sqlite, &[]).await.unwrap();
    let files = Files::of(SERVED);
    let tls = files.open().await;
    let ends = tls.validity().unwrap().ends();
    let stop = CancellationToken::new();
    let looking = tls.renew(Duration::from_millis(1), &w.app, &stop);
    let story = async {
        // It holds from the autumn on, and the story begins in spring.
        log.has(1, "ERROR", "the certificate does not hold yet").await;
        w.passes(w.now().until(ends.minus(Span::days(15))));
        files.hold(RENEWED);
        log.has(1, "INFO", "a renewed certificate is served").await;
        assert_eq!(log.lines(SOON), Vec::<String>::new(), "it holds for two weeks and a day");
        w.passes(Span::days(2));
        log.has(1, "WARN", SOON).await;
        assert!(log.lines(SOON)[0].contains("ends=2126-"), "{:?}", log.lines(SOON));
        // Behind this look lies another one of the same day.
        files.hold(SERVED);
        log.has(2, "INFO", "a renewed certificate is served").await;
        log.has(1, "WARN", SOON).await;
        w.passes(Span::days(1));
        log.has(2, "WARN", SOON).await;
        w.passes(Span::days(13));
        log.has(1, "ERROR", "the certificate is over").await;
        std::fs::remove_file(&files.key).unwrap();
        log.has(1, "ERROR", "cannot be read").await;
        let told = log.lines("cannot be read").remove(0);
        assert!(told.contains("the old one is served on") && told.contains(TlsSettings::KEY), "{told}");
        stop.cancel();
    };
    tokio::join!(looking, story);
    w.closes().await;
}

#[test]
fn wrong_files_stop_the_start() {
    const JUNK: &[u8] = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let files = Files::of(SERVED);
    let absent = files.certificate.with_extension("absent").display().to_string();
    let [certificate, key] = files.settings();
    let listen = ("SURETY_LISTEN", "127.0.0.1:0");
    let stops = |settings: &[(&str, &str)], variable: &str, says: &str| {
        for verb in ["serve", "check"] {
            let (code, _, err) = surety(&[verb], settings);
            assert_eq!(code, Some(2), "{verb}: {err}");
            assert!(err.starts_with(&format!("surety: {variable}: ")) && err.contains(says), "{verb}: {err}");
        }
    };
    stops(&[listen, certificate], key.0, "a certificate is set and no key");
    stops(&[listen, key], certificate.0, "a key is set and no certificate");
    stops(&[listen, (certificate.0, absent.as_str()), key], certificate.0, "cannot be read");
    stops(&[listen, certificate, (key.0, absent.as_str())], key.0, "name a file that this user may read");
    stops(&[listen, (certificate.0, key.1), key], certificate.0, "holds no certificate");
    stops(&[listen, certificate, (key.0, certificate.1)], key.0, "holds no private key");
    files.hold([RENEWED[0], SERVED[1]]);
    stops(&[listen, certificate, key], key.0, "is not the key of the first certificate");
    files.hold([JUNK, SERVED[1]]);
    stops(&[listen, certificate, key], certificate.0, "have it made anew");
    files.hold(SERVED);
    let (code, out, err) = surety(&["check"], &[listen, certificate, key]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("certificate: fits its key, and holds until 2126-"), "{out}");
}
