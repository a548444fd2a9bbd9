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
    /// Millionths of a point; below zero where a charge was larger than a full bucket.
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

    /// Fills in what came back until an instant. An instant before the last one changes nothing.
    pub fn restore(&mut self, terms: Terms, now: Timestamp) {
        let passed = now.micros().saturating_sub(self.as_of.micros());
        if passed > 0 {
            self.available = self.available.saturating_add(passed.saturating_mul(terms.restore_rate));
            self.as_of = now;
        }
        // Also where the terms became smaller since.
        self.available = self.available.min(terms.full());
    }

    /// Takes a charge, or says how long it takes until there is enough; then nothing was taken. One that is larger than a full
    /// bucket is taken from a full one, and the rest is owed: otherwise it could never be paid.
    pub fn take(&mut self, terms: Terms, points: i64, now: Timestamp) -> Result<(), Span> {
        self.restore(terms, now);
        let needed = points.clamp(0, terms.capacity).saturating_mul(MILLIONTHS);
        let lacking = needed.saturating_sub(self.available);
        if lacking > 0 {
            return Err(time_for(terms, lacking));
        }
        self.spend(points);
        Ok(())
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ids::TypedId;

    const TERMS: Terms = Terms { capacity: 100, restore_rate: 10 };

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let mut bucket = Bucket::full(TERMS, at(0));
        assert_eq!(bucket.take(TERMS, 60, at(0)), Ok(()));
        assert_eq!(bucket.take(TERMS, 60, at(0)), Err(Span::seconds(2)));
        assert_eq!(bucket.points(), 40, "what is refused costs nothing");
        assert_eq!(bucket.take(TERMS, 60, at(1_999_999)), Err(Span::seconds(1)));
        assert_eq!(bucket.take(TERMS, 60, at(2_000_000)), Ok(()));
        assert_eq!(bucket.points(), 0);
        bucket.restore(TERMS, at(1_000_000));
        assert_eq!(
            (bucket.points(), bucket.as_of()),
            (0, at(2_000_000)),
            "a clock that goes back gives nothing"
        );
        bucket.restore(TERMS, at(100_000_000));
        assert_eq!(bucket.points(), 100);
    }

    #[test]
    fn looking_often_loses_nothing() {
        let mut bucket = Bucket::kept(0, at(0));
        for micros in 1..=100_000 {
            bucket.restore(TERMS, at(micros));
        }
        assert_eq!((bucket.points(), bucket.owed(), bucket.millionths()), (1, 0, 1_000_000));
        assert_eq!(Bucket::kept(-1, at(0)).owed(), 1);
    }

    #[test]
    fn a_charge_above_the_capacity_is_owed() {
        let mut bucket = Bucket::full(TERMS, at(0));
        assert_eq!(bucket.take(TERMS, 250, at(0)), Ok(()));
        assert_eq!((bucket.points(), bucket.owed(), bucket.millionths()), (0, 150, -150_000_000));
        assert_eq!(bucket.take(TERMS, 0, at(0)), Err(Span::seconds(15)));
        assert_eq!(bucket.take(TERMS, 250, at(15_000_000)), Err(Span::seconds(10)));
        assert_eq!(bucket.take(TERMS, 250, at(25_000_000)), Ok(()));
    }

    #[test]
    fn what_is_given_back_fills_no_more_than_the_bucket() {
        let mut bucket = Bucket::full(TERMS, at(0));
        assert_eq!(bucket.take_up_to(30), 30);
        bucket.give_back(TERMS, 20);
        assert_eq!(bucket.points(), 90);
        bucket.give_back(TERMS, 1_000);
        assert_eq!(bucket.points(), 100);
        assert_eq!((bucket.take_up_to(1_000), bucket.take_up_to(1)), (100, 0));
    }

    #[test]
    fn smaller_terms_hold_at_once() {
        let mut bucket = Bucket::full(TERMS, at(0));
        bucket.restore(Terms { capacity: 10, restore_rate: 1 }, at(0));
        assert_eq!(bucket.points(), 10);
    }

    #[test]
    fn a_stranger_pays_for_the_network_that_it_was_given() {
        let nobody = Actor::anonymous(true);
        let of = |text: &str| Payer::of(&nobody, Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(Payer::of(&nobody, None), Payer::Strangers);
        let app = AppId::from_u128(1);
        let tenant = Actor { app: Some(app), ..nobody };
        assert_eq!(Payer::of(&tenant, Some("192.0.2.1".parse().unwrap())), Payer::Tenant(app, None));
        let visitor = |text: &str| Payer::visitor(&tenant, Some(text.parse().unwrap()));
        assert_eq!(visitor("2001:db8:1:2::1"), visitor("2001:db8:1:2::2"));
        assert_ne!(visitor("192.0.2.1"), visitor("192.0.2.2"));
        assert_ne!(visitor("192.0.2.1"), Payer::of(&nobody, Some("192.0.2.1".parse().unwrap())));
        assert_eq!(Payer::visitor(&tenant, None), Payer::Tenant(app, None));
    }

    proptest! {
        #[test]
        fn never_above_the_capacity_nor_below_zero_by_more_than_a_charge(
            capacity in 1_i64..1_000_000_000,
            restore_rate in 1_i64..1_000_000,
            steps in prop::collection::vec((0_u8..4, 0_i64..2_000_000_000, 0_i64..10_000_000_000), 1..60),
        ) {
            let terms = Terms { capacity, restore_rate };
            let mut now = 0;
            let mut bucket = Bucket::full(terms, at(now));
            for (what, points, passed) in steps {
                now += passed;
                let before = bucket;
                match what {
                    0 => match bucket.take(terms, points, at(now)) {
                        Ok(()) => {
                            prop_assert!(bucket.millionths() >= -points * MILLIONTHS);
                            prop_assert!(points > capacity || bucket.millionths() >= 0);
                        }
                        Err(wait) => {
                            prop_assert!(bucket.millionths() >= before.millionths());
                            let mut later = bucket;
                            let sooner = at(now).plus(Span::seconds(wait.as_seconds() - 1));
                            prop_assert!(wait.as_seconds() == 1 || later.take(terms, points, sooner).is_err());
                            prop_assert_eq!(later.take(terms, points, at(now).plus(wait)), Ok(()));
                        }
                    },
                    1 => bucket.restore(terms, at(now)),
                    2 => bucket.give_back(terms, points),
                    _ => {
                        let taken = bucket.take_up_to(points);
                        prop_assert!((0..=points).contains(&taken) && taken <= before.points());
                    }
                }
                prop_assert!(bucket.millionths() <= capacity * MILLIONTHS);
            }
        }
    }
}
