//! Where hosts are: names are resolved within bounds of time and number, and every answer is vetted.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::client::legacy::connect::dns::Name;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower::Service;

use crate::domain::error::{Code, Refusal};
use crate::domain::webhook::address::{self, Target};
use crate::domain::webhook::share::Tenant;
use crate::service::{self, Error};

/// How long the answer of a name server is waited for.
const RESOLVE_TIME: Duration = Duration::from_secs(5);
/// How long a place to ask from is waited for.
const PLACE_TIME: Duration = Duration::from_secs(1);
/// Names that are asked for at once to send. The machine's resolver holds a thread while a name server does not answer, and
/// cannot be told to stop; the runtime has 512 of them, for files too. One tenant's endpoints ask for 64 names at once at most.
const LOOKUPS: usize = 128;
/// Names that are asked for at once to check what callers write: apart, so that callers cannot keep anything from being sent.
const CHECKS: usize = 16;
/// Checks of one tenant at once. Their threads may outlive them five times over, and still leave places to others.
const CHECKS_OF_A_TENANT: usize = 2;

/// For whom a name is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// For a delivery.
    Delivery,
    /// For a caller whose command names it.
    Command,
}

/// Why a name leads nowhere.
#[derive(Debug, Error)]
pub enum Unresolved {
    /// One that is not public spoils all.
    #[error("one of its addresses is none of the public internet")]
    Refused,
    /// The name servers know of none.
    #[error("it has no address")]
    Nothing,
    /// No name server answered.
    #[error("no name server answered in time")]
    Late,
    /// It was not asked for: this node asks for too many names. That says nothing of this one.
    #[error("this node had no place to ask from")]
    NoPlace,
    /// The machine's resolver failed.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Finds the addresses of a host.
#[async_trait::async_trait]
pub trait Resolver: Debug + Send + Sync {
    /// All addresses that a name leads to now.
    async fn resolve(&self, host: &str, asker: Asker) -> Result<Vec<IpAddr>, Unresolved>;
}

/// Asks the machine's name servers.
#[derive(Debug, Clone)]
pub struct SystemResolver {
    of_deliveries: Arc<Semaphore>,
    of_commands: Arc<Semaphore>,
    patience: Duration,
}

impl SystemResolver {
    fn within(deliveries: usize, commands: usize, patience: Duration) -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { of_deliveries: places(deliveries), of_commands: places(commands), patience }
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::within(LOOKUPS, CHECKS, PLACE_TIME)
    }
}

#[async_trait::async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str, asker: Asker) -> Result<Vec<IpAddr>, Unresolved> {
        let places = match asker {
            Asker::Delivery => &self.of_deliveries,
            Asker::Command => &self.of_commands,
        };
        let place = timeout(self.patience, Arc::clone(places).acquire_owned()).await;
        let place = place.map_err(|_| Unresolved::NoPlace)?.map_err(io::Error::other)?;
        let host = host.to_owned();
        let looked_up = tokio::task::spawn_blocking(move || -> io::Result<Vec<IpAddr>> {
            // Kept until the thread is free again, also where nobody waits for it any more.
            let _place = place;
            let found = (host.as_str(), 0_u16).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        });
        Ok(looked_up.await.map_err(io::Error::other)??)
    }
}

/// The checks of addresses that are under way, by tenant.
#[derive(Debug, Default)]
pub(super) struct Checks(Mutex<HashMap<Tenant, usize>>);

/// One of them; it ends when this is dropped.
#[derive(Debug)]
struct Check<'a> {
    checks: &'a Checks,
    tenant: Tenant,
}

impl Checks {
    fn lock(&self) -> MutexGuard<'_, HashMap<Tenant, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one; none where the tenant has as many as it may.
    fn begin(&self, tenant: Tenant) -> Option<Check<'_>> {
        let mut under_way = self.lock();
        let count = under_way.entry(tenant).or_default();
        (*count < CHECKS_OF_A_TENANT).then(|| {
            *count += 1;
            Check { checks: self, tenant }
        })
    }
}

impl Drop for Check<'_> {
    fn drop(&mut self) {
        let mut under_way = self.checks.lock();
        if let Some(count) = under_way.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.tenant);
            }
        }
    }
}

/// Resolves a name and vets every answer: one that is not public spoils all, so that nobody can mix one in.
async fn vetted(
    resolver: &dyn Resolver,
    host: &str,
    asker: Asker,
    local: bool,
) -> Result<Vec<IpAddr>, Unresolved> {
    vetted_within(RESOLVE_TIME, resolver, (host, asker), local).await
}

async fn vetted_within(
    time: Duration,
    resolver: &dyn Resolver,
    (host, asker): (&str, Asker),
    local: bool,
) -> Result<Vec<IpAddr>, Unresolved> {
    let found = timeout(time, resolver.resolve(host, asker)).await;
    let addresses = found.map_err(|_| Unresolved::Late)??;
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
            let found =
                vetted(vetting.resolver.as_ref(), name.as_str(), Asker::Delivery, vetting.local).await?;
            // The connector puts the port of the address in.
            let found: Vec<_> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(found.into_iter())
        })
    }
}

/// Checks where webhooks are to be sent for a tenant, the addresses of the name among it.
pub(super) async fn check_address(
    (resolver, checks): (&dyn Resolver, &Checks),
    tenant: Tenant,
    url: &str,
    local: bool,
) -> service::Result<Target> {
    let target = address::check(url, local)?;
    let Some(host) = &target.host else { return Ok(target) };
    let Some(_check) = checks.begin(tenant) else {
        let message = format!(
            "{CHECKS_OF_A_TENANT} addresses of yours are being checked at this moment. Try again in a second."
        );
        return Err(Error::Denied(Refusal::new(Code::Overloaded, message)));
    };
    match vetted(resolver, host, Asker::Command, local).await {
        Ok(_) => Ok(target),
        Err(Unresolved::Refused) => Err(address::not_public().into()),
        Err(Unresolved::NoPlace) => {
            let message = "Too many addresses are being checked at this moment. Try again in a second.";
            Err(Error::Denied(Refusal::new(Code::Overloaded, message)))
        }
        Err(Unresolved::Nothing | Unresolved::Late | Unresolved::Failed(_)) => {
            let message = format!("The name {host} leads to no address now.");
            Err(Refusal::new(Code::WebhookAddressRefused, message).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AppId, TypedId};

    /// A name server that never answers.
    #[derive(Debug)]
    struct Silent;

    #[async_trait::async_trait]
    impl Resolver for Silent {
        async fn resolve(&self, _host: &str, _asker: Asker) -> Result<Vec<IpAddr>, Unresolved> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_silent_name_server_is_not_waited_for() {
        let asked = ("hooks.example.com", Asker::Delivery);
        let found = vetted_within(Duration::ZERO, &Silent, asked, false).await;
        assert!(matches!(found, Err(Unresolved::Late)), "{found:?}");
    }

    #[tokio::test]
    async fn commands_take_no_place_of_deliveries_and_a_missing_place_is_no_answer() {
        let resolver = SystemResolver::within(1, 1, Duration::ZERO);
        let asks = async |asker| vetted(&resolver, "127.0.0.1", asker, true).await;
        let taken = Arc::clone(&resolver.of_commands).acquire_owned().await.unwrap();
        let found = asks(Asker::Command).await;
        assert!(matches!(found, Err(Unresolved::NoPlace)), "{found:?}");
        assert_eq!(asks(Asker::Delivery).await.unwrap(), [IpAddr::from([127, 0, 0, 1])]);
        drop(taken);
        // The thread gives its place back a moment after its answer.
        let place = resolver.of_deliveries.acquire().await.unwrap();
        let found = asks(Asker::Delivery).await;
        assert!(matches!(found, Err(Unresolved::NoPlace)), "{found:?}");
        assert_eq!(asks(Asker::Command).await.unwrap(), [IpAddr::from([127, 0, 0, 1])]);
        drop(place);
    }

    #[test]
    fn a_tenant_has_two_checks_at_once() {
        let checks = Checks::default();
        let tenant = |number| (AppId::from_u128(number), None);
        let (one, two) = (checks.begin(tenant(1)), checks.begin(tenant(1)));
        assert!(one.is_some() && two.is_some() && checks.begin(tenant(1)).is_none());
        assert!(checks.begin(tenant(2)).is_some());
        drop(one);
        assert!(checks.begin(tenant(1)).is_some());
        drop(two);
        assert!(checks.lock().is_empty(), "{checks:?}");
    }
}
