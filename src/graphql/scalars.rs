//! The schema's scalars: exact texts, each with the specification that it follows.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};

use crate::domain;
use crate::domain::time::{Day, Span, Timestamp};

/// Declares a scalar that crosses as a string.
macro_rules! text_scalar {
    ($(#[doc = $doc:literal])+ $name:ident($inner:ty), $url:literal, parse: $parse:expr, render: $render:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub $inner);

        $(#[doc = $doc])+
        #[Scalar(specified_by_url = $url)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                let Value::String(text) = &value else {
                    return Err(InputValueError::expected_type(value));
                };
                let parse: fn(&str) -> Option<$inner> = $parse;
                parse(text).map(Self).ok_or_else(|| {
                    InputValueError::custom(concat!("not a valid ", stringify!($name)))
                })
            }

            fn to_value(&self) -> Value {
                let render: fn(&$inner) -> String = $render;
                Value::String(render(&self.0))
            }
        }
    };
}

text_scalar! {
    /// An instant in RFC 3339, in UTC, with up to six digits of a second, such as `2026-05-04T12:00:00Z`.
    DateTime(Timestamp), "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    parse: |text| Timestamp::parse(text), render: ToString::to_string
}

text_scalar! {
    /// A calendar day, such as `2026-05-04`.
    Date(Day), "https://scalars.graphql.org/andimarek/local-date.html",
    parse: |text| Day::parse(text), render: ToString::to_string
}

text_scalar! {
    /// A length of time in ISO 8601 with weeks, days, hours, minutes and seconds, such as `P2D` or `PT6H`.
    Duration(Span), "https://www.rfc-editor.org/rfc/rfc3339#appendix-A",
    parse: |text| Span::parse(text), render: ToString::to_string
}

text_scalar! {
    /// An exact decimal number as a string, such as `12.50`; never a float.
    Decimal(String), "https://docs.surety.invalid/scalars/decimal",
    parse: |text| domain::money::Money::parse(text, domain::money::Currency::USD)
        .map(|_| ()).or_else(|error| match error {
            domain::money::MoneyError::TooManyDecimals => Ok(()),
            other => Err(other),
        }).ok().map(|()| text.to_owned()),
    render: Clone::clone
}

text_scalar! {
    /// A whole number as a string, beyond the 32 bits of `Int`, such as `9007199254740993`.
    BigInt(i64), "https://docs.surety.invalid/scalars/big-int",
    parse: |text| text.parse().ok(), render: ToString::to_string
}

text_scalar! {
    /// A country by its two letters in ISO 3166-1, such as `DE`.
    CountryCode(String), "https://www.iso.org/iso-3166-country-codes.html",
    parse: |text| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.to_owned()),
    render: Clone::clone
}

text_scalar! {
    /// A currency by its three letters in ISO 4217, such as `USD`.
    CurrencyCode(domain::money::Currency), "https://www.iso.org/iso-4217-currency-codes.html",
    parse: |text| domain::money::Currency::parse(text).ok(), render: ToString::to_string
}

text_scalar! {
    /// A language by its tag (BCP 47) without extensions, such as `de`, `pt-BR` or `zh-Hant`.
    LanguageTag(domain::language::Language), "https://www.rfc-editor.org/info/bcp47",
    parse: |text| domain::language::Language::parse(text), render: ToString::to_string
}

/// An absolute address of the web, such as `https://example.com/report.pdf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url(pub String);

/// An absolute address of the web, such as `https://example.com/report.pdf`.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.starts_with("https://") || text.starts_with("http://") => {
                Ok(Self(text))
            }
            Value::String(_) => Err(InputValueError::custom("not a valid URL")),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

text_scalar! {
    /// An opaque place in a list or in the event log. Hand back what you were given.
    Cursor(String), "https://relay.dev/graphql/connections.htm#sec-Cursor",
    parse: |text| Some(text.to_owned()), render: Clone::clone
}

/// A JSON object, such as the values of a document's variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonObject(pub serde_json::Map<String, serde_json::Value>);

/// A JSON object, such as the values of a document's variables.
#[Scalar(name = "JSONObject", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-4")]
impl ScalarType for JsonObject {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value.clone().into_json() {
            Ok(serde_json::Value::Object(members)) => Ok(Self(members)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from_json(serde_json::Value::Object(self.0.clone())).unwrap_or_default()
    }
}

/// An amount of one currency.
#[derive(Debug, Clone, SimpleObject)]
pub struct Money {
    /// The amount in major units with exactly the currency's decimals: `12.50` USD, `1250` JPY, `1.250` KWD.
    pub amount: Decimal,
    /// The currency.
    pub currency_code: CurrencyCode,
    /// The amount in minor units: cents, yen, fils.
    pub minor_units: BigInt,
}

impl From<domain::money::Money> for Money {
    fn from(money: domain::money::Money) -> Self {
        Self {
            amount: Decimal(money.decimal()),
            currency_code: CurrencyCode(money.currency),
            minor_units: BigInt(money.minor),
        }
    }
}
