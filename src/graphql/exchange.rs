//! Exchange rates in the schema.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::context::ContextExt;
use super::error::{UserError, user_errors};
use super::orders::{ctx_actor, ctx_app};
use super::scalars::{CurrencyCode, Date, DateTime, Decimal};
use crate::domain::error::{Code, Refusal};
use crate::domain::exchange::{self, PerDollar, RateSheet};
use crate::domain::money::MoneyError;
use crate::graphql::inputs::command_input;
use crate::service;
use crate::service::care::Kept;

/// Reading exchange rates.
#[derive(Debug, Default)]
pub struct ExchangeQuery;

/// Reading exchange rates.
#[Object]
impl ExchangeQuery {
    /// The exchange rates that hold on a day, by currency. At most one of each currency. By them prices of several
    /// currencies are compared. The dollar is 1 and not in the list. Scope: `catalog:read`.
    async fn exchange_rates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day, in UTC; today if none is given.")] on: Option<Date>,
    ) -> Result<Vec<ExchangeRate>> {
        let found = service::exchange::rates_on(ctx.app()?, ctx.actor()?, on.map(|day| day.0)).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }
}

/// Recording exchange rates.
#[derive(Debug, Default)]
pub struct ExchangeMutation;

/// Recording exchange rates.
#[Object]
impl ExchangeMutation {
    /// Records what one US dollar buys of other currencies from a day on. Entries are never changed; of two for one day
    /// the later one holds. Prices are compared by the new rates within seconds; agreed contracts keep their figures.
    /// Roles: operator. Scope: `platform:operate`.
    async fn record_exchange_rates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day, the source and the rates.")] input: RecordExchangeRatesInput,
    ) -> Result<RecordExchangeRatesPayload> {
        let answer = async {
            let envelope = input.envelope();
            service::exchange::record(ctx_app(ctx)?, ctx_actor(ctx)?, input.sheet()?, &envelope).await
        };
        answer.await.try_into()
    }
}

/// What one US dollar buys of a currency.
#[derive(Debug, Clone, SimpleObject)]
pub struct ExchangeRate {
    /// The currency.
    currency_code: CurrencyCode,
    /// Units of the currency for one US dollar, with up to eight decimals, such as `0.92384`.
    per_dollar: Decimal,
    /// The first day, in UTC, on which it holds; it holds until the day of the next one.
    valid_from: Date,
    /// Who published it.
    source: String,
    /// When it was recorded here.
    recorded_at: DateTime,
}

impl From<exchange::ExchangeRate> for ExchangeRate {
    fn from(rate: exchange::ExchangeRate) -> Self {
        Self {
            currency_code: CurrencyCode(rate.currency),
            per_dollar: Decimal(rate.per_dollar.decimal()),
            valid_from: Date(rate.valid_from),
            source: rate.source,
            recorded_at: DateTime(rate.recorded_at),
        }
    }
}

command_input! {
    /// What `recordExchangeRates` takes.
    RecordExchangeRatesInput {
        /// The first day, in UTC, on which the rates hold; not after today.
        valid_from: Date,
        /// Who published them, such as `European Central Bank`; 1 to 200 characters.
        source: String,
        /// The rates, 1 to 200, each currency once, without the dollar.
        rates: Vec<ExchangeRateInput>,
    }
}

/// What one US dollar buys of a currency.
#[derive(Debug, Clone, InputObject)]
pub struct ExchangeRateInput {
    /// The currency.
    currency_code: CurrencyCode,
    /// Units of the currency for one US dollar: more than 0, at most 1000000000, with at most eight decimals.
    per_dollar: Decimal,
}

impl RecordExchangeRatesInput {
    fn sheet(self) -> std::result::Result<RateSheet, Refusal> {
        let mut rates = Vec::with_capacity(self.rates.len());
        for (index, rate) in self.rates.iter().enumerate() {
            let refused = |error| {
                let message = match error {
                    MoneyError::TooManyDecimals => "A rate has at most eight decimals.",
                    _ => "A rate is a decimal of more than 0, 1000000000 at most.",
                };
                let index = index.to_string();
                Refusal::new(Code::AmountOutOfRange, message).at(&["input", "rates", &index, "perDollar"])
            };
            rates.push((rate.currency_code.0, PerDollar::parse(&rate.per_dollar.0).map_err(refused)?));
        }
        Ok(RateSheet { valid_from: self.valid_from.0, source: self.source, rates })
    }
}

/// What `recordExchangeRates` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct RecordExchangeRatesPayload {
    /// The rates as they were recorded; null where the command was refused. At most 200.
    exchange_rates: Option<Vec<ExchangeRate>>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Kept<Vec<exchange::ExchangeRate>>>> for RecordExchangeRatesPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Kept<Vec<exchange::ExchangeRate>>>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(Kept { value, replayed }) => Self {
                exchange_rates: Some(value.into_iter().map(Into::into).collect()),
                replayed,
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { exchange_rates: None, replayed: false, user_errors },
        })
    }
}
