//! Where a request comes from, as far as that can be known.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{Extensions, HeaderMap};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use super::tenants::Place;
use crate::domain::actor::Actor;
use crate::domain::throttle::Payer;

/// Who holds the other end of a connection; an extension of each request on it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(Option<IpAddr>);

impl Peer {
    /// The other end of this connection.
    pub fn of(stream: &TcpStream) -> Self {
        match stream.peer_addr() {
            Ok(address) => Self(Some(address.ip())),
            Err(error) => {
                tracing::debug!(%error, "a connection does not say who holds its other end");
                Self(None)
            }
        }
    }

    /// Whose connection it is, where a limit counts connections.
    pub fn holder(self) -> Payer {
        Payer::of(&Actor::anonymous(false), self.0)
    }
}

/// What one address holds while a connection of it is open: its place on this server, and one of those that the address may
/// have. An extension of each request on the connection, so that an upgrade can hold it on.
#[derive(Debug, Clone)]
pub struct Held {
    _places: Arc<(OwnedSemaphorePermit, Place)>,
}

impl Held {
    /// Holds both until the last copy is dropped.
    pub fn new(server: OwnedSemaphorePermit, address: Place) -> Self {
        Self { _places: Arc::new((server, address)) }
    }
}

/// The caller's network address. Behind a trusted proxy it is the last one of `X-Forwarded-For`, which the proxy added itself:
/// those before it are whatever the caller wrote. Without such a proxy the header says nothing.
pub fn address(headers: &HeaderMap, extensions: &Extensions, behind_trusted_proxy: bool) -> Option<IpAddr> {
    if !behind_trusted_proxy {
        return extensions.get::<Peer>()?.0;
    }
    let line = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = line.to_str().ok()?.rsplit(',').next()?.trim();
    let bare = last.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(last);
    bare.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(lines: &[&str]) -> Option<IpAddr> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        extensions.insert(Peer(Some("10.0.0.1".parse().unwrap())));
        let direct = address(&headers, &extensions, false);
        assert_eq!(direct, Some("10.0.0.1".parse().unwrap()), "nobody chooses its own address");
        address(&headers, &extensions, true)
    }

    #[test]
    fn only_what_the_proxy_wrote_counts() {
        for (lines, found) in [
            (&["192.0.2.1"] as &[_], Some("192.0.2.1")),
            (&["198.51.100.9, 192.0.2.1"], Some("192.0.2.1")),
            (&["198.51.100.9", "198.51.100.8,192.0.2.1"], Some("192.0.2.1")),
            (&["192.0.2.1:4711"], Some("192.0.2.1")),
            (&["2001:db8::1"], Some("2001:db8::1")),
            (&["[2001:db8::1]"], Some("2001:db8::1")),
            (&["[2001:db8::1]:443"], Some("2001:db8::1")),
            (&["192.0.2.1, unknown"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(behind(lines), found.map(|text| text.parse().unwrap()), "{lines:?}");
        }
        assert_eq!(address(&HeaderMap::new(), &Extensions::new(), false), None);
    }
}
