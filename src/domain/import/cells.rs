//! Cells into values: what does not fit is a fault of its column, and every fault of a row is found at once.

use super::{Fault, Row};
use crate::domain::country;
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::time::{Day, Timestamp};

/// Characters that an id of a source has at most.
const REFERENCE_CHARACTERS_MAX: usize = 255;
/// Millionths in one.
const MILLION: i64 = 1_000_000;

/// A row that is being read, and what was found to be wrong with it.
pub(super) struct Cells<'a> {
    row: &'a Row,
    now: Timestamp,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(row: &'a Row, now: Timestamp) -> Self {
        let nul = row.columns().find(|column| row.get(column).is_some_and(|text| text.contains('\0')));
        let faults =
            nul.map(|column| Fault::new(column, "The text holds a NUL character.")).into_iter().collect();
        Self { row, now, faults, warnings: Vec::new() }
    }

    /// The value with its warnings, or the faults.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<(T, Vec<Fault>), Vec<Fault>> {
        match value {
            Some(value) if self.faults.is_empty() => Ok((value, self.warnings)),
            _ => Err(self.faults),
        }
    }

    pub(super) fn fault(&mut self, field: &str, reason: impl Into<String>) {
        self.faults.push(Fault::new(field, reason));
    }

    pub(super) fn warn(&mut self, field: &str, reason: impl Into<String>) {
        self.warnings.push(Fault::new(field, reason));
    }

    /// A text of at most that many characters.
    pub(super) fn text(&mut self, field: &str, most: usize) -> Option<String> {
        let text = self.row.get(field)?;
        let length = text.chars().count();
        if length > most {
            self.fault(field, format!("The text has {length} characters; at most {most} are kept."));
            return None;
        }
        Some(text.to_owned())
    }

    pub(super) fn required_text(&mut self, field: &str, most: usize) -> Option<String> {
        self.require(field)?;
        self.text(field, most)
    }

    /// An id of the source.
    pub(super) fn reference(&mut self, field: &str) -> Option<String> {
        self.text(field, REFERENCE_CHARACTERS_MAX)
    }

    pub(super) fn required_reference(&mut self, field: &str) -> Option<String> {
        self.required_text(field, REFERENCE_CHARACTERS_MAX)
    }

    /// The text of a cell, reading it by `read`; `wanted` says what should be there.
    pub(super) fn parse<T>(
        &mut self,
        field: &str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.row.get(field)?;
        let value = read(text);
        if value.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.fault(field, format!("{shown:?} is not {wanted}."));
        }
        value
    }

    /// A whole number in a range.
    pub(super) fn integer(&mut self, field: &str, from: i64, to: i64) -> Option<i64> {
        let wanted = format!("a whole number from {from} to {to}");
        self.parse(field, &wanted, |text| text.parse().ok().filter(|value| (from..=to).contains(value)))
    }

    pub(super) fn required_integer(&mut self, field: &str, from: i64, to: i64) -> Option<i64> {
        self.require(field)?;
        self.integer(field, from, to)
    }

    pub(super) fn boolean(&mut self, field: &str) -> Option<bool> {
        self.parse(field, "true or false", |text| match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// A word of a closed list, in capitals or not.
    pub(super) fn word<T: std::str::FromStr>(&mut self, field: &str, words: &[&str]) -> Option<T> {
        let wanted = format!("one of {}", words.join(", "));
        self.parse(field, &wanted, |text| text.to_ascii_uppercase().parse().ok())
    }

    pub(super) fn country(&mut self, field: &str) -> Option<String> {
        let wanted = "a country of two capital letters (ISO 3166-1), such as DE, or ZZ where it is not known";
        self.parse(field, wanted, |text| country::is_kept(text).then(|| text.to_owned()))
    }

    pub(super) fn currency(&mut self, field: &str) -> Option<Currency> {
        self.parse(field, "a currency of ISO 4217, such as USD", |text| Currency::parse(text).ok())
    }

    pub(super) fn required_currency(&mut self, field: &str) -> Option<Currency> {
        self.require(field)?;
        self.currency(field)
    }

    /// A day of the past, or today.
    pub(super) fn past_day(&mut self, field: &str) -> Option<Day> {
        let day = self.parse(field, "a day such as 2026-05-04", Day::parse)?;
        if day > self.now.day() { self.not_yet(field, day) } else { Some(day) }
    }

    /// An instant, from 1970 on; a time without a zone is taken as UTC, a day as its beginning.
    pub(super) fn instant(&mut self, field: &str) -> Option<Timestamp> {
        let wanted = "a time from 1970 on, such as 2026-05-04T12:00:00Z, 2026-05-04T12:00:00 or 2026-05-04";
        self.parse(field, wanted, |text| instant(text).filter(|instant| instant.micros() >= 0))
    }

    /// An instant at which something happened: one that lies ahead cannot be history. What was promised for it can.
    pub(super) fn past(&mut self, field: &str) -> Option<Timestamp> {
        let at = self.instant(field)?;
        if at > self.now { self.not_yet(field, at) } else { Some(at) }
    }

    /// Faults a time that lies ahead; answers none.
    fn not_yet<T>(&mut self, field: &str, time: impl std::fmt::Display) -> Option<T> {
        self.fault(field, format!("{time} lies in the future; what did not happen yet is no history."));
        None
    }

    pub(super) fn unit_price(&mut self, field: &str) -> Option<UnitPrice> {
        self.parse(field, "a price with at most six decimals", price)
    }

    pub(super) fn required_unit_price(&mut self, field: &str) -> Option<UnitPrice> {
        self.require(field)?;
        self.unit_price(field)
    }

    /// An amount: a decimal, or minor units in the column with `_minor` behind its name.
    pub(super) fn amount(&mut self, field: &str) -> Option<Amount> {
        let minor_field = format!("{field}_minor");
        match (self.row.get(field), self.row.get(&minor_field)) {
            (Some(_), Some(_)) => {
                self.fault(&minor_field, format!("The amount is stated twice, also in {field}."));
                None
            }
            (Some(_), None) => self.parse(field, "an amount with at most six decimals", |text| {
                price(text).map(|price| Amount::Millionths(price.millionths()))
            }),
            (None, _) => self.parse(&minor_field, "a whole number of minor units", |text| {
                text.parse().ok().filter(|minor| *minor >= 0).map(Amount::Minor)
            }),
        }
    }

    fn require(&mut self, field: &str) -> Option<()> {
        if self.row.get(field).is_none() {
            self.fault(field, "The field is empty; it is needed.");
            return None;
        }
        Some(())
    }
}

/// An amount as a source states it; its currency may stand elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Millionths of the major unit.
    Millionths(i64),
    /// Minor units.
    Minor(i64),
}

impl Amount {
    /// Millionths of the major unit; none where that many cannot be kept.
    pub fn millionths(self, currency: Currency) -> Option<i64> {
        match self {
            Self::Millionths(millionths) => Some(millionths),
            Self::Minor(minor) => {
                let scale = 10_i64.checked_pow(u32::from(currency.exponent()))?;
                minor.checked_mul(MILLION.checked_div(scale)?)
            }
        }
    }

    /// Minor units, rounded once, half up; none where that many cannot be kept.
    pub fn minor(self, currency: Currency) -> Option<i64> {
        match self {
            Self::Minor(minor) => Some(minor),
            Self::Millionths(millionths) => {
                let price = UnitPrice::from_millionths(millionths).ok()?;
                price.line_total(1, currency).ok().map(|money| money.minor)
            }
        }
    }
}

/// A decimal of at most six digits behind the point; the nought before the point may be left out.
fn price(text: &str) -> Option<UnitPrice> {
    if text.starts_with('.') {
        return UnitPrice::parse(&format!("0{text}")).ok();
    }
    UnitPrice::parse(text).ok()
}

/// RFC 3339, or a time without a zone as UTC, or a day as its beginning.
fn instant(text: &str) -> Option<Timestamp> {
    if let Some(day) = Day::parse(text) {
        return Some(day.start());
    }
    Timestamp::parse(text).or_else(|| {
        // Without a zone the letter of UTC is what RFC 3339 misses; some write a space between day and time.
        let (day, time) = text.split_once(['T', ' '])?;
        Timestamp::parse(&format!("{day}T{time}Z"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_three_forms() {
        let wanted = Timestamp::parse("2026-05-04T12:00:00Z");
        for text in [
            "2026-05-04T12:00:00Z",
            "2026-05-04T14:00:00+02:00",
            "2026-05-04T12:00:00",
            "2026-05-04 12:00:00",
        ] {
            assert_eq!(instant(text), wanted, "{text}");
        }
        assert_eq!(instant("2026-05-04"), Timestamp::parse("2026-05-04T00:00:00Z"));
        for text in ["", "2026-13-01", "2026-05-04T25:00:00", "04.05.2026", "2026-05-04TZ"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_decimal_may_begin_with_its_point() {
        assert_eq!(price(".8000"), UnitPrice::parse("0.8").ok());
        for text in ["", ".", "-.5", "1.2345678", "1,5", "1e3"] {
            assert_eq!(price(text), None, "{text}");
        }
    }

    #[test]
    fn minor_units_and_millionths_agree() {
        for (code, minor, wanted) in [("USD", 1_250, 12_500_000), ("JPY", 7, 7_000_000), ("KWD", 1, 1_000)] {
            let currency = Currency::parse(code).unwrap();
            assert_eq!(Amount::Minor(minor).millionths(currency), Some(wanted));
            assert_eq!(Amount::Millionths(wanted).minor(currency), Some(minor));
        }
        assert_eq!(Amount::Millionths(5_000).minor(Currency::USD), Some(1));
        assert_eq!(Amount::Minor(i64::MAX).millionths(Currency::USD), None);
    }
}
