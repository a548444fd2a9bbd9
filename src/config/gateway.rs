//! The settings of the payment provider's gateway.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ConfigError, Mode, number, refuse};

/// How the payment provider is asked for sessions, refunds and payouts.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewaySettings {
    /// `SURETY_PAYMENT_GATEWAY_URL`: where calls are sent.
    pub url: String,
    /// `SURETY_PAYMENT_GATEWAY_SECRET`: what they are signed with (`whsec_…`).
    pub secret: String,
    /// `SURETY_PAYMENT_GATEWAY_TIMEOUT`: how long an answer is waited for.
    pub timeout: Duration,
}

impl std::fmt::Debug for GatewaySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GatewaySettings({})", self.url)
    }
}

/// The fewest bytes of a secret, as the Standard Webhooks specification has it.
const SECRET_BYTES_MIN: usize = 24;

pub(super) fn read(
    lookup: &impl Fn(&str) -> Option<String>,
    mode: Mode,
) -> Result<Option<GatewaySettings>, ConfigError> {
    let Some(url) = lookup("SURETY_PAYMENT_GATEWAY_URL") else {
        return match lookup("SURETY_PAYMENT_GATEWAY_SECRET") {
            // Production is told of the missing address by the check at the end.
            Some(_) if mode == Mode::Sandbox => Err(refuse(
                "SURETY_PAYMENT_GATEWAY_URL",
                "a secret is set and no address; set where the gateway answers, or unset SURETY_PAYMENT_GATEWAY_SECRET",
            )),
            _ => Ok(None),
        };
    };
    check_url(&url, mode)?;
    let secret = lookup("SURETY_PAYMENT_GATEWAY_SECRET").ok_or_else(|| {
        refuse("SURETY_PAYMENT_GATEWAY_SECRET", "calls to the gateway are signed; set the secret (whsec_…)")
    })?;
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    if key.is_none_or(|key| key.len() < SECRET_BYTES_MIN) {
        return Err(refuse(
            "SURETY_PAYMENT_GATEWAY_SECRET",
            "the secret is whsec_ and at least 24 bytes in base 64; make one with: \
             echo whsec_$(head -c 32 /dev/urandom | base64)",
        ));
    }
    let timeout =
        number(lookup, "SURETY_PAYMENT_GATEWAY_TIMEOUT", 10_000, 50..=20_000, "number of milliseconds")?;
    Ok(Some(GatewaySettings { url, secret, timeout: Duration::from_millis(timeout) }))
}

/// Money is never spoken of in clear, but for a double of the gateway on the same machine.
fn check_url(url: &str, mode: Mode) -> Result<(), ConfigError> {
    let authority = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    let is_loopback = |host: &str| {
        let after = |known: &&str| host.strip_prefix(*known).map(str::to_owned);
        let port = ["127.0.0.1", "[::1]", "localhost"].iter().find_map(after);
        port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
    };
    let host = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => Some(authority(rest)),
        (None, Some(rest)) => {
            Some(authority(rest)).filter(|host| mode == Mode::Sandbox && is_loopback(host.as_str()))
        }
        (None, None) => None,
    };
    let is_plain = url.parse::<hyper::Uri>().is_ok() && !url.contains(['#', '@']);
    if is_plain && host.is_some_and(|host| !host.is_empty()) {
        return Ok(());
    }
    Err(refuse(
        "SURETY_PAYMENT_GATEWAY_URL",
        format!(
            "{url:?} is no address for payments; write https://payments.example.com/surety (a sandbox may also use \
             http://127.0.0.1 on its own machine)"
        ),
    ))
}
