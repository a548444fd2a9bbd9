//! Settings for those who run the server.

use std::net::SocketAddr;

use super::{ConfigError, flag, number, refuse, throttle};
use crate::domain::throttle::Terms;

/// What those who run the server need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationsSettings {
    /// `SURETY_METRICS_LISTEN`: where `/metrics` is served; none means nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// `SURETY_SOCKETS`: open connections at most, and sockets among them.
    pub sockets: usize,
    /// `SURETY_CONNECTIONS_PER_ADDRESS`: open connections of one network address; a quarter of all, unless set.
    pub connections_per_address: usize,
    /// `SURETY_SOCKETS_PER_TENANT`: sockets and streams at once of an app for one company.
    pub sockets_per_tenant: usize,
    /// `SURETY_STREAM_LAG`: events that may lie between the head of the log and the next one that a reader has to be told, once
    /// it had caught up. One that lags further does not read as fast as others write: it is ended, and reads on from its
    /// cursor.
    pub stream_lag: i64,
    /// `SURETY_INTROSPECTION`: whether callers may ask for the schema by `__schema` and `__type`.
    pub introspection: bool,
    /// `SURETY_SUGGESTIONS`: whether refusals suggest what may have been meant.
    pub suggestions: bool,
    /// `SURETY_COST_CAPACITY` and `SURETY_COST_RESTORE_RATE`: what an app may spend for one company, and callers without a token
    /// from one address; none where callers may spend what they like.
    pub throttle: Option<Terms>,
}

pub(super) fn read(
    lookup: &impl Fn(&str) -> Option<String>,
    listen: SocketAddr,
) -> Result<OperationsSettings, ConfigError> {
    let metrics_listen = match lookup("SURETY_METRICS_LISTEN") {
        None => None,
        Some(text) => Some(address(&text, listen)?),
    };
    let sockets: usize = number(&lookup, "SURETY_SOCKETS", 4_096, 16..=100_000, "number")?;
    let quarter = sockets.div_ceil(4);
    let connections_per_address =
        number(&lookup, "SURETY_CONNECTIONS_PER_ADDRESS", quarter, 1..=100_000, "number")?;
    let sockets_per_tenant = number(&lookup, "SURETY_SOCKETS_PER_TENANT", 10, 1..=100_000, "number")?;
    let stream_lag = number(&lookup, "SURETY_STREAM_LAG", 100_000, 1..=10_000_000, "number")?;
    // The schema is public, so production tells it, too, unless those who run it say otherwise.
    let introspection = flag(&lookup, "SURETY_INTROSPECTION", true)?;
    let suggestions = flag(&lookup, "SURETY_SUGGESTIONS", true)?;
    let throttle = throttle::read(lookup)?;
    Ok(OperationsSettings {
        metrics_listen,
        sockets,
        connections_per_address,
        sockets_per_tenant,
        stream_lag,
        introspection,
        suggestions,
        throttle,
    })
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
