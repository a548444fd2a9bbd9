//! Settings of TLS, and of the address that callers know this server by.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::{ConfigError, Mode, refuse};

/// Where the server finds what it proves itself with. The files are read at the start, and again when they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// `SURETY_TLS_CERTIFICATE`: a PEM file with the server's certificate, and after it those that vouch for it.
    pub certificate: PathBuf,
    /// `SURETY_TLS_KEY`: a PEM file with the certificate's private key.
    pub key: PathBuf,
}

impl TlsSettings {
    /// The setting that names the certificate.
    pub const CERTIFICATE: &str = "SURETY_TLS_CERTIFICATE";
    /// The setting that names its key.
    pub const KEY: &str = "SURETY_TLS_KEY";
}

/// Both files or none: one of them alone cannot serve.
pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<TlsSettings>, ConfigError> {
    match (lookup("SURETY_TLS_CERTIFICATE"), lookup("SURETY_TLS_KEY")) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            Ok(Some(TlsSettings { certificate: certificate.into(), key: key.into() }))
        }
        (Some(_), None) => Err(refuse(
            TlsSettings::KEY,
            "a certificate is set and no key; set the PEM file with its private key, or unset SURETY_TLS_CERTIFICATE",
        )),
        (None, Some(_)) => Err(refuse(
            TlsSettings::CERTIFICATE,
            "a key is set and no certificate; set the PEM file with the certificate and those that vouch for it, or unset \
             SURETY_TLS_KEY",
        )),
    }
}

/// Where callers reach this server.
pub(super) fn public_url(
    lookup: &impl Fn(&str) -> Option<String>,
    mode: Mode,
    listen: SocketAddr,
) -> Result<String, ConfigError> {
    const NAME: &str = "SURETY_PUBLIC_URL";
    let Some(url) = lookup("SURETY_PUBLIC_URL") else {
        let scheme = if lookup("SURETY_TLS_CERTIFICATE").is_some() { "https" } else { "http" };
        // Production has no default, which the check at the end refuses.
        return Ok(if mode == Mode::Sandbox { format!("{scheme}://{listen}") } else { String::new() });
    };
    let known = url.starts_with("https://") || (mode == Mode::Sandbox && url.starts_with("http://"));
    if !known || url.ends_with('/') || url.contains(['?', '#', ' ']) {
        return Err(refuse(
            NAME,
            format!("{url:?} is no address; write https://api.example.com without a slash at its end"),
        ));
    }
    Ok(url)
}
