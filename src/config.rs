//! The configuration: read once from the environment, checked as a whole, never read again.

mod bulk;
mod events;
mod gateway;
mod nats;
mod operations;
mod shown;
mod throttle;
mod tls;
mod tokens;
mod uploads;
mod webhooks;

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::domain::bulk::BulkRules;
use crate::domain::file::UploadRules;
use crate::domain::time::Span;

pub use gateway::GatewaySettings;
pub use nats::{NatsLogin, NatsSettings};
pub use operations::OperationsSettings;
pub use tls::TlsSettings;
pub use tokens::{DEFAULT_AUDIENCE, SANDBOX_AUDIENCE, TokenSettings};
pub use webhooks::WebhookSettings;

/// What kind of server this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For partners who try things: demo data, a payment provider that settles on command, a clock to advance.
    Sandbox,
    /// The real thing: refuses everything that only a sandbox may have.
    Production,
}

/// A setting that stops the start; the text says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{variable}: {problem}")]
pub struct ConfigError {
    /// The environment variable at fault.
    pub variable: &'static str,
    /// What is wrong and what to set instead.
    pub problem: String,
}

/// Where the content of files lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentPlace {
    /// `SURETY_CONTENT_DIRECTORY`: a directory of this machine, or one that all servers share.
    Directory(PathBuf),
    /// A bucket of a service that speaks S3.
    Bucket(BucketSettings),
}

/// A bucket of a service that speaks S3.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketSettings {
    /// `SURETY_CONTENT_BUCKET`.
    pub bucket: String,
    /// `SURETY_CONTENT_REGION`.
    pub region: String,
    /// `SURETY_CONTENT_ENDPOINT`: where a service other than Amazon's answers.
    pub endpoint: Option<String>,
    /// `SURETY_CONTENT_ACCESS_KEY`.
    pub access_key: String,
    /// `SURETY_CONTENT_SECRET_KEY`.
    pub secret_key: String,
}

impl std::fmt::Debug for BucketSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BucketSettings({} at {:?})", self.bucket, self.endpoint)
    }
}

/// Everything that a deployment can set.
#[derive(Clone)]
pub struct Config {
    /// `SURETY_MODE`.
    pub mode: Mode,
    /// `SURETY_LISTEN`.
    pub listen: SocketAddr,
    /// `SURETY_DATABASE_URL`.
    pub database_url: String,
    /// `SURETY_DATABASE_CONNECTIONS`.
    pub database_connections: u32,
    /// `SURETY_ISSUER`: who signs the tokens.
    pub issuer: String,
    /// `SURETY_AUDIENCE`: whom the tokens are for.
    pub audience: String,
    /// `SURETY_JWKS`: file or `https://` address of the issuer's key set; none means own keys.
    pub jwks: Option<String>,
    /// `SURETY_SIGNING_KEYS`: file of our own signing keys; a sandbox makes it at its first start.
    pub signing_keys: PathBuf,
    /// `SURETY_TOKEN_MINUTES`: how tokens are signed.
    pub tokens: TokenSettings,
    /// `SURETY_CORS_ORIGINS`: web origins that may call from a browser; `*` means all.
    pub cors_origins: Vec<String>,
    /// `SURETY_TRUSTED_PROXY`: a proxy in front ends TLS.
    pub trusted_proxy: bool,
    /// `SURETY_TLS_CERTIFICATE` and its neighbour: what the server ends TLS with itself; none means that it speaks in clear.
    pub tls: Option<TlsSettings>,
    /// `SURETY_ANONYMOUS_CATALOGUE`: whether callers without a token may read the catalogue.
    pub anonymous_catalogue: bool,
    /// `SURETY_LOG`: what is logged, such as `info` or `surety=debug,warn`.
    pub log: String,
    /// `SURETY_PAYMENT_PROVIDER`: the provider's name in `/webhooks/payments/{provider}`.
    pub payment_provider: String,
    /// `SURETY_PAYMENT_WEBHOOK_SECRETS`: the provider's webhook secrets (`whsec_…`), newest first.
    pub payment_webhook_secrets: Vec<String>,
    /// `SURETY_PAYMENT_GATEWAY_URL` and its neighbours: where the payment provider is asked for sessions, refunds and
    /// payouts; none means the sandbox's own provider.
    pub payment_gateway: Option<GatewaySettings>,
    /// `SURETY_PUBLIC_URL`: where callers reach this server, without a slash at its end.
    pub public_url: String,
    /// Where the content of files lies.
    pub content: ContentPlace,
    /// `SURETY_UPLOAD_BYTES` and `SURETY_UPLOAD_TYPES`: what may be uploaded.
    pub uploads: UploadRules,
    /// `SURETY_BULK_BYTES` and its neighbours: what bulk operations may take.
    pub bulk: BulkRules,
    /// `SURETY_EVENT_DAYS`: how long events are told; cursors before them are refused.
    pub events_told_for: Span,
    /// `SURETY_NATS_URL` and its neighbour: how nodes wake each other beside PostgreSQL; none means they do not.
    pub nats: Option<NatsSettings>,
    /// `SURETY_WEBHOOK_KEY` and its neighbours: how webhooks are sent.
    pub webhooks: WebhookSettings,
    /// `SURETY_METRICS_LISTEN` and its neighbours: what those who run the server need.
    pub operations: OperationsSettings,
}

/// The issuer of tokens that a sandbox signs itself.
pub const SANDBOX_ISSUER: &str = "https://sandbox.surety.invalid";

impl Config {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the environment's one home")]
        Self::from_lookup(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
    }

    /// Reads from any source of variables.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mode = match lookup("SURETY_MODE").as_deref() {
            None | Some("sandbox") => Mode::Sandbox,
            Some("production") => Mode::Production,
            Some(other) => {
                return Err(refuse("SURETY_MODE", format!("{other:?} is neither sandbox nor production")));
            }
        };
        let listen = lookup("SURETY_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = listen.parse().map_err(|_| {
            refuse(
                "SURETY_LISTEN",
                format!("{listen:?} is no address and port; write 127.0.0.1:8080 or [::1]:8080"),
            )
        })?;
        let database_connections = number(&lookup, "SURETY_DATABASE_CONNECTIONS", 8, 2..=1_000, "number")?;
        let list = |name: &str| split_list(lookup(name).as_deref().unwrap_or_default());
        let database_url = lookup("SURETY_DATABASE_URL").unwrap_or_else(|| "sqlite://surety.db".to_owned());
        let config = Self {
            mode,
            listen,
            public_url: tls::public_url(&lookup, mode, listen)?,
            content: content_place(&lookup, mode, &database_url)?,
            uploads: uploads::read(&lookup)?,
            bulk: bulk::read(&lookup)?,
            events_told_for: events::read(&lookup)?,
            nats: nats::read(&lookup, &database_url)?,
            webhooks: webhooks::read(&lookup, mode)?,
            operations: operations::read(&lookup, listen)?,
            database_url,
            database_connections,
            issuer: lookup("SURETY_ISSUER").unwrap_or_else(|| SANDBOX_ISSUER.to_owned()),
            audience: lookup("SURETY_AUDIENCE").unwrap_or_else(|| tokens::default_audience(mode)),
            tokens: tokens::read(&lookup)?,
            jwks: lookup("SURETY_JWKS"),
            signing_keys: lookup("SURETY_SIGNING_KEYS")
                .unwrap_or_else(|| "surety-keys.json".to_owned())
                .into(),
            cors_origins: list("SURETY_CORS_ORIGINS"),
            trusted_proxy: flag(&lookup, "SURETY_TRUSTED_PROXY", false)?,
            tls: tls::read(&lookup)?,
            anonymous_catalogue: flag(&lookup, "SURETY_ANONYMOUS_CATALOGUE", true)?,
            log: lookup("SURETY_LOG").unwrap_or_else(|| "info,sqlx=warn,async_nats=warn".to_owned()),
            payment_provider: lookup("SURETY_PAYMENT_PROVIDER").unwrap_or_else(|| "external".to_owned()),
            payment_webhook_secrets: list("SURETY_PAYMENT_WEBHOOK_SECRETS"),
            payment_gateway: gateway::read(&lookup, mode)?,
        };
        config.check()?;
        Ok(config)
    }

    /// Refuses what cannot work, and what production must not have.
    fn check(&self) -> Result<(), ConfigError> {
        tokens::check(self)?;
        if self.mode == Mode::Sandbox {
            return Ok(());
        }
        if self.cors_origins.iter().any(|origin| origin == "*") {
            return Err(refuse(
                "SURETY_CORS_ORIGINS",
                "production does not serve every origin; list them by name",
            ));
        }
        if !self.trusted_proxy && self.tls.is_none() {
            return Err(refuse(
                "SURETY_TRUSTED_PROXY",
                "tokens must not travel in clear: set SURETY_TLS_CERTIFICATE and SURETY_TLS_KEY, or put a proxy that ends TLS in \
                 front and set this to true",
            ));
        }
        self.check_webhook_secrets()?;
        if self.payment_gateway.is_none() {
            return Err(refuse(
                "SURETY_PAYMENT_GATEWAY_URL",
                "production opens sessions and sends money by the payment provider's gateway; set its address, such as \
                 https://payments.example.com/surety (docs/PAYMENTS.md)",
            ));
        }
        if self.webhooks.key.is_none() {
            return Err(refuse(
                "SURETY_WEBHOOK_KEY",
                "production seals the secrets of webhooks with a key that is not in the database; make one with: \
                 head -c 32 /dev/urandom | base64",
            ));
        }
        if self.webhooks.key.is_some_and(|key| is_placeholder(&key)) {
            return Err(refuse("SURETY_WEBHOOK_KEY", PLACEHOLDER));
        }
        if self.public_url.is_empty() {
            return Err(refuse(
                "SURETY_PUBLIC_URL",
                "production hands out addresses of itself; set where callers reach it, such as https://api.example.com",
            ));
        }
        if self.content == ContentPlace::Directory(PathBuf::new()) {
            return Err(refuse(
                "SURETY_CONTENT_DIRECTORY",
                "production needs a directory that is backed up for the content of files, or SURETY_CONTENT_BUCKET",
            ));
        }
        Ok(())
    }

    fn check_webhook_secrets(&self) -> Result<(), ConfigError> {
        if self.payment_webhook_secrets.is_empty() {
            return Err(refuse(
                "SURETY_PAYMENT_WEBHOOK_SECRETS",
                "production needs the payment provider's webhook secret (whsec_…)",
            ));
        }
        if !self.payment_webhook_secrets.iter().all(|secret| is_webhook_secret(secret)) {
            return Err(refuse(
                "SURETY_PAYMENT_WEBHOOK_SECRETS",
                "each webhook secret is whsec_ and base 64 of at least 24 bytes that nobody else knows, as the provider shows it",
            ));
        }
        if self.payment_gateway.as_ref().is_some_and(|gateway| !is_webhook_secret(&gateway.secret)) {
            return Err(refuse("SURETY_PAYMENT_GATEWAY_SECRET", PLACEHOLDER));
        }
        Ok(())
    }

    /// Whether this is a sandbox.
    pub fn is_sandbox(&self) -> bool {
        self.mode == Mode::Sandbox
    }
}

/// Whether a secret is of the form of the Standard Webhooks specification, and long enough that nobody guesses it. One that
/// is not would refuse every message at the first one, or take everybody's.
fn is_webhook_secret(text: &str) -> bool {
    let key = text.strip_prefix("whsec_").and_then(|encoded| STANDARD.decode(encoded).ok());
    key.is_some_and(|key| key.len() >= 24 && !is_placeholder(&key)) && text != PUBLISHED
}

/// The secret of the example that the Standard Webhooks specification has.
const PUBLISHED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Why such a secret or key is refused.
const PLACEHOLDER: &str = "this stands in examples, so everybody knows it; make one of your own with: head -c 32 /dev/urandom | base64";

/// Whether a key is one byte again and again, as those are that were to be replaced.
fn is_placeholder(key: &[u8]) -> bool {
    key.iter().all(|byte| Some(byte) == key.first())
}

/// Where the content of files lies: a bucket where one is named, otherwise a directory.
fn content_place(
    lookup: &impl Fn(&str) -> Option<String>,
    mode: Mode,
    database_url: &str,
) -> Result<ContentPlace, ConfigError> {
    let directory = lookup("SURETY_CONTENT_DIRECTORY");
    let Some(bucket) = lookup("SURETY_CONTENT_BUCKET") else {
        // Production has no default, which the check at the end refuses.
        let default = || if mode == Mode::Sandbox { beside(database_url) } else { PathBuf::new() };
        return Ok(ContentPlace::Directory(directory.map_or_else(default, PathBuf::from)));
    };
    if directory.is_some() {
        return Err(refuse(
            "SURETY_CONTENT_DIRECTORY",
            "content lies in a directory or in a bucket; unset this or SURETY_CONTENT_BUCKET",
        ));
    }
    let needed = |name: &'static str, value: Option<String>| {
        value.ok_or_else(|| refuse(name, "the bucket SURETY_CONTENT_BUCKET cannot be opened without it"))
    };
    let endpoint = lookup("SURETY_CONTENT_ENDPOINT");
    if mode == Mode::Production && endpoint.as_ref().is_some_and(|address| !address.starts_with("https://")) {
        return Err(refuse("SURETY_CONTENT_ENDPOINT", "content must not travel in clear; write https://"));
    }
    Ok(ContentPlace::Bucket(BucketSettings {
        bucket,
        region: lookup("SURETY_CONTENT_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
        endpoint,
        access_key: needed("SURETY_CONTENT_ACCESS_KEY", lookup("SURETY_CONTENT_ACCESS_KEY"))?,
        secret_key: needed("SURETY_CONTENT_SECRET_KEY", lookup("SURETY_CONTENT_SECRET_KEY"))?,
    }))
}

/// The sandbox's content lies beside its database and goes with it.
fn beside(database_url: &str) -> PathBuf {
    let file = database_url.strip_prefix("sqlite://").map(|path| path.split('?').next().unwrap_or(path));
    PathBuf::from(format!("{}-content", file.unwrap_or("surety.db")))
}

fn split_list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn refuse(variable: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError { variable, problem: problem.into() }
}

/// A number within bounds; `kind` is what it is called where it is none.
fn number<T: FromStr + PartialOrd + Display>(
    lookup: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    default: T,
    bounds: RangeInclusive<T>,
    kind: &str,
) -> Result<T, ConfigError> {
    let Some(text) = lookup(variable) else { return Ok(default) };
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        let problem = format!("{text:?} is no {kind} from {} to {}", bounds.start(), bounds.end());
        refuse(variable, problem)
    })
}

fn flag(
    lookup: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    default: bool,
) -> Result<bool, ConfigError> {
    match lookup(variable).as_deref() {
        None => Ok(default),
        Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        Some(other) => Err(refuse(variable, format!("{other:?} is neither true nor false"))),
    }
}
