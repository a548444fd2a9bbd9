//! Exchange rates by day: what one US dollar is worth, recorded by the platform's staff and never changed.
//!
//! Conversions are exact in 128 bits and rounded once, half up. The dollar itself needs no rate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{Code, Refusal};
use super::money::{Currency, Money, MoneyError, UnitPrice, parse_scaled, render_scaled};
use super::time::{Day, Timestamp};

/// Decimals of a rate.
const SCALE: u32 = 8;
/// A rate of one to one.
const ONE: i64 = 100_000_000;
/// The largest rate: a thousand million units for a dollar.
const MAXIMUM: i64 = ONE * 1_000_000_000;
/// Rates that are recorded at once at most; there are fewer currencies.
pub const MAXIMUM_RATES: usize = 200;

/// How much of a currency one US dollar buys, in hundred-millionths of the currency's major unit; more than zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PerDollar(i64);

impl PerDollar {
    /// Dollars for dollars.
    pub const DOLLAR: Self = Self(ONE);

    /// A rate of that many hundred-millionths.
    pub const fn from_hundred_millionths(number: i64) -> Result<Self, MoneyError> {
        if number < 1 {
            Err(MoneyError::NotADecimal)
        } else if number > MAXIMUM {
            Err(MoneyError::Overflow)
        } else {
            Ok(Self(number))
        }
    }

    /// Reads a decimal with at most eight decimals, such as `0.92384`.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        parse_scaled(text, SCALE).and_then(Self::from_hundred_millionths)
    }

    /// Hundred-millionths of the currency's major unit.
    pub const fn hundred_millionths(self) -> i64 {
        self.0
    }

    /// The rate as a decimal, without needless zeros.
    pub fn decimal(self) -> String {
        render_scaled(self.0, SCALE as usize, 0)
    }
}

/// A rate as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRate {
    /// The currency.
    pub currency: Currency,
    /// What a dollar buys of it.
    pub per_dollar: PerDollar,
    /// The first day on which it holds; it holds until the day of the next one.
    pub valid_from: Day,
    /// Who published it.
    pub source: String,
    /// When it was recorded; of two for one day the later one holds.
    pub recorded_at: Timestamp,
}

/// Rates of one day to be recorded, as the staff sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateSheet {
    /// The first day on which they hold.
    pub valid_from: Day,
    /// Who published them.
    pub source: String,
    /// The rates.
    pub rates: Vec<(Currency, PerDollar)>,
}

impl RateSheet {
    /// The rates of the sheet as rows, checked: at least one, none twice, none of the dollar, none of a day to come.
    pub fn check(self, now: Timestamp) -> Result<Vec<ExchangeRate>, Refusal> {
        let refuse = |field: &str, message: &str| Err(Refusal::invalid(&["input", field], message));
        let source = self.source.trim().to_owned();
        if !(1..=200).contains(&source.chars().count()) {
            return refuse("source", "A source has 1 to 200 characters.");
        }
        if self.valid_from > now.day() {
            return refuse("validFrom", "Record a rate on its first day or later, not ahead of it.");
        }
        if self.rates.is_empty() || self.rates.len() > MAXIMUM_RATES {
            return refuse("rates", "Record 1 to 200 rates at once.");
        }
        for (index, (currency, _)) in self.rates.iter().enumerate() {
            let index_text = index.to_string();
            let path = ["input", "rates", &index_text, "currencyCode"];
            if *currency == Currency::USD {
                return Err(Refusal::invalid(&path, "The dollar is what the others are measured in."));
            }
            if self.rates[..index].iter().any(|(before, _)| before == currency) {
                return Err(Refusal::invalid(&path, "This currency stands in the list twice."));
            }
        }
        let Self { valid_from, rates, .. } = self;
        let row = |(currency, per_dollar)| ExchangeRate {
            currency,
            per_dollar,
            valid_from,
            source: source.clone(),
            recorded_at: now,
        };
        Ok(rates.into_iter().map(row).collect())
    }
}

/// The rates that hold on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates(BTreeMap<Currency, PerDollar>);

impl Rates {
    /// A table of rates; the dollar is 1 whatever is said.
    pub fn new(rates: impl IntoIterator<Item = (Currency, PerDollar)>) -> Self {
        Self(rates.into_iter().collect())
    }

    /// The rate of a currency, where there is one.
    pub fn of(&self, currency: Currency) -> Option<PerDollar> {
        if currency == Currency::USD { Some(PerDollar::DOLLAR) } else { self.0.get(&currency).copied() }
    }

    /// The currencies that have a rate, the dollar first.
    pub fn currencies(&self) -> impl Iterator<Item = (Currency, PerDollar)> {
        let others = self.0.iter().filter(|(currency, _)| **currency != Currency::USD);
        [(Currency::USD, PerDollar::DOLLAR)]
            .into_iter()
            .chain(others.map(|(currency, rate)| (*currency, *rate)))
    }

    /// The amount in another currency: by the dollar, exact, rounded once, half up (away from zero for negative
    /// amounts). Refused where a rate is missing ([`Code::CurrencyMismatch`]) or the result does not fit
    /// ([`Code::AmountOutOfRange`]).
    pub fn convert(&self, money: Money, into: Currency) -> Result<Money, Refusal> {
        if money.currency == into {
            return Ok(money);
        }
        let rate = |currency: Currency| {
            self.of(currency).ok_or_else(|| {
                Refusal::new(Code::CurrencyMismatch, format!("There is no exchange rate of {currency}."))
            })
        };
        let (from_rate, into_rate) = (rate(money.currency)?, rate(into)?);
        let power = |currency: Currency| 10_i128.pow(u32::from(currency.exponent()));
        let minor = i128::from(money.minor.unsigned_abs())
            .checked_mul(i128::from(into_rate.0))
            .and_then(|product| product.checked_mul(power(into)))
            .map(|product| rounded(product, i128::from(from_rate.0) * power(money.currency)))
            .and_then(|size| i64::try_from(size).ok());
        match minor {
            Some(size) => Ok(Money::new(if money.minor < 0 { -size } else { size }, into)),
            None => {
                Err(Refusal::new(Code::AmountOutOfRange, "The converted amount is too large to be kept."))
            }
        }
    }

    /// A unit price in millionths of a dollar, rounded half up, to be compared with others; none without a rate. What
    /// does not fit is the largest one.
    pub fn comparable(&self, price: UnitPrice, currency: Currency) -> Option<UnitPrice> {
        self.of(currency).map(|rate| comparable(price, rate))
    }

    /// The least and the highest unit price of a currency that compare as lying between two prices in millionths of a dollar:
    /// exactly those for which [`Rates::comparable`] does.
    pub fn range_in(rate: PerDollar, (minimum, maximum): (i64, i64)) -> (i64, i64) {
        // comparable(x) = floor((2·x·ONE + rate) / (2·rate)); so comparable(x) ≥ m just if 2·x·ONE ≥ (2·m − 1)·rate.
        let least = |dollars: i128| {
            let doubled = (2 * dollars - 1) * i128::from(rate.0);
            let divisor = 2 * i128::from(ONE);
            i64::try_from(doubled.div_euclid(divisor) + i128::from(doubled.rem_euclid(divisor) != 0))
                .unwrap_or(i64::MAX)
        };
        let low = least(i128::from(minimum)).max(0);
        let high = least(i128::from(maximum) + 1).saturating_sub(1);
        (low, high)
    }
}

/// A unit price at a rate in millionths of a dollar, rounded half up; never the largest number, which stands for "no
/// price" where prices are kept to be compared.
pub fn comparable(price: UnitPrice, rate: PerDollar) -> UnitPrice {
    let exact = i128::from(price.millionths()) * i128::from(ONE);
    let size = i64::try_from(rounded(exact, i128::from(rate.0))).unwrap_or(i64::MAX).min(i64::MAX - 1);
    // A price that is no less than zero stays so.
    UnitPrice::from_millionths(size).unwrap_or(price)
}

/// A quotient of numbers that are not negative, rounded half up.
const fn rounded(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    if rest >= divisor - rest { quotient + 1 } else { quotient }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn rates() -> Rates {
        Rates::new(
            [("EUR", "0.92"), ("JPY", "149.5"), ("KWD", "0.3075"), ("IDR", "15675")]
                .map(|(code, rate)| (currency(code), PerDollar::parse(rate).unwrap())),
        )
    }

    #[test]
    fn a_source_is_kept_as_it_is_counted() {
        let rates = vec![(currency("EUR"), PerDollar::parse("0.92").unwrap())];
        let sheet = |source: String| RateSheet {
            valid_from: Timestamp::from_micros(0).day(),
            source,
            rates: rates.clone(),
        };
        let kept = sheet(format!("  {}\n", "x".repeat(200))).check(Timestamp::from_micros(0)).unwrap();
        assert_eq!(kept[0].source, "x".repeat(200));
        assert!(sheet(" ".to_owned()).check(Timestamp::from_micros(0)).is_err());
    }

    #[test]
    fn amounts_are_rounded_once_half_up() {
        let convert = |minor, from: &str, into: &str| {
            rates().convert(Money::new(minor, currency(from)), currency(into)).map(|money| money.minor)
        };
        assert_eq!(convert(10_000, "USD", "EUR"), Ok(9_200));
        assert_eq!(convert(9_200, "EUR", "USD"), Ok(10_000));
        assert_eq!(convert(1, "USD", "JPY"), Ok(1));
        assert_eq!(convert(150, "JPY", "KWD"), Ok(309));
        assert_eq!(convert(-10_000, "USD", "EUR"), Ok(-9_200));
        assert_eq!(convert(7, "EUR", "EUR"), Ok(7));
        assert_eq!(convert(1, "USD", "GBP").unwrap_err().code, Code::CurrencyMismatch);
        assert_eq!(convert(i64::MAX, "USD", "IDR").unwrap_err().code, Code::AmountOutOfRange);
    }

    #[test]
    fn sheets_are_checked() {
        let now = Timestamp::parse("2026-05-04T12:00:00Z").unwrap();
        let rate = PerDollar::parse("0.92").unwrap();
        let sheet = |rates: &[&str], day: &str| RateSheet {
            valid_from: Day::parse(day).unwrap(),
            source: "ECB".to_owned(),
            rates: rates.iter().map(|code| (currency(code), rate)).collect(),
        };
        assert_eq!(sheet(&["EUR", "GBP"], "2026-05-04").check(now).unwrap().len(), 2);
        for (rates, day, field) in [
            (vec!["EUR", "EUR"], "2026-05-04", "rates"),
            (vec!["USD"], "2026-05-04", "rates"),
            (vec![], "2026-05-04", "rates"),
            (vec!["EUR"], "2026-05-05", "validFrom"),
        ] {
            assert_eq!(sheet(&rates, day).check(now).unwrap_err().field[1], field);
        }
        for text in ["0", "-1", "1000000001", "0.000000001", "1e3", ""] {
            assert!(PerDollar::parse(text).is_err(), "{text}");
        }
        assert_eq!(PerDollar::parse("0.92384000").unwrap().decimal(), "0.92384");
    }

    proptest! {
        #[test]
        fn ranges_hold_just_what_compares_within(
            price in 0_i64..5_000_000, rate in 1_i64..3_000_000_000, low in 0_i64..1_000_000, width in 0_i64..1_000_000,
        ) {
            let price = UnitPrice::from_millionths(price).unwrap();
            let rate = PerDollar::from_hundred_millionths(rate).unwrap();
            let bounds = [low, low + width].map(|number| UnitPrice::from_millionths(number).unwrap());
            let (least, most) = Rates::range_in(rate, (low, low + width));
            let compared = comparable(price, rate);
            let within = bounds[0] <= compared && compared <= bounds[1];
            prop_assert_eq!((least..=most).contains(&price.millionths()), within);
        }

        #[test]
        fn dearer_compares_as_no_cheaper(one in any::<u32>(), other in any::<u32>(), rate in 1_i64..MAXIMUM) {
            let rate = PerDollar::from_hundred_millionths(rate).unwrap();
            let [one, other] = [one, other].map(|number| UnitPrice::from_millionths(i64::from(number)).unwrap());
            prop_assert_eq!(one.cmp(&other).is_ge() || comparable(one, rate) <= comparable(other, rate), true);
            prop_assert_eq!(comparable(one, PerDollar::DOLLAR), one);
        }
    }
}
