//! Exchange rates: recorded by the staff, read by day, never changed.

use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::store;

use super::world::{Answer, Party, World, on_both};

impl World {
    /// The staff records rates of today.
    pub async fn rates(&self, operator: &Party, rates: &[(&str, &str)]) -> Answer {
        self.rates_from(operator, &self.now().day().to_string(), rates).await
    }

    async fn rates_from(&self, operator: &Party, day: &str, rates: &[(&str, &str)]) -> Answer {
        let listed: Vec<Value> =
            rates.iter().map(|(code, rate)| json!({ "currencyCode": code, "perDollar": rate })).collect();
        let key = format!("{day} {rates:?} {}", self.now());
        let input = json!({ "idempotencyKey": key, "validFrom": day, "source": "ECB", "rates": listed });
        operator
            .asks(
                "mutation ($input: RecordExchangeRatesInput!) { recordExchangeRates(input: $input) {
                    exchangeRates { currencyCode perDollar validFrom source recordedAt } replayed
                    userErrors { code field } } }",
                json!({ "input": input }),
            )
            .await
    }

    async fn rate(&self, code: &str, day: Option<&str>) -> Value {
        let query = "query ($on: Date) { exchangeRates(on: $on) { currencyCode perDollar validFrom } }";
        let data = self.execute(&self.anonymous(), query, json!({ "on": day })).await.good();
        let found = data["exchangeRates"].as_array().unwrap().iter();
        found
            .clone()
            .find(|rate| rate["currencyCode"] == code)
            .map_or(Value::Null, |rate| rate["perDollar"].clone())
    }
}

on_both! {
    async fn a_rate_holds_from_its_day_to_the_next(w) {
        let operator = w.operator().await;
        w.rates_from(&operator, "2026-05-01", &[("EUR", "0.91"), ("JPY", "149.5")]).await.good();
        w.rates_from(&operator, "2026-05-04", &[("EUR", "0.92")]).await.good();
        w.rates_from(&operator, "2026-04-01", &[("EUR", "0.90000000")]).await.good();
        for (day, rate) in [
            (Some("2026-03-31"), Value::Null), (Some("2026-04-30"), json!("0.9")), (Some("2026-05-03"), json!("0.91")),
            (Some("2026-05-04"), json!("0.92")), (None, json!("0.92")), (Some("2030-01-01"), json!("0.92")),
        ] {
            assert_eq!(w.rate("EUR", day).await, rate, "{day:?}");
        }
        w.passes(Span::seconds(1));
        w.rates_from(&operator, "2026-05-01", &[("EUR", "0.915")]).await.good();
        assert_eq!(w.rate("EUR", Some("2026-05-02")).await, "0.915", "a later entry corrects a day");
        assert_eq!((w.rate("EUR", None).await, w.rate("JPY", None).await), (json!("0.92"), json!("149.5")));
        let table = store::exchange::rates_on(&w.app.db, w.now().day()).await.unwrap();
        assert_eq!(table.currencies().map(|(currency, _)| currency.to_string()).collect::<Vec<_>>(), ["USD", "EUR", "JPY"]);
    }

    async fn a_repeated_command_answers_the_first(w) {
        let operator = w.operator().await;
        let input = json!({ "idempotencyKey": "one", "validFrom": "2026-05-04", "source": "ECB",
            "rates": [{ "currencyCode": "EUR", "perDollar": "0.92" }] });
        let text = "mutation ($input: RecordExchangeRatesInput!) { recordExchangeRates(input: $input) {
            exchangeRates { perDollar recordedAt } replayed userErrors { code } } }";
        let first = operator.asks(text, json!({ "input": input })).await.good();
        w.passes(Span::days(2));
        let again = operator.asks(text, json!({ "input": input })).await.good();
        assert_eq!(again["recordExchangeRates"]["replayed"], true);
        assert_eq!(again["recordExchangeRates"]["exchangeRates"], first["recordExchangeRates"]["exchangeRates"]);
        let mut other = input.clone();
        other["rates"][0]["perDollar"] = json!("0.93");
        operator.asks(text, json!({ "input": other })).await.refused("IDEMPOTENCY_KEY_REUSED");
        assert_eq!(store::exchange::entries_on(&w.app.db, w.now().day()).await.unwrap().len(), 1);
    }

    async fn what_is_no_rate_changes_nothing(w) {
        let operator = w.operator().await;
        let before = w.contents().await;
        for (day, rates, code) in [
            ("2026-05-05", vec![("EUR", "0.92")], "INVALID_INPUT"),
            ("2026-05-04", vec![], "INVALID_INPUT"),
            ("2026-05-04", vec![("EUR", "0.92"), ("EUR", "0.93")], "INVALID_INPUT"),
            ("2026-05-04", vec![("USD", "1")], "INVALID_INPUT"),
            ("2026-05-04", vec![("EUR", "0")], "AMOUNT_OUT_OF_RANGE"),
            ("2026-05-04", vec![("EUR", "-0.92")], "AMOUNT_OUT_OF_RANGE"),
            ("2026-05-04", vec![("EUR", "0.923456789")], "AMOUNT_OUT_OF_RANGE"),
            ("2026-05-04", vec![("EUR", "1000000000.1")], "AMOUNT_OUT_OF_RANGE"),
        ] {
            w.rates_from(&operator, day, &rates).await.refused(code);
        }
        let buyer = w.buyer("acme").await;
        w.rates(&buyer, &[("EUR", "0.92")]).await.refused("FORBIDDEN");
        w.contents().await.without(&["company", "partner_app", "partner_app_company"])
            .same_as(&before.without(&["company", "partner_app", "partner_app_company"]));
    }
}
