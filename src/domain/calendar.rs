//! Working days: Monday to Friday in a country's zone, less its holidays. Pure; the zone and the holidays are figures of
//! the policy, so that a contract keeps those that it was made under.

use serde::{Deserialize, Serialize};

use super::time::{Day, Span, Timestamp};

/// How far a search for a working day goes: beyond any run of holidays.
const HORIZON: i64 = 3_660;

/// The working days of a country.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Calendar {
    /// How far the commercial zone's clock is ahead of UTC, in minutes; standard time, all year.
    pub utc_offset_minutes: i64,
    /// Days from Monday to Friday on which nobody works, in order.
    pub holidays: Vec<Day>,
}

impl Calendar {
    /// The day that it is there.
    pub fn day(&self, instant: Timestamp) -> Day {
        instant.plus(self.offset()).day()
    }

    /// The instant at which a day begins there.
    pub fn start(&self, day: Day) -> Timestamp {
        day.start().minus(self.offset())
    }

    /// The last instant of a day there.
    pub fn end(&self, day: Day) -> Timestamp {
        let next = self.start(Day::from_number(day.number().saturating_add(1)));
        Timestamp::from_micros(next.micros().saturating_sub(1))
    }

    /// Whether people work there on a day.
    pub fn is_working_day(&self, day: Day) -> bool {
        // 1970-01-01 was a Thursday, the fourth day of its week.
        let weekday = (day.number() + 3).rem_euclid(7);
        weekday < 5 && self.holidays.binary_search(&day).is_err()
    }

    /// The working day that lies so many working days behind a day; `None` where no calendar reaches it.
    pub fn after(&self, day: Day, working_days: u32) -> Option<Day> {
        let days = (1..=HORIZON).map(|step| Day::from_number(day.number().saturating_add(step)));
        days.filter(|later| self.is_working_day(*later))
            .nth(usize::try_from(working_days).ok()?.checked_sub(1)?)
    }

    /// The last working day up to a day, that day included.
    pub fn last_up_to(&self, day: Day) -> Option<Day> {
        let days = (0..HORIZON).map(|step| Day::from_number(day.number().saturating_sub(step)));
        days.into_iter().find(|earlier| self.is_working_day(*earlier))
    }

    /// The last instant from which a working day still lies so many working days ahead.
    pub fn notice_until(&self, day: Day, working_days: u32) -> Option<Timestamp> {
        let days = (0..HORIZON).map(|step| Day::from_number(day.number().saturating_sub(step)));
        let first = days.filter(|earlier| self.is_working_day(*earlier));
        // Of so many working days up to the day, the first one: whoever acts before it gives the notice.
        let first = first.take(usize::try_from(working_days).ok()?).last()?;
        Some(Timestamp::from_micros(self.start(first).micros().saturating_sub(1)))
    }

    fn offset(&self) -> Span {
        Span::seconds(self.utc_offset_minutes.saturating_mul(60))
    }
}

/// Reads a calendar from the form in which the initial figures are written; a test says that every day of it is one.
pub fn calendar(utc_offset_minutes: i64, holidays: &[&str]) -> Calendar {
    let mut holidays: Vec<Day> = holidays.iter().filter_map(|day| Day::parse(day)).collect();
    holidays.sort_unstable();
    Calendar { utc_offset_minutes, holidays }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn china() -> Calendar {
        calendar(480, &["2026-05-01", "2026-05-04", "2026-05-05"])
    }

    #[test]
    fn weekends_and_holidays_are_no_working_days() {
        let plain = Calendar::default();
        // 4 May 2026 is a Monday.
        let week: Vec<_> =
            (4..=10).map(|date| plain.is_working_day(day(&format!("2026-05-{date:02}")))).collect();
        assert_eq!(week, [true, true, true, true, true, false, false]);
        assert!(!china().is_working_day(day("2026-05-04")));
        assert!(china().is_working_day(day("2026-05-06")));
        assert!(plain.is_working_day(day("1970-01-01")) && !plain.is_working_day(day("1969-12-28")));
    }

    #[test]
    fn notice_is_counted_in_working_days() {
        let plain = Calendar::default();
        assert_eq!(plain.after(day("2026-05-04"), 7), Some(day("2026-05-13")));
        assert_eq!(plain.after(day("2026-05-08"), 1), Some(day("2026-05-11")));
        assert_eq!(plain.after(day("2026-05-09"), 1), Some(day("2026-05-11")));
        assert_eq!(china().after(day("2026-04-30"), 1), Some(day("2026-05-06")));
        assert_eq!(plain.last_up_to(day("2026-05-10")), Some(day("2026-05-08")));
        assert_eq!(plain.after(day("2026-05-04"), 0), None);
    }

    #[test]
    fn the_last_instant_for_a_notice_is_the_one_before_it_is_too_short() {
        for calendar in [Calendar::default(), china(), calendar(-300, &["2026-05-25"])] {
            for date in 1..=31 {
                let wanted = day(&format!("2026-05-{date:02}"));
                if !calendar.is_working_day(wanted) {
                    continue;
                }
                let last = calendar.notice_until(wanted, 7).unwrap();
                let reached = |instant| calendar.after(calendar.day(instant), 7).unwrap() <= wanted;
                assert!(reached(last), "{wanted}");
                assert!(!reached(Timestamp::from_micros(last.micros() + 1)), "{wanted}");
            }
        }
    }

    #[test]
    fn a_day_is_the_zones_own() {
        let china = china();
        assert_eq!(china.day(Timestamp::parse("2026-05-05T15:59:59Z").unwrap()), day("2026-05-05"));
        assert_eq!(china.day(Timestamp::parse("2026-05-05T16:00:00Z").unwrap()), day("2026-05-06"));
        assert_eq!(china.start(day("2026-05-06")).to_string(), "2026-05-05T16:00:00Z");
        assert_eq!(china.end(day("2026-05-06")).to_string(), "2026-05-06T15:59:59.999999Z");
    }
}
