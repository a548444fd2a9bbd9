//! Money: whole minor units of one currency in an `i64`, checked arithmetic, no floats.
//!
//! Unit prices are finer than a minor unit (`0.0870` dollars), so they have a type of their own; a line total is
//! multiplied exactly and rounded once, half up. Fees are floored.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Currencies by the number of digits behind the point (ISO 4217), without fund and test codes.
const CURRENCIES: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY \
         COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR \
         ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
         MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP \
         SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER \
         ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// Digits behind the point of a [`UnitPrice`].
const UNIT_PRICE_SCALE: u32 = 6;

/// Why an amount could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The code is no currency that money can be kept in.
    #[error("unknown currency")]
    UnknownCurrency,
    /// Amounts of two currencies met.
    #[error("the currencies differ")]
    CurrencyMismatch,
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    NotADecimal,
    /// A price below zero.
    #[error("the price is negative")]
    Negative,
    /// More digits behind the point than the currency or the price form has.
    #[error("too many decimals")]
    TooManyDecimals,
}

/// A currency of ISO 4217 with its number of decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// United States dollar: the currency that policy limits are stated in.
    pub const USD: Self = Self { code: *b"USD", exponent: 2 };

    /// Finds a currency by its alphabetic code, in capitals.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| MoneyError::UnknownCurrency)?;
        CURRENCIES
            .iter()
            // Each code takes four bytes with its space. Every card that is read names one, so nothing is split.
            .find(|(_, codes)| codes.as_bytes().chunks(4).any(|known| known.starts_with(&bytes)))
            .map(|&(exponent, _)| Self { code: bytes, exponent })
            .ok_or(MoneyError::UnknownCurrency)
    }

    /// Every currency that money can be kept in.
    pub fn all() -> impl Iterator<Item = Self> {
        let listed = CURRENCIES.iter();
        listed.flat_map(|(_, codes)| codes.split(' ')).filter_map(|code| Self::parse(code).ok())
    }

    /// Digits behind the point: JPY 0, USD 2, KWD 3.
    pub const fn exponent(self) -> u8 {
        self.exponent
    }

    /// The alphabetic code.
    pub fn code(&self) -> &str {
        // Only `parse` and constants make one, both from ASCII.
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// The largest amount that one order or payment may have, in minor units of any currency. The
/// accounts that gather amounts have room for thousands of such, so no single one can fill them.
pub const MAXIMUM_MINOR: i64 = 1_000_000_000_000_000;

/// An amount of one currency in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Whole minor units (cents, fils, yen).
    pub minor: i64,
    /// The currency that they are units of.
    pub currency: Currency,
}

impl Money {
    /// That many minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum; refuses another currency and overflow.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference; refuses another currency and overflow.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Reads a decimal of major units such as `12.50`; more decimals than the currency has are refused.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let minor = parse_scaled(text, u32::from(currency.exponent))?;
        Ok(Self { minor, currency })
    }

    /// The amount in major units with exactly the currency's decimals, such as `12.50`.
    pub fn decimal(self) -> String {
        render_scaled(self.minor, usize::from(self.currency.exponent), usize::from(self.currency.exponent))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

/// A price of one unit in millionths of the currency's major unit; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitPrice(i64);

impl UnitPrice {
    /// For nothing.
    pub const ZERO: Self = Self(0);

    /// A price of that many millionths of a major unit; negative ones are refused.
    pub const fn from_millionths(millionths: i64) -> Result<Self, MoneyError> {
        if millionths < 0 { Err(MoneyError::Negative) } else { Ok(Self(millionths)) }
    }

    /// Millionths of the currency's major unit.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// Reads a decimal of major units with at most six decimals, such as `0.513300`.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        parse_scaled(text, UNIT_PRICE_SCALE).and_then(Self::from_millionths)
    }

    /// The price in major units: at least `decimals` digits behind the point, more where the price has them.
    pub fn decimal(self, decimals: u8) -> String {
        render_scaled(self.0, UNIT_PRICE_SCALE as usize, usize::from(decimals))
    }

    /// The exact total of `quantity` units in millionths of the major unit.
    pub fn exact_total(self, quantity: i64) -> i128 {
        i128::from(self.0) * i128::from(quantity)
    }

    /// The total of `quantity` units: multiplied exactly, rounded once, half up, to minor units.
    pub fn line_total(self, quantity: i64, currency: Currency) -> Result<Money, MoneyError> {
        let exponent = u32::from(currency.exponent());
        let exact = self.exact_total(quantity);
        let rounded = match UNIT_PRICE_SCALE.checked_sub(exponent) {
            Some(digits) => {
                let divisor = 10_i128.pow(digits);
                (exact + divisor / 2).div_euclid(divisor)
            }
            None => exact * 10_i128.pow(exponent - UNIT_PRICE_SCALE),
        };
        let minor = i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?;
        Ok(Money { minor, currency })
    }
}

/// Hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// That share of an amount, floored; zero for negative amounts.
    pub fn of(self, minor: i64) -> i64 {
        let share = i128::from(minor.max(0)) * i128::from(self.0) / 10_000;
        i64::try_from(share).unwrap_or(i64::MAX)
    }
}

/// Reads `[-]digits[.digits]` into an integer of `10^-scale`.
pub(super) fn parse_scaled(text: &str, scale: u32) -> Result<i64, MoneyError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(MoneyError::NotADecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = (scale as usize).checked_sub(fraction.len()).ok_or(MoneyError::TooManyDecimals)?;
    let mut value: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', missing)) {
        value = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(i64::from(digit - b'0')))
            .ok_or(MoneyError::Overflow)?;
    }
    Ok(if negative { -value } else { value })
}

/// Renders an integer of `10^-scale` with at least `keep` decimals.
pub(super) fn render_scaled(value: i64, scale: usize, keep: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let trimmed = fraction.trim_end_matches('0');
    let fraction = if trimmed.len() < keep { &fraction[..keep.min(fraction.len())] } else { trimmed };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn amounts_have_their_currencys_decimals() {
        for (code, minor, text) in
            [("USD", 1_250, "12.50"), ("JPY", 1_250, "1250"), ("KWD", 1_250, "1.250"), ("USD", -5, "-0.05")]
        {
            let money = Money::new(minor, currency(code));
            assert_eq!(money.decimal(), text);
            assert_eq!(Money::parse(text, currency(code)), Ok(money));
        }
        assert_eq!(Money::parse("1.005", Currency::USD), Err(MoneyError::TooManyDecimals));
        assert_eq!(Money::parse("1.500", Currency::USD), Ok(Money::new(150, Currency::USD)));
        for text in ["", ".5", "5.", "1e3", "+1", "1,000", "--1", "NaN"] {
            assert_eq!(Money::parse(text, Currency::USD), Err(MoneyError::NotADecimal), "{text}");
        }
        assert_eq!(Money::parse("99999999999999999999", Currency::USD), Err(MoneyError::Overflow));
        assert_eq!(Currency::parse("usd"), Err(MoneyError::UnknownCurrency));
    }

    #[test]
    fn line_totals_are_rounded_once_half_up() {
        let price = UnitPrice::parse("0.087").unwrap();
        assert_eq!(price.line_total(9_999, Currency::USD).unwrap().minor, 86_991);
        let half = UnitPrice::parse("0.005").unwrap();
        assert_eq!(half.line_total(1, Currency::USD).unwrap().minor, 1);
        assert_eq!(half.line_total(1, currency("JPY")).unwrap().minor, 0);
        let large = UnitPrice::from_millionths(i64::MAX).unwrap();
        assert_eq!(large.line_total(i64::MAX, Currency::USD), Err(MoneyError::Overflow));
    }

    #[test]
    fn unit_prices_keep_their_decimals() {
        assert_eq!(UnitPrice::parse("0.513300").unwrap().decimal(2), "0.5133");
        assert_eq!(UnitPrice::parse("2").unwrap().decimal(2), "2.00");
        assert_eq!(UnitPrice::parse("2").unwrap().decimal(0), "2");
        assert_eq!(UnitPrice::parse("0.0000001"), Err(MoneyError::TooManyDecimals));
        assert_eq!(UnitPrice::parse("-1"), Err(MoneyError::Negative));
    }

    #[test]
    fn shares_are_floored() {
        assert_eq!(BasisPoints(200).of(599_999), 11_999);
        assert_eq!(BasisPoints(10_000).of(i64::MAX), i64::MAX);
        assert_eq!(BasisPoints(200).of(-1), 0);
    }
}
