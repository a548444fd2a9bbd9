//! TLS by rustls: what the server proves itself with, and how that is renewed while it runs.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::middleware::Next;
use axum::response::Response;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::certificate::{Standing, Validity};
use crate::app::App;
use crate::config::{Config, ConfigError, TlsSettings};
use crate::domain::time::Day;

/// What is spoken under TLS, the better first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The certificate that handshakes show, with its key. Sessions that were begun with an earlier one go on.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    fn now(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

/// Ends TLS.
#[derive(Debug)]
pub struct Tls {
    settings: TlsSettings,
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

impl Tls {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] that says how to mend it, where a file cannot be read, holds none of what it should, or does not fit
    /// the other.
    pub async fn open(settings: &TlsSettings) -> anyhow::Result<Self> {
        let shown = Arc::new(Shown(RwLock::new(Arc::new(read(settings).await?))));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            // TLS 1.2 and 1.3.
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Shown>::clone(&shown));
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        Ok(Self { settings: settings.clone(), config: Arc::new(config), shown })
    }

    /// Shakes hands. It has no patience of its own: the caller bounds it.
    pub async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await
    }

    /// Looks at the files again, and shows what is new in them from then on; whether something was.
    ///
    /// # Errors
    ///
    /// As [`Tls::open`]; what was shown is shown on.
    pub async fn look(&self) -> Result<bool, ConfigError> {
        let found = read(&self.settings).await?;
        // A certificate is of one key: where it is the same, so is the key.
        let is_new = found.cert != self.shown.now().cert;
        if is_new {
            *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        }
        Ok(is_new)
    }

    /// From when to when the shown certificate holds; none where it does not say so in a way that is understood.
    pub fn validity(&self) -> Option<Validity> {
        Validity::of(self.shown.now().cert.first()?)
    }

    /// Looks once in each interval until the server stops. Files that are not fit for use, such as while only one of the two
    /// is renewed, are told in the log once; a certificate that ends soon, or is over, once a day.
    pub async fn renew(&self, interval: Duration, app: &App, shutdown: &CancellationToken) {
        let (mut told, mut warned) = (None, None);
        loop {
            self.warn(app, &mut warned);
            if shutdown.run_until_cancelled(sleep(interval)).await.is_none() {
                return;
            }
            let problem = match self.look().await {
                Ok(true) => {
                    tracing::info!("a renewed certificate is served");
                    None
                }
                Ok(false) => None,
                Err(problem) => Some(problem),
            };
            if let Some(problem) = problem.as_ref().filter(|problem| told.as_ref() != Some(*problem)) {
                tracing::error!(%problem, "the renewed certificate is not fit for use; the old one is served on");
            }
            told = problem;
        }
    }

    /// Notes when the shown certificate ends, and tells where clients refuse it or soon will, once a day.
    fn warn(&self, app: &App, warned: &mut Option<(Standing, Day)>) {
        let Some(validity) = self.validity() else { return };
        let (ends, now) = (validity.ends(), app.clock.now());
        app.telemetry.certificate_ends.store(ends.seconds(), Ordering::Relaxed);
        let standing = (validity.standing(now), now.day());
        if warned.replace(standing) == Some(standing) {
            return;
        }
        match standing.0 {
            Standing::Holds => {}
            Standing::EndsSoon => tracing::warn!(%ends, "the certificate ends soon; renew it"),
            Standing::NotYet => tracing::error!("the certificate does not hold yet; callers refuse it"),
            Standing::Over => tracing::error!(%ends, "the certificate is over; callers refuse it"),
        }
    }
}

/// What the files hold, fit for use.
async fn read(settings: &TlsSettings) -> Result<CertifiedKey, ConfigError> {
    let (certificate, key) = (settings.certificate.display(), settings.key.display());
    let pem = content(TlsSettings::CERTIFICATE, &settings.certificate).await?;
    let chain: Result<Vec<CertificateDer<'static>>, PemError> =
        CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
        wrong(
            TlsSettings::CERTIFICATE,
            format!("{certificate} holds no certificate; write it in PEM, with -----BEGIN CERTIFICATE----- before it"),
        )
    })?;
    let pem = content(TlsSettings::KEY, &settings.key).await?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        wrong(
            TlsSettings::KEY,
            format!(
                "{key} holds no private key; write it in PEM and without a password, with -----BEGIN PRIVATE KEY----- before it"
            ),
        )
    })?;
    CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(|error| match error {
        Error::InconsistentKeys(_) => wrong(
            TlsSettings::KEY,
            format!(
                "{key} is not the key of the first certificate in {certificate}; name the files that were made together"
            ),
        ),
        Error::InvalidCertificate(_) => wrong(
            TlsSettings::CERTIFICATE,
            format!("the first certificate in {certificate} cannot be read; have it made anew"),
        ),
        _ => wrong(
            TlsSettings::KEY,
            format!("{key} holds a key of a kind that is not served; make one of ECDSA (P-256 or P-384), Ed25519 or RSA"),
        ),
    })
}

async fn content(variable: &'static str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    tokio::fs::read(path).await.map_err(|error| {
        wrong(
            variable,
            format!("{} cannot be read ({error}); name a file that this user may read", path.display()),
        )
    })
}

fn wrong(variable: &'static str, problem: String) -> ConfigError {
    ConfigError { variable, problem }
}

/// What browsers are told to remember where the server ends TLS itself: not to come in clear again (RFC 6797). A proxy that
/// ends TLS says it for itself. Browsers apply it to all ports of a host, so a sandbox, which may be on somebody's
/// `localhost`, is forgotten soon.
pub fn strict_transport(config: &Config) -> Option<HeaderValue> {
    config.tls.as_ref()?;
    let lasting = if config.is_sandbox() { "max-age=300" } else { "max-age=31536000" };
    Some(HeaderValue::from_static(lasting))
}

/// Tells it with each answer.
pub async fn tell_strict_transport(
    State(lasting): State<HeaderValue>,
    request: Request,
    next: Next,
) -> Response {
    let mut answer = next.run(request).await;
    answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, lasting);
    answer
}
