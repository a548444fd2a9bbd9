//! Settings for those who run the server.

use std::net::SocketAddr;

use super::{ConfigError, refuse};

/// What those who run the server need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationsSettings {
    /// `SURETY_METRICS_LISTEN`: where `/metrics` is served; none means nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// `SURETY_SOCKETS_PER_TENANT`: sockets and streams at once of an app for one company.
    pub sockets_per_tenant: usize,
}

pub(super) fn read(
    lookup: &impl Fn(&str) -> Option<String>,
    listen: SocketAddr,
) -> Result<OperationsSettings, ConfigError> {
    let metrics_listen = match lookup("SURETY_METRICS_LISTEN") {
        None => None,
        Some(text) => Some(address(&text, listen)?),
    };
    let text = lookup("SURETY_SOCKETS_PER_TENANT").unwrap_or_else(|| "10".to_owned());
    let sockets_per_tenant =
        text.parse().ok().filter(|count| (1..=100_000).contains(count)).ok_or_else(|| {
            refuse("SURETY_SOCKETS_PER_TENANT", format!("{text:?} is no number from 1 to 100000"))
        })?;
    Ok(OperationsSettings { metrics_listen, sockets_per_tenant })
}

/// An address of its own: metrics are not for callers.
fn address(text: &str, listen: SocketAddr) -> Result<SocketAddr, ConfigError> {
    const NAME: &str = "SURETY_METRICS_LISTEN";
    let address: SocketAddr = text.parse().map_err(|_| {
        refuse(NAME, format!("{text:?} is no address and port; write 127.0.0.1:9090, or leave it unset"))
    })?;
    if address == listen && address.port() != 0 {
        return Err(refuse(
            NAME,
            format!(
                "{address} is where callers come to (SURETY_LISTEN); name another port, such as 127.0.0.1:9090"
            ),
        ));
    }
    Ok(address)
}
