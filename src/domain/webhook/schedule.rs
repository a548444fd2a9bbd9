//! When a delivery is sent again: the schedule of the Standard Webhooks specification, with jitter.

use crate::domain::time::{MICROSECONDS, Span, Timestamp};

/// The waits after each failed attempt: about 75 hours in all, ten attempts.
const WAITS: [Span; 9] = [
    Span::seconds(5),
    Span::seconds(300),
    Span::seconds(1_800),
    Span::hours(2),
    Span::hours(5),
    Span::hours(10),
    Span::hours(14),
    Span::hours(20),
    Span::hours(24),
];
/// How far a wait may lie from the schedule either way, in thousandths.
const JITTER: i64 = 200;

/// When the attempt after the `failed`th one is made; none where that was the last. What the endpoint asks for counts between
/// the wait and twice the wait.
pub fn next(failed: i64, retry_after: Option<Span>, dice: u32, now: Timestamp) -> Option<Timestamp> {
    let place = usize::try_from(failed).ok()?.checked_sub(1)?;
    let wait = WAITS.get(place)?.as_seconds();
    let shift = i64::from(dice % 401) - JITTER;
    let mut micros = wait * MICROSECONDS / 1_000 * (1_000 + shift);
    if let Some(asked) = retry_after {
        micros = micros.max(asked.as_seconds().clamp(wait, 2 * wait) * MICROSECONDS);
    }
    Some(Timestamp::from_micros(now.micros().saturating_add(micros)))
}

/// Reads a `Retry-After`: seconds, or a date as RFC 9110 writes it.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Span> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Span::seconds(header.parse().unwrap_or(i64::MAX / MICROSECONDS)));
    }
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = time::PrimitiveDateTime::parse(header, &format).ok()?;
    Some(now.until(Timestamp::from_seconds(date.assume_utc().unix_timestamp())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_777_896_000);

    /// Without jitter.
    const MIDDLE: u32 = 200;

    #[test]
    fn ten_attempts_take_about_75_hours() {
        let (mut at, mut attempts) = (NOON, 1);
        while let Some(next) = next(attempts, None, MIDDLE, at) {
            (at, attempts) = (next, attempts + 1);
        }
        assert_eq!((attempts, at.since(NOON)), (10, Span::seconds(75 * 3_600 + 2_105)));
    }

    #[test]
    fn what_the_endpoint_asks_for_counts_within_bounds() {
        for (asked, wait) in [(0, 300), (299, 300), (400, 400), (600, 600), (86_400, 600)] {
            let at = next(2, Some(Span::seconds(asked)), MIDDLE, NOON).unwrap();
            assert_eq!(at.since(NOON), Span::seconds(wait), "{asked}");
        }
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        for (header, seconds) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Mon, 04 May 2026 12:01:00 GMT", Some(60)),
            ("Mon, 04 May 2026 11:00:00 GMT", Some(0)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, NOON), seconds.map(Span::seconds), "{header:?}");
        }
        assert!(retry_after("99999999999999999999", NOON).is_some());
    }

    proptest! {
        #[test]
        fn jitter_is_a_fifth_at_most(failed in 1_i64..10, dice in any::<u32>()) {
            let wait = WAITS[usize::try_from(failed - 1).unwrap()].as_seconds();
            let at = next(failed, None, dice, NOON).unwrap();
            let waited = at.micros() - NOON.micros();
            prop_assert!(waited >= wait * 800_000 && waited <= wait * 1_200_000);
        }
    }
}
