//! Credentials that were refused. Each network has an allowance of them: where it is used up nothing more from there is looked
//! at for a while, so that nobody keeps a node checking tokens, or asking the database for keys and secrets.
//!
//! They take no points. What somebody sends with bad tokens takes nothing from those who ask without any behind the same address,
//! and it is bounded where nothing is throttled as well. A credential that was accepted here goes on being looked at, so those
//! who work behind that address do not notice.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::domain::actor::Actor;
use crate::domain::ids::AppId;
use crate::domain::throttle::{Bucket, Payer, Terms};
use crate::domain::time::{Span, Timestamp};

/// Networks and apps whose credentials are counted at once. Who is pushed out begins anew.
const COUNTED_MAX: usize = 10_000;
/// Credentials that are remembered as accepted.
const ACCEPTED_MAX: usize = 10_000;
/// Refused ones of one network: a hundred at once, and five more with each second.
const OF_NETWORK: (Terms, i64) = (Terms { capacity: 100, restore_rate: 5 }, 1);
/// Refused ones of one app from one network: 30 at once, and one more every two seconds. Who used that up is told to wait, and is looked at all
/// the same.
const OF_APP: (Terms, i64) = (Terms { capacity: 60, restore_rate: 1 }, 2);

/// Tokens that one app is given, wherever it asks: 300 at once, for as many processes that start together, and two more each second.
/// Each is a line of the audit log that nobody takes out of it again.
const ISSUED: (Terms, i64) = (Terms { capacity: 300, restore_rate: 2 }, 1);

/// What a credential counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::service) enum Tried {
    /// Tokens and storefront keys from one network.
    Tokens(Payer),
    /// Secrets of whatever app from one network. They are apart from tokens: a program that went on too long with a token that had
    /// ended is to get a new one all the same.
    Secrets(Payer),
    /// Secrets of one app from one network, or from all those that are not known.
    App(AppId, Payer),
    /// Tokens that an app was given: one that lasts an hour is to be kept.
    Issued(AppId),
}

impl Tried {
    /// Tokens and storefront keys from this address.
    pub(super) fn tokens(address: IpAddr) -> Self {
        Self::Tokens(network(Some(address)))
    }

    /// Secrets from this address.
    pub(in crate::service) fn secrets(address: IpAddr) -> Self {
        Self::Secrets(network(Some(address)))
    }

    /// Secrets of this app, from this address where it is known.
    pub(in crate::service) fn app(app: AppId, address: Option<IpAddr>) -> Self {
        Self::App(app, network(address))
    }

    /// The allowance, and what one refused credential takes of it.
    const fn allowance(self) -> (Terms, i64) {
        match self {
            Self::Tokens(_) | Self::Secrets(_) => OF_NETWORK,
            Self::App(..) => OF_APP,
            Self::Issued(_) => ISSUED,
        }
    }
}

/// The network of an address; of IPv6 its first 64 bits.
fn network(address: Option<IpAddr>) -> Payer {
    Payer::of(&Actor::anonymous(false), address)
}

/// A credential by its SHA-256: what was shown is not kept.
pub(super) type Fingerprint = [u8; 32];

pub(super) fn fingerprint(credential: &[&str]) -> Fingerprint {
    let parts = credential.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0]));
    parts.finalize().into()
}

/// Refused credentials, as far as this node saw them, and which ones it accepted.
#[derive(Debug)]
pub struct Tries {
    refused: Cache<Tried, Arc<Mutex<Bucket>>>,
    accepted: Cache<Fingerprint, ()>,
}

impl Default for Tries {
    fn default() -> Self {
        Self { refused: Cache::new(COUNTED_MAX), accepted: Cache::new(ACCEPTED_MAX) }
    }
}

impl Tries {
    /// To be called before a credential is looked at, with where it is from; where that is not known nothing is bounded. How long
    /// it is not to be looked at, where too many others were refused and it was not accepted here before.
    pub(in crate::service) fn begin(
        &self,
        from: Option<Tried>,
        credential: &[&str],
        now: Timestamp,
    ) -> Result<Trial<'_>, Span> {
        let fingerprint = fingerprint(credential);
        if let Some(wait) = from.and_then(|from| self.wait(from, now))
            && self.accepted.get(&fingerprint).is_none()
        {
            return Err(wait);
        }
        Ok(Trial { tries: self, from, fingerprint, now })
    }

    /// Notes a credential that was refused or given; how long no further one should follow, where there were too many.
    pub(in crate::service) fn note(&self, tried: Tried, now: Timestamp) -> Option<Span> {
        let (terms, each) = tried.allowance();
        let full = || Ok::<_, Infallible>(Arc::new(Mutex::new(Bucket::full(terms, now))));
        let Ok(bucket) = self.refused.get_or_insert_with(&tried, full);
        held(&bucket).take(terms, each, now).err()
    }

    /// How long until one more may be refused; none where that is so now.
    fn wait(&self, tried: Tried, now: Timestamp) -> Option<Span> {
        let (terms, each) = tried.allowance();
        let bucket = self.refused.get(&tried)?;
        // Of a copy: who looks takes nothing.
        let mut seen = *held(&bucket);
        seen.take(terms, each, now).err()
    }
}

fn held(bucket: &Mutex<Bucket>) -> MutexGuard<'_, Bucket> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A credential that is being looked at. One of which nobody says what became of it counts as refused: otherwise whoever hangs up
/// early enough would never be counted.
#[must_use]
#[derive(Debug)]
pub(in crate::service) struct Trial<'tries> {
    tries: &'tries Tries,
    from: Option<Tried>,
    fingerprint: Fingerprint,
    now: Timestamp,
}

impl Trial<'_> {
    /// It counts.
    pub(in crate::service) fn accepted(mut self) {
        self.from = None;
        if self.tries.accepted.get(&self.fingerprint).is_none() {
            self.tries.accepted.insert(self.fingerprint, ());
        }
    }

    /// It does not count, or no longer.
    pub(in crate::service) fn refused(self) {
        self.tries.accepted.remove(&self.fingerprint);
    }

    /// It could not be looked at, which is no fault of its own.
    pub(in crate::service) fn unanswered(mut self) {
        self.from = None;
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if let Some(from) = self.from {
            self.tries.note(from, self.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId as _;

    fn from(address: &str) -> Option<Tried> {
        address.parse().ok().map(Tried::tokens)
    }

    #[test]
    fn a_network_that_used_up_its_allowance_waits_and_no_other_one_does() {
        let (tries, now) = (Tries::default(), Timestamp::from_seconds(1_000));
        let tries_one = |address, now| tries.begin(from(address), &["bad"], now).map(Trial::refused);
        for number in 0..100 {
            assert_eq!(tries_one("2001:db8:1:2::1", now), Ok(()), "{number}");
        }
        assert_eq!(tries_one("2001:db8:1:2:ffff::9", now), Err(Span::seconds(1)), "the same network");
        assert_eq!(tries_one("2001:db8:1:3::1", now), Ok(()));
        assert_eq!(tries_one("unknown", now), Ok(()), "nobody's allowance");
        let secrets = Some(Tried::secrets("2001:db8:1:2::1".parse().unwrap()));
        assert!(tries.begin(secrets, &["app", "secret"], now).is_ok(), "secrets have one of their own");
        let later = now.plus(Span::seconds(1));
        for _ in 0..5 {
            assert_eq!(tries_one("2001:db8:1:2::1", later), Ok(()));
        }
        assert_eq!(tries_one("2001:db8:1:2::1", later), Err(Span::seconds(1)));
    }

    #[test]
    fn what_was_accepted_is_looked_at_until_it_is_refused() {
        let (tries, now) = (Tries::default(), Timestamp::from_seconds(1_000));
        let here = from("192.0.2.1");
        tries.begin(here, &["good"], now).unwrap().accepted();
        for _ in 0..100 {
            // Whoever hangs up is counted as well.
            drop(tries.begin(here, &["bad"], now).unwrap());
        }
        assert!(tries.begin(here, &["new"], now).is_err());
        tries.begin(here, &["good"], now).unwrap().unanswered();
        tries.begin(here, &["good"], now).unwrap().accepted();
        tries.begin(here, &["good"], now).unwrap().refused();
        assert!(tries.begin(here, &["good"], now).is_err(), "it has ended since");
        assert!(tries.begin(here, &["go", "od"], now).is_err());
    }

    #[test]
    fn what_cannot_be_looked_at_takes_nothing() {
        let (tries, now) = (Tries::default(), Timestamp::from_seconds(1_000));
        for _ in 0..200 {
            tries.begin(from("192.0.2.1"), &["any"], now).unwrap().unanswered();
            tries.begin(from("192.0.2.1"), &["any"], now).unwrap().accepted();
        }
        assert!(tries.begin(from("192.0.2.1"), &["other"], now).is_ok());
    }

    #[test]
    fn tries_for_an_app_are_counted_apart_and_in_bounds() {
        let (tries, now) = (Tries::default(), Timestamp::from_seconds(1_000));
        let (known, network) = (AppId::from_u128, "192.0.2.1".parse().ok());
        for _ in 0..30 {
            assert_eq!(tries.note(Tried::app(known(1), None), now), None);
        }
        assert_eq!(tries.note(Tried::app(known(1), None), now), Some(Span::seconds(2)));
        assert_eq!(tries.note(Tried::app(known(1), network), now), None, "others have tries of their own");
        assert_eq!(tries.note(Tried::app(known(2), None), now), None);
        assert_eq!(tries.note(Tried::app(known(1), None), now.plus(Span::seconds(2))), None);
        for number in 3..30_000 {
            assert_eq!(tries.note(Tried::app(known(number), None), now), None);
        }
        assert!(tries.refused.len() < 2 * COUNTED_MAX);
    }
}
