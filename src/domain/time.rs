//! Instants and durations of the rules: whole microseconds, UTC, nothing local.
//!
//! Days in rules are 24-hour units from the instant that triggers them; an act is in time if `now <= due`,
//! the clock fires if `now > due` (`docs/ARCHITECTURE.md`, "Time").

use std::fmt;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// Microseconds in a second.
pub const MICROSECONDS: i64 = 1_000_000;
/// Seconds in a day of the rules.
pub const DAY_SECONDS: i64 = 86_400;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in whole seconds; may be negative where a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Timestamp {
    /// The instant that many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant that many seconds after the epoch; saturates at the ends of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROSECONDS))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROSECONDS)
    }

    /// This instant moved by a span; saturates at the ends of the range.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(MICROSECONDS)))
    }

    /// This instant moved back by a span; saturates at the ends of the range.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0.saturating_mul(MICROSECONDS)))
    }

    /// The instant just before this one, as finely as instants are kept.
    #[must_use]
    pub const fn minus_moment(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The time from `earlier` to this instant, in whole seconds, rounded down.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).div_euclid(MICROSECONDS))
    }

    /// The time until a later instant in whole seconds, rounded up; zero where it is over.
    pub const fn until(self, later: Self) -> Span {
        let micros = later.0.saturating_sub(self.0);
        if micros <= 0 { Span::ZERO } else { Span((micros - 1).div_euclid(MICROSECONDS) + 1) }
    }

    /// Reads RFC 3339, such as `2026-05-04T12:00:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos().div_euclid(1_000)).ok().map(Self)
    }

    /// The calendar day in UTC.
    pub fn day(self) -> Day {
        Day(self.seconds().div_euclid(DAY_SECONDS))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with the fraction that it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(|instant| instant.format(&Rfc3339).ok());
        match text {
            Some(text) => f.write_str(&text),
            // Beyond year 9999 RFC 3339 has no form; no rule makes such an instant.
            None => write!(f, "{}us", self.0),
        }
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// That many seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// That many hours.
    pub const fn hours(hours: i64) -> Self {
        Self(hours.saturating_mul(3_600))
    }

    /// That many days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self(days.saturating_mul(DAY_SECONDS))
    }

    /// The length in seconds.
    pub const fn as_seconds(self) -> i64 {
        self.0
    }

    /// Days that have begun: 1 second late is one day late. Zero and less is zero.
    pub const fn days_begun(self) -> i64 {
        if self.0 <= 0 { 0 } else { (self.0 - 1) / DAY_SECONDS + 1 }
    }
}

impl fmt::Display for Span {
    /// ISO 8601, such as `P2D` or `PT6H`; a single day is `PT24H`, as rules and lead times name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("PT0S");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let total = self.0.unsigned_abs();
        if total == Self::days(1).0.unsigned_abs() {
            return f.write_str("PT24H");
        }
        let (days, rest) = (total / 86_400, total % 86_400);
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if rest > 0 {
            f.write_str("T")?;
            for (amount, unit) in [(rest / 3_600, 'H'), (rest / 60 % 60, 'M'), (rest % 60, 'S')] {
                if amount > 0 {
                    write!(f, "{amount}{unit}")?;
                }
            }
        }
        Ok(())
    }
}

impl Span {
    /// Reads the ISO 8601 durations that rules use: weeks, days, hours, minutes and seconds, no months or years.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut rest = text.strip_prefix('P')?;
        let (mut total, mut in_time, mut parts) = (0_i64, false, 0);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('T') {
                if in_time || after.is_empty() {
                    return None;
                }
                (in_time, rest) = (true, after);
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let amount: i64 = rest.get(..digits)?.parse().ok()?;
            let factor = match (in_time, rest.as_bytes().get(digits)?) {
                (false, b'W') => 7 * DAY_SECONDS,
                (false, b'D') => DAY_SECONDS,
                (true, b'H') => 3_600,
                (true, b'M') => 60,
                (true, b'S') => 1,
                _ => return None,
            };
            total = total.checked_add(amount.checked_mul(factor)?)?;
            rest = rest.get(digits + 1..)?;
            parts += 1;
        }
        (parts > 0).then_some(Self(if negative { -total } else { total }))
    }
}

/// A calendar day: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(i64);

impl Day {
    /// The day that many days after 1970-01-01.
    pub const fn from_number(days: i64) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Midnight UTC at which the day begins.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_seconds(self.0.saturating_mul(DAY_SECONDS))
    }

    /// The last second of the day, in UTC.
    pub const fn end(self) -> Timestamp {
        Timestamp::from_seconds(self.0.saturating_mul(DAY_SECONDS).saturating_add(DAY_SECONDS - 1))
    }

    /// The same date that many years before, of 29 February the 28th; beyond the calendar the earliest day there is.
    #[must_use]
    pub fn years_ago(self, years: i64) -> Self {
        let seconds = self.0.saturating_mul(DAY_SECONDS);
        let before = OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|instant| {
            let (date, year) = (instant.date(), i32::try_from(i64::from(instant.year()) - years).ok()?);
            let eve = || date.replace_day(28).and_then(|eve| eve.replace_year(year));
            date.replace_year(year).or_else(|_| eve()).ok()
        });
        let number = |date: Date| {
            i64::from(date.to_julian_day()) - i64::from(Date::MIN.to_julian_day()) + Self::first()
        };
        before.map_or(Self(i64::MIN), |date| Self(number(date)))
    }

    /// The same day of the calendar so many years later; the first of March where that year has no such day.
    #[must_use]
    pub fn plus_years(self, years: i64) -> Self {
        let Ok(instant) = OffsetDateTime::from_unix_timestamp(self.start().seconds()) else { return self };
        let date = instant.date();
        let moved = i64::from(date.year()).saturating_add(years);
        let moved = i32::try_from(moved).ok().and_then(|year| {
            date.replace_year(year).or_else(|_| Date::from_calendar_date(year, time::Month::March, 1)).ok()
        });
        moved.map_or(self, |date| {
            Self(i64::from(date.to_julian_day()) - i64::from(Date::MIN.to_julian_day()) + Self::first())
        })
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let date = Date::parse(text, &format).ok()?;
        Some(Self(i64::from(date.to_julian_day()) - i64::from(Date::MIN.to_julian_day()) + Self::first()))
    }

    /// The number of the first day that a date can name.
    fn first() -> i64 {
        i64::from(Date::MIN.to_julian_day()) - i64::from(OffsetDateTime::UNIX_EPOCH.date().to_julian_day())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        f.write_str(text.get(..10).unwrap_or(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_round_trip() {
        let instant = Timestamp::parse("2026-05-04T12:00:00.25Z").unwrap();
        assert_eq!(instant.to_string(), "2026-05-04T12:00:00.25Z");
        assert_eq!(instant.day().to_string(), "2026-05-04");
        assert_eq!(Day::parse("2026-05-04"), Some(instant.day()));
        assert_eq!(Timestamp::parse("2026-05-04T14:00:00.25+02:00"), Some(instant));
        assert_eq!(Timestamp::parse("yesterday"), None);
        for (day, years, before) in [
            ("2026-05-04", 10, "2016-05-04"),
            ("2024-02-29", 1, "2023-02-28"),
            ("2024-02-29", 4, "2020-02-29"),
        ] {
            assert_eq!(Day::parse(day).unwrap().years_ago(years).to_string(), before);
        }
    }

    #[test]
    fn spans_round_trip() {
        for text in ["P2D", "PT24H", "PT6H", "P1DT1H1M1S", "-PT5M", "PT0S"] {
            let span = Span::parse(text).unwrap();
            assert_eq!(Span::parse(&span.to_string()), Some(span), "{text}");
        }
        assert_eq!(Span::parse("PT24H"), Some(Span::days(1)));
        for text in ["", "P", "PT", "P1Y", "P1M", "1D", "P1", "PD", "PT1D", "P99999999999999999D"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn years_are_those_of_the_calendar() {
        for (from, years, to) in [
            ("2021-05-04", 5, "2026-05-04"),
            ("2024-02-29", 1, "2025-03-01"),
            ("2024-02-29", 4, "2028-02-29"),
        ] {
            assert_eq!(Day::parse(from).unwrap().plus_years(years), Day::parse(to).unwrap());
        }
    }

    #[test]
    fn a_second_late_is_a_day_begun() {
        let begun = |seconds| Span::seconds(seconds).days_begun();
        assert_eq!([begun(-1), begun(0), begun(1), begun(86_400), begun(86_401)], [0, 0, 1, 1, 2]);
    }
}
