//! Where hosts are: names are resolved within bounds of time and number, and every answer is vetted.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::dns::Name;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower::Service;

use crate::domain::error::{Code, Refusal};
use crate::domain::webhook::address::{self, Target};

/// How long the answer of a name server is waited for.
const RESOLVE_TIME: Duration = Duration::from_secs(5);
/// Names that are asked for at once. The machine's resolver holds a thread while a name server does not answer, and cannot be
/// told to stop; the runtime has 512 of them, for files too. One tenant's endpoints ask for 64 names at once at most.
const LOOKUPS: usize = 128;

/// Finds the addresses of a host.
#[async_trait::async_trait]
pub trait Resolver: Debug + Send + Sync {
    /// All addresses that a name leads to now.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the machine's name servers.
#[derive(Debug, Clone)]
pub struct SystemResolver {
    places: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

#[async_trait::async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
        let host = host.to_owned();
        let asked = tokio::task::spawn_blocking(move || -> io::Result<Vec<IpAddr>> {
            // Kept until the thread is free again, also where nobody waits for it any more.
            let _place = place;
            let found = (host.as_str(), 0_u16).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        });
        asked.await.map_err(io::Error::other)?
    }
}

/// Why a name leads nowhere.
#[derive(Debug, Error)]
pub(super) enum Unresolved {
    #[error("one of its addresses is none of the public internet")]
    Refused,
    #[error("it has no address")]
    Nothing,
    #[error("no name server answered in time")]
    Late,
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Resolves a name and vets every answer: one that is not public spoils all, so that nobody can mix one in.
async fn vetted(resolver: &dyn Resolver, host: &str, local: bool) -> Result<Vec<IpAddr>, Unresolved> {
    vetted_within(RESOLVE_TIME, resolver, host, local).await
}

async fn vetted_within(
    time: Duration,
    resolver: &dyn Resolver,
    host: &str,
    local: bool,
) -> Result<Vec<IpAddr>, Unresolved> {
    let asked = timeout(time, resolver.resolve(host)).await;
    let addresses = asked.map_err(|_| Unresolved::Late)??;
    if addresses.is_empty() {
        return Err(Unresolved::Nothing);
    }
    if addresses.iter().all(|found| address::may_send(*found, local)) {
        Ok(addresses)
    } else {
        Err(Unresolved::Refused)
    }
}

/// The connector's way to ask: it connects to nothing but what this answers.
#[derive(Debug, Clone)]
pub(super) struct Vetting {
    resolver: Arc<dyn Resolver>,
    local: bool,
}

impl Vetting {
    pub(super) fn new(resolver: Arc<dyn Resolver>, local: bool) -> Self {
        Self { resolver, local }
    }
}

impl Service<Name> for Vetting {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let vetting = self.clone();
        Box::pin(async move {
            let found = vetted(vetting.resolver.as_ref(), name.as_str(), vetting.local).await?;
            // The connector puts the port of the address in.
            let found: Vec<_> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(found.into_iter())
        })
    }
}

/// Checks where webhooks are to be sent, the addresses of the name among it.
pub(super) async fn check_address(
    resolver: &dyn Resolver,
    url: &str,
    local: bool,
) -> Result<Target, Refusal> {
    let target = address::check(url, local)?;
    let Some(host) = &target.host else { return Ok(target) };
    match vetted(resolver, host, local).await {
        Ok(_) => Ok(target),
        Err(Unresolved::Refused) => Err(address::not_public()),
        Err(Unresolved::Nothing | Unresolved::Late | Unresolved::Failed(_)) => {
            let message = format!("The name {host} leads to no address now.");
            Err(Refusal::new(Code::WebhookAddressRefused, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name server that never answers.
    #[derive(Debug)]
    struct Silent;

    #[async_trait::async_trait]
    impl Resolver for Silent {
        async fn resolve(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_silent_name_server_is_not_waited_for() {
        let found = vetted_within(Duration::ZERO, &Silent, "hooks.example.com", false).await;
        assert!(matches!(found, Err(Unresolved::Late)), "{found:?}");
    }

    #[tokio::test]
    async fn where_every_place_is_taken_a_name_waits_for_its_time_and_no_longer() {
        let resolver = SystemResolver { places: Arc::new(Semaphore::new(1)) };
        let taken = Arc::clone(&resolver.places).acquire_owned().await.unwrap();
        let found = vetted_within(Duration::ZERO, &resolver, "127.0.0.1", true).await;
        assert!(matches!(found, Err(Unresolved::Late)), "{found:?}");
        drop(taken);
        let found = vetted(&resolver, "127.0.0.1", true).await.unwrap();
        assert_eq!(found, [IpAddr::from([127, 0, 0, 1])]);
        // The thread gives its place back a moment after its answer.
        let place = resolver.places.acquire().await.unwrap();
        assert_eq!(resolver.places.available_permits(), 0);
        drop(place);
    }
}
