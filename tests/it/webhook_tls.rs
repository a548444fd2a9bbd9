//! A receiver that nobody vouches for is sent nothing, and its owner sees that there was no connection.

use std::sync::Arc;

use serde_json::{Value, json};
use surety::domain::time::Span;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::database::Backend;
use super::world::{World, run_with};

/// Valid for `127.0.0.1` until 2126 and signed by itself.
const CERTIFICATE: &[u8] = include_bytes!("keys/untrusted.crt.der");
const KEY: &[u8] = include_bytes!("keys/untrusted.key.der");
const SETTINGS: &[(&str, &str)] = &[("SURETY_WEBHOOK_LOCAL", "true")];

/// Speaks TLS with a certificate of its own making; tells of each handshake whether it succeeded.
async fn untrusted() -> (String, UnboundedReceiver<bool>) {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE.to_vec())],
            PrivatePkcs8KeyDer::from(KEY.to_vec()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/hook", listener.local_addr().unwrap());
    let (out, handshakes) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if out.send(acceptor.accept(stream).await.is_ok()).is_err() {
                break;
            }
        }
    });
    (url, handshakes)
}

async fn an_untrusted_receiver_is_a_failed_attempt(w: World) {
    let trade = w.trade().await;
    let (url, mut handshakes) = untrusted().await;
    let hook = trade.buyer.hook("hook", json!({ "url": url, "eventTypes": ["ORDER_PLACED"] })).await;
    trade.placed(100).await;
    for attempts in 1..=2 {
        assert_eq!(w.sends().await, 1);
        assert_eq!(handshakes.recv().await, Some(false), "the handshake must not succeed");
        let delivery = hook.deliveries().await.remove(0);
        assert_eq!(delivery["state"], "PENDING");
        let told = delivery["attempts"].as_array().unwrap();
        assert_eq!(told.len(), attempts);
        for attempt in told {
            assert_eq!(
                (&attempt["status"], &attempt["error"], &attempt["response"]),
                (&Value::Null, &json!("NOT_CONNECTED"), &Value::Null)
            );
        }
        w.passes(Span::seconds(10));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_untrusted_receiver_on_sqlite() {
    run_with(Backend::Sqlite, SETTINGS, an_untrusted_receiver_is_a_failed_attempt).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_untrusted_receiver_on_postgres() {
    run_with(Backend::Postgres, SETTINGS, an_untrusted_receiver_is_a_failed_attempt).await;
}
