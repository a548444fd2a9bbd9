//! Content in a bucket of a service that speaks S3: callers send and fetch it there by signed addresses.
//!
//! What callers send lies under `incoming/` until it was copied to where no address of theirs reaches, checked there
//! and moved to its SHA-256. A service that ignores the signed checksum cannot make us keep other content.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::TokioExecutor;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use object_store::path::Path;
use object_store::signer::{HeaderName, HeaderValue, Method, SignedUrlOptions, Signer};
use object_store::{ObjectStore, ObjectStoreExt, RetryConfig};

use super::content::{Meter, Objects, duration, place_of};
use crate::config::BucketSettings;
use crate::domain::file::StoredFile;
use crate::domain::time::Span;
use crate::service::{Error, Result};

/// Time for one request to be answered.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The header by which the service checks the content itself.
const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

/// A bucket and what signs addresses of it.
pub(super) struct Bucket {
    objects: Objects,
    signer: Arc<AmazonS3>,
}

impl Bucket {
    /// Opens a bucket; nothing is sent yet.
    pub(super) fn open(settings: &BucketSettings) -> anyhow::Result<Self> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_retry(RetryConfig {
                max_retries: 3,
                retry_timeout: REQUEST_TIMEOUT,
                ..RetryConfig::default()
            })
            // Not every service that speaks S3 deletes several at once.
            .with_disable_bulk_delete(true)
            .with_http_connector(Transport);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        let signer = Arc::new(builder.build()?);
        Ok(Self { objects: Arc::<AmazonS3>::clone(&signer), signer })
    }

    /// The bucket's library object.
    pub(super) fn objects(&self) -> &dyn ObjectStore {
        &*self.objects
    }

    /// The address to send a file's content to, and the headers that are signed with it.
    pub(super) async fn presigned(
        &self,
        file: &StoredFile,
        lifetime: Span,
    ) -> Result<(String, Vec<(String, String)>)> {
        let checksum = STANDARD.encode(digest(&file.sha256)?);
        let header = |text: &str| HeaderValue::from_str(text).map_err(anyhow::Error::from);
        let options = SignedUrlOptions::default()
            .with_signed_header(HeaderName::from_static("content-type"), header(&file.content_type)?)
            .with_signed_header(CHECKSUM, header(&checksum)?);
        let url =
            self.signer.signed_url_opts(Method::PUT, &incoming(file), duration(lifetime), &options).await;
        let headers = vec![
            ("content-type".to_owned(), file.content_type.clone()),
            (CHECKSUM.as_str().to_owned(), checksum),
        ];
        Ok((url.map_err(anyhow::Error::from)?.into(), headers))
    }

    /// The address to fetch a file's content from.
    pub(super) async fn address(&self, file: &StoredFile, lifetime: Span) -> Result<String> {
        let place = place_of(&file.sha256)?;
        let url = self.signer.signed_url(Method::GET, &place, duration(lifetime)).await;
        Ok(url.map_err(anyhow::Error::from)?.into())
    }

    /// Takes what a caller sent, if it came: see the module.
    pub(super) async fn settle(&self, file: &StoredFile) -> Result<bool> {
        let (sent, kept) = (incoming(file), place_of(&file.sha256)?);
        // A name of its own for each try: whoever can still write to `incoming/` cannot change what was checked.
        let nonce = crate::domain::contract::hexadecimal(&crate::ids::random_bytes::<16>());
        let held = Path::from(format!("checking/{}-{nonce}", file.id));
        match self.objects.copy(&sent, &held).await {
            Ok(()) => {}
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(Error::Internal(error.into())),
        }
        let checked = self.check(file, &held).await;
        let moved = match checked {
            Ok(()) => self.objects.copy(&held, &kept).await.map_err(|error| Error::Internal(error.into())),
            Err(error) => Err(error),
        };
        for path in [&held, &sent] {
            self.objects.delete(path).await.map_err(|error| Error::Internal(error.into()))?;
        }
        moved.map(|()| true)
    }

    async fn check(&self, file: &StoredFile, place: &Path) -> Result<()> {
        let mut content = self.objects.get(place).await.map_err(anyhow::Error::from)?.into_stream();
        let mut meter = Meter::new(file);
        while let Some(bytes) = content.next().await {
            meter.take(&bytes.map_err(anyhow::Error::from)?)?;
        }
        meter.finish(file)
    }
}

/// Where a caller sends the content of a file.
fn incoming(file: &StoredFile) -> Path {
    Path::from(format!("incoming/{}", file.id))
}

/// The 32 bytes that a hash in hexadecimal digits stands for.
fn digest(sha256: &str) -> Result<Vec<u8>> {
    let pair = |at: usize| sha256.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let bytes: Option<Vec<u8>> = (0..sha256.len()).step_by(2).map(pair).collect();
    Ok(bytes.ok_or_else(|| anyhow::anyhow!("{sha256:?} is no SHA-256"))?)
}

/// Lets the library speak through the client that this program has already: rustls with ring.
#[derive(Debug)]
struct Transport;

/// The client itself.
#[derive(Debug)]
struct Sender(Client<HttpsConnector<TcpConnector>, HttpRequestBody>);

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let connector =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Ok(HttpClient::new(Sender(Client::builder(TokioExecutor::new()).build(connector))))
    }
}

#[async_trait::async_trait]
impl HttpService for Sender {
    async fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let answer = tokio::time::timeout(REQUEST_TIMEOUT, self.0.request(request)).await;
        let response = answer
            .map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?
            .map_err(|error| HttpError::new(HttpErrorKind::Connect, error))?;
        let (parts, body) = response.into_parts();
        let body = body.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error));
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}
