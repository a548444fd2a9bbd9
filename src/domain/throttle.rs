//! What a caller may spend: a bucket of points that fills again by itself, and that the cost of each operation is taken
//! from before it runs.
//!
//! All sums are whole millionths of a point: a rate of so many points a second is as many millionths in a microsecond, so
//! that nothing is rounded however often somebody looks.

use std::fmt;
use std::net::IpAddr;

use super::actor::Actor;
use super::ids::{AppId, CompanyId};
use super::time::{MICROSECONDS, Span, Timestamp};

/// Millionths in a point.
const MILLIONTHS: i64 = 1_000_000;
/// The bits of an address of IPv6 that name one customer; the rest is its own to choose.
const IPV6_PREFIX: u32 = 64;
/// A clock that lies back by more microseconds than this is another one, such as that of the server that took over; by less, it
/// was set right, or two who read it came in the other order.
const SLIP: i64 = 60 * MICROSECONDS;
/// Full buckets that may be missing below zero for what ran already: whoever was served that much waits until it has come back, and
/// nobody is shut out for hours by what nobody could refuse.
const OWED_MAX: i64 = 1;

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payer {
    /// An app, and the company that it acts for.
    Tenant(AppId, Option<CompanyId>),
    /// Visitors of a storefront from one network address: its publishable key is in every page, so whoever reads one could
    /// otherwise spend what all others have.
    Visitor(AppId, IpAddr),
    /// Callers without a token from one network address; of IPv6 from one network of 64 bits.
    Address(IpAddr),
    /// Callers without a token whose address is not known, together.
    Strangers,
}

impl Payer {
    /// Who pays for what this caller asks for.
    pub fn of(actor: &Actor, address: Option<IpAddr>) -> Self {
        match (actor.app, address) {
            (Some(app), _) => Self::Tenant(app, actor.company),
            (None, Some(address)) => Self::Address(customer(address)),
            (None, None) => Self::Strangers,
        }
    }

    /// Who pays for what is asked with a key that everybody may read.
    pub fn visitor(actor: &Actor, address: Option<IpAddr>) -> Self {
        match (actor.app, address) {
            (Some(app), Some(address)) => Self::Visitor(app, customer(address)),
            (Some(_), None) | (None, _) => Self::of(actor, address),
        }
    }

    /// Whether a token says who it is.
    pub const fn is_known(&self) -> bool {
        match self {
            Self::Tenant(..) => true,
            Self::Visitor(..) | Self::Address(_) | Self::Strangers => false,
        }
    }
}

impl fmt::Display for Payer {
    /// The name of its row, such as `app_…/company_…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(app, Some(company)) => write!(f, "{app}/{company}"),
            Self::Tenant(app, None) => write!(f, "{app}"),
            Self::Visitor(app, address) => write!(f, "{app}/{address}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Strangers => f.write_str("strangers"),
        }
    }
}

/// The part of an address that its holder cannot choose.
fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let mask = u128::MAX << (u128::BITS - IPV6_PREFIX);
            IpAddr::V6((address.to_bits() & mask).into())
        }
    }
}

/// How much a bucket holds and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Points in a full bucket; above zero.
    pub capacity: i64,
    /// Points that come back in a second; above zero.
    pub restore_rate: i64,
}

impl Terms {
    const fn full(self) -> i64 {
        self.capacity.saturating_mul(MILLIONTHS)
    }
}

/// The points of one payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Millionths of a point; below zero where a charge was larger than a full bucket, or came when all had run.
    available: i64,
    /// When that was so.
    as_of: Timestamp,
}

impl Bucket {
    /// A full bucket.
    pub const fn full(terms: Terms, now: Timestamp) -> Self {
        Self { available: terms.full(), as_of: now }
    }

    /// A bucket as it was kept: millionths of a point, and when that was so.
    pub const fn kept(available: i64, as_of: Timestamp) -> Self {
        Self { available, as_of }
    }

    /// Millionths of a point that are there.
    pub const fn millionths(&self) -> i64 {
        self.available
    }

    /// The instant up to which it was filled.
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Whole points that are there; zero where some are owed.
    pub fn points(&self) -> i64 {
        self.available.max(0) / MILLIONTHS
    }

    /// Whole points that are owed, a begun one among them; zero where some are there.
    pub fn owed(&self) -> i64 {
        self.available.min(0).saturating_neg().saturating_add(MILLIONTHS - 1) / MILLIONTHS
    }

    /// Whole points, rounded up, that a full bucket has more.
    pub const fn missing(&self, terms: Terms) -> i64 {
        let missing = terms.full().saturating_sub(self.available);
        if missing <= 0 { 0 } else { (missing - 1) / MILLIONTHS + 1 }
    }

    /// Fills in what came back until an instant. One that lies before the last gives nothing. Where it lies so far back that it
    /// is another clock's, time is reckoned from it: the bucket would stand still until that clock has caught up.
    ///
    /// So in all no more is given than comes back in the steps forward from each instant to the next, and nothing twice where a
    /// clock slips back and forth. Each time that another clock lies back and the first one comes again, the time between them
    /// counts once more: nobody can tell it from time that passed. That is worth a full bucket at most.
    pub fn restore(&mut self, terms: Terms, now: Timestamp) {
        let passed = now.micros().saturating_sub(self.as_of.micros());
        if passed > 0 {
            self.available = self.available.saturating_add(passed.saturating_mul(terms.restore_rate));
        }
        if !(-SLIP..=0).contains(&passed) {
            self.as_of = now;
        }
        // Also where the terms became smaller since.
        self.available = self.available.min(terms.full());
    }

    /// Takes a charge, or says how long it takes until there is enough; then nothing was taken. One that is larger than a full
    /// bucket is taken from a full one, and the rest is owed: otherwise it could never be paid.
    pub fn take(&mut self, terms: Terms, points: i64, now: Timestamp) -> Result<(), Span> {
        self.restore(terms, now);
        self.affords(terms, points)?;
        self.spend(points);
        Ok(())
    }

    /// Whether there is enough for a charge, else how long it takes until there is.
    pub fn affords(&self, terms: Terms, points: i64) -> Result<(), Span> {
        let needed = points.clamp(0, terms.capacity).saturating_mul(MILLIONTHS);
        let lacking = needed.saturating_sub(self.available);
        if lacking > 0 { Err(time_for(terms, lacking)) } else { Ok(()) }
    }

    /// Takes a charge for what ran already, whether there is enough or not; down to a full bucket below zero.
    pub fn owe(&mut self, terms: Terms, points: i64) {
        let floor = terms.full().saturating_mul(-OWED_MAX).min(self.available);
        self.spend(points);
        self.available = self.available.max(floor);
    }

    /// Takes a charge that was allowed elsewhere.
    pub fn spend(&mut self, points: i64) {
        self.available = self.available.saturating_sub(points.max(0).saturating_mul(MILLIONTHS));
    }

    /// Takes whole points up to so many, as far as there are any, and answers how many.
    pub fn take_up_to(&mut self, points: i64) -> i64 {
        let taken = self.points().min(points.max(0));
        self.spend(taken);
        taken
    }

    /// Gives points back, up to a full bucket.
    pub fn give_back(&mut self, terms: Terms, points: i64) {
        let more = points.max(0).saturating_mul(MILLIONTHS);
        self.available = self.available.saturating_add(more).min(terms.full());
    }
}

/// How long until so many millionths came back, in seconds that have begun; at least one.
fn time_for(terms: Terms, millionths: i64) -> Span {
    let rate = terms.restore_rate.max(1);
    let seconds = millionths.div_euclid(rate).div_euclid(MICROSECONDS);
    let whole = seconds.saturating_mul(MICROSECONDS).saturating_mul(rate);
    Span::seconds(if whole < millionths { seconds.saturating_add(1) } else { seconds }.max(1))
}

#[cfg(test)]
mod tests;
