//! What a bucket gives, takes and owes, whatever its clock does.

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
    assert_eq!((bucket.points(), bucket.as_of()), (0, at(2_000_000)), "a clock that goes back gives nothing");
    bucket.restore(TERMS, at(100_000_000));
    assert_eq!(bucket.points(), 100);
}

#[test]
fn anis_another_clock_that_is_behind_does_not_stop_a_bucket() {
    let noon = 43_200_000_000;
    let mut bucket = Bucket::kept(0, at(noon));
    bucket.restore(TERMS, at(noon - SLIP));
    assert_eq!((bucket.points(), bucket.as_of()), (0, at(noon)), "a clock that was set right is waited for");
    bucket.restore(TERMS, at(noon - SLIP - 1));
    assert_eq!((bucket.points(), bucket.as_of()), (0, at(noon - SLIP - 1)), "another clock gives nothing");
    bucket.restore(TERMS, at(noon - SLIP - 1 + 3 * MICROSECONDS));
    assert_eq!(bucket.points(), 30, "and goes on from where it is");
    bucket.restore(TERMS, at(noon + 3 * MICROSECONDS));
    assert_eq!(bucket.points(), 100, "the first one again gives no more than a full bucket");
}

#[test]
fn what_ran_already_is_owed_up_to_a_full_bucket() {
    let mut bucket = Bucket::full(TERMS, at(0));
    bucket.owe(TERMS, 130);
    assert_eq!((bucket.millionths(), bucket.missing(TERMS)), (-30_000_000, 130));
    bucket.owe(TERMS, 1_000_000);
    assert_eq!((bucket.millionths(), bucket.missing(TERMS)), (-100_000_000, 200));
    assert_eq!(bucket.affords(TERMS, 0), Err(Span::seconds(10)));
    assert_eq!(bucket.take(TERMS, 1, at(10_100_000)), Ok(()));
    assert_eq!(bucket.missing(TERMS), 100);
    bucket.restore(TERMS, at(10_100_001));
    assert_eq!(bucket.missing(TERMS), 100, "ten millionths more, and still a part of a point is missing");
    // What a charge took below that stays as it is.
    let mut bucket = Bucket::full(TERMS, at(0));
    assert_eq!(bucket.take(TERMS, 250, at(0)), Ok(()));
    bucket.owe(TERMS, 10);
    assert_eq!(bucket.millionths(), -150_000_000);
    assert_eq!(Bucket::full(TERMS, at(0)).missing(TERMS), 0);
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
fn a_debt_is_waited_for_before_the_points() {
    for (available, points, wait) in [
        (100, 100, Ok(())),
        (100, 1_000, Ok(())),
        (40, 60, Err(Span::seconds(2))),
        (40, 61, Err(Span::seconds(3))),
        (-99, 1, Err(Span::seconds(10))),
        (-100, 1, Err(Span::seconds(11))),
        (-250, 1_000, Err(Span::seconds(35))),
    ] {
        let bucket = Bucket::kept(available * MILLIONTHS, at(0));
        assert_eq!(bucket.affords(TERMS, points), wait, "{bucket:?}");
    }
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
        steps in prop::collection::vec((0_u8..5, 0_i64..2_000_000_000, 0_i64..10_000_000_000), 1..60),
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
                3 => {
                    bucket.owe(terms, points);
                    let floor = before.millionths().min(-capacity * MILLIONTHS);
                    prop_assert!(bucket.millionths() >= floor && bucket.millionths() <= before.millionths());
                }
                _ => {
                    let taken = bucket.take_up_to(points);
                    prop_assert!((0..=points).contains(&taken) && taken <= before.points());
                }
            }
            prop_assert!(bucket.millionths() <= capacity * MILLIONTHS);
        }
    }

    #[test]
    fn a_clock_that_goes_to_and_fro_gives_no_more_than_its_steps_forward(
        restore_rate in 1_i64..1_000,
        steps in prop::collection::vec(
            prop_oneof![-2 * SLIP..2 * SLIP, -SLIP..SLIP, -100 * SLIP..100 * SLIP],
            1..60,
        ),
    ) {
        // Too large ever to be full: nothing hides what was given.
        let terms = Terms { capacity: 1_000_000_000_000, restore_rate };
        let mut bucket = Bucket::kept(0, at(0));
        let (mut now, mut forward, mut latest, mut is_another_clock) = (0, 0, 0, false);
        for step in steps {
            let before = bucket;
            now += step;
            forward += step.max(0);
            latest = latest.max(now);
            bucket.restore(terms, at(now));
            prop_assert!(bucket.millionths() >= before.millionths());
            prop_assert!(bucket.millionths() <= forward * restore_rate);
            // It never waits for a clock that is further away, and never runs ahead of what it was shown.
            prop_assert!(bucket.as_of() >= at(now) && bucket.as_of() <= at(now + SLIP));
            prop_assert!(bucket.as_of() <= at(latest));
            is_another_clock |= bucket.as_of() < before.as_of();
            if !is_another_clock {
                prop_assert_eq!(bucket.millionths(), latest * restore_rate, "slips give and cost nothing");
            }
        }
    }
}
