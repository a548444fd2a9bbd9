//! Settings of the webhooks that are sent to partners.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ConfigError, Mode, flag, number, refuse};

/// How webhooks are sent.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// `SURETY_WEBHOOK_KEY`: what the endpoints' secrets are sealed with; none means the sandbox's own.
    pub key: Option<[u8; 32]>,
    /// `SURETY_WEBHOOK_LOCAL`: whether a sandbox sends to its own machine too, in clear.
    pub local: bool,
    /// `SURETY_WEBHOOK_TIMEOUT`: how long an answer is waited for, to its end.
    pub timeout: Duration,
}

impl std::fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebhookSettings(local: {}, timeout: {:?})", self.local, self.timeout)
    }
}

pub(super) fn read(
    lookup: &impl Fn(&str) -> Option<String>,
    mode: Mode,
) -> Result<WebhookSettings, ConfigError> {
    let local = flag(lookup, "SURETY_WEBHOOK_LOCAL", false)?;
    if local && mode == Mode::Production {
        return Err(refuse(
            "SURETY_WEBHOOK_LOCAL",
            "production sends no webhooks into its own network; leave it unset",
        ));
    }
    let key = match lookup("SURETY_WEBHOOK_KEY") {
        None => None,
        Some(text) => {
            let key = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
            Some(key.ok_or_else(|| {
                refuse(
                    "SURETY_WEBHOOK_KEY",
                    "the key is 32 bytes in base 64; make one with: head -c 32 /dev/urandom | base64",
                )
            })?)
        }
    };
    let timeout = number(lookup, "SURETY_WEBHOOK_TIMEOUT", 15_000, 50..=30_000, "number of milliseconds")?;
    Ok(WebhookSettings { key, local, timeout: Duration::from_millis(timeout) })
}
